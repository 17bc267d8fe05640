"""Takes the picture of captions on a terminal: ``python docs/_ext/pictures/terminal.py``.

What is drawn is what ``asyncspeech transcribe --watch`` prints of a recording of this repository, at the
first moment at which there is a sentence, and a guess at the next.
"""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from asyncspeech import Client
from asyncspeech.cli.captions import Captions

_ROOT = Path(__file__).parents[3]
_RECORDING = _ROOT / "examples" / "audio" / "story.flac"
_PICTURE = _ROOT / "docs" / "_static" / "watch.svg"
_COMMAND = f"asyncspeech transcribe --watch {_RECORDING.name}"
_ENOUGH_SENTENCES = 1
_ENOUGH_WORDS = 5


async def take() -> None:
    """Listen until there is enough to see, and save it."""
    console = Console(record=True, width=64, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {_COMMAND}"))
    async with Client.local() as client, client.session(source=_RECORDING, pace=1.0) as session:
        captions = Captions(session, _RECORDING.name, duration=_duration(), console=console)
        finals = 0
        async for result in session:
            captions.result(result)
            finals += result.is_final
            is_long = not result.is_final and len(result.text.split()) >= _ENOUGH_WORDS
            if finals == _ENOUGH_SENTENCES and is_long:
                break
        console.print(captions.render())
        session.abort()
    svg = console.export_svg(title="asyncspeech")
    # The font would come from the network; any of the reader's will do.
    svg = re.sub(r"@font-face\s*{.*?}", "", svg, flags=re.DOTALL)
    _PICTURE.write_text(svg.replace("Fira Code, ", ""), encoding="utf-8")


def _duration() -> float:
    import soundfile  # noqa: PLC0415 - not where documentation is built

    return float(soundfile.info(_RECORDING).duration)


if __name__ == "__main__":
    asyncio.run(take())
