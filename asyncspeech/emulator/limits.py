"""`Limits`: how much the service takes, and how long it waits.

The defaults are the service's own, as far as they are known:

=============================  =====================================================================
bytes of audio a message       25,600 (python-docs-samples#12053; the proto's "15 KB" is out of date)
length of a stream             5 minutes (quotas page, python-docs-samples#11596)
seconds without a message      about 10 (reports of many clients, pipecat#2001; the page says nothing)
sessions at once               300 a project and location (quotas page, July 2026)
messages a minute              1,000,000 a project and location (the same page; its footnote says 3,000)
streams a connection           100, as HTTP/2 front ends commonly allow
``Recognize``                  10 MB or one minute (quotas page)
adaptation                     those of `asyncspeech.capabilities`
=============================  =====================================================================

Tests need not wait for five minutes: ``Limits().scaled(1 / 25)`` lets a stream live 12 seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

from asyncspeech.capabilities import LIMITS
from asyncspeech.errors import ConfigurationError

__all__ = ("Limits",)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may ask of the emulator. See the module's table for where the figures come from.

    Attributes:
        max_audio_bytes: The most bytes of audio in one message.
        stream_seconds: How long a stream may last, on the clock, from its opening.
        idle_seconds: How long the emulator waits for the next message.
        concurrent_sessions: The most streams at once, for a project in a location.
        requests_per_minute: The most messages with audio in a minute, for a project in a location.
        streams_per_connection: The most streams at once on one HTTP/2 connection. gRPC lets further
            ones wait, in silence.
        pace: The most audio that is taken, in times real time; None for any. The service asks for
            "approximately" real time, and was never seen to insist.
        pace_burst_seconds: How much audio may come faster than the pace.
        recognize_bytes: The most bytes in one ``Recognize``.
        recognize_seconds: The most seconds of audio in one ``Recognize``.
        recognizers: The most recognisers, for a project in a location.
        phrases_per_phrase_set: The most phrases in one phrase set.
        phrases_per_request: The most phrases in all phrase sets of a request.
        chirp_3_phrases_per_request: The same, for chirp_3.
        phrase_characters: The longest phrase.
        phrase_characters_per_request: The most characters in all phrases of a request.
        phrase_sets_per_request: The most phrase sets in a request.
        custom_classes_per_request: The most custom classes in a request.
        custom_class_items: The most items in a custom class.
        custom_class_item_characters: The longest item of a custom class.

    Raises:
        ConfigurationError: A limit that is not above zero.
    """

    max_audio_bytes: int = 25_600
    stream_seconds: float = 300.0
    idle_seconds: float = 10.0
    concurrent_sessions: int = 300
    requests_per_minute: int = 1_000_000
    streams_per_connection: int = 100
    pace: float | None = None
    pace_burst_seconds: float = 2.0
    recognize_bytes: int = 10 * 1024 * 1024
    recognize_seconds: float = 60.0
    recognizers: int = 5_000
    phrases_per_phrase_set: int = LIMITS.phrases_per_phrase_set
    phrases_per_request: int = LIMITS.phrases
    chirp_3_phrases_per_request: int = LIMITS.chirp_3_phrases
    phrase_characters: int = LIMITS.phrase_characters
    phrase_characters_per_request: int = LIMITS.characters
    phrase_sets_per_request: int = LIMITS.phrase_sets
    custom_classes_per_request: int = LIMITS.custom_classes
    custom_class_items: int = LIMITS.custom_class_items
    custom_class_item_characters: int = LIMITS.custom_class_item_characters

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and not value > 0:
                raise ConfigurationError(field.name, f"a limit is above zero, not {value!r}")
            if isinstance(field.default, int) and not isinstance(value, int):
                raise ConfigurationError(field.name, f"a whole number is needed, not {value!r}")

    def scaled(self, factor: float) -> Limits:
        """The same limits with a faster clock: a stream's length and its idle time, times ``factor``.

        Args:
            factor: 1/25 makes five minutes twelve seconds.

        Raises:
            ConfigurationError: The factor is not above zero.
        """
        if not (factor > 0 and math.isfinite(factor)):
            raise ConfigurationError("factor", f"a finite factor above zero is needed, not {factor!r}")
        return replace(
            self,
            stream_seconds=self.stream_seconds * factor,
            idle_seconds=self.idle_seconds * factor,
        )
