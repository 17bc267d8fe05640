"""A process to be watched: prints the port of its metrics, and runs until its standard input ends."""

from __future__ import annotations

import asyncio
import sys

from prometheus_client import start_http_server

from tests.telemetry.recording import exported, record_everything


async def main() -> None:
    with exported() as (provider, registry):
        server, thread = start_http_server(0, "127.0.0.1", registry)
        print(server.server_port, flush=True)  # noqa: T201 - to the process that started this one
        ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        while not ended.done():
            record_everything(provider)
            await asyncio.wait([ended], timeout=0.2)
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    asyncio.run(main())
