"""How words are written."""

from __future__ import annotations

from google.cloud.speech_v2 import types

from asyncspeech.emulator import HypothesisWord
from asyncspeech.emulator.wording import Wording


class TestNormalization:
    def test_replacements_that_feed_one_another_do_not_grow_without_end(self) -> None:
        entries = [{"search": "w", "replace": "w" * 100}] * 100
        config = types.RecognitionConfig(transcript_normalization={"entries": entries})
        wording = Wording(types.RecognitionConfig.pb(config), ())
        assert wording.text([HypothesisWord("w", 0, 1)]) == "w" * 10_000
