"""The pytest plugin, in runs of pytest of its own.

A run takes seconds, most of them imports. So one run answers all questions that may be asked of the same
settings: somebody's project has a module for each of them, and a test here says what became of it.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
    [tool.pytest.ini_options]
    addopts = "--strict-markers -p no:cacheprovider"
    asyncio_default_fixture_loop_scope = "function"
    asyncio_mode = "auto"
    filterwarnings = ["error"]
    timeout = 15
"""
HEARING = """
    from asyncspeech.emulator import coded

    async def hear(client, words=5):
        recording = coded.encode(words)
        async with client.session() as session:
            await session.send(recording.audio)
            await session.end()
            await session.wait()
        heard = [(word.text, word.start, word.end) for word in session.transcript.words]
        return coded.score(recording, heard)

    async def text_of(client, seconds=3):
        async with client.session() as session:
            await session.send(bytes(32_000 * seconds))
            await session.end()
            await session.wait()
        return session.transcript.text
"""
SCOPES = ("function", "class", "module", "package", "session")
FIXTURES = ("speech_emulator", "speech_client")


@dataclass(frozen=True)
class Case:
    """What became of an inner test: passed, failure, error or skipped; and what was said about it."""

    outcome: str
    text: str


@dataclass(frozen=True)
class Run:
    """What a run of pytest has said about each of its tests, by its module and its name."""

    cases: dict[str, list[Case]]

    def outcomes(self, module: str) -> list[str]:
        """Of all tests of a module, in their order."""
        return [
            case.outcome
            for name, cases in self.cases.items()
            if name.split(".")[0] == module
            for case in cases
        ]

    def error(self, name: str) -> str:
        """Of a test that ended in an error, and in nothing else."""
        (case,) = self.cases[name]
        assert case.outcome == "error"
        return case.text


def make_project(folder: Path, **modules: str) -> Path:
    """Somebody's project: nothing of this one is in reach but what is installed."""
    (folder / "pyproject.toml").write_text(dedent(SETTINGS))
    for name, code in {"hearing": HEARING, **modules}.items():
        (folder / f"{name}.py").write_text(dedent(code))
    return folder


def run(project: Path, *arguments: str, module: str | None = None) -> Run:
    command = [sys.executable, *(["-m", "pytest"] if module is None else [module]), *arguments]
    report = project / "report.xml"
    done = subprocess.run(
        [*command, f"--junitxml={report}"],
        cwd=project,
        timeout=60,
        check=False,
        capture_output=True,
        text=True,
    )
    sys.stdout.write(done.stdout)  # for whoever wonders why it failed
    sys.stderr.write(done.stderr)
    cases: dict[str, list[Case]] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        found = [
            Case(element.tag, element.text or "")
            for element in case
            if element.tag in {"failure", "error", "skipped"}
        ]
        name = f"{case.get('classname')}.{case.get('name')}"
        cases.setdefault(name, []).extend(found or [Case("passed", "")])
    return Run(cases)


