"""What ``asyncspeech models --format json`` writes: everything, in a steady order."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from asyncspeech.capabilities import LIMIT_SOURCES, LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from asyncspeech.capabilities import Difference, ListedModel, Model
    from asyncspeech.transport.locations import ListedLocation

__all__ = ("live", "table")


def table(models: Iterable[Model]) -> dict[str, Any]:
    """The table of models, and the limits of a request."""
    return {
        "models": [_model(model) for model in models],
        "limits": {
            name: {"value": _plain(value), "source": asdict(LIMIT_SOURCES[name])}
            for name, value in asdict(LIMITS).items()
        },
    }


def live(
    locations: Sequence[ListedLocation],
    models: Iterable[ListedModel],
    differences: Iterable[Difference],
) -> dict[str, Any]:
    """What the service lists, and where it differs from the table.

    Args:
        locations: What it lists.
        models: What of that was asked for.
        differences: Where that is not what the table says.
    """
    service: dict[str, Any] = {
        place.location_id: {"is_forbidden": place.is_forbidden, "models": {}} for place in locations
    }
    for model in models:
        service[model.location_id]["models"][model.name] = {"languages": model.languages}
    return {"service": service, "differences": [asdict(difference) for difference in differences]}


def _model(model: Model) -> dict[str, Any]:
    limited = model.feature_language_codes
    return {
        "name": model.name,
        "locations": dict(sorted(model.locations.items())),
        "language_codes": sorted(model.language_codes),
        "preview_language_codes": sorted(model.preview_language_codes),
        "sync_only_language_codes": sorted(model.sync_only_language_codes),
        "detects_language": model.detects_language,
        "withdrawn": {place: sorted(codes) for place, codes in sorted(model.withdrawn.items())},
        "streaming": model.streaming,
        "single_utterance": model.single_utterance,
        "streaming_word_time_offsets": model.streaming_word_time_offsets,
        "features": sorted(model.features),
        "feature_language_codes": {name: sorted(codes) for name, codes in sorted(limited.items())},
        "sources": [asdict(source) for source in model.sources],
    }


def _plain(value: Any) -> Any:
    """A limit's value; of a range, its first and its last."""
    return [value.start, value.stop - 1] if isinstance(value, range) else value
