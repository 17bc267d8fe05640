"""Fetching metrics as Prometheus does."""

from __future__ import annotations

import anyio
from prometheus_client.parser import text_string_to_metric_families


async def scrape(url: str) -> dict[str, float]:
    """The samples that a metrics endpoint has, by name: the sum over all labels."""
    host, _, path = url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    async with await anyio.connect_tcp(name, int(port)) as stream:
        await stream.send(f"GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        answer = b"".join([piece async for piece in stream]).decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert " 200 " in head.splitlines()[0], head
    sums: dict[str, float] = {}
    for family in text_string_to_metric_families(body):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
    return sums
