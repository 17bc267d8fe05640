"""Where a process serves its metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from asyncspeech.errors import ConfigurationError
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = ("Address", "read_address")

_HINT = "give one such as http://127.0.0.1:9464/metrics"


@dataclass(frozen=True, slots=True)
class Address:
    """The URL of an endpoint.

    Attributes:
        shown: The URL without what may be secret in it: a user, a password and a query.
        url: The whole of it.
    """

    shown: str
    url: str = field(repr=False)


def read_address(text: str) -> Address:
    """The address that a text names.

    Args:
        text: A URL, or a host and a port; without a path it is that of ``/metrics``.

    Raises:
        ConfigurationError: It is none.
    """
    url = text if "://" in text else f"http://{text}"
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not text.isprintable() or " " in text:
        # What stands before an @ may be a password.
        raise ConfigurationError("url", f"{brief(text.rpartition('@')[2])} is no URL", hint=_HINT)
    if parts.path in {"", "/"}:
        parts = parts._replace(path="/metrics")
    parts = parts._replace(fragment="")
    host = parts.netloc.rpartition("@")[2]
    return Address(f"{parts.scheme}://{host}{parts.path}", parts.geturl())


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        is_whole = parts.hostname and parts.port != 0
    except ValueError:  # no port, or brackets that do not match
        return None
    return parts if is_whole else None
