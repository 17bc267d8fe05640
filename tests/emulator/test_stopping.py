"""An emulator that stops while it is used."""

from __future__ import annotations

import pytest

from asyncspeech import Client, RetryPolicy, SessionConfig, StreamLostError
from asyncspeech.emulator import Coded, Emulator, coded

IMPATIENT = SessionConfig(retry=RetryPolicy(max_outage=0.2))


@pytest.mark.usefixtures("no_task_is_left")
async def test_its_streams_have_ended_when_it_has_stopped(caplog: pytest.LogCaptureFixture) -> None:
    async with Emulator(Coded()) as emulator:
        client = Client(emulator_host=emulator.address)
        with pytest.raises(StreamLostError):
            async with client, client.session(IMPATIENT) as session:
                await session.send(coded.encode(10).audio)
                await anext(aiter(session))
                await emulator.__aexit__(None, None, None)
                streams = emulator.streams
                await session.wait()
    assert [(stream.status, stream.is_open) for stream in streams] == [("CANCELLED", False)]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
