"""The pytest plugin, in runs of pytest of its own."""

from __future__ import annotations

import sys

import pytest

pytest_plugins = ("pytester",)

HEARS_CODED = """
    from asyncspeech.emulator import coded

    async def hear(client, words=5):
        recording = coded.encode(words)
        async with client.session() as session:
            await session.send(recording.audio)
            await session.end()
            await session.wait()
        heard = [(word.text, word.start, word.end) for word in session.transcript.words]
        return coded.score(recording, heard)
"""
HEARS_SCRIPT = """
    async def text_of(client, seconds=3):
        async with client.session() as session:
            await session.send(bytes(32_000 * seconds))
            await session.end()
            await session.wait()
        return session.transcript.text
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Somebody's project: nothing of this one is in reach but what is installed."""
    pytester.makepyprojecttoml(
        """
        [tool.pytest.ini_options]
        addopts = "--strict-markers -p no:cacheprovider"
        asyncio_default_fixture_loop_scope = "function"
        asyncio_mode = "auto"
        filterwarnings = ["error"]
        """
    )
    pytester.makepyfile(hearing=HEARS_CODED + HEARS_SCRIPT)
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_subprocess(*arguments, timeout=60)


class TestFixtures:
    def test_without_a_marker_coded_audio_is_heard(self, project: pytest.Pytester) -> None:
        project.makepyfile(
            """
            from hearing import hear

            async def test_a_client_is_there(speech_client):
                assert (await hear(speech_client)).is_perfect

            async def test_both_are_of_one_emulator(speech_client, speech_emulator):
                await hear(speech_client, words=10)
                (stream,) = speech_emulator.streams
                assert len(stream.finals) == 2
            """
        )
        run(project).assert_outcomes(passed=2)

    def test_each_test_has_an_emulator_of_its_own(self, project: pytest.Pytester) -> None:
        project.makepyfile(
            """
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
            """
        )
        run(project).assert_outcomes(passed=2)

    def test_strict_mode_works_with_the_marker_of_pytest_asyncio(self, project: pytest.Pytester) -> None:
        project.makepyfile(
            """
            import pytest
            from hearing import hear

            @pytest.mark.asyncio
            async def test_it(speech_client):
                assert (await hear(speech_client)).is_perfect
            """
        )
        run(project, "-o", "asyncio_mode=strict").assert_outcomes(passed=1)

    @pytest.mark.parametrize("scope", ["function", "class", "module", "package", "session"])
    def test_the_fixtures_are_in_the_loop_of_the_test(
        self, project: pytest.Pytester, scope: str
    ) -> None:
        project.makepyfile(
            f"""
            import pytest
            from hearing import hear

            @pytest.mark.asyncio(loop_scope="{scope}")
            class TestIt:
                async def test_first(self, speech_client):
                    assert (await hear(speech_client)).is_perfect

                async def test_second(self, speech_client):
                    assert (await hear(speech_client)).is_perfect
            """
        )
        run(project).assert_outcomes(passed=2)

    def test_the_loop_of_the_test_may_be_set_for_all(self, project: pytest.Pytester) -> None:
        project.makepyfile(
            """
            from hearing import hear

            async def test_it(speech_client):
                assert (await hear(speech_client)).is_perfect
            """
        )
        run(project, "-o", "asyncio_default_test_loop_scope=session").assert_outcomes(passed=1)

    def test_a_fixture_of_the_project_builds_on_them(self, project: pytest.Pytester) -> None:
        project.makepyfile(
            """
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
            """
        )
        run(project).assert_outcomes(passed=1)

    def test_the_plugin_of_anyio_does_not_mind(self, project: pytest.Pytester) -> None:
        project.makepyfile(
            """
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
            """
        )
        run(project, "-o", "asyncio_mode=strict").assert_outcomes(passed=3)


