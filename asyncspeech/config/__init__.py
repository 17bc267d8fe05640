"""What a session is asked to do: `SessionConfig` and its policies.

Frozen values, checked when they are built and without any I/O, so that a mistake shows where it was
made. Fields that have a counterpart in the V2 protos carry its name and meaning: those of
``RecognitionConfig``, ``RecognitionFeatures`` and ``StreamingRecognitionFeatures`` in
``google.cloud.speech.v2``.
"""

from __future__ import annotations

from asyncspeech.config.budget import Budget
from asyncspeech.config.policies import (
    BufferPolicy,
    IdleMode,
    IdlePolicy,
    RenewalPolicy,
    RetryPolicy,
    WhenFull,
)
from asyncspeech.config.prices import Prices, PriceTier
from asyncspeech.config.session import MultiChannelMode, SessionConfig

__all__ = (
    "Budget",
    "BufferPolicy",
    "IdleMode",
    "IdlePolicy",
    "MultiChannelMode",
    "PriceTier",
    "Prices",
    "RenewalPolicy",
    "RetryPolicy",
    "SessionConfig",
    "WhenFull",
)
