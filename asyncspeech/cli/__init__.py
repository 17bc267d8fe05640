"""The ``asyncspeech`` command."""

from __future__ import annotations

import os
import sys

__all__ = ("main",)


def main() -> None:
    """Run the command, and leave with its exit code."""
    # gRPC's core would tell of connections that are being closed, between our own lines.
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    try:
        from asyncspeech.cli.app import COMPLETION_VARIABLE, app  # noqa: PLC0415 - the extra may be missing

        app(complete_var=COMPLETION_VARIABLE)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"click", "packaging", "rich"}:
            raise
        sys.stderr.write(
            "error: the asyncspeech command needs the extra 'cli', which is not installed "
            "(hint: pip install 'asyncspeech[cli]')\n"
        )
        sys.exit(1)
