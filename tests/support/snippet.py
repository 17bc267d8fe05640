"""Runs a snippet from standard input as a notebook would: with ``await`` at the top level."""

from __future__ import annotations

import ast
import asyncio
import inspect
import sys


def main() -> None:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(sys.stdin.read(), sys.argv[1], "exec", flags=flags)
    result = eval(code, {"__name__": "__main__"})  # noqa: S307 - our own documentation
    if inspect.iscoroutine(result):
        asyncio.run(result)


if __name__ == "__main__":
    main()
