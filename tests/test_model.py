from __future__ import annotations

import pytest

from asyncspeech.errors import ConfigurationError
from asyncspeech.model import Alternative, AudioEncoding, AudioFormat, Result, Word


def test_a_frame_is_one_sample_of_every_channel() -> None:
    assert AudioFormat().frame_bytes == 2
    assert AudioFormat(audio_channel_count=2).frame_bytes == 4
    assert AudioFormat(AudioEncoding.ALAW, 8_000, 2).frame_bytes == 2


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("encoding", ("OPUS", 16_000, 1)),
        ("sample_rate_hertz", ("LINEAR16", 4_000, 1)),
        ("sample_rate_hertz", ("LINEAR16", 400_000, 1)),
        ("audio_channel_count", ("LINEAR16", 16_000, 0)),
    ],
)
def test_a_format_that_cannot_be_is_refused_by_field(
    field: str, arguments: tuple[str, int, int]
) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        AudioFormat(*arguments)  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_a_result_speaks_for_its_best_alternative() -> None:
    words = (Word("one", 0.0, 0.5, speaker="A"), Word("two", 0.5, 1.0, speaker="A"))
    result = Result((Alternative("one two", 0.9, words), Alternative("won too", 0.4)))
    assert (result.text, result.confidence, result.words, result.speaker) == ("one two", 0.9, words, "A")


@pytest.mark.parametrize("speakers", [(), ("A", "B"), ("A", None)])
def test_a_result_has_a_speaker_only_if_one_said_it_all(speakers: tuple[str | None, ...]) -> None:
    words = tuple(Word("x", speaker=speaker) for speaker in speakers)
    assert Result((Alternative("x", words=words),)).speaker is None
