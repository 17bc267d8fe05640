"""A real Prometheus on loopback, for as long as a test wants it."""

from __future__ import annotations

import json
import math
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPS = Path(__file__).resolve().parents[2] / "docs" / "ops"
IS_INSTALLED = all(map(shutil.which, ("prometheus", "promtool")))
PATIENCE = 20.0  # seconds, for what takes six or so


class Prometheus:
    """Asks a Prometheus by its HTTP API.

    Args:
        port: Where on loopback it listens.
    """

    def __init__(self, port: int) -> None:
        self._port = port

    def get(self, path: str, **parameters: str) -> Any:
        """The data that it answers with. It is a ValueError if it does not like what it is asked."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("GET", f"/api/v1/{path}?{urlencode(parameters)}")
            answer = json.load(connection.getresponse())
        finally:
            connection.close()
        if answer["status"] != "success":
            raise ValueError(answer["error"])
        return answer["data"]

    def numbers(self, expression: str) -> list[float]:
        """What an expression gives at this moment, without what is not a number."""
        values = (float(sample["value"][1]) for sample in self.get("query", query=expression)["result"])
        return [value for value in values if math.isfinite(value)]

    def rules(self) -> list[dict[str, Any]]:
        """The rules, and what has become of them."""
        (group,) = self.get("rules")["groups"]
        rules: list[dict[str, Any]] = group["rules"]
        return rules

    def is_ready(self) -> bool:
        """Whether it answers yet."""
        try:
            return bool(self.get("status/runtimeinfo"))
        except (OSError, HTTPException, ValueError):
            return False


@contextmanager
def watching(port: int, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus that reads the metrics of ``port`` each second, by the configuration of the docs."""
    config = yaml.safe_load((OPS / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(OPS / name) for name in config["rule_files"]]
    config["scrape_configs"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{port}"]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))

    own = _free_port()
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{own}",
        "--log.level=error",
    ]
    with subprocess.Popen(command) as process:
        try:
            prometheus = Prometheus(own)
            until(lambda: prometheus.is_ready() or process.poll() is not None)
            assert process.poll() is None
            yield prometheus
        finally:
            process.terminate()


def until(is_so: Callable[[], object], report: Callable[[], object] = str) -> None:
    """Wait until something holds of another process, which can only be asked; else ``report`` it."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, report()
        time.sleep(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
