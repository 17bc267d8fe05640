"""What the service offers: its models, and where, in which languages and with which features.

`MODELS` is the emulator's copy of a table that the service keeps and hands out through its Locations
API. It is put together from what could be read elsewhere:

- the locations, by model: Google's pages "Chirp 3", "Chirp 2" and "Chirp" (docs.cloud.google.com,
  speech-to-text/docs/models, copies of 2025 and 2026), and "Cloud Speech-to-Text V2 supported languages"
  (speech-to-text/docs/speech-to-text-supported-languages), whose filter names every location; ``long``
  and its like where live calls or an older copy of that page placed them;
- the languages of ``chirp_3``, ``latest_long`` and ``latest_short``: a sweep of the location ``eu``, one
  ``Recognize`` for each, of 2026-10-09 (public repository nextwebspark/failte-ai). Which languages of
  ``chirp_3`` are GA: the page "Chirp 3"; the two that it does not name are taken for Preview;
- the languages of ``chirp_telephony``, ``medical_dictation`` and ``medical_conversation``: the page of
  supported languages as others read it in September 2026, and the V1 page "Medical models";
- the features: the columns of the page of supported languages, the lists of what is and is not supported
  on the models' own pages, and live refusals.

Assumed, for want of a source:

- that a model's languages are the same wherever it is;
- that ``long`` and ``short`` know what ``latest_long`` and ``latest_short`` know; ``telephony`` and
  ``telephony_short`` too, without Chinese, which they lack, and Ukrainian, which live calls were refused
  (the page of supported languages has some 44 for them, but which is not known here); and ``chirp`` and
  ``chirp_2`` whatever any of the others knows;
- that the medical models are in ``global`` and both multi-regions;
- that ``chirp_3`` is Preview in Asia: its page has called it GA there as well;
- how long ``chirp_2`` and ``chirp_3`` wait before they tell of an utterance that is not over: they
  "tend to wait until they have a more complete sentence" (google-cloud-go#13543). That they say nothing
  of stability was seen now and then. ``chirp_3`` once took 2.4 s of silence to end an utterance
  (livekit/agents#4804); the recogniser's own pause is used here, unless a table has another.

Otherwise a model is only where a source places it, and may do what no source denies. A test that must
know better can hand the emulator a table of its own, made with `dataclasses.replace`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = (
    "AUTOMATIC_LANGUAGE",
    "DEFAULT_MODEL",
    "LISTED_FEATURES",
    "MODELS",
    "Feature",
    "Model",
    "ReleaseState",
    "location_ids",
)

AUTOMATIC_LANGUAGE = "auto"
"""The language code that leaves it to the model to find the language."""

DEFAULT_MODEL = "long"
"""The model of a request that names none, unless `Assumptions` has another: the service takes such
requests, and does not say what serves them."""


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
        interim_seconds: How much of an utterance it waits for until it tells of it, or of more of it.
        has_stability: Whether it says of interims how stable they are.
        endpoint_seconds: The pause that ends an utterance, if the client asks for no shorter one; None
            for what the recogniser thinks best.
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
    interim_seconds: float = 0.0
    has_stability: bool = True
    endpoint_seconds: float | None = None

    def knows(self, language_code: str) -> bool:
        """Whether it knows a language, given in any case, or may be left to find it."""
        if language_code.lower() == AUTOMATIC_LANGUAGE:
            return self.detects_language
        return _contains(self.language_codes, language_code)

    def streams(self, language_code: str) -> bool:
        """Whether it knows a language on streams too."""
        known = self.knows(language_code)
        return self.streaming and known and not _contains(self.sync_only_language_codes, language_code)

    def has_withdrawn(self, location: str, language_code: str) -> bool:
        """Whether the service has taken a language of its away from a location."""
        return _contains(self.withdrawn.get(location, frozenset()), language_code)

    def has(self, feature: Feature, language_code: str) -> bool:
        """Whether a feature may be asked of it in a language."""
        if feature not in self.features:
            return False
        languages = self.feature_language_codes.get(feature)
        return languages is None or _contains(languages, language_code)

    def release_state(self, location: str, language_code: str) -> ReleaseState:
        """How far along it is in a language in a location: the lesser of the two.

        Raises:
            KeyError: It is not in that location.
        """
        state = self.locations[location]
        preview = _contains(self.preview_language_codes, language_code)
        return ReleaseState.PREVIEW if preview else state


def location_ids(models: Iterable[Model]) -> tuple[str, ...]:
    """Every location that any of the models is in, in the order of the alphabet."""
    return tuple(sorted({location for model in models for location in model.locations}))


def _contains(codes: frozenset[str], code: str) -> bool:
    return code.lower() in {known.lower() for known in codes}


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _ga(text: str) -> dict[str, ReleaseState]:
    return dict.fromkeys(text.split(), ReleaseState.GA)


def _preview(text: str) -> dict[str, ReleaseState]:
    return dict.fromkeys(text.split(), ReleaseState.PREVIEW)


# Languages.

_CHIRP_3_GA = _codes("""
    ca-ES cmn-Hans-CN da-DK de-DE el-GR en-AU en-GB en-IN en-US es-ES es-US fi-FI fr-CA fr-FR hi-IN hr-HR
    it-IT ja-JP ko-KR nl-NL pl-PL pt-BR pt-PT ro-RO ru-RU sv-SE tr-TR uk-UA vi-VN
