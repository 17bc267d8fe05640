"""Every way in which a conversation ends, with the words that the page shows.

The close codes are those of RFC 6455 and IANA's registry; from 4000 on they are the application's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncspeech import AsyncSpeechError

__all__ = (
    "CAME_TO_AN_END",
    "GONE",
    "NOT_OURS",
    "NO_BEGINNING",
    "OUT_OF_PLACE",
    "REPLACED",
    "STOPPING",
    "TOO_BIG",
    "TOO_FAST",
    "TOO_LONG",
    "TOO_MANY",
    "TOO_MANY_HERE",
    "TROUBLE",
    "WENT_AWAY",
    "WENT_SILENT",
    "Ending",
    "Refusal",
    "failed",
)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a conversation ended, or did not begin.

    Attributes:
        code: One word for it, which stays the same.
        message: What happened, in a line for people.
        hint: What to do about it, or nothing.
        close_code: That of the web socket.
    """

    code: str
    message: str
    hint: str = ""
    close_code: int = 1008


class Refusal(Exception):  # noqa: N818 - most are no errors of anybody
    """What a page asked for is not done.

    Attributes:
        ending: Why.
    """

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.code)
        self.ending = ending


CAME_TO_AN_END = Ending("OK", "", close_code=1000)
WENT_SILENT = Ending(
    "SILENT", "No audio came for a while, so the conversation was ended.", close_code=1000
)
WENT_AWAY = Ending(
    "AWAY", "The page was away for too long, so the conversation was ended.", close_code=1000
)
TOO_LONG = Ending("TOO_LONG", "The conversation has lasted as long as one may.", "Start another.", 1000)
STOPPING = Ending(
    "RESTARTING", "The service is being restarted.", "Start again in a moment.", close_code=1012
)
TROUBLE = Ending("INTERNAL", "Something went wrong in the service.", "Start again.", close_code=1011)
GONE = Ending("GONE", "The service does not know this conversation any more.", "Start another.", 4004)
REPLACED = Ending("REPLACED", "The conversation goes on over another connection.", close_code=4000)
TOO_MANY = Ending(
    "TOO_MANY", "As many people are speaking as the service takes.", "Try again later.", 1013
)
TOO_MANY_HERE = Ending(
    "TOO_MANY_HERE", "Too many conversations come from your address.", "Close a tab, or wait.", 1013
)
TOO_FAST = Ending("TOO_FAST", "Audio came faster than anybody speaks.")
TOO_BIG = Ending("TOO_BIG", "A message was larger than the service takes.", close_code=1009)
OUT_OF_PLACE = Ending("OUT_OF_PLACE", "Audio was missing between two messages.")
NO_BEGINNING = Ending("NO_BEGINNING", "The page did not say what it wants.")
NOT_OURS = Ending("NOT_OURS", "A message is none of this protocol.")


def failed(error: AsyncSpeechError) -> Ending:
    """The ending of a conversation whose session failed. Its text and hint are made for people."""
    return Ending(error.code, error.message, error.hint, close_code=1011)
