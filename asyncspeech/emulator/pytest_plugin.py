"""Fixtures for tests of programs that use Speech-to-Text: the service, in the test's own event loop.

pytest finds this plugin by itself where asyncspeech is installed. A test asks for ``speech_emulator``
and points its own client at the address, or asks for ``speech_client``::

    @pytest.mark.speech_emulator(recognizer=Scripted("book a table for two"))
    async def test_my_bot_books_a_table(speech_client):
        ...

The marker takes the arguments of `asyncspeech.emulator.Emulator`. Without it, the emulator recognises
coded audio. The fixtures need pytest-asyncio, which the extra ``pytest`` installs; a test that blocks
the event loop blocks the emulator too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asyncspeech.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncspeech import Client
    from asyncspeech.emulator import Emulator

_MARKER = "speech_emulator"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(**arguments): what the fixture {_MARKER} passes to asyncspeech.emulator.Emulator, "
        "such as recognizer=, limits= and faults=",
    )


def _emulator(request: pytest.FixtureRequest) -> Emulator:
    # Loaded when a test asks for it: most runs of pytest do not.
    from asyncspeech.emulator import Coded, Emulator  # noqa: PLC0415

    marker = request.node.get_closest_marker(_MARKER)
    arguments = {"recognizer": Coded()} if marker is None else {"recognizer": Coded()} | marker.kwargs
    if marker is not None and marker.args:
        raise UsageError(
            f"the marker {_MARKER} takes its arguments by name",
            hint=f"@pytest.mark.{_MARKER}(recognizer=...)",
        )
    return Emulator(**arguments)


try:
    import pytest_asyncio
except ModuleNotFoundError:

    @pytest.fixture
    def speech_emulator() -> None:
        """The Speech-to-Text service on this machine; it needs pytest-asyncio."""
        raise MissingExtraError("The fixture speech_emulator", "pytest")

    @pytest.fixture
    def speech_client() -> None:
        """A client of the Speech-to-Text service on this machine; it needs pytest-asyncio."""
        raise MissingExtraError("The fixture speech_client", "pytest")

else:

    @pytest_asyncio.fixture(name="speech_emulator")
    async def _speech_emulator(request: pytest.FixtureRequest) -> AsyncIterator[Emulator]:
        """The Speech-to-Text service on this machine, as the marker speech_emulator describes it."""
        async with _emulator(request) as emulator:
            yield emulator

    @pytest_asyncio.fixture(name="speech_client")
    async def _speech_client(speech_emulator: Emulator) -> AsyncIterator[Client]:
        """An asyncspeech client of the fixture speech_emulator."""
        from asyncspeech import Client  # noqa: PLC0415 - as above

        async with Client(emulator_host=speech_emulator.address) as client:
            yield client
