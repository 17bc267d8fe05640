"""The page in a real Chromium, whose microphone plays a file.

Coded audio comes through Chromium's capture to the bit where nothing resamples it, so words are counted
here as well. What the page recorded is read where it leaves the audio thread: if the browser itself
should lose a buffer on a busy machine, that shows there, and not as a fault of the page.
"""

from __future__ import annotations

import asyncio
import base64
import re
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import pytest_asyncio
import soundfile
import soxr
from playwright.async_api import async_playwright

from asyncspeech import Client
from asyncspeech.emulator import Coded, Emulator, coded
from examples.web.limits import Limits
from tests.examples.web.cutting import CuttingRelay
from tests.examples.web.service import serving, until
from tests.support.commands import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.xdist_group("chromium"),
    pytest.mark.asyncio(loop_scope="module"),
]

# Keeps what the audio thread sends to the page, and its states, of which some last a few milliseconds.
TAP = """
const Node = AudioWorkletNode;
window.recorded = [];
window.states = [];
new MutationObserver((changes) => states.push(...changes.map(({ target }) => target.dataset.state)))
  .observe(document, { attributeFilter: ["data-state"], subtree: true });
window.AudioWorkletNode = class extends Node {
  constructor(...given) {
    super(...given);
    this.port.addEventListener("message", ({ data }) => {
      if (data) recorded.push(btoa(String.fromCharCode(...new Uint8Array(data.buffer))));
    });
  }
};
"""
FAST = Limits(heartbeat_seconds=0.5)


class Microphone:
    """The file that Chromium takes for a microphone."""

    def __init__(self, path: Path, rate: int) -> None:
        self.rate = rate
        self._path = path

    def says(self, samples: Any) -> None:
        """Play this, from when the microphone is opened on, and then silence."""
        soundfile.write(self._path, samples, self.rate, subtype="PCM_16")

    def says_words(self, count: int, *, words_per_utterance: int = 4) -> coded.CodedRecording:
        """Play coded words."""
        recording = coded.encode(
            count, sample_rate_hertz=self.rate, words_per_utterance=words_per_utterance
        )
        self.says(recording.samples)
        return recording


class Captions:
    """A page, as somebody sees it who uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._seen = 0

    async def press(self, button: str) -> None:
        await self.page.get_by_role("button", name=button).click()

    async def state(self) -> str:
        """The state that it shows now."""
        return await self.page.locator("#state").get_attribute("data-state") or ""

    async def states(self) -> list[str]:
        """All states that it has shown."""
        states: list[str] = await self.page.evaluate("states")
        return states

    async def reaches(self, state: str, patience: float = 20) -> None:
        """Wait until it has shown a state, after those that were waited for before."""
        async with asyncio.timeout(patience):
            while state not in (later := (await self.states())[self._seen :]):
                await asyncio.sleep(0.02)
        self._seen += later.index(state) + 1

    async def words(self) -> list[str]:
        return " ".join(await self.page.locator("#captions li span").all_inner_texts()).split()

    async def shows(self, word: str, patience: float = 30) -> None:
        await (
            self.page.locator("#captions")
            .get_by_text(word, exact=False)
            .last.wait_for(timeout=patience * 1000)
        )

    async def alert(self) -> str:
        await self.page.get_by_role("alert").wait_for()
        return await self.page.get_by_role("alert").inner_text()

    async def has_recorded(self, seconds: float, patience: float = 60) -> None:
        """Wait until the page has recorded so much."""
        async with asyncio.timeout(patience):
            while await self.page.evaluate("recorded.length") < 10 * seconds:
                await asyncio.sleep(0.1)

    async def recorded(self) -> list[str]:
        """The words in what came from the audio thread."""
        chunks = [base64.b64decode(chunk) for chunk in await self.page.evaluate("recorded")]
        reader = coded.CodedReader()
        words = reader.read(np.frombuffer(b"".join(chunks), "<i2")) + reader.finish()
        return [word.text for word in words]

    async def is_complete(self, recording: coded.CodedRecording) -> None:
        """Every word that was recorded is shown once, in order; and they are the file's."""
        recorded = await self.recorded()
        assert await self.words() == recorded
        whole = {word for word in recorded if not word.endswith("~")}
        assert whole <= {word.text for word in recording.words}
        assert len(whole) >= 0.9 * len(recording.words)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[Browser, Microphone]]:
    """A browser, and its microphone at the rate at which it records."""
    path = tmp_path_factory.mktemp("microphone") / "speech.wav"
    soundfile.write(path, np.zeros(100, np.int16), 8_000, subtype="PCM_16")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={path}%noloop",
            ],
        )
        page = await browser.new_page()
        rate = await page.evaluate("new AudioContext().sampleRate")
        await page.close()
        yield browser, Microphone(path, rate)
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service_of_words() -> AsyncIterator[str]:
    async with Emulator(Coded()) as emulator:
        yield emulator.address


