"""The network, step by step: the name, a connection, the encryption.

gRPC says ``UNAVAILABLE`` to whatever goes wrong on the way. So the way is gone here once more, as gRPC
would go it: through the same proxy, trusting the same certificates, and asking for HTTP/2.
"""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from anyio.abc import SocketAttribute
from anyio.streams.tls import TLSAttribute, TLSStream

from asyncspeech.cli.doctor.finding import Outcome, failed, not_tried, ok, skipped
from asyncspeech.cli.doctor.proxy import proxy_finding, proxy_for
from asyncspeech.errors import ConfigurationError
from asyncspeech.transport.channels import Channels
from asyncspeech.transport.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from anyio.abc import ByteStream
    from google.api_core.client_options import ClientOptions

    from asyncspeech.cli.doctor.finding import Finding
    from asyncspeech.cli.doctor.proxy import Proxy

__all__ = ("findings",)

_ENDPOINT = "endpoint"
_NAME = "name look-up"
_TCP = "TCP"
_TUNNEL = "way through the proxy"
_TLS = "TLS"

_ROOTS = "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"
_SETTINGS = "GOOGLE_"
_LONGEST_ANSWER = 16_384


@dataclass(frozen=True, slots=True)
class _Way:
    """How calls get where they are going."""

    host: str
    port: int
    is_emulator: bool
    proxy: Proxy | None

    @property
    def first(self) -> tuple[str, int]:
        """Whom this machine connects to."""
        return (self.proxy.host, self.proxy.port) if self.proxy else (self.host, self.port)

    @property
    def steps(self) -> tuple[str, ...]:
        tunnel = (_TUNNEL,) if self.proxy else ()
        return (_NAME, _TCP, *tunnel, _TLS)


class _TunnelError(Exception):
    """A proxy does not let us through."""


async def findings(
    location: str,
    options: ClientOptions,
    *,
    emulator_host: str | None,
    timeout: float,  # noqa: ASYNC109 - for each step
) -> AsyncGenerator[Finding, None]:
    """Everything about the way to the service.

    Args:
        location: The location of the service.
        options: Those of the client library; ``api_endpoint`` may name another endpoint.
        emulator_host: An emulator, to be called instead.
        timeout: For how many seconds to wait in each step.
    """
    try:
        host, port = await _target(location, options, emulator_host)
    except ConfigurationError as error:
        yield failed(_ENDPOINT, error.message, error.hint or f"see what is set: env | grep {_SETTINGS}")
        for name in (_NAME, _TCP, _TLS):
            yield not_tried(name, _ENDPOINT)
        return
    what = "the emulator that SPEECH_EMULATOR_HOST names" if emulator_host else f"location {location}"
    yield ok(_ENDPOINT, f"{host}:{port}, {what}")
    yield proxy_finding(host, os.environ)
    way = _Way(host, port, bool(emulator_host), proxy_for(host, os.environ))
    cause = ""
    for name in way.steps:
        if cause:
            yield not_tried(name, cause)
            continue
        finding = await _step(name, way, timeout)
        cause = name if finding.outcome is Outcome.FAILED else ""
        yield finding


