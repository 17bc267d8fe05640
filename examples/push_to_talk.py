"""A bot that is spoken to while a button is held down.

    python examples/push_to_talk.py                                           Enter is the button
    python examples/push_to_talk.py examples/audio/weather.flac examples/audio/directions.flac

Enter begins and ends a turn at the microphone (extra ``mic``), and Ctrl-D leaves. With recordings, each
is a turn, spoken at its own pace.

One session lasts for all turns. Whoever lets go of the button has finished, so `finalize` makes what was
said final there and then, where the service alone would wait for a pause. Between turns nothing is sent:
after a few seconds the session parks, at no cost, and the next press opens a stream again.

With ``GOOGLE_CLOUD_PROJECT`` set, Google's service recognises; else this machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from asyncspeech import AsyncSpeechError, AudioError, Client, Microphone

if TYPE_CHECKING:
    from asyncspeech import AudioInput, Session

LONGEST_TURN = 60.0
"""Seconds after which the button is taken to be stuck."""

LAST_WORDS_TIMEOUT = 10.0
"""Seconds that the service may take over the last words of a turn."""


FRAMES_PER_SECOND = 16_000

SILENCE = bytes(2 * FRAMES_PER_SECOND // 5)
"""Two tenths of a second, in LINEAR16. After it the last word is over, and not one that may go on."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said while the button was down.

    Attributes:
        text: The words; empty if there were none.
        latency: Seconds from letting go of the button to having them.
        trouble: What ended the turn if it was not the button, such as a microphone that was unplugged.
    """

    text: str
    latency: float
    trouble: str = ""


class PushToTalk:
    """Turns of a conversation, one after the other, in one session.

    Args:
        session: An open session that takes LINEAR16 at 16 kHz. Nobody else sends to it, or asks it for
            finals.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    async def turn(self, voice: AudioInput, *, pace: float | None = None) -> Turn:
        """One turn: the button is down now, and comes up when the voice ends.

        Args:
            voice: What is said from now on.
            pace: At which multiple of the speed of speech a recording is spoken.

        Raises:
            TimeoutError: The service does not say what was said.
            AsyncSpeechError: The session has failed.
        """
        await self._said()  # what came too late for the turn before is not of this one
        trouble = await self._hear(voice, pace)
        let_go = anyio.current_time()
        with anyio.fail_after(LAST_WORDS_TIMEOUT):
            await self._session.send(SILENCE)
            await self._session.finalize()
        return Turn(await self._said(), anyio.current_time() - let_go, trouble)

    async def _hear(self, voice: AudioInput, pace: float | None) -> str:
        """Send the voice until it ends; what ended it, if that was not the button."""
        try:
            with anyio.fail_after(LONGEST_TURN):
                await self._session.send_from(voice, end=False, pace=pace)
        except AudioError as error:
            return error.message
        except TimeoutError:
            return f"the button was down for {LONGEST_TURN:g} s"
        return ""

    async def _said(self) -> str:
        """The finals since this was asked last: none, one, or one for each sentence."""
        sentences = []
        try:
            while True:
                final = await self._session.next_final(timeout=0)
                sentences.append(final.text)
        except TimeoutError:
            return " ".join(filter(None, sentences))


def reply(turn: Turn) -> str:
    """What the bot answers. Here is the place for a language model, or for a table of commands."""
    if not turn.text:
        return "I heard nothing. Hold the button down while you speak."
    return f"You said: {turn.text}"


def show(turn: Turn) -> None:
    """Print what the bot makes of a turn."""
    if turn.trouble:
        print(turn.trouble, file=sys.stderr)
    print(f"{reply(turn)}  ({turn.latency * 1000:.0f} ms)", flush=True)


async def play(talk: PushToTalk, recordings: list[Path], pace: float) -> None:
    """Hold down the button for each of some recordings."""
    for recording in recordings:
        show(await talk.turn(recording, pace=pace))


async def listen(talk: PushToTalk) -> None:
    """Let Enter be the button, until standard input ends."""
    keys = await standard_input()
    print("Enter to speak, Enter to end, Ctrl-D to leave", flush=True)
    while await keys.readline():
        microphone = Microphone()
        async with anyio.create_task_group() as tasks:

            async def let_go(microphone: Microphone = microphone) -> None:
                await keys.readline()
                await microphone.stop()  # what it has recorded by now is still heard

            tasks.start_soon(let_go)
            turn = await talk.turn(microphone)
            tasks.cancel_scope.cancel()
        show(turn)


async def standard_input() -> asyncio.StreamReader:
    """Standard input, to be read without a thread that Ctrl-C could not end."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def main(recordings: list[Path], pace: float) -> None:
    """Talk until there is nothing more to say."""
    client = Client() if os.environ.get("GOOGLE_CLOUD_PROJECT") else Client.local()
    async with (
        client,
        client.session(sample_rate_hertz=FRAMES_PER_SECOND, interim_results=False) as session,
    ):
        talk = PushToTalk(session)
        if recordings:
            await play(talk, recordings, pace)
        else:
            await listen(talk)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Speak to a bot while a button is held down.")
    parser.add_argument("recordings", nargs="*", type=Path, help="turns; none for the microphone")
    parser.add_argument("--pace", type=float, default=1.0, help="how fast recordings are spoken")
    options = parser.parse_args()
    try:
        asyncio.run(main(options.recordings, options.pace))
    except AsyncSpeechError as error:
        sys.exit(f"{error.message}\n{error.hint}")
    except TimeoutError:
        sys.exit("the service did not say what it heard")
    except KeyboardInterrupt:
        sys.exit(130)
