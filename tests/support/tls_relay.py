"""A process that decrypts what comes: ``python -m tests.support.tls_relay ADDRESS PEM [CALLERS]``.

It prints its port and runs until it is killed. A process of its own, because asyncio leaves the sockets
of handshakes that are broken off to the garbage collector, which tests hold against whoever runs then.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys


async def main(address: str, pem: str, *callers: str) -> None:
    """Relay what comes to ``address``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2"])
    context.load_cert_chain(pem)
    for trusted in callers:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(trusted)
    host, _, port = address.rpartition(":")

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there_reader, there = await asyncio.open_connection(host, int(port))
            await asyncio.gather(_pump(reader, there), _pump(there_reader, writer))

    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    except OSError:
        pass
    finally:
        sink.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
