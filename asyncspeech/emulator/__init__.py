"""The Speech-to-Text V2 service on this machine, for tests and for work without credentials.

::

    async with Emulator(CodedRecognizer()) as emulator:
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
    from asyncspeech.emulator.recognizer import Hypothesis as Hypothesis
    from asyncspeech.emulator.recognizer import HypothesisWord as HypothesisWord
    from asyncspeech.emulator.recognizer import Recognition as Recognition
    from asyncspeech.emulator.recognizer import RecognitionSettings as RecognitionSettings
    from asyncspeech.emulator.recognizer import Recognizer as Recognizer
    from asyncspeech.emulator.recognizer import SpeechBegin as SpeechBegin
    from asyncspeech.emulator.recognizer import SpeechEnd as SpeechEnd
    from asyncspeech.emulator.recognizers.coded import Coded as Coded
    from asyncspeech.emulator.recognizers.pocketsphinx import PocketSphinx as PocketSphinx
    from asyncspeech.emulator.server import Emulator as Emulator

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
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
        "asyncspeech.emulator.recognizers.pocketsphinx": ("PocketSphinx",),
        "asyncspeech.emulator.server": ("Emulator",),
    },
)
