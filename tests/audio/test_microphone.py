"""The microphone, on a sound system that does as it is told."""

from __future__ import annotations

import asyncio
import builtins
import gc
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from anyio import to_thread

from asyncspeech import Client
from asyncspeech.audio import Microphone, open_source
from asyncspeech.emulator import coded
from asyncspeech.errors import AudioError, ConfigurationError, MissingExtraError, UsageError
from asyncspeech.model import AudioFormat
from tests.audio.recordings import MONO_16K, collect
from tests.audio.sound_system import FakeSystem, PortAudioError

if TYPE_CHECKING:
    from asyncspeech.emulator import Emulator

BLOCKS = [bytes([number, 0]) * 320 for number in range(100)]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> FakeSystem:
    return install(monkeypatch, FakeSystem())


def install(monkeypatch: pytest.MonkeyPatch, system: FakeSystem) -> FakeSystem:
    monkeypatch.setitem(sys.modules, "sounddevice", system)
    return system


async def opened(**settings: Any) -> Microphone:
    microphone = Microphone(**settings)
    await microphone.open()
    return microphone


async def closed_by_the_collector(system: FakeSystem) -> None:
    """Wait until it is. The worker that opened it may have it until it is given other work."""
    async with asyncio.timeout(5):
        while "close" not in system.threads:
            await to_thread.run_sync(gc.collect)


async def is_waiting(task: asyncio.Task[Any]) -> None:
    """Let a task run until it waits for the device."""
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done()


