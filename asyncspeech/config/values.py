"""What the values of a configuration are checked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from enum import StrEnum

__all__ = (
    "check_above_zero",
    "check_flags",
    "check_not_negative",
    "check_range",
    "check_text",
    "check_within",
    "set_member",
)


def check_above_zero(policy: Any, *names: str) -> None:
    """See that values are numbers above 0.

    Raises:
        ConfigurationError: One is not.
    """
    for name in names:
        value = getattr(policy, name)
        if not (isinstance(value, int | float) and value > 0):
            raise ConfigurationError(name, f"{value!r} is not more than 0")


def check_flags(policy: Any, *names: str) -> None:
    """See that values are True or False.

    Raises:
        ConfigurationError: One is not.
    """
    for name in names:
        value = getattr(policy, name)
        if not isinstance(value, bool):
            raise ConfigurationError(name, f"{value!r} is neither True nor False")


def check_text(policy: Any, name: str, *, may_be_empty: bool = False) -> None:
    """See that a value is text.

    Raises:
        ConfigurationError: It is not, or is empty.
    """
    value = getattr(policy, name)
    if not isinstance(value, str):
        raise ConfigurationError(name, f"{value!r} is no text")
    if not (value or may_be_empty):
        raise ConfigurationError(name, "is empty")


def check_within(policy: Any, name: str, least: float, most: float) -> None:
    """See that a value is a number from ``least`` to ``most``.

    Raises:
        ConfigurationError: It is not.
    """
    value = getattr(policy, name)
    if not (isinstance(value, int | float) and least <= value <= most):
        raise ConfigurationError(name, f"{value!r} is not a number from {least:g} to {most:g}")


def check_not_negative(policy: Any, *names: str) -> None:
    """See that values are numbers from 0 on.

    Raises:
        ConfigurationError: One is not.
    """
    for name in names:
        value = getattr(policy, name)
        if not (isinstance(value, int | float) and value >= 0):
            raise ConfigurationError(name, f"{value!r} is less than 0")


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
