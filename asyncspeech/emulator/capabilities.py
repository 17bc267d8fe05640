"""Whether the service has what a configuration asks for: a model, there, in a language, for a method.

The order of the checks is an assumption; their texts are the service's (`asyncspeech.emulator.errors`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from asyncspeech.capabilities import LIMITS
from asyncspeech.emulator import errors
from asyncspeech.emulator.models import DEFAULT_MODEL, MODELS, Feature

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asyncspeech.emulator.models import Model

__all__ = ("Method", "check_capabilities")

_DEFAULT_LANGUAGE_CODES = ("en-US",)


class Method(StrEnum):
    """The methods that recognise speech."""

    RECOGNIZE = "Recognize"
    STREAMING_RECOGNIZE = "StreamingRecognize"


def check_capabilities(
    config: Any,
    *,
    location: str,
    method: Method,
    project_number: str,
    models: Sequence[Model] = MODELS,
) -> None:
    """Find the model that a configuration asks for, and see whether it can do what is asked.

    A configuration without a model asks for `DEFAULT_MODEL`, one without languages for ``en-US``; both
    are assumptions.

    Args:
        config: A raw ``RecognitionConfig``, with the recogniser's own settings already laid under it.
        location: The id of the location asked, such as ``global``.
        method: The method called.
        project_number: The project that calls; the service names it in one refusal.
        models: What there is.

    Raises:
        Refusal: The service does not have that.
    """
    name = config.model or DEFAULT_MODEL
    languages = tuple(config.language_codes) or _DEFAULT_LANGUAGE_CODES
    model = next((model for model in models if model.name == name and location in model.locations), None)
    if model is None:
        raise errors.model_not_in_location(name, location)
    for language in languages:
        if model.has_withdrawn(location, language):
            raise errors.withdrawn(project_number, name, language)
    _check_languages(model, languages, location, method)
    _check_language_count(languages, location)
    _check_diarization(config, model, languages, method)
    _check_features(config, model, languages, method)


def _check_languages(model: Model, languages: Sequence[str], location: str, method: Method) -> None:
    for language in languages:
        if not model.knows(language):
            raise errors.language_not_supported(language, model.name, location)
        # What the service says of a model that streams no language at all is not known. That it says
        # so of the language is an assumption.
        if method is Method.STREAMING_RECOGNIZE and not model.streams(language):
            raise errors.language_not_streaming(language, model.name, location)


def _check_language_count(languages: Sequence[str], location: str) -> None:
    if len(languages) > 1 and location not in LIMITS.multiple_language_locations:
        raise errors.multiple_languages(LIMITS.multiple_language_locations)
    if len(languages) > LIMITS.language_codes:
        # The words are the emulator's; the service's are not known.
        text = f"At most {LIMITS.language_codes} language codes may be given, found {len(languages)}."
        raise errors.invalid_config([("language_codes", text)])


def _check_diarization(config: Any, model: Model, languages: Sequence[str], method: Method) -> None:
    """Refuse to tell speakers apart: no model does but in ``BatchRecognize``.

    Live calls of 2026 were refused in three ways. What each depends on is an assumption.
    """
    if not _asks_for_diarization(config):
        return
    if method is Method.RECOGNIZE:
        raise errors.recognize_diarization()
    if not _has(model, Feature.SPEAKER_DIARIZATION, languages):
        raise errors.feature_not_supported(Feature.SPEAKER_DIARIZATION)
    raise errors.streaming_diarization()


def _check_features(config: Any, model: Model, languages: Sequence[str], method: Method) -> None:
    for feature, is_asked in _FLAGS.items():
        if is_asked(config) and not _has(model, feature, languages):
            raise errors.feature_not_supported(feature)
    for feature, is_asked in _FIELDS.items():
        if is_asked(config) and not _has(model, feature, languages):
            raise errors.unsupported_fields()
    streaming = method is Method.STREAMING_RECOGNIZE
    if streaming and config.features.enable_word_time_offsets and not model.streaming_word_time_offsets:
        raise errors.streaming_word_time_offsets()


def _has(model: Model, feature: Feature, languages: Sequence[str]) -> bool:
    return all(model.has(feature, language) for language in languages)


def _asks_for_diarization(config: Any) -> bool:
    # The message itself asks, however empty it is.
    return bool(config.features.HasField("diarization_config"))


# What asks for a feature, in the order of the message's fields. `denoiser_config` is not among them: the
# service ignores it where it does not have it.
_FLAGS: dict[Feature, Callable[[Any], bool]] = {
    Feature.PROFANITY_FILTER: lambda config: config.features.profanity_filter,
    Feature.WORD_TIME_OFFSETS: lambda config: config.features.enable_word_time_offsets,
    Feature.WORD_LEVEL_CONFIDENCE: lambda config: config.features.enable_word_confidence,
    Feature.AUTOMATIC_PUNCTUATION: lambda config: config.features.enable_automatic_punctuation,
    Feature.SPOKEN_PUNCTUATION: lambda config: config.features.enable_spoken_punctuation,
    Feature.SPOKEN_EMOJIS: lambda config: config.features.enable_spoken_emojis,
    Feature.MODEL_ADAPTATION: lambda config: bool(config.adaptation.ByteSize()),
}
# Whole messages. That the service has its words about unsupported fields for them is an assumption.
_FIELDS: dict[Feature, Callable[[Any], bool]] = {
    Feature.CUSTOM_PROMPT: lambda config: config.features.HasField("custom_prompt_config"),
    Feature.TRANSLATION: lambda config: config.HasField("translation_config"),
}
