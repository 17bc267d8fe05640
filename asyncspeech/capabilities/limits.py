"""How much may be asked of the service in one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.capabilities.sources import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("LIMITS", "LIMIT_SOURCES", "RequestLimits")


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What a request may hold.

    Attributes:
        sample_rates_hertz: Frames per second of its audio.
        audio_channel_counts: Channels of its audio.
        max_alternatives: How many readings it may ask for.
        language_codes: How many languages it may name, where it may name several.
        multiple_language_locations: Where it may name more than one.
        voice_activity_timeout_seconds: Above and below how many seconds its voice activity timeouts are.
        phrases_per_phrase_set: The most phrases in one phrase set.
        phrases: The most phrases in all its phrase sets.
        chirp_3_phrases: The same, for chirp_3.
        phrase_characters: The longest phrase.
        characters: The most characters in all its phrases.
        phrase_sets: The most phrase sets.
        custom_classes: The most custom classes.
        custom_class_items: The most items in a custom class.
        custom_class_item_characters: The longest item of a custom class.
        normalization_entries: The most texts to be replaced.
        normalization_characters: The longest text to be replaced, or in its place.
    """

    sample_rates_hertz: range = range(8_000, 48_001)
    audio_channel_counts: range = range(1, 9)
    max_alternatives: range = range(31)
    language_codes: int = 3
    multiple_language_locations: tuple[str, ...] = ("eu", "global", "us")
    voice_activity_timeout_seconds: tuple[float, float] = (0.5, 60.0)
    phrases_per_phrase_set: int = 1_200
    phrases: int = 5_000
    chirp_3_phrases: int = 1_000
    phrase_characters: int = 100
    characters: int = 100_000
    phrase_sets: int = 20
    custom_classes: int = 20
    custom_class_items: int = 500
    custom_class_item_characters: int = 500
    normalization_entries: int = 100
    normalization_characters: int = 100


LIMITS = RequestLimits()
"""What is known of the service's own."""

_PROTO = Source("limits", "descriptions in the protos of google-cloud-speech 2.41", "2026-11")
_QUOTAS = Source(
    "limits", "page 'Quotas and limits' (docs.cloud.google.com/speech-to-text/docs/quotas)", "2026-07-10"
)
_ACTIVITY = Source(
    "limits", "page 'Voice activity events' (docs.cloud.google.com/speech-to-text/docs)", "2026"
)
_CHIRP_3 = Source(
    "limits", "page 'Chirp 3' (docs.cloud.google.com/speech-to-text/docs/models/chirp-3)", "2026-04-08"
)
_SEVERAL = Source("limits", "refusals of live calls; at most three were taken", "2026")

LIMIT_SOURCES: Mapping[str, Source] = {
    "sample_rates_hertz": _PROTO,
    "audio_channel_counts": _PROTO,
    "max_alternatives": _PROTO,
    "language_codes": _SEVERAL,
    "multiple_language_locations": _SEVERAL,
    "voice_activity_timeout_seconds": _ACTIVITY,
    "phrases_per_phrase_set": _QUOTAS,
    "phrases": _QUOTAS,
    "chirp_3_phrases": _CHIRP_3,
    "phrase_characters": _QUOTAS,
    "characters": _QUOTAS,
    "phrase_sets": _QUOTAS,
    "custom_classes": _QUOTAS,
    "custom_class_items": _QUOTAS,
    "custom_class_item_characters": _QUOTAS,
    "normalization_entries": _PROTO,
    "normalization_characters": _PROTO,
}
"""Where each was read."""
