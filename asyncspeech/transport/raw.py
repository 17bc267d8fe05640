"""The client library's transport, with ``StreamingRecognize`` in raw protobuf.

`SpeechAsyncClient` makes its calls by a transport, whose callable for each method turns the library's
types into bytes and back. For every chunk of audio and every result that takes longer than it has to. So
this one takes requests that are bytes already, and gives responses as the protobuf messages that the
library would wrap. Whatever else the client does for a
call (headers, deadlines, errors) stays as it is.
"""

from __future__ import annotations

from typing import Any

from google.cloud.speech_v2.services.speech.transports import SpeechGrpcAsyncIOTransport
from google.cloud.speech_v2.types import cloud_speech

__all__ = ("RawTransport",)

_METHOD = "/google.cloud.speech.v2.Speech/StreamingRecognize"
_read = cloud_speech.StreamingRecognizeResponse.pb().FromString


class RawTransport(SpeechGrpcAsyncIOTransport):
    """Streams requests that are ``bytes``, and responses that are raw ``StreamingRecognizeResponse``."""

    @property
    def streaming_recognize(self) -> Any:
        """What makes the call. The client library asks for it more than once, and wants the same."""
        if _METHOD not in self._stubs:
            channel: Any = self.grpc_channel
            self._stubs[_METHOD] = channel.stream_stream(_METHOD, response_deserializer=_read)
        return self._stubs[_METHOD]
