from __future__ import annotations

import pytest

from asyncspeech.wording import brief, one_line


class Unshown:
    def __repr__(self) -> str:
        raise OSError


def test_lines_are_joined_by_single_spaces() -> None:
    assert one_line(" two\n\n  lines\u2028and\x1b[1mmore\x00 ") == "two lines and [1mmore"


def test_a_long_line_is_cut_off_and_shows_it() -> None:
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"


@pytest.mark.parametrize("value", [Unshown(), 10**5_000, ["x" * 500] * 500, "\ud800"], ids=range(4))
def test_any_value_can_be_shown_on_part_of_a_line(value: object) -> None:
    text = brief(value)
    assert text.isprintable()
    assert 0 < len(text) <= 100
