"""Reading a stream's first message: what is asked for, or why it cannot be done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.cloud.speech_v2.types import RecognitionFeatures

from asyncspeech.emulator import errors
from asyncspeech.emulator.audio import Decoder

if TYPE_CHECKING:
    from asyncspeech.emulator.recognizer import Recognizer

__all__ = ("StreamRequest", "read_first_message")

_RECOGNIZER = re.compile(r"projects/[^/]+/locations/(?P<location>[^/]+)/recognizers/[^/]+")
_SEPARATE_CHANNELS = RecognitionFeatures.MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """What a stream's first message asks for.

    Attributes:
        decoder: Reads its audio.
        sample_rate_hertz: Frames per second of its audio.
        channels: How many channels are recognised: all of them apart, or the first alone.
        separate_channels: Whether they are told apart in the results.
        language_code: The first language asked for.
        interim_results: Whether interims are wanted.
        word_time_offsets: Whether words are wanted with their times.
        word_confidence: Whether words are wanted with their confidence.
        voice_activity_events: Whether beginnings and ends of speech are to be told.
    """

    decoder: Decoder
    sample_rate_hertz: int
    channels: int
    separate_channels: bool
    language_code: str
    interim_results: bool
    word_time_offsets: bool
    word_confidence: bool
    voice_activity_events: bool


def read_first_message(message: Any, recognizer: Recognizer) -> StreamRequest:
    """What the first ``StreamingRecognizeRequest`` asks for.

    Raises:
        Refusal: It cannot be done.
    """
    name = _RECOGNIZER.fullmatch(message.recognizer)
    if name is None:
        raise errors.invalid_resource("google.cloud.speech.v2.Speech.StreamingRecognize")
    if message.WhichOneof("streaming_request") != "streaming_config":
        raise errors.malordered()
    config = message.streaming_config.config
    features = message.streaming_config.streaming_features
    decoder, rate, channel_count = _decoding(config)
    _check_language(config, recognizer, name["location"])
    separate = config.features.multi_channel_mode == _SEPARATE_CHANNELS
    return StreamRequest(
        decoder=decoder,
        sample_rate_hertz=rate,
        channels=channel_count if separate else 1,
        separate_channels=separate,
        language_code=config.language_codes[0] if config.language_codes else "en-US",
        interim_results=features.interim_results,
        word_time_offsets=config.features.enable_word_time_offsets,
        word_confidence=config.features.enable_word_confidence,
        voice_activity_events=features.enable_voice_activity_events,
    )


def _decoding(config: Any) -> tuple[Decoder, int, int]:
    """How to read the audio: its decoder, sample rate and number of channels."""
    kind = config.WhichOneof("decoding_config")
    if kind is None:
        raise errors.invalid_config(
            [
                (
                    "decoding_config",
                    "required oneof field 'decoding_config' must have one initialized field",
                )
            ]
        )
    if kind == "auto_decoding_config":
        raise errors.encoding_not_emulated("audio with a header")
    explicit = config.explicit_decoding_config
    if explicit.audio_channel_count < 1:
        raise errors.invalid_channel_count(explicit.audio_channel_count)
    if explicit.sample_rate_hertz < 1:
        raise errors.invalid_sample_rate(explicit.sample_rate_hertz)
    decoder = Decoder(explicit.encoding, explicit.audio_channel_count)
    return decoder, explicit.sample_rate_hertz, explicit.audio_channel_count


def _check_language(config: Any, recognizer: Recognizer, location: str) -> None:
    if recognizer.language_codes is None:
        return
    known = {code.lower() for code in recognizer.language_codes}
    if not any(code.lower() in known for code in config.language_codes):
        wanted = config.language_codes[0] if config.language_codes else ""
        raise errors.language_not_supported(wanted, config.model, location)