async def _target(location: str, options: ClientOptions, emulator_host: str | None) -> tuple[str, int]:
    """Where the client would connect to.

    Raises:
        ConfigurationError: It is nowhere, or no channel can be made.
    """
    target, field = emulator_host, "SPEECH_EMULATOR_HOST"
    if not target:
        field = "endpoint"
        channels = Channels(Endpoint("-", location, client_options=options))
        try:
            async with channels.lease() as lease:
                transport: Any = lease.client.transport
                target = str(transport.host)
        finally:
            await channels.close()
    try:
        parts = urlsplit(f"//{target}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.path:
        hint = "give host:port, such as localhost:8443"
        raise ConfigurationError(field, f"{target!r} is not host:port", hint=hint)
    return host, port


async def _step(name: str, way: _Way, timeout: float) -> Finding:  # noqa: ASYNC109 - as above
    check = {_NAME: _look_up, _TCP: _connect, _TUNNEL: _tunnel, _TLS: _encrypt}[name]
    try:
        with anyio.fail_after(timeout):
            return await check(way)
    except TimeoutError:
        host, port = way.first
        if name == _NAME:
            return failed(name, f"no answer about {host} within {timeout:g} s", _NAME_REMEDY)
        return failed(name, f"no answer of {host}:{port} within {timeout:g} s", _reach(way))


# Each step.

_NAME_REMEDY = "see that this machine has a name server that answers: cat /etc/resolv.conf"


async def _look_up(way: _Way) -> Finding:
    host, port = way.first
    look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = await anyio.to_thread.run_sync(look, abandon_on_cancel=True)
    except (OSError, UnicodeError) as error:  # a label that is too long is no name at all
        text = f"{host} is not found: {_why(error)}"
        return failed(_NAME, text, f"see that the name is right, and who knows it: getent hosts {host}")
    addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
    if addresses == [host]:
        return ok(_NAME, f"{host} is an address")
    more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    return ok(_NAME, f"{host} is {addresses[0]}{more}")


async def _connect(way: _Way) -> Finding:
    host, port = way.first
    try:
        async with await anyio.connect_tcp(host, port) as stream:
            address = stream.extra_attributes[SocketAttribute.remote_address]()[0]
    except OSError as error:
        return failed(_TCP, f"{host}:{port} cannot be connected to: {_why(error)}", _reach(way))
    return ok(_TCP, f"connected to {address} port {port}")


def _reach(way: _Way) -> str:
    host, port = way.first
    if way.proxy:
        return f"see that the proxy is right and runs: echo ${way.proxy.variable}"
    if way.is_emulator:
        return f"asyncspeech emulator --port {port}   (or: unset SPEECH_EMULATOR_HOST)"
    return f"let this machine connect to {host} port {port}: a firewall, or a proxy that is not set"


async def _tunnel(way: _Way) -> Finding:
    try:
        async with _connected(way):
            pass
    except (OSError, _TunnelError) as error:
        return failed(_TUNNEL, f"the proxy does not let us through: {_why(error)}", _around(way))
    return ok(_TUNNEL, f"it connects us to {way.host}:{way.port}")


def _around(way: _Way) -> str:
    if way.is_emulator:
        return f"export no_proxy={way.host}"
    return (
        f"let the proxy connect to {way.host} port {way.port}, or go around: export no_proxy={way.host}"
    )


async def _encrypt(way: _Way) -> Finding:
    if way.is_emulator:
        return skipped(_TLS, "an emulator is called without")
    try:
        context = await anyio.to_thread.run_sync(_context)
    except OSError as error:
        text = f"{_ROOTS} names no certificates: {_why(error)}"
        return failed(_TLS, text, f"see what is there, or go without: unset {_ROOTS}")
    try:
        async with _connected(way) as stream:
            tls = await TLSStream.wrap(
                stream, hostname=way.host, ssl_context=context, standard_compatible=False
            )
            connection = tls.extra_attributes[TLSAttribute.ssl_object]()
    except ssl.SSLCertVerificationError as error:
        return failed(
            _TLS,
            f"the certificate of {way.host} is not trusted: {error.verify_message}",
            f"if somebody of yours opens TLS on the way, trust him: export {_ROOTS}=/path/to/roots.pem",
        )
    except (OSError, _TunnelError, anyio.EndOfStream, anyio.BrokenResourceError) as error:
        return failed(
            _TLS,
            f"{way.host}:{way.port} does not speak it: {_why(error)}",
            f"see who answers there: openssl s_client -connect {way.host}:{way.port}; "
            "an emulator goes by SPEECH_EMULATOR_HOST",
        )
    if connection.selected_alpn_protocol() != "h2":
        return failed(
            _TLS,
            f"{way.host}:{way.port} speaks no HTTP/2",
            "see who opens TLS on the way, and let gRPC pass: HTTP/2, by ALPN",
        )
    issuer = _issuer(connection.getpeercert())
    return ok(_TLS, f"{connection.version()}, by a certificate of {issuer}")


def _context() -> ssl.SSLContext:
    """Trust whom gRPC trusts: those that it brings with it, or those of its environment variable.

    Raises:
        OSError: They cannot be read.
    """
    path = os.environ.get(_ROOTS)
    roots = resources.files("grpc") / "_cython" / "_credentials" / "roots.pem"
    if path:
        context = ssl.create_default_context(cafile=path)
    elif roots.is_file():
        context = ssl.create_default_context(cadata=roots.read_text("ascii"))
    else:  # a build of gRPC that takes the system's
        context = ssl.create_default_context()
    context.set_alpn_protocols(["h2"])
    # Since Python 3.13 the default, and more than gRPC asks of a certificate.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _issuer(certificate: Any) -> str:
    """Who vouches for a certificate: an organisation, or a name."""
    names = {key: value for part in certificate.get("issuer", ()) for key, value in part}
    return str(names.get("organizationName") or names.get("commonName") or "somebody unknown")


@asynccontextmanager
async def _connected(way: _Way) -> AsyncGenerator[ByteStream, None]:
    """A connection to where calls are going, through the proxy if there is one."""
    async with await anyio.connect_tcp(*way.first) as stream:
        if way.proxy:
            await _open_tunnel(stream, way, way.proxy)
        yield stream


async def _open_tunnel(stream: ByteStream, way: _Way, proxy: Proxy) -> None:
    host = f"[{way.host}]" if ":" in way.host else way.host
    lines = [f"CONNECT {host}:{way.port} HTTP/1.1", f"Host: {host}:{way.port}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    await stream.send("\r\n".join((*lines, "", "")).encode("ascii", "replace"))
    answer = b""
    try:
        while b"\r\n\r\n" not in answer and len(answer) < _LONGEST_ANSWER:
            answer += await stream.receive()
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        raise _TunnelError("it hung up") from None
    status = answer.partition(b"\r\n")[0].decode("ascii", "replace")
    if status.split(" ")[1:2] != ["200"]:
        raise _TunnelError(f"it answers {status!r}")


def _why(error: BaseException) -> str:
    """What went wrong, in the words of the system."""
    cause = error.__cause__
    if cause is not None:  # anyio: one error for all addresses that were tried
        error = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else cause
    if isinstance(error, OSError) and error.errno and type(error) is not socket.gaierror:
        return os.strerror(error.errno)  # in asyncio's own words, the reason is missing
    text = getattr(error, "strerror", None) or str(error) or "the connection was closed"
    return " ".join(text.split())
