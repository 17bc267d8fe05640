"""In a kernel: the notebooks among the examples; cells that run, fail or are interrupted."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from asyncspeech.emulator import Coded, Emulator, coded

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted((EXAMPLES / "notebooks").glob("*.ipynb"))
RECORDING = coded.encode(25)

pytestmark = pytest.mark.xdist_group("kernel")


def run(path: Path, folder: Path) -> list[Any]:
    """What a notebook's cells put out, run from top to bottom in a copy of the examples."""
    shutil.copytree(EXAMPLES, folder / "examples")
    notebook = nbformat.read(path, as_version=4)
    home = folder / "examples" / "notebooks"
    nbclient.NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(home)}}).execute()
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def shown(outputs: list[Any], kind: str) -> list[str]:
    return [output.data[kind] for output in outputs if kind in output.get("data", {})]


def printed(outputs: list[Any], stream: str = "stdout") -> str:
    return "".join(output.text for output in outputs if output.get("name") == stream)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_stored_without_what_it_put_out(path: Path) -> None:
    notebook = json.loads(path.read_text())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [(cell["outputs"], cell["execution_count"]) for cell in code] == [([], None)] * len(code)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_the_notebook_of_a_transcript_shows_all_of_its_forms(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    pytest.importorskip("matplotlib")
    outputs = run(EXAMPLES / "notebooks" / "transcribe.ipynb", tmp_path)
    assert not printed(outputs, "stderr")
    progress, table = shown(outputs, "text/html")
    assert progress.startswith("<div>meeting.flac: 10.3 s of audio in ")
    assert table.count("<tr>") == 4
    assert "<mark title=" in table
    assert len(shown(outputs, "image/png")) == 1
    assert "thank" in printed(outputs)


def test_the_notebook_of_a_live_session_shows_finals_and_renewals(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    outputs = run(EXAMPLES / "notebooks" / "live.ipynb", tmp_path)
    assert not printed(outputs, "stderr")
    live, table = shown(outputs, "text/html")
    assert re.search(r"ended · 0:10\.3 · [1-9] renewals?<", live)
    for page in (live, table):
        assert ">thank you for coming today<" in page
        assert ">we will meet again next week<" in page
    assert re.search(r"^stream 1 from .*: renewal, ended ", printed(outputs), re.MULTILINE)
    assert re.search(r"^audio lost +0\.0 s$", printed(outputs), re.MULTILINE)


class Kernel:
    """A notebook whose cells are run one by one.

    Args:
        cells: Their code.
    """

    def __init__(self, *cells: str) -> None:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        self.client = nbclient.NotebookClient(notebook, timeout=60, allow_errors=True)

    def html(self, cell: int) -> str:
        """What a cell shows now."""
        return "".join(shown(self.client.nb.cells[cell].outputs, "text/html"))

    def errors(self, cell: int) -> list[str]:
        outputs = self.client.nb.cells[cell].outputs
        return [output.ename for output in outputs if output.output_type == "error"]

    async def run(self, cell: int) -> None:
        await self.client.async_execute_cell(self.client.nb.cells[cell], cell)


@pytest.fixture
async def emulator_host(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """An emulator that hears coded audio, in this process, known to kernels that are started now."""
    async with Emulator(Coded()) as emulator:
        monkeypatch.setenv("SPEECH_EMULATOR_HOST", emulator.address)
        yield


IMPORT = """
import asyncspeech
from asyncspeech import AudioFormat, Client, RawAudio
from asyncspeech.emulator import coded
recording = coded.encode(25)
source = RawAudio(recording.audio, AudioFormat())
"""
TRANSCRIBE = "transcript = await asyncspeech.transcribe(source, pace=8.0)"
LIVE = """
async with Client() as client, client.session(source=source, pace=1.0) as session:
    await session.live()
"""
AFTERWARDS = """
import asyncio
print(len(client.sessions), session.summary.outcome, len(session.transcript.results) > 0)
print([task.get_name() for task in asyncio.all_tasks() if "asyncspeech" in task.get_name()])
"""


@pytest.mark.usefixtures("emulator_host")
async def test_the_bar_moves_on_in_the_cell_and_an_interrupted_session_leaves_what_was_final() -> None:
    kernel = Kernel(IMPORT, TRANSCRIBE, LIVE, AFTERWARDS)
    seen: list[str] = []
    async with kernel.client.async_setup_kernel():
        await kernel.run(0)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(kernel.run, 1)
            while not (seen and "of audio in" in seen[-1]):
                if kernel.html(1) != (seen[-1] if seen else ""):
                    seen.append(kernel.html(1))
                await anyio.sleep(0.01)
        assert len(seen) > 3
        assert all("<progress" in html for html in seen[:-1])
        assert kernel.errors(1) == []

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(kernel.run, 2)
            while "0:00.0" not in kernel.html(2) or "<i>" not in kernel.html(2):
                await anyio.sleep(0.01)
            first = " ".join(word.text for word in RECORDING.words[:5])
            while f">{first}<" not in kernel.html(2):  # until it is final
                await anyio.sleep(0.01)
            await kernel.client.km.interrupt_kernel()
        assert "interrupted · " in kernel.html(2)
        assert f">{first}<" in kernel.html(2)
        assert kernel.errors(2) != []

        await kernel.run(3)
        assert printed(kernel.client.nb.cells[3].outputs) == "0 ABANDONED True\n[]\n"
