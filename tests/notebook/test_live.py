"""`Session.live`: guesses are replaced in place, and finals stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech import AudioFormat, Client, InvalidRequestError, RawAudio, RenewalPolicy, UsageError
from asyncspeech.emulator import Abort, Coded, Emulator, Faults, Limits, coded
from asyncspeech.model import (
    Alternative,
    AudioLost,
    Result,
    SpeechStarted,
    StreamRecovered,
    StreamRenewed,
    Word,
)
from asyncspeech.notebook.live import LiveView
from tests.notebook.support import Read, any_result, said

if TYPE_CHECKING:
    from asyncspeech.model import Event
    from tests.notebook.support import Shown

RECORDING = coded.encode(25)
HARMLESS = {"b", "div", "i", "span"}


def view_of(*events: Event, finals: tuple[Result, ...] = ()) -> LiveView:
    view = LiveView(finals, lambda: 83.25)
    for event in events:
        view.take(event)
    return view


def guess(text: str, **fields: Any) -> Result:
    return said(text, is_final=False, **fields)


class TestView:
    def test_a_guess_is_replaced_by_the_next_and_both_by_the_final(self) -> None:
        view = view_of(guess("to", segment=1))
        assert (view.lines, view.guess) == ([], "to")
        view.take(guess("to be", segment=1))
        assert (view.lines, view.guess) == ([], "to be")
        view.take(said("to be or not to be", segment=1))
        assert (view.lines, view.guess) == (["to be or not to be"], "")

    def test_a_guess_that_came_to_nothing_goes_with_the_next_final_of_its_channel(self) -> None:
        view = view_of(guess("hm", segment=1), said("yes", segment=2), guess("and", segment=3))
        assert (view.lines, view.guess) == (["yes"], "and")

    def test_channels_are_apart_and_named(self) -> None:
        view = view_of(
            guess("hello", segment=1, channel=1),
            guess("good morning", segment=2, channel=2),
            said("good morning", segment=2, channel=2),
        )
        assert view.lines == ["channel 2: good morning"]
        assert view.guess == "channel 1: hello"

    def test_speakers_are_named(self) -> None:
        words = (Word("yes", 0, 1, speaker="2"),)
        assert view_of(Result((Alternative("yes", None, words),))).lines == ["speaker 2: yes"]

    def test_what_was_final_before_is_there_too(self) -> None:
        assert view_of(said("two", segment=2), finals=(said("one"),)).lines == ["one", "two"]

    def test_what_is_lost_stands_where_it_was(self) -> None:
        view = view_of(said("one"), AudioLost(61.5, 62.0, "buffer full"), said("two", start=62))
        assert view.lines == ["one", "audio lost from 1:01.5 to 1:02.0: buffer full", "two"]
        assert "b" in Read(view.html()).tags

    def test_the_state_tells_how_the_session_goes(self) -> None:
        view = view_of(SpeechStarted(0.0))
        assert view.state == "live · 1:23.2"
        view.take(StreamRenewed(1, 0.0, forced=False, replayed=0.0))
        assert view.state == "live · 1:23.2 · 1 renewal"
        view.take(StreamRenewed(2, 0.0, forced=False, replayed=0.0))
        view.take(StreamRecovered(3, 0.0, "UNAVAILABLE", 0.1, 0.0))
        assert view.state == "live · 1:23.2 · 2 renewals · 1 recovery"
        view.take(StreamRecovered(4, 0.0, "UNAVAILABLE", 0.1, 0.0))
        view.end(None)
        assert view.state == "ended · 1:23.2 · 2 renewals · 2 recoveries"

    def test_a_guess_is_dim_and_ends_in_dots_so_that_nobody_takes_it_for_final(self) -> None:
        read = Read(view_of(said("one"), guess("two", segment=1)).html())
        assert read.text.endswith("two …")
        assert [value for tag, name, value in read.attributes if value and "italic" in value] != []
        assert view_of(said("one"), guess("two", segment=1)).text().endswith("one\ntwo …")

    def test_when_all_is_said_no_guess_stays(self) -> None:
        view = view_of(said("one"), guess("two", segment=1))
        view.end(None)
        assert view.text() == "ended · 1:23.2\none"

    def test_what_was_guessed_when_it_broke_stays(self) -> None:
        view = view_of(said("one"), guess("two", segment=1))
        view.end(KeyboardInterrupt())
        assert view.text() == "interrupted · 1:23.2\none\ntwo …"

    def test_of_a_long_session_the_newest_lines_are_shown(self) -> None:
        view = view_of(*(said(f"line {at}", segment=at) for at in range(1_234)))
        read = Read(view.html())
        assert "1,184 earlier lines, not shown here; the transcript has all" in read.text
        assert "line 1183" not in read.text
        assert "line 1184" in read.text
        assert len(view.text().splitlines()) == 51
        assert len(view.lines) == 1_234

    @given(st.lists(any_result | st.builds(AudioLost, st.just(0.0), st.just(1.0), st.text())))
    def test_no_text_opens_a_tag(self, events: list[Event]) -> None:
        read = Read(view_of(*events).html())
        assert set(read.tags) <= HARMLESS
        assert {name for _, name, _ in read.attributes} <= {"dir", "lang", "style"}


class TestSession:
    pytestmark = pytest.mark.usefixtures("no_task_is_left")

    async def test_shows_guesses_in_place_then_finals_and_gives_the_transcript(
        self, notebook: Shown
    ) -> None:
        async with (
            Emulator(Coded(), limits=Limits(stream_seconds=3)) as emulator,
            Client(emulator_host=emulator.address) as client,
            client.session(
                source=RawAudio(RECORDING.audio, AudioFormat()),
                pace=4.0,
                renewal=RenewalPolicy(after=0.5, by=1.0, overlap=0.5),
            ) as session,
        ):
            transcript = await session.live()
        words = [(word.text, word.start, word.end) for word in transcript.words]
        assert coded.score(RECORDING, words).is_perfect
        assert any(text.endswith(" …") for text in notebook.text[:-1])
        ended, *lines = notebook.text[-1].splitlines()
        assert ended.startswith("ended · ")
        assert f"{session.stats.renewals} renewal" in ended
        assert " ".join(lines) == transcript.text

    async def test_does_not_take_results_from_who_iterates(
        self, notebook: Shown, emulator: Emulator
    ) -> None:
        iterated: list[Result] = []
        async with (
            Client(emulator_host=emulator.address) as client,
            client.session(source=RawAudio(RECORDING.audio, AudioFormat())) as session,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(session.live)
            iterated += [result async for result in session if result.is_final]
        assert tuple(iterated) == session.transcript.results
        assert "ended" in notebook.text[-1]

    async def test_of_a_session_that_has_ended_shows_what_there_was(
        self, notebook: Shown, emulator: Emulator
    ) -> None:
        async with (
            Client(emulator_host=emulator.address) as client,
            client.session(source=RawAudio(RECORDING.audio, AudioFormat())) as session,
        ):
            await session.wait()
            assert await session.live() == session.transcript
        assert len(notebook.text[-1].splitlines()) == 1 + len(session.transcript.results)

    async def test_raises_what_the_session_fails_with(self, notebook: Shown) -> None:
        async with (
            Emulator(Coded(), faults=Faults(Abort("INVALID_ARGUMENT", at=2.0))) as emulator,
            Client(emulator_host=emulator.address) as client,
        ):
            with pytest.raises(InvalidRequestError):
                async with client.session(source=RawAudio(RECORDING.audio, AudioFormat())) as session:
                    await session.live()
        assert notebook.text[-1].startswith("stopped by INVALID_ARGUMENT")

    async def test_that_is_cancelled_leaves_what_was_final(
        self, notebook: Shown, emulator: Emulator
    ) -> None:
        async with Client(emulator_host=emulator.address) as client:
            with anyio.CancelScope() as scope:
                async with (
                    client.session(source=RawAudio(RECORDING.audio, AudioFormat()), pace=4.0) as session,
                    anyio.create_task_group() as tasks,
                ):
                    tasks.start_soon(session.live)
                    await session.next_final()
                    scope.cancel()
        assert scope.cancelled_caught
        assert notebook.text[-1].startswith("interrupted · ")
        assert session.transcript.results[0].text in notebook.text[-1]

    async def test_outside_of_its_block_says_so(self, emulator: Emulator) -> None:
        async with Client(emulator_host=emulator.address) as client:
            with pytest.raises(UsageError, match="not open yet"):
                await client.session().live()

    async def test_outside_of_a_notebook_prints_what_is_final(
        self, emulator: Emulator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        async with (
            Client(emulator_host=emulator.address) as client,
            client.session(source=RawAudio(RECORDING.audio, AudioFormat())) as session,
        ):
            transcript = await session.live()
        assert capsys.readouterr().out.splitlines() == [result.text for result in transcript.results]
