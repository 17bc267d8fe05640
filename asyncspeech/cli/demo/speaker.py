"""`Speaker`: somebody who talks in one session after another, in real time."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asyncspeech.cli.demo.plan import CONFIG, TALK_SECONDS
from asyncspeech.cli.demo.score import RATE
from asyncspeech.emulator.coded import encode
from asyncspeech.errors import AsyncSpeechError

if TYPE_CHECKING:
    from asyncspeech.cli.demo.score import Board, Hearing
    from asyncspeech.client import Client
    from asyncspeech.emulator.coded import CodedRecording, CodedWord
    from asyncspeech.session import Session

__all__ = ("Speaker",)

_CHUNK = RATE // 10
_SAMPLE_BYTES = 2
# Of what a session is late, so much is made up for; the rest is forgotten, as by a microphone.
_CATCH_UP = 0.5

_FEW_WORDS, _MANY_WORDS = (2, 9), (30, 40)
_LONG_WINDED = 0.15  # how many utterances are so long that they may go on past the time for a renewal
_MUTED = 0.1  # after how many nothing is sent for a while
_MUTED_SECONDS = (3.0, 8.0)


@dataclass(frozen=True, slots=True)
class _Speech:
    """An utterance in its place.

    Attributes:
        recording: Its audio.
        start: The frame of the session at which it begins.
    """

    recording: CodedRecording
    start: int

    @property
    def words(self) -> list[CodedWord]:
        """Its words, in frames of the session."""
        return [
            replace(word, start=word.start + self.start, end=word.end + self.start)
            for word in self.recording.words
        ]


class Speaker:
    """Somebody who talks until they are told to stop.

    Args:
        client: Opens the sessions.
        board: Keeps the score.
        stop: Says when to stop.
        name: Tells speakers apart: the same seed and number say the same.
    """

    def __init__(self, client: Client, board: Board, stop: asyncio.Event, name: str) -> None:
        self._client = client
        self._board = board
        self._stop = stop
        self._lot = random.Random(name)  # noqa: S311 - reproducible, not secret

    async def run(self) -> None:
        """Talk in one session after another. All begin at a time of their own."""
        await self._rest(self._lot.uniform(0.0, 1.0))
        while not self._stop.is_set():
            session = self._client.session(CONFIG)
            hearing = self._board.open(session)
            try:
                async with session:
                    await self._talk(session, hearing)
                    await session.end()
                    await session.wait()
            except AsyncSpeechError:  # the client counts it, and what was not heard is lost
                await self._rest(1.0)
            finally:
                self._board.close(hearing)

    async def _talk(self, session: Session, hearing: Hearing) -> None:
        """Talk for a while, in utterances, and be mute in between now and then."""
        pace = _Pace(asyncio.get_running_loop().time())
        frames = round(self._lot.uniform(*TALK_SECONDS) * RATE)
        position = number = 0
        while position < frames and not self._stop.is_set():
            speech = _Speech(self._utterance(number), position)
            position = await self._say(session, hearing, speech, pace)
            number += len(speech.recording.words)
            if self._lot.random() < _MUTED:
                await self._rest(silence := self._lot.uniform(*_MUTED_SECONDS))
                pace.begun += silence

    def _utterance(self, first: int) -> CodedRecording:
        is_long = self._lot.random() < _LONG_WINDED
        words = self._lot.randint(*(_MANY_WORDS if is_long else _FEW_WORDS))
        pause = self._lot.uniform(0.3, 0.6)
        return encode(words, first=first, words_per_utterance=words, pause_seconds=pause)

    async def _say(self, session: Session, hearing: Hearing, speech: _Speech, pace: _Pace) -> int:
        """Say an utterance; if told to stop, to the end of the word. Returns where that is."""
        words = speech.words
        audio = speech.recording.audio
        end = speech.start + len(audio) // _SAMPLE_BYTES
        position = speech.start
        while position < end:
            upto = min(position + _CHUNK, end)
            if self._stop.is_set():
                # A word that has begun is said to its end: half of it would be another word.
                begun = (word.end for word in words if word.start < position < word.end)
                end = upto = next(begun, position)
            if upto == position:
                break
            await pace.wait(upto)
            hearing.said += [word for word in words if position < word.end <= upto]
            first, last = ((frame - speech.start) * _SAMPLE_BYTES for frame in (position, upto))
            await session.send(audio[first:last])
            position = upto
        return position

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()


class _Pace:
    """Real time. A chunk is there when it has been spoken.

    Args:
        begun: When the first frame is spoken, on the loop's clock.
    """

    def __init__(self, begun: float) -> None:
        self.begun = begun

    async def wait(self, frame: int) -> None:
        """Wait until the frames before ``frame`` have been spoken."""
        late = asyncio.get_running_loop().time() - self.begun - frame / RATE
        if late < 0:
            await asyncio.sleep(-late)
        self.begun += max(0.0, late - _CATCH_UP)
