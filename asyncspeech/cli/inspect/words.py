"""Figures of recordings, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from asyncspeech.audio.analysis.advice import kilohertz

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asyncspeech.audio.analysis import Analysis, ChannelAnalysis, Container, SpeechCost

__all__ = ("CHANNEL_ROWS", "clock", "file_rows")

_MINUTE = 60
_HOUR = 3_600
_PLACES = 3  # of clipping that are named
_LEAST_SILENCE = 0.05


def file_rows(container: Container, analysis: Analysis, cost: SpeechCost) -> Iterator[tuple[str, str]]:
    """What there is to say about a recording as a whole: names and texts."""
    count = len(analysis.channels)
    channels = f"{count} channel{'s' * (count > 1)}"
    rate = kilohertz(analysis.sample_rate_hertz)
    bits = container.file_bytes * 8 / analysis.duration / 1_000 if analysis.duration else 0.0
    lossy = ", lossy" if container.is_lossy else ""
    yield "format", f"{container.format}: {container.encoding}{lossy}, {bits:,.0f} kbit/s"
    yield "audio", f"{clock(analysis.duration)}, {rate}, {channels}"
    yield "speech", _speech(analysis)
    yield "cost", _cost(cost)


def _speech(analysis: Analysis) -> str:
    what = "speech" if analysis.detector == "voice" else "sound"
    regions = analysis.speech
    if not regions:
        return f"no {what}"
    spoken = clock(sum(region.seconds for region in regions))
    pieces = f"{len(regions)} piece{'s' * (len(regions) > 1)}"
    span = f"between {clock(regions[0].start)} and {clock(regions[-1].end)}"
    return f"{analysis.speech_share:.0%} {what}: {spoken} in {pieces}, {span}"


def _cost(cost: SpeechCost) -> str:
    whole = f"{cost.seconds:,} s, ${cost.usd:.4f}"
    if cost.gated_seconds == cost.seconds:
        return f"{whole}; VoiceGate() would save nothing"
    return f"{whole}; with VoiceGate() {cost.gated_seconds:,} s, ${cost.gated_usd:.4f}"


def clock(seconds: float) -> str:
    """A time or a length, as people read it."""
    if seconds < _MINUTE:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds * 10), _MINUTE * 10)
    if minutes < _MINUTE:
        return f"{minutes}:{rest / 10:04.1f}"
    return f"{minutes // _MINUTE}:{minutes % _MINUTE:02}:{rest // 10:02}"


def _level(dbfs: float | None) -> str:
    if dbfs is None:
        return ""
    return "digital silence" if math.isinf(dbfs) else f"{dbfs:.1f} dBFS"


def _of_speech(channel: ChannelAnalysis, analysis: Analysis) -> str:
    if not channel.speech:
        return "none"
    share = channel.speech_seconds / analysis.duration
    level = "" if channel.speech_dbfs is None else f", {_level(channel.speech_dbfs)}"
    return f"{share:.0%}{level}"


def _snr(channel: ChannelAnalysis, _analysis: Analysis) -> str:
    if channel.snr_db is None:
        return f"cannot be told: {channel.why_no_snr}"
    return f"{channel.snr_db:.0f} dB"


def _bandwidth(channel: ChannelAnalysis, analysis: Analysis) -> str:
    if channel.bandwidth_hertz is None:
        return ""
    half = kilohertz(analysis.sample_rate_hertz / 2)
    return f"up to {channel.bandwidth_hertz / 1_000:.1f} of {half}"


def _clipping(channel: ChannelAnalysis, _analysis: Analysis) -> str:
    clipping = channel.clipping
    if not clipping.count:
        return "none"
    places = ", ".join(clock(second) for second in clipping.first[:_PLACES])
    more = ", …" if clipping.count > _PLACES else ""
    return f"{clipping.count:,} times ({clipping.frames:,} samples), at {places}{more}"


def _silence(channel: ChannelAnalysis, analysis: Analysis) -> str:
    if channel.lead_in >= analysis.duration:
        return "all of it"
    ends = {"at the beginning": channel.lead_in, "at the end": channel.lead_out}
    told = [f"{clock(seconds)} {where}" for where, seconds in ends.items() if seconds >= _LEAST_SILENCE]
    return ", ".join(told) or "none at the ends"


def _compared(channel: ChannelAnalysis, _analysis: Analysis) -> str:
    if channel.same_as is not None:
        return f"the same as channel {channel.same_as}"
    if channel.hears_as is not None:
        return f"hears what channel {channel.hears_as} hears"
    return ""


CHANNEL_ROWS: tuple[tuple[str, Callable[[ChannelAnalysis, Analysis], str]], ...] = (
    ("peak", lambda channel, _: _level(channel.peak_dbfs)),
    ("RMS", lambda channel, _: _level(channel.rms_dbfs)),
    ("speech", _of_speech),
    ("noise", lambda channel, _: _level(channel.noise_dbfs)),
    ("SNR", _snr),
    ("band", _bandwidth),
    ("DC offset", lambda channel, _: f"{round(channel.dc_offset, 4) + 0.0:+.2%}"),
    ("clipping", _clipping),
    ("silence", _silence),
    ("compared", _compared),
)
"""What there is to say about a channel; an empty text is nothing."""