@pytest.fixture
def browser(chromium: tuple[Browser, Microphone]) -> Browser:
    return chromium[0]


@pytest.fixture
def microphone(chromium: tuple[Browser, Microphone]) -> Microphone:
    return chromium[1]


@asynccontextmanager
async def opened(
    browser: Browser, port: int, *, before: str = "", **context: Any
) -> AsyncGenerator[Captions, None]:
    """The page, which breaks none of its own rules and asks nobody else for anything."""
    async with await browser.new_context(**context) as tab:
        await tab.add_init_script(TAP + before)
        page = await tab.new_page()
        asked: list[str] = []
        troubles: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text) if "Policy" in line.text else None)
        own = f"http://127.0.0.1:{port}/"
        await page.goto(own)
        yield Captions(page)
        assert troubles == []
        assert [url for url in asked if not url.startswith((own, "blob:"))] == []


async def test_captions_are_the_words_that_were_spoken(
    service_of_words: str, browser: Browser, microphone: Microphone
) -> None:
    recording = microphone.says_words(12)
    async with serving(service_of_words) as service, opened(browser, service.port) as captions:
        assert await captions.state() == "idle"
        await captions.press("Start")
        await captions.shows("w11")
        await captions.press("Stop")
        await captions.reaches("done")
        await captions.is_complete(recording)
        assert await captions.states() == ["connecting", "live", "finishing", "done"]
        times = await captions.page.locator("#captions time").all_inner_texts()
        assert times == sorted(times)
        for button, suffix in (("Text", "txt"), ("SRT", "srt"), ("WebVTT", "vtt")):
            async with captions.page.expect_download() as download:
                await captions.press(button)
            assert (await download.value).suggested_filename == f"captions.{suffix}"
            text = (await (await download.value).path()).read_text()
            assert re.findall(r"\bw\d+\b", text) == await captions.words()


async def test_captions_of_speech_are_what_the_recording_gives(
    browser: Browser, microphone: Microphone
) -> None:
    pytest.importorskip("pocketsphinx", reason="recognises speech")
    weather = ROOT / "examples" / "audio" / "weather.flac"
    samples, rate = soundfile.read(weather, dtype="int16")
    microphone.says(soxr.resample(samples, rate, microphone.rate))
    async with Client.local() as client:
        said = await client.transcribe(weather)
    async with (
        serving("", connect=Client.local) as service,
        opened(browser, service.port) as captions,
    ):
        await captions.press("Start")
        await captions.shows("evening")
        await captions.press("Stop")
        await captions.reaches("done")
        assert await captions.words() == said.text.split()


async def test_no_word_is_lost_when_the_connection_is_dropped_again_and_again(
    service_of_words: str, browser: Browser, microphone: Microphone
) -> None:
    recording = microphone.says_words(24)
    async with (
        serving(service_of_words, limits=FAST) as service,
        CuttingRelay(service.port, iter([])).running() as relay,
        opened(browser, relay.port) as captions,
    ):
        await captions.press("Start")
        for word in ("w3", "w7", "w11", "w15"):
            await captions.shows(word)
            relay.cut()
            await captions.reaches("away")
            await captions.reaches("live")
        await captions.shows("w23")
        await captions.press("Stop")
        await captions.reaches("done")
        assert (await captions.states()).count("live") == 5
        await captions.is_complete(recording)


