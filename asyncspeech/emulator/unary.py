"""`UnaryMethod`: a method of the emulator that takes one request and gives one response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncspeech.emulator.service import Service

__all__ = ("Answer", "UnaryMethod")

Answer = Callable[[Any, "Service"], Awaitable[Any]]
"""Answers a raw request with a raw response, or raises a `Refusal`."""


@dataclass(frozen=True, slots=True)
class UnaryMethod:
    """A unary method.

    Attributes:
        answer: Answers its requests.
        request: The class of its requests.
    """

    answer: Answer
    request: Any
