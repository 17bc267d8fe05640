"""A sound system to test with: what sounddevice looks like, with devices that do as they are told."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class PortAudioError(Exception):
    pass


class FakeStream:
    """A stream that is given its blocks by the test, and says which thread did what with it."""

    def __init__(self, system: FakeSystem, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.is_active = False
        self.is_open = True
        self._system = system
        self._callback: Callable[..., None] = settings["callback"]
        self._finished: Callable[[], None] = settings["finished_callback"]

    def start(self) -> None:
        self._system.act("start")
        self.is_active = True

    def close(self) -> None:
        self._system.act("close")
        self.is_active = self.is_open = False
        self._finished()  # PortAudio calls it whatever the reason

    def record(self, blocks: Iterable[bytes], *, overflow: bool = False) -> None:
        """Hand blocks over, in a thread of its own, as PortAudio does."""

        def run() -> None:
            for block in blocks:
                buffer = bytearray(block)
                frames = len(block) // 2 // int(self.settings["channels"])
                self._callback(
                    memoryview(buffer), frames, None, SimpleNamespace(input_overflow=overflow)
                )
                buffer[:] = b"\xee" * len(buffer)  # it is the sound system's, which uses it again

        self._in_thread(run)

    def unplug(self) -> None:
        """End it, as PortAudio does when it finds that the device is gone."""
        self.is_active = False
        self._in_thread(self._finished)

    @staticmethod
    def _in_thread(run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name="PortAudio")
        thread.start()
        thread.join()


class FakeSystem:
    """Stands in for the module ``sounddevice``.

    Attributes:
        devices: What there is: name, host API, input channels and rate of each.
        default: The index of the default input; -1 if there is none.
        streams: All that were opened.
        threads: By what was done, the threads that did it.
        gates: By what is done, what it waits for before it goes on.
    """

    PortAudioError = PortAudioError

    def __init__(self, *devices: tuple[str, str, int, float], default: int = 0) -> None:
        self.devices = devices or (("Desk", "ALSA", 2, 48_000.0),)
        self.default = default
        self.streams: list[FakeStream] = []
        self.threads: dict[str, set[int]] = {}
        self.gates: dict[str, threading.Event] = {}
        self.arrivals = {name: threading.Event() for name in ("query", "open", "start", "close")}
        self.refusals: dict[str, Exception] = {}

    def act(self, what: str) -> None:
        """Note that something is done, wait for its gate, and refuse it if that is wanted."""
        self.threads.setdefault(what, set()).add(threading.get_ident())
        self.arrivals[what].set()
        if what in self.gates:
            assert self.gates[what].wait(10)
        if what in self.refusals:
            raise self.refusals[what]

    @property
    def stream(self) -> FakeStream:
        """The one that was opened."""
        (stream,) = self.streams
        return stream

    def query_hostapis(self) -> tuple[dict[str, object], ...]:
        return tuple({"name": name} for name in self._hosts())

    def query_devices(self, kind: str | None = None) -> Any:
        self.act("query")
        hosts = self._hosts()
        found = [
            {
                "index": index,
                "name": name,
                "hostapi": hosts.index(host),
                "max_input_channels": channels,
                "default_samplerate": rate,
            }
            for index, (name, host, channels, rate) in enumerate(self.devices)
        ]
        if kind is None:
            return tuple(found)
        if self.default < 0:
            raise PortAudioError("Error querying device -1")
        return found[self.default]

    def RawInputStream(self, **settings: Any) -> FakeStream:  # noqa: N802 - as sounddevice calls it
        self.act("open")
        self.streams.append(FakeStream(self, settings))
        return self.streams[-1]

    def _hosts(self) -> list[str]:
        return list(dict.fromkeys(host for _, host, _, _ in self.devices))
