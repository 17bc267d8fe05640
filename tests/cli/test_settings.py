"""Where settings come from: the command line, the environment, a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from unittest import mock

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.cli.app import SECTIONS, app
from asyncspeech.cli.command import Command, Setting
from asyncspeech.cli.options import SHARED, read_recognition
from asyncspeech.config import MultiChannelMode, VoiceGate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in that is the user's home as well, and no setting from elsewhere."""
    for name in [name for name in os.environ if name.startswith("ASYNCSPEECH_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(name: str, *arguments: str) -> dict[str, Any]:
    """The parameters that a command would be called with."""
    root = app.make_context("asyncspeech", [name, *arguments])
    command = app.get_command(root, name)
    assert command is not None
    return command.make_context(name, list(arguments), parent=root).params


def complaint(name: str, *arguments: str) -> str:
    """What a command says to settings that it refuses."""
    done = CliRunner().invoke(app, [name, *arguments])
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    return line


class TestPrecedence:
    @given(present=st.sets(st.sampled_from(["flag", "own", "shared", "table", "top"])))
    def test_the_first_place_that_has_a_setting_gives_it(self, present: set[str]) -> None:
        lines = ["location = 'top'"] * ("top" in present)
        lines += ["[transcribe]", "location = 'table'"] * ("table" in present)
        variables = {"ASYNCSPEECH_TRANSCRIBE_LOCATION": "own"} if "own" in present else {}
        variables |= {"ASYNCSPEECH_LOCATION": "shared"} if "shared" in present else {}
        flags = ["--location", "flag"] if "flag" in present else []
        with open("settings.toml", "w", encoding="utf-8") as file:  # noqa: PTH123 - in the test's folder
            file.write("\n".join(lines))
        with mock.patch.dict(os.environ, variables):
            found = read("transcribe", "--config", "settings.toml", "x.wav", *flags)
        order = ["flag", "own", "shared", "table", "top"]
        assert found["location"] == next((place for place in order if place in present), "global")

    def test_a_list_of_the_command_line_takes_the_place_of_that_of_the_file(self, folder: Path) -> None:
        (folder / "asyncspeech.toml").write_text('language = ["de-DE", "fr-FR"]')
        assert read("transcribe", "x.wav")["language"] == ("de-DE", "fr-FR")
        assert read("transcribe", "x.wav", "-l", "en-GB")["language"] == ("en-GB",)

    def test_a_flag_can_be_switched_off_again(self, folder: Path) -> None:
        (folder / "asyncspeech.toml").write_text("punctuation = true")
        assert read("transcribe", "x.wav")["punctuation"] is True
        assert read("transcribe", "x.wav", "--no-punctuation")["punctuation"] is False


class TestEnvironment:
    def test_lists_are_separated(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASYNCSPEECH_LANGUAGE", "de-DE,en-US")
        monkeypatch.setenv("ASYNCSPEECH_PHRASE", "Bahnhof Zoo;Unter den Linden")
        monkeypatch.setenv("ASYNCSPEECH_TRANSCRIBE_FORMAT", "srt json")
        found = read("transcribe", "x.wav")
        assert found["language"] == ("de-DE", "en-US")
        assert found["phrases"] == ("Bahnhof Zoo", "Unter den Linden")
        assert found["forms"] == ("srt", "json")

    def test_an_empty_variable_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASYNCSPEECH_LOCATION", "")
        assert read("transcribe", "x.wav")["location"] == "global"

    def test_what_is_meant_for_one_command_is_not_for_another(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ASYNCSPEECH_FORMAT", "srt")
        monkeypatch.setenv("ASYNCSPEECH_TRANSCRIBE_FORMAT", "srt")
        assert read("models")["form"] == "table"


class TestPlaces:
    def test_the_first_file_that_there_is_is_read_alone(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        user = folder / ".config" / "asyncspeech" / "config.toml"
        user.parent.mkdir(parents=True)
        assert read("doctor")["location"] == "global"
        user.write_text("location = 'user'\nproject = 'mine'")
        assert read("doctor")["location"] == "user"
        (folder / "asyncspeech.toml").write_text("location = 'here'")
        found = read("doctor")
        assert (found["location"], found["project"]) == ("here", None)
        (folder / "variable.toml").write_text("location = 'variable'")
        monkeypatch.setenv("ASYNCSPEECH_CONFIG", "variable.toml")
        assert read("doctor")["location"] == "variable"
        (folder / "flag.toml").write_text("location = 'flag'")
        assert read("doctor", "--config", "flag.toml")["location"] == "flag"

    def test_a_file_that_was_named_has_to_be_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert complaint("doctor", "--config", "no.toml") == "error: config: there is no file no.toml"
        monkeypatch.setenv("ASYNCSPEECH_CONFIG", "none.toml")
        assert complaint("doctor") == (
            "error: config: there is no file none.toml, which ASYNCSPEECH_CONFIG names"
        )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("modle = 'long'", "modle is no setting (hint: did you mean 'model'?)"),
        ("[transcribe]\njob = 3", "transcribe.job is no setting (hint: did you mean 'jobs'?)"),
        ("[transcrib]", "transcrib is the name of no command (hint: did you mean 'transcribe'?)"),
        ("location = 3", "location is 3, and not a text"),
        ("location = ['eu']", "location is a list, and there may be only one"),
        ("language = ['de-DE', 3]", "language is 3, and not a text"),
        ("punctuation = 'yes'", "punctuation is 'yes', and not true or false"),
        ("max-outage = true", "max-outage is True, and not a number"),
        ("[transcribe]\njobs = 2.5", "transcribe.jobs is 2.5, and not a whole number"),
        ("[transcribe]\njobs = 0", "transcribe.jobs: 0 is not in the range 1<=x<=300."),
        ("backend = 'abacus'", "backend: 'abacus' is not one of 'auto', 'google', 'local'."),
        ("location = ", "cannot be read: Invalid value (at end of document)"),
        ("\x00", "cannot be read: "),
    ],
)
def test_what_a_file_cannot_have_is_told_with_the_file_and_the_key(
    text: str, line: str, folder: Path
) -> None:
    (folder / "asyncspeech.toml").write_text(text)
    assert complaint("transcribe", "x.wav").startswith(f"error: asyncspeech.toml: {line}")


def test_a_file_that_is_not_text_is_told(folder: Path) -> None:
    (folder / "asyncspeech.toml").write_bytes(b"\xff\xfe")
    assert "asyncspeech.toml: cannot be read: 'utf-8' codec" in complaint("transcribe", "x.wav")


def test_keys_may_have_underscores_and_numbers_may_be_whole(folder: Path) -> None:
    (folder / "asyncspeech.toml").write_text("max_outage = 5\n[transcribe]\noutput_dir = 'out'")
    found = read("transcribe", "x.wav")
    assert (found["max_outage"], found["output_dir"]) == (5.0, "out")


def test_a_shared_setting_is_none_of_a_command_that_means_something_else_by_it(folder: Path) -> None:
    (folder / "asyncspeech.toml").write_text("recognizer = 'mine'\nlanguage = 'de-DE'\nlocation = 'eu'")
    assert read("emulator")["recognizer"] == "pocketsphinx"
    assert read("emulator")["location"] is None
    assert read("models")["language"] is None
    assert read("transcribe", "x.wav")["recognizer"] == "mine"


def test_help_is_shown_whatever_the_file_says(folder: Path) -> None:
    (folder / "asyncspeech.toml").write_text("nonsense")
    assert CliRunner().invoke(app, ["transcribe", "--help"]).exit_code == 0


def _commands() -> Iterator[Command]:
    root = click.Context(app)
    for name in app.list_commands(root):
        command = app.get_command(root, name)
        assert isinstance(command, Command)
        yield command


def test_every_shared_setting_means_the_same_to_all_that_have_it() -> None:
    for command in _commands():
        for key, setting in command.settings.items():
            assert not setting.is_shared or key in SHARED
            assert not setting.is_shared or setting.multiple == SHARED[key].multiple


def test_every_command_is_in_the_help_and_in_a_line_of_its_own() -> None:
    text = CliRunner().invoke(app, ["--help"], terminal_width=80).stdout
    for names in SECTIONS.values():
        for name in names:
            (line,) = [line for line in text.splitlines() if line.startswith(f"  {name} ")]
            assert line.endswith(".")
            assert not line.endswith("...")
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("command", list(_commands()), ids=lambda command: command.name)
def test_help_fits_a_terminal_of_80_columns(command: Command) -> None:
    text = CliRunner().invoke(app, [str(command.name), "--help"], terminal_width=80).stdout
    assert max(map(len, text.splitlines())) <= 80
    for param in command.params:
        assert not isinstance(param, Setting) or max(param.opts, key=len) in text


class TestRecognition:
    """What the shared options make of a session's configuration."""

    def test_all_of_them_arrive(self) -> None:
        values = read(
            "transcribe",
            *("x.wav", "-l", "de-DE", "-l", "en-US", "-m", "chirp_2", "--phrase", "Zoo"),
            *("--boost", "3", "--punctuation", "--profanity-filter", "--translate-to", "fr-FR"),
            *("--min-confidence", "0.5", "--max-outage", "7", "--budget", "2.5", "--skip-silence"),
            *("--prompt", "Listen.", "--location", "eu", "--project", "p", "--backend", "google"),
        )
        found = read_recognition(values, channels=2)
        config = found.config
        assert (found.location, found.project, found.backend) == ("eu", "p", "google")
        assert config.language_codes == ("de-DE", "en-US")
        assert config.model == "chirp_2"
        assert config.adaptation.phrase_sets[0].phrases == ("Zoo",)  # type: ignore[union-attr]
        assert config.adaptation.phrase_sets[0].boost == 3  # type: ignore[union-attr]
        assert (config.enable_automatic_punctuation, config.profanity_filter) == (True, True)
        assert (config.target_language, config.custom_prompt) == ("fr-FR", "Listen.")
        assert (config.min_confidence, config.retry.max_outage) == (0.5, 7)
        assert config.budget is not None
        assert (config.budget.usd, config.budget.per) == (2.5, "client")
        assert config.preprocess == (VoiceGate(),)
        assert config.audio_channel_count == 2
        assert config.multi_channel_mode is MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL

    def test_a_recogniser_resource_keeps_its_model_and_languages(self) -> None:
        config = read_recognition(read("transcribe", "x.wav", "--recognizer", "mine")).config
        assert (config.recognizer, config.model, config.language_codes) == ("mine", "", ())
        values = read("transcribe", "x.wav", "--recognizer", "mine", "-m", "short", "-l", "de-DE")
        config = read_recognition(values).config
        assert (config.model, config.language_codes) == ("short", ("de-DE",))
