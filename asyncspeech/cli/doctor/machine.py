"""This machine: Python, the packages, the extras, a microphone.

What the packages need is read from their own metadata, which pip goes by too.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import platform
import sys
from contextlib import suppress
from importlib import metadata
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from asyncspeech.cli.doctor.finding import failed, ok, skipped, warning

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from asyncspeech.cli.doctor.finding import Finding

__all__ = ("extras", "findings", "microphone", "packages", "python")

PACKAGE = "package"
PACKAGES = "packages"

_SELF = "asyncspeech"
_CLASSIFIER = "Programming Language :: Python :: "
# A package may be there and not work: built for another machine, or without the library that it wraps.
_MODULES = {
    "anyio": "anyio",
    "google-api-core": "google.api_core.grpc_helpers_async",
    "google-auth": "google.auth.transport.requests",
    "google-cloud-speech": "google.cloud.speech_v2",
    "grpcio": "grpc.aio",
    "grpcio-status": "grpc_status.rpc_status",
    "numpy": "numpy",
    "proto-plus": "proto",
    "protobuf": "google.protobuf.message",
    "soundfile": "soundfile",
    "soxr": "soxr",
}
# Not ours to ask for, and yet what a report of a bug should name.
_TOLD = ("google-auth", "google-api-core", "protobuf")

_LOOK_FOR_MICROPHONE = """
import json, sys
from asyncspeech.audio.devices import list_devices, load_sounddevice
from asyncspeech.errors import AsyncSpeechError
try:
    devices = list_devices(load_sounddevice())
except AsyncSpeechError as error:
    sys.exit(error.message)
