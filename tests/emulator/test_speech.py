"""The methods beside the streams, seen by the client library."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import soundfile
from google.api_core import exceptions
from google.cloud.location import locations_pb2
from google.cloud.speech_v2 import types

from asyncspeech.emulator import Coded, Emulator, Limits, Project, Scripted, Utterance, coded
from tests.support import bare
from tests.support.bare import audio_requests, bare_client, config_request, recognize

RECORDING = coded.encode(10)
PARENT = "projects/p/locations/global"
NUMBER = Project().number
WORDS = {"enable_word_time_offsets": True, "enable_word_confidence": True}
EXPLICIT = {"encoding": "LINEAR16", "sample_rate_hertz": 16_000, "audio_channel_count": 1}


def container(form: str, subtype: str, rate: int = 16_000) -> bytes:
    file = io.BytesIO()
    samples = coded.encode(10, sample_rate_hertz=rate).samples
    soundfile.write(file, samples, rate, format=form, subtype=subtype)
    return file.getvalue()


def request(content: bytes = RECORDING.audio, **config: Any) -> types.RecognizeRequest:
    settings: dict[str, Any] = {"model": "long", "language_codes": ["en-US"], **config}
    if "auto_decoding_config" not in settings:
        settings.setdefault("explicit_decoding_config", EXPLICIT)
    return types.RecognizeRequest(recognizer=bare.RECOGNIZER, config=settings, content=content)


async def result(operation: Any) -> Any:
    """The result of a long-running operation."""
    return await (await operation).result()


async def recognized(emulator: Emulator, message: types.RecognizeRequest) -> types.RecognizeResponse:
    async with bare_client(emulator.address) as client:
        return await client.recognize(request=message)


def seconds(offset: Any) -> float:
    return float(offset.total_seconds())


def heard(response: types.RecognizeResponse) -> list[tuple[str, float, float]]:
    return [
        (word.word, seconds(word.start_offset), seconds(word.end_offset))
        for result in response.results
        for word in result.alternatives[0].words
    ]


class TestRecognize:
    @pytest.mark.parametrize(
        ("form", "subtype"), [("WAV", "PCM_16"), ("WAV", "ULAW"), ("WAV", "ALAW"), ("FLAC", "PCM_16")]
    )
    async def test_hears_every_word_of_a_file(self, emulator: Emulator, form: str, subtype: str) -> None:
        message = request(container(form, subtype), auto_decoding_config={}, features=WORDS)
        response = await recognized(emulator, message)
        assert coded.score(RECORDING, heard(response)).is_perfect
        assert [result.alternatives[0].transcript for result in response.results] == [
            "w0 w1 w2 w3 w4",
            " w5 w6 w7 w8 w9",
        ]
        assert response.results[0].language_code == "en-us"
        assert seconds(response.metadata.total_billed_duration) == 6
        assert response.metadata.request_id

    async def test_hears_headerless_audio_of_the_declared_format(self, emulator: Emulator) -> None:
        response = await recognized(emulator, request(features=WORDS))
        assert coded.score(RECORDING, heard(response)).is_perfect

    async def test_tells_the_channels_apart_if_it_is_to(self, emulator: Emulator) -> None:
        left, right = coded.encode(5), coded.encode(5, first=5)
        stereo = np.column_stack((left.samples, right.samples)).astype("<i2").tobytes()
        response = await recognized(
            emulator,
            request(
                stereo,
                explicit_decoding_config=EXPLICIT | {"audio_channel_count": 2},
                features={"multi_channel_mode": "SEPARATE_RECOGNITION_PER_CHANNEL"},
            ),
        )
        assert [(item.channel_tag, item.alternatives[0].transcript) for item in response.results] == [
            (1, "w0 w1 w2 w3 w4"),
            (2, "w5 w6 w7 w8 w9"),
        ]

    @pytest.mark.parametrize(
        ("message", "text"),
        [
            (request(b""), "Provided file is empty."),
            (
                request(RECORDING.audio, auto_decoding_config={}),
                (
                    "Audio data does not appear to be in a supported encoding. If you believe this to "
                    "be incorrect, try explicitly specifying the decoding parameters."
                ),
            ),
            (
                request(bytes(10 * 1024 * 1024 + 1)),
                "Request payload size exceeds the limit: 10485760 bytes.",
            ),
            (
                request(bytes(32_000 * 60 + 2)),
                "Audio can be of a maximum of 60 seconds. Use StreamingRecognize for longer audio.",
            ),
            (
                request(features={"diarization_config": {}}),
                "Recognize does not support Speaker Diarization for the requested model",
            ),
        ],
        ids=["empty", "not audio", "too large", "too long", "speakers"],
    )
    async def test_refuses_what_the_service_refuses(
        self, emulator: Emulator, message: types.RecognizeRequest, text: str
    ) -> None:
        with pytest.raises(exceptions.InvalidArgument) as refusal:
            await recognized(emulator, message)
        assert refusal.value.message == text

    async def test_bills_nothing_for_less_than_a_frame(self, emulator: Emulator) -> None:
        response = await recognized(emulator, request(b"\0"))
        metadata = types.RecognizeResponse.pb(response).metadata
        assert metadata.request_id
        assert not metadata.HasField("total_billed_duration")

    async def test_says_what_to_do_about_audio_elsewhere(self, emulator: Emulator) -> None:
        message = types.RecognizeRequest(
            recognizer=bare.RECOGNIZER,
            config={"auto_decoding_config": {}, "model": "long", "language_codes": ["en-US"]},
            uri="gs://bucket/file.wav",
        )
        with pytest.raises(exceptions.MethodNotImplemented, match="Send the audio itself"):
            await recognized(emulator, message)


class TestRecognizers:
    async def test_are_created_read_listed_and_deleted(self, emulator: Emulator) -> None:
        config = {"auto_decoding_config": {}, "model": "long", "language_codes": ["en-US"]}
        async with bare_client(emulator.address) as client:
            operation: Any = await client.create_recognizer(
                parent=PARENT,
                recognizer=types.Recognizer(display_name="Mine", default_recognition_config=config),
                recognizer_id="mine",
            )
            created = await operation.result()
            assert created.name == f"projects/{NUMBER}/locations/global/recognizers/mine"
            assert created.state == types.Recognizer.State.ACTIVE
            assert operation.metadata.progress_percent == 100
            assert await client.get_recognizer(name=f"{PARENT}/recognizers/mine") == created
            assert [item async for item in await client.list_recognizers(parent=PARENT)] == [created]
            gone = await result(client.delete_recognizer(name=created.name))
            assert gone.state == types.Recognizer.State.DELETED
            assert (gone.expire_time - gone.delete_time).days == 30
            assert [item async for item in await client.list_recognizers(parent=PARENT)] == []
            everything = types.ListRecognizersRequest(parent=PARENT, show_deleted=True)
            assert [item async for item in await client.list_recognizers(request=everything)] == [gone]
            with pytest.raises(exceptions.NotFound):
                await client.delete_recognizer(name=created.name)
            missing = types.DeleteRecognizerRequest(name=created.name, allow_missing=True)
            nothing = await result(client.delete_recognizer(request=missing))
            assert nothing == types.Recognizer()

    async def test_are_listed_page_by_page_in_the_order_of_their_names(self, emulator: Emulator) -> None:
        async with bare_client(emulator.address) as client:
            for name in ("c-third", "a-first", "b-second"):
                await client.create_recognizer(
                    parent=PARENT, recognizer=types.Recognizer(), recognizer_id=name
                )
            pages = await client.list_recognizers(
                request=types.ListRecognizersRequest(parent=PARENT, page_size=2)
            )
            names = [
                [item.name.rpartition("/")[2] for item in page.recognizers] async for page in pages.pages
            ]
        assert names == [["a-first", "b-second"], ["c-third"]]

    async def test_are_checked_and_not_created_if_only_that_is_wanted(self, emulator: Emulator) -> None:
        async with bare_client(emulator.address) as client:
            wish = types.CreateRecognizerRequest(
                parent=PARENT, recognizer={}, recognizer_id="mine", validate_only=True
            )
            assert (await result(client.create_recognizer(request=wish))).name.endswith("/mine")
            with pytest.raises(exceptions.NotFound) as refusal:
                await client.get_recognizer(name=f"{PARENT}/recognizers/mine")
        assert refusal.value.message == f"Unable to find Recognizer mine from project {NUMBER}."

    async def test_that_cannot_be_are_refused(self) -> None:
        async with (
            Emulator(Coded(), limits=Limits(recognizers=1)) as emulator,
            bare_client(emulator.address) as client,
        ):

            async def create(name: str) -> None:
                await client.create_recognizer(
                    parent=PARENT, recognizer=types.Recognizer(), recognizer_id=name
                )

            with pytest.raises(exceptions.InvalidArgument, match="4-63 characters"):
                await create("Mine")
            await create("mine")
            with pytest.raises(exceptions.AlreadyExists, match="mine already exists"):
                await create("mine")
            with pytest.raises(exceptions.ResourceExhausted, match="RecognizersPerProjectPerRegion"):
                await create("another")
            with pytest.raises(exceptions.Aborted, match="etag"):
                await client.delete_recognizer(
                    request=types.DeleteRecognizerRequest(name=f"{PARENT}/recognizers/mine", etag="old")
                )
            with pytest.raises(exceptions.Aborted, match="etag"):  # it is not missing
                await client.delete_recognizer(
                    request=types.DeleteRecognizerRequest(
                        name=f"{PARENT}/recognizers/mine", etag="old", allow_missing=True
                    )
                )
            for bad in ("projects/p", "locations/global"):
                with pytest.raises(exceptions.InvalidArgument, match="Invalid resource field value"):
                    await client.get_recognizer(name=bad)
            for token, size in (("x", 1), ("", -1)):
                listing = types.ListRecognizersRequest(parent=PARENT, page_size=size, page_token=token)
                with pytest.raises(exceptions.InvalidArgument, match="Invalid page_"):
                    await client.list_recognizers(request=listing)

    async def test_need_their_permissions(self) -> None:
        project = Project(permissions=frozenset({"speech.recognizers.get"}))
        async with (
            Emulator(Coded(), project=project) as emulator,
            bare_client(emulator.address) as client,
        ):
            with pytest.raises(exceptions.PermissionDenied, match=r"'speech\.recognizers\.list' denied"):
                await client.list_recognizers(parent=PARENT)
            with pytest.raises(exceptions.NotFound):
                await client.get_recognizer(name=f"{PARENT}/recognizers/mine")

    async def test_give_streams_their_configuration(self, emulator: Emulator) -> None:
        config = {
            "explicit_decoding_config": EXPLICIT,
            "model": "long",
            "language_codes": ["en-US"],
            "features": WORDS,
        }
        name = f"{PARENT}/recognizers/mine"
        audio = audio_requests(RECORDING.audio)
        async with bare_client(emulator.address) as client:
            await client.create_recognizer(
                parent=PARENT,
                recognizer=types.Recognizer(default_recognition_config=config),
                recognizer_id="mine",
            )
            # Its configuration is all that is needed: the stream has nothing but audio.
            first = types.StreamingRecognizeRequest(recognizer=name, audio=audio[0].audio)
            alone = await recognize(emulator.address, [first, *audio[1:]])
            # A configuration without a mask adds to it, one with a mask replaces what the mask names.
            added = config_request(recognizer=name, streaming_features={"interim_results": True})
            masked = types.StreamingRecognizeRequest(
                recognizer=name, streaming_config={"config": {}, "config_mask": "features"}
            )
            replaced = types.StreamingRecognizeRequest(
                recognizer=name,
                streaming_config={"config": {"language_codes": ["en-US"]}, "config_mask": "*"},
            )
            both = await recognize(emulator.address, [added, *audio])
            bare_words = await recognize(emulator.address, [masked, *audio])
            with pytest.raises(exceptions.InvalidArgument, match="decoding_config"):
                await recognize(emulator.address, [replaced, *audio[:1]])
            await client.delete_recognizer(name=name)
            with pytest.raises(exceptions.NotFound, match="Unable to find Recognizer mine"):
                await recognize(emulator.address, [first])
        assert [len(item.results[0].alternatives[0].words) for item in alone] == [5, 5]
        assert len(both) == 12
        assert both[-1].results[0].alternatives[0].words
        assert [len(item.results[0].alternatives[0].words) for item in bare_words] == [0, 0]

    async def test_have_their_lists_replaced_as_a_whole(self, emulator: Emulator) -> None:
        name = f"{PARENT}/recognizers/mine"
        config = {"language_codes": ["de-DE", "fr-FR"]}
        async with bare_client(emulator.address) as client:
            await client.create_recognizer(
                parent=PARENT,
                recognizer=types.Recognizer(default_recognition_config=config),
                recognizer_id="mine",
            )
        audio = audio_requests(RECORDING.audio)
        (first, *_) = await recognize(emulator.address, [config_request(recognizer=name), *audio])
        assert first.results[0].language_code == "en-us"


class TestPages:
    # Python refuses to read numbers of more than 4,300 digits.
    @pytest.mark.parametrize("token", ["9" * 5_000, "x", "-1", "\u0663"])
    async def test_a_page_token_that_is_none_is_an_invalid_argument(
        self, emulator: Emulator, token: str
    ) -> None:
        async with bare_client(emulator.address) as client:
            with pytest.raises(exceptions.InvalidArgument):
                await client.list_recognizers(
                    request=types.ListRecognizersRequest(parent=PARENT, page_token=token)
                )
            with pytest.raises(exceptions.InvalidArgument):
                await client.list_locations(
                    locations_pb2.ListLocationsRequest(name="projects/p", page_token=token)
                )


class TestOtherMethods:
    async def test_are_unimplemented_and_say_what_to_use_instead(self, emulator: Emulator) -> None:
        async with bare_client(emulator.address) as client:
            with pytest.raises(exceptions.MethodNotImplemented) as refusal:
                await client.batch_recognize(request=types.BatchRecognizeRequest())
            with pytest.raises(exceptions.MethodNotImplemented, match="does not serve ListPhraseSets"):
                await client.list_phrase_sets(parent=PARENT)
        assert refusal.value.message == (
            "The emulator does not serve BatchRecognize. "
            "Use StreamingRecognize, or Recognize for up to a minute of audio."
        )

    async def test_need_credentials_too_where_they_are_needed(self) -> None:
        project = Project(access_token="t")
        async with (
            Emulator(Coded(), project=project) as emulator,
            bare_client(emulator.address) as client,
        ):
            with pytest.raises(exceptions.Unauthenticated):
                await client.list_recognizers(parent=PARENT)
            metadata = [("authorization", "Bearer t")]
            pager = await client.list_recognizers(parent=PARENT, metadata=metadata)
            assert [item async for item in pager] == []


class TestFeatures:
    async def test_alternatives_come_as_many_as_wanted_and_the_first_alone_is_sure(self) -> None:
        said = Utterance("for two", confidence=0.75, alternatives=("four two", "for you"))
        async with Emulator(Scripted(said)) as emulator:
            for wanted, count in ((0, 1), (1, 1), (2, 2), (30, 3)):
                message = request(bytes(96_000), features={"max_alternatives": wanted, **WORDS})
                (result,) = (await recognized(emulator, message)).results
                texts = [alternative.transcript for alternative in result.alternatives]
                assert texts == ["for two", "four two", "for you"][:count]
                assert [item.confidence for item in result.alternatives] == [0.75, 0.0, 0.0][:count]
                assert all(len(item.words) == 2 for item in result.alternatives)

    async def test_profanities_are_masked_if_they_are_to_be(self) -> None:
        async with Emulator(Scripted("oh Shit a shitake")) as emulator:
            plain = await recognized(emulator, request(bytes(96_000)))
            masked = await recognized(
                emulator, request(bytes(96_000), features={"profanity_filter": True, **WORDS})
            )
        assert plain.results[0].alternatives[0].transcript == "oh Shit a shitake"
        assert masked.results[0].alternatives[0].transcript == "oh S*** a shitake"
        assert masked.results[0].alternatives[0].words[1].word == "S***"

    async def test_texts_are_normalised_one_entry_after_the_other(self) -> None:
        entries = [
            {"search": "Colour", "replace": r"color\1"},
            {"search": "COLOR", "replace": "hue", "case_sensitive": True},
            {"search": "two", "replace": "2"},
        ]
        async with Emulator(Scripted("the colour of two")) as emulator:
            message = request(bytes(96_000), transcript_normalization={"entries": entries})
            (result,) = (await recognized(emulator, message)).results
        assert result.alternatives[0].transcript == r"the color\1 of 2"
