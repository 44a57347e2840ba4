"""A trial of the devices: half a second of the microphone, played back. In a process of its own, like all sound."""

from __future__ import annotations

import os
import sys
import time
from typing import TypeVar

import msgspec
import numpy as np
from msgspec import Struct

from bridge.audio.codec import Samples
from bridge.audio.levels import samples_dbfs
from bridge.audio.resample import resample
from bridge.phone.device import InputDevice, OutputDevice, SoundError
from bridge.phone.listing import ask_process
from bridge.phone.sentences import lost_blocks, stood_in

_HEARD_SECONDS = 0.5
_POLL_SECONDS = 0.02
_REST_SECONDS = 0.2
"""Silence after what was heard: while there is some of it left, a device that lacks sound has lost a block."""
_FAINT_DBFS = -55.0
_TOO_LOUD = 0.98

_AnyDevice = TypeVar("_AnyDevice", InputDevice, OutputDevice)


class Trial(Struct, kw_only=True):
    """What came of it."""

    input: str = ""
    output: str = ""
    """Names of the devices that were used."""
    input_latency_ms: float = 0.0
    output_latency_ms: float = 0.0
    heard_dbfs: float | None = None
    """Level of the half second; None: silence."""
    problems: list[str] = []
    """What is wrong, in sentences; none when all is well."""


def try_devices(input_name: str, output_name: str, timeout: float = 10.0) -> Trial:
    """Hear and play back; empty names are the defaults. Takes at most `timeout` seconds."""
    try:
        return ask_process(__name__, [input_name, output_name], Trial, timeout)
    except SoundError as error:
        return Trial(problems=[str(error)])


def _try(input_name: str, output_name: str) -> Trial:
    trial = Trial()
    try:
        microphone = _opened(InputDevice, input_name, trial)
        heard = _hear(microphone, trial)
        _play(_opened(OutputDevice, output_name, trial), heard, microphone.rate, trial)
    except SoundError as error:
        trial.problems.append(str(error))
    return trial


def _opened(kind: type[_AnyDevice], name: str, trial: Trial) -> _AnyDevice:
    try:
        device = kind(name, lambda: None)
    except SoundError:
        if not name:
            raise
        device = kind("", lambda: None)
        trial.problems.append(stood_in(kind.kind, name, device.name))
    return device


def _hear(microphone: InputDevice, trial: Trial) -> Samples:
    trial.input, trial.input_latency_ms = microphone.name, microphone.latency_ms
    microphone.start()
    heard = microphone.ring.read()[:0]
    while len(heard) < _HEARD_SECONDS * microphone.rate:
        if microphone.lost():
            raise SoundError(f"The microphone {microphone.name} fell silent during the trial: plug it in again.")
        time.sleep(_POLL_SECONDS)
        heard = np.concatenate((heard, microphone.ring.read()))
    microphone.close()
    trial.heard_dbfs = samples_dbfs(heard)
    trial.problems += _judged(microphone, heard, trial.heard_dbfs)
    return heard


def _judged(microphone: InputDevice, heard: Samples, dbfs: float | None) -> list[str]:
    problems = []
    if dbfs is None:
        problems.append(f"The microphone {microphone.name} gives silence: switch it on, or allow offhook to use it.")
    elif dbfs < _FAINT_DBFS:
        problems.append(f"The microphone {microphone.name} hears next to nothing: speak up, or turn it up.")
    if np.abs(heard).max() > _TOO_LOUD:
        problems.append(f"The microphone {microphone.name} is overdriven: turn it down.")
    return problems + _lost_blocks(microphone)


def _lost_blocks(device: InputDevice | OutputDevice) -> list[str]:
    return [lost_blocks(device.kind, device.name, device.xruns)] if device.xruns else []


def _play(speakers: OutputDevice, heard: Samples, rate: int, trial: Trial) -> None:
    trial.output, trial.output_latency_ms = speakers.name, speakers.latency_ms
    rest = np.zeros(int(_REST_SECONDS * speakers.rate), np.float32)
    sound = np.repeat(np.concatenate((resample(heard, rate, speakers.rate), rest)), speakers.channels)
    written = speakers.ring.write(sound)
    speakers.start()
    while written < len(sound) or speakers.ring.held > len(rest) * speakers.channels:
        if speakers.lost():
            raise SoundError(f"The speakers {speakers.name} fell silent during the trial: plug them in again.")
        written += speakers.ring.write(sound[written:])
        time.sleep(_POLL_SECONDS)
    trial.problems += _lost_blocks(speakers)
    time.sleep(speakers.latency_ms / 1000)
    speakers.close()


if __name__ == "__main__":
    os.write(1, msgspec.json.encode(_try(sys.argv[1], sys.argv[2])))
