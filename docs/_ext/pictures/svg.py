"""A little SVG, written into the page itself, so that it has the page's font and colours."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("box", "document", "label", "line", "path")


def document(name: str, width: float, height: float, description: str, parts: Iterable[str]) -> str:
    """A whole picture, with a text for those who do not see it.

    Args:
        name: Tells its parts from those of other pictures on the page.
        width: In pixels.
        height: In pixels.
        description: What it shows.
        parts: The shapes, those in front last.
    """
    head = (
        f'<div class="picture"><svg viewBox="0 0 {width:g} {height:g}" role="img"'
        f' aria-label="{escape(description)}" xmlns="http://www.w3.org/2000/svg">'
        f'<defs><marker id="{name}-head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7"'
        ' markerHeight="7" orient="auto"><path d="M0 1 L9 5 L0 9 z" class="head"/></marker></defs>'
    )
    return "\n".join([head, *parts, "</svg></div>"])


def box(
    x: float, y: float, width: float, height: float, style: str = "", *, radius: float = 4, tip: str = ""
) -> str:
    """A rectangle with round corners; ``tip`` is shown to a mouse that rests on it."""
    title = f"<title>{escape(tip)}</title>" if tip else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius:g}"'
        f' class="{style}">{title}</rect>'
    )


def label(
    x: float, y: float, text: str, style: str = "", *, anchor: str = "middle", tip: str = ""
) -> str:
    """A text; ``anchor`` says what of it is at ``x``: its start, middle or end."""
    title = f"<title>{escape(tip)}</title>" if tip else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} class="{style}">{escape(text)}{title}</text>'


def line(x1: float, y1: float, x2: float, y2: float, style: str = "") -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"/>'


def path(way: str, style: str = "", *, head: str = "") -> str:
    """A line of any shape; ``head`` is the name of the picture if it ends in an arrow's head."""
    end = f' marker-end="url(#{head}-head)"' if head else ""
    return f'<path d="{way}" class="{style}"{end}/>'
