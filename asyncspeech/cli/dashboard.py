"""``asyncspeech dashboard``."""

from __future__ import annotations

import signal
import webbrowser
from typing import TYPE_CHECKING

import anyio
import click

from asyncspeech.errors import MissingExtraError
from asyncspeech.telemetry.dashboard.address import read_address

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from asyncspeech.telemetry.dashboard.address import Address

__all__ = ("read_addresses", "run")

_EXTRA = {"httpx", "nicegui", "prometheus_client", "uvicorn", "fastapi"}


def read_addresses(urls: Sequence[str]) -> Sequence[Address]:
    """The endpoints that the command line names, each once.

    Raises:
        ConfigurationError: One of them is no URL.
    """
    return tuple(dict.fromkeys(map(read_address, urls)))


def run(addresses: Sequence[Address], *, host: str, port: int, every: float, browse: bool) -> None:
    """Serve the page until the process is told to end, by SIGINT or SIGTERM.

    Its address goes to standard output.

    Raises:
        ConfigurationError: It cannot listen there.
        MissingExtraError: The extra ``dashboard`` is not installed.
    """
    try:
        from asyncspeech.telemetry.dashboard import server  # noqa: PLC0415 - comes with the extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise MissingExtraError("the dashboard", "dashboard") from error
    listener = server.listen(host, port)
    if not server.is_loopback(host):
        click.echo(
            f"warning: the dashboard listens on {host}: whoever can reach that can see it", err=True
        )
    anyio.run(_run, addresses, listener, every, browse)
    click.echo("stopped", err=True)


async def _run(
    addresses: Sequence[Address], listener: socket.socket, every: float, browse: bool
) -> None:
    from asyncspeech.telemetry.dashboard.server import serve  # noqa: PLC0415 - comes with the extra

    started, ended = anyio.Event(), anyio.Event()
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with anyio.create_task_group() as tasks:

            async def end() -> None:
                await anext(aiter(signals))
                ended.set()

            async def tell() -> None:
                await started.wait()
                host, port = listener.getsockname()[:2]
                url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
                click.echo(f"dashboard on {url}")
                if browse:
                    await anyio.to_thread.run_sync(webbrowser.open, url)

            tasks.start_soon(end)
            tasks.start_soon(tell)
            await serve(addresses, listener, every=every, started=started, ended=ended)
            tasks.cancel_scope.cancel()
