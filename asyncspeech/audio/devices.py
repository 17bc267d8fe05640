"""Input devices: what there is to record with, and which one is meant.

PortAudio looks for devices once in a process, when it is first used; what is plugged in later is not
seen. Its functions must not be called by two threads at once, so whoever calls any holds `PORTAUDIO`.
All of them block, the first for some hundred milliseconds, while sound systems are asked what they
have. What these then write to standard error, sounddevice keeps from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Any

from asyncspeech.errors import AudioError, ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ("PORTAUDIO", "InputDevice", "choose_device", "list_devices", "load_sounddevice")

# To be taken twice: a microphone that was forgotten may be collected, and closed, during a call.
PORTAUDIO = RLock()
"""Held by whoever calls PortAudio, of which there is one in a process."""

_NAME = "<microphone>"  # in errors, as long as none has been chosen


@dataclass(frozen=True, slots=True)
class InputDevice:
    """Something to record with.

    Attributes:
        index: Its number; it may be another one when the program runs again.
        name: What the sound system calls it.
        host_api: Which sound system that is, such as ``"ALSA"``; several may have the same device.
        channels: How many channels it has at the most.
        sample_rate_hertz: The rate that it runs at if it is not asked for another.
        is_default: Whether it is the one that the system is set to.
    """

    index: int
    name: str
    host_api: str
    channels: int
    sample_rate_hertz: int
    is_default: bool

    def __str__(self) -> str:
        return f"{self.index} {self.name!r} ({self.host_api})"


def load_sounddevice() -> Any:
    """Import sounddevice, which starts PortAudio. `PORTAUDIO` is to be held.

    Raises:
        MissingExtraError: It is not installed.
        AudioError: PortAudio is not, or does not start.
    """
    try:
        import sounddevice  # noqa: PLC0415 - an extra, and slow
    except ModuleNotFoundError as error:
        raise MissingExtraError("the microphone", "mic") from error
    except OSError as error:
        raise AudioError(
            _NAME,
            f"the library PortAudio is missing ({error})",
            hint="apt-get install libportaudio2 (Debian, Ubuntu); other systems call it portaudio",
        ) from error
    except Exception as error:  # the exception's class is in the module that could not be imported
        raise AudioError(_NAME, f"PortAudio does not start ({error})") from error
    return sounddevice


def list_devices(sounddevice: Any) -> tuple[InputDevice, ...]:
    """What there is to record with. `PORTAUDIO` is to be held."""
    hosts = [str(host["name"]) for host in sounddevice.query_hostapis()]
    try:
        default = int(sounddevice.query_devices(kind="input")["index"])
    except (sounddevice.PortAudioError, ValueError):
        default = -1
    return tuple(
        InputDevice(
            index=int(device["index"]),
            name=str(device["name"]),
            host_api=hosts[int(device["hostapi"])],
            channels=int(device["max_input_channels"]),
            sample_rate_hertz=round(device["default_samplerate"]),
            is_default=int(device["index"]) == default,
        )
        for device in sounddevice.query_devices()
        if device["max_input_channels"] > 0
    )


def choose_device(devices: Sequence[InputDevice], wanted: int | str | None) -> InputDevice:
    """Find the device that is meant.

    Args:
        devices: Those that there are.
        wanted: An index; a name, or a part of one in small or capital letters, with the host API behind
            it where several have it (``"USB Audio, ALSA"``); None for the default.

    Raises:
        AudioError: There is none at all, or none is the default.
        ConfigurationError: None is meant by that, or several may be.
    """
    if not devices:
        raise AudioError(
            _NAME,
            "there is none: PortAudio sees no input device",
            hint="is one connected, and may this user and this container see it? ALSA's are shown by "
            "'arecord --list-devices', PulseAudio's and PipeWire's by 'pactl list short sources'",
        )
    found = _find(devices, wanted)
    if len(found) == 1:
        return found[0]
    if wanted is None:
        raise AudioError(
            _NAME, "the system has no default input device", hint=f"choose one of {_texts(devices)}"
        )
    if found:
        raise ConfigurationError(
            "device",
            f"{wanted!r} may be any of {_texts(found)}",
            hint="give the index, or more of the name",
        )
    raise ConfigurationError("device", f"{wanted!r} is none", hint=f"there are {_texts(devices)}")


def _find(devices: Sequence[InputDevice], wanted: int | str | None) -> list[InputDevice]:
    if wanted is None:
        return [device for device in devices if device.is_default]
    if isinstance(wanted, int):
        return [device for device in devices if device.index == wanted]
    exact = [device for device in devices if wanted in {device.name, _full_name(device)}]
    return exact or [device for device in devices if wanted.casefold() in _full_name(device).casefold()]


def _full_name(device: InputDevice) -> str:
    return f"{device.name}, {device.host_api}"


def _texts(devices: Iterable[InputDevice]) -> str:
    return ", ".join(map(str, devices))
