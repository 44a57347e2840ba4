"""The machine's sound devices, asked for in a process of its own: a sound server that hangs blocks only that one."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TypeVar

import msgspec
from msgspec import Struct

from bridge.phone.device import Device, SoundError, list_devices
from bridge.phone.sentences import not_answering

_T = TypeVar("_T")


class DeviceList(Struct, kw_only=True):
    """What sound devices there are; `problem` says in a sentence why there are none."""

    devices: list[Device] = []
    problem: str = ""


def sound_devices(timeout: float = 5.0) -> DeviceList:
    """List the sound devices; takes at most `timeout` seconds."""
    try:
        return ask_process(__name__, [], DeviceList, timeout)
    except SoundError as error:
        return DeviceList(problem=str(error))


def ask_process(module: str, arguments: list[str], answer: type[_T], timeout: float) -> _T:
    """What a process that runs this module prints. Raises SoundError when it prints nothing in time, or nonsense."""
    try:
        # Descriptor 2 is closed to ALSA and PortAudio, which print on it whatever they like.
        probe = subprocess.run(  # noqa: S603
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout,
        )
        return msgspec.json.decode(probe.stdout, type=answer)
    except subprocess.TimeoutExpired as error:
        raise SoundError(not_answering()) from error
    except msgspec.DecodeError as error:
        raise SoundError("The sound system crashes when it is asked for its devices.") from error


def _probe() -> DeviceList:
    try:
        return DeviceList(devices=list_devices())
    except SoundError as error:
        return DeviceList(problem=str(error))


if __name__ == "__main__":
    os.write(1, msgspec.json.encode(_probe()))
