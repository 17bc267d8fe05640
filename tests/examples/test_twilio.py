"""`examples/twilio`: simulated calls, whose words are counted."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from asyncspeech import Client
from asyncspeech.emulator import Abort, Coded, Emulator, Faults, coded
from examples.twilio import simulator, switchboard
from examples.twilio.door import Doorkeeper, listen, signature
from examples.twilio.messages import InOrder
from tests.examples.programs import PATIENCE, run, running, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from asyncspeech.emulator.coded import CodedRecording

TALK = coded.encode(20, sample_rate_hertz=8_000)
OTHER = coded.encode(15, first=500, sample_rate_hertz=8_000, pause_seconds=1.0)
PACE = 20.0
PUBLIC_URL = "wss://voice.example.com/calls"

_LINE = re.compile(r"(?P<call>CA\w+) +(?P<at>[\d.]+) s  (?P<track>\w+) +(?P<text>.*)")


@dataclass(frozen=True)
class Sentence:
    at: float
    words: list[str]


def sentences(printed: str) -> dict[tuple[str, str], list[Sentence]]:
    """What was written down, by call and track."""
    told: dict[tuple[str, str], list[Sentence]] = {}
    for line in printed.splitlines():
        if found := _LINE.fullmatch(line):
            sentence = Sentence(float(found["at"]), found["text"].split())
            told.setdefault((found["call"], found["track"]), []).append(sentence)
    return told


def score_of(told: list[Sentence], talk: CodedRecording) -> coded.CodedScore:
    return coded.score(talk, [(word, None, None) for sentence in told for word in sentence.words])


def assert_times_are_true(told: list[Sentence], talk: CodedRecording) -> None:
    """Each sentence began when its first whole word was spoken, to the hundredth that is printed."""
    starts = {word.text: word.start / talk.sample_rate_hertz for word in talk.words}
    for sentence in told:
        if sentence.words[0] in starts:
            assert sentence.at == pytest.approx(starts[sentence.words[0]], abs=0.006)


@asynccontextmanager
async def serving(
    emulator: Emulator, *, auth_token: str = "", most_calls: int = 100
) -> AsyncIterator[str]:
    """The server in this process; its address."""
    async with Client(emulator_host=emulator.address) as client:
        board = switchboard.Switchboard(client, switchboard.telephone("en-US"))
        doorkeeper = Doorkeeper(PUBLIC_URL, auth_token, most_calls)
        async with listen(board, doorkeeper, "127.0.0.1", 0) as server:
            yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/calls"


class TestACall:
    async def test_both_sides_are_written_down_as_they_were_said(
        self, tmp_path: Path, emulator: Emulator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        recording = write(tmp_path / "call.wav", TALK, OTHER)
        async with serving(emulator) as url:
            await simulator.call(url, recording, pace=PACE, digits="4#")
        printed = capsys.readouterr().out
        told = sentences(printed)
        ((call, _), *_) = told
        assert set(told) == {(call, track) for track in ("inbound", "outbound", "keypad")}
        for track, talk in (("inbound", TALK), ("outbound", OTHER)):
            assert score_of(told[call, track], talk).is_perfect
            assert_times_are_true(told[call, track], talk)
        assert [key.words for key in told[call, "keypad"]] == [["4"], ["#"]]
        assert printed.splitlines()[0] == f"{call} began: inbound, outbound"
        assert printed.splitlines()[-1] == f"{call} ended"

    async def test_the_mu_law_goes_to_the_service_as_it_came(
        self, tmp_path: Path, emulator: Emulator
    ) -> None:
        recording = write(tmp_path / "call.wav", TALK)
        async with serving(emulator) as url:
            await simulator.call(url, recording, pace=PACE)
        frames = len(TALK.samples)
        whole_messages = -(-frames // 160) * 160
        assert sum(stream.audio_bytes for stream in emulator.streams) == whole_messages

    async def test_messages_out_of_order_and_twice_lose_and_repeat_no_word(
        self, tmp_path: Path, emulator: Emulator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        recording = write(tmp_path / "call.wav", TALK)
        trouble = simulator.Trouble(repeat=0.1, swap=0.1, seed=1)
        async with serving(emulator) as url:
            await simulator.call(url, recording, pace=PACE, trouble=trouble)
        (told,) = sentences(capsys.readouterr().out).values()
        assert score_of(told, TALK).is_perfect
        assert_times_are_true(told, TALK)

    async def test_what_is_lost_on_the_way_is_told_and_all_other_words_and_times_are_true(
        self,
        tmp_path: Path,
        emulator: Emulator,
        capsys: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        talk = coded.encode(60, sample_rate_hertz=8_000)
        recording = write(tmp_path / "call.wav", talk)
        trouble = simulator.Trouble(lose=0.02, seed=3)
        async with serving(emulator) as url:
            await simulator.call(url, recording, pace=PACE, trouble=trouble)
        (told,) = sentences(capsys.readouterr().out).values()
        timed = simulator.messages_of({"inbound": bytes(len(talk.samples))}, sid="")
        came = {message["sequenceNumber"] for _, message in trouble.befall(timed)}
        gone = [round(at * 8_000) for at, message in timed if message["sequenceNumber"] not in came]
        hurt = {
            word.text
            for word in talk.words
            if any(word.start < at + 160 and at < word.end for at in gone)
        }
        heard = [word for sentence in told for word in sentence.words]
        assert [word for word in heard if not word.endswith("~")] == [
            word.text for word in talk.words if word.text not in hurt
        ]
        assert {word.rstrip("~") for word in heard if word.endswith("~")} <= hurt
        assert 5 < len(gone) == caplog.text.count("are missing")
        assert f"{len(gone)} messages did not come" in caplog.text
        assert_times_are_true(told, talk)

    async def test_a_call_ends_although_the_last_before_the_end_never_comes(
        self, emulator: Emulator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        async with serving(emulator) as url, connect(url, compression=None) as socket:
            for message in (start(), media(), {"event": "stop", "sequenceNumber": "4"}):
                await socket.send(json.dumps(message))
            async with asyncio.timeout(PATIENCE):
                await socket.wait_closed()
        assert socket.close_code == 1000
        assert capsys.readouterr().out.splitlines() == ["CA1 began: inbound", "CA1 ended"]

    async def test_a_connection_that_breaks_off_loses_nothing_that_came(
        self, tmp_path: Path, emulator: Emulator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        recording = write(tmp_path / "call.wav", TALK)
        trouble = simulator.Trouble(cut_off=True)
        async with serving(emulator) as url:
            await simulator.call(url, recording, pace=PACE, trouble=trouble)
        printed = capsys.readouterr().out
        (told,) = sentences(printed).values()
        assert score_of(told, TALK).is_perfect
        assert "was cut off" in printed.splitlines()[-1]

    async def test_many_calls_at_once_keep_their_words_apart(
        self, tmp_path: Path, emulator: Emulator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        recordings = [
            write(tmp_path / f"{n}.wav", coded.encode(8, first=100 * n, sample_rate_hertz=8_000))
            for n in range(12)
        ]
        async with serving(emulator) as url, asyncio.TaskGroup() as calls:
            for recording in recordings:
                calls.create_task(simulator.call(url, recording, pace=4.0))
        told = sentences(capsys.readouterr().out)
        assert sorted(
            [word for line in lines for word in line.words] for lines in told.values()
        ) == sorted([f"w{100 * n + word}" for word in range(8)] for n in range(12))


class TestWhoMayCall:
    def test_the_signature_is_that_of_twilios_own_libraries(self) -> None:
        # The vector of their tests: of a POST, what is signed is the address and then the parameters.
        url = "https://mycompany.com/myapp.php?foo=1&bar=2"
        posted = "CallSidCA1234567890ABCDECaller+14158675309Digits1234From+14158675309To+18005551212"
        assert signature(url + posted, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X-Twilio-Signature": ""},
            {"X-Twilio-Signature": signature(PUBLIC_URL, "another")},
            {"X-Twilio-Signature": signature(PUBLIC_URL + "/", "secret")},
            [("X-Twilio-Signature", signature(PUBLIC_URL, "secret"))] * 2,
        ],
    )
    async def test_who_has_no_signature_of_this_address_is_refused(
        self, emulator: Emulator, headers: Any
    ) -> None:
        async with serving(emulator, auth_token="secret") as url:
            with pytest.raises(InvalidStatus) as refusal:
                async with connect(url, additional_headers=headers):
                    pass
        assert refusal.value.response.status_code == 403

    async def test_who_has_it_is_heard(
        self, tmp_path: Path, emulator: Emulator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        signed = signature(PUBLIC_URL, "secret")
        recording = write(tmp_path / "call.wav", TALK)
        async with serving(emulator, auth_token="secret") as url:
            await simulator.call(url, recording, pace=PACE, signature=signed)
        (told,) = sentences(capsys.readouterr().out).values()
        assert score_of(told, TALK).is_perfect

    async def test_one_call_too_many_and_other_paths_are_refused(self, emulator: Emulator) -> None:
        async with serving(emulator, most_calls=1) as url, connect(url):
            for address, status in ((url, 503), (url + "/others", 404)):
                with pytest.raises(InvalidStatus) as refusal:
                    async with connect(address):
                        pass
                assert refusal.value.response.status_code == status

    async def test_others_than_this_machine_are_not_listened_to_without_a_token(
        self, tmp_path: Path
    ) -> None:
        code, _, err = await run("twilio", "--host", "0.0.0.0", home=tmp_path)  # noqa: S104 - refused
        assert code == 2
        assert "TWILIO_AUTH_TOKEN" in err


def start(**changes: object) -> dict[str, Any]:
    content = {
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    }
    return {"event": "start", "sequenceNumber": "1", "start": content | changes}


def media(**changes: object) -> dict[str, Any]:
    content = {"track": "inbound", "timestamp": "0", "payload": base64.b64encode(bytes(160)).decode()}
    return {"event": "media", "sequenceNumber": "2", "media": content | changes}


class TestWhatIsNoCall:
    @pytest.mark.parametrize(
        ("frames", "code", "reason"),
        [
            ([b"\x00"], 1003, "text"),
            (["{"], 1007, "JSON"),
            (["[" * 5_000], 1007, "JSON"),
            (["[]"], 1007, "no event"),
            ([{"event": "stop"}], 1007, "sequenceNumber"),
            ([{"event": "stop", "sequenceNumber": "1"}], 1008, "start"),
            ([{"event": "start", "sequenceNumber": "1"}], 1007, "no start"),
            ([start(mediaFormat={"encoding": "audio/l16", "sampleRate": 8000})], 1003, "mu-law"),
            ([start(tracks=[])], 1007, "tracks"),
            ([start(tracks=[["inbound"]])], 1007, "tracks"),
            ([start(callSid="x\ny")], 1007, "SID"),
            ([start(), media(track="outbound")], 1008, "not announced"),
            ([start(), media(track={})], 1008, "not announced"),
            ([start(), media(payload="?")], 1007, "base64"),
            ([start(), media(payload=7)], 1007, "base64"),
            ([start(), media(timestamp="soon")], 1007, "timestamp"),
            ([start(), media(timestamp=-1)], 1007, "negative"),
            ([start(), media(timestamp="999999999")], 1008, "later"),
            ([start(), '{"event":"media","sequenceNumber":Infinity}'], 1007, "sequenceNumber"),
            (["x" * 20_000], 1009, ""),
        ],
    )
    async def test_is_told_what_is_wrong_with_it(
        self, emulator: Emulator, frames: list[Any], code: int, reason: str
    ) -> None:
        async with serving(emulator) as url, connect(url, compression=None) as socket:
            for frame in frames:
                await socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)
            async with asyncio.timeout(PATIENCE):
                await socket.wait_closed()
        assert socket.close_code == code
        assert reason in (socket.close_reason or "")

    async def test_who_does_not_begin_is_not_waited_for(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(switchboard, "START_TIMEOUT", 0.1)
        async with serving(emulator) as url, connect(url) as socket:
            async with asyncio.timeout(PATIENCE):
                await socket.wait_closed()
        assert (socket.close_code, socket.close_reason) == (1008, "there was no start")

    async def test_a_refusal_of_the_service_ends_the_call_and_is_logged_without_a_word(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        recording = write(tmp_path / "call.wav", TALK)
        async with (
            Emulator(Coded(), faults=Faults(Abort(code="PERMISSION_DENIED"))) as emulator,
            serving(emulator) as url,
        ):
            with pytest.raises(ConnectionClosed) as closed:
                await simulator.call(url, recording, pace=1.0)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1011, "PERMISSION_DENIED")
        assert "PERMISSION_DENIED" in caplog.text
        assert "w0" not in caplog.text


@given(count=st.integers(1, 60), lost=st.sets(st.integers(1, 60)), lot=st.randoms(use_true_random=False))
def test_messages_come_out_in_order_and_once_whatever_becomes_of_them(
    count: int, lost: set[int], lot: Any
) -> None:
    """Each is up to five places late, and some come twice."""
    sent = [number for number in range(1, count + 1) if number not in lost]
    twice = [number for number in sent if lot.random() < 0.2]
    arriving = sorted([*sent, *twice], key=lambda number: number + lot.uniform(0, 4))
    order = InOrder()
    given_out = [message["n"] for number in arriving for message in order.take(number, {"n": number})]
    while order.is_waiting:
        given_out += [message["n"] for message in order.give_up()]
    assert given_out == sent
    assert order.repeated == len(twice)
    assert order.missing == (max(sent) - len(sent) if sent else 0)


class TestTheProgram:
    async def test_sigterm_hangs_up_and_writes_down_what_was_said_until_then(
        self, tmp_path: Path, emulator: Emulator
    ) -> None:
        recording = write(tmp_path / "call.wav", coded.encode(400, sample_rate_hertz=8_000))
        async with running("twilio", "--port", 0, home=tmp_path, service=emulator.address) as program:
            port = (await program.line_with("listening")).split()[-1]
            url = f"ws://127.0.0.1:{port}/calls"
            calling = asyncio.create_task(simulator.call(url, recording, pace=4.0))
            first = await program.line_with("inbound   ")
            program.process.send_signal(signal.SIGTERM)
            out, _ = await program.end()
            with pytest.raises(ConnectionClosed):
                await calling
        (told,) = sentences(first + out).values()
        heard = [word for sentence in told for word in sentence.words]
        whole = [word for word in heard if not word.endswith("~")]
        assert whole == [f"w{number}" for number in range(len(whole))]
        assert len(heard) - len(whole) <= 1  # the one in which it was cut
        assert program.code == 0
