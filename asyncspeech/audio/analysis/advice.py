"""What to set for a recording: only what follows from its figures.

The service's own advice is in its best practices
(https://cloud.google.com/speech-to-text/docs/best-practices): at least 16 kHz where that can be had, no
resampling of telephone audio, lossless encodings, a channel for each speaker, and neither automatic gain
nor noise reduction. Where what helps other recognisers is against that, it is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asyncspeech.audio.analysis.figures import Analysis, Container, SpeechCost

__all__ = ("Advice", "advise")

_TELEPHONE_HERTZ = 8_000
_ENOUGH_HERTZ = 16_000
_TELEPHONE_BANDWIDTH_HERTZ = 4_200.0  # its rate's half, and the slope of a resampler
_QUIET_SPEECH_DBFS = -40.0  # a third of the 16 bits; it is usually at -30 to -20
_NOISY_DB = 15.0  # below this, recognisers begin to make more mistakes
_OFFSET = 0.01  # one part in a hundred of full scale
_RUMBLE = 1.0  # as much below 80 Hz as in the band of telephones
_WORTH_GATING = 0.2  # of the seconds
_SEPARATE = "audio_channel_count={count}, multi_channel_mode=SEPARATE_RECOGNITION_PER_CHANNEL"


@dataclass(frozen=True, slots=True)
class Advice:
    """Something to do about a recording.

    Attributes:
        text: What was found, and what helps.
        setting: The setting of `SessionConfig` that does it; empty if none does.
    """

    text: str
    setting: str = ""


def advise(container: Container, analysis: Analysis, cost: SpeechCost) -> tuple[Advice, ...]:
    """Say what to set for a recording, and what to do about it.

    Args:
        container: How it is stored.
        analysis: What was found out about it.
        cost: What it costs.
    """
    if not analysis.speech:
        return (Advice("nobody speaks in it: there is nothing to recognise, but it would be billed"),)
    return (
        *_of_rate(analysis),
        *_of_channels(analysis),
        *_of_levels(analysis),
        *_of_silence(analysis, cost),
        *_of_container(container),
    )


def _of_rate(analysis: Analysis) -> Iterator[Advice]:
    rate = analysis.sample_rate_hertz
    bandwidth = max((channel.bandwidth_hertz or 0.0) for channel in analysis.channels)
    if _TELEPHONE_HERTZ < rate < _ENOUGH_HERTZ:
        yield Advice(
            f"{kilohertz(rate)}: record at 16 kHz where you can, and do not resample this",
            f"sample_rate_hertz={rate}",
        )
    elif rate < _ENOUGH_HERTZ:
        yield Advice(
            f"{kilohertz(rate)}, as telephones have: take a model made for that, and do not resample",
            f'model="telephony", sample_rate_hertz={rate}',
        )
    elif bandwidth <= _TELEPHONE_BANDWIDTH_HERTZ:
        yield Advice(
            f"{kilohertz(rate)}, but nothing above {kilohertz(bandwidth)}: it came by telephone, "
            "so a model made for that may do better",
            f'model="telephony", sample_rate_hertz={_TELEPHONE_HERTZ}',
        )
    elif rate > _ENOUGH_HERTZ:
        yield Advice(
            f"{kilohertz(rate)}: 16 kHz hold all that recognisers go by; sessions resample to that",
            f"sample_rate_hertz={_ENOUGH_HERTZ}",
        )


def _of_channels(analysis: Analysis) -> Iterator[Advice]:
    count = len(analysis.channels)
    if count == 1:
        return
    spoken = [
        number
        for number, channel in enumerate(analysis.channels, 1)
        if channel.speech and channel.hears_as is None
    ]
    if len(spoken) == 1:
        yield Advice(
            f"whoever speaks is on channel {spoken[0]}: to recognise {count} channels apart would cost "
            f"{count} times as much, and tell nothing more",
            "audio_channel_count=1",
        )
    else:
        yield Advice(
            f"{len(spoken)} speakers on {len(spoken)} channels: recognise these apart",
            _SEPARATE.format(count=count),
        )


def _of_levels(analysis: Analysis) -> Iterator[Advice]:
    for number, channel in enumerate(analysis.channels, 1):
        of = f"channel {number}: " if len(analysis.channels) > 1 else ""
        if not channel.speech or channel.same_as is not None:
            continue
        if channel.clipping.count:
            places = "place" if channel.clipping.count == 1 else "places"
            yield Advice(
                f"{of}clipped in {channel.clipping.count:,} {places}, first at "
                f"{channel.clipping.first[0]:.2f} s: lower the gain at the source; this one is spoilt"
            )
        if channel.speech_dbfs is not None and channel.speech_dbfs < _QUIET_SPEECH_DBFS:
            yield Advice(
                f"{of}speech is very quiet ({channel.speech_dbfs:.0f} dBFS): raise the gain at its "
                "source, else here; where it is loud enough, Google advises against automatic gain",
                "preprocess=(AutoGain(),)",
            )
        if channel.snr_db is not None and channel.snr_db < _NOISY_DB:
            yield Advice(
                f"{of}noise is only {channel.snr_db:.0f} dB below the speech: go nearer to the "
                "microphone; NoiseSuppression helps the local recogniser, Google advises against it",
                "preprocess=(NoiseSuppression(),)",
            )
        if abs(channel.dc_offset) > _OFFSET or channel.low_share > _RUMBLE:
            what = (
                f"an offset of {channel.dc_offset:+.1%} of full scale"
                if abs(channel.dc_offset) > _OFFSET
                else "more below 80 Hz, where there is no speech, than in it"
            )
            yield Advice(f"{of}{what}: take it off", "preprocess=(HighPass(),)")


def _of_silence(analysis: Analysis, cost: SpeechCost) -> Iterator[Advice]:
    saved = cost.seconds - cost.gated_seconds
    if saved >= _WORTH_GATING * cost.seconds:
        an_hour = (cost.usd - cost.gated_usd) * 3_600 / analysis.duration
        yield Advice(
            f"nobody speaks in {1 - analysis.speech_share:.0%} of it: not to send that saves "
            f"{saved / cost.seconds:.0%} of the cost, ${an_hour:.2f} for an hour like this",
            "preprocess=(VoiceActivity(), VoiceGate())",
        )


def _of_container(container: Container) -> Iterator[Advice]:
    if container.is_lossy:
        yield Advice(
            f"{container.encoding} is lossy: record to FLAC or WAV where you can "
            "(to convert this one brings nothing back)"
        )


def kilohertz(hertz: float) -> str:
    """A frequency, as people say it."""
    return f"{hertz / 1_000:.4g} kHz" if hertz % 100 == 0 else f"{hertz / 1_000:.1f} kHz"
