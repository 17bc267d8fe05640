"""What a call asks for: read, merged with its recogniser's configuration, and checked.

The order of the checks decides which of several mistakes a client is told of: the recogniser's name,
whether the caller may use it, whether it is at home here, whether it exists, whether the message has the
right form, whether the configuration is well formed, and then whether its model can do what is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.cloud.speech_v2.types import RecognitionFeatures, StreamingRecognitionFeatures

from asyncspeech.emulator import errors
from asyncspeech.emulator.activity import VoiceActivityTimeout
from asyncspeech.emulator.capabilities import Method, check_capabilities
from asyncspeech.emulator.configuration import check_config, is_complete, merge_config
from asyncspeech.emulator.registry import RecognizerName

if TYPE_CHECKING:
    from asyncspeech.emulator.service import Service

__all__ = ("RecognitionRequest", "StreamingFeatures", "read_recognize", "read_streaming")

_SEPARATE_CHANNELS = RecognitionFeatures.MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL
_Sensitivity = StreamingRecognitionFeatures.EndpointingSensitivity
_RECOGNIZE = "recognizers.recognize"
# "Voice activity timeouts must be greater than 500 ms and less than 60 s" (voice-activity-events page).
_SHORTEST_TIMEOUT, _LONGEST_TIMEOUT = 0.5, 60.0
_NO_TIMEOUT = VoiceActivityTimeout()


@dataclass(frozen=True, slots=True)
class StreamingFeatures:
    """What only streams can ask for.

    Attributes:
        interim_results: Whether interims are wanted.
        voice_activity_events: Whether beginnings and ends of speech are to be told.
        voice_activity_timeout: When to close a stream in which nobody speaks.
        endpoint_seconds: The pause that ends an utterance; None for what the recogniser thinks best.
        single_utterance: Whether the stream is over with the first utterance.
        interim_seconds: How much an utterance grows at least from one interim to the next.
        has_stability: Whether interims say how stable they are.
    """

    interim_results: bool = False
    voice_activity_events: bool = False
    voice_activity_timeout: VoiceActivityTimeout = _NO_TIMEOUT
    endpoint_seconds: float | None = None
    single_utterance: bool = False
    interim_seconds: float = 0.0
    has_stability: bool = True


@dataclass(frozen=True, slots=True)
class RecognitionRequest:
    """What a call asks for.

    Attributes:
        recognizer: The recogniser's name.
        config: The configuration that applies: a raw ``RecognitionConfig``, merged and checked.
        language_code: The language to recognise, the first of those asked for that is known.
        separate_channels: Whether each channel is recognised, or the first alone.
        streaming: What a stream asks for besides.
    """

    recognizer: RecognizerName
    config: Any
    language_code: str
    separate_channels: bool
    streaming: StreamingFeatures


def read_streaming(message: Any, service: Service) -> RecognitionRequest:
    """What the first message of a stream, a raw ``StreamingRecognizeRequest``, asks for.

    Raises:
        Refusal: It cannot be done.
    """
    method = Method.STREAMING_RECOGNIZE
    name, default = _recognizer(message.recognizer, method, service)
    begins_with_audio = message.WhichOneof("streaming_request") == "audio" and is_complete(default)
    if message.WhichOneof("streaming_request") != "streaming_config" and not begins_with_audio:
        raise errors.malordered()
    config = merge_config(default, message.streaming_config.config, message.streaming_config.config_mask)
    features = message.streaming_config.streaming_features
    _check_activity(features)
    language_code = _check(config, name, method, service)
    assumptions = service.assumptions
    model = next(model for model in service.models if model.name == config.model)
    streaming = StreamingFeatures(
        interim_results=features.interim_results,
        voice_activity_events=features.enable_voice_activity_events,
        voice_activity_timeout=_activity_timeout(features),
        endpoint_seconds={
            _Sensitivity.ENDPOINTING_SENSITIVITY_SHORT: assumptions.short_endpoint_seconds,
            _Sensitivity.ENDPOINTING_SENSITIVITY_SUPERSHORT: assumptions.supershort_endpoint_seconds,
        }.get(features.endpointing_sensitivity, model.endpoint_seconds),
        single_utterance=model.single_utterance,
        interim_seconds=model.interim_seconds,
        has_stability=model.has_stability,
    )
    return _request(name, config, language_code, streaming)


def read_recognize(message: Any, service: Service) -> RecognitionRequest:
    """What a raw ``RecognizeRequest`` asks for.

    Raises:
        Refusal: It cannot be done.
    """
    method = Method.RECOGNIZE
    name, default = _recognizer(message.recognizer, method, service)
    config = merge_config(default, message.config, message.config_mask)
    language_code = _check(config, name, method, service)
    return _request(name, config, language_code, StreamingFeatures())


def _request(
    name: RecognizerName, config: Any, language_code: str, streaming: StreamingFeatures
) -> RecognitionRequest:
    separate = config.features.multi_channel_mode == _SEPARATE_CHANNELS
    return RecognitionRequest(name, config, language_code, separate, streaming)


def _recognizer(text: str, method: Method, service: Service) -> tuple[RecognizerName, Any]:
    """The recogniser that is asked for, and its default configuration."""
    name = RecognizerName.parse(text, service.method(method))
    service.project.authorize(f"speech.{_RECOGNIZE}", text)
    service.check_location(name.location)
    return name, service.registry.default_config(name)


def _check(config: Any, name: RecognizerName, method: Method, service: Service) -> str:
    """Check a merged configuration, and choose its language."""
    config.model = config.model or service.assumptions.default_model
    check_config(config, service.limits)
    check_capabilities(
        config,
        location=name.location,
        method=method,
        project_number=service.project.number,
        models=service.models,
    )
    return _language(config, name, service)


def _language(config: Any, name: RecognizerName, service: Service) -> str:
    known = service.recognizer.language_codes
    wanted: str = config.language_codes[0]
    if known is None:
        return wanted
    by_lower_case = {code.lower(): code for code in known}
    if wanted == "auto":
        return min(known)
    for code in config.language_codes:
        if code.lower() in by_lower_case:
            return by_lower_case[code.lower()]
    raise errors.language_not_supported(wanted, config.model, name.location)


def _check_activity(features: Any) -> None:
    if not features.HasField("voice_activity_timeout"):
        return
    if not features.enable_voice_activity_events:
        raise errors.invalid_argument(
            "voice_activity_timeout needs enable_voice_activity_events to be true."
        )
    timeout = features.voice_activity_timeout
    for field in ("speech_start_timeout", "speech_end_timeout"):
        if timeout.HasField(field):
            seconds = _seconds(getattr(timeout, field))
            if not _SHORTEST_TIMEOUT < seconds < _LONGEST_TIMEOUT:
                raise errors.invalid_argument(
                    f"voice_activity_timeout.{field} must be greater than 0.5 s and less than 60 s, "
                    f"not {seconds:g} s."
                )


def _activity_timeout(features: Any) -> VoiceActivityTimeout:
    timeout = features.voice_activity_timeout
    start = timeout.speech_start_timeout if timeout.HasField("speech_start_timeout") else None
    end = timeout.speech_end_timeout if timeout.HasField("speech_end_timeout") else None
    return VoiceActivityTimeout(
        None if start is None else _seconds(start), None if end is None else _seconds(end)
    )


def _seconds(duration: Any) -> float:
    seconds: float = duration.seconds + duration.nanos / 1e9
    return seconds
