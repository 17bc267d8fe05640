"""Results where there is no notebook."""

from __future__ import annotations

import io
import re

import pytest

from asyncspeech.notebook.lines import Lines


class Terminal(io.StringIO):
    """A terminal, as far as it is written to here."""

    def isatty(self) -> bool:
        return True

    @property
    def screen(self) -> list[str]:
        """What is seen."""
        return [re.split(r"\r\x1b\[K", line)[-1] for line in self.getvalue().split("\n")]


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")


def test_a_guess_stands_below_and_is_replaced() -> None:
    out = Terminal()
    lines = Lines(out)
    lines.show([], "to be")
    lines.show([], "to be or")
    assert out.screen == ["to be or"]
    lines.show(["to be or not"], "and")
    assert out.screen == ["to be or not", "and"]
    lines.show(["to be or not", "and then"], "")
    assert out.screen == ["to be or not", "and then", ""]


def test_what_has_not_changed_is_not_written_again() -> None:
    out = Terminal()
    lines = Lines(out)
    lines.show(["one"], "two")
    written = out.getvalue()
    lines.show(["one"], "two")
    assert out.getvalue() == written


@pytest.mark.parametrize(
    ("guess", "seen"),
    [
        ("a" * 10 + "b" * 15, "a" * 4 + "b" * 15),
        ("日本語" * 10, "日本語" * 3),
        ("e\u0301" * 19, "e\u0301" * 19),
    ],
)
def test_of_a_guess_as_much_of_its_end_is_shown_as_a_line_holds(guess: str, seen: str) -> None:
    out = Terminal()
    Lines(out).show([], guess)
    assert out.screen == [seen]


def test_a_final_is_written_whole() -> None:
    out = Terminal()
    Lines(out).show(["word " * 20], "")
    assert out.getvalue() == f"{'word ' * 19}word\n"


def test_text_cannot_move_the_cursor() -> None:
    out = Terminal()
    Lines(out).show(["one\x1b[2J\ntwo"], "three\rfour")
    assert out.getvalue() == "one [2J two\nthree four"


def test_a_pipe_gets_no_guesses() -> None:
    out = io.StringIO()
    lines = Lines(out)
    lines.show([], "to be")
    lines.show(["to be or not"], "and")
    lines.show(["to be or not", "and then"], "")
    assert out.getvalue() == "to be or not\nand then\n"