class TestMarker:
    def test_it_is_known(self, project: pytest.Pytester) -> None:
        result = run(project, "--markers")
        result.stdout.fnmatch_lines(["@pytest.mark.speech_emulator(*recognizer=, limits= and faults="])

    def test_it_passes_on_what_it_is_given(self, project: pytest.Pytester) -> None:
        project.makepyfile(
            """
            import pytest
            from asyncspeech import QuotaExceededError, StreamLostError
            from asyncspeech.emulator import Abort, Faults, Limits, Scripted
            from hearing import hear, text_of

            @pytest.mark.speech_emulator(recognizer=Scripted("a table for two"))
            async def test_recognizer(speech_client):
                assert await text_of(speech_client) == "a table for two"

            @pytest.mark.speech_emulator(limits=Limits(stream_seconds=0.2))
            async def test_limits(speech_client, speech_emulator):
                with pytest.raises(StreamLostError):
                    async with speech_client.session() as session:
                        await session.send(bytes(3_200))
                        await session.wait()
                assert speech_emulator.streams[0].closed < 5

            @pytest.mark.speech_emulator(faults=Faults(Abort("RESOURCE_EXHAUSTED")))
            async def test_faults(speech_client):
                with pytest.raises(QuotaExceededError):
                    await hear(speech_client)
            """
        )
        run(project).assert_outcomes(passed=3)

    def test_the_closest_one_counts(self, project: pytest.Pytester) -> None:
        project.makepyfile(
            """
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
            """
        )
        run(project).assert_outcomes(passed=3)

    @pytest.mark.parametrize(
        ("arguments", "texts"),
        [
            (
                "Scripted('yes')",
                [
                    "*UsageError: the marker speech_emulator takes its arguments by name*",
                    "*Hint: @pytest.mark.speech_emulator(recognizer=...)*",
                ],
            ),
            (
                "recogniser=Scripted('yes')",
                [
                    "*ConfigurationError: *unexpected keyword argument 'recogniser'*",
                    "*Hint: the marker takes the arguments of asyncspeech.emulator.Emulator*",
                ],
            ),
        ],
    )
    def test_a_wrong_one_is_an_error_that_says_so(
        self, project: pytest.Pytester, arguments: str, texts: list[str]
    ) -> None:
        project.makepyfile(
            f"""
            import pytest
            from asyncspeech.emulator import Scripted

            @pytest.mark.speech_emulator({arguments})
            async def test_it(speech_emulator):
                pass
            """
        )
        result = run(project)
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(texts)


class TestWithoutALoop:
    @pytest.mark.parametrize("fixture", ["speech_emulator", "speech_client"])
    @pytest.mark.parametrize(
        "test",
        [
            "def test_it({}): pass",
            "@pytest.mark.anyio\nasync def test_it({}, anyio_backend): pass",
        ],
        ids=["no coroutine", "anyio"],
    )
    def test_a_test_in_which_nobody_would_answer_is_told(
        self, project: pytest.Pytester, test: str, fixture: str
    ) -> None:
        project.makepyfile("import pytest\n" + test.format(fixture))
        result = run(project, "-o", "asyncio_mode=strict", "-k", "not trio")
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(
            [
                f"*UsageError: the fixture {fixture} is for tests that pytest-asyncio runs*",
                "*Hint: write 'async def', and @pytest.mark.asyncio unless asyncio_mode is auto*",
            ]
        )

    @pytest.mark.parametrize("fixture", ["speech_emulator", "speech_client"])
    def test_without_pytest_asyncio_the_extra_is_named(
        self, project: pytest.Pytester, fixture: str
    ) -> None:
        project.makepyprojecttoml("[tool.pytest.ini_options]")
        project.makepyfile(
            without="""
            import functools
            import sys
            from importlib.machinery import PathFinder

            def find_all_but_one(find_spec, name, *more):
                return None if name.startswith("pytest_asyncio") else find_spec(name, *more)

            PathFinder.find_spec = functools.partial(find_all_but_one, PathFinder.find_spec)

            import pytest

            sys.exit(pytest.main(["-p", "no:asyncio", "test_it.py"]))
            """,
            test_it=f"""
            def test_it({fixture}):
                pass

            def test_another():
                pass
            """,
        )
        result = project.run(sys.executable, "without.py", timeout=60)
        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(
            [
                f"*MissingExtraError: the fixture {fixture} needs the extra 'pytest'*",
                "*Hint: pip install 'asyncspeech[[]pytest[]]'*",
            ]
        )


def test_a_run_that_does_not_ask_for_it_does_not_load_it(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import sys

        def test_it():
            assert "asyncspeech.emulator.pytest_plugin" in sys.modules
            heavy = {"asyncspeech.emulator.server", "google.cloud", "grpc", "numpy", "soundfile"}
            assert not heavy & set(sys.modules)
        """
    )
    run(project).assert_outcomes(passed=1)
