"""From any recording to clean chunks of raw audio.

Importing this package is cheap: numpy, soundfile and soxr are imported with `open_source`, on its first
use. See `asyncspeech.audio.opening` for what can be handed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech._lazy import lazy_names

if TYPE_CHECKING:
    from asyncspeech.audio.auto_gain import AutoGain as AutoGain
    from asyncspeech.audio.detectors import SileroDetector as SileroDetector
    from asyncspeech.audio.detectors import WebRtcDetector as WebRtcDetector
    from asyncspeech.audio.devices import InputDevice as InputDevice
    from asyncspeech.audio.downmix import Downmix as Downmix
    from asyncspeech.audio.high_pass import HighPass as HighPass
    from asyncspeech.audio.microphone import Microphone as Microphone
    from asyncspeech.audio.noise_suppression import NoiseSuppression as NoiseSuppression
    from asyncspeech.audio.opening import open_source as open_source
    from asyncspeech.audio.resample import Resample as Resample
    from asyncspeech.audio.select_channel import SelectChannel as SelectChannel
    from asyncspeech.audio.source import AudioInput as AudioInput
    from asyncspeech.audio.source import EncodedAudio as EncodedAudio
    from asyncspeech.audio.source import RawAudio as RawAudio
    from asyncspeech.audio.source import Source as Source

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "asyncspeech.audio.auto_gain": ("AutoGain",),
        "asyncspeech.audio.detectors": ("SileroDetector", "WebRtcDetector"),
        "asyncspeech.audio.devices": ("InputDevice",),
        "asyncspeech.audio.downmix": ("Downmix",),
        "asyncspeech.audio.high_pass": ("HighPass",),
        "asyncspeech.audio.microphone": ("Microphone",),
        "asyncspeech.audio.noise_suppression": ("NoiseSuppression",),
        "asyncspeech.audio.opening": ("open_source",),
        "asyncspeech.audio.resample": ("Resample",),
        "asyncspeech.audio.select_channel": ("SelectChannel",),
        "asyncspeech.audio.source": ("AudioInput", "EncodedAudio", "RawAudio", "Source"),
    },
)
