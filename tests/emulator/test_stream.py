"""The service's contract, seen by a client that is not ours."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from google.api_core import exceptions
from google.cloud.speech_v2 import types

from asyncspeech.emulator import (
    MODELS,
    Assumptions,
    Coded,
    Emulator,
    Hypothesis,
    SpeechBegin,
    SpeechEnd,
    coded,
)
from asyncspeech.errors import ConfigurationError, UsageError
from tests.support import bare
from tests.support.bare import audio_requests, config_request, recognize, recognize_sync

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from asyncspeech.emulator import RecognitionSettings
    from asyncspeech.emulator.recognizer import RecognitionEvent

RECORDING = coded.encode(10)
AUDIO = audio_requests(RECORDING.audio)
WORDS = {"enable_word_time_offsets": True, "enable_word_confidence": True}


def results(
    responses: Sequence[types.StreamingRecognizeResponse],
) -> list[types.StreamingRecognitionResult]:
    return [result for response in responses for result in response.results]


def seconds(offset: Any) -> float:
    return float(offset.total_seconds())


class TestContract:
    async def test_the_finals_put_together_are_the_text(self, emulator: Emulator) -> None:
        responses = await recognize(emulator.address, [config_request(), *AUDIO])
        finals = [result.alternatives[0].transcript for result in results(responses)]
        assert finals == ["w0 w1 w2 w3 w4", " w5 w6 w7 w8 w9"]

    async def test_interims_come_only_if_wanted_with_stability_and_without_words(
        self, emulator: Emulator
    ) -> None:
        plain = await recognize(emulator.address, [config_request(features=WORDS), *AUDIO])
        assert all(result.is_final for result in results(plain))
        request = config_request(features=WORDS, streaming_features={"interim_results": True})
        interims = [
            [
                (result.alternatives[0].transcript, round(result.stability, 2))
                for result in response.results
            ]
            for response in await recognize(emulator.address, [request, *AUDIO])
            if not response.results[0].is_final
        ]
        assert len(interims) == 10
        assert interims[0] == [("w0", 0.01)]
        assert interims[2] == [("w0 w1", 0.9), (" w2", 0.01)]
        assert interims[7] == [(" w5 w6", 0.9), (" w7", 0.01)]

    async def test_words_have_their_offsets_and_confidence_if_wanted(self, emulator: Emulator) -> None:
        wanted = await recognize(emulator.address, [config_request(features=WORDS), *AUDIO])
        words = [word for result in results(wanted) for word in result.alternatives[0].words]
        assert [word.word for word in words] == [word.text for word in RECORDING.words]
        for word, spoken in zip(words, RECORDING.words, strict=True):
            assert seconds(word.start_offset) == spoken.start / 16_000
            assert seconds(word.end_offset) == spoken.end / 16_000
            assert word.confidence == 1.0
        plain = await recognize(emulator.address, [config_request(), *AUDIO])
        assert not any(result.alternatives[0].words for result in results(plain))

    async def test_an_offset_of_zero_is_left_out(self, emulator: Emulator) -> None:
        at_once = audio_requests(RECORDING.audio[2 * RECORDING.words[0].start :])
        (first, *_) = results(
            await recognize(emulator.address, [config_request(features=WORDS), *at_once])
        )
        word = types.WordInfo.pb(first.alternatives[0].words[0])
        assert word.HasField("end_offset")
        assert not word.HasField("start_offset")

    async def test_a_response_has_results_or_an_event_and_events_come_first(
        self, emulator: Emulator
    ) -> None:
        request = config_request(streaming_features={"enable_voice_activity_events": True})
        responses = await recognize(emulator.address, [request, *AUDIO])
        assert all(bool(response.results) != bool(response.speech_event_type) for response in responses)
        kinds = [response.speech_event_type.name for response in responses]
        begin, end, result = (
            "SPEECH_ACTIVITY_BEGIN",
            "SPEECH_ACTIVITY_END",
            "SPEECH_EVENT_TYPE_UNSPECIFIED",
        )
        assert kinds == [begin, end, result, begin, end, result]
        assert seconds(responses[0].speech_event_offset) == RECORDING.words[0].start / 16_000
        assert seconds(responses[1].speech_event_offset) == RECORDING.words[4].end / 16_000

    async def test_the_bill_grows_in_whole_seconds_and_the_request_has_an_id(
        self, emulator: Emulator
    ) -> None:
        responses = await recognize(emulator.address, [config_request(), *AUDIO])
        billed = [seconds(response.metadata.total_billed_duration) for response in responses]
        assert billed == sorted(billed)
        assert billed[-1] == 6.0  # 5.9 s were sent
        assert all(value.is_integer() for value in billed)
        (request_id,) = {response.metadata.request_id for response in responses}
        assert len(request_id) == 36

    async def test_results_say_their_end_and_their_language(self, emulator: Emulator) -> None:
        first, _ = results(await recognize(emulator.address, [config_request(), *AUDIO]))
        assert seconds(first.result_end_offset) == RECORDING.words[4].end / 16_000
        assert first.language_code == "en-us"

    @pytest.mark.parametrize("encoding", ["MULAW", "ALAW"])
    async def test_telephone_codes_are_heard_as_well(self, emulator: Emulator, encoding: str) -> None:
        recording = coded.encode(10, sample_rate_hertz=8_000)
        file = io.BytesIO()
        subtype = encoding.replace("MU", "U")
        soundfile.write(file, recording.samples, 8_000, format="RAW", subtype=subtype)
        request = config_request(
            decoding={"encoding": encoding, "sample_rate_hertz": 8_000}, features=WORDS
        )
        responses = await recognize(emulator.address, [request, *audio_requests(file.getvalue(), 801)])
        heard = [
            (word.word, seconds(word.start_offset), seconds(word.end_offset))
            for result in results(responses)
            for word in result.alternatives[0].words
        ]
        assert coded.score(recording, heard).is_perfect

    async def test_messages_may_cut_a_frame(self, emulator: Emulator) -> None:
        responses = await recognize(
            emulator.address, [config_request(), *audio_requests(RECORDING.audio, 1_001)]
        )
        assert len(results(responses)) == 2

    async def test_of_several_channels_the_first_is_heard_unless_they_are_asked_for_apart(
        self, emulator: Emulator
    ) -> None:
        left, right = coded.encode(5), coded.encode(5, first=5)
        stereo = np.column_stack((left.samples, right.samples)).astype("<i2").tobytes()
        audio = audio_requests(stereo, 6_400)
        decoding = {"audio_channel_count": 2}
        plain = results(await recognize(emulator.address, [config_request(decoding=decoding), *audio]))
        assert [(item.alternatives[0].transcript, item.channel_tag) for item in plain] == [
            ("w0 w1 w2 w3 w4", 0)
        ]
        request = config_request(
            decoding=decoding, features={"multi_channel_mode": "SEPARATE_RECOGNITION_PER_CHANNEL"}
        )
        apart = results(await recognize(emulator.address, [request, *audio]))
        assert [(item.alternatives[0].transcript, item.channel_tag) for item in apart] == [
            ("w0 w1 w2 w3 w4", 1),
            ("w5 w6 w7 w8 w9", 2),
        ]

    async def test_audio_without_speech_gets_no_answer(self, emulator: Emulator) -> None:
        assert (
            await recognize(emulator.address, [config_request(), *audio_requests(bytes(64_000))]) == []
        )


EVENTS = {"enable_voice_activity_events": True}


def kinds(responses: Sequence[types.StreamingRecognizeResponse]) -> list[str]:
    """What each response tells: an event, an interim, or a final."""
    return [
        ("final" if response.results[0].is_final else "interim")
        if response.results
        else response.speech_event_type.name
        for response in responses
    ]


def timeouts(**seconds: float) -> dict[str, Any]:
    durations = {
        f"speech_{name}_timeout": {"seconds": int(value), "nanos": round(value % 1 * 1e9)}
        for name, value in seconds.items()
    }
    return {**EVENTS, "voice_activity_timeout": durations}


class TestModels:
    async def interims(
        self, emulator: Emulator, model: str, audio: Sequence[types.StreamingRecognizeRequest] = AUDIO
    ) -> list[list[tuple[str, float]]]:
        """Of each interim response, its texts and their stabilities."""
        request = config_request(
            recognizer="projects/p/locations/us/recognizers/_",
            model=model,
            streaming_features={"interim_results": True},
        )
        return [
            [
                (result.alternatives[0].transcript, round(result.stability, 2))
                for result in response.results
            ]
            for response in await recognize(emulator.address, [request, *audio])
            if not response.results[0].is_final
        ]

    async def test_of_the_chirps_wait_for_more_of_a_sentence_and_know_no_stability(
        self, emulator: Emulator
    ) -> None:
        assert await self.interims(emulator, "chirp_3") == []  # no utterance lasts two seconds
        recording = coded.encode(18, words_per_utterance=9)
        audio = audio_requests(recording.audio)
        assert await self.interims(emulator, "chirp_3", audio) == [
            [("w0 w1 w2 w3 w4 w5", 0.0)],
            [(" w9 w10 w11 w12 w13 w14", 0.0)],
        ]

    async def test_may_tell_as_seldom_as_a_table_says(self) -> None:
        for seconds_, count in ((0.0, 10), (1.0, 2), (2.0, 0)):
            models = [replace(model, interim_seconds=seconds_) for model in MODELS]
            async with Emulator(Coded(), models=models) as emulator:
                assert len(await self.interims(emulator, "telephony")) == count

    async def test_may_take_a_longer_pause_for_the_end_unless_the_client_is_in_a_hurry(self) -> None:
        models = [replace(model, endpoint_seconds=1.0) for model in MODELS]
        hasty = {"endpointing_sensitivity": "ENDPOINTING_SENSITIVITY_SHORT"}
        async with Emulator(Coded(), models=models) as emulator:
            patient = await recognize(emulator.address, [config_request(), *AUDIO])
            request = config_request(streaming_features=hasty)
            assert len(results(await recognize(emulator.address, [request, *AUDIO]))) == 2
        assert len(results(patient)) == 1


class TestSingleUtterance:
    @pytest.mark.parametrize("model", ["short", "latest_short"])
    async def test_the_stream_is_over_with_the_first_utterance(self, model: str) -> None:
        request = config_request(model=model, streaming_features=EVENTS)
        async with Emulator(Coded()) as emulator:
            responses = await recognize_sync(emulator.address, [request, *AUDIO])
            (record,) = emulator.streams
        assert kinds(responses) == [
            "SPEECH_ACTIVITY_BEGIN",
            "SPEECH_ACTIVITY_END",
            "END_OF_SINGLE_UTTERANCE",
            "final",
        ]
        assert responses[-1].results[0].alternatives[0].transcript == "w0 w1 w2 w3 w4"
        assert (record.status, record.reason) == ("OK", "end of the single utterance")
        assert record.audio_seconds < 3.5

    async def test_a_half_close_ends_the_utterance_without_the_event(self, emulator: Emulator) -> None:
        request = config_request(model="short")
        responses = await recognize_sync(emulator.address, [request, *AUDIO[:20]])
        assert kinds(responses) == ["final"]


class TestHalfClose:
    async def test_makes_what_was_heard_final(self, emulator: Emulator) -> None:
        (only,) = results(await recognize(emulator.address, [config_request(), *AUDIO[:10]]))
        assert only.is_final
        assert emulator.streams[0].status == "OK"

    async def test_may_lose_what_was_not_final_yet(self) -> None:
        assumptions = Assumptions(finals_at_half_close=False)
        async with Emulator(Coded(), assumptions=assumptions) as emulator:
            assert await recognize(emulator.address, [config_request(), *AUDIO[:10]]) == []
            (record,) = emulator.streams
        assert (record.status, record.reason) == ("OK", "the client half-closed")

    async def test_may_end_the_stream_with_an_error_after_what_was_said(self) -> None:
        assumptions = Assumptions(half_close_code="OUT_OF_RANGE")
        async with Emulator(Coded(), assumptions=assumptions) as emulator:
            with pytest.raises(exceptions.OutOfRange, match="half-close"):
                await recognize(emulator.address, [config_request(), *AUDIO[:10]])
            (record,) = emulator.streams
        assert record.finals
        with pytest.raises(ConfigurationError, match="half_close_code"):
            Assumptions(half_close_code="FINE")


class TestVoiceActivityTimeouts:
    async def test_the_start_timeout_closes_a_stream_in_which_nobody_speaks(
        self, emulator: Emulator
    ) -> None:
        request = config_request(streaming_features=timeouts(start=2))
        silence = audio_requests(bytes(32_000 * 5))
        assert await recognize_sync(emulator.address, [request, *silence]) == []
        (record,) = emulator.streams
        assert (record.status, record.reason) == ("OK", "voice activity timeout")
        assert record.audio_seconds == 2.0

    async def test_the_start_timeout_is_over_once_somebody_has_spoken(self, emulator: Emulator) -> None:
        request = config_request(streaming_features=timeouts(start=0.8))
        late = audio_requests(RECORDING.audio + bytes(32_000 * 5))
        assert len(results(await recognize_sync(emulator.address, [request, *late]))) == 2
        assert emulator.streams[0].reason == "the client half-closed"

    async def test_the_end_timeout_closes_a_stream_after_what_was_said(self, emulator: Emulator) -> None:
        request = config_request(streaming_features=timeouts(end=1.5))
        late = audio_requests(RECORDING.audio + bytes(32_000 * 5))
        responses = await recognize_sync(emulator.address, [request, *late])
        assert kinds(responses) == ["SPEECH_ACTIVITY_BEGIN", "SPEECH_ACTIVITY_END", "final"] * 2
        (record,) = emulator.streams
        assert record.reason == "voice activity timeout"
        # The end is told half a second after the last word, and the timeout runs from then on.
        told = RECORDING.words[-1].end / 16_000 + 0.5
        assert told + 1.5 <= record.audio_seconds <= told + 1.7

    async def test_their_clock_is_the_audio_and_not_the_time(self, emulator: Emulator) -> None:
        request = config_request(streaming_features=timeouts(start=59))
        silence = audio_requests(bytes(32_000 * 65), 25_600)
        await recognize_sync(emulator.address, [request, *silence])
        (record,) = emulator.streams
        assert record.reason == "voice activity timeout"
        assert 59 <= record.audio_seconds < 60

    async def test_they_may_close_the_stream_with_an_error(self) -> None:
        request = config_request(streaming_features=timeouts(start=2))
        assumptions = Assumptions(activity_timeout_code="ABORTED")
        async with Emulator(Coded(), assumptions=assumptions) as emulator:
            with pytest.raises(exceptions.Aborted, match="voice activity timeout"):
                await recognize_sync(emulator.address, [request, *audio_requests(bytes(96_000))])
        with pytest.raises(ConfigurationError, match="none of OK"):
            Assumptions(activity_timeout_code="FINE")

    async def test_what_was_not_final_yet_may_be_lost_with_them(self) -> None:
        class Patient(Coded):
            """Tells of the end of speech long before the utterance is final."""

            async def start(self, settings: RecognitionSettings) -> Any:
                recognition = await super().start(settings)
                accept = recognition.accept

                async def early(samples: np.ndarray) -> list[RecognitionEvent]:
                    events = await accept(samples)
                    ends = [SpeechEnd(0)] if any(isinstance(e, SpeechBegin) for e in events) else []
                    return [*(e for e in events if not isinstance(e, Hypothesis)), *ends]

                recognition.accept = early  # type: ignore[method-assign]
                return recognition

        request = config_request(streaming_features=timeouts(end=0.6))
        heard = []
        for tells in (True, False):
            assumptions = Assumptions(finals_at_activity_timeout=tells)
            async with Emulator(Patient(), assumptions=assumptions) as emulator:
                heard.append(results(await recognize_sync(emulator.address, [request, *AUDIO])))
        assert [len(told) for told in heard] == [1, 0]


class TestWhatIsHeard:
    @pytest.mark.parametrize(
        ("form", "subtype", "declared"),
        [
            ("WAV", "PCM_16", None),
            ("WAV", "ULAW", None),
            ("FLAC", "PCM_16", None),
            ("FLAC", "PCM_16", "FLAC"),
        ],
    )
    async def test_recordings_with_a_header_are_decoded_as_they_come(
        self, emulator: Emulator, form: str, subtype: str, declared: str | None
    ) -> None:
        file = io.BytesIO()
        soundfile.write(file, RECORDING.samples, 16_000, format=form, subtype=subtype)
        if declared is None:
            request = config_request(
                explicit_decoding_config=None, auto_decoding_config={}, features=WORDS
            )
        else:
            request = config_request(decoding={"encoding": declared}, features=WORDS)
        responses = await recognize(emulator.address, [request, *audio_requests(file.getvalue(), 3_201)])
        heard = [
            (word.word, seconds(word.start_offset), seconds(word.end_offset))
            for result in results(responses)
            for word in result.alternatives[0].words
        ]
        assert coded.score(RECORDING, heard).is_perfect

    async def test_audio_without_a_header_is_none_for_auto_detection(self, emulator: Emulator) -> None:
        request = config_request(explicit_decoding_config=None, auto_decoding_config={})
        with pytest.raises(exceptions.InvalidArgument) as refusal:
            await recognize(emulator.address, [request, AUDIO[0]])
        assert refusal.value.message == (
            "Audio data does not appear to be in a supported encoding. If you believe this to be "
            "incorrect, try explicitly specifying the decoding parameters."
        )

    @pytest.mark.parametrize("encoding", ["AMR_WB", "WEBM_OPUS", "MP4_AAC", "M4A_AAC", "MOV_AAC"])
    async def test_an_encoding_that_is_not_emulated_is_named(
        self, emulator: Emulator, encoding: str
    ) -> None:
        with pytest.raises(exceptions.MethodNotImplemented, match=f"does not decode {encoding}"):
            await recognize(emulator.address, [config_request(decoding={"encoding": encoding})])

    async def test_a_shorter_pause_ends_an_utterance_if_the_client_is_in_a_hurry(
        self, emulator: Emulator
    ) -> None:
        recording = coded.encode(10, gap_seconds=0.4)
        audio = audio_requests(recording.audio)
        counts = []
        for name in ("STANDARD", "SHORT", "SUPERSHORT"):
            sensitivity = f"ENDPOINTING_SENSITIVITY_{name}"
            request = config_request(streaming_features={"endpointing_sensitivity": sensitivity})
            counts.append(len(results(await recognize(emulator.address, [request, *audio]))))
        assert counts == [2, 2, 10]

    async def test_the_language_is_the_first_that_the_recognizer_knows(self) -> None:
        class German(Coded):
            language_codes = frozenset({"de-DE"})

        async with Emulator(German()) as emulator:
            several = config_request(language_codes=["en-US", "de-de"])
            detected = config_request(
                recognizer="projects/p/locations/us/recognizers/_",
                model="chirp_3",
                language_codes=["auto"],
            )
            for request in (several, detected):
                (first, *_) = results(await recognize(emulator.address, [request, *AUDIO]))
                assert first.language_code == "de-de"

    async def test_no_model_is_the_one_that_is_assumed(self) -> None:
        model_of_another_place = Assumptions(default_model="chirp_2")
        async with Emulator(Coded()) as emulator:
            assert await recognize(emulator.address, [config_request(model=""), *AUDIO])
        async with Emulator(Coded(), assumptions=model_of_another_place) as emulator:
            with pytest.raises(exceptions.InvalidArgument, match='The model "chirp_2" does not exist'):
                await recognize(emulator.address, [config_request(model="")])

    async def test_a_language_may_come_back_in_its_own_case(self) -> None:
        assumptions = Assumptions(lower_case_language_codes=False)
        async with Emulator(Coded(), assumptions=assumptions) as emulator:
            (first, *_) = results(await recognize(emulator.address, [config_request(), *AUDIO]))
        assert first.language_code == "en-US"

    async def test_the_answer_to_the_call_may_wait_for_the_first_response(self) -> None:
        assumptions = Assumptions(initial_metadata_at_once=False)
        async with Emulator(Coded(), assumptions=assumptions) as emulator:
            assert await recognize(emulator.address, [config_request(), *AUDIO])


class Breaking(Coded):
    """A recogniser that fails as soon as it hears something, and counts what it has open."""

    open = 0

    async def start(self, settings: RecognitionSettings) -> Any:
        recognition = await super().start(settings)
        self.open += 1

        async def accept(samples: np.ndarray) -> list[RecognitionEvent]:
            raise ZeroDivisionError(len(samples))

        async def aclose() -> None:
            self.open -= 1

        recognition.accept = accept  # type: ignore[method-assign]
        recognition.aclose = aclose  # type: ignore[method-assign]
        return recognition


class TestLife:
    async def test_a_recognizer_that_fails_is_an_internal_error_and_is_freed(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        recognizer = Breaking()
        async with Emulator(recognizer) as emulator:
            with pytest.raises(exceptions.InternalServerError, match="Internal error encountered"):
                await recognize(emulator.address, [config_request(), *AUDIO[:1]])
        assert recognizer.open == 0
        assert "ZeroDivisionError" in caplog.text

    async def test_a_client_that_goes_away_leaves_nothing_open(self) -> None:
        recognizer = Counting()
        async with Emulator(recognizer) as emulator, bare.bare_client(emulator.address) as client:

            async def stream() -> AsyncIterator[types.StreamingRecognizeRequest]:
                yield config_request()
                yield AUDIO[0]
                await asyncio.get_running_loop().create_future()

            call: Any = await client.streaming_recognize(requests=stream())
            await recognizer.started.wait()
            call.cancel()
            await asyncio.wait_for(recognizer.closed.wait(), 1)

    async def test_two_emulators_do_not_share_a_port(self) -> None:
        async with Emulator(Coded()) as first:
            port = int(first.address.rpartition(":")[2])
            with pytest.raises(UsageError, match=f"port {port}"):
                async with Emulator(Coded(), port=port):
                    pass

    async def test_it_listens_on_loopback_and_only_inside_its_block(self) -> None:
        emulator = Emulator(Coded())
        with pytest.raises(UsageError, match="not running"):
            _ = emulator.address
        async with emulator:
            address = emulator.address
            assert address.startswith("127.0.0.1:")
        with pytest.raises(exceptions.ServiceUnavailable):
            await recognize(address, [config_request()])
        with pytest.raises(UsageError, match="not running"):
            _ = emulator.address


class Counting(Coded):
    """A recogniser that tells when it is started and freed."""

    def __init__(self) -> None:
        super().__init__()
        self.started = asyncio.Event()
        self.closed = asyncio.Event()

    async def start(self, settings: RecognitionSettings) -> Any:
        recognition = await super().start(settings)

        async def aclose() -> None:
            self.closed.set()

        recognition.aclose = aclose  # type: ignore[method-assign]
        self.started.set()
        return recognition