async def test_a_connection_that_is_dead_without_a_word_is_noticed(
    service_of_words: str, browser: Browser, microphone: Microphone
) -> None:
    recording = microphone.says_words(12)
    async with (
        serving(service_of_words, limits=FAST) as service,
        CuttingRelay(service.port, iter([])).running() as relay,
        opened(browser, relay.port) as captions,
    ):
        await captions.press("Start")
        await captions.shows("w3")
        relay.fall_silent()
        await captions.reaches("away", patience=5)
        await captions.reaches("live")
        await captions.shows("w11")
        await captions.press("Stop")
        await captions.reaches("done")
        await captions.is_complete(recording)


async def test_recording_stops_before_anything_kept_is_lost(
    service_of_words: str, browser: Browser, microphone: Microphone
) -> None:
    microphone.says_words(40)
    limits = Limits(kept_seconds=2, heartbeat_seconds=0.5)
    async with (
        serving(service_of_words, limits=limits) as service,
        CuttingRelay(service.port, iter([])).running() as relay,
        opened(browser, relay.port) as captions,
    ):
        await captions.press("Start")
        await captions.shows("w3")
        relay.refuses = True
        relay.cut()
        assert "recording was stopped" in await captions.alert()
        await captions.reaches("finishing")
        relay.refuses = False
        await captions.reaches("done")
        recorded = await captions.recorded()
        assert await captions.words() == recorded
        assert len(recorded) < 40


async def test_stop_without_a_connection_still_gives_the_last_words(
    service_of_words: str, browser: Browser, microphone: Microphone
) -> None:
    microphone.says_words(8)
    async with (
        serving(service_of_words, limits=FAST) as service,
        CuttingRelay(service.port, iter([])).running() as relay,
        opened(browser, relay.port) as captions,
    ):
        await captions.press("Start")
        await captions.shows("w3")
        relay.refuses = True
        relay.cut()
        await captions.reaches("away")
        await captions.has_recorded(4.5)
        await captions.press("Stop")
        relay.refuses = False
        await captions.reaches("done")
        assert await captions.words() == await captions.recorded()


async def test_many_tabs_at_once_each_show_what_they_heard(
    service_of_words: str, browser: Browser, microphone: Microphone
) -> None:
    recording = microphone.says_words(10)
    async with serving(service_of_words) as service:

        async def use(captions: Captions) -> None:
            await captions.press("Start")
            await captions.has_recorded(recording.duration)
            await captions.press("Stop")
            await captions.reaches("done")
            recorded = await captions.recorded()
            assert await captions.words() == recorded
            assert len(recorded) >= 3

        async with (
            opened(browser, service.port) as a,
            opened(browser, service.port) as b,
            opened(browser, service.port) as c,
            opened(browser, service.port) as d,
            opened(browser, service.port) as e,
            opened(browser, service.port) as f,
            opened(browser, service.port) as g,
            opened(browser, service.port) as h,
        ):
            await asyncio.gather(*map(use, (a, b, c, d, e, f, g, h)))


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (
            "async () => { throw new DOMException('', 'NotAllowedError'); }",
            "may not be used",
        ),
        ("async () => { throw new DOMException('', 'NotFoundError'); }", "no microphone"),
        (
            "async () => { throw new DOMException('', 'NotReadableError'); }",
            "gives nothing",
        ),
        ("undefined", "Open it by https"),
    ],
)
async def test_without_a_microphone_the_page_says_what_to_do(
    service_of_words: str, browser: Browser, trouble: str, words: str
) -> None:
    async with (
        serving(service_of_words) as service,
        opened(
            browser, service.port, before=f"navigator.mediaDevices.getUserMedia = {trouble}"
        ) as captions,
    ):
        await captions.press("Start")
        assert words in await captions.alert()
        assert await captions.page.get_by_role("button", name="Start").is_enabled()
        assert service.conversations.live == ()


