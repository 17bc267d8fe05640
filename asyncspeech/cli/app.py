"""What the command line understands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from asyncspeech.cli import loop
from asyncspeech.cli.failure import Failure, WrongCall
from asyncspeech.cli.metrics import serve_metrics
from asyncspeech.config import RetryPolicy, SessionConfig
from asyncspeech.errors import AsyncSpeechError, ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("app",)

BACKENDS: Sequence[str] = ("auto", "google", "local")
RECOGNIZERS: Sequence[str] = (
    "pocketsphinx",
    "coded",
    "scripted",
    "vosk",
    "faster-whisper",
    "sherpa-onnx",
)

PORT = click.IntRange(0, 65_535)

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells count it: 128 and the signal's number."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="asyncspeech")
def app() -> None:
    """Speech to text: on Google Cloud Speech-to-Text V2, or on this machine."""


@app.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--language", default="en-US", show_default=True, help="BCP-47 tag of what is spoken.")
@click.option("--model", default="long", show_default=True, help="Model of Speech-to-Text V2.")
@click.option("--location", default="global", show_default=True, help="Location of the service.")
@click.option(
    "--project", default=None, help="Google Cloud project.  [default: that of the credentials]"
)
@click.option("--interim", is_flag=True, help="Show guesses as they come, on standard error.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Lines of text as sentences become final, or one line of JSON per file.",
)
@click.option(
    "--backend",
    type=click.Choice(BACKENDS),
    default="auto",
    show_default=True,
    help="Who recognises: auto is Google if there are credentials and a project, else this machine.",
)
@click.option(
    "--max-outage",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    default=60.0,
    show_default=True,
    help="How long to go on trying when the service cannot be reached.",
)
@click.option(
    "--pace",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SPEED",
    default=None,
    help="Feed recordings at this multiple of the speed at which they were spoken; 1 is real time.  "
    "[default: as fast as they are taken]",
)
@click.option(
    "--metrics-port",
    type=PORT,
    metavar="NUMBER",
    help="Serve metrics for Prometheus at this port while it lasts; 0 for any that is free.",
)
def transcribe(  # noqa: PLR0917 - click passes everything by name
    files: tuple[str, ...],
    language: str,
    model: str,
    location: str,
    project: str | None,
    form: str,
    backend: str,
    max_outage: float,
    pace: float | None,
    metrics_port: int | None,
    *,
    interim: bool,
) -> None:
    """Write down what is said in recordings.

    Reads whatever libsndfile does: wav, flac, ogg (vorbis and opus), mp3, aiff and more, at any rate
    from 8 to 192 kHz; and with the extra 'media' m4a, webm, mp4 and more. A dash (-) is standard input,
    which is decoded as it comes. The text goes to standard output and everything else to standard error.

    Exits with 0 if all is done, 1 if something failed, 2 if it was called wrongly.
    """
    from asyncspeech.cli.transcribe import run  # noqa: PLC0415 - --help should not wait for gRPC

    config = _config(language, model, max_outage=max_outage, interim=interim)
    try:
        with serve_metrics(metrics_port) as metrics_url:
            if metrics_url is not None:
                click.echo(f"metrics: {metrics_url}", err=True)
            done = loop.run(
                run(
                    files,
                    config,
                    form=form,
                    backend=backend,
                    project=project,
                    location=location,
                    pace=pace,
                )
            )
    except ConfigurationError as error:
        raise WrongCall(error) from None
    except MissingExtraError as error:
        raise Failure(error) from None
    except BrokenPipeError:  # whoever read our output has had enough
        sys.stdout = None
        done = False
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None
    raise click.exceptions.Exit(0 if done else 1)


@app.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--model", default="long", show_default=True, help="Model to tell the price of.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False),
    help="Draw a picture of the recording: a .png, .svg or .pdf.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="For people, or one line of JSON per file.",
)
def inspect(files: tuple[str, ...], model: str, plot: str | None, form: str) -> None:
    """Look at recordings before they are paid for.

    Tells their format, level, clipping, noise and bandwidth, where somebody speaks, what they would
    cost, and which settings follow from that. Nothing is sent anywhere.

    Exits with 0 if all could be read, 1 if not, 2 if it was called wrongly.
    """
    from asyncspeech.cli import inspect as command  # noqa: PLC0415 - --help should not wait for numpy

    if plot is not None and len(files) > 1:
        raise click.UsageError("--plot draws one recording: give one file")
    try:
        done = command.run(files, form=form, model=model, plot=plot)
    except ConfigurationError as error:
        raise WrongCall(error) from None
    except AsyncSpeechError as error:
        raise Failure(error) from None
    except BrokenPipeError:  # whoever read our output has had enough
        sys.stdout = None
        done = False
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None
    raise click.exceptions.Exit(0 if done else 1)


@app.command()
@click.option("--location", help="Only what is there.")
@click.option("--language", metavar="TAG", help="Only what knows it: a BCP-47 tag, or auto.")
@click.option("--limits", is_flag=True, help="Show how much may be asked in one request instead.")
@click.option("--live", is_flag=True, help="Ask the service, and mark where it differs from the table.")
@click.option(
    "--project",
    default=None,
    help="Google Cloud project, for --live.  [default: that of the credentials]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="For people, or one JSON document with everything.",
)
def models(
    location: str | None,
    language: str | None,
    project: str | None,
    form: str,
    *,
    limits: bool,
    live: bool,
) -> None:
    """Show which models there are, where, in which languages, and what they can do.

    The table is what is known from here, with its sources and their dates; the service changes faster.

    Exits with 0 if it was shown, 1 if the service could not be asked, 2 if it was called wrongly.
    """
    from asyncspeech.cli import models as command  # noqa: PLC0415 - --help should not wait for gRPC

    if limits and (live or location or language):
        raise click.UsageError("the limits are the same everywhere: --limits goes with --format alone")
    try:
        if live:
            loop.run(command.show_live(location, language, project=project, form=form))
        elif limits and form == "table":
            command.show_limits()
        else:
            command.show(location, language, form=form)
    except ConfigurationError as error:
        raise WrongCall(error) from None
    except AsyncSpeechError as error:
        raise Failure(error) from None
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None


@app.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=PORT,
    metavar="NUMBER",
    default=0,
    show_default=True,
    help="Port to listen on; 0 for any that is free.",
)
@click.option(
    "--recognizer",
    type=click.Choice(RECOGNIZERS),
    default="pocketsphinx",
    show_default=True,
    help="What recognises the audio: PocketSphinx; coded audio; a script, whatever the audio is; "
    "or another engine with a model of yours.",
)
@click.option("--model-path", type=click.Path(), help="Model of vosk, faster-whisper or sherpa-onnx.")
@click.option("--script", type=click.Path(), help="What is said: a JSON list of texts or utterances.")
@click.option(
    "--limits",
    multiple=True,
    metavar="NAME=VALUE[,...]",
    help="Other limits than the service's, such as stream_seconds=12,idle_seconds=0.4.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND[:...]",
    help="Something that goes wrong, such as abort:UNAVAILABLE,stream=1,at=3. May be repeated.",
)
@click.option("--seed", type=int, help="Let faults be drawn by lot, always the same for the same seed.")
@click.option("--location", help="Serve one location alone, like an endpoint.  [default: any]")
def emulator(  # noqa: PLR0917 - click passes everything by name
    host: str,
    port: int,
    recognizer: str,
    model_path: str | None,
    script: str | None,
    limits: tuple[str, ...],
    faults: tuple[str, ...],
    seed: int | None,
    location: str | None,
) -> None:
    """Serve Speech-to-Text V2 on this machine.

    Prints its address, and the line that points Google's and our clients to it. Runs until Ctrl-C, or
    until it is told to end; standard error tells what each stream saw.

    Exits with 0 when it has been stopped, 1 if it could not be started, 2 if it was called wrongly.
    """
    from asyncspeech.cli import emulator as command  # noqa: PLC0415 - --help should not wait for gRPC
    from asyncspeech.emulator import Emulator  # noqa: PLC0415 - as above

    try:
        server = Emulator(
            command.read_recognizer(recognizer, model_path=model_path, script=script),
            host=host,
            port=port,
            limits=command.read_limits(limits),
            faults=command.read_faults(faults, seed),
            location=location,
        )
    except ConfigurationError as error:
        raise WrongCall(error) from None
    except AsyncSpeechError as error:
        raise Failure(error) from None
    try:
        loop.run(command.run(server))
    except AsyncSpeechError as error:
        raise Failure(error) from None


@app.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    metavar="NUMBER",
    default=8464,
    show_default=True,
    help="Port to listen on; 0 for any that is free.",
)
@click.option(
    "--every",
    type=click.FloatRange(0.2, 60),
    metavar="SECONDS",
    default=2.0,
    show_default=True,
    help="How often the endpoints are asked.",
)
@click.option("--open", "browse", is_flag=True, help="Show it in the browser.")
def dashboard(urls: tuple[str, ...], host: str, port: int, every: float, *, browse: bool) -> None:
    """Show what running processes do, on a page of this machine.

    Each URL is where a process serves its metrics to Prometheus: http://127.0.0.1:9464/metrics, or in
    short 127.0.0.1:9464. The page has all of them together: sessions, latency, renewals, recoveries,
    errors and cost, and which endpoint does not answer. Runs until Ctrl-C, or until it is told to end.

    Exits with 0 when it has been stopped, 1 if it could not be started, 2 if it was called wrongly.
    """
    from asyncspeech.cli import dashboard as command  # noqa: PLC0415 - --help should not wait for it

    try:
        command.run(command.read_addresses(urls), host=host, port=port, every=every, browse=browse)
    except ConfigurationError as error:
        raise WrongCall(error) from None
    except AsyncSpeechError as error:
        raise Failure(error) from None
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None


@app.command()
@click.option("--language", default="en-US", show_default=True, help="BCP-47 tag of what is spoken.")
@click.option("--model", default="long", show_default=True, help="Model of Speech-to-Text V2.")
@click.option("--location", default="global", show_default=True, help="Location of the service.")
@click.option(
    "--project", default=None, help="Google Cloud project.  [default: that of the credentials]"
)
@click.option(
    "--endpoint",
    metavar="HOST[:PORT]",
    help="Another endpoint than the location's, as in client_options.api_endpoint.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    default=15.0,
    show_default=True,
    help="How long to wait in each step.",
)
def doctor(  # noqa: PLR0917 - click passes everything by name
    language: str,
    model: str,
    location: str,
    project: str | None,
    endpoint: str | None,
    timeout: float,
) -> None:
    """Find what keeps speech from being recognised.

    Looks at Python and the packages, the network, the credentials and the project, and has the service
    recognise a tenth of a second of silence, for which it bills one second at the most. What is wrong
    is followed by the command or link that mends it. SPEECH_EMULATOR_HOST is honoured.

    Exits with 0 if nothing is wrong, 1 if something is, 2 if it was called wrongly.
    """
    from asyncspeech.cli.doctor import Question, leave, run  # noqa: PLC0415 - --help should not wait

    question = Question(
        config=_config(language, model, max_outage=60.0, interim=False),
        location=location,
        project=project,
        endpoint=endpoint,
        timeout=timeout,
    )
    try:
        code = 0 if loop.run(run(question)) else 1
    except BrokenPipeError:  # whoever read our output has had enough
        sys.stdout = None
        code = 1
    except KeyboardInterrupt:
        code = INTERRUPTED
    leave(code)


@app.command()
@click.option(
    "--sessions",
    type=click.IntRange(1, 300),
    metavar="NUMBER",
    default=20,
    show_default=True,
    help="How many there are at a time.",
)
@click.option(
    "--faults/--no-faults", default=True, show_default=True, help="Let the service make trouble."
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="For how long.  [default: until Ctrl-C]",
)
@click.option(
    "--metrics-port",
    type=PORT,
    metavar="NUMBER",
    default=9464,
    show_default=True,
    help="Serve metrics for Prometheus at this port; 0 for any that is free.",
)
@click.option("--no-metrics", is_flag=True, help="Serve none.")
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="What is said, and what fails, comes of it.",
)
def demo(
    sessions: int, seconds: float | None, metrics_port: int, seed: int, *, faults: bool, no_metrics: bool
) -> None:
    """Show many sessions at work, on an emulator on this machine.

    They talk in real time, one after the other, and the emulator lets a stream live for half a minute.
    With faults, it breaks streams, refuses others, falls silent and answers late. Nothing leaves this
    machine and nothing is paid.

    Exits with 0 if no word was lost, repeated or garbled, 1 if one was or it could not be started, 2 if
    it was called wrongly.
    """
    from asyncspeech.cli.demo.run import Demo, run  # noqa: PLC0415 - --help should not wait for gRPC

    try:
        with serve_metrics(None if no_metrics else metrics_port) as url:
            settings = Demo(
                sessions=sessions, faults=faults, seconds=seconds, seed=seed, metrics_url=url
            )
            done = loop.run(run(settings))
    except ConfigurationError as error:
        raise WrongCall(error) from None
    except AsyncSpeechError as error:
        raise Failure(error) from None
    except BrokenPipeError:  # whoever read our output has had enough
        sys.stdout = None
        done = False
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None
    raise click.exceptions.Exit(0 if done else 1)


def _config(language: str, model: str, *, max_outage: float, interim: bool) -> SessionConfig:
    try:
        return SessionConfig(
            language_codes=(language,),
            model=model,
            interim_results=interim,
            retry=RetryPolicy(max_outage=max_outage),
        )
    except ConfigurationError as error:
        raise WrongCall(error) from None
