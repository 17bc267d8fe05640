"""The loop that the tests run on is the one that was asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


async def test_the_loop_is_that_which_was_asked_for(request: pytest.FixtureRequest) -> None:
    library = "uvloop" if request.config.getoption("--uvloop") else "asyncio"
    assert type(asyncio.get_running_loop()).__module__.partition(".")[0] == library
