"""`Assumptions`: what nobody outside knows of the service, and the emulator has to decide.

Everything else that the emulator does is documented or was seen. These are guesses, from what Google's
services commonly do. Each is a switch, so that a client can be tested against the other guess too. (What
is assumed of single models is said, and can be changed, in `asyncspeech.emulator.models`.)
"""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from asyncspeech.emulator.models import DEFAULT_MODEL
from asyncspeech.errors import ConfigurationError

__all__ = ("Assumptions",)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the emulator does where the service's way is not known.

    Attributes:
        initial_metadata_at_once: Whether a call's initial metadata is sent when it arrives, or with the
            first response.
        finals_at_stream_limit: Whether a stream that has reached its longest duration says what it has
            heard before it is aborted. Reports of it quote the status alone.
        finals_at_activity_timeout: Whether a voice activity timeout makes what was heard final before it
            closes the stream. The documentation says that it "automatically closes the stream".
        activity_timeout_code: The name of the status code with which it closes the stream.
        finals_at_half_close: Whether a client's half-close makes what was heard final before the stream
            ends. The documentation's samples read on until it does.
        half_close_code: The name of the status code with which it ends then.
        lower_case_language_codes: Whether results have "en-us" where "en-US" was asked for, as in the
            samples' output.
        status_proto_on_every_refusal: Whether all of the backend's refusals carry its own form of the
            status in ``grpc-status-details-bin``. It was seen on the idle timeout alone.
        error_info: Whether refusals of the front end (credentials, permissions, names, quotas) carry an
            ``ErrorInfo``, as those of Google's other services do.
        default_model: The model that serves requests for none.
        short_endpoint_seconds: The pause that ends an utterance with ENDPOINTING_SENSITIVITY_SHORT.
        supershort_endpoint_seconds: The same with ENDPOINTING_SENSITIVITY_SUPERSHORT.
        profanities: The words that ``profanity_filter`` masks, lower-cased. The service's list is not
            public.

    Raises:
        ConfigurationError: There is no such status code.
    """

    initial_metadata_at_once: bool = True
    finals_at_stream_limit: bool = False
    finals_at_activity_timeout: bool = True
    activity_timeout_code: str = "OK"
    finals_at_half_close: bool = True
    half_close_code: str = "OK"
    lower_case_language_codes: bool = True
    status_proto_on_every_refusal: bool = True
    error_info: bool = True
    default_model: str = DEFAULT_MODEL
    short_endpoint_seconds: float = 0.5
    supershort_endpoint_seconds: float = 0.3
    profanities: frozenset[str] = frozenset({"bastard", "bitch", "bullshit", "crap", "fuck", "shit"})

    def __post_init__(self) -> None:
        for field in ("activity_timeout_code", "half_close_code"):
            code = getattr(self, field)
            if code not in grpc.StatusCode.__members__:
                known = ", ".join(grpc.StatusCode.__members__)
                raise ConfigurationError(field, f"{code!r} is none of {known}")
