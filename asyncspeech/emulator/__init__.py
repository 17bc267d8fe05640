"""The Speech-to-Text V2 service on this machine, for tests and for work without credentials.

::

    async with Emulator(Coded()) as emulator:
        async with Client(emulator_host=emulator.address) as client:
            ...

Written from what is known of the service, and sharing no code with the SDK's own transport: a mistake
made in both would show in neither. The names are loaded when they are first used, so that a recogniser's
worker process does not load gRPC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech._lazy import lazy_names

if TYPE_CHECKING:
    from asyncspeech.emulator.assumptions import Assumptions as Assumptions
    from asyncspeech.emulator.faults import Abort as Abort
    from asyncspeech.emulator.faults import Blackhole as Blackhole
    from asyncspeech.emulator.faults import Close as Close
    from asyncspeech.emulator.faults import CutConnection as CutConnection
    from asyncspeech.emulator.faults import Delay as Delay
    from asyncspeech.emulator.faults import DuplicateInterims as DuplicateInterims
    from asyncspeech.emulator.faults import Fault as Fault
    from asyncspeech.emulator.faults import Faults as Faults
    from asyncspeech.emulator.faults import RefuseConnections as RefuseConnections
    from asyncspeech.emulator.faults import Stall as Stall
    from asyncspeech.emulator.faults import parse_fault as parse_fault
    from asyncspeech.emulator.limits import Limits as Limits
    from asyncspeech.emulator.log import StreamRecord as StreamRecord
    from asyncspeech.emulator.models import MODELS as MODELS
    from asyncspeech.emulator.models import Feature as Feature
    from asyncspeech.emulator.models import Model as Model
    from asyncspeech.emulator.models import ReleaseState as ReleaseState
    from asyncspeech.emulator.project import Project as Project
    from asyncspeech.emulator.recognizer import Hypothesis as Hypothesis
    from asyncspeech.emulator.recognizer import HypothesisWord as HypothesisWord
    from asyncspeech.emulator.recognizer import Recognition as Recognition
    from asyncspeech.emulator.recognizer import RecognitionSettings as RecognitionSettings
    from asyncspeech.emulator.recognizer import Recognizer as Recognizer
    from asyncspeech.emulator.recognizer import SpeechBegin as SpeechBegin
    from asyncspeech.emulator.recognizer import SpeechEnd as SpeechEnd
    from asyncspeech.emulator.recognizers.coded import Coded as Coded
    from asyncspeech.emulator.recognizers.faster_whisper import FasterWhisper as FasterWhisper
    from asyncspeech.emulator.recognizers.pocketsphinx import PocketSphinx as PocketSphinx
    from asyncspeech.emulator.recognizers.scripted import Scripted as Scripted
    from asyncspeech.emulator.recognizers.scripted import Utterance as Utterance
    from asyncspeech.emulator.recognizers.sherpa_onnx import SherpaOnnx as SherpaOnnx
    from asyncspeech.emulator.recognizers.vosk import Vosk as Vosk
    from asyncspeech.emulator.server import Emulator as Emulator

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "asyncspeech.emulator.assumptions": ("Assumptions",),
        "asyncspeech.emulator.faults": (
            "Abort",
            "Blackhole",
            "Close",
            "CutConnection",
            "Delay",
            "DuplicateInterims",
            "Fault",
            "Faults",
            "RefuseConnections",
            "Stall",
            "parse_fault",
        ),
        "asyncspeech.emulator.limits": ("Limits",),
        "asyncspeech.emulator.log": ("StreamRecord",),
        "asyncspeech.emulator.models": (
            "MODELS",
            "Feature",
            "Model",
            "ReleaseState",
        ),
        "asyncspeech.emulator.project": ("Project",),
        "asyncspeech.emulator.recognizer": (
            "Hypothesis",
            "HypothesisWord",
            "Recognition",
            "RecognitionSettings",
            "Recognizer",
            "SpeechBegin",
            "SpeechEnd",
        ),
        "asyncspeech.emulator.recognizers.coded": ("Coded",),
        "asyncspeech.emulator.recognizers.faster_whisper": ("FasterWhisper",),
        "asyncspeech.emulator.recognizers.pocketsphinx": ("PocketSphinx",),
        "asyncspeech.emulator.recognizers.scripted": (
            "Scripted",
            "Utterance",
        ),
        "asyncspeech.emulator.recognizers.sherpa_onnx": ("SherpaOnnx",),
        "asyncspeech.emulator.recognizers.vosk": ("Vosk",),
        "asyncspeech.emulator.server": ("Emulator",),
    },
)
