"""From a `SessionConfig` to the first message of a stream. Pure.

A configuration that names no recogniser resource sets every field, and what it does not ask for is off.
One that does sets only what is not at its default: whatever the message sets goes before the resource's
own settings (``StreamingRecognitionConfig.config_mask``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.cloud.speech_v2.types import cloud_speech

from asyncspeech.config import EndpointingSensitivity, MultiChannelMode, Phrase, gives_word_times
from asyncspeech.config.mask import AUDIO_PATH, CHANNELS_PATH, EVERYTHING
from asyncspeech.config.session import IMPLICIT_RECOGNIZER
from asyncspeech.errors import ConfigurationError
from asyncspeech.model import AudioEncoding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asyncspeech.config import CustomClass, PhraseSet, SessionConfig

__all__ = ("check_raw", "config_request")

_Request = cloud_speech.StreamingRecognizeRequest
_RequestPb = _Request.pb()
_ConfigPb = cloud_speech.StreamingRecognitionConfig.pb
_Features = cloud_speech.RecognitionFeatures
_StreamingFeatures = cloud_speech.StreamingRecognitionFeatures


def _numbers(names: Any, values: Any) -> dict[Any, int]:
    """The numbers that a raw message has for values of ours, by their names."""
    return {name: getattr(values, name.name).value for name in names}


_ENCODINGS = _numbers(AudioEncoding, cloud_speech.ExplicitDecodingConfig.AudioEncoding)
_CHANNEL_MODES = _numbers(MultiChannelMode, _Features.MultiChannelMode)
_SENSITIVITIES = _numbers(EndpointingSensitivity, _StreamingFeatures.EndpointingSensitivity)


def config_request(config: SessionConfig, recognizer: str) -> cloud_speech.StreamingRecognizeRequest:
    """The first message of a stream.

    Args:
        config: What the session wants.
        recognizer: The full resource name, ``projects/*/locations/*/recognizers/*``.
    """
    request = _RequestPb(recognizer=recognizer)
    streaming = request.streaming_config
    _set_recognition(streaming.config, config)
    _set_streaming_features(streaming.streaming_features, config)
    if config.raw is not None:
        _lay_over(streaming, _ConfigPb(config.raw, coerce=True))
    mask = _mask(config, streaming.config)
    if mask:  # an empty mask would be one all the same
        streaming.config_mask.paths.extend(mask)
    return _Request.wrap(request)  # type: ignore[no-any-return]


def check_raw(raw: Any) -> None:
    """See that what is given raw can be laid over a configuration.

    Raises:
        ConfigurationError: It is no ``StreamingRecognitionConfig``, or would change the format of the
            audio, or which fields count.
    """
    if raw is None:
        return
    if not isinstance(raw, cloud_speech.StreamingRecognitionConfig | _ConfigPb()):
        raise ConfigurationError(
            "raw",
            f"{type(raw).__name__} is not a StreamingRecognitionConfig",
            hint="it is in google.cloud.speech_v2",
        )
    message = _ConfigPb(raw, coerce=True)
    if message.HasField("config_mask"):
        raise ConfigurationError(
            "raw",
            "sets config_mask",
            hint="that is a setting of its own: SessionConfig(config_mask=...)",
        )
    decoding = message.config.WhichOneof("decoding_config")
    if decoding is not None:
        raise ConfigurationError(
            "raw",
            f"sets {decoding}, and the session counts its audio by its own",
            hint="set encoding, sample_rate_hertz and audio_channel_count; other formats are decoded by "
            "session.send_from and client.transcribe",
        )


def _set_recognition(recognition: Any, config: SessionConfig) -> None:
    """Fill a raw ``RecognitionConfig``."""
    recognition.model = config.model
    recognition.language_codes.extend(config.language_codes)
    decoding = recognition.explicit_decoding_config
    decoding.encoding = _ENCODINGS[config.encoding]
    decoding.sample_rate_hertz = config.sample_rate_hertz
    decoding.audio_channel_count = config.audio_channel_count
    _set_features(recognition.features, config)
    for phrase_set in config.adaptation.phrase_sets:
        _set_phrase_set(recognition.adaptation.phrase_sets.add(), phrase_set)
    for custom_class in config.adaptation.custom_classes:
        _set_custom_class(recognition.adaptation.custom_classes.add(), custom_class)
    for entry in config.transcript_normalization:
        recognition.transcript_normalization.entries.add(
            search=entry.search, replace=entry.replace, case_sensitive=entry.case_sensitive
        )
    if config.target_language:
        recognition.translation_config.target_language = config.target_language
    if config.denoise_audio or config.snr_threshold:
        recognition.denoiser_config.denoise_audio = config.denoise_audio
        recognition.denoiser_config.snr_threshold = config.snr_threshold


def _set_features(features: Any, config: SessionConfig) -> None:
    """Fill a raw ``RecognitionFeatures``."""
    features.enable_word_time_offsets = gives_word_times(config)
    features.enable_word_confidence = config.enable_word_confidence
    features.enable_automatic_punctuation = config.enable_automatic_punctuation
    features.enable_spoken_punctuation = config.enable_spoken_punctuation
    features.enable_spoken_emojis = config.enable_spoken_emojis
    features.profanity_filter = config.profanity_filter
    features.multi_channel_mode = _CHANNEL_MODES[config.multi_channel_mode]
    if (
        config.max_alternatives > 1
    ):  # "0 or 1 will return a maximum of one", and 1 would mask a resource's
        features.max_alternatives = config.max_alternatives
    if config.custom_prompt:
        features.custom_prompt_config.custom_prompt = config.custom_prompt


def _set_phrase_set(message: Any, phrase_set: PhraseSet | str) -> None:
    """Fill a raw ``AdaptationPhraseSet``."""
    if isinstance(phrase_set, str):
        message.phrase_set = phrase_set
        return
    inline = message.inline_phrase_set
    inline.boost = phrase_set.boost
    for item in phrase_set.phrases:
        phrase = Phrase(item) if isinstance(item, str) else item
        inline.phrases.add(value=phrase.value, boost=phrase.boost)


def _set_custom_class(message: Any, custom_class: CustomClass) -> None:
    """Fill a raw ``CustomClass``."""
    message.name = custom_class.name
    for item in custom_class.items:
        message.items.add(value=item)


def _set_streaming_features(features: Any, config: SessionConfig) -> None:
    """Fill a raw ``StreamingRecognitionFeatures``."""
    timeouts = {
        "speech_start_timeout": config.speech_start_timeout,
        "speech_end_timeout": config.speech_end_timeout,
    }
    for name, seconds in timeouts.items():
        if seconds is not None:
            getattr(features.voice_activity_timeout, name).FromNanoseconds(round(seconds * 1e9))
    # "The field voice_activity_events must also be set to true."
    has_timeout = features.HasField("voice_activity_timeout")
    features.enable_voice_activity_events = config.enable_voice_activity_events or has_timeout
    features.interim_results = config.interim_results
    features.endpointing_sensitivity = _SENSITIVITIES[config.endpointing_sensitivity]


def _mask(config: SessionConfig, recognition: Any) -> tuple[str, ...]:
    """Which fields go before those of a recogniser resource; nothing for all that are set.

    That only the first channel is recognised is a default, which goes before nothing by itself.
    """
    mask = config.config_mask
    if EVERYTHING in mask or config.recognizer == IMPLICIT_RECOGNIZER:
        return mask
    has_channels = config.audio_channel_count > 1
    if not mask and has_channels and config.recognized_channels == (None,):
        mask = tuple(_set_paths(recognition))
    ours = (AUDIO_PATH, CHANNELS_PATH) if has_channels else (AUDIO_PATH,)
    return tuple(dict.fromkeys((*mask, *ours))) if mask else ()


def _set_paths(recognition: Any) -> Iterator[str]:
    """The paths of the fields that are set in a raw ``RecognitionConfig``."""
    for field, value in recognition.ListFields():
        if field.name == "features":
            yield from (f"features.{feature.name}" for feature, _ in value.ListFields())
        elif value:
            yield field.name


def _lay_over(message: Any, other: Any) -> None:
    """Set every field of ``message`` that is set in ``other``: single values, and lists as a whole."""
    for field, value in other.ListFields():
        if field.is_repeated:
            message.ClearField(field.name)
            getattr(message, field.name).MergeFrom(value)
        elif field.message_type is None:
            setattr(message, field.name, value)
        else:
            part = getattr(message, field.name)
            part.SetInParent()  # that an empty message is there may mean something
            _lay_over(part, value)
