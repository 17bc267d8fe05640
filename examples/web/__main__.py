"""``python -m examples.web``: serve live captions."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress

from asyncspeech import Client, SessionConfig

from .app import create_app
from .limits import Limits
from .server import Server


def connect(limits: Limits) -> Client:
    """A client of what the environment names, or else of this machine."""
    if os.environ.get("SPEECH_EMULATOR_HOST") or os.environ.get("GOOGLE_CLOUD_PROJECT"):
        return Client(max_sessions=limits.conversations)
    return Client.local(max_sessions=limits.conversations)


def arguments() -> argparse.Namespace:
    """What the command is to do."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.web",
        description="Serve live captions: on Google's service if GOOGLE_CLOUD_PROJECT is set, on an"
        " emulator if SPEECH_EMULATOR_HOST is, and else on this machine.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", default=8000, type=int, help="port to listen on (%(default)s)")
    parser.add_argument(
        "--name",
        action="append",
        default=["127.0.0.1", "localhost"],
        help="a name by which browsers reach it, such as captions.example.org",
    )
    parser.add_argument(
        "--origin", action="append", default=[], help="an origin whose pages may use it, too"
    )
    parser.add_argument("--language", default="en-US", help="what is spoken (%(default)s)")
    parser.add_argument("--model", default="long", help="the model (%(default)s)")
    return parser.parse_args()


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    given, limits = arguments(), Limits()
    config = SessionConfig(language_codes=(given.language,), model=given.model)
    app = create_app(
        lambda: connect(limits), config=config, limits=limits, hosts=given.name, origins=given.origin
    )
    with suppress(KeyboardInterrupt):  # uvicorn raises it again, once all is over
        Server(app, limits, host=given.host, port=given.port).run()


if __name__ == "__main__":
    main()
