"""TLS in front of a server that speaks none, so that credentials can be used as they are in earnest."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.commands import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, in PEM."""

    certificate: bytes
    key: bytes


def self_signed(name: str) -> Certificate:
    """A certificate that vouches for itself, for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Certificate(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


@asynccontextmanager
async def encrypting(
    address: str, certificate: Certificate, folder: Path, *, client: Certificate | None = None
) -> AsyncGenerator[str, None]:
    """The address of a relay that decrypts what comes, for a server at ``address``.

    Args:
        address: Where the server is.
        certificate: The relay's own.
        folder: A place for files.
        client: The certificate that callers must have, if any.
    """
    pem, callers = folder / "relay.pem", folder / "callers.pem"
    pem.write_bytes(certificate.certificate + certificate.key)
    command = [sys.executable, "-m", "tests.support.tls_relay", address, str(pem)]
    if client is not None:
        callers.write_bytes(client.certificate)
        command.append(str(callers))
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=DEVNULL, cwd=ROOT)
    try:
        assert process.stdout is not None
        yield f"localhost:{int(await process.stdout.readline())}"
    finally:
        process.kill()
        await process.wait()
