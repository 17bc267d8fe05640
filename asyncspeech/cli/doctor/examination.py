"""The course of an examination."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.cli.doctor import machine
from asyncspeech.cli.doctor.finding import Outcome, not_tried

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from asyncspeech.cli.doctor.finding import Finding
    from asyncspeech.config import SessionConfig

__all__ = ("Question", "examine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the doctor: would this work?

    Attributes:
        config: The session that is wanted.
        location: Where.
        project: The project, or None for that of the environment.
        endpoint: Another endpoint than the location's, as ``host:port``, or None.
        timeout: For how many seconds to wait in each step.
    """

    config: SessionConfig
    location: str = "global"
    project: str | None = None
    endpoint: str | None = None
    timeout: float = 15.0


async def examine(question: Question) -> AsyncGenerator[str | Finding, None]:
    """What is found, in the order of looking; a text begins a section."""
    yield "This machine"
    broken = ""
    async for finding in machine.findings(question.timeout):
        if finding.outcome is Outcome.FAILED and finding.name.startswith(machine.PACKAGE):
            broken = broken or finding.name
        yield finding
    if broken:  # nothing that needs them can be tried
        yield "The service"
        for name in ("network", "account", "model"):
            yield not_tried(name, broken)
        return
    async for item in _examine_service(question):
        yield item


async def _examine_service(question: Question) -> AsyncGenerator[str | Finding, None]:
    # Now that the packages are known to be whole.
    from google.api_core.client_options import ClientOptions  # noqa: PLC0415

    from asyncspeech.cli.doctor import account, network, service  # noqa: PLC0415

    options = ClientOptions(api_endpoint=question.endpoint)
    emulator_host = os.environ.get("SPEECH_EMULATOR_HOST")
    location, timeout = question.location, question.timeout

    yield "The network"
    cause = ""
    async for finding in network.findings(
        location, options, emulator_host=emulator_host, timeout=timeout
    ):
        cause = cause or (finding.name if finding.outcome is Outcome.FAILED else "")
        yield finding

    yield "The account"
    if emulator_host:
        found = account.emulator_account(question.project, location, emulator_host)
    else:
        found = await account.find_account(question.project, location, options, timeout)
    for finding in found.findings:
        cause = cause or (finding.name if finding.outcome is Outcome.FAILED else "")
        yield finding

    yield "The service"
    if cause or found.endpoint is None:
        results = service.findings_without(cause, question.config, location)
    else:
        results = await service.findings(found, found.endpoint, question.config, timeout)
    for finding in results:
        yield finding