class TestAudio:
    async def test_blocks_come_in_order_and_are_copies(self, system: FakeSystem) -> None:
        microphone = await opened()
        system.stream.record(BLOCKS)
        await microphone.stop()
        assert await collect(microphone) == b"".join(BLOCKS)

    async def test_blocks_come_in_order_while_they_are_read(self, system: FakeSystem) -> None:
        microphone = await opened()
        reading = asyncio.create_task(collect(microphone))
        for start in range(0, 100, 10):
            await asyncio.to_thread(system.stream.record, BLOCKS[start : start + 10])
        await microphone.stop()
        assert await reading == b"".join(BLOCKS)
        assert microphone.overflows == 0

    async def test_a_read_takes_all_that_waits(self, system: FakeSystem) -> None:
        microphone = await opened()
        system.stream.record(BLOCKS[:7])
        assert await anext(microphone) == b"".join(BLOCKS[:7])
        await microphone.aclose()

    async def test_the_loop_is_woken_once_for_all_that_waits(
        self, system: FakeSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        microphone = await opened()
        loop, calls = asyncio.get_running_loop(), []
        wake = loop.call_soon_threadsafe

        def count(*args: Any) -> Any:
            calls.append(args)
            return wake(*args)

        monkeypatch.setattr(loop, "call_soon_threadsafe", count)
        system.stream.record(BLOCKS)
        assert len(calls) == 1
        await asyncio.sleep(0)  # now it is awake
        system.stream.record(BLOCKS)
        assert len(calls) == 2
        monkeypatch.undo()
        await microphone.aclose()

    async def test_a_session_hears_every_word_and_ends_with_stop(
        self, system: FakeSystem, emulator: Emulator
    ) -> None:
        recording = coded.encode(12)
        microphone = await opened(sample_rate_hertz=16_000)
        size = 640
        system.stream.record(
            recording.audio[start : start + size] for start in range(0, len(recording.audio), size)
        )
        async with Client(emulator_host=emulator.address) as client:
            async with client.session(source=microphone) as session:
                await microphone.stop()
                await session.wait()
        heard = [(word.text, word.start, word.end) for word in session.transcript.words]
        assert coded.score(recording, heard).is_perfect

    async def test_it_is_resampled_to_what_is_wanted(self, system: FakeSystem) -> None:
        microphone = Microphone()
        async with open_source(microphone, MONO_16K) as source:
            assert microphone.audio_format == AudioFormat(sample_rate_hertz=48_000)
            system.stream.record([bytes(1_920)] * 50)
            await microphone.stop()
            assert len(await collect(source)) == 32_000

    async def test_its_length_is_not_known(self, system: FakeSystem) -> None:  # noqa: ARG002 - none is asked
        assert Microphone().duration is None


class TestOverflow:
    async def test_what_is_not_read_in_time_is_dropped_and_counted(self, system: FakeSystem) -> None:
        microphone = await opened(sample_rate_hertz=16_000, buffer_seconds=0.2)
        system.stream.record(BLOCKS[:13])
        assert microphone.overflows == 3
        assert microphone.dropped_seconds == pytest.approx(0.06)
        assert await anext(microphone) == b"".join(BLOCKS[:10])
        system.stream.record(BLOCKS[20:21])
        assert await anext(microphone) == BLOCKS[20]
        await microphone.aclose()
        assert microphone.overflows == 3

    async def test_what_portaudio_lost_is_counted(self, system: FakeSystem) -> None:
        microphone = await opened()
        system.stream.record(BLOCKS[:2], overflow=True)
        assert (microphone.overflows, microphone.dropped_seconds) == (2, 0)
        assert await anext(microphone) == b"".join(BLOCKS[:2])
        await microphone.aclose()


class TestUnplugged:
    async def test_what_was_recorded_comes_before_the_error(self, system: FakeSystem) -> None:
        microphone = await opened()
        system.stream.record(BLOCKS)
        system.stream.unplug()
        assert await anext(microphone) == b"".join(BLOCKS)
        with pytest.raises(AudioError, match="'Desk'>: has stopped recording by itself") as caught:
            await anext(microphone)
        assert "unplugged" in caught.value.hint
        await microphone.aclose()
        assert not system.stream.is_open

    async def test_a_reader_that_waits_is_told(self, system: FakeSystem) -> None:
        microphone = await opened()
        reading = asyncio.create_task(collect(microphone))
        await is_waiting(reading)
        system.stream.unplug()
        with pytest.raises(AudioError, match="has stopped recording"):
            await reading

    async def test_a_device_that_falls_silent_is_an_error_in_time(self, system: FakeSystem) -> None:
        microphone = await opened(stall_seconds=0.1)
        system.stream.record(BLOCKS)
        assert await anext(microphone)
        began = time.monotonic()
        with pytest.raises(AudioError, match=r"'Desk'>: has given nothing for 0.1 s"):
            await anext(microphone)
        assert 0.1 <= time.monotonic() - began < 2
        await microphone.aclose()
        assert not system.stream.is_open

    async def test_a_session_keeps_what_was_said(self, system: FakeSystem, emulator: Emulator) -> None:
        recording = coded.encode(5)
        microphone = await opened(sample_rate_hertz=16_000)
        system.stream.record([recording.audio])
        system.stream.unplug()
        async with Client(emulator_host=emulator.address) as client:
            session = client.session(source=microphone)
            with pytest.raises(AudioError, match="has stopped recording"):
                async with session:
                    await session.wait()
        assert session.transcript.text == "w0 w1 w2 w3 w4"


class TestClosing:
    async def test_a_reader_that_waits_ends(self, system: FakeSystem) -> None:
        microphone = await opened()
        reading = asyncio.create_task(collect(microphone))
        await is_waiting(reading)
        await microphone.aclose()
        assert await reading == b""
        assert not system.stream.is_open

    async def test_a_close_drops_what_was_not_read(self, system: FakeSystem) -> None:
        microphone = await opened()
        system.stream.record(BLOCKS)
        await microphone.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(microphone)

    async def test_a_callback_after_the_close_does_nothing(self, system: FakeSystem) -> None:
        microphone = await opened()
        await microphone.aclose()
        system.stream.record(BLOCKS, overflow=True)
        with pytest.raises(StopAsyncIteration):
            await anext(microphone)
        assert microphone.overflows == 0

    async def test_a_callback_after_the_loop_does_no_harm(self, system: FakeSystem) -> None:
        def record() -> Microphone:
            loop = asyncio.new_event_loop()
            microphone = loop.run_until_complete(opened())
            loop.close()
            system.stream.record(BLOCKS)
            return microphone

        microphone = await asyncio.to_thread(record)
        with pytest.raises(UsageError, match="another event loop"):
            await anext(microphone)
        await asyncio.to_thread(microphone._close)

    async def test_twice_does_no_harm(self, system: FakeSystem) -> None:
        microphone = await opened()
        await microphone.aclose()
        await microphone.aclose()
        await microphone.stop()
        assert not system.stream.is_open

    async def test_what_was_never_opened_closes_and_does_not_open_any_more(
        self, system: FakeSystem
    ) -> None:
        microphone = Microphone()
        await microphone.aclose()
        await microphone.open()
        assert not system.streams
        assert microphone.audio_format == MONO_16K

    async def test_leaving_the_source_closes_it(self, system: FakeSystem) -> None:
        async with open_source(Microphone(), MONO_16K):
            assert system.stream.is_active
        assert not system.stream.is_open

    async def test_a_device_that_hangs_is_not_waited_for(
        self, system: FakeSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("asyncspeech.audio.microphone._CLOSING_SECONDS", 0.05)
        system.gates["close"] = threading.Event()
        microphone = await opened()
        await microphone.aclose()
        assert system.stream.is_open
        system.gates["close"].set()
        assert microphone._closed is not None
        await microphone._closed.wait()
        assert not system.stream.is_open

    async def test_one_that_is_forgotten_is_closed_and_warned_of(self, system: FakeSystem) -> None:
        await opened()
        system.streams.clear()  # nobody has it any more
        with pytest.warns(ResourceWarning, match="was not closed"):
            await closed_by_the_collector(system)

    async def test_nothing_of_it_happens_on_the_thread_of_the_loop(self, system: FakeSystem) -> None:
        microphone = await opened()
        await microphone.aclose()
        used = [system.threads[what] for what in ("query", "open", "start", "close")]
        assert all(threading.get_ident() not in threads for threads in used)


class TestOpening:
    @pytest.mark.parametrize("where", ["query", "open", "start"])
    @pytest.mark.parametrize("rounds", [0, 1, 3])
    async def test_that_is_cancelled_leaves_nothing_open(
        self, where: str, rounds: int, system: FakeSystem
    ) -> None:
        gate = system.gates[where] = threading.Event()
        microphone = Microphone()
        task = asyncio.create_task(microphone.open())
        assert await asyncio.to_thread(system.arrivals[where].wait, 10)
        task.cancel()
        for _ in range(rounds):
            await asyncio.sleep(0)
        task.cancel()
        gate.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert microphone._closed is not None
        await microphone._closed.wait()
        assert not any(stream.is_open for stream in system.streams)

    async def test_is_done_by_the_first_read(self, system: FakeSystem) -> None:
        microphone = Microphone()
        reading = asyncio.create_task(anext(microphone))
        assert await asyncio.to_thread(system.arrivals["start"].wait, 10)
        system.stream.record(BLOCKS[:1])
        assert await reading == BLOCKS[0]
        await microphone.aclose()

    async def test_that_waited_until_it_was_stopped_opens_nothing(self, system: FakeSystem) -> None:
        first, second = Microphone(), Microphone()
        gate = system.gates["query"] = threading.Event()
        opening = [asyncio.create_task(microphone.open()) for microphone in (first, second)]
        assert await asyncio.to_thread(system.arrivals["query"].wait, 10)
        stopping = [asyncio.create_task(microphone.stop()) for microphone in (first, second)]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*opening, *stopping)
        assert not any(stream.is_open for stream in system.streams)
        assert len(system.streams) == 1  # of the one that was at it

    async def test_asks_for_blocks_of_20_ms(self, system: FakeSystem) -> None:
        microphone = await opened(audio_channel_count=2)
        settings = system.stream.settings
        assert (settings["samplerate"], settings["blocksize"], settings["channels"]) == (48_000, 960, 2)
        assert settings["dtype"] == "int16"
        await microphone.aclose()

    @pytest.mark.parametrize(
        ("own", "used"), [(44_100.0, 44_100), (96_000.0, 16_000), (4_000.0, 16_000)]
    )
    async def test_takes_the_rate_of_the_device_if_the_service_would(
        self, own: float, used: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install(monkeypatch, FakeSystem(("Desk", "ALSA", 1, own)))
        microphone = await opened()
        assert microphone.audio_format == AudioFormat(sample_rate_hertz=used)
        await microphone.aclose()

    async def test_the_rate_is_not_known_before(self, system: FakeSystem) -> None:  # noqa: ARG002 - as above
        with pytest.raises(UsageError, match="not known before it is open"):
            Microphone().audio_format  # noqa: B018
        assert Microphone(sample_rate_hertz=8_000).audio_format == AudioFormat(sample_rate_hertz=8_000)

    @pytest.mark.parametrize("what", ["open", "start"])
    async def test_that_is_refused_says_what_the_device_can_do(
        self, what: str, system: FakeSystem
    ) -> None:
        system.refusals[what] = PortAudioError("Invalid sample rate", -9997)
        microphone = Microphone(sample_rate_hertz=11_025)
        with pytest.raises(AudioError, match=r"opened at 11025 Hz \(Invalid sample rate\)") as caught:
            await microphone.open()
        assert caught.value.hint.startswith("its own rate is 48000: leave out sample_rate_hertz")
        assert not any(stream.is_open for stream in system.streams)

    async def test_too_few_channels_are_named(self, system: FakeSystem) -> None:  # noqa: ARG002 - as above
        with pytest.raises(ConfigurationError, match=r"0 'Desk' \(ALSA\) has 2, and 3 are wanted"):
            await Microphone(audio_channel_count=3).open()

    async def test_without_sounddevice_names_the_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "sounddevice", None)
        with pytest.raises(MissingExtraError, match="the microphone needs the extra 'mic'"):
            await Microphone.devices()

    @pytest.mark.parametrize(
        ("error", "text"),
        [
            (OSError("PortAudio library not found"), r"PortAudio is missing \(PortAudio library not"),
            (RuntimeError("no sound card"), r"PortAudio does not start \(no sound card\)"),
        ],
    )
    async def test_without_portaudio_says_so(
        self, error: Exception, text: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
        original = builtins.__import__

        def fail(name: str, *args: Any) -> Any:
            if name == "sounddevice":
                raise error
            return original(name, *args)

        monkeypatch.setattr(builtins, "__import__", fail)
        with pytest.raises(AudioError, match=text):
            await Microphone().open()


class TestReading:
    async def test_by_two_tasks_is_refused(self, system: FakeSystem) -> None:
        microphone = await opened()
        first = asyncio.create_task(anext(microphone))
        await is_waiting(first)
        with pytest.raises(UsageError, match="two tasks"):
            await anext(microphone)
        system.stream.record(BLOCKS[:1])
        assert await first == BLOCKS[0]
        await microphone.aclose()

    async def test_that_is_cancelled_has_taken_nothing(self, system: FakeSystem) -> None:
        microphone = await opened()
        reading = asyncio.create_task(anext(microphone))
        await is_waiting(reading)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        system.stream.record(BLOCKS[:1])
        assert await anext(microphone) == BLOCKS[0]
        await microphone.aclose()

    @pytest.mark.parametrize("ends", [True, False])
    async def test_a_second_time_is_refused(self, system: FakeSystem, ends: bool) -> None:
        microphone = await opened()
        system.stream.record(BLOCKS)
        if ends:
            await microphone.stop()
            await collect(microphone)
        await microphone.aclose()
        with pytest.raises(UsageError, match="has recorded before"):
            aiter(microphone)


class TestDevices:
    SEVERAL = (
        ("USB Audio", "ALSA", 1, 44_100.0),
        ("Speakers", "ALSA", 0, 44_100.0),
        ("Headset", "ALSA", 2, 16_000.0),
        ("Headset", "JACK", 2, 48_000.0),
        ("USB Audio 2", "ALSA", 1, 44_100.0),
    )

    async def test_are_those_that_record(self, monkeypatch: pytest.MonkeyPatch) -> None:
        install(monkeypatch, FakeSystem(*self.SEVERAL, default=2))
        devices = await Microphone.devices()
        assert [device.index for device in devices] == [0, 2, 3, 4]
        assert [device.index for device in devices if device.is_default] == [2]
        assert (devices[1].name, devices[1].host_api, devices[1].channels) == ("Headset", "ALSA", 2)
        assert devices[1].sample_rate_hertz == 16_000

    @pytest.mark.parametrize(
        ("wanted", "index"),
        [
            (None, 2),
            (3, 3),
            ("USB Audio", 0),
            ("audio 2", 4),
            ("Headset, JACK", 3),
            ("jack", 3),
        ],
    )
    async def test_are_chosen(
        self, wanted: int | str | None, index: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        system = install(monkeypatch, FakeSystem(*self.SEVERAL, default=2))
        microphone = await opened(device=wanted)
        assert system.stream.settings["device"] == index
        await microphone.aclose()

    @pytest.mark.parametrize(
        ("wanted", "text", "hint"),
        [
            (
                1,
                "1 is none",
                "there are 0 'USB Audio' (ALSA), 2 'Headset' (ALSA), 3 'Headset' (JACK), 4",
            ),
            ("Speakers", "'Speakers' is none", "there are 0 'USB Audio'"),
            ("Headset", r"may be any of 2 'Headset' \(ALSA\), 3 'Headset' \(JACK\)", "give the index"),
            ("usb", r"may be any of 0 'USB Audio' \(ALSA\), 4 ", "give the index"),
        ],
    )
    async def test_that_are_not_one_are_listed(
        self, wanted: int | str, text: str, hint: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        system = install(monkeypatch, FakeSystem(*self.SEVERAL))
        with pytest.raises(ConfigurationError, match=text) as caught:
            await Microphone(wanted).open()
        assert caught.value.field == "device"
        assert caught.value.hint.startswith(hint)
        assert not system.streams

    @pytest.mark.parametrize(
        ("devices", "text"),
        [((("Speakers", "ALSA", 0, 44_100.0),), "there is none"), (SEVERAL, "no default input device")],
    )
    async def test_may_be_none(self, devices: Any, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        install(monkeypatch, FakeSystem(*devices, default=-1))
        with pytest.raises(AudioError, match=text) as caught:
            await Microphone().open()
        assert caught.value.hint


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"device": -1}, "device"),
        ({"device": True}, "device"),
        ({"device": " "}, "device"),
        ({"device": 1.5}, "device"),
        ({"sample_rate_hertz": 4_000}, "sample_rate_hertz"),
        ({"audio_channel_count": 0}, "audio_channel_count"),
        ({"block_seconds": 0}, "block_seconds"),
        ({"buffer_seconds": 0.01}, "buffer_seconds"),
        ({"stall_seconds": float("nan")}, "stall_seconds"),
    ],
)
async def test_a_setting_that_cannot_work_is_refused_at_once(
    settings: dict[str, Any], field: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Microphone(**settings)
    assert caught.value.field == field
