"""A bar while a recording is transcribed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import numpy as np
import pytest
import soundfile

import asyncspeech
from asyncspeech import Client, InvalidRequestError, RawAudio
from asyncspeech.emulator import Abort, Coded, Emulator, Faults, coded
from asyncspeech.model import AudioFormat
from asyncspeech.notebook.cell import Cell
from asyncspeech.notebook.progress import Progress
from tests.notebook.support import Read, Shown, said

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from asyncspeech.model import Event

RECORDING = coded.encode(25)
pytestmark = pytest.mark.usefixtures("no_task_is_left")


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    path = tmp_path / "<talk>.wav"
    soundfile.write(path, np.frombuffer(RECORDING.audio, "<i2"), 16_000)
    return path


async def test_of_transcribe_moves_on_and_becomes_a_line_of_figures(
    notebook: Shown, emulator: Emulator, wav: Path
) -> None:
    async with Client(emulator_host=emulator.address) as client:
        transcript = await client.transcribe(wav, pace=8.0)
    words = [(word.text, word.start, word.end) for word in transcript.words]
    assert coded.score(RECORDING, words).is_perfect
    *bars, last = map(Read, notebook.html)
    values = [float(value or 0) for bar in bars for _, name, value in bar.attributes if name == "value"]
    assert values == sorted(values)
    assert len(set(values)) > 2
    assert 0 < values[-1] <= 1
    assert all(bar.text.startswith("<talk>.wav ") for bar in bars)
    length = f"{RECORDING.duration:.1f} s"
    assert last.text.startswith(f"<talk>.wav: {length} of audio in ")
    assert last.tags == ["div"]
    assert notebook.text[-1] == last.text


async def test_of_the_module_s_transcribe_is_shown_as_well(
    notebook: Shown, emulator: Emulator, wav: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEECH_EMULATOR_HOST", emulator.address)
    await asyncspeech.transcribe(wav)
    assert "of audio in" in notebook.text[-1]


async def test_recordings_that_are_transcribed_at_once_have_a_bar_each(
    notebook: Shown, emulator: Emulator, wav: Path
) -> None:
    async with (
        Client(emulator_host=emulator.address) as client,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(3):
            tasks.start_soon(client.transcribe, wav)
    assert len(notebook.places) == 3
    assert all("of audio in" in place[-1]["text/plain"] for place in notebook.places)


async def test_outside_of_a_notebook_nothing_is_shown_and_no_interims_are_asked_for(
    emulator: Emulator, wav: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Client(emulator_host=emulator.address) as client:
        await client.transcribe(wav)
        assert client.stats.interim_results == 0
    assert capsys.readouterr() == ("", "")


async def test_interims_that_were_switched_off_stay_off(
    notebook: Shown, emulator: Emulator, wav: Path
) -> None:
    async with Client(emulator_host=emulator.address) as client:
        await client.transcribe(wav, interim_results=False)
        assert client.stats.interim_results == 0
    assert "of audio in" in notebook.text[-1]


async def test_says_what_stopped_it_and_the_error_is_raised_as_it_is(notebook: Shown, wav: Path) -> None:
    faults = Faults(Abort("INVALID_ARGUMENT", at=2.0))
    async with (
        Emulator(Coded(), faults=faults) as emulator,
        Client(emulator_host=emulator.address) as client,
    ):
        with pytest.raises(InvalidRequestError):
            await client.transcribe(wav)
    assert "<talk>.wav: stopped by INVALID_ARGUMENT at 0:" in notebook.text[-1]
    assert "<progress" not in notebook.html[-1]


async def test_a_file_that_is_not_there_is_told_as_without_a_notebook(
    notebook: Shown, emulator: Emulator
) -> None:
    async with Client(emulator_host=emulator.address) as client:
        with pytest.raises(asyncspeech.AudioError, match=r"missing\.wav"):
            await client.transcribe("missing.wav")
    assert notebook.text[-1] == "missing.wav: stopped by AUDIO at 0:00.0"


async def test_one_that_is_cancelled_says_so(notebook: Shown, emulator: Emulator, wav: Path) -> None:
    async with Client(emulator_host=emulator.address) as client:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_transcribe, client, wav)
                while not (notebook.places and "of 0:" in notebook.text[-1]):
                    await anyio.sleep(0.01)
                scope.cancel()
    assert "<talk>.wav: interrupted at 0:" in notebook.text[-1]


async def _transcribe(client: Client, path: Path) -> None:
    await client.transcribe(path, pace=1.0)


async def show(source: Any, *results: Event, duration: float | None = None) -> Shown:
    """Show a recording of whose session ``results`` come, one at each look of the clock."""
    shown, ticks = Shown(), iter(range(1_000))

    async def events() -> AsyncGenerator[Event, None]:
        for result in results:
            yield result
            await anyio.sleep(0.25)  # until it is drawn

    progress = Progress(Cell(shown), source, lambda: float(next(ticks)))
    await progress.follow(events(), lambda: duration)
    return shown


async def test_without_a_known_length_the_bar_has_no_value() -> None:
    shown = await show("talk.wav", said("hello", end=2.0))
    bar = Read(shown.html[-2])
    assert "progress" in bar.tags
    assert not [name for _, name, _ in bar.attributes if name == "value"]
    assert "0:02.0" in bar.text
    assert shown.text[-1] == "talk.wav: 2.0 s of audio in 1.0 s, 2.0 times real time"


async def test_a_recording_that_is_longer_than_it_said_fills_the_bar_and_no_more() -> None:
    shown = await show("talk.wav", said("hello", end=9.0), duration=6.0)
    assert ("progress", "value", "1.000") in Read(shown.html[-2]).attributes


async def test_what_is_being_said_stands_beside_the_bar_escaped_and_short() -> None:
    shown = await show("talk.wav", said("<b>" + "so " * 100 + "on</b>", is_final=False, end=1.0))
    bar = Read(shown.html[-2])
    assert set(bar.tags) == {"div", "progress", "span"}
    assert bar.text.endswith("so so on</b>")
    assert len(bar.text) < 100


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("folder/talk.wav", "talk.wav"),
        (Path("folder/talk.wav"), "talk.wav"),
        (b"RIFF", "audio"),
        (io.BytesIO(b"RIFF"), "audio"),
        (RawAudio(b"", AudioFormat()), "audio"),
        ("line\nbreak.wav", "line break.wav"),
        ("/", "audio"),
    ],
)
async def test_a_recording_is_called_as_its_file(source: Any, name: str) -> None:
    assert (await show(source)).text[-1].startswith(f"{name}: 0.0 s of audio")


async def test_an_open_file_is_called_by_its_name(wav: Path) -> None:
    with io.FileIO(wav) as file:
        assert (await show(file)).text[-1].startswith("<talk>.wav: ")
