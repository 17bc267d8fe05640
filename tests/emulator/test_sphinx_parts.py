"""The parts of the PocketSphinx worker, without a process or a model where that is possible."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.emulator import Hypothesis, HypothesisWord, SpeechBegin, SpeechEnd
from asyncspeech.emulator.recognizers.sphinx_endpointer import Began, Cut, Ended, Endpointer
from asyncspeech.emulator.recognizers.sphinx_interims import Interims
from asyncspeech.emulator.recognizers.sphinx_protocol import (
    Reply,
    ReplyReader,
    Request,
    RequestKind,
    pack_reply,
    pack_request,
    read_request,
)
from asyncspeech.emulator.recognizers.sphinx_resampler import Resampler

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncspeech.emulator.recognizers.sphinx_decoders import Decoders

SPEECH, SILENCE = True, False


def changes(verdicts: Iterable[bool]) -> list[tuple[int, Began | Ended | Cut]]:
    """What an endpointer tells, and after how many frames."""
    endpointer = Endpointer()
    told = [
        (number, endpointer.push(is_speech=verdict)) for number, verdict in enumerate(verdicts, start=1)
    ]
    return [(number, change) for number, change in told if change is not None]


class TestEndpointer:
    def test_a_click_is_no_utterance(self) -> None:
        assert changes([SILENCE] * 20 + [SPEECH] * 5 + [SILENCE] * 20) == []

    def test_a_short_word_is_an_utterance_with_holes_or_without(self) -> None:
        assert changes([SILENCE] * 20 + [SPEECH] * 6) == [(26, Began(6))]
        holed = [SPEECH, SPEECH, SILENCE, SPEECH, SPEECH, SILENCE, SPEECH, SPEECH]
        assert changes([SILENCE] * 20 + holed) == [(28, Began(8))]

    def test_it_ends_after_a_pause_with_a_stray_frame(self) -> None:
        pause = [SILENCE] * 10 + [SPEECH] + [SILENCE] * 10
        assert changes([SPEECH] * 50 + pause) == [(6, Began(6)), (64, Ended(3))]

    def test_a_shorter_pause_does_not_end_it(self) -> None:
        assert changes(([SPEECH] * 30 + [SILENCE] * 12) * 5) == [(6, Began(6))]

    def test_a_long_one_ends_after_a_shorter_pause(self) -> None:
        phrase = [SPEECH] * 30 + [SILENCE] * 6
        ends = [number for number, change in changes(phrase * 40) if isinstance(change, Ended)]
        assert 500 < ends[0] < 900

    def test_an_endless_one_is_cut_and_goes_on(self) -> None:
        told = changes([SPEECH] * 2_500 + [SILENCE] * 14)
        assert told == [
            (6, Began(6)),
            (1_000, Cut()),
            (2_000, Cut()),
            (2_513, Ended(13)),
        ]

    def test_the_end_of_the_stream_ends_it(self) -> None:
        endpointer = Endpointer()
        assert endpointer.finish() is None
        for verdict in [SPEECH] * 10 + [SILENCE] * 3:
            endpointer.push(is_speech=verdict)
        assert endpointer.finish() == Ended(3)
        assert not endpointer.in_utterance

    @given(st.lists(st.booleans(), max_size=300))
    def test_beginnings_and_ends_take_turns_and_lie_within_the_stream(
        self, verdicts: list[bool]
    ) -> None:
        floor = 0
        in_utterance = False
        for number, change in changes(verdicts):
            match change:
                case Began(frames):
                    assert not in_utterance
                    assert verdicts[number - frames] is SPEECH
                    assert number - frames >= floor
                    in_utterance = True
                case Ended(silence):
                    assert in_utterance
                    assert not any(verdicts[number - silence : number])
                    in_utterance = False
                    floor = number
                case Cut():
                    pytest.fail("nothing is that long")


class TestInterims:
    def test_they_are_due_at_intervals(self) -> None:
        interims = Interims(100)
        assert [length for length in range(0, 500, 30) if interims.are_due(length)] == [
            120,
            240,
            360,
            480,
        ]

    def test_only_news_is_told_and_what_stayed_is_believed_more(self) -> None:
        interims = Interims(100)
        assert interims.tell([]) is None
        assert interims.tell(["how", "old"]) == 0
        assert interims.tell(["how", "old"]) is None
        assert interims.tell(["how", "old", "is"]) == 2
        assert interims.tell(["who", "old", "is", "he"]) == 0


class TestResampler:
    @pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000])
    def test_what_comes_out_depends_on_the_samples_alone(self, rate: int) -> None:
        generator = np.random.default_rng(rate)
        samples = generator.integers(-32_768, 32_767, 2 * rate).astype("<i2").tobytes()
        once = Resampler(rate, 16_000)
        whole = once.push(samples) + once.finish()
        assert len(whole) == 2 * 2 * 16_000
        again = Resampler(rate, 16_000)
        cuts = [0, *sorted(2 * generator.integers(0, 2 * rate, 30)), len(samples)]
        pieces = [again.push(samples[a:b]) for a, b in pairwise(cuts)]
        assert b"".join(pieces) + again.finish() == whole

    def test_it_keeps_time(self) -> None:
        click = np.zeros(44_100, "<i2")
        click[22_050] = 30_000
        resampler = Resampler(44_100, 16_000)
        out = np.frombuffer(resampler.push(click.tobytes()) + resampler.finish(), "<i2")
        assert np.abs(out).argmax() == 8_000


class TestProtocol:
    EVENTS = (
        SpeechBegin(1),
        Hypothesis((), 2, is_final=False, stable_words=3),
        Hypothesis((HypothesisWord("naïve", 3, 4, 0.25),), 5, is_final=True, confidence=0.125),
        SpeechEnd(6),
    )

    @pytest.mark.parametrize("size", [1, 3, 1_000])
    def test_replies_survive_the_way_in_pieces_of_any_size(self, size: int) -> None:
        replies = [Reply(self.EVENTS), Reply(), Reply(error="no")]
        data = b"".join(map(pack_reply, replies))
        reader = ReplyReader()
        read = [
            reply
            for start in range(0, len(data), size)
            for reply in reader.feed(data[start : start + size])
        ]
        assert read == replies

    def test_requests_survive_the_way_and_end_with_the_pipe(self) -> None:
        requests = [Request(RequestKind.AUDIO, 2**40, b"\1\2"), Request(RequestKind.CLOSE, 7)]
        pipe = io.BytesIO(b"".join(map(pack_request, requests)))
        assert [read_request(pipe) for _ in range(3)] == [*requests, None]

    @pytest.mark.parametrize("length", [1, 12, 14])
    def test_a_request_that_breaks_off_is_the_end(self, length: int) -> None:
        whole = pack_request(Request(RequestKind.AUDIO, 1, b"\1\2"))
        assert read_request(io.BytesIO(whole[:length])) is None


class FakeDecoder:
    """Remembers what it was fed."""

    def __init__(self) -> None:
        self.log: list[Any] = []

    def begin(self, cepstral_mean: str) -> None:
        self.log.append(cepstral_mean)

    def feed(self, samples: bytes) -> None:
        self.log.append(samples)

    def end(self) -> None:
        self.log.append("end")

    def words(self) -> list[Any]:
        return []


class FakeDecoders:
    """Lends decoders while it has any."""

    def __init__(self, available: int) -> None:
        self.available = available
        self.decoders: list[FakeDecoder] = []
        self.returned: list[FakeDecoder] = []

    def borrow(self) -> FakeDecoder | None:
        return self.borrow_now() if self.available > 0 else None

    def borrow_now(self) -> FakeDecoder:
        self.available -= 1
        self.decoders.append(FakeDecoder())
        return self.decoders[-1]

    def give_back(self, decoder: FakeDecoder) -> None:
        self.available += 1
        self.returned.append(decoder)

    def cepstral_mean(self, samples: bytes) -> str:
        return f"the mean of {len(samples)} bytes"


SECOND = bytes(32_000)


class TestUtterance:
    @staticmethod
    def utterance(decoders: FakeDecoders) -> Any:
        pytest.importorskip("pocketsphinx")
        from asyncspeech.emulator.recognizers.sphinx_utterance import Utterance  # noqa: PLC0415

        return Utterance(100, cast("Decoders", decoders))

    def test_its_first_second_is_held_back_for_the_mean(self) -> None:
        decoders = FakeDecoders(1)
        utterance = self.utterance(decoders)
        utterance.feed(SECOND[:31_000])
        assert decoders.decoders == []
        utterance.feed(SECOND[:3_000])
        utterance.feed(b"\1\0")
        (decoder,) = decoders.decoders
        assert decoder.log == ["the mean of 32000 bytes", SECOND + bytes(2_000), b"\1\0"]
        utterance.finish()
        assert decoders.returned == [decoder]
        assert utterance.end == 100 + 17_001

    def test_one_that_is_over_in_less_than_a_second_has_the_mean_of_all_of_it(self) -> None:
        decoders = FakeDecoders(1)
        utterance = self.utterance(decoders)
        utterance.feed(bytes(20_000))
        utterance.finish()
        assert decoders.decoders[0].log == ["the mean of 20000 bytes", bytes(20_000), "end"]

    def test_it_waits_for_a_decoder_and_then_catches_up(self) -> None:
        decoders = FakeDecoders(0)
        utterance = self.utterance(decoders)
        utterance.feed(SECOND * 2)
        assert utterance.words() == []
        decoders.available = 1
        utterance.feed(b"\1\0")
        assert decoders.decoders[0].log == ["the mean of 32000 bytes", SECOND * 2 + b"\1\0"]

    def test_one_that_never_got_a_decoder_gets_one_in_the_end(self) -> None:
        decoders = FakeDecoders(0)
        utterance = self.utterance(decoders)
        utterance.feed(SECOND * 2)
        utterance.finish()
        assert decoders.decoders[0].log == ["the mean of 32000 bytes", SECOND * 2, "end"]
        assert decoders.returned == decoders.decoders

    def test_one_that_is_abandoned_gives_its_decoder_back(self) -> None:
        decoders = FakeDecoders(1)
        for fed in (SECOND, b""):
            utterance = self.utterance(decoders)
            utterance.feed(fed)
            utterance.abandon()
        assert decoders.available == 1
        assert decoders.returned == decoders.decoders
        assert decoders.decoders[0].log[-1] == "end"


class TestStream:
    def test_unbroken_speech_is_cut_into_finals_without_an_end_of_speech(self) -> None:
        pytest.importorskip("pocketsphinx")
        from asyncspeech.emulator.recognizers.sphinx_stream import SphinxStream  # noqa: PLC0415

        decoders = FakeDecoders(1)
        stream = SphinxStream(8_000, interim_results=True, decoders=cast("Decoders", decoders))
        # A buzz with the spectrum of a vowel, and no pause in it.
        time = np.arange(70 * 8_000) / 8_000
        buzz = np.sum([np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 20)], axis=0)
        events = stream.accept((3_000 * buzz).astype("<i2").tobytes()) + stream.finish()
        assert [type(event) for event in events] == [
            SpeechBegin,
            Hypothesis,
            Hypothesis,
            SpeechEnd,
            Hypothesis,
        ]
        seconds = [event.end / 8_000 for event in events if isinstance(event, Hypothesis)]
        assert seconds == pytest.approx([30, 60, 70], abs=0.1)
