"""What the service can do, as far as is known from here: one table, with its sources.

A configuration is checked against it before anything is sent (`asyncspeech.config.compatibility`), the
emulator refuses by it, and ``asyncspeech models`` prints it.
"""

from __future__ import annotations

from asyncspeech.capabilities.differences import Difference, DifferenceKind, differences
from asyncspeech.capabilities.languages import AUTOMATIC_LANGUAGE
from asyncspeech.capabilities.limits import LIMIT_SOURCES, LIMITS, RequestLimits
from asyncspeech.capabilities.listing import RECOGNIZER, ListedModel, listed
from asyncspeech.capabilities.models import (
    LISTED_FEATURES,
    MODELS,
    Feature,
    Model,
    ReleaseState,
    location_ids,
)
from asyncspeech.capabilities.selection import select
from asyncspeech.capabilities.sources import Source

__all__ = (
    "AUTOMATIC_LANGUAGE",
    "LIMITS",
    "LIMIT_SOURCES",
    "LISTED_FEATURES",
    "MODELS",
    "RECOGNIZER",
    "Difference",
    "DifferenceKind",
    "Feature",
    "ListedModel",
    "Model",
    "ReleaseState",
    "RequestLimits",
    "Source",
    "differences",
    "listed",
    "location_ids",
    "select",
)
