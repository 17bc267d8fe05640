"""The file of settings: TOML, read as the defaults of a command.

::

    location = "eu"                 # settings that commands share stand at the top
    language = ["de-DE", "en-US"]

    [transcribe]                    # those of one command below its name
    jobs = 8
    format = ["srt", "json"]

One file is read, the first that there is: that of ``--config``, or of ``ASYNCSPEECH_CONFIG``, or
``asyncspeech.toml`` in the current folder, or ``config.toml`` in the user's folder
(``~/.config/asyncspeech`` on Linux). A key is the name of a flag without its dashes. Whatever it is that
cannot be used, the error names the file and the key.
"""

from __future__ import annotations

import os
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asyncspeech.errors import ConfigurationError
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from asyncspeech.cli.command import Setting

__all__ = ("find_file", "read_file")


def find_file(path: str | None) -> Path | None:
    """The file to read; None if there is none.

    Args:
        path: What the command line names.

    Raises:
        ConfigurationError: What the command line or the environment names is not there.
    """
    named = path or os.environ.get("ASYNCSPEECH_CONFIG")
    if named:
        if not Path(named).is_file():
            origin = "" if path else ", which ASYNCSPEECH_CONFIG names"
            raise ConfigurationError("config", f"there is no file {named}{origin}")
        return Path(named)
    usual = Path("asyncspeech.toml"), Path(click.get_app_dir("asyncspeech")) / "config.toml"
    return next((place for place in usual if place.is_file()), None)


def read_file(path: Path, ctx: click.Context) -> dict[str, Any]:
    """What a file sets for the command of a context, by the names of its parameters.

    Raises:
        ConfigurationError: It cannot be read, or has something that is no setting, or no value of one.
    """
    from asyncspeech.cli.options import SHARED  # noqa: PLC0415 - options are settings, and come later

    document = _load(path)
    names = _command_names(ctx.parent)
    tables = {key: value for key, value in document.items() if isinstance(value, dict)}
    shared = {key: value for key, value in document.items() if key not in tables}
    _check_known(path, "", tables, names, "is the name of no command")
    _check_known(path, "", shared, SHARED, "is no setting")
    own = tables.get(ctx.info_name or "", {})
    settings: Mapping[str, Setting] = ctx.command.settings  # type: ignore[attr-defined] # a Command's
    _check_known(path, f"{ctx.info_name}.", own, settings, "is no setting")
    values = {key: _value(path, key, SHARED[_flag(key)], value, ctx) for key, value in shared.items()}
    values |= {
        f"{ctx.info_name}.{key}": _value(
            path, f"{ctx.info_name}.{key}", settings[_flag(key)], value, ctx
        )
        for key, value in own.items()
    }
    return _by_parameter(values, settings)


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ConfigurationError(str(path), f"cannot be read: {reason}") from error


def _command_names(ctx: click.Context | None) -> list[str]:
    if ctx is None or not isinstance(ctx.command, click.Group):
        return []
    return ctx.command.list_commands(ctx)


def _check_known(
    path: Path, prefix: str, found: Collection[str], known: Collection[str], complaint: str
) -> None:
    for key in found:
        if _flag(key) not in known:
            near = get_close_matches(_flag(key), list(known), n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"
            raise ConfigurationError(str(path), f"{prefix}{key} {complaint}", hint=hint)


def _flag(key: str) -> str:
    """A key as the flag is written; ``max_outage`` is as good as ``max-outage``."""
    return key.replace("_", "-")


def _by_parameter(values: Mapping[str, Any], settings: Mapping[str, Setting]) -> dict[str, Any]:
    """By parameter, what is said of the command itself before what is said of all."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        table, _, name = key.rpartition(".")
        setting = settings.get(_flag(name))
        if setting is not None and (table or setting.is_shared):
            found[str(setting.name)] = value
    return found


def _value(path: Path, key: str, setting: Setting, value: Any, ctx: click.Context) -> Any:
    """A value of the file, as the command line would have it."""
    many = value if isinstance(value, list) else [value]
    if isinstance(value, list) and not setting.multiple:
        raise ConfigurationError(str(path), f"{key} is a list, and there may be only one")
    for item in many:
        _check(path, key, setting, item, ctx)
    return many if setting.multiple else value


def _check(path: Path, key: str, setting: Setting, item: Any, ctx: click.Context) -> None:
    kind = setting.type
    wanted: tuple[type, str]
    if setting.is_flag:
        wanted = bool, "true or false"
    elif isinstance(kind, click.types.IntParamType):
        wanted = int, "a whole number"
    elif isinstance(kind, click.types.FloatParamType):
        wanted = (int, float), "a number"  # type: ignore[assignment] # isinstance takes both
    else:
        wanted = str, "a text"
    if not isinstance(item, wanted[0]) or (isinstance(item, bool) and not setting.is_flag):
        raise ConfigurationError(str(path), f"{key} is {brief(item)}, and not {wanted[1]}")
    try:
        kind.convert(item, setting, ctx)
    except click.BadParameter as error:
        raise ConfigurationError(str(path), f"{key}: {error.message}") from error
