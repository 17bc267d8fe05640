"""Whether the service has what a configuration asks for, there, before anything is sent.

The service refuses what it does not have one mistake at a time, after the connection is open, and now
and then as an error that says something else. The table of `asyncspeech.capabilities` knows most of that
beforehand. It may be out of date: ``SessionConfig(strict=False)`` makes warnings of its refusals.

With a recogniser resource, what there is depends on the model of the resource, which is not known here:
then only what holds for any model is checked.
"""

from __future__ import annotations

import warnings
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from asyncspeech.capabilities import (
    AUTOMATIC_LANGUAGE,
    LIMITS,
    MODELS,
    Feature,
    ReleaseState,
    location_ids,
)
from asyncspeech.config.adaptation import PhraseSet
from asyncspeech.config.session import IMPLICIT_RECOGNIZER, MultiChannelMode
from asyncspeech.errors import ConfigurationError, ConfigurationWarning
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asyncspeech.capabilities import Model
    from asyncspeech.config.session import SessionConfig

__all__ = (
    "check_compatibility",
    "check_recognizer",
    "gives_word_times",
    "nearest_languages",
    "nearest_name",
    "usual_locations",
)

# What people write for languages that the service calls otherwise (older or newer tags of ISO 639).
_OTHER_TAGS = {"zh": "cmn", "he": "iw", "nb": "no", "tl": "fil", "ji": "yi", "in": "id"}
_MOST_NAMED = 4

_Problem = ConfigurationError


def check_compatibility(config: SessionConfig, location: str, models: Sequence[Model] = MODELS) -> None:
    """See that the service has what a configuration asks for; only warn if that one is not strict.

    Args:
        config: What is asked for.
        location: Where.
        models: What there is.

    Raises:
        ConfigurationError: The service does not have that; ``hint`` is the nearest that it has.
    """
    for problem in _problems(config, location, models):
        if config.strict:
            raise problem
        text = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
        warnings.warn(text, ConfigurationWarning, stacklevel=3)


def check_recognizer(config: SessionConfig, known: frozenset[str] | None) -> None:
    """See that a recogniser on this machine knows a language that a configuration asks for.

    Args:
        config: What is asked for.
        known: The languages that the recogniser knows, as BCP-47 tags; None for any.

    Raises:
        ConfigurationError: It knows none of them.
    """
    codes = _languages(config)
    if known is None or not codes or codes[0] == AUTOMATIC_LANGUAGE:
        return
    if not {code.lower() for code in codes} & {code.lower() for code in known}:
        its = ", ".join(sorted(known))
        raise ConfigurationError(
            "language_codes",
            f"the recogniser on this machine knows {its}, and not {', '.join(codes)}",
            hint="give Client.local(recognizer=...) one that does, or use Google's service",
        )


def gives_word_times(config: SessionConfig) -> bool:
    """Whether to ask for the times of words: wherever the model gives them, if nothing is said."""
    if config.enable_word_time_offsets is not None:
        return config.enable_word_time_offsets
    name = config.requested_model
    model = _find(name, MODELS)
    return bool(name) if model is None else model.streaming_word_time_offsets


def usual_locations(model: Model) -> tuple[str, ...]:
    """Where a model is generally available, or else at least a preview; multi-regions first."""
    available = [place for place, state in model.locations.items() if state is ReleaseState.GA]
    return tuple(sorted(available or model.locations, key=lambda place: ("-" in place, place)))


def nearest_languages(language_code: str, known: Sequence[str] | frozenset[str]) -> tuple[str, ...]:
    """The known tags of the same language, and of the same region if there are any."""
    language, _, rest = language_code.partition("-")
    language = _OTHER_TAGS.get(language, language)
    same = sorted(tag for tag in known if tag.partition("-")[0] == language)
    regions = [tag for tag in same if rest and tag.endswith(rest)]
    return tuple((regions or same)[:_MOST_NAMED])


def nearest_name(name: str, names: Sequence[str]) -> str:
    """A hint for a name that is none: the one that was meant, or else all that there are."""
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(names))}"


# What is asked for.


def _languages(config: SessionConfig) -> tuple[str, ...]:
    raw = _raw(config)
    return tuple(raw.language_codes if raw is not None else ()) or config.language_codes


