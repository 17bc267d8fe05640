"""Results that the service itself does not trust, kept back.

What they cover is settled all the same: the service has said its word on it. A final that is kept back
may have had interims, which a caption still shows; then it is handed on without its text, so that the
text goes away.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asyncspeech.model import Alternative

if TYPE_CHECKING:
    from asyncspeech.model import Result

__all__ = ("ConfidenceGate",)

_NOTHING = (Alternative(""),)


class ConfidenceGate:
    """Lets results through that the service is sure enough of.

    Attributes:
        least: How sure, from 0 to 1. It can be changed.

    Args:
        least: How sure, from 0 to 1.
    """

    def __init__(self, least: float) -> None:
        self.least = least
        self._shown: set[int] = set()

    def passed(self, result: Result) -> Result | None:
        """What of a result is to be handed on; None for nothing.

        One of which the service does not say how sure it is passes.
        """
        is_trusted = result.confidence is None or result.confidence >= self.least
        if not result.is_final:
            if is_trusted:
                self._shown.add(result.segment)
            return result if is_trusted else None
        was_shown = result.segment in self._shown
        self._shown.discard(result.segment)
        if is_trusted:
            return result
        return replace(result, alternatives=_NOTHING) if was_shown else None
