"""What a session is asked to do: `SessionConfig` and its policies.

Frozen values, checked when they are built and without any I/O, so that a mistake shows where it was
made. Fields that have a counterpart in the V2 protos carry its name and meaning: those of
``RecognitionConfig``, ``RecognitionFeatures`` and ``StreamingRecognitionFeatures`` in
``google.cloud.speech.v2``.
"""

from __future__ import annotations

from asyncspeech.config.adaptation import (
    CustomClass,
    NormalizationEntry,
    Phrase,
    PhraseSet,
    SpeechAdaptation,
)
from asyncspeech.config.budget import Budget, BudgetScope
from asyncspeech.config.compatibility import (
    check_compatibility,
    check_recognizer,
    gives_word_times,
    nearest_languages,
    nearest_name,
    usual_locations,
)
from asyncspeech.config.policies import (
    BufferPolicy,
    IdleMode,
    IdlePolicy,
    RenewalPolicy,
    RetryPolicy,
    WhenFull,
)
from asyncspeech.config.preprocessing import (
    DetectorChoice,
    Treatment,
    TurnPolicy,
    VoiceActivity,
    VoiceGate,
)
from asyncspeech.config.prices import Prices, PriceTier
from asyncspeech.config.session import EndpointingSensitivity, MultiChannelMode, SessionConfig
from asyncspeech.config.triage import Remedy, Triage, Verdict, retry_delay, triage

__all__ = (
    "Budget",
    "BudgetScope",
    "BufferPolicy",
    "CustomClass",
    "DetectorChoice",
    "EndpointingSensitivity",
    "IdleMode",
    "IdlePolicy",
    "MultiChannelMode",
    "NormalizationEntry",
    "Phrase",
    "PhraseSet",
    "PriceTier",
    "Prices",
    "Remedy",
    "RenewalPolicy",
    "RetryPolicy",
    "SessionConfig",
    "SpeechAdaptation",
    "Treatment",
    "Triage",
    "TurnPolicy",
    "Verdict",
    "VoiceActivity",
    "VoiceGate",
    "WhenFull",
    "check_compatibility",
    "check_recognizer",
    "gives_word_times",
    "nearest_languages",
    "nearest_name",
    "retry_delay",
    "triage",
    "usual_locations",
)
