"""The options that commands share, and the session that they describe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from asyncspeech.cli import completion
from asyncspeech.cli.command import ABOVE_ZERO, PORT, ListedText, Setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asyncspeech.config import SessionConfig

__all__ = (
    "METRICS_PORT",
    "RECOGNITION",
    "SERVICE",
    "SHARED",
    "Recognition",
    "read_recognition",
)

BACKENDS: Sequence[str] = ("auto", "google", "local")

_DEFAULT_LANGUAGE, _DEFAULT_MODEL = "en-US", "long"

_WHAT = "What is spoken"
_WRITTEN = "What is written"
_WHERE = "Who recognises"

SERVICE = (
    Setting(
        ["--language", "-l"],
        type=ListedText(","),
        multiple=True,
        metavar="TAG",
        is_shared=True,
        section=_WHAT,
        shell_complete=completion.languages,
        help="BCP-47 tag of what is spoken. May be repeated.  [default: en-US]",
    ),
    Setting(
        ["--model", "-m"],
        metavar="NAME",
        is_shared=True,
        section=_WHAT,
        shell_complete=completion.models,
        help="Model of Speech-to-Text V2; 'asyncspeech models' shows them.  [default: long]",
    ),
    Setting(
        ["--location"],
        default="global",
        show_default=True,
        metavar="NAME",
        is_shared=True,
        section=_WHERE,
        shell_complete=completion.locations,
        help="Location of the service.",
    ),
    Setting(
        ["--project"],
        metavar="ID",
        is_shared=True,
        section=_WHERE,
        help="Google Cloud project.  [default: that of the credentials]",
    ),
)
"""What the service is asked for, and where."""

RECOGNITION = (
    Setting(
        ["--phrase", "phrases"],
        type=ListedText(";"),
        multiple=True,
        metavar="TEXT",
        is_shared=True,
        section=_WHAT,
        help="Words that are likely to be said. May be repeated.",
    ),
    Setting(
        ["--boost"],
        type=click.FloatRange(0, 20),
        default=0.0,
        metavar="NUMBER",
        is_shared=True,
        section=_WHAT,
        help="How much likelier to make them, up to 20.  [default: the service's choice]",
    ),
    Setting(
        ["--recognizer"],
        metavar="ID",
        is_shared=True,
        section=_WHAT,
        help="Recogniser resource of the project; what is not said here is as it says.",
    ),
    Setting(
        ["--prompt"],
        metavar="TEXT",
        is_shared=True,
        section=_WHAT,
        help="Instructions for chirp_3, in the place of its own.",
    ),
    Setting(
        ["--punctuation/--no-punctuation"],
        default=False,
        is_shared=True,
        section=_WRITTEN,
        help="Punctuate the text.",
    ),
    Setting(
        ["--profanity-filter"],
        is_flag=True,
        is_shared=True,
        section=_WRITTEN,
        help="Mask swear words.",
    ),
    Setting(
        ["--translate-to"],
        metavar="TAG",
        is_shared=True,
        section=_WRITTEN,
        help="Translate to this language.",
    ),
    Setting(
        ["--min-confidence"],
        type=click.FloatRange(0, 1),
        default=0.0,
        metavar="NUMBER",
        is_shared=True,
        section=_WRITTEN,
        help="Leave out results of which the service is less sure.",
    ),
    Setting(
        ["--backend"],
        type=click.Choice(BACKENDS),
        default="auto",
        show_default=True,
        is_shared=True,
        section=_WHERE,
        help="Google, this machine, or auto: Google if there are credentials and a project.",
    ),
    Setting(
        ["--max-outage"],
        type=ABOVE_ZERO,
        metavar="SECONDS",
        default=60.0,
        show_default=True,
        is_shared=True,
        section=_WHERE,
        help="How long to go on trying when the service cannot be reached.",
    ),
    Setting(
        ["--budget"],
        type=ABOVE_ZERO,
        metavar="USD",
        is_shared=True,
        section=_WHERE,
        help="Stop before more than this is spent, by our estimate.  [default: no limit]",
    ),
    Setting(
        ["--skip-silence"],
        is_flag=True,
        is_shared=True,
        section=_WHERE,
        help="Keep silence from the service, which bills it. (Extra: vad)",
    ),
)
"""How it is recognised."""

METRICS_PORT = Setting(
    ["--metrics-port"],
    type=PORT,
    metavar="NUMBER",
    help="Serve metrics for Prometheus at this port while it lasts; 0 for any that is free.",
)

SHARED = {option.key: option for option in (*SERVICE, *RECOGNITION)}
"""What may stand at the top of a file of settings, by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What the shared options say.

    Attributes:
        config: What sessions are to do.
        backend: Who recognises: ``"auto"``, ``"google"`` or ``"local"``.
        project: The project, or None for that of the credentials.
        location: The location of the service.
    """

    config: SessionConfig
    backend: str
    project: str | None
    location: str


def read_recognition(values: Mapping[str, Any], *, channels: int | None = None) -> Recognition:
    """Make it of the values of `SERVICE` and, if the command has them, `RECOGNITION`.

    Args:
        values: By parameter.
        channels: How many channels are recognised apart; None for all of them as one.

    Raises:
        ConfigurationError: A setting cannot work.
    """
    return Recognition(
        config=_config(values, channels),
        backend=values.get("backend", "auto"),
        project=values["project"],
        location=values["location"],
    )


def _config(values: Mapping[str, Any], channels: int | None) -> SessionConfig:
    from asyncspeech.config import Budget, BudgetScope, RetryPolicy, SessionConfig, VoiceGate  # noqa: PLC0415 - help has no need of it
    from asyncspeech.config.session import IMPLICIT_RECOGNIZER, MultiChannelMode  # noqa: PLC0415 - as above

    recognizer = values.get("recognizer")
    budget = values.get("budget")
    apart = MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL
    together = MultiChannelMode.MULTI_CHANNEL_MODE_UNSPECIFIED
    return SessionConfig(
        language_codes=values["language"] or (() if recognizer else (_DEFAULT_LANGUAGE,)),
        model=_DEFAULT_MODEL if values["model"] is None and not recognizer else values["model"] or "",
        recognizer=recognizer or IMPLICIT_RECOGNIZER,
        adaptation=_adaptation(values),
        custom_prompt=values.get("prompt") or "",
        enable_automatic_punctuation=values.get("punctuation", False),
        profanity_filter=values.get("profanity_filter", False),
        target_language=values.get("translate_to") or "",
        min_confidence=values.get("min_confidence", 0.0),
        audio_channel_count=channels or 1,
        multi_channel_mode=apart if channels else together,
        preprocess=(VoiceGate(),) if values.get("skip_silence") else (),
        retry=RetryPolicy(max_outage=values.get("max_outage", 60.0)),
        budget=None if budget is None else Budget(usd=budget, per=BudgetScope.CLIENT),
    )


def _adaptation(values: Mapping[str, Any]) -> Any:
    from asyncspeech.config import PhraseSet, SpeechAdaptation  # noqa: PLC0415 - as above

    phrases = values.get("phrases") or ()
    if not phrases:
        return SpeechAdaptation()
    return SpeechAdaptation((PhraseSet(tuple(phrases), boost=values["boost"]),))
