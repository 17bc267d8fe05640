"""The models of the emulator: what the table of capabilities says of them, and how they behave.

How they behave is put together from reports. ``chirp_2`` and ``chirp_3`` "tend to wait until they have a
more complete sentence" before they tell of it (google-cloud-go#13543); for how long is an assumption.
That they say nothing of stability was seen now and then. ``chirp_3`` once took 2.4 s of silence to end
an utterance (livekit/agents#4804); the recogniser's own pause is used here, unless a table has another.

A test that must know better can hand the emulator a table of its own, made with `dataclasses.replace`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from asyncspeech import capabilities
from asyncspeech.capabilities import (
    AUTOMATIC_LANGUAGE,
    LISTED_FEATURES,
    Feature,
    ReleaseState,
    location_ids,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

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

DEFAULT_MODEL = "long"
"""The model of a request that names none, unless `Assumptions` has another: the service takes such
requests, and does not say what serves them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(capabilities.Model):
    """One of the service's models, with its ways.

    Attributes:
        interim_seconds: How much of an utterance it waits for until it tells of it, or of more of it.
        has_stability: Whether it says of interims how stable they are.
        endpoint_seconds: The pause that ends an utterance, if the client asks for no shorter one; None
            for what the recogniser thinks best.
    """

    interim_seconds: float = 0.0
    has_stability: bool = True
    endpoint_seconds: float | None = None


_CHIRP_WAYS = {"interim_seconds": 2.0, "has_stability": False}
_WAYS: Mapping[str, Mapping[str, Any]] = {"chirp_2": _CHIRP_WAYS, "chirp_3": _CHIRP_WAYS}


def _with_ways(model: capabilities.Model) -> Model:
    known = {field.name: getattr(model, field.name) for field in fields(model)}
    return Model(**known, **_WAYS.get(model.name, {}))


MODELS: tuple[Model, ...] = tuple(_with_ways(model) for model in capabilities.MODELS)
"""Every model of the service."""
