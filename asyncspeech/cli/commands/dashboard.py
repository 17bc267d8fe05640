"""``asyncspeech dashboard``."""

from __future__ import annotations

import click

from asyncspeech.cli.command import PORT, Command, Setting

__all__ = ("dashboard",)


@click.command(cls=Command)
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option(
    "--host", cls=Setting, default="127.0.0.1", show_default=True, help="Address to listen on."
)
@click.option(
    "--port",
    cls=Setting,
    type=PORT,
    metavar="NUMBER",
    default=8464,
    show_default=True,
    help="Port to listen on; 0 for any that is free.",
)
@click.option(
    "--every",
    cls=Setting,
    type=click.FloatRange(0.2, 60),
    metavar="SECONDS",
    default=2.0,
    show_default=True,
    help="How often the endpoints are asked.",
)
@click.option("--open", "browse", is_flag=True, help="Show it in the browser.")
def dashboard(urls: tuple[str, ...], host: str, port: int, every: float, *, browse: bool) -> None:
    """Show what running processes do, on a page of this machine.

    Each URL is where a process serves its metrics to Prometheus: http://127.0.0.1:9464/metrics, or in
    short 127.0.0.1:9464. The page has all of them together: sessions, latency, renewals, recoveries,
    errors and cost, and which endpoint does not answer. Runs until Ctrl-C, or until it is told to end.

    Exits with 0 when it has been stopped, 1 if it could not be started, 2 if it was called wrongly.
    """
    from asyncspeech.cli import dashboard as command  # noqa: PLC0415 - --help should not wait for it

    command.run(command.read_addresses(urls), host=host, port=port, every=every, browse=browse)
