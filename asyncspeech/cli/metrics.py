"""``--metrics-port``: the command's metrics, while it runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("serve_metrics",)


@contextmanager
def serve_metrics(port: int | None) -> Iterator[str | None]:
    """Serve them on loopback, and give the address.

    Args:
        port: 0 for any that is free, None for no metrics.

    Raises:
        ConfigurationError: The port cannot be listened on.
        MissingExtraError: The extra ``telemetry`` is not installed.
    """
    if port is None:
        yield None
        return
    from asyncspeech.telemetry.setup import set_up  # noqa: PLC0415 - most calls want no metrics

    with set_up(prometheus_port=port) as running:
        yield running.metrics_url
