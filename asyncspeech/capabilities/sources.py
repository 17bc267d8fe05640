"""`Source`: where something that is known of the service was read."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("Source",)


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was read.

    Attributes:
        what: What it says something of.
        text: The page, the report, or that it is assumed.
        date: Of what date that is, as far as is known: a year, a month or a day (ISO 8601).
    """

    what: str
    text: str
    date: str
