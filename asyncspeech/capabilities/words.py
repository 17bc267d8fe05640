"""What the table says, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.capabilities.models import Feature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asyncspeech.capabilities.models import Model

__all__ = ("feature_restrictions", "feature_texts", "language_text", "limit_text", "streaming_text")


def feature_texts(model: Model) -> tuple[str, ...]:
    """What may be asked of a model, and where it may not."""
    return tuple(_feature_text(model, feature) for feature in sorted(model.features))


def _feature_text(model: Model, feature: Feature) -> str:
    but = feature_restrictions(model, feature)
    text = feature.value.replace("_", " ")
    return f"{text} ({but})" if but else text


def feature_restrictions(model: Model, feature: Feature) -> str:
    """In how many languages, or by which methods alone, a model has a feature; or nothing."""
    return ", ".join(_restrictions(model, feature))


def _restrictions(model: Model, feature: Feature) -> Iterator[str]:
    if feature in model.feature_language_codes:
        yield f"{len(model.feature_language_codes[feature])} languages"
    if (
        feature is Feature.WORD_TIME_OFFSETS
        and model.streaming
        and not model.streaming_word_time_offsets
    ):
        yield "not on streams"
    if feature is Feature.SPEAKER_DIARIZATION:
        yield "BatchRecognize only"  # live calls of 2026 were refused by the other methods


def streaming_text(model: Model) -> str:
    """Whether a model serves streams, and what is particular about that."""
    if not model.streaming or model.language_codes == model.sync_only_language_codes:
        return "no"
    if model.sync_only_language_codes:
        return f"yes, but {', '.join(sorted(model.sync_only_language_codes))}"
    return "one utterance" if model.single_utterance else "yes"


def language_text(model: Model) -> str:
    """How many languages a model knows, how many are Preview, and whether it finds them itself."""
    count, preview = len(model.language_codes), len(model.preview_language_codes)
    parts = [str(count)]
    if preview:
        parts.append("preview" if preview == count else f"{preview} preview")
    if model.detects_language:
        parts.append("auto")
    return ", ".join(parts)


def limit_text(value: object) -> str:
    """The value of a limit."""
    match value:
        case range():
            return f"{value.start:,} to {value.stop - 1:,}"
        case (float(above), float(below)):
            return f"more than {above:g}, less than {below:g}"
        case tuple():
            return ", ".join(map(str, value))
        case int():
            return f"{value:,}"
    raise TypeError(f"a limit of no known kind: {value!r}")
