"""What becomes of a call before and after a method has had it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest

if TYPE_CHECKING:
    from asyncspeech.emulator import Emulator

SPEECH = "/google.cloud.speech.v2.Speech"
NO_MESSAGE = b"\x1a\xff"


class TestBytes:
    async def test_a_request_that_cannot_be_parsed_is_an_invalid_argument_and_no_error_of_ours(
        self, emulator: Emulator, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with grpc.aio.insecure_channel(emulator.address) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as unary:
                await channel.unary_unary(f"{SPEECH}/GetRecognizer")(NO_MESSAGE)
            with pytest.raises(grpc.aio.AioRpcError) as stream:
                call = channel.stream_stream(f"{SPEECH}/StreamingRecognize")(iter([NO_MESSAGE]))
                assert [response async for response in call] == []
        for refusal in (unary.value, stream.value):
            assert refusal.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert refusal.details() == "The request cannot be parsed."
        assert not caplog.records
