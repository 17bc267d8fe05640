"""Analysis: what can be told of a recording before it is recognised."""

from __future__ import annotations

from asyncspeech.audio.analysis.advice import Advice, advise
from asyncspeech.audio.analysis.analyser import Analyser, Examination
from asyncspeech.audio.analysis.cost import recognition_cost
from asyncspeech.audio.analysis.figures import (
    Analysis,
    ChannelAnalysis,
    Clipping,
    Container,
    Region,
    SpeechCost,
)

__all__ = (
    "Advice",
    "Analyser",
    "Analysis",
    "ChannelAnalysis",
    "Clipping",
    "Container",
    "Examination",
    "Region",
    "SpeechCost",
    "advise",
    "recognition_cost",
)
