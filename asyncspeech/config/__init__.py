"""What a session is asked to do: `SessionConfig` and its policies.

Frozen values, checked when they are built and without any I/O, so that a mistake shows where it was
made. Fields that have a counterpart in the V2 protos carry its name and meaning: those of
``RecognitionConfig``, ``RecognitionFeatures`` and ``StreamingRecognitionFeatures`` in
``google.cloud.speech.v2``.
"""

from __future__ import annotations

from asyncspeech.config.policies import (
    BufferPolicy,
    IdleMode,
    IdlePolicy,
    RenewalPolicy,
    RetryPolicy,
    WhenFull,
)
from asyncspeech.config.session import MultiChannelMode, SessionConfig
from asyncspeech.config.triage import Remedy, Triage, Verdict, retry_delay, triage

__all__ = (
    "BufferPolicy",
    "IdleMode",
    "IdlePolicy",
    "MultiChannelMode",
    "Remedy",
    "RenewalPolicy",
    "RetryPolicy",
    "SessionConfig",
    "Triage",
    "Verdict",
    "WhenFull",
    "retry_delay",
    "triage",
)
