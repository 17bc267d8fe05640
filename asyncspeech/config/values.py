"""What the values of a configuration are checked for."""

from __future__ import annotations

import math
import sys
from numbers import Integral
from typing import TYPE_CHECKING, Any

from asyncspeech.errors import ConfigurationError
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

__all__ = (
    "check_above_zero",
    "check_flags",
    "check_not_negative",
    "check_range",
    "check_text",
    "check_within",
    "items",
    "set_member",
)


def check_above_zero(policy: Any, *names: str) -> None:
    """See that values are numbers above 0, or infinite.

    Raises:
        ConfigurationError: One is not.
    """
    for name in names:
        value = getattr(policy, name)
        if not (_is_number(value) and value > 0):
            raise ConfigurationError(name, f"{brief(value)} is not a number above 0")


def check_flags(policy: Any, *names: str) -> None:
    """See that values are True or False.

    Raises:
        ConfigurationError: One is not.
    """
    for name in names:
        value = getattr(policy, name)
        if not isinstance(value, bool):
            raise ConfigurationError(name, f"{brief(value)} is neither True nor False")


def check_text(policy: Any, name: str, *, may_be_empty: bool = False) -> None:
    """See that a value is text.

    Raises:
        ConfigurationError: It is not, or is empty.
    """
    value = getattr(policy, name)
    if not (isinstance(value, str) and _is_unicode(value)):
        raise ConfigurationError(name, f"{brief(value)} is no text")
    if not (value or may_be_empty):
        raise ConfigurationError(name, "is empty")


def check_within(policy: Any, name: str, least: float, most: float) -> None:
    """See that a value is a number from ``least`` to ``most``.

    Raises:
        ConfigurationError: It is not.
    """
    value = getattr(policy, name)
    if not (_is_number(value) and least <= value <= most):
        raise ConfigurationError(name, f"{brief(value)} is not a number from {least:g} to {most:g}")


def check_not_negative(policy: Any, *names: str) -> None:
    """See that values are finite numbers from 0 on.

    Raises:
        ConfigurationError: One is not.
    """
    for name in names:
        value = getattr(policy, name)
        if not (_is_number(value) and 0 <= value < math.inf):
            raise ConfigurationError(name, f"{brief(value)} is not a number from 0 on")


def set_member(policy: Any, name: str, members: type[StrEnum]) -> None:
    """Replace a value by the member of an enumeration that it names."""
    value = getattr(policy, name)
    try:
        object.__setattr__(policy, name, members(value))
    except ValueError:
        raise ConfigurationError(name, f"{brief(value)} is none of {', '.join(members)}") from None


def check_range(name: str, value: Any, allowed: range) -> None:
    """See that a value is a whole number in a range.

    Raises:
        ConfigurationError: It is not.
    """
    # 16000.0 is in a range, but no message has room for it; True would be 1.
    if isinstance(value, bool) or not (isinstance(value, Integral) and value in allowed):
        raise ConfigurationError(
            name, f"{brief(value)} is not a whole number from {allowed[0]} to {allowed[-1]}"
        )


def items(values: Iterable[Any], field: str, *kinds: type) -> tuple[Any, ...]:
    """Values as a tuple, all of one of the kinds; a lone string or value is no list of them.

    Raises:
        ConfigurationError: They are not.
    """
    names = " or ".join(kind.__name__ for kind in kinds)
    try:
        found = None if isinstance(values, str | bytes) else tuple(values)
    except TypeError:
        found = None
    if found is None:
        raise ConfigurationError(field, f"{brief(values)} is not a tuple of {names}")
    for item in found:
        if not isinstance(item, kinds):
            raise ConfigurationError(field, f"{brief(item)} is not a {names}")
    return found


def _is_number(value: Any) -> bool:
    """Whether a value is a number that one can calculate with: an int may be larger than any float."""
    is_float = isinstance(value, float)
    is_int = isinstance(value, int) and not isinstance(value, bool)
    return is_float or (is_int and abs(value) <= sys.float_info.max)


def _is_unicode(text: str) -> bool:
    """Whether a text can be sent: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