""")
_CHIRP_3_PREVIEW = _codes("""
    af-ZA am-ET ar-AE ar-BH ar-DZ ar-EG ar-IL ar-IQ ar-JO ar-KW ar-LB ar-MA ar-MR ar-OM ar-PS ar-QA ar-SA
    ar-SY ar-TN ar-XA ar-YE as-IN ast-ES az-AZ bg-BG bn-BD bn-IN cmn-Hant-TW cs-CZ cy-GB en-PH es-419
    es-MX et-EE eu-ES fa-IR fil-PH gl-ES gu-IN ha-NG hu-HU hy-AM id-ID is-IS iw-IL jv-ID ka-GE kk-KZ
    km-KH kn-IN ky-KG lb-LU lo-LA lt-LT lv-LV mi-NZ mk-MK ml-IN mn-MN mr-IN ms-MY mt-MT my-MM ne-NP
    no-NO nso-ZA or-IN pa-Guru-IN sk-SK sl-SI sq-AL sr-RS sw sw-KE ta-IN te-IN th-TH ur-PK uz-UZ wo-SN
    xh-ZA yo-NG yue-Hant-HK zu-ZA
""")
_CHIRP_3_DIARIZATION = _codes("""
    cmn-Hans-CN de-DE en-GB en-IN en-US es-ES es-US fr-CA fr-FR hi-IN it-IT ja-JP ko-KR pt-BR
""")
_CONFORMER = _codes("""
    af-ZA am-ET ar-AE ar-BH ar-DZ ar-EG ar-IL ar-IQ ar-JO ar-KW ar-LB ar-MA ar-MR ar-OM ar-PS ar-QA ar-SA
    ar-TN ar-YE az-AZ bg-BG bn-BD ca-ES cmn-Hans-CN cmn-Hant-TW cs-CZ da-DK de-DE el-GR en-AU en-GB en-IN
    en-PH en-US es-CO es-ES es-MX es-US et-EE eu-ES fa-IR fi-FI fil-PH fr-CA fr-FR gl-ES gu-IN ha-NG
    hi-IN hu-HU hy-AM id-ID ig-NG is-IS it-IT iw-IL ja-JP jv-ID ka-GE kk-KZ km-KH kn-IN ko-KR lo-LA lt-LT
    lv-LV mk-MK ml-IN mn-MN mr-IN ms-MY my-MM ne-NP nl-NL no-NO nso-ZA pa-Guru-IN pl-PL pt-BR pt-PT ro-RO
    ru-RU rw-RW si-LK sk-SK sl-SI sq-AL sr-RS ss-Latn-ZA st-ZA su-ID sv-SE ta-IN te-IN th-TH tn-Latn-ZA
    tr-TR ts-ZA uk-UA ur-PK uz-UZ ve-ZA vi-VN xh-ZA yo-NG yue-Hant-HK zu-ZA
