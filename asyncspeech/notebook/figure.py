"""A figure that a notebook shows, whether or not ``%matplotlib inline`` was said.

Not one of pyplot's, which keeps every figure that it makes, and chooses a display.
"""

from __future__ import annotations

from io import BytesIO

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

__all__ = ("ShownFigure", "measure_text")

_POINTS_PER_INCH = 72

_SHARPNESS = 2  # pixels of the picture for one of the page: what most screens have


class ShownFigure(Figure):
    """A Matplotlib figure that IPython can show."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """The figure as a PNG, and how large it is to be shown, in pixels."""
        with BytesIO() as file:
            self.savefig(file, format="png", dpi=_SHARPNESS * self.dpi, facecolor="white")
            content = file.getvalue()
        width, height = self.get_size_inches() * self.dpi
        return content, {"width": round(width), "height": round(height)}


def measure_text(text: str, points: float) -> float:
    """How many inches wide a text is, in Matplotlib's standard font of that size."""
    width, _height, _descent = TextToPath().get_text_width_height_descent(
        text, FontProperties(size=points), ismath=False
    )
    return float(width) / _POINTS_PER_INCH
