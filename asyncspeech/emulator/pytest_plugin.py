"""Fixtures for tests of programs that use Speech-to-Text: the service, in the test's own event loop.

pytest finds this plugin by itself where asyncspeech is installed. A test asks for ``speech_emulator``
and points its own client at the address, or asks for ``speech_client``::

    @pytest.mark.speech_emulator(recognizer=Scripted("book a table for two"))
    async def test_my_bot_books_a_table(speech_client):
        ...

The marker takes the arguments of `asyncspeech.emulator.Emulator`, also on a class or a module; the one
closest to the test counts. Without it, the emulator recognises coded audio. Every test has an emulator
of its own. The fixtures need pytest-asyncio, which the extra ``pytest`` installs; a test that blocks the
event loop blocks the emulator too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from asyncspeech.errors import ConfigurationError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Literal

    from asyncspeech import Client
    from asyncspeech.emulator import Emulator

    LoopScope = Literal["function", "class", "module", "package", "session"]

try:
    import pytest_asyncio
except ModuleNotFoundError:
    pytest_asyncio = None  # type: ignore[assignment]

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
    if marker is None:
        return Emulator(Coded())
    if marker.args:
        raise UsageError(
            f"the marker {_MARKER} takes its arguments by name",
            hint=f"@pytest.mark.{_MARKER}(recognizer=...)",
        )
    try:
        return Emulator(**{"recognizer": Coded()} | marker.kwargs)
    except TypeError as error:
        raise ConfigurationError(
            _MARKER, str(error), hint="the marker takes the arguments of asyncspeech.emulator.Emulator"
        ) from error


def _fixture_of_the_loop(name: str, request: pytest.FixtureRequest) -> Any:
    """The fixture ``name`` in the loop that the test runs in: in another one nobody would answer."""
    if pytest_asyncio is None:
        raise MissingExtraError(f"the fixture {name}", "pytest")
    marker = request.node.get_closest_marker("asyncio")
    if marker is None:
        raise UsageError(
            f"the fixture {name} is for tests that pytest-asyncio runs",
            hint="write 'async def', and @pytest.mark.asyncio unless asyncio_mode is auto",
        )
    scope = marker.kwargs.get("loop_scope") or request.config.getini("asyncio_default_test_loop_scope")
    return request.getfixturevalue(f"_{name}_in_{scope}_loop")


@pytest.fixture
def speech_emulator(request: pytest.FixtureRequest) -> Emulator:
    """The Speech-to-Text service on this machine, as the marker speech_emulator describes it."""
    emulator: Emulator = _fixture_of_the_loop("speech_emulator", request)
    return emulator


@pytest.fixture
def speech_client(request: pytest.FixtureRequest) -> Client:
    """An asyncspeech client of the fixture speech_emulator."""
    client: Client = _fixture_of_the_loop("speech_client", request)
    return client


def _emulator_in(scope: LoopScope) -> Any:
    @pytest_asyncio.fixture(loop_scope=scope, name=f"_speech_emulator_in_{scope}_loop")
    async def run_emulator(request: pytest.FixtureRequest) -> AsyncIterator[Emulator]:
        async with _emulator(request) as emulator:
            yield emulator

    return run_emulator


def _client_in(scope: LoopScope) -> Any:
    @pytest_asyncio.fixture(loop_scope=scope, name=f"_speech_client_in_{scope}_loop")
    async def run_client(speech_emulator: Emulator) -> AsyncIterator[Client]:
        from asyncspeech import Client  # noqa: PLC0415 - as above

        async with Client(emulator_host=speech_emulator.address) as client:
            yield client

    return run_client


# A fixture's loop is settled when the fixture is made, a test's loop by its marker: so there is one
# for each.
if pytest_asyncio is not None:
    _emulator_in_function_loop = _emulator_in("function")
    _emulator_in_class_loop = _emulator_in("class")
    _emulator_in_module_loop = _emulator_in("module")
    _emulator_in_package_loop = _emulator_in("package")
    _emulator_in_session_loop = _emulator_in("session")
    _client_in_function_loop = _client_in("function")
    _client_in_class_loop = _client_in("class")
    _client_in_module_loop = _client_in("module")
    _client_in_package_loop = _client_in("package")
    _client_in_session_loop = _client_in("session")
