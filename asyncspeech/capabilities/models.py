"""The service's models: where they are, in which languages, and what may be asked of them.

The service keeps such a table and hands it out through its Locations API, to those who have credentials.
This copy is put together from what could be read elsewhere; each model says where and when. Assumed, for
want of a source:

- that a model's languages are the same wherever it is;
- that ``long`` and ``short`` know what ``latest_long`` and ``latest_short`` know; ``telephony`` and
  ``telephony_short`` too, without Chinese, which they lack, and Ukrainian, which live calls were refused
  (the page of supported languages has some 44 for them, but which is not known here); and ``chirp`` and
  ``chirp_2`` whatever any of the others knows;
- that the medical models are in ``global`` and both multi-regions;
- that ``chirp_3`` is Preview in Asia: its page has called it GA there as well; and so in the two
  languages that its page does not name.

Otherwise a model is only where a source places it, and may do what no source denies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from asyncspeech.capabilities.languages import (
    AUTOMATIC_LANGUAGE,
    CHIRP_2,
    CHIRP_3,
    CHIRP_3_DIARIZATION,
    CHIRP_3_PREVIEW,
    CHIRP_TELEPHONY,
    CONFORMER,
    MEDICAL,
    TELEPHONY,
    codes,
    contains,
)
from asyncspeech.capabilities.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = (
    "LISTED_FEATURES",
    "MODELS",
    "Feature",
    "Model",
    "ReleaseState",
    "location_ids",
)


class ReleaseState(StrEnum):
    """How far along something is, in the words of the Locations API.

    ``GA`` was seen there; ``PREVIEW`` is an assumption (``PREVIEW_DIARIZATION`` was seen).
    """

    GA = "GA"
    PREVIEW = "PREVIEW"


class Feature(StrEnum):
    """What may be asked of a model, by the name that the service's refusals and its Locations API use.

    ``automatic_punctuation``, ``profanity_filter``, ``speaker_diarization``, ``spoken_punctuation`` and
    ``word_level_confidence`` were seen there. The other names are assumptions.
    """

    AUTOMATIC_PUNCTUATION = "automatic_punctuation"
    CUSTOM_PROMPT = "custom_prompt"
    MODEL_ADAPTATION = "model_adaptation"
    PROFANITY_FILTER = "profanity_filter"
    SPEAKER_DIARIZATION = "speaker_diarization"
    SPOKEN_EMOJIS = "spoken_emojis"
    SPOKEN_PUNCTUATION = "spoken_punctuation"
    TRANSLATION = "translation"
    WORD_LEVEL_CONFIDENCE = "word_level_confidence"
    WORD_TIME_OFFSETS = "word_time_offsets"


LISTED_FEATURES = frozenset(Feature) - {
    Feature.CUSTOM_PROMPT,
    Feature.TRANSLATION,
    Feature.WORD_TIME_OFFSETS,
}
"""The features that the Locations API lists: those with a column on the page of supported languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One of the service's models.

    Attributes:
        name: What requests call it.
        locations: Where it is, and how far along it is there.
        language_codes: The BCP-47 tags of the languages it knows, in the service's own case.
        preview_language_codes: Those of them that are Preview everywhere.
        sync_only_language_codes: Those of them that it does not know on streams.
        detects_language: Whether it takes ``auto`` for a language.
        withdrawn: By location, the languages that the service no longer offers to everyone.
        streaming: Whether it serves ``StreamingRecognize``.
        features: What may be asked of it.
        feature_language_codes: The languages of a feature that it does not have in all of them.
        streaming_word_time_offsets: Whether words may be asked for with their times on streams too.
        single_utterance: Whether it stops listening after the first utterance.
        sources: Where all this was read, and when.
    """

    name: str
    locations: Mapping[str, ReleaseState]
    language_codes: frozenset[str]
    preview_language_codes: frozenset[str] = frozenset()
    sync_only_language_codes: frozenset[str] = frozenset()
    detects_language: bool = False
    withdrawn: Mapping[str, frozenset[str]] = field(default_factory=dict)
    streaming: bool = True
    features: frozenset[Feature]
    feature_language_codes: Mapping[Feature, frozenset[str]] = field(default_factory=dict)
    streaming_word_time_offsets: bool = True
    single_utterance: bool = False
    sources: tuple[Source, ...] = ()

    def knows(self, language_code: str) -> bool:
        """Whether it knows a language, given in any case, or may be left to find it."""
        if language_code.lower() == AUTOMATIC_LANGUAGE:
            return self.detects_language
        return contains(self.language_codes, language_code)

    def streams(self, language_code: str) -> bool:
        """Whether it knows a language on streams too."""
        known = self.knows(language_code)
        return self.streaming and known and not contains(self.sync_only_language_codes, language_code)

    def has_withdrawn(self, location: str, language_code: str) -> bool:
        """Whether the service has taken a language of its away from a location."""
        return contains(self.withdrawn.get(location, frozenset()), language_code)

    def has(self, feature: Feature, language_code: str) -> bool:
        """Whether a feature may be asked of it in a language."""
        if feature not in self.features:
            return False
        languages = self.feature_language_codes.get(feature)
        return languages is None or contains(languages, language_code)

    def release_state(self, location: str, language_code: str) -> ReleaseState:
        """How far along it is in a language in a location: the lesser of the two.

        Raises:
            KeyError: It is not in that location.
        """
        state = self.locations[location]
        preview = contains(self.preview_language_codes, language_code)
        return ReleaseState.PREVIEW if preview else state


def location_ids(models: Iterable[Model]) -> tuple[str, ...]:
    """Every location that any of the models is in, in the order of the alphabet."""
    return tuple(sorted({location for model in models for location in model.locations}))


def _ga(text: str) -> dict[str, ReleaseState]:
    return dict.fromkeys(text.split(), ReleaseState.GA)


def _preview(text: str) -> dict[str, ReleaseState]:
    return dict.fromkeys(text.split(), ReleaseState.PREVIEW)


# Sources.

_PAGE = "docs.cloud.google.com/speech-to-text/docs/"
_SUPPORTED = Source(
    "languages, features and locations",
    f"page 'Cloud Speech-to-Text V2 supported languages' ({_PAGE}speech-to-text-supported-languages)",
    "2026-09",
)
_PLACES = Source("locations", "live calls, and an older copy of the page of supported languages", "2025")
_EU_SWEEP = Source(
    "languages",
    "a sweep of the location eu, one Recognize for each (repository nextwebspark/failte-ai)",
    "2026-10-09",
)
_AS_LATEST = Source("languages", "assumed: those of latest_long and latest_short", "2026-11")
_CONFORMER_SOURCES = (_PLACES, _SUPPORTED, _AS_LATEST)
_LATEST_SOURCES = (_PLACES, _SUPPORTED, _EU_SWEEP)
_TELEPHONY_SOURCES = (
    _SUPPORTED,
    Source(
        "languages", "assumed: those of latest_long, less four that live calls were refused", "2026-11"
    ),
)
_MEDICAL_SOURCES = (
    Source("languages and features", "page 'Medical models' (V1)", "2026-09"),
    Source("locations", "assumed: global and both multi-regions", "2026-11"),
)
_CHIRP_SOURCES = (
    Source("locations and methods", f"page 'Chirp' ({_PAGE}models)", "2025"),
    Source("languages", "assumed: whatever any of the others knows", "2026-11"),
)
_CHIRP_2_SOURCES = (
    Source("locations and features", f"page 'Chirp 2' ({_PAGE}models/chirp-2)", "2026"),
    Source("gu-IN not on streams", "livekit/agents#2192", "2025"),
    Source("languages", "assumed: whatever any of the others knows", "2026-11"),
)
_CHIRP_3_SOURCES = (
    Source("locations and features", f"page 'Chirp 3' ({_PAGE}models/chirp-3)", "2026-04-08"),
    _EU_SWEEP,
    Source("no word times on streams", "the same page, and livekit/agents#4417", "2026-04-08"),
    Source("hi-IN withdrawn from asia-southeast1", "a sweep of live calls", "2026-08-20"),
)

# Locations.

_EVERYWHERE = _ga("global us eu")
_CONFORMER_LOCATIONS = _EVERYWHERE | _ga("us-central1 asia-northeast1 asia-southeast1")
_CHIRP_2_LOCATIONS = _ga("us-central1 europe-west4 asia-southeast1")
_CHIRP_3_LOCATIONS = _ga("us eu") | _preview(
    "asia-northeast1 asia-south1 asia-southeast1 europe-west2 europe-west3 northamerica-northeast1"
)

# Features.

_PLAIN_FEATURES = frozenset({Feature.AUTOMATIC_PUNCTUATION, Feature.WORD_TIME_OFFSETS})
_LONG_FEATURES = _PLAIN_FEATURES | {
    Feature.MODEL_ADAPTATION,
    Feature.PROFANITY_FILTER,
    Feature.SPOKEN_PUNCTUATION,
    Feature.WORD_LEVEL_CONFIDENCE,
}
_SHORT_FEATURES = _LONG_FEATURES | {Feature.SPOKEN_EMOJIS}
_CHIRP_FEATURES = _PLAIN_FEATURES | {Feature.PROFANITY_FILTER}

MODELS: tuple[Model, ...] = (
    Model(
        name="long",
        locations=_CONFORMER_LOCATIONS,
        language_codes=CONFORMER,
        features=_LONG_FEATURES,
        sources=_CONFORMER_SOURCES,
    ),
    Model(
        name="short",
        locations=_CONFORMER_LOCATIONS,
        language_codes=CONFORMER,
        features=_SHORT_FEATURES,
        single_utterance=True,  # an assumption: latest_short's page is the only one to say so
        sources=_CONFORMER_SOURCES,
    ),
    Model(
        name="latest_long",
        locations=_CONFORMER_LOCATIONS,
        language_codes=CONFORMER,
        features=_LONG_FEATURES,
        sources=_LATEST_SOURCES,
    ),
    Model(
        name="latest_short",
        locations=_CONFORMER_LOCATIONS,
        language_codes=CONFORMER,
        features=_SHORT_FEATURES,
        single_utterance=True,
        sources=_LATEST_SOURCES,
    ),
    Model(
        name="telephony",
        locations=_EVERYWHERE,
        language_codes=TELEPHONY,
        features=_SHORT_FEATURES,
        sources=_TELEPHONY_SOURCES,
    ),
    Model(
        name="telephony_short",
        locations=_EVERYWHERE,
        language_codes=TELEPHONY,
        features=_SHORT_FEATURES,
        sources=_TELEPHONY_SOURCES,
    ),
    Model(
        name="medical_dictation",
        locations=_EVERYWHERE,
        language_codes=MEDICAL,
        features=_SHORT_FEATURES,
        sources=_MEDICAL_SOURCES,
    ),
    Model(
        name="medical_conversation",
        locations=_EVERYWHERE,
        language_codes=MEDICAL,
        features=_LONG_FEATURES | {Feature.SPEAKER_DIARIZATION},
        sources=_MEDICAL_SOURCES,
    ),
    Model(
        name="chirp",
        locations=_CHIRP_2_LOCATIONS,
        language_codes=CHIRP_2,
        streaming=False,
        features=_CHIRP_FEATURES,
        sources=_CHIRP_SOURCES,
    ),
    Model(
        name="chirp_telephony",
        locations=_CHIRP_2_LOCATIONS,
        language_codes=CHIRP_TELEPHONY,
        streaming=False,  # an assumption: as chirp, from which it is made
        features=_CHIRP_FEATURES,
        sources=_CHIRP_SOURCES,
    ),
    Model(
        name="chirp_2",
        locations=_CHIRP_2_LOCATIONS,
        language_codes=CHIRP_2,
        # Its page says that only some languages stream, and not which; one was seen to be refused.
        sync_only_language_codes=codes("gu-IN"),
        # It takes word_level_confidence, and answers zero (live notes of July 2026).
        features=_CHIRP_FEATURES
        | {Feature.MODEL_ADAPTATION, Feature.TRANSLATION, Feature.WORD_LEVEL_CONFIDENCE},
        sources=_CHIRP_2_SOURCES,
    ),
    Model(
        name="chirp_3",
        locations=_CHIRP_3_LOCATIONS,
        language_codes=CHIRP_3,
        preview_language_codes=CHIRP_3_PREVIEW,
        detects_language=True,
        # A sweep of 2026-08-20 was refused here, in Hindi, the one language that it tried.
        withdrawn={"asia-southeast1": codes("hi-IN")},
        features=_PLAIN_FEATURES
        | {Feature.CUSTOM_PROMPT, Feature.MODEL_ADAPTATION, Feature.SPEAKER_DIARIZATION},
        feature_language_codes={Feature.SPEAKER_DIARIZATION: CHIRP_3_DIARIZATION},
        streaming_word_time_offsets=False,
        sources=_CHIRP_3_SOURCES,
    ),
)
"""Every model of the service."""
