"""Session times as people read them."""

from __future__ import annotations

__all__ = ("clock",)


def clock(seconds: float) -> str:
    """A session time in minutes, seconds and tenths, and hours if there are any: ``1:02:03.4``."""
    tenths = round(seconds * 10)  # once, so that 59.96 is a minute
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{tenths // 10:02}.{tenths % 10}"
    return f"{hours}:{minutes:02}:{rest}" if hours else f"{minutes}:{rest}"
