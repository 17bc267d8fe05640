"""What sessions have done, in figures; and OpenTelemetry for applications that have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech._lazy import lazy_names

if TYPE_CHECKING:
    from asyncspeech.telemetry.setup import FROM_ENVIRONMENT as FROM_ENVIRONMENT
    from asyncspeech.telemetry.setup import RunningTelemetry as RunningTelemetry
    from asyncspeech.telemetry.setup import set_up as set_up

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {"asyncspeech.telemetry.setup": ("FROM_ENVIRONMENT", "RunningTelemetry", "set_up")},
)
