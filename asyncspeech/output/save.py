"""Writing a file whole or not at all."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

__all__ = ("save",)


def save(path: str | PathLike[str], writers: Mapping[str, Callable[[], str]]) -> None:
    """Write a text file in the form that the suffix of ``path`` names, replacing one that is there.

    The text goes to a file beside the target first and takes its name when it is complete, so a reader
    never sees half of it.

    Args:
        path: Where to. Its suffix, in any case, chooses the writer.
        writers: The text by suffix.

    Raises:
        ConfigurationError: No writer for the suffix.
        OSError: The file cannot be written.
    """
    target = Path(path)
    writer = writers.get(target.suffix.lower())
    if writer is None:
        raise ConfigurationError(
            "path",
            f"{target.name!r} does not say in which form to save",
            hint=f"end it in one of {', '.join(writers)}",
        )
    text = writer()
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with partial.open("x", encoding="utf-8") as file:
            file.write(text)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
