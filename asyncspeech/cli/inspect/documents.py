"""What ``asyncspeech inspect --format json`` writes: everything, in a steady order."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.audio.analysis import Advice, SpeechCost
    from asyncspeech.audio.analysis.recording import ExaminedFile

__all__ = ("document",)


def document(file: ExaminedFile, cost: SpeechCost, advice: Sequence[Advice]) -> dict[str, Any]:
    """All that was found out about a recording.

    The level of digital silence, which is minus infinity, is null.
    """
    analysis = file.examination.analysis
    found: dict[str, Any] = _plain(
        {
            "file": file.path,
            "container": asdict(file.container),
            **asdict(analysis),
            "speech": [asdict(region) for region in analysis.speech],
            "speech_share": analysis.speech_share,
            "cost": asdict(cost),
            "advice": [asdict(item) for item in advice],
            "note": file.note,
            "error": "" if file.fault is None else file.fault.message,
        }
    )
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return None if math.isinf(value) else round(value, 6)
    return value
