"""What is served by plain HTTP: the page, transcripts, and headers that keep others out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

import examples.web
from asyncspeech.emulator import coded
from examples.web.limits import Limits
from tests.examples.web.service import serving, until
from tests.examples.web.tab import Tab

if TYPE_CHECKING:
    from asyncspeech.emulator import Emulator
    from tests.examples.web.service import Service

assert examples.web.__file__ is not None
STATIC = Path(examples.web.__file__).with_name("static")


async def get(service: Service, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"{service.origin}{path}", headers=headers)


async def transcript(service: Service, token: str, form: str = "txt") -> httpx.Response:
    return await get(service, f"/transcript.{form}", Authorization=f"Bearer {token}")


@pytest.mark.parametrize("path", ["/", "/app.js", "/nowhere", "/transcript.txt"])
async def test_every_answer_says_that_nothing_foreign_may_run(emulator: Emulator, path: str) -> None:
    async with serving(emulator.address) as service:
        headers = (await get(service, path)).headers
        policy = dict(part.split(maxsplit=1) for part in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == "'self'"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


async def test_a_page_by_another_name_is_refused(emulator: Emulator) -> None:
    async with serving(emulator.address) as service:
        assert (await get(service, "/", Host="rebound.example")).status_code == 400


def test_the_page_asks_nobody_else_for_anything() -> None:
    for file in STATIC.iterdir():
        addresses = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", file.read_text())
        assert [address for address in addresses if address != "http://www.w3.org"] == [], file.name
    page = (STATIC / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


async def test_a_transcript_can_be_had_during_the_conversation_and_after_it(emulator: Emulator) -> None:
    async with serving(emulator.address) as service:
        tab = Tab(service, coded.encode(7))
        await tab.speak()
        answer = await transcript(service, tab.token)
        assert answer.text.split() == tab.words
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"].startswith("text/plain")


async def test_nobody_gets_a_transcript_without_its_token(emulator: Emulator) -> None:
    async with serving(emulator.address) as service:
        tab = Tab(service, coded.encode(2))
        await tab.speak()
        assert len(tab.token) >= 43  # 256 bits
        for path in ("/transcript.txt", f"/transcript.txt?token={tab.token}"):
            assert (await get(service, path)).status_code == 404
        assert (await transcript(service, tab.token[:-1])).status_code == 404
        assert (await transcript(service, tab.token, "exe")).status_code == 404


async def test_transcripts_go_when_their_time_is_over_and_the_oldest_when_there_are_many(
    emulator: Emulator,
) -> None:
    async with serving(emulator.address, limits=Limits(transcripts=2)) as service:
        tabs = [Tab(service, coded.encode(1)) for _ in range(3)]
        for tab in tabs:
            await tab.speak()
        found = [(await transcript(service, tab.token)).status_code for tab in tabs]
        assert found == [404, 200, 200]
    async with serving(emulator.address, limits=Limits(transcript_seconds=0.05)) as service:
        tab = Tab(service, coded.encode(1))
        await tab.speak()
        kept = service.conversations._kept
        await until(lambda: not kept)
        assert (await transcript(service, tab.token)).status_code == 404


async def test_neither_tokens_nor_words_are_logged(
    emulator: Emulator, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level("DEBUG"):
        async with serving(emulator.address) as service:
            tab = Tab(service, coded.encode(1, first=4711))
            await tab.speak()
            await transcript(service, tab.token)
    out = "".join(capfd.readouterr()) + "\n".join(
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(("examples", "uvicorn"))
    )
    assert "/transcript.txt" in out
    assert tab.words == ["w4711"]
    assert tab.token not in out
    assert "w4711" not in out


async def test_a_load_balancer_is_told_how_many_speak(emulator: Emulator) -> None:
    async with serving(emulator.address) as service:
        tab = Tab(service, coded.encode(1))
        async with tab.connect() as socket:
            await tab.begin(socket)
            assert (await get(service, "/health")).text == "1 conversations\n"
