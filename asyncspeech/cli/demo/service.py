"""`Service`: the emulator in a process of its own, as the service is elsewhere.

The process lives until its standard input ends: whichever way this one goes, be it by SIGKILL, that does
end. It is in a session of its own, so that Ctrl-C in a terminal is for this process alone.
"""

from __future__ import annotations

import asyncio
import sys
from subprocess import PIPE
from typing import TYPE_CHECKING

from asyncspeech.errors import UsageError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ("Service",)

_PATIENCE = 5.0


class Service:
    """The emulator's process, inside ``async with``.

    Args:
        seed: What is drawn for its faults; None for a service without any.

    Attributes:
        address: Where it listens.
    """

    def __init__(self, seed: int | None) -> None:
        self._seed = seed
        self._process: asyncio.subprocess.Process
        self.address = ""

    async def __aenter__(self) -> Self:
        command = [sys.executable, "-m", "asyncspeech.cli.demo.service"]
        if self._seed is not None:
            command.append(str(self._seed))
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        try:
            self.address = (await self._process.stdout.readline()).decode().strip()
        except BaseException:
            await self._stop()
            raise
        if not self.address:
            raise await self.ended()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is not None and self._process.returncode is None:
            self._process.kill()
        await self._stop()

    async def ended(self) -> UsageError:
        """What is wrong if the process ends, as soon as it does."""
        code = await self._process.wait()
        return UsageError(f"the emulator's process has ended, with {code}")

    async def _stop(self) -> None:
        """Let the process end, and see that it does."""
        process = self._process
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def serve(seed: int | None) -> None:
    """Be that process."""
    from asyncspeech.cli.demo.plan import Mishaps, limits  # noqa: PLC0415 - the parent need not wait
    from asyncspeech.emulator import Coded, Emulator  # noqa: PLC0415 - as above

    faults = None if seed is None else Mishaps(seed)
    async with Emulator(Coded(), limits=limits(), faults=faults) as emulator:
        sys.stdout.write(f"{emulator.address}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else None))