KEEP_TRACK = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => (window.stream = await open(wanted));
"""


async def test_an_unplugged_microphone_ends_it_after_the_last_words(
    service_of_words: str, browser: Browser, microphone: Microphone
) -> None:
    microphone.says_words(4)
    async with (
        serving(service_of_words) as service,
        opened(browser, service.port, before=KEEP_TRACK) as captions,
    ):
        await captions.press("Start")
        await captions.shows("w3")
        await captions.page.evaluate("stream.getTracks()[0].dispatchEvent(new Event('ended'))")
        assert "microphone is gone" in await captions.alert()
        await captions.reaches("done")
        assert await captions.words() == await captions.recorded()


async def test_what_the_service_refuses_is_said_in_words(
    service_of_words: str, browser: Browser, microphone: Microphone
) -> None:
    microphone.says_words(1)
    async with (
        serving(service_of_words, limits=Limits(conversations=0)) as service,
        opened(browser, service.port) as captions,
    ):
        await captions.press("Start")
        assert "Try again later." in await captions.alert()
        await captions.reaches("failed")
        assert await captions.page.get_by_role("button", name="Start").is_enabled()


async def test_a_restart_gives_the_last_words_and_says_so(
    service_of_words: str, browser: Browser, microphone: Microphone
) -> None:
    microphone.says_words(4)
    async with serving(service_of_words) as service, opened(browser, service.port) as captions:
        await captions.press("Start")
        await captions.reaches("live")
        await until(lambda: service.conversations.live[0].interim)
        await service.conversations.drain()
        assert "restarted" in await captions.alert()
        assert (await captions.words())[0] == "w0"


async def test_it_can_be_used_by_keyboard_alone(
    service_of_words: str, browser: Browser, microphone: Microphone
) -> None:
    microphone.says_words(4)
    async with serving(service_of_words) as service, opened(browser, service.port) as captions:
        keyboard, focused = captions.page.keyboard, "document.activeElement.id"
        await keyboard.press("Tab")
        assert await captions.page.evaluate(focused) == "start"
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert await captions.page.evaluate(outline) == "solid"
        await keyboard.press("Enter")
        await captions.shows("w3")
        assert await captions.page.evaluate(focused) == "stop"
        await keyboard.press("Space")
        await captions.reaches("done")
        assert await captions.page.evaluate(focused) == "start"


# What WCAG 2 (1.4.3) asks of text: https://www.w3.org/TR/WCAG22/#contrast-minimum
CONTRAST = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return colour.endsWith(", 0)") && element.parentElement ? ground(element.parentElement) : colour;
  };
  const texts = "h1, #state, button, .level, #clock, .hint, #interim, time, .alert";
  return [...document.querySelectorAll(texts)]
    .map((element) => {
      const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
      return [element.id || element.tagName, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_and_can_be_read(service_of_words: str, browser: Browser, scheme: Any) -> None:
    async with (
        serving(service_of_words) as service,
        opened(browser, service.port, color_scheme=scheme) as captions,
    ):
        page = captions.page
        await page.evaluate(
            "for (const hidden of document.querySelectorAll('[hidden]')) hidden.hidden = false"
        )
        for width in (1280, 390, 320):
            await page.set_viewport_size({"width": width, "height": 700})
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
        for name, contrast in await page.evaluate(CONTRAST):
            assert contrast >= 4.5, (name, contrast)
        heights = "[...document.querySelectorAll('button')].map((button) => button.offsetHeight)"
        assert min(await page.evaluate(heights)) >= 44  # a finger
        ground = "getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]"
        assert (int(await page.evaluate(ground)) < 100) is (scheme == "dark")


async def test_finals_are_read_aloud_and_guesses_are_not(
    service_of_words: str, browser: Browser
) -> None:
    async with serving(service_of_words) as service, opened(browser, service.port) as captions:
        page = captions.page
        log = page.get_by_role("log")
        assert await log.get_attribute("aria-live") == "polite"
        assert await page.locator("#interim").get_attribute("aria-hidden") == "true"
        assert await log.locator("#interim").count() == 0
        assert await page.get_by_role("status").inner_text() == "ready"
        for button in await page.get_by_role("button", include_hidden=True).all():
            assert await button.text_content()
