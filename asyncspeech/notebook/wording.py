"""Times, voices and numbers as people read them."""

from __future__ import annotations

__all__ = ("clock", "count", "name_voice")


def clock(seconds: float) -> str:
    """A session time in minutes, seconds and tenths, and hours if there are any: ``1:02:03.4``."""
    tenths = round(seconds * 10)  # once, so that 59.96 is a minute
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{tenths // 10:02}.{tenths % 10}"
    return f"{hours}:{minutes:02}:{rest}" if hours else f"{minutes}:{rest}"


def count(number: int, one: str, many: str = "") -> str:
    """How many of something there are.

    Args:
        number: How many.
        one: What one is called.
        many: What several are called; else ``one`` with an s.
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def name_voice(channel: int | None, speaker: str | None) -> str:
    """Who says something, as far as that is known; empty if it is not."""
    names = [] if channel is None else [f"channel {channel}"]
    names += [f"speaker {speaker}"] if speaker else []
    return ", ".join(names)
