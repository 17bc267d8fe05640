"""``asyncspeech transcribe``."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from asyncspeech.audio import open_source
from asyncspeech.cli.backend import choose
from asyncspeech.cli.report import Report
from asyncspeech.errors import AsyncSpeechError, AudioError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.client import Client
    from asyncspeech.config import SessionConfig

__all__ = ("STANDARD_INPUT", "run")

STANDARD_INPUT = "-"
"""What is written for it in place of a file."""


async def run(
    files: Sequence[str],
    config: SessionConfig,
    *,
    form: str,
    backend: str,
    project: str | None,
    location: str,
    pace: float | None = None,
) -> bool:
    """Transcribe ``files`` one after the other, ``-`` for standard input. Returns whether all went well.

    Raises:
        ConfigurationError: A setting cannot work.
    """
    failures = 0
    with Report(form=form, headings=len(files) > 1, interim=config.interim_results) as report:
        config = replace(config, interim_results=report.wants_interims)
        try:
            client, why = await choose(backend, project=project, location=location)
            report.note(why)
            async with client:
                for file in files:
                    failures += not await _transcribe(file, client, config, report, pace)
        except ConfigurationError:
            raise  # that is what the command was called with
        except AsyncSpeechError as error:
            report.error(error)
            failures += 1
    return not failures


async def _transcribe(
    file: str, client: Client, config: SessionConfig, report: Report, pace: float | None
) -> bool:
    """Transcribe one file. A file that cannot be read does not stop the others; a lost service does."""
    session = None
    try:
        given = _standard_input() if file == STANDARD_INPUT else file
        async with open_source(given, config.audio_format, pace=pace) as source:
            report.begin(file, source.duration)
            async with client.session(config, source=source) as session:
                async for result in session:
                    report.result(result)
    except AudioError as error:
        report.error(error)
        return False
    finally:
        if session is not None:
            report.end(file, session.transcript)
    return True


def _standard_input() -> BinaryIO:
    """Standard input: a file, if it comes from one, or else what is written to it.

    Raises:
        AudioError: Nobody writes to it.
    """
    if sys.stdin is None:
        raise AudioError("<stdin>", "is closed")
    if sys.stdin.isatty():
        raise AudioError(
            "<stdin>", "is a terminal", hint="write audio to it: asyncspeech transcribe - < talk.flac"
        )
    return sys.stdin.buffer
