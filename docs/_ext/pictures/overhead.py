"""Prints what renewals add to a bill: ``python docs/_ext/pictures/overhead.py``, which takes a minute.

Sessions talk for twenty minutes to the service of `pictures.scripted`: one with a pause after each
sentence, and one that never takes breath.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pictures.scripted import Run, speech

_SECONDS = 1_200.0
_WITH_PAUSES = "so we were saying this and that about the weather - - "
_WITHOUT = "and so it goes on and on without a pause for anybody to take breath "


def main() -> None:
    """Print a line for each kind of talk."""
    for name, sentence in (("with pauses", _WITH_PAUSES), ("without a pause", _WITHOUT)):
        length = speech(sentence, 0.0)[-1].end
        run = Run(speech(sentence * (1 + int(_SECONDS / length)), 0.5), until=_SECONDS)
        figures = run.figures
        print(  # noqa: T201 - what it is for
            f"{name}: {figures.streams} streams, {figures.forced_renewals} of the renewals forced,"
            f" {figures.seconds(figures.replayed):.1f} s sent again,"
            f" {run.billed_seconds} s billed for {_SECONDS:.0f} s"
        )


if __name__ == "__main__":
    main()
