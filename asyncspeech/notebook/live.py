"""A session while it lasts: what is final stays, and what is guessed is replaced in place."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from asyncspeech.model import AudioLost, Result, StreamRecovered, StreamRenewed
from asyncspeech.notebook.cell import find_cell
from asyncspeech.notebook.following import follow
from asyncspeech.notebook.lines import Lines
from asyncspeech.notebook.progress import describe_failure
from asyncspeech.notebook.wording import clock, count, name_voice

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from asyncspeech.model import Event

__all__ = ("LiveView", "show_live")

_MOST_LINES = 50
"""The newest finals are shown; the transcript has all of them."""

_DIM = 'style="opacity:.6;font-style:italic"'


async def show_live(
    events: AsyncGenerator[Event, None], finals: Iterable[Result], heard: Callable[[], float]
) -> None:
    """Show a session until it ends: in a notebook in place, elsewhere on standard output.

    Args:
        events: What happens from now on, as `asyncspeech.Session.events` gives it.
        finals: What is final already.
        heard: Tells how many seconds of audio the session has taken.

    Raises:
        AsyncSpeechError: The session has failed; this is what it failed with.
    """
    view = LiveView(finals, heard)
    cell = find_cell()
    if cell is None:
        lines = Lines()
        await follow(events, view, lambda: lines.show(view.lines, view.guess))
    else:
        await follow(events, view, lambda: cell.show(view.html(), view.text()))


class LiveView:
    """How a session looks while it lasts.

    Args:
        finals: What is final already.
        heard: Tells how many seconds of audio the session has taken.
    """

    def __init__(self, finals: Iterable[Result], heard: Callable[[], float]) -> None:
        self._heard = heard
        self._said: list[Result | AudioLost] = list(finals)
        self._guesses: dict[int, Result] = {}
        self._renewals = 0
        self._recoveries = 0
        self._outcome = ""

    def take(self, event: Event) -> None:
        """Something happened."""
        if isinstance(event, Result):
            self._take_result(event)
        elif isinstance(event, AudioLost):
            self._said.append(event)
        elif isinstance(event, StreamRenewed):
            self._renewals += 1
        elif isinstance(event, StreamRecovered):
            self._recoveries += 1

    def _take_result(self, result: Result) -> None:
        if not result.is_final:
            self._guesses[result.segment] = result
            return
        self._said.append(result)
        # Also of earlier segments that came to nothing, as when the service did not trust its guess.
        self._guesses = {
            segment: guess
            for segment, guess in self._guesses.items()
            if segment > result.segment or guess.channel != result.channel
        }

    def end(self, error: BaseException | None) -> None:
        """The session is over."""
        self._outcome = "ended" if error is None else describe_failure(error)
        if error is None:
            self._guesses.clear()

    @property
    def lines(self) -> list[str]:
        """What is final, a line each, and what was lost."""
        return [f"{_label(item)}{_words(item)}" for item in self._said if _words(item)]

    @property
    def guess(self) -> str:
        """What is guessed, on one line; empty if nothing is."""
        return "  ".join(f"{_label(guess)}{guess.text}" for guess in self._guesses.values())

    @property
    def state(self) -> str:
        """How the session goes, on one line."""
        parts = [self._outcome or "live", clock(self._heard())]
        if self._renewals:
            parts.append(count(self._renewals, "renewal"))
        if self._recoveries:
            parts.append(count(self._recoveries, "recovery", "recoveries"))
        return " · ".join(parts)

    def text(self) -> str:
        """All of it as plain text."""
        guess = [f"{self.guess} …"] if self.guess else []
        return "\n".join((self.state, *self.lines[-_MOST_LINES:], *guess))

    def html(self) -> str:
        """All of it as HTML, of a bounded length."""
        said = [item for item in self._said if _words(item)]
        earlier = len(said) - _MOST_LINES
        rows = [_row(item, _marked_if_lost(item)) for item in said[-_MOST_LINES:]]
        if earlier > 0:
            note = f"{count(earlier, 'earlier line')}, not shown here; the transcript has all"
            rows.insert(0, f"<div {_DIM}>{note}</div>")
        rows += [_row(guess, f"<i>{escape(guess.text)} …</i>", _DIM) for guess in self._guesses.values()]
        mark = "" if self._outcome else "● "  # a recording light
        return f'<div><div style="opacity:.75">{mark}{escape(self.state)}</div>{"".join(rows)}</div>'


def _row(item: Result | AudioLost, words: str, style: str = "") -> str:
    language = item.language_code if isinstance(item, Result) else ""
    lang = f' lang="{escape(language)}"' if language else ""
    time = f'<span style="opacity:.6;font-family:monospace">{clock(item.start)}</span>'
    return f'<div {style}>{time} {escape(_label(item))}<span dir="auto"{lang}>{words}</span></div>'


def _marked_if_lost(item: Result | AudioLost) -> str:
    words = escape(_words(item))
    return f"<b>{words}</b>" if isinstance(item, AudioLost) else words


def _label(item: Result | AudioLost) -> str:
    voice = name_voice(item.channel, item.speaker) if isinstance(item, Result) else ""
    return f"{voice}: " if voice else ""


def _words(item: Result | AudioLost) -> str:
    if isinstance(item, Result):
        return item.text
    return f"audio lost from {clock(item.start)} to {clock(item.end)}: {item.reason}"
