"""``asyncspeech emulator``."""

from __future__ import annotations

import json
import logging
import signal
import sys
import warnings
from contextlib import AsyncExitStack
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import click

from asyncspeech import emulator as service
from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.emulator import Emulator, Faults, Limits, Recognizer

__all__ = ("read_faults", "read_limits", "read_recognizer", "run")


async def run(emulator: Emulator) -> None:
    """Serve until the process is told to end, by SIGINT or SIGTERM.

    The address goes to standard output. What each stream saw goes to standard error when it ends; of
    what was said, nothing goes anywhere.

    Raises:
        AsyncSpeechError: It cannot listen there, or its recogniser cannot be loaded.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with AsyncExitStack() as stack:
            with warnings.catch_warnings(record=True, action="always") as caught:
                await stack.enter_async_context(emulator)
            for warning in caught:
                click.echo(f"warning: {warning.message}", err=True)
            click.echo(f"listening on {emulator.address}")
            click.echo(f"export SPEECH_EMULATOR_HOST={emulator.address}")
            click.echo(f"faults: {emulator.faults}", err=True)
            await anext(aiter(signals))
    click.echo("stopped", err=True)


def read_recognizer(name: str, *, model_path: str | None, script: str | None) -> Recognizer:
    """The recogniser that the command line names.

    Raises:
        ConfigurationError: What it needs is missing, or what it does not need is given.
        MissingExtraError: It is not installed.
    """
    with_model = {
        "faster-whisper": "FasterWhisper",
        "sherpa-onnx": "SherpaOnnx",
        "vosk": "Vosk",
    }
    _only_for("model_path", model_path, name, with_model)
    _only_for("script", script, name, ("scripted",))
    match name:
        case "coded":
            return service.Coded()
        case "pocketsphinx":
            return service.PocketSphinx()
        case "scripted":
            return service.Scripted(*_read_script(script or ""))
    recognizer: Recognizer = getattr(service, with_model[name])(model_path)
    return recognizer


def _only_for(field: str, value: str | None, name: str, names: Sequence[str] | dict[str, str]) -> None:
    option = f"--{field.replace('_', '-')}"
    if name in names and value is None:
        raise ConfigurationError(field, f"--recognizer {name} needs {option}")
    if name not in names and value is not None:
        raise ConfigurationError(field, f"{option} is for {', '.join(names)}, not {name}")


def _read_script(path: str) -> list[str | service.Utterance]:
    """The utterances of a script: a JSON list of texts, or of objects with Utterance's fields."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError("script", f"{path} cannot be read: {error}") from error
    if not isinstance(document, list):
        raise ConfigurationError("script", f"{path} is not a JSON list")
    return [_utterance(item, path) for item in document]


def _utterance(item: Any, path: str) -> str | service.Utterance:
    if isinstance(item, str):
        return item
    try:
        values = dict(item)
        values["alternatives"] = tuple(values.get("alternatives", ()))
        return service.Utterance(**values)
    except (AttributeError, TypeError, ValueError) as error:
        names = ", ".join(field.name for field in fields(service.Utterance))
        raise ConfigurationError(
            "script", f"{path} has an utterance that is none: {item!r}", hint=f"it may have {names}"
        ) from error


def read_limits(texts: Sequence[str]) -> Limits:
    """Limits from texts such as "stream_seconds=12,idle_seconds=0.4".

    Raises:
        ConfigurationError: There is no such limit, or it cannot have that value.
    """
    kinds = {
        field.name: int if isinstance(field.default, int) else float for field in fields(service.Limits)
    }
    values: dict[str, Any] = {}
    for part in ",".join(texts).split(",") if texts else ():
        name, _, text = part.strip().partition("=")
        if name not in kinds:
            raise ConfigurationError(
                "limits", f"{name!r} is no limit", hint=f"there are {', '.join(kinds)}"
            )
        try:
            values[name] = kinds[name](text)
        except ValueError as error:
            raise ConfigurationError("limits", f"{text!r} is no value for {name}") from error
    return service.Limits(**values)


def read_faults(texts: Sequence[str], seed: int | None) -> Faults:
    """A plan from the texts of faults, or drawn from a seed.

    Raises:
        ConfigurationError: A text that is no fault, or both.
    """
    if seed is not None and texts:
        raise ConfigurationError("seed", "a plan is either drawn by --seed or written with --fault")
    if seed is not None:
        return service.Faults.seeded(seed)
    return service.Faults(*map(service.parse_fault, texts))
