"""How much of everything."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("Limits",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a page may ask of the service.

    Attributes:
        conversations: How many may go on at once. The quota of Google's service is 300 for a region.
        conversations_per_address: How many of them for one address, which a whole office may share.
        message_bytes: The size of the largest message. A tenth of a second at 48 kHz has 9,608 bytes.
        speed: How fast audio may come, as a multiple of real time, once the burst is used up.
        burst_seconds: How much audio may come at once: what a page kept while it had no connection.
        kept_seconds: For how long a page goes on recording while nothing is taken. Less than the burst,
            so that what it kept may come at once, and than ``silent_seconds``, so that it is wanted.
        silent_seconds: For how long a conversation lasts without audio, be its page away or silent.
        conversation_seconds: The longest that a conversation lasts.
        first_message_seconds: For how long a socket may be open before it says what it wants.
        heartbeat_seconds: How often a page hears from the service, at least. It takes a connection that
            is silent for three times as long to be dead.
        transcript_seconds: For how long a conversation's transcript can be had when that is over.
        transcripts: How many such transcripts are kept; the oldest makes room.
        drain_seconds: How long conversations may take to finish when the service stops.
    """

    conversations: int = 100
    conversations_per_address: int = 20
    message_bytes: int = 32_768
    speed: float = 2.0
    burst_seconds: float = 40.0
    kept_seconds: float = 30.0
    silent_seconds: float = 60.0
    conversation_seconds: float = 3_600.0
    first_message_seconds: float = 10.0
    heartbeat_seconds: float = 5.0
    transcript_seconds: float = 600.0
    transcripts: int = 200
    drain_seconds: float = 15.0
