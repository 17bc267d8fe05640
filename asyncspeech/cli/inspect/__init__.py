"""``asyncspeech inspect``: what can be told of a recording before it is paid for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from asyncspeech.audio.analysis import advise, recognition_cost
from asyncspeech.audio.analysis.recording import examine_file
from asyncspeech.cli.inspect.documents import document
from asyncspeech.cli.inspect.report import Report
from asyncspeech.cli.inspect.treatment import treat
from asyncspeech.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.audio.analysis.recording import ExaminedFile

__all__ = ("run",)


def run(files: Sequence[str], *, form: str, model: str, plot: str | None) -> bool:
    """Inspect ``files`` one after the other. Returns whether all of each could be read.

    Args:
        files: Their paths.
        form: ``"table"`` or ``"json"``.
        model: By which model they would be recognised; prices depend on it.
        plot: Where to write a picture of the only one; None for none.

    Raises:
        MissingExtraError: What draws pictures is not installed.
        ConfigurationError: The picture's suffix is none that can be drawn.
    """
    if plot is not None:
        from asyncspeech.cli.inspect.picture import check_drawing  # noqa: PLC0415 - an extra

        check_drawing(plot)
    done = True
    with Report() as report:
        for path in files:
            try:
                file = examine_file(path, progress=report.progress("looking at", path))
            except AudioError as error:
                report.error(error)
                done = False
                continue
            if file.fault is not None:
                report.error(file.fault)
                done = False
            _show(file, report, form=form, model=model)
            if plot is not None:
                _draw(file, plot, report)
    return done


def _show(file: ExaminedFile, report: Report, *, form: str, model: str) -> None:
    analysis = file.examination.analysis
    cost = recognition_cost(analysis, model=model)
    advice = advise(file.container, analysis, cost)
    if form == "json":
        click.echo(json.dumps(document(file, cost, advice), ensure_ascii=False))
    else:
        report.show(file, cost, advice)


def _draw(file: ExaminedFile, plot: str, report: Report) -> None:
    from asyncspeech.cli.inspect.picture import draw  # noqa: PLC0415 - as above

    before, after, note = treat(file.path, report.progress("treating", file.path))
    if note:
        report.note(note)
    draw(file, before, after, plot)