@pytest.fixture(scope="module")
def automatic(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """In a project whose tests need no mark to be run by pytest-asyncio."""
    in_loops = {
        f"test_{scope}_loop": f"""
            import pytest
            from hearing import hear

            @pytest.mark.asyncio(loop_scope="{scope}")
            class TestIt:
                async def test_first(self, speech_client):
                    assert (await hear(speech_client)).is_perfect

                async def test_second(self, speech_client):
                    assert (await hear(speech_client)).is_perfect
        """
        for scope in SCOPES
    }
    project = make_project(
        tmp_path_factory.mktemp("automatic"),
        test_plain="""
            from hearing import hear

            async def test_a_client_is_there(speech_client):
                assert (await hear(speech_client)).is_perfect

            async def test_both_are_of_one_emulator(speech_client, speech_emulator):
                await hear(speech_client, words=10)
                (stream,) = speech_emulator.streams
                assert len(stream.finals) == 2
        """,
        test_fresh="""
            import pytest
            from hearing import hear

            addresses = set()

            @pytest.mark.parametrize("turn", [1, 2])
            async def test_no_stream_was_seen_before(speech_client, speech_emulator, turn):
                assert speech_emulator.streams == ()
                await hear(speech_client)
                assert [stream.number for stream in speech_emulator.streams] == [1]
                addresses.add(speech_emulator.address)
                assert len(addresses) == turn
        """,
        test_built_upon="""
            import asyncspeech
            import pytest
            from hearing import hear

            @pytest.fixture
            async def german_client(speech_emulator):
                address = speech_emulator.address
                async with asyncspeech.Client(emulator_host=address, location="eu") as client:
                    yield client

            async def test_it(german_client, speech_emulator):
                assert (await hear(german_client)).is_perfect
                assert "/locations/eu/" in speech_emulator.streams[0].recognizer
        """,
        test_marker="""
            import pytest
            from asyncspeech import QuotaExceededError, RetryPolicy, StreamLostError
            from asyncspeech.emulator import Abort, Faults, Limits, Scripted
            from hearing import text_of

            SOON = RetryPolicy(max_outage=0.1)

            @pytest.mark.speech_emulator(recognizer=Scripted("a table for two"))
            async def test_recognizer(speech_client):
                assert await text_of(speech_client) == "a table for two"

            @pytest.mark.speech_emulator(limits=Limits(stream_seconds=0.2))
            async def test_limits(speech_client, speech_emulator):
                with pytest.raises(StreamLostError):
                    async with speech_client.session(retry=SOON) as session:
                        await session.send(bytes(3_200))
                        await session.wait()
                assert speech_emulator.streams[0].closed < 5

            @pytest.mark.speech_emulator(faults=Faults(Abort("RESOURCE_EXHAUSTED")))
            async def test_faults(speech_client):
                with pytest.raises(QuotaExceededError):
                    async with speech_client.session(retry=SOON) as session:
                        await session.send(bytes(3_200))
                        await session.wait()
        """,
        test_closest="""
            import pytest
            from asyncspeech.emulator import Scripted
            from hearing import text_of

            pytestmark = pytest.mark.speech_emulator(recognizer=Scripted("of the module"))

            async def test_module(speech_client):
                assert await text_of(speech_client) == "of the module"

            @pytest.mark.speech_emulator(recognizer=Scripted("of the class"))
            class TestClass:
                async def test_class(self, speech_client):
                    assert await text_of(speech_client) == "of the class"

                @pytest.mark.speech_emulator(recognizer=Scripted("of the test"))
                async def test_test(self, speech_client):
                    assert await text_of(speech_client) == "of the test"
        """,
        test_wrong="""
            import pytest
            from asyncspeech.emulator import Scripted

            @pytest.mark.speech_emulator(Scripted("yes"))
            async def test_without_a_name(speech_emulator):
                pass

            @pytest.mark.speech_emulator(recogniser=Scripted("yes"))
            async def test_of_no_such_name(speech_emulator):
                pass
        """,
        **in_loops,
    )
    return run(project)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """In a project that says with a mark what runs its coroutines: pytest-asyncio or anyio."""
    project = make_project(
        tmp_path_factory.mktemp("strict"),
        test_it="""
            import pytest
            from hearing import hear

            @pytest.mark.asyncio
            async def test_it(speech_client):
                assert (await hear(speech_client)).is_perfect
        """,
        test_anyio="""
            import pytest
            from hearing import hear

            def test_it_is_there(pytestconfig):
                assert pytestconfig.pluginmanager.has_plugin("anyio")

            @pytest.mark.asyncio
            async def test_with_asyncio(speech_client):
                assert (await hear(speech_client)).is_perfect

            @pytest.mark.anyio
            @pytest.mark.parametrize("anyio_backend", ["asyncio"])
            async def test_with_anyio(anyio_backend):
                pass
        """,
    )
    return run(project, "-o", "asyncio_mode=strict")


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """In a project in which no emulator is ever run, though some tests ask for one."""
    project = make_project(
        tmp_path_factory.mktemp("light"),
        test_before="""
            import sys

            def test_it():
                assert "asyncspeech.emulator.pytest_plugin" in sys.modules
                heavy = {"asyncspeech.emulator.server", "google.cloud", "grpc", "numpy", "soundfile"}
                assert not heavy & set(sys.modules)
        """,
        test_no_coroutine="""
            def test_speech_emulator(speech_emulator): pass

            def test_speech_client(speech_client): pass
        """,
        test_no_loop_of_its_own="""
            import pytest

            @pytest.mark.anyio
            async def test_speech_emulator(speech_emulator, anyio_backend): pass

            @pytest.mark.anyio
            async def test_speech_client(speech_client, anyio_backend): pass
        """,
    )
    return run(project, "-o", "asyncio_mode=strict", "-k", "not trio")


@pytest.fixture(scope="module")
def without_asyncio(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """In a project that has no pytest-asyncio."""
    project = make_project(
        tmp_path_factory.mktemp("without"),
        without="""
            import functools
            import sys
            from importlib.machinery import PathFinder

            def find_all_but_one(find_spec, name, *more):
                return None if name.startswith("pytest_asyncio") else find_spec(name, *more)

            PathFinder.find_spec = functools.partial(find_all_but_one, PathFinder.find_spec)

            import pytest

            sys.exit(pytest.main(["-p", "no:asyncio", "test_it.py", *sys.argv[1:]]))
        """,
        test_it="""
            def test_speech_emulator(speech_emulator):
                pass

            def test_speech_client(speech_client):
                pass

            def test_another():
                pass
        """,
    )
    (project / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    return run(project, module="without.py")


class TestFixtures:
    def test_without_a_marker_coded_audio_is_heard(self, automatic: Run) -> None:
        assert automatic.outcomes("test_plain") == ["passed"] * 2

    def test_each_test_has_an_emulator_of_its_own(self, automatic: Run) -> None:
        assert automatic.outcomes("test_fresh") == ["passed"] * 2

    def test_strict_mode_works_with_the_marker_of_pytest_asyncio(self, strict: Run) -> None:
        assert strict.outcomes("test_it") == ["passed"]

    @pytest.mark.parametrize("scope", SCOPES)
    def test_the_fixtures_are_in_the_loop_of_the_test(self, automatic: Run, scope: str) -> None:
        assert automatic.outcomes(f"test_{scope}_loop") == ["passed"] * 2

    def test_the_loop_of_the_test_may_be_set_for_all(self, tmp_path: Path) -> None:
        project = make_project(
            tmp_path,
            test_it="""
                from hearing import hear

                async def test_it(speech_client):
                    assert (await hear(speech_client)).is_perfect
            """,
        )
        of_all = run(project, "-o", "asyncio_default_test_loop_scope=session")
        assert of_all.outcomes("test_it") == ["passed"]

    def test_a_fixture_of_the_project_builds_on_them(self, automatic: Run) -> None:
        assert automatic.outcomes("test_built_upon") == ["passed"]

    def test_the_plugin_of_anyio_does_not_mind(self, strict: Run) -> None:
        assert strict.outcomes("test_anyio") == ["passed"] * 3


class TestMarker:
    def test_it_is_known(self, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--markers"],
            cwd=make_project(tmp_path),
            timeout=60,
            check=False,
            capture_output=True,
            text=True,
        )
        (line,) = (line for line in done.stdout.splitlines() if "speech_emulator(" in line)
        assert line.startswith("@pytest.mark.speech_emulator(")
        assert "recognizer=, limits= and faults=" in line

    def test_it_passes_on_what_it_is_given(self, automatic: Run) -> None:
        assert automatic.outcomes("test_marker") == ["passed"] * 3

    def test_the_closest_one_counts(self, automatic: Run) -> None:
        assert automatic.outcomes("test_closest") == ["passed"] * 3

    def test_a_wrong_one_is_an_error_that_says_so(self, automatic: Run) -> None:
        without_a_name = automatic.error("test_wrong.test_without_a_name")
        assert "UsageError: the marker speech_emulator takes its arguments by name" in without_a_name
        assert "Hint: @pytest.mark.speech_emulator(recognizer=...)" in without_a_name
        unknown = automatic.error("test_wrong.test_of_no_such_name")
        assert "ConfigurationError: speech_emulator: " in unknown
        assert "unexpected keyword argument 'recogniser'" in unknown
        assert "Hint: the marker takes the arguments of asyncspeech.emulator.Emulator" in unknown


class TestWithoutALoop:
    @pytest.mark.parametrize("fixture", FIXTURES)
    @pytest.mark.parametrize(
        ("module", "backend"),
        [("test_no_coroutine", ""), ("test_no_loop_of_its_own", "[asyncio]")],
        ids=["no coroutine", "anyio"],
    )
    def test_a_test_in_which_nobody_would_answer_is_told(
        self, light: Run, module: str, backend: str, fixture: str
    ) -> None:
        text = light.error(f"{module}.test_{fixture}{backend}")
        assert f"UsageError: the fixture {fixture} is for tests that pytest-asyncio runs" in text
        assert "Hint: write 'async def', and @pytest.mark.asyncio unless asyncio_mode is auto" in text

    @pytest.mark.parametrize("fixture", FIXTURES)
    def test_without_pytest_asyncio_the_extra_is_named(self, without_asyncio: Run, fixture: str) -> None:
        text = without_asyncio.error(f"test_it.test_{fixture}")
        assert f"MissingExtraError: the fixture {fixture} needs the extra 'pytest'" in text
        assert "Hint: pip install 'asyncspeech[pytest]'" in text

    def test_without_pytest_asyncio_other_tests_are_run(self, without_asyncio: Run) -> None:
        assert without_asyncio.outcomes("test_it") == ["error", "error", "passed"]


def test_a_run_that_does_not_ask_for_it_does_not_load_it(light: Run) -> None:
    assert light.outcomes("test_before") == ["passed"]
