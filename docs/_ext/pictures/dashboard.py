"""Takes the pictures of the dashboard: ``python docs/_ext/pictures/dashboard.py URL``.

It wants playwright, and the Chromium of the system. What is to be seen should be going on for some
minutes: two of ``asyncspeech demo``, on ports of their own, and one port on which nobody answers.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

_PICTURES = Path(__file__).parents[2] / "_static"
_SIZES = (
    ("dashboard-light", "light", 1280),
    ("dashboard-dark", "dark", 1280),
    ("dashboard-phone", "light", 390),
)


def take(url: str) -> None:
    """Take them all, of the page at ``url``."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, scheme, width in _SIZES:
            page = chromium.new_page(
                viewport={"width": width, "height": 900},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            page.goto(url)
            page.locator("[data-testid=chart-latency] svg text").first.wait_for()
            page.wait_for_timeout(3_000)  # the charts' own animation
            page.screenshot(path=_PICTURES / f"{name}.png", full_page=True)
            page.close()
        chromium.close()


if __name__ == "__main__":
    take(sys.argv[1])
