"""The configuration that a call ends up with, and what is wrong with it in itself.

A recogniser has a default configuration, and a call overrides it: with a field mask, in the fields that
the mask lists; without one, in every field that the call sets (StreamingRecognitionConfig.config_mask).

What is wrong is told field by field, in one status. The form is the service's; most of its texts for
single fields are not known, and are the emulator's own here. Whether a model can do what is asked of it
is a question for `asyncspeech.emulator.capabilities`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.cloud.speech_v2.types import ExplicitDecodingConfig, RecognitionConfig, RecognitionFeatures

from asyncspeech.emulator import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asyncspeech.emulator.limits import Limits

__all__ = ("check_config", "is_complete", "merge_config")

_Config = RecognitionConfig.pb()
_Encoding = ExplicitDecodingConfig.AudioEncoding
_MONO_ENCODINGS = frozenset({_Encoding.AMR, _Encoding.AMR_WB})
_SEPARATE_CHANNELS = RecognitionFeatures.MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL

_RATES = range(8_000, 48_001)
_MOST_CHANNELS = 8
_MOST_ALTERNATIVES = 30
_MOST_ENTRIES = 100
_LONGEST_ENTRY = 100
_HIGHEST_BOOST = 20

Problem = tuple[str, str]
"""The path of a field, and what is wrong with it."""


def merge_config(default: Any, config: Any, mask: Any) -> Any:
    """What a call recognises with, as a new raw ``RecognitionConfig``.

    Args:
        default: The recogniser's configuration, a raw ``RecognitionConfig``.
        config: The call's.
        mask: The call's field mask; None or empty if it has none.

    Raises:
        Refusal: The mask names a field that does not exist.
    """
    merged = _Config()
    paths = list(mask.paths) if mask is not None else []
    if paths == ["*"]:
        merged.CopyFrom(config)
        return merged
    merged.CopyFrom(default)
    if not paths:
        _override(merged, config)
        return merged
    if not mask.IsValidForDescriptor(_Config.DESCRIPTOR):
        raise errors.invalid_argument(f"Invalid config_mask: {', '.join(paths)}.")
    mask.MergeMessage(config, merged, replace_message_field=True, replace_repeated_field=True)
    return merged


def _override(merged: Any, config: Any) -> None:
    """Set every field of ``merged`` that is set in ``config``: single values, and lists as a whole."""
    for field, value in config.ListFields():
        if field.is_repeated:
            merged.ClearField(field.name)
            getattr(merged, field.name).MergeFrom(value)
        elif field.message_type is None:
            setattr(merged, field.name, value)
        else:
            part = getattr(merged, field.name)
            part.SetInParent()  # that an empty message is there may mean something
            _override(part, value)


def is_complete(config: Any) -> bool:
    """Whether a configuration says all that is needed, so that a stream may begin with audio."""
    return bool(config.WhichOneof("decoding_config") and config.language_codes and config.model)


def check_config(config: Any, limits: Limits) -> None:
    """Check a configuration in itself.

    Args:
        config: A raw ``RecognitionConfig``.
        limits: What its lists may hold.

    Raises:
        Refusal: Something is wrong with it.
    """
    problems = [
        *_decoding_problems(config),
        *_feature_problems(config),
        *_normalization_problems(config.transcript_normalization),
        *_adaptation_problems(config, limits),
    ]
    if problems:
        raise errors.invalid_config(problems)
    if config.WhichOneof("decoding_config") == "explicit_decoding_config":
        _check_explicit_decoding(config.explicit_decoding_config)


def _decoding_problems(config: Any) -> Iterator[Problem]:
    match config.WhichOneof("decoding_config"):
        case None:
            yield (
                "decoding_config",
                "required oneof field 'decoding_config' must have one initialized field",
            )
        case "explicit_decoding_config":
            explicit = config.explicit_decoding_config
            if explicit.encoding not in list(_Encoding)[1:]:
                yield "explicit_decoding_config.encoding", "an encoding must be set"
            if explicit.encoding in _MONO_ENCODINGS and explicit.audio_channel_count > 1:
                yield (
                    "explicit_decoding_config.audio_channel_count",
                    "audio_channel_count isn't supported by the set encoding",
                )
            if explicit.audio_channel_count > _MOST_CHANNELS:
                yield (
                    "explicit_decoding_config.audio_channel_count",
                    f"the maximum allowed value is {_MOST_CHANNELS}",
                )


def _check_explicit_decoding(explicit: Any) -> None:
    if explicit.audio_channel_count < 1 and explicit.encoding not in _MONO_ENCODINGS:
        raise errors.invalid_channel_count(explicit.audio_channel_count)
    if explicit.sample_rate_hertz not in _RATES:
        raise errors.invalid_sample_rate(explicit.sample_rate_hertz)


def _feature_problems(config: Any) -> Iterator[Problem]:
    features = config.features
    if not config.language_codes:
        yield "language_codes", "at least one language code must be set"
    if not 0 <= features.max_alternatives <= _MOST_ALTERNATIVES:
        yield "features.max_alternatives", f"the value must be from 0 to {_MOST_ALTERNATIVES}"
    if features.multi_channel_mode == _SEPARATE_CHANNELS and config.model == "latest_short":
        yield "features.multi_channel_mode", "cannot be selected if the model is latest_short"
    if config.HasField("translation_config") and not config.translation_config.target_language:
        yield "translation_config.target_language", "a target language must be set"


def _normalization_problems(normalization: Any) -> Iterator[Problem]:
    if len(normalization.entries) > _MOST_ENTRIES:
        yield "transcript_normalization.entries", f"at most {_MOST_ENTRIES} entries are allowed"
    for number, entry in enumerate(normalization.entries):
        for name in ("search", "replace"):
            if len(getattr(entry, name)) > _LONGEST_ENTRY:
                yield (
                    f"transcript_normalization.entries[{number}].{name}",
                    f"at most {_LONGEST_ENTRY} characters are allowed",
                )


def _adaptation_problems(config: Any, limits: Limits) -> Iterator[Problem]:
    adaptation = config.adaptation
    sets = [item.inline_phrase_set for item in adaptation.phrase_sets]
    phrases = [phrase for phrase_set in sets for phrase in phrase_set.phrases]
    most_phrases = (
        limits.chirp_3_phrases_per_request if config.model == "chirp_3" else limits.phrases_per_request
    )
    yield from _too_many("adaptation.phrase_sets", len(sets), limits.phrase_sets_per_request)
    yield from _too_many(
        "adaptation.custom_classes",
        len(adaptation.custom_classes),
        limits.custom_classes_per_request,
    )
    yield from _too_many("adaptation.phrase_sets.phrases", len(phrases), most_phrases)
    characters = sum(len(phrase.value) for phrase in phrases)
    if characters > limits.phrase_characters_per_request:
        most = limits.phrase_characters_per_request
        yield (
            "adaptation.phrase_sets.phrases",
            f"at most {most} characters are allowed, not {characters}",
        )
    for number, phrase_set in enumerate(sets):
        yield from _phrase_set_problems(f"adaptation.phrase_sets[{number}]", phrase_set, limits)
    for number, custom_class in enumerate(adaptation.custom_classes):
        path = f"adaptation.custom_classes[{number}].items"
        items = custom_class.items
        yield from _too_many(path, len(items), limits.custom_class_items)
        most = limits.custom_class_item_characters
        if any(len(item.value) > most for item in items):
            yield path, f"at most {most} characters are allowed in an item"


def _phrase_set_problems(path: str, phrase_set: Any, limits: Limits) -> Iterator[Problem]:
    yield from _too_many(f"{path}.phrases", len(phrase_set.phrases), limits.phrases_per_phrase_set)
    if any(len(phrase.value) > limits.phrase_characters for phrase in phrase_set.phrases):
        yield (
            f"{path}.phrases",
            f"at most {limits.phrase_characters} characters are allowed in a phrase",
        )
    boosts = [phrase_set.boost, *(phrase.boost for phrase in phrase_set.phrases)]
    if not all(0 <= boost <= _HIGHEST_BOOST for boost in boosts):
        yield f"{path}.boost", f"the value must be above 0 and at most {_HIGHEST_BOOST}"


def _too_many(path: str, count: int, most: int) -> Iterator[Problem]:
    if count > most:
        yield path, f"at most {most} are allowed, not {count}"
