"""The command that shows the table, run as a user runs it."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from asyncspeech.capabilities import LIMIT_SOURCES, LIMITS, listed
from asyncspeech.capabilities.words import feature_texts
from asyncspeech.cli import tables
from asyncspeech.emulator import MODELS, Coded, Emulator, Feature, Project, ReleaseState
from tests.support.commands import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "asyncspeech", "models"]
NAMES = [model.name for model in MODELS]
BY_NAME = {model.name: model for model in MODELS}


async def run(
    *arguments: str,
    home: Path,
    emulator: Emulator | None = None,
    address: str | None = None,
    columns: int = 80,
) -> subprocess.CompletedProcess[str]:
    more = {"COLUMNS": str(columns)}
    if emulator is not None:
        address = emulator.address
    if address is not None:
        more["SPEECH_EMULATOR_HOST"] = address
    with anyio.fail_after(60):
        done = await anyio.run_process(
            [*COMMAND, *arguments], check=False, env=environment(home, **more), cwd=ROOT
        )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


async def shown(*arguments: str, home: Path, **options: Any) -> str:
    done = await run(*arguments, home=home, **options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


async def document(*arguments: str, home: Path, **options: Any) -> Any:
    return json.loads(await shown("--format", "json", *arguments, home=home, **options))


def rows(text: str) -> dict[str, str]:
    """By the name of a model, its columns, each on one line."""
    lines = text.splitlines()
    rule = next(number for number, line in enumerate(lines) if "───" in line)
    starts = [match.start() for match in re.finditer(r"Model|Where|In \S+|Features", lines[rule - 1])]
    body = itertools.takewhile(lambda line: line[:2].isspace(), lines[rule + 1 :])
    found: dict[str, str] = {}
    for is_row, group in itertools.groupby(body, lambda line: bool(line.strip())):
        if is_row:
            row = list(group)
            columns = [
                " ".join(line[start:end].strip() for line in row).strip()
                for start, end in itertools.pairwise([*starts, None])
            ]
            found[row[0][: starts[1]].strip()] = " | ".join(columns)
    return found


class TestTable:
    @pytest.mark.parametrize("columns", [40, 80, 120, 200])
    async def test_nothing_is_cut_off(self, tmp_path: Path, columns: int) -> None:
        text = await shown(home=tmp_path, columns=columns)
        assert max(map(len, text.splitlines())) <= max(columns, 80)
        found = rows(text)
        assert list(found) == NAMES
        for model in MODELS:
            _, where, features = found[model.name].split(" | ")
            assert features == ", ".join(feature_texts(model))
            assert set(re.findall(r"[\w-]+(?=,|$| )", where)) >= set(model.locations)

    async def test_a_row_says_where_how_and_by_whom(self, tmp_path: Path) -> None:
        found = rows(await shown(home=tmp_path))
        facts, where, _ = found["chirp_3"].split(" | ")
        assert facts == (
            "chirp_3 streams: yes languages: 113, 84 preview, auto sources: [12][4][13][14]"
        )
        assert where.startswith("GA: eu, us preview: asia-northeast1, asia-south1,")
        assert found["chirp"].startswith("chirp streams: no languages: 123 sources: [8][9]")

    async def test_every_source_is_told_with_its_date(self, tmp_path: Path) -> None:
        text = (await shown(home=tmp_path, columns=200)).partition("\nSources\n")[2]
        lines = [re.sub(r"^\[\d+\] +", "", line).strip() for line in text.splitlines()]
        sources = dict.fromkeys(source for model in MODELS for source in model.sources)
        assert lines[: len(sources)] == [
            f"{source.what}: {source.text}, {source.date}" for source in sources
        ]

    async def test_a_location_shows_what_is_there_and_how_far_along(self, tmp_path: Path) -> None:
        text = await shown("--location", "asia-southeast1", home=tmp_path)
        found = {name: row.split(" | ")[1] for name, row in rows(text).items()}
        assert found == {
            "long": "GA",
            "short": "GA",
            "latest_long": "GA",
            "latest_short": "GA",
            "chirp": "GA",
            "chirp_telephony": "GA",
            "chirp_2": "GA",
            "chirp_3": "preview",
        }

    async def test_a_language_shows_what_knows_it(self, tmp_path: Path) -> None:
        text = await shown("--language", "GU-in", home=tmp_path)
        found = rows(text)
        assert list(found) == [model.name for model in MODELS if model.knows("gu-IN")]
        assert found["chirp_2"].startswith("chirp_2 streams: no sources:")
        assert " | preview: asia-northeast1," in found["chirp_3"]

    async def test_a_language_that_was_withdrawn_is_said_to_be(self, tmp_path: Path) -> None:
        text = await shown("--language", "hi-IN", "--location", "asia-southeast1", home=tmp_path)
        assert rows(text)["chirp_3"].split(" | ")[1] == "withdrawn"

    async def test_the_limits_with_their_sources(self, tmp_path: Path) -> None:
        text = await shown("--limits", home=tmp_path)
        for name in asdict(LIMITS):
            assert name.replace("_", " ") in text
        assert re.search(r"phrases per phrase set +1,200 +\[4\]", text)
        assert re.search(r"\[4\] limits: page 'Quotas and limits'", text)

    async def test_a_terminal_that_knows_ascii_alone_is_no_reason_to_fail(self, tmp_path: Path) -> None:
        settings = environment(tmp_path, PYTHONIOENCODING="ascii")
        done = await anyio.run_process(COMMAND, check=False, env=settings, cwd=ROOT)
        assert done.returncode == 0
        assert done.stdout.isascii()

    @pytest.mark.parametrize("form", ["table", "json"])
    async def test_a_reader_that_has_had_enough_is_no_reason_to_complain(
        self, tmp_path: Path, form: str
    ) -> None:
        command = " ".join([*COMMAND, "--format", form, "|", "true"])
        done = await anyio.run_process(command, check=False, env=environment(tmp_path), cwd=ROOT)
        assert done.stderr == b""


class TestJson:
    async def test_has_everything(self, tmp_path: Path) -> None:
        found = await document(home=tmp_path)
        assert list(found) == ["models", "limits"]
        assert [model["name"] for model in found["models"]] == NAMES
        for model in found["models"]:
            known = BY_NAME[model["name"]]
            assert model["locations"] == known.locations
            assert set(model["language_codes"]) == known.language_codes
            assert set(model["features"]) == known.features
            assert model["sources"] == [asdict(source) for source in known.sources]
        (chirp,) = (model for model in found["models"] if model["name"] == "chirp_3")
        assert chirp["withdrawn"] == {"asia-southeast1": ["hi-IN"]}
        assert len(chirp["feature_language_codes"]["speaker_diarization"]) == 14
        assert (chirp["streaming"], chirp["streaming_word_time_offsets"]) == (True, False)
        assert (chirp["detects_language"], chirp["single_utterance"]) == (True, False)
        assert len(chirp["preview_language_codes"]) == 84
        assert chirp["sync_only_language_codes"] == []

    async def test_has_the_limits(self, tmp_path: Path) -> None:
        limits = (await document(home=tmp_path))["limits"]
        assert set(limits) == set(LIMIT_SOURCES)
        assert limits["sample_rates_hertz"] == {
            "value": [8_000, 48_000],
            "source": asdict(LIMIT_SOURCES["sample_rates_hertz"]),
        }
        assert limits["multiple_language_locations"]["value"] == ["eu", "global", "us"]

    async def test_is_of_what_was_asked_for(self, tmp_path: Path) -> None:
        found = await document("--location", "us", "--language", "cs-CZ", home=tmp_path)
        assert {model["name"] for model in found["models"]} == {
            "long",
            "short",
            "latest_long",
            "latest_short",
            "telephony",
            "telephony_short",
            "chirp_3",
        }
        assert all(model["language_codes"] == ["cs-CZ"] for model in found["models"])
        assert all(model["locations"] == {"us": "GA"} for model in found["models"])


class TestWrongCalls:
    @pytest.mark.parametrize(
        ("arguments", "texts"),
        [
            (["--location", "eux"], ["there is none called 'eux'", "did you mean 'eu'"]),
            (["--location", "mars"], ["there is none called 'mars'", "(hint: "]),
            (["--language", "zh-TW"], ["no model knows 'zh-TW'", "they know cmn-Hant-TW"]),
            (
                ["--language", "de-CH", "--location", "eu"],
                ["no model knows 'de-CH' in eu", "they know de-DE"],
            ),
            (["--language", "tlh"], ["no model knows 'tlh'", "give a BCP-47 tag"]),
            (["--limits", "--live"], ["--limits goes with --format alone"]),
            (["--limits", "--location", "eu"], ["--limits goes with --format alone"]),
            (["--language", "auto", "--live"], ["leave out --live"]),
            (["--format", "xml"], ["'xml' is not one of 'table', 'json'"]),
        ],
    )
    async def test_exits_with_2(self, arguments: list[str], texts: list[str], tmp_path: Path) -> None:
        done = await run(*arguments, home=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        for text in texts:
            assert text in done.stderr


def _other_models() -> list[Any]:
    """The table of a service that has moved on."""
    chirp = BY_NAME["chirp_3"]
    moved = replace(
        chirp,
        locations={**chirp.locations, "europe-west2": ReleaseState.GA, "me-west1": ReleaseState.PREVIEW},
        language_codes=chirp.language_codes - {"wo-SN"} | {"de-AT"},
        features=chirp.features | {Feature.PROFANITY_FILTER},
    )
    new = replace(BY_NAME["long"], name="chirp_4", locations={"us": ReleaseState.PREVIEW})
    kept = [model for model in MODELS if model.name not in {"chirp_3", "telephony_short"}]
    return [*kept, moved, new]


class TestLive:
    async def test_a_service_like_the_table(self, emulator: Emulator, tmp_path: Path) -> None:
        text = await shown("--live", home=tmp_path, emulator=emulator)
        assert list(rows(text)) == NAMES
        assert text.endswith("\nThe service lists 12 models in 11 locations, as the table does.\n")
        assert "differs" not in text

    async def test_one_location(self, emulator: Emulator, tmp_path: Path) -> None:
        text = await shown("--live", "--location", "eu", home=tmp_path, emulator=emulator)
        assert {row.split(" | ")[1] for row in rows(text).values()} == {"GA"}
        assert text.endswith("\nThe service lists 9 models in eu, as the table does.\n")

    async def test_one_language(self, emulator: Emulator, tmp_path: Path) -> None:
        text = await shown("--live", "--language", "CY-gb", home=tmp_path, emulator=emulator)
        assert list(rows(text)) == ["chirp", "chirp_2", "chirp_3"]
        assert text.endswith("\nThe service lists 3 models in 10 locations, as the table does.\n")

    async def test_marks_where_the_service_differs(self, tmp_path: Path) -> None:
        async with Emulator(Coded(), models=_other_models()) as emulator:
            text = await shown("--live", home=tmp_path, emulator=emulator, columns=400)
        found = rows(text)
        marks = {name: row.partition("differs: ")[2].split(" ")[0] for name, row in found.items()}
        assert {name: mark for name, mark in marks.items() if mark} == {
            "telephony_short": "missing",
            "chirp_3": "changed",
            "chirp_4": "new",
        }
        lines = text.partition("differs from the table:\n")[2].splitlines()
        everywhere = ", ".join(sorted(BY_NAME["chirp_3"].locations))
        assert {line.strip() for line in lines} >= {
            f"- chirp_3 also knows de-AT, in {everywhere}",
            f"- chirp_3 does not know wo-SN, in {everywhere}",
            f"- chirp_3 also has profanity_filter, in {everywhere}",
            "- chirp_3 is also in me-west1",
            "- chirp_4 is new, in us",
            "- telephony_short is not in eu, global, us",
            "The service lists 12 models in 12 locations: 1 new, 1 missing, 1 changed.",
        }
        assert any("chirp_3 is GA, not PREVIEW, in europe-west2" in line for line in lines)

    def test_locations_that_a_policy_forbids_are_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        # From what the transport's tests see; the emulator has no organisation.
        tables.show_live(listed(MODELS), [], None, None, ["eu", "us"])
        assert "\nThe organisation's policy forbids eu, us.\n" in capsys.readouterr().out

    async def test_a_location_that_the_table_does_not_know(self, tmp_path: Path) -> None:
        async with Emulator(Coded(), models=_other_models()) as emulator:
            text = await shown("--live", "--location", "me-west1", home=tmp_path, emulator=emulator)
        assert rows(text)["chirp_3"].split(" | ")[1] == "preview"
        assert "- chirp_3 is also in me-west1\n" in re.sub(" +\n", "\n", text)

    async def test_a_language_that_the_table_alone_knows(self, tmp_path: Path) -> None:
        async with Emulator(Coded(), models=_other_models()) as emulator:
            text = await shown(
                "--live", "--language", "wo-SN", "--location", "us", home=tmp_path, emulator=emulator
            )
        assert list(rows(text)) == ["chirp_3"]
        assert text.endswith("\nThe service lists 0 models in us: 1 missing.\n")

    async def test_json_has_what_the_service_lists_and_the_differences(self, tmp_path: Path) -> None:
        async with Emulator(Coded(), models=_other_models()) as emulator:
            found = await document(
                "--live", "--language", "de-AT", "--location", "us", home=tmp_path, emulator=emulator
            )
        assert list(found) == ["models", "limits", "service", "differences"]
        features = ("recognizer", "automatic_punctuation", "model_adaptation", "profanity_filter")
        assert found["service"] == {
            "us": {
                "is_forbidden": False,
                "models": {"chirp_3": {"languages": {"de-AT": dict.fromkeys(features, "GA")}}},
            }
        }
        assert found["differences"] == [
            {
                "kind": "new_language",
                "model": "chirp_3",
                "locations": ["us"],
                "language_codes": ["de-AT"],
                "feature": "",
                "table_state": "",
                "service_state": "",
            }
        ]

    @pytest.mark.parametrize(
        ("project", "texts"),
        [
            (
                Project(permissions=frozenset()),
                ["error: PERMISSION_DENIED: Permission 'speech.locations.list'", "roles/speech.client"],
            ),
            (
                Project(enabled=False),
                ["error: PERMISSION_DENIED: Cloud Speech-to-Text API", "enable it"],
            ),
            (Project(access_token="t"), ["error: UNAUTHENTICATED: ", "renew them"]),
        ],
    )
    async def test_a_refusal_is_one_line_with_a_hint(
        self, project: Project, texts: list[str], tmp_path: Path
    ) -> None:
        async with Emulator(Coded(), project=project) as emulator:
            done = await run("--live", home=tmp_path, emulator=emulator)
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith(texts[0])
        assert texts[1] in line.partition(" (hint: ")[2]

    async def test_a_location_that_the_service_does_not_have(
        self, emulator: Emulator, tmp_path: Path
    ) -> None:
        done = await run("--live", "--location", "mars", home=tmp_path, emulator=emulator)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == (
            "error: NOT_FOUND: Unable to find location mars. (hint: change or leave out what it names; "
            "'asyncspeech models' shows what each model can do)\n"
        )

    async def test_a_language_that_neither_has(self, emulator: Emulator, tmp_path: Path) -> None:
        done = await run("--live", "--language", "de-CH", home=tmp_path, emulator=emulator)
        assert (done.returncode, done.stdout) == (2, "")
        assert "no model knows 'de-CH'" in done.stderr
        assert "they know de-DE" in done.stderr

    async def test_a_service_that_cannot_be_reached(self, tmp_path: Path) -> None:
        async with Emulator(Coded()) as emulator:
            address = emulator.address
        done = await run("--live", home=tmp_path, address=address)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: UNAVAILABLE: ")

    async def test_no_credentials(self, tmp_path: Path) -> None:
        done = await run("--live", home=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: no Google credentials were found on this machine (hint: ")