""")
_TELEPHONY = _CONFORMER - _codes("cmn-Hans-CN cmn-Hant-TW yue-Hant-HK uk-UA")
_CHIRP_TELEPHONY = _codes("de-DE en-AU en-GB en-US es-ES es-US fr-CA fr-FR it-IT pt-BR")
_CHIRP_3 = _CHIRP_3_GA | _CHIRP_3_PREVIEW
_CHIRP_2 = _CHIRP_3 | _CONFORMER
_MEDICAL = _codes("en-US")

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
_CHIRP_INTERIM_SECONDS = 2.0

MODELS: tuple[Model, ...] = (
    Model(
        name="long",
        locations=_CONFORMER_LOCATIONS,
        language_codes=_CONFORMER,
        features=_LONG_FEATURES,
    ),
    Model(
        name="short",
        locations=_CONFORMER_LOCATIONS,
        language_codes=_CONFORMER,
        features=_SHORT_FEATURES,
        single_utterance=True,  # an assumption: latest_short's page is the only one to say so
    ),
    Model(
        name="latest_long",
        locations=_CONFORMER_LOCATIONS,
        language_codes=_CONFORMER,
        features=_LONG_FEATURES,
    ),
    Model(
        name="latest_short",
        locations=_CONFORMER_LOCATIONS,
        language_codes=_CONFORMER,
        features=_SHORT_FEATURES,
        single_utterance=True,
    ),
    Model(
        name="telephony",
        locations=_EVERYWHERE,
        language_codes=_TELEPHONY,
        features=_SHORT_FEATURES,
    ),
    Model(
        name="telephony_short",
        locations=_EVERYWHERE,
        language_codes=_TELEPHONY,
        features=_SHORT_FEATURES,
    ),
    Model(
        name="medical_dictation",
        locations=_EVERYWHERE,
        language_codes=_MEDICAL,
        features=_SHORT_FEATURES,
    ),
    Model(
        name="medical_conversation",
        locations=_EVERYWHERE,
        language_codes=_MEDICAL,
        features=_LONG_FEATURES | {Feature.SPEAKER_DIARIZATION},
    ),
    Model(
        name="chirp",
        locations=_CHIRP_2_LOCATIONS,
        language_codes=_CHIRP_2,
        streaming=False,
        features=_CHIRP_FEATURES,
    ),
    Model(
        name="chirp_telephony",
        locations=_CHIRP_2_LOCATIONS,
        language_codes=_CHIRP_TELEPHONY,
        streaming=False,  # an assumption: as chirp, from which it is made
        features=_CHIRP_FEATURES,
    ),
    Model(
        name="chirp_2",
        locations=_CHIRP_2_LOCATIONS,
        language_codes=_CHIRP_2,
        # Its page says that only some languages stream, and not which; one was seen to be refused.
        sync_only_language_codes=_codes("gu-IN"),
        # It takes word_level_confidence, and answers zero (live notes of July 2026).
        features=_CHIRP_FEATURES
        | {Feature.MODEL_ADAPTATION, Feature.TRANSLATION, Feature.WORD_LEVEL_CONFIDENCE},
        interim_seconds=_CHIRP_INTERIM_SECONDS,
        has_stability=False,
    ),
    Model(
        name="chirp_3",
        locations=_CHIRP_3_LOCATIONS,
        language_codes=_CHIRP_3,
        preview_language_codes=_CHIRP_3_PREVIEW,
        detects_language=True,
        # A sweep of 2026-08-20 was refused here, in Hindi, the one language that it tried.
        withdrawn={"asia-southeast1": _codes("hi-IN")},
        features=_PLAIN_FEATURES
        | {Feature.CUSTOM_PROMPT, Feature.MODEL_ADAPTATION, Feature.SPEAKER_DIARIZATION},
        feature_language_codes={Feature.SPEAKER_DIARIZATION: _CHIRP_3_DIARIZATION},
        streaming_word_time_offsets=False,
        interim_seconds=_CHIRP_INTERIM_SECONDS,
        has_stability=False,
    ),
)
"""Every model of the service."""
