"""`examples/voice_note.py`: what is answered to which note."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import soundfile

from asyncspeech import Budget, Client
from asyncspeech.emulator import Abort, Coded, Emulator, Faults, Stall, coded
from examples import voice_note
from tests.examples.programs import AUDIO, run

if TYPE_CHECKING:
    from pathlib import Path

    from asyncspeech.emulator.coded import CodedRecording

TALK = coded.encode(20, word_seconds=0.2)
TEXT = " ".join(word.text for word in TALK.words)
BUSY = "I cannot listen right now. Please send it again in a minute."


def note(talk: CodedRecording, seconds: float | None = None) -> Any:
    """A voice note. It is a WAV file: Opus would not leave the codes as they are."""
    file = io.BytesIO()
    soundfile.write(file, talk.samples, talk.sample_rate_hertz, format="WAV", subtype="PCM_16")
    return voice_note.VoiceNote(file.getvalue(), talk.duration if seconds is None else seconds)


async def answers(emulator: Emulator, *notes: Any, **limits: int) -> list[list[str]]:
    """What is answered to notes that come all at once."""
    told: list[list[str]] = [[] for _ in notes]
    async with Client(emulator_host=emulator.address) as client, anyio.create_task_group() as tasks:
        scribe = voice_note.Scribe(client, **limits)
        for heard, texts in zip(notes, told, strict=True):

            async def reply(text: str, texts: list[str] = texts) -> None:
                texts.append(text)

            tasks.start_soon(scribe.on_voice_note, heard, reply)
    return told


async def test_notes_in_ogg_opus_are_written_down_and_what_is_none_is_said(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    (tmp_path / "broken.ogg").write_bytes(b"OggS" + bytes(100))
    recordings = (AUDIO / "weather.flac", tmp_path / "broken.ogg", AUDIO / "directions.flac")
    code, out, _ = await run("voice_note", *recordings, home=tmp_path)
    assert sorted(out.splitlines()) == [
        "broken.ogg: I cannot play that. Is it a voice note?",
        "directions.flac: go forward ten meters and turn to the left",
        "weather.flac: the weather will be warm with rain in the evening",
    ]
    assert code == 0


async def test_of_many_notes_at_once_few_are_worked_on_and_those_beyond_the_bound_are_put_off(
    emulator: Emulator,
) -> None:
    told = await answers(emulator, *[note(TALK)] * 12, at_once=2, waiting=5)
    assert (
        sorted(told)
        == [["I have too much to listen to. Please send it again in a minute."]] * 5 + [[TEXT]] * 7
    )
    for stream in emulator.streams:
        assert stream.closed is not None
        meanwhile = [
            other
            for other in emulator.streams
            if other.opened <= stream.opened < (other.closed or other.opened)
        ]
        assert len(meanwhile) <= 2


@pytest.mark.parametrize(
    ("voice", "answer"),
    [
        (note(TALK, seconds=301), "That is longer than 5 minutes. Can you split it?"),
        (voice_note.VoiceNote(bytes(20_000_001), 1.0), "That file is larger than 20 MB."),
    ],
)
async def test_what_is_too_large_costs_nothing(emulator: Emulator, voice: Any, answer: str) -> None:
    assert await answers(emulator, voice) == [[answer]]
    assert emulator.streams == ()


async def test_a_note_that_is_longer_than_its_sender_says_is_heard_up_to_what_it_may_cost(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_note, "BUDGET", Budget(usd=0.0008))
    ((heard, last),) = await answers(emulator, note(TALK, seconds=1))
    assert TEXT.startswith(heard.removesuffix("~"))
    assert last == "I have stopped listening here: that is too long for me."


async def test_long_texts_are_sent_in_several_messages_cut_between_words(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_note, "LONGEST_REPLY", 30)
    (texts,) = await answers(emulator, note(TALK))
    assert " ".join(texts) == TEXT
    assert 1 < max(map(len, texts)) <= 30


async def test_silence_is_said_to_be_that(emulator: Emulator) -> None:
    silence = coded.encode(0, pause_seconds=1.0)
    assert await answers(emulator, note(silence)) == [["I heard nobody speak."]]


async def test_a_service_that_says_nothing_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(voice_note, "TIMEOUT", 0.5)
    async with Emulator(Coded(), faults=Faults(Stall())) as emulator:
        assert await answers(emulator, note(TALK)) == [[BUSY]]
    assert "TimeoutError" in caplog.text


async def test_what_the_sender_cannot_mend_is_told_to_whoever_runs_the_bot(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Emulator(Coded(), faults=Faults(Abort(code="PERMISSION_DENIED"))) as emulator:
        assert await answers(emulator, note(TALK)) == [
            ["Something is wrong with me, and I have told so."]
        ]
    assert "PERMISSION_DENIED" in caplog.text
    assert TALK.words[0].text not in caplog.text
