"""From any recording to clean chunks of raw audio.

Importing this package is cheap: numpy, soundfile and soxr are imported with `open_source`, on its first
use. See `asyncspeech.audio.opening` for what can be handed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech._lazy import lazy_names

if TYPE_CHECKING:
    from asyncspeech.audio.devices import InputDevice as InputDevice
    from asyncspeech.audio.microphone import Microphone as Microphone
    from asyncspeech.audio.opening import open_source as open_source
    from asyncspeech.audio.source import AudioInput as AudioInput
    from asyncspeech.audio.source import EncodedAudio as EncodedAudio
    from asyncspeech.audio.source import RawAudio as RawAudio
    from asyncspeech.audio.source import Source as Source
    from asyncspeech.audio.stages.auto_gain import AutoGain as AutoGain
    from asyncspeech.audio.stages.downmix import Downmix as Downmix
    from asyncspeech.audio.stages.high_pass import HighPass as HighPass
    from asyncspeech.audio.stages.noise_suppression import NoiseSuppression as NoiseSuppression
    from asyncspeech.audio.stages.resample import Resample as Resample
    from asyncspeech.audio.stages.select_channel import SelectChannel as SelectChannel
    from asyncspeech.audio.voice.detectors import SileroDetector as SileroDetector
    from asyncspeech.audio.voice.detectors import WebRtcDetector as WebRtcDetector

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "asyncspeech.audio.stages.auto_gain": ("AutoGain",),
        "asyncspeech.audio.voice.detectors": ("SileroDetector", "WebRtcDetector"),
        "asyncspeech.audio.devices": ("InputDevice",),
        "asyncspeech.audio.stages.downmix": ("Downmix",),
        "asyncspeech.audio.stages.high_pass": ("HighPass",),
        "asyncspeech.audio.microphone": ("Microphone",),
        "asyncspeech.audio.stages.noise_suppression": ("NoiseSuppression",),
        "asyncspeech.audio.opening": ("open_source",),
        "asyncspeech.audio.stages.resample": ("Resample",),
        "asyncspeech.audio.stages.select_channel": ("SelectChannel",),
        "asyncspeech.audio.source": ("AudioInput", "EncodedAudio", "RawAudio", "Source"),
    },
)
