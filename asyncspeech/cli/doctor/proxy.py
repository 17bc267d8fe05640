"""Which proxy gRPC goes through, by its own rules.

gRPC looks at ``grpc_proxy``, ``https_proxy`` and ``http_proxy``, in small letters, and the first that is
set counts even if it is empty; then at ``no_grpc_proxy``, else ``no_proxy``: names, which stand for
those below them too, addresses and networks, and no ``*``. It does so for an emulator on this machine
as well, and a proxy that it cannot use it leaves out. (gRPC's environment_variables.md; the rest was
seen with grpcio 1.85, and the tests compare.)
"""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from asyncspeech.cli.doctor.finding import ok, skipped, warning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncspeech.cli.doctor.finding import Finding

__all__ = ("Proxy", "proxy_finding", "proxy_for")

_VARIABLES = ("grpc_proxy", "https_proxy", "http_proxy")
_EXCEPTIONS = ("no_grpc_proxy", "no_proxy")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that speaks HTTP.

    Attributes:
        host: Its name or address.
        port: Its port.
        variable: The environment variable that names it.
        authorization: What it is told of who we are; a secret.
    """

    host: str
    port: int
    variable: str
    authorization: str = field(default="", repr=False)


def proxy_for(host: str, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy that gRPC would reach ``host`` through, if any."""
    variable = _first(_VARIABLES, environment)
    if not variable or _is_excepted(host, environment.get(_first(_EXCEPTIONS, environment), "")):
        return None
    return _read(variable, environment[variable])


def proxy_finding(host: str, environment: Mapping[str, str]) -> Finding:
    """What the environment says of proxies, without the passwords in it."""
    name = "proxy"
    proxy = proxy_for(host, environment)
    if proxy is not None:
        return ok(name, f"{proxy.host}:{proxy.port}, by {proxy.variable}")
    variable = _first(_VARIABLES, environment)
    if not variable:
        capitals = [item.upper() for item in _VARIABLES if environment.get(item.upper())]
        if not capitals:
            return skipped(name, "none")
        return warning(
            name,
            f"none: {capitals[0]} is set, and gRPC looks at {capitals[0].lower()} only",
            f'export {capitals[0].lower()}="${capitals[0]}"',
        )
    if not environment[variable]:
        return skipped(name, f"none: {variable} is empty")
    if _read(variable, environment[variable]) is None:
        return warning(
            name,
            f"none: {variable} is no address that gRPC can use",
            f"export {variable}=http://HOST:PORT",
        )
    return skipped(name, f"none: {_first(_EXCEPTIONS, environment)} excepts {host}")


def _first(variables: tuple[str, ...], environment: Mapping[str, str]) -> str:
    return next((name for name in variables if name in environment), "")


def _read(variable: str, text: str) -> Proxy | None:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        return None
    if parts.scheme != "http" or not host:
        return None
    authorization = ""
    if parts.username is not None:
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {base64.b64encode(who.encode()).decode()}"
    return Proxy(host, port, variable, authorization)


def _is_excepted(host: str, exceptions: str) -> bool:
    return any(_matches(host.lower(), item.strip().lower()) for item in exceptions.split(","))


def _matches(host: str, exception: str) -> bool:
    with suppress(ValueError):
        return ip_address(host) in ip_network(exception, strict=False)
    exception = exception.removeprefix(".")
    return bool(exception) and (host == exception or host.endswith(f".{exception}"))
