"""The page, in a real browser, with a real demo behind it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright
from prometheus_client.parser import text_string_to_metric_families

from tests.support.commands import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.xdist_group("chromium"),
]

SHOWN = {
    "sessions": "asyncspeech_session_active",
    "streams": "asyncspeech_stream_active",
    "audio": "asyncspeech_audio_accepted_seconds_total",
    "cost": "asyncspeech_billing_cost_total",
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def command(home: Path, *arguments: str, until: str) -> Generator[subprocess.Popen[str]]:
    """A command of ours, once it has printed a line that begins with ``until``."""
    process = subprocess.Popen(
        [sys.executable, "-m", "asyncspeech", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(home),
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        assert any(line.startswith(until) for line in process.stdout), arguments
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def demo(home: Path, port: int) -> Generator[subprocess.Popen[str]]:
    given = ("demo", "--sessions", "3", "--faults", "--metrics-port", str(port))
    with command(home, *given, until="metrics: ") as process:
        yield process


def scrape(port: int) -> dict[str, float]:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
    sums = dict.fromkeys(SHOWN.values(), 0.0)
    for family in text_string_to_metric_families(answer.partition("\r\n\r\n")[2]):
        for sample in family.samples:
            if sample.name in sums:
                sums[sample.name] += sample.value
    return sums


def eventually(is_so: Callable[[], bool], what: str, patience: float = 20.0) -> None:
    """Wait until something holds of what can only be looked at."""
    until = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < until, what
        time.sleep(0.05)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@contextmanager
def dashboard(home: Path, browser: Browser, *endpoints: str) -> Generator[Page]:
    """The page of a dashboard that asks five times a second; it may ask nobody else for anything."""
    port = free_port()
    given = ("dashboard", "--port", str(port), "--every", "0.2", *endpoints)
    with command(home, *given, until="dashboard on ") as process:
        page = browser.new_page()
        asked: list[str] = []
        troubles: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(f"http://127.0.0.1:{port}/")
        yield page
        page.close()
        assert troubles == []
        own = (f"http://127.0.0.1:{port}/", f"ws://127.0.0.1:{port}/", "data:", "blob:")
        assert [url for url in asked if not url.startswith(own)] == []
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert time.monotonic() - begun < 5


def shown(page: Page, name: str) -> float:
    return float(page.get_by_test_id(name).get_attribute("data-value") or "nan")


def health(page: Page, port: int) -> str:
    row = page.locator(f'tr[data-endpoint="http://127.0.0.1:{port}/metrics"]')
    return row.get_by_test_id("health").inner_text()


class Told:
    """What endpoints have told of late, to compare a page with that asked them at other moments."""

    def __init__(self, *ports: int) -> None:
        self._told: dict[int, deque[dict[str, float]]] = {port: deque(maxlen=20) for port in ports}

    def is_shown(self, page: Page) -> bool:
        """Whether the page shows the sum of what each of them has just told."""
        for port, told in self._told.items():
            answer = scrape(port)
            if not told or told[-1] != answer:
                told.append(answer)
        seen = {name: shown(page, name) for name in SHOWN}
        return any(
            seen
            == pytest.approx({name: sum(one[metric] for one in all_) for name, metric in SHOWN.items()})
            for all_ in product(*self._told.values())
        )


def test_numbers_are_the_endpoints_and_one_that_dies_turns_red(tmp_path: Path, browser: Browser) -> None:
    first, second = free_port(), free_port()
    with (
        demo(tmp_path, first),
        demo(tmp_path, second) as dying,
        dashboard(tmp_path, browser, f"127.0.0.1:{first}", f"http://127.0.0.1:{second}") as page,
    ):
        eventually(lambda: shown(page, "sessions") == 6, "six sessions")
        told = Told(first, second)
        eventually(lambda: told.is_shown(page), "numbers on the page are the endpoints'")
        assert (
            page.get_by_test_id("note-latency").inner_text().startswith("in the last 30 s: interim p50")
        )
        assert health(page, first) == health(page, second) == "up"

        dying.kill()
        eventually(lambda: health(page, second) == "down", "it turns red")
        assert health(page, first) == "up"
        row = page.locator(f'tr[data-endpoint="http://127.0.0.1:{second}/metrics"]')
        reason = row.get_by_test_id("reason")
        eventually(lambda: "Connection refused" in reason.inner_text(), "it says why")
        colour = row.get_by_test_id("health").evaluate("e => getComputedStyle(e).color")
        red, green, _ = (int(part) for part in colour[4:-1].split(","))
        assert red > 2 * green
        audio = shown(page, "audio")
        eventually(lambda: shown(page, "audio") > audio, "the page lives on")
        assert shown(page, "sessions") == 3

        with demo(tmp_path, second):
            eventually(lambda: health(page, second) == "up", "it comes back")
            eventually(lambda: shown(page, "sessions") == 6, "and its sessions with it")


def test_without_an_answer_the_page_says_what_to_do(tmp_path: Path, browser: Browser) -> None:
    port = free_port()
    with dashboard(tmp_path, browser, f"127.0.0.1:{port}") as page:
        page.get_by_text("asyncspeech demo", exact=True).wait_for()
        eventually(lambda: health(page, port) == "down", "it is down")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_follows_the_systems_colours(
    tmp_path: Path, browser: Browser, width: int, scheme: str
) -> None:
    with dashboard(tmp_path, browser, "127.0.0.1:1") as page:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # one of two
        page.get_by_test_id("endpoints").wait_for()
        wide = "document.documentElement.scrollWidth"
        eventually(lambda: int(page.evaluate(wide)) <= width, "nothing is cut off")
        background = "getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]"
        is_dark = scheme == "dark"
        eventually(lambda: (int(page.evaluate(background)) < 100) is is_dark, "the ground's colour")


def test_a_wrong_address_is_told_before_anything_is_served(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "asyncspeech", "dashboard", "ftp://x"],
        capture_output=True,
        text=True,
        check=False,
        env=environment(tmp_path),
        cwd=ROOT,
    )
    assert done.returncode == 2
    assert "is no URL" in done.stderr
    assert os.linesep not in done.stderr.strip()