def _raw(config: SessionConfig) -> Any:
    return None if config.raw is None else config.raw.config


def _find(name: str, models: Sequence[Model]) -> Model | None:
    return next((model for model in models if model.name == name), None)


# What is wrong.


def _problems(config: SessionConfig, location: str, models: Sequence[Model]) -> Iterator[_Problem]:
    places = location_ids(models)
    if location not in places:
        yield _Problem(
            "location", f"there is none called {brief(location)}", hint=nearest_name(location, places)
        )
        return
    yield from _limit_problems(config)
    yield from _language_count_problems(_languages(config), location)
    if config.recognizer != IMPLICIT_RECOGNIZER:
        return
    name = config.requested_model
    model = _find(name, models)
    if model is None:
        names = [model.name for model in models]
        yield _Problem("model", f"there is none called {brief(name)}", hint=nearest_name(name, names))
        return
    yield from _model_problems(model, location, models)
    yield from _language_problems(model, _languages(config), location, models)
    yield from _feature_problems(config, model)


def _model_problems(model: Model, location: str, models: Sequence[Model]) -> Iterator[_Problem]:
    if not model.streaming:
        others = [other.name for other in models if other.streaming and location in other.locations]
        yield _Problem(
            "model",
            f"{model.name} recognises recordings only, and no streams",
            hint=f"in {location} there are {', '.join(others)}",
        )
    elif location not in model.locations:
        yield _Problem(
            "model", f"{model.name} is not in {location}", hint=_use_location(usual_locations(model))
        )


def _use_location(places: Sequence[str]) -> str:
    return f"use location={' or '.join(map(repr, places))}"


def _language_problems(
    model: Model, codes: Sequence[str], location: str, models: Sequence[Model]
) -> Iterator[_Problem]:
    for code in codes:
        if not model.knows(code):
            yield _Problem(
                "language_codes",
                f"{model.name} does not know {code}",
                hint=_other_language(model, code, location, models),
            )
        elif not model.streams(code) and model.streaming:
            yield _Problem(
                "language_codes",
                f"{model.name} knows {code} in recordings only, and not on streams",
                hint=_other_model(code, location, models) or "take another language",
            )
        elif model.has_withdrawn(location, code):
            places = [place for place in usual_locations(model) if not model.has_withdrawn(place, code)]
            yield _Problem(
                "language_codes",
                f"{model.name} is no longer available in {code} in {location}",
                hint=_use_location(places),
            )


def _other_language(model: Model, code: str, location: str, models: Sequence[Model]) -> str:
    if code == AUTOMATIC_LANGUAGE:
        able = [other for other in models if other.detects_language]
        return " or ".join(
            f"use model={other.name!r}, in {', '.join(usual_locations(other))}" for other in able
        )
    same = nearest_languages(code, model.language_codes)
    other = _other_model(code, location, models)
    alike = get_close_matches(code, sorted(model.language_codes), n=2)
    if same or (alike and not other):
        return f"use language_codes={' or '.join(map(repr, same or alike))}"
    return other or "'asyncspeech models' shows which it knows"


def _other_model(code: str, location: str, models: Sequence[Model]) -> str:
    able = [model.name for model in models if location in model.locations and model.streams(code)]
    return f"in {location} it is known to {', '.join(able)}" if able else ""


def _language_count_problems(codes: Sequence[str], location: str) -> Iterator[_Problem]:
    if len(codes) > LIMITS.language_codes:
        yield _Problem(
            "language_codes",
            f"there are {len(codes)}, and at most {LIMITS.language_codes} may be given",
            hint=f"keep the likeliest: {brief(tuple(codes[: LIMITS.language_codes]))}",
        )
    places = LIMITS.multiple_language_locations
    if len(codes) > 1 and location not in places:
        yield _Problem(
            "language_codes",
            f"several languages at once are not recognised in {location}",
            hint=f"give one, or {_use_location(places)}",
        )


