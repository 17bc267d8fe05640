"""What every test has: a loop on which nothing may block, and no task left behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from blockbuster import BlockBuster
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from asyncspeech.emulator import Emulator

collect_ignore = ["scratch"]  # somebody else's project: `nox -s plugin` runs it


@pytest.fixture(autouse=True)
def _blocking_calls_fail() -> Iterator[None]:
    blockbuster = BlockBuster("asyncspeech")
    acquire = blockbuster.functions["threading.Lock.acquire"]
    # When the last channel or server goes, gRPC waits on the loop for the end of its polling thread.
    acquire.can_block_in("threading.py", "join")
    acquire.can_block_in("coverage/collector.py", "lock_data")
    blockbuster.activate()
    try:
        yield
    finally:
        blockbuster.deactivate()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--uvloop", action="store_true", help="run the tests on uvloop's event loop")


def pytest_configure(config: pytest.Config) -> None:
    # How long an example takes says something of the machine, and nothing of the code.
    settings.register_profile("untimed", settings(), deadline=None)
    settings.load_profile("untimed")
    if config.getoption("--uvloop"):
        config.pluginmanager.register(_Uvloop())


class _Uvloop:
    """Makes pytest-asyncio take its loops from uvloop."""

    def pytest_asyncio_loop_factories(self) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
        import uvloop  # noqa: PLC0415 - few runs want it

        return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """The service, recognising coded audio."""
    from asyncspeech.emulator import Coded, Emulator  # noqa: PLC0415 - few tests need gRPC

    async with Emulator(Coded()) as running:
        yield running


@pytest.fixture
async def no_task_is_left() -> AsyncIterator[None]:
    """Fails a test that leaves a task behind, given a tenth of a second to see them end."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=0.1)
    assert not left
