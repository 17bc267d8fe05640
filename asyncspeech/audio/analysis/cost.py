"""What it costs to have a recording recognised, as it is and without its silence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from asyncspeech.audio.analysis.figures import Region, SpeechCost, union
from asyncspeech.config import IdlePolicy, Prices
from asyncspeech.config.preprocessing import VoiceGate

if TYPE_CHECKING:
    from asyncspeech.audio.analysis.figures import Analysis

__all__ = ("gated", "recognition_cost")


def recognition_cost(
    analysis: Analysis,
    *,
    model: str = "long",
    gate: VoiceGate | None = None,
    idle: IdlePolicy | None = None,
    prices: Prices | None = None,
) -> SpeechCost:
    """Estimate what a session would be billed for a recording, mixed down to one channel.

    With a gate, silence is not sent; a silence of at least ``IdlePolicy.after`` ends the stream, and
    each stream is billed in whole seconds.

    Args:
        analysis: What was found out about it.
        model: The model, which prices depend on.
        gate: The gate; None for one as it comes.
        idle: When a session parks; None for as it comes.
        prices: The prices; None for those of the list.
    """
    gate, idle, prices = gate or VoiceGate(), idle or IdlePolicy(), prices or Prices()
    seconds = _whole(analysis.duration)
    streams: list[float] = []
    last_end = -math.inf
    for piece in gated(analysis, gate):
        if piece.start - last_end < idle.after:
            streams[-1] += piece.seconds
        else:
            streams.append(piece.seconds)
        last_end = piece.end
    gated_seconds = sum(map(_whole, streams))
    return SpeechCost(
        seconds=seconds,
        usd=prices.usd(seconds, model=model),
        gated_seconds=gated_seconds,
        gated_usd=prices.usd(gated_seconds, model=model),
    )


def gated(analysis: Analysis, gate: VoiceGate) -> tuple[Region, ...]:
    """What a gate lets through: the speech, and some before and after it."""
    return union(
        [
            Region(
                max(0.0, region.start - gate.pre_roll),
                min(analysis.duration, region.end + gate.hang_over),
            )
            for region in analysis.speech
        ]
    )


def _whole(seconds: float) -> int:
    return math.ceil(seconds - 1e-9)  # sums of floats may exceed a whole second by next to nothing
