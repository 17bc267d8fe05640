"""What the values of a configuration are checked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from enum import StrEnum

__all__ = ("check_above_zero", "check_not_negative", "check_range", "set_member")


def check_above_zero(policy: Any, *names: str) -> None:
    """See that values are numbers above 0.

    Raises:
        ConfigurationError: One is not.
    """
    for name in names:
        value = getattr(policy, name)
        if not (isinstance(value, int | float) and value > 0):
            raise ConfigurationError(name, f"{value!r} is not more than 0")


def check_not_negative(policy: Any, *names: str) -> None:
    """See that values are numbers, and not less than 0.

    Raises:
        ConfigurationError: One is not.
    """
    for name in names:
        value = getattr(policy, name)
        if not (isinstance(value, int | float) and value >= 0):
            raise ConfigurationError(name, f"{value!r} is not 0 or more")


def set_member(policy: Any, name: str, members: type[StrEnum]) -> None:
    """Replace a value by the member of an enumeration that it names."""
    value = getattr(policy, name)
    try:
        object.__setattr__(policy, name, members(value))
    except ValueError:
        raise ConfigurationError(name, f"{value!r} is none of {', '.join(members)}") from None


def check_range(name: str, value: int, allowed: range) -> None:
    """See that a value is a whole number in a range.

    Raises:
        ConfigurationError: It is not.
    """
    if value not in allowed:
        raise ConfigurationError(
            name, f"{value} is not a whole number from {allowed[0]} to {allowed[-1]}"
        )