print(json.dumps(next((device.name for device in devices if device.is_default), None)))
"""


async def findings(timeout: float) -> AsyncGenerator[Finding, None]:  # noqa: ASYNC109 - for each check
    """Everything about this machine.

    Args:
        timeout: For how many seconds to wait for the sound system.
    """
    for finding in await asyncio.to_thread(_of_metadata):
        yield finding
    yield await microphone(timeout)


def _of_metadata() -> list[Finding]:
    try:
        distribution = metadata.distribution(_SELF)
    except metadata.PackageNotFoundError:
        return [failed(PACKAGES, f"{_SELF} is not installed, only found", f"pip install {_SELF}")]
    return [
        python(distribution, platform.python_version()),
        *packages(distribution),
        *extras(distribution),
    ]


def python(distribution: metadata.Distribution, version: str) -> Finding:
    """Whether the package is for this Python."""
    wanted = distribution.metadata["Requires-Python"] or ""
    # Those that it is tested with: "3.11", not "3" or "3 :: Only".
    classifiers = distribution.metadata.get_all("Classifier") or ()
    tested = [text.removeprefix(_CLASSIFIER) for text in classifiers if text.startswith(_CLASSIFIER)]
    tested = [text for text in tested if text.replace(".", "").isdigit() and "." in text]
    text = f"{version} on {platform.system()} {platform.machine()}"
    remedy = f"use Python {', '.join(tested)}"
    if not SpecifierSet(wanted).contains(version, prereleases=True):
        return failed("Python", f"{text}; {_SELF} needs {wanted}", remedy)
    if version.rpartition(".")[0] not in tested:
        return warning("Python", f"{text}, which {_SELF} has not been tested with", remedy)
    return ok("Python", text)


def packages(distribution: metadata.Distribution) -> Iterator[Finding]:
    """Whether all that the package needs is there, in the right version, and works."""
    needed = _needed(distribution)
    faults = {name: _first_fault(wanted) for name, wanted in needed.items()}
    for name, fault in faults.items():
        if fault:
            specifier = SpecifierSet(",".join(str(item.specifier) for item in needed[name]))
            yield failed(
                f"{PACKAGE} {name}", fault, f"pip install --force-reinstall '{name}{specifier}'"
            )
    if not any(faults.values()):
        direct = [item.name for item in _requirements(distribution)]
        names = [name for name in dict.fromkeys([*direct, *_TOLD]) if _version(name)]
        told = (f"{name} {_version(name)}" for name in names)
        yield ok(PACKAGES, ", ".join((f"{_SELF} {distribution.version}", *told)))


def extras(distribution: metadata.Distribution) -> Iterator[Finding]:
    """Which extras are installed."""
    for extra in distribution.metadata.get_all("Provides-Extra") or ():
        name, command = f"extra {extra}", f"pip install '{_SELF}[{extra}]'"
        always = {str(item) for item in _requirements(distribution)}
        wanted = [item for item in _requirements(distribution, extra) if str(item) not in always]
        missing = [item for item in wanted if not _version(item.name)]
        faults = [fault for fault in map(_fault, wanted) if fault]
        if missing:
            yield skipped(name, f"not installed: {command}")
        elif faults:
            yield warning(name, "; ".join(faults), command)
        else:
            yield ok(name, ", ".join(f"{item.name} {_version(item.name)}" for item in wanted))


def _needed(distribution: metadata.Distribution) -> dict[str, list[Requirement]]:
    """What a distribution needs, and what that needs in its turn, by name; the innermost first."""
    needed: dict[str, list[Requirement]] = {}
    seen: set[str] = set()

    def add(requirements: Iterator[Requirement]) -> None:
        for requirement in requirements:
            if str(requirement) in seen:
                continue
            seen.add(str(requirement))
            with suppress(metadata.PackageNotFoundError):
                found = metadata.distribution(requirement.name)
                for extra in ("", *requirement.extras):
                    add(_requirements(found, extra))
            needed.setdefault(canonicalize_name(requirement.name), []).append(requirement)

    add(_requirements(distribution))
    return needed


def _first_fault(wanted: list[Requirement]) -> str:
    """What is wrong with a package that others need so; empty if nothing is."""
    faults = filter(None, map(_fault, wanted))
    return next(faults, "") or _import_fault(wanted[0].name)


def _requirements(distribution: metadata.Distribution, extra: str = "") -> Iterator[Requirement]:
    for text in distribution.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _fault(requirement: Requirement) -> str:
    """What is wrong with what a requirement asks for, by its version; empty if nothing is."""
    version = _version(requirement.name)
    if not version:
        return f"{requirement.name} is not installed"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name} is {version}, and {requirement.specifier} is needed"
    return ""


def _import_fault(name: str) -> str:
    """Why a package does not work; empty if it does."""
    if name not in _MODULES:
        return ""
    try:
        importlib.import_module(_MODULES[name])
    except Exception as error:  # noqa: BLE001 - what somebody's package may do as it is imported
        return f"{name} {_version(name)} cannot be imported: {' '.join(str(error).split())}"
    return ""


async def microphone(timeout: float) -> Finding:  # noqa: ASYNC109 - as above
    """Whether there is something to record with.

    A process of its own looks for it: sound systems write to standard error, and some hang.
    """
    name = "microphone"
    if not await asyncio.to_thread(_version, "sounddevice"):
        return skipped(name, "not looked for, without the extra mic: pip install 'asyncspeech[mic]'")
    try:
        found, fault = await _look_for_microphone(timeout)
    except TimeoutError:
        return warning(
            name, f"the sound system said nothing for {timeout:g} s", "arecord --list-devices"
        )
    if fault:
        return warning(name, f"cannot be looked for: {fault}", "apt-get install libportaudio2")
    if not found:
        return skipped(name, "none is connected; recordings and streams need none")
    return ok(name, str(found))


async def _look_for_microphone(timeout: float) -> tuple[Any, str]:  # noqa: ASYNC109 - as above
    """The device's name, if there is one; and why it could not be looked for, if that is so."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LOOK_FOR_MICROPHONE, stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(timeout):
            output, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = complaint.decode(errors="replace").strip().splitlines()
        return None, lines[-1] if lines else f"exit code {process.returncode}"
    return json.loads(output), ""
