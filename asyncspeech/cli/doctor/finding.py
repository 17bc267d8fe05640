"""`Finding`: what a check has found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncspeech.errors import AsyncSpeechError

__all__ = ("Finding", "Outcome", "advice", "failed", "not_tried", "ok", "skipped", "warning")


class Outcome(StrEnum):
    """How a check came out."""

    OK = "ok"
    FAILED = "failed"
    WARNING = "warning"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found. Nothing in it is secret.

    Attributes:
        name: What was looked at, in a word or two.
        outcome: How it came out.
        text: What was found, in one line.
        remedy: The command or link that mends it; empty where nothing has to be mended.
    """

    name: str
    outcome: Outcome
    text: str
    remedy: str = ""


def ok(name: str, text: str) -> Finding:
    """It is as it should be."""
    return Finding(name, Outcome.OK, text)


def failed(name: str, text: str, remedy: str) -> Finding:
    """It has to be mended before speech can be recognised."""
    return Finding(name, Outcome.FAILED, text, remedy)


def warning(name: str, text: str, remedy: str) -> Finding:
    """It works, or may work, and is not as it should be."""
    return Finding(name, Outcome.WARNING, text, remedy)


def skipped(name: str, text: str, remedy: str = "") -> Finding:
    """It is not needed, or was not looked at."""
    return Finding(name, Outcome.SKIPPED, text, remedy)


def not_tried(name: str, cause: str) -> Finding:
    """It could not be looked at, because of another finding."""
    return skipped(name, f"not tried: see '{cause}'")


def advice(error: AsyncSpeechError) -> str:
    """An error's hint, but for the part that sends its reader here."""
    return re.sub(r"[,;:]? *'asyncspeech doctor'.*", "", error.hint)
