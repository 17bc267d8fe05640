"""The codes of languages: BCP-47 tags (RFC 5646)."""

from __future__ import annotations

from asyncspeech.config.values import items
from asyncspeech.errors import ConfigurationError
from asyncspeech.wording import brief

__all__ = ("language_codes",)

_ALPHA2, _ALPHA4, _LONGEST = 2, 4, 8


def language_codes(
    codes: tuple[str, ...] | str, *, may_be_empty: bool = False, field: str = "language_codes"
) -> tuple[str, ...]:
    """BCP-47 tags in their usual case; a single one may be given as a string.

    Args:
        codes: The tags.
        may_be_empty: Whether there need be none.
        field: The name of the setting.

    Raises:
        ConfigurationError: There is none, or one is no tag.
    """
    codes = (codes,) if isinstance(codes, str) else items(codes, field, str)
    if not (codes or may_be_empty):
        raise ConfigurationError(field, "is empty", hint='for instance ("en-US",)')
    return tuple(_language_code(code, field) for code in codes)


def _language_code(code: str, field: str) -> str:
    """A BCP-47 tag in its usual case: language lower, script title, region upper (RFC 5646, 2.1.1)."""
    language, *subtags = code.split("-")
    is_tag = language.isalpha() and all(subtag.isalnum() for subtag in subtags)
    is_short = 1 < len(language) <= _LONGEST >= max(map(len, subtags), default=0)
    if not (is_tag and is_short and code.isascii()):
        raise ConfigurationError(
            field, f"{brief(code)} is not a BCP-47 language tag", hint='for instance "en-US"'
        )
    return "-".join([language.lower(), *(_subtag(subtag) for subtag in subtags)])


def _subtag(subtag: str) -> str:
    if len(subtag) == _ALPHA2:
        return subtag.upper()
    if len(subtag) == _ALPHA4:
        return subtag.title()
    return subtag.lower()
