"""``python -m examples.twilio``: write down telephone calls."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import anyio
from websockets.exceptions import WebSocketException

from asyncspeech import AsyncSpeechError, Client

from . import simulator
from .door import Doorkeeper, listen, signature
from .switchboard import Switchboard, telephone


async def main(options: argparse.Namespace) -> None:
    """Answer calls until SIGTERM or SIGINT."""
    client = Client() if os.environ.get("GOOGLE_CLOUD_PROJECT") else Client.local()
    switchboard = Switchboard(client, telephone(options.language))
    auth_token = os.environ.get("TWILIO_AUTH_TOKEN", "")
    doorkeeper = Doorkeeper(options.public_url, auth_token, options.most_calls)
    async with client, listen(switchboard, doorkeeper, options.host, options.port) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(f"listening on {options.host}, port {port}", flush=True)
        if options.simulate:
            url = f"ws://127.0.0.1:{port}{doorkeeper.path}"
            signed = signature(options.public_url, auth_token) if auth_token else ""
            await simulator.call(url, options.simulate, signature=signed)
        else:
            await _told_to_stop()


async def _told_to_stop() -> None:
    """Wait for the first signal. The second has its usual effect, at once."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            return


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m examples.twilio",
        description="Write down telephone calls: on Google's service if GOOGLE_CLOUD_PROJECT is set, and"
        " else on this machine. With TWILIO_AUTH_TOKEN set, only connections that Twilio has signed are"
        " taken; without it, the server listens on this machine alone.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen: this machine alone")
    parser.add_argument("--port", type=int, default=8080, help="0 for any that is free")
    parser.add_argument(
        "--public-url", default="wss://localhost/calls", help="the address that Twilio is told to call"
    )
    parser.add_argument("--language", default="en-US", help="what is spoken")
    parser.add_argument("--most-calls", type=int, default=100, help="how many at a time")
    parser.add_argument("--simulate", type=Path, metavar="RECORDING", help="make a call, and end")
    options = parser.parse_args()
    if options.host not in {"127.0.0.1", "::1", "localhost"} and not os.environ.get("TWILIO_AUTH_TOKEN"):
        parser.error("to listen to others than this machine, set TWILIO_AUTH_TOKEN")
    return options


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    try:
        asyncio.run(main(_arguments()))
    except AsyncSpeechError as failure:
        sys.exit(f"{failure.message}\n{failure.hint}")
    except (OSError, WebSocketException) as failure:
        sys.exit(str(failure))
