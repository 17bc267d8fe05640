"""Which decoder a stream takes, by its configuration and by its first bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.cloud.speech_v2.types import ExplicitDecodingConfig

from asyncspeech.emulator import errors
from asyncspeech.emulator.audio.compressed import CompressedDecoder
from asyncspeech.emulator.audio.decoder import StreamFormat, no_samples
from asyncspeech.emulator.audio.fixed import FixedDecoder
from asyncspeech.emulator.audio.kinds import DECODED, Kind, recognise
from asyncspeech.emulator.audio.wav import WavDecoder

if TYPE_CHECKING:
    from asyncspeech.emulator.audio.decoder import Decoder, Samples

__all__ = ("open_decoder",)

_Encoding = ExplicitDecodingConfig.AudioEncoding
_HEADERLESS = {_Encoding.LINEAR16: "PCM_16", _Encoding.MULAW: "ULAW", _Encoding.ALAW: "ALAW"}
_CONTAINERS = {
    _Encoding.FLAC: Kind.FLAC,
    _Encoding.MP3: Kind.MP3,
    _Encoding.OGG_OPUS: Kind.OGG,
}


def open_decoder(config: Any) -> Decoder:
    """The decoder of a stream's audio, which is to be closed.

    Args:
        config: A raw ``RecognitionConfig`` with a ``decoding_config`` that was found valid.

    Returns:
        For LINEAR16, MULAW and ALAW one whose format is the declared one. For all others it is the
        header's, also where another was declared, as is assumed of the service. Where nothing was
        declared, WAV, FLAC, MP3 and Ogg are told apart by their first bytes; Ogg may have Vorbis then,
        which the service is not known to take.

    Raises:
        Refusal: The emulator does not decode the declared encoding.
    """
    if config.WhichOneof("decoding_config") == "auto_decoding_config":
        return _DetectingDecoder()
    explicit = config.explicit_decoding_config
    encoding = _Encoding(explicit.encoding)
    if encoding in _HEADERLESS:
        declared = StreamFormat(explicit.sample_rate_hertz, explicit.audio_channel_count)
        return FixedDecoder(_HEADERLESS[encoding], declared)
    if encoding not in _CONTAINERS:
        raise errors.encoding_not_emulated(encoding.name)
    return _DetectingDecoder(_CONTAINERS[encoding])


class _DetectingDecoder:
    """A `Decoder` of a container, which is told by its first bytes.

    Args:
        declared: What it has to be; None for whatever it is.
    """

    def __init__(self, declared: Kind | None = None) -> None:
        self._declared = declared
        self._head = b""
        self._decoder: Decoder | None = None

    @property
    def format(self) -> StreamFormat | None:
        """What the header says; None before it has come."""
        return self._decoder.format if self._decoder else None

    async def decode(self, audio: bytes) -> Samples:
        """Tell by the first bytes what it is, and decode the rest like that."""
        if self._decoder is None:
            audio = self._head = self._head + audio
            kind = recognise(audio)
            if kind is None:
                return no_samples()
            self._decoder = self._open(kind)
            self._head = b""
        return await self._decoder.decode(audio)

    async def finish(self) -> Samples:
        """The rest, unless the stream ended before it could be told what it is."""
        if self._decoder is not None:
            return await self._decoder.finish()
        if self._head:
            raise errors.undetected_audio()
        return no_samples()

    async def aclose(self) -> None:
        """Close what was opened."""
        if self._decoder is not None:
            await self._decoder.aclose()

    def _open(self, kind: Kind) -> Decoder:
        if self._declared not in {None, kind}:
            raise errors.undetected_audio()
        if kind not in DECODED:
            raise errors.encoding_not_emulated(kind.value)
        if kind is Kind.WAV:
            return WavDecoder()
        return CompressedDecoder(kind, "OPUS" if self._declared is Kind.OGG else None)
