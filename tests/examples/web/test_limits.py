"""What a page may not do, and the words in which it is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from asyncspeech.emulator import Abort, Coded, Emulator, Faults, coded
from examples.web.limits import Limits
from examples.web.pace import Pace
from examples.web.protocol import HEADER
from tests.examples.web.service import serving, until
from tests.examples.web.tab import Tab

if TYPE_CHECKING:
    from tests.examples.web.service import Service

RATE = 16_000
SECOND = bytes(2 * RATE)
START = json.dumps({"type": "start", "sample_rate_hertz": RATE})


async def told(service: Service, *messages: str | bytes) -> tuple[dict[str, Any], int | None]:
    """The last that a page hears which says this, and the code with which it is closed."""
    heard: dict[str, Any] = {}
    async with connect(service.url, origin=service.origin, proxy=None) as socket:  # type: ignore[arg-type] # a str
        for message in messages:
            await socket.send(message)
        with pytest.raises(ConnectionClosed):
            while True:
                heard = json.loads(await socket.recv())
    return heard, socket.close_code


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://evil.example",
        "http://127.0.0.1:1",
        "https://127.0.0.1:{port}",
        "http://localhost",
    ],
)
async def test_a_page_of_another_origin_gets_no_socket(emulator: Emulator, origin: str | None) -> None:
    async with serving(emulator.address) as service:
        given_origin: Any = origin and origin.format(port=service.port)
        with pytest.raises(InvalidStatus) as refused:
            await connect(service.url, origin=given_origin, proxy=None)
        assert refused.value.response.status_code == 403
        assert service.conversations.live == ()


async def test_a_page_of_an_origin_that_was_named_gets_a_socket(emulator: Emulator) -> None:
    named: Any = "https://captions.example"
    async with serving(emulator.address, origins=[named]) as service:
        async with connect(service.url, origin=named, proxy=None) as socket:
            await socket.send(START)
            assert json.loads(await socket.recv())["type"] == "started"


async def test_behind_a_proxy_origins_and_addresses_are_those_of_the_browser(emulator: Emulator) -> None:
    async with serving(emulator.address, limits=Limits(conversations_per_address=1)) as service:

        def page(address: str) -> connect:
            own: Any = service.origin.replace("http", "https")
            headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": address}
            return connect(service.url, origin=own, additional_headers=headers, proxy=None)

        async with page("192.0.2.1") as first, page("192.0.2.2") as second, page("192.0.2.1") as third:
            answers = []
            for socket in (first, second, third):
                await socket.send(START)
                answers.append(json.loads(await socket.recv()))
        assert [answer["type"] for answer in answers] == ["started", "started", "ended"]
        assert answers[2]["code"] == "TOO_MANY_HERE"


async def test_a_name_that_somebody_pointed_here_is_refused_though_the_origin_has_it(
    emulator: Emulator,
) -> None:
    async with serving(emulator.address, hosts=["captions.example"]) as service:
        with pytest.raises(InvalidStatus) as refused:
            await connect(service.url, origin=service.origin, proxy=None)  # type: ignore[arg-type] # a str
        assert refused.value.response.status_code == 400


async def test_a_message_that_is_too_large_is_told_of(emulator: Emulator) -> None:
    async with serving(emulator.address, limits=Limits(message_bytes=1_000)) as service:
        ending, code = await told(service, START, HEADER.pack(0) + bytes(1_000))
        assert (ending["code"], code) == ("TOO_BIG", 1009)
        assert ending["message"]
        assert service.conversations.live == ()


async def test_a_message_that_is_much_too_large_is_not_even_read(emulator: Emulator) -> None:
    async with serving(emulator.address, limits=Limits(message_bytes=1_000)) as service:
        _, code = await told(service, START, bytes(10_000))
        assert code == 1009


async def test_audio_that_comes_too_fast_ends_the_conversation_after_what_was_taken(
    emulator: Emulator,
) -> None:
    recording = coded.encode(40, sample_rate_hertz=RATE)
    async with serving(emulator.address, limits=Limits(speed=1, burst_seconds=6)) as service:
        tab = Tab(service, recording)
        await tab.speak()
        assert tab.ended is not None
        assert (tab.ended["code"], tab.close_code) == ("TOO_FAST", 1008)
        heard = len(tab.words)
        assert tab.words[:-1] == [f"w{number}" for number in range(heard - 1)]  # the last may be cut
        assert 5.5 < tab.taken / RATE < 8


async def test_what_a_page_kept_may_come_at_once_after_a_drop(emulator: Emulator) -> None:
    limits = Limits(speed=1)
    recording = coded.encode(65, sample_rate_hertz=RATE)
    assert limits.kept_seconds < recording.duration < limits.burst_seconds
    async with serving(emulator.address, limits=limits) as service:
        tab = Tab(service, recording)
        await tab.speak()
        assert tab.score.is_perfect


@given(
    speed=st.floats(0.5, 4),
    burst=st.floats(0, 60),
    chunks=st.lists(st.tuples(st.floats(0, 5), st.floats(0, 20)), max_size=40),
)
def test_no_more_audio_comes_in_any_time_than_the_pace_allows(
    speed: float, burst: float, chunks: list[tuple[float, float]]
) -> None:
    pace, now = Pace(speed, burst, 0.0), 0.0
    taken: list[tuple[float, float]] = []
    for pause, seconds in chunks:
        now += pause
        if pace.allows(seconds, now):
            taken.append((now, seconds))
    for first, (since, _) in enumerate(taken):
        for last in range(first, len(taken)):
            came = sum(seconds for _, seconds in taken[first : last + 1])
            assert came <= burst + (taken[last][0] - since) * speed + 1e-6


@given(chunks=st.lists(st.floats(0.01, 2), max_size=50))
def test_audio_at_the_pace_of_speech_is_never_too_fast(chunks: list[float]) -> None:
    pace, now = Pace(1.0, 3.0, 0.0), 0.0
    for seconds in chunks:
        now += seconds
        assert pace.allows(seconds, now)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(conversations_per_address=1), "TOO_MANY_HERE"),
        (Limits(conversations=1), "TOO_MANY"),
    ],
)
async def test_above_the_limits_a_page_is_told_to_wait(
    emulator: Emulator, limits: Limits, why: str
) -> None:
    async with serving(emulator.address, limits=limits) as service:
        tab = Tab(service, coded.encode(2))
        async with tab.connect() as socket:
            await tab.begin(socket)
            ending, code = await told(service, START)
            assert (ending["code"], code) == (why, 1013)
            assert ending["hint"]
        await tab.speak()
        await until(lambda: not service.conversations.live)
        later = Tab(service, coded.encode(2))
        await later.speak()
        assert later.score.is_perfect


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["no json"], "NOT_OURS"),
        (["[" * 10_000], "NOT_OURS"),
        (["[]"], "NOT_OURS"),
        (['{"type": "start"}'], "NOT_OURS"),
        (['{"type": "start", "sample_rate_hertz": true}'], "NOT_OURS"),
        (['{"type": "start", "sample_rate_hertz": -1}'], "NOT_OURS"),
        (['{"type": "resume", "captions": 0}'], "NOT_OURS"),
        (['{"type": "resume", "captions": 0, "token": "guessed"}'], "GONE"),
        (['{"type": "stop", "position": 0}'], "NO_BEGINNING"),
        ([HEADER.pack(0) + SECOND[:100]], "NO_BEGINNING"),
        ([START, START], "NOT_OURS"),
        ([START, b""], "NOT_OURS"),
        ([START, HEADER.pack(0) + b"odd"], "NOT_OURS"),
        ([START, HEADER.pack(1) + b"\0\0"], "OUT_OF_PLACE"),
        ([START, HEADER.pack(2**64 - 1) + b"\0\0"], "OUT_OF_PLACE"),
        ([START, '{"type": "stop", "position": 1}'], "OUT_OF_PLACE"),
        (['{"type": "start", "sample_rate_hertz": 7}'], "CONFIGURATION"),
        (['{"type": "start", "sample_rate_hertz": 96000}'], "CONFIGURATION"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(
    emulator: Emulator, messages: list[str | bytes], code: str
) -> None:
    async with serving(emulator.address) as service:
        ending, _ = await told(service, *messages)
        assert (ending["type"], ending["code"]) == ("ended", code)
        assert ending["message"]
        assert "Traceback" not in str(ending)
        await until(lambda: not service.conversations.live)


async def test_a_socket_that_says_nothing_is_closed(emulator: Emulator) -> None:
    async with serving(emulator.address, limits=Limits(first_message_seconds=0.05)) as service:
        ending, code = await told(service)
        assert (ending["code"], code) == ("NO_BEGINNING", 1008)


async def test_a_conversation_without_audio_ends_with_what_was_said_before(emulator: Emulator) -> None:
    recording = coded.encode(3, sample_rate_hertz=RATE)
    async with serving(emulator.address, limits=Limits(silent_seconds=1)) as service:
        tab = Tab(service, recording)
        async with tab.connect() as socket:
            await tab.begin(socket)
            await tab.send_all(socket)
            await tab.hear_all(socket)
        assert tab.ended is not None
        assert (tab.ended["code"], tab.close_code) == ("SILENT", 1000)
        assert tab.score.is_perfect


async def test_a_page_that_stays_away_finds_its_captions_and_why_it_was_ended(
    emulator: Emulator,
) -> None:
    recording = coded.encode(3, sample_rate_hertz=RATE)
    async with serving(emulator.address, limits=Limits(silent_seconds=1)) as service:
        tab = Tab(service, recording)
        async with tab.connect() as socket:
            await tab.begin(socket)
            conversation = service.conversations.live[0]
            await tab.send_all(socket)
            await until(lambda: conversation.position == len(recording.audio) // 2)
        await until(lambda: not service.conversations.live)
        await tab.speak()
        assert tab.ended is not None
        assert tab.ended["code"] == "AWAY"
        assert tab.score.is_perfect


async def test_no_conversation_lasts_for_ever(emulator: Emulator) -> None:
    async with serving(emulator.address, limits=Limits(conversation_seconds=0.5)) as service:
        tab = Tab(service, coded.encode(40))
        await tab.speak(pace=2)
        assert tab.ended is not None
        assert (tab.ended["code"], tab.close_code) == ("TOO_LONG", 1000)
        assert tab.taken < 3 * RATE


async def test_what_the_session_fails_with_is_told_with_its_hint_and_what_was_lost() -> None:
    faults = Faults(Abort("PERMISSION_DENIED", stream=1, at=1.0))
    async with Emulator(Coded(), faults=faults) as emulator, serving(emulator.address) as service:
        tab = Tab(service, coded.encode(20))
        await tab.speak(pace=4)
        assert tab.ended is not None
        assert (tab.ended["code"], tab.close_code) == ("PERMISSION_DENIED", 1011)
        assert tab.ended["hint"]
        assert tab.ended["lost_seconds"] > 0


async def test_a_mistake_of_ours_ends_one_conversation_in_words_and_no_other(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(emulator.address) as service:
        broken, whole = Tab(service, coded.encode(5)), Tab(service, coded.encode(5))
        async with broken.connect() as socket:
            await broken.begin(socket)
            conversation = service.conversations.live[0]

            def fail(event: object) -> None:
                raise ZeroDivisionError(event)

            monkeypatch.setattr(conversation, "_note", fail)
            await broken.send(socket, 0, RATE)
            await broken.hear_all(socket)
        assert broken.ended is not None
        assert (broken.ended["code"], broken.close_code) == ("INTERNAL", 1011)
        assert "ZeroDivision" not in str(broken.told)
        await whole.speak()
        assert whole.score.is_perfect
