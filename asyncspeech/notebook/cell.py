"""`Cell`: a place in a notebook that can be written to again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Cell", "find_cell")


class Cell:
    """A place in the output of the cell that is running. What is shown there last is what stays.

    Args:
        display: IPython's ``display``: it shows a bundle of forms of the same thing, and returns a
        handle with
            ``update``.
    """

    def __init__(self, display: Callable[..., Any]) -> None:
        self._display = display
        self._handle: Any = None
        self._shown: dict[str, str] | None = None

    def show(self, html: str, text: str) -> None:
        """Show something, in the place of what was shown before.

        Args:
            html: As HTML.
            text: The same as plain text, for what shows no HTML.
        """
        bundle = {"text/html": html, "text/plain": text}
        if bundle == self._shown:
            return
        self._shown = bundle
        if self._handle is None:
            self._handle = self._display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


def find_cell() -> Cell | None:
    """A place in the notebook in which this runs; None if it runs in none.

    A notebook is IPython with a kernel: a program has no IPython, and IPython in a terminal no kernel.
    IPython is not imported for that. Where there is a notebook, it has been.
    """
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if getattr(shell, "kernel", None) is None:
        return None
    from IPython.display import display  # noqa: PLC0415 - it is there in a notebook only

    return Cell(display)
