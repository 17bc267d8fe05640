"""The faults of one stream: which have their time, and what the status of an abort is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc

from asyncspeech.emulator import errors
from asyncspeech.emulator.errors import Refusal, retry_info

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asyncspeech.emulator.faults import Abort, Fault

__all__ = ("FaultClock", "refusal_of")

_KNOWN = {
    refusal.code.name: refusal
    for refusal in (errors.idle(), errors.cancelled(), errors.internal(), errors.unavailable())
}
"""What the service is known to say with the codes that pass."""


class FaultClock:
    """Lets each fault of a stream befall it when its time has come.

    Args:
        faults: The faults.
        befall: Called with each.
    """

    def __init__(self, faults: Sequence[Fault], befall: Callable[[Fault], None]) -> None:
        self._befall = befall
        self._by_audio = sorted(
            (fault for fault in faults if fault.at is not None), key=lambda fault: fault.at or 0
        )
        self._by_time = [fault for fault in faults if fault.at is None]
        self._handles: list[asyncio.TimerHandle] = []

    def open(self) -> None:
        """The stream is opened."""
        loop = asyncio.get_running_loop()
        for fault in self._by_time:
            if fault.after:
                self._handles.append(loop.call_later(fault.after, self._befall, fault))
            else:
                self._befall(fault)
        self.reach(0.0)

    def reach(self, seconds: float) -> None:
        """So much audio has come."""
        while self._by_audio and (self._by_audio[0].at or 0) <= seconds:
            self._befall(self._by_audio.pop(0))

    def close(self) -> None:
        """Nothing befalls the stream any more."""
        for handle in self._handles:
            handle.cancel()


def refusal_of(fault: Abort) -> Refusal:
    """The status that an abort ends the stream with."""
    code = grpc.StatusCode[fault.code]
    known = _KNOWN.get(fault.code)
    text = f"The emulator ends the stream with {fault.code}, as planned."
    details = [] if fault.retry_delay is None else [retry_info(fault.retry_delay)]
    return Refusal(
        code,
        fault.message or (text if known is None else known.message),
        details=details,
        from_backend=known is None or known.from_backend,
    )
