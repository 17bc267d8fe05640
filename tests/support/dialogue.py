"""Turns of coded speech, of which some barge in."""

from __future__ import annotations

import random
from dataclasses import replace

from asyncspeech.emulator import coded

RATE = 16_000


def turns(
    count: int, seed: int, *, silence: float, barge_in: float = 0.5
) -> tuple[coded.CodedRecording, list[int]]:
    """Turns of one to three words; after each, nobody speaks for longer than ``silence`` seconds.

    Args:
        count: How many turns.
        seed: What their lengths are drawn from.
        silence: How long it takes for a turn to be over.
        barge_in: How likely the next turn is to begin just when the last one is over.

    Returns:
        The recording, and the index of each turn's last word.
    """
    lot = random.Random(seed)
    audio, words, last = bytearray(), list[coded.CodedWord](), list[int]()
    for number in range(count):
        length = lot.randint(1, 3)
        turn = coded.encode(
            length,
            first=len(words),
            word_seconds=lot.uniform(0.15, 0.4),
            gap_seconds=lot.uniform(0.02, 0.1),
            words_per_utterance=length,
            pause_seconds=0.0,
        )
        barges_in = number and lot.random() < barge_in
        pause = silence + (lot.uniform(0.1, 0.35) if barges_in else lot.uniform(0.4, 1.2))
        audio += bytes(2 * round(pause * RATE))
        at = len(audio) // 2
        words += [replace(word, start=word.start + at, end=word.end + at) for word in turn.words]
        audio += turn.audio
        last.append(len(words) - 1)
    audio += bytes(2 * RATE)
    recording = replace(coded.encode(1), audio=bytes(audio), words=tuple(words))
    return recording, last
