from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.errors import UsageError
from asyncspeech.mailbox import Mailbox
from asyncspeech.model import Alternative, Result


def result(segment: int, *, is_final: bool, text: str = "x") -> Result:
    return Result((Alternative(text),), is_final=is_final, segment=segment)


@given(st.lists(st.integers(0, 5), max_size=30))
def test_every_final_comes_out_in_order_and_one_interim_a_segment_at_most(guesses: list[int]) -> None:
    async def run() -> list[Result]:
        mailbox: Mailbox[Result] = Mailbox()
        for segment, count in enumerate(guesses):
            for number in range(count):
                mailbox.put(result(segment, is_final=False, text=str(number)))
            if segment % 2 == 0:
                mailbox.put(result(segment, is_final=True))
        mailbox.close()
        out = []
        while (item := await mailbox.get()) is not None:
            out.append(item)
        return out

    out = asyncio.run(run())
    assert [item.segment for item in out] == [
        segment for segment, count in enumerate(guesses) if segment % 2 == 0 or count
    ]
    assert all(item.is_final == (item.segment % 2 == 0) for item in out)
    assert all(item.text == str(guesses[item.segment] - 1) for item in out if not item.is_final)


async def test_a_reader_waits_for_what_comes() -> None:
    mailbox: Mailbox[Result] = Mailbox()
    reader = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    mailbox.put(result(0, is_final=True))
    assert (await reader) == result(0, is_final=True)


async def test_a_waiting_reader_is_let_go_when_nothing_follows() -> None:
    mailbox: Mailbox[Result] = Mailbox()
    reader = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    mailbox.close()
    assert await reader is None
    assert await mailbox.get() is None


async def test_a_second_reader_is_told_so_and_the_first_goes_on() -> None:
    mailbox: Mailbox[Result] = Mailbox()
    reader = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    with pytest.raises(UsageError, match="two tasks"):
        await mailbox.get()
    mailbox.close()
    assert await reader is None
