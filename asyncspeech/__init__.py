"""Speech-to-text sessions for asyncio on Google Cloud Speech-to-Text V2.

::

    async with asyncspeech.Client() as client:
        async with client.session(source="interview.flac") as session:
            async for result in session:
                print(result.text)

The names below are the public interface. They are loaded when they are first used (:pep:`562`), so that
``import asyncspeech`` alone loads neither gRPC nor the Google libraries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech._lazy import lazy_names

if TYPE_CHECKING:
    from asyncspeech.audio import AudioInput as AudioInput
    from asyncspeech.audio import EncodedAudio as EncodedAudio
    from asyncspeech.audio import InputDevice as InputDevice
    from asyncspeech.audio import Microphone as Microphone
    from asyncspeech.audio import RawAudio as RawAudio
    from asyncspeech.audio import Source as Source
    from asyncspeech.client import Client as Client
    from asyncspeech.client import transcribe as transcribe
    from asyncspeech.config import Budget as Budget
    from asyncspeech.config import BudgetScope as BudgetScope
    from asyncspeech.config import BufferPolicy as BufferPolicy
    from asyncspeech.config import CustomClass as CustomClass
    from asyncspeech.config import EndpointingSensitivity as EndpointingSensitivity
    from asyncspeech.config import IdleMode as IdleMode
    from asyncspeech.config import IdlePolicy as IdlePolicy
    from asyncspeech.config import MultiChannelMode as MultiChannelMode
    from asyncspeech.config import NormalizationEntry as NormalizationEntry
    from asyncspeech.config import Phrase as Phrase
    from asyncspeech.config import PhraseSet as PhraseSet
    from asyncspeech.config import Prices as Prices
    from asyncspeech.config import PriceTier as PriceTier
    from asyncspeech.config import Remedy as Remedy
    from asyncspeech.config import RenewalPolicy as RenewalPolicy
    from asyncspeech.config import RetryPolicy as RetryPolicy
    from asyncspeech.config import SessionConfig as SessionConfig
    from asyncspeech.config import SpeechAdaptation as SpeechAdaptation
    from asyncspeech.config import Triage as Triage
    from asyncspeech.config import TurnPolicy as TurnPolicy
    from asyncspeech.config import Verdict as Verdict
    from asyncspeech.config import VoiceActivity as VoiceActivity
    from asyncspeech.config import VoiceGate as VoiceGate
    from asyncspeech.config import WhenFull as WhenFull
    from asyncspeech.config import triage as triage
    from asyncspeech.errors import AsyncSpeechError as AsyncSpeechError
    from asyncspeech.errors import AudioError as AudioError
    from asyncspeech.errors import AuthenticationError as AuthenticationError
    from asyncspeech.errors import BudgetExceededError as BudgetExceededError
    from asyncspeech.errors import BufferOverflowError as BufferOverflowError
    from asyncspeech.errors import ConfigurationError as ConfigurationError
    from asyncspeech.errors import ConfigurationWarning as ConfigurationWarning
    from asyncspeech.errors import CredentialsError as CredentialsError
    from asyncspeech.errors import DrainTimeoutError as DrainTimeoutError
    from asyncspeech.errors import InvalidRequestError as InvalidRequestError
    from asyncspeech.errors import MissingExtraError as MissingExtraError
    from asyncspeech.errors import ModelNotAvailableError as ModelNotAvailableError
    from asyncspeech.errors import PermissionDeniedError as PermissionDeniedError
    from asyncspeech.errors import QuotaExceededError as QuotaExceededError
    from asyncspeech.errors import RecognizerNotFoundError as RecognizerNotFoundError
    from asyncspeech.errors import ServiceDisabledError as ServiceDisabledError
    from asyncspeech.errors import ServiceError as ServiceError
    from asyncspeech.errors import SessionClosedError as SessionClosedError
    from asyncspeech.errors import StreamLostError as StreamLostError
    from asyncspeech.errors import UsageError as UsageError
    from asyncspeech.model import Alternative as Alternative
    from asyncspeech.model import AudioEncoding as AudioEncoding
    from asyncspeech.model import AudioFormat as AudioFormat
    from asyncspeech.model import AudioLost as AudioLost
    from asyncspeech.model import BudgetNearlySpent as BudgetNearlySpent
    from asyncspeech.model import Event as Event
    from asyncspeech.model import Parked as Parked
    from asyncspeech.model import Result as Result
    from asyncspeech.model import Resumed as Resumed
    from asyncspeech.model import SpeechEnded as SpeechEnded
    from asyncspeech.model import SpeechStarted as SpeechStarted
    from asyncspeech.model import StreamOpened as StreamOpened
    from asyncspeech.model import StreamRecovered as StreamRecovered
    from asyncspeech.model import StreamRenewed as StreamRenewed
    from asyncspeech.model import Word as Word
    from asyncspeech.output.captions import CaptionStyle as CaptionStyle
    from asyncspeech.output.segments import Segment as Segment
    from asyncspeech.session import Session as Session
    from asyncspeech.telemetry.latency import Latency as Latency
    from asyncspeech.telemetry.stats import ClientStats as ClientStats
    from asyncspeech.telemetry.stats import SessionStats as SessionStats
    from asyncspeech.telemetry.streams import StreamCause as StreamCause
    from asyncspeech.telemetry.streams import StreamSummary as StreamSummary
    from asyncspeech.telemetry.summary import SessionSummary as SessionSummary
    from asyncspeech.transcript import Transcript as Transcript

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "asyncspeech.audio": (
            "AudioInput",
            "EncodedAudio",
            "InputDevice",
            "Microphone",
            "RawAudio",
            "Source",
        ),
        "asyncspeech.client": ("Client", "transcribe"),
        "asyncspeech.config": (
            "Budget",
            "BudgetScope",
            "BufferPolicy",
            "SpeechAdaptation",
            "PhraseSet",
            "Phrase",
            "NormalizationEntry",
            "EndpointingSensitivity",
            "CustomClass",
            "IdleMode",
            "IdlePolicy",
            "MultiChannelMode",
            "PriceTier",
            "Prices",
            "Remedy",
            "RenewalPolicy",
            "RetryPolicy",
            "SessionConfig",
            "Triage",
            "TurnPolicy",
            "Verdict",
            "VoiceActivity",
            "VoiceGate",
            "WhenFull",
            "triage",
        ),
        "asyncspeech.errors": (
            "AsyncSpeechError",
            "AudioError",
            "AuthenticationError",
            "BudgetExceededError",
            "BufferOverflowError",
            "ConfigurationError",
            "ConfigurationWarning",
            "CredentialsError",
            "DrainTimeoutError",
            "InvalidRequestError",
            "MissingExtraError",
            "ModelNotAvailableError",
            "PermissionDeniedError",
            "QuotaExceededError",
            "RecognizerNotFoundError",
            "ServiceDisabledError",
            "ServiceError",
            "SessionClosedError",
            "StreamLostError",
            "UsageError",
        ),
        "asyncspeech.model": (
            "Alternative",
            "AudioEncoding",
            "AudioFormat",
            "AudioLost",
            "BudgetNearlySpent",
            "Event",
            "Parked",
            "Result",
            "Resumed",
            "SpeechEnded",
            "SpeechStarted",
            "StreamOpened",
            "StreamRecovered",
            "StreamRenewed",
            "Word",
        ),
        "asyncspeech.output.captions": ("CaptionStyle",),
        "asyncspeech.output.segments": ("Segment",),
        "asyncspeech.session": ("Session",),
        "asyncspeech.telemetry.latency": ("Latency",),
        "asyncspeech.telemetry.stats": ("ClientStats", "SessionStats"),
        "asyncspeech.telemetry.streams": ("StreamCause", "StreamSummary"),
        "asyncspeech.telemetry.summary": ("SessionSummary",),
        "asyncspeech.transcript": ("Transcript",),
    },
)