# Which fields ask for a feature, and whether they do.
_FEATURES: dict[Feature, tuple[str, Callable[[SessionConfig], bool]]] = {
    Feature.PROFANITY_FILTER: ("profanity_filter", lambda config: config.profanity_filter),
    Feature.WORD_LEVEL_CONFIDENCE: (
        "enable_word_confidence",
        lambda config: config.enable_word_confidence,
    ),
    Feature.AUTOMATIC_PUNCTUATION: (
        "enable_automatic_punctuation",
        lambda config: config.enable_automatic_punctuation,
    ),
    Feature.SPOKEN_PUNCTUATION: (
        "enable_spoken_punctuation",
        lambda config: config.enable_spoken_punctuation,
    ),
    Feature.SPOKEN_EMOJIS: ("enable_spoken_emojis", lambda config: config.enable_spoken_emojis),
    Feature.MODEL_ADAPTATION: (
        "adaptation",
        lambda config: bool(config.adaptation.phrase_sets or config.adaptation.custom_classes),
    ),
    Feature.CUSTOM_PROMPT: ("custom_prompt", lambda config: bool(config.custom_prompt)),
    Feature.TRANSLATION: ("target_language", lambda config: bool(config.target_language)),
}


def _feature_problems(config: SessionConfig, model: Model) -> Iterator[_Problem]:
    for feature, (field, is_asked) in _FEATURES.items():
        if is_asked(config) and feature not in model.features:
            able = [other.name for other in MODELS if feature in other.features and other.streaming]
            yield _Problem(
                field, f"{model.name} cannot do that", hint=f"leave it out, or use {' or '.join(able)}"
            )
    if config.enable_word_time_offsets and not model.streaming_word_time_offsets:
        yield _Problem(
            "enable_word_time_offsets",
            f"{model.name} gives words their times in recordings only, and not on streams",
            hint="leave it out; every result has its own start and end",
        )
    separate = MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL
    if config.multi_channel_mode is separate and model.name == "latest_short":
        yield _Problem(
            "multi_channel_mode",
            "latest_short recognises the first channel alone",
            hint="use model='latest_long', or a session for each channel",
        )


def _limit_problems(config: SessionConfig) -> Iterator[_Problem]:
    adaptation = config.adaptation
    sets = [item for item in adaptation.phrase_sets if isinstance(item, PhraseSet)]
    texts = [[getattr(phrase, "value", phrase) for phrase in item.phrases] for item in sets]
    phrases = [str(text) for group in texts for text in group]
    most = LIMITS.chirp_3_phrases if config.requested_model == "chirp_3" else LIMITS.phrases
    yield from _too_many(
        "adaptation.phrase_sets", "phrase sets", len(adaptation.phrase_sets), LIMITS.phrase_sets
    )
    yield from _too_many(
        "adaptation.custom_classes", "classes", len(adaptation.custom_classes), LIMITS.custom_classes
    )
    yield from _too_many("adaptation.phrase_sets", "phrases", len(phrases), most)
    yield from _too_many(
        "adaptation.phrase_sets", "characters in all", sum(map(len, phrases)), LIMITS.characters
    )
    for number, group in enumerate(texts):
        field = f"adaptation.phrase_sets[{number}]"
        yield from _too_many(field, "phrases", len(group), LIMITS.phrases_per_phrase_set)
        yield from _too_long(field, "a phrase", map(str, group), LIMITS.phrase_characters)
    for number, custom_class in enumerate(adaptation.custom_classes):
        field = f"adaptation.custom_classes[{number}]"
        yield from _too_many(field, "items", len(custom_class.items), LIMITS.custom_class_items)
        yield from _too_long(field, "an item", custom_class.items, LIMITS.custom_class_item_characters)
    entries = config.transcript_normalization
    field, most = "transcript_normalization", LIMITS.normalization_characters
    yield from _too_many(field, "entries", len(entries), LIMITS.normalization_entries)
    yield from _too_long(field, "a text to search for", (entry.search for entry in entries), most)
    yield from _too_long(field, "a replacement", (entry.replace for entry in entries), most)


def _too_many(field: str, what: str, count: int, most: int) -> Iterator[_Problem]:
    if count > most:
        yield _Problem(field, f"there are {count} {what}, and at most {most} may be given")


def _too_long(field: str, what: str, texts: Any, most: int) -> Iterator[_Problem]:
    longest = max(texts, key=len, default="")
    if len(longest) > most:
        yield _Problem(
            field, f"{what} has {len(longest)} characters, and may have {most}: {longest[:20]!r}…"
        )
