"""`Service`: what all calls to one emulator share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asyncspeech.emulator import errors
from asyncspeech.emulator.locations import Locations
from asyncspeech.emulator.quota import Quotas
from asyncspeech.emulator.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.emulator.assumptions import Assumptions
    from asyncspeech.emulator.limits import Limits
    from asyncspeech.emulator.models import Model
    from asyncspeech.emulator.project import Project
    from asyncspeech.emulator.recognizer import Recognizer

__all__ = ("Service",)


@dataclass(frozen=True)
class Service:
    """What the calls to an emulator share.

    Attributes:
        recognizer: What recognises the audio.
        limits: How much a client may ask for.
        assumptions: What the emulator does where the service's way is not known.
        project: Whose service it is.
        models: What models there are.
        location: The location that this endpoint serves; None for any.
        locations: What is where.
        registry: The recognisers that clients have created.
        quotas: What they have used up.
    """

    recognizer: Recognizer
    limits: Limits
    assumptions: Assumptions
    project: Project
    models: Sequence[Model]
    location: str | None = None
    locations: Locations = field(init=False)
    registry: Registry = field(init=False)
    quotas: Quotas = field(init=False)

    def __post_init__(self) -> None:
        clock = asyncio.get_running_loop().time
        object.__setattr__(self, "locations", Locations(self.models))
        object.__setattr__(self, "registry", Registry(self.limits, self.project.number))
        object.__setattr__(self, "quotas", Quotas(self.limits, self.project.number, clock))

    def method(self, name: str) -> str:
        """A method's full name, as the details of errors have it."""
        return f"google.cloud.speech.v2.Speech.{name}"

    def check_location(self, location: str) -> None:
        """Let only this endpoint's own location in.

        Raises:
            Refusal: It is another's.
        """
        if self.location is not None and location != self.location:
            raise errors.wrong_location(self.location, location)
