"""The phone's process: commands come in on standard input, the state goes out on standard output.

It ends when standard input does, so it never outlives whoever started it.
"""

from __future__ import annotations

import asyncio
import gc
import io
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from bridge.audio.tones import dtmf, line_closes, line_opens
from bridge.operator.client import Address
from bridge.phone.line import Line
from bridge.phone.microphone import Microphone
from bridge.phone.pipe import (
    MAX_LINE_BYTES,
    SOUND_HANGS,
    Change,
    Command,
    Connect,
    Listen,
    Look,
    Mute,
    PhoneState,
    Play,
    Step,
    Tones,
    decode_command,
    encode,
)
from bridge.phone.player import PlayerError
from bridge.phone.priority import calm_down_when_told, hurry
from bridge.phone.settings import PhoneSettings
from bridge.phone.share import Share
from bridge.phone.sound import Sound, SoundHangsError
from bridge.phone.speaker import Speaker
from bridge.wire.link.audio import Leg

_REPORT_SECONDS = 0.1
_HEARTBEAT_SECONDS = 1.0
"""The state is sent this often when nothing changes, to show that the process lives."""
_LAST_SECONDS = 3.0
"""What the process has to end in, once standard input did."""


def main(reports: io.BufferedIOBase, asker: ThreadPoolExecutor) -> None:
    """Run the phone until standard input ends; `asker` is the thread that asks PortAudio."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Without a buffer: a thread that waits in a buffered one is fatal to an interpreter that wants to end.
    commands = os.fdopen(os.dup(0), "rb", buffering=0)
    first = _read_command(commands)
    if not isinstance(first, Connect):
        sys.stderr.write("The phone is started by offhook, and told over standard input which bridge to use.\n")
        os._exit(1)  # The asker may hang, and would be waited for.
    prepare_for_sound(asker)
    asyncio.run(_Phone(first, commands, reports, asker).run())


def prepare_for_sound(asker: ThreadPoolExecutor) -> None:
    """Let nothing else make this thread late, nor those that PortAudio starts in `asker`."""
    calm_down_when_told()
    hurry(heirs=False)
    asker.submit(hurry, heirs=True)


class _Phone:
    def __init__(
        self, connect: Connect, commands: io.RawIOBase, reports: io.BufferedIOBase, asker: ThreadPoolExecutor
    ) -> None:
        self._commands = commands
        self._reports = reports
        self._speaker = Speaker()
        self._microphone = Microphone()
        self._line = Line(Address(connect.url, connect.token), self._speaker, self._microphone, self._signal)
        self._sound = Sound(self._speaker, self._microphone, self._line.say, self._lose_microphone, asker)
        self._concealed = Share()
        self._over = asyncio.Event()
        self._use(connect.settings)

    async def run(self) -> None:
        threading.Thread(target=self._read_commands, args=[asyncio.get_running_loop()], daemon=True).start()
        try:
            await self._run_parts()
        except* SoundHangsError:
            # At once: the thread that asked the sound server can be neither ended nor waited for.
            os._exit(SOUND_HANGS)

    async def _run_parts(self) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._report(), name="phone reports"),
                group.create_task(self._line.run(), name="phone line"),
                group.create_task(self._sound.run(), name="phone sound"),
            ]
            gc.freeze()
            gc.enable()
            await self._over.wait()
            for task in tasks:
                task.cancel()

    def _read_commands(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread of its own: it must see the end of standard input even if the sound system blocks the loop."""
        hurry(heirs=False)
        while (command := _read_command(self._commands)) is not None:
            loop.call_soon_threadsafe(self._obey, command)
        loop.call_soon_threadsafe(self._over.set)
        time.sleep(_LAST_SECONDS)
        os._exit(1)

    def _obey(self, command: Command) -> None:
        match command:
            case Listen(on=True):
                self._line.listen(command.stream_id)
            case Listen():
                self._line.leave()
            case Step():
                self._step(command)
            case Mute(on=True):
                self._line.mute()
            case Mute() if self._lacks_microphone:
                self._line.refuse(self._sound.problem)
            case Mute():
                self._line.unmute()
            case Change():
                self._use(command.settings)
            case Look():
                self._sound.look()
            case Tones():
                self._speaker.tell(dtmf(command.digits.upper(), self._speaker.rate))
            case Play():
                self._play(command)

    def _play(self, command: Play) -> None:
        try:
            if command.at_s is None:
                self._speaker.player.pause()
            else:
                self._speaker.player.play(Path(command.path), command.at_s)
        except PlayerError as error:
            self._line.refuse(str(error))

    def _step(self, command: Step) -> None:
        if command.mode is None:
            self._line.step_out()
        elif self._lacks_microphone:
            self._line.refuse(self._sound.problem)
        else:
            self._line.step_in(command.mode, seize=command.seize)

    @property
    def _lacks_microphone(self) -> bool:
        return bool(self._sound.problem) and self._sound.input is None

    def _use(self, settings: PhoneSettings) -> None:
        self._settings = settings
        self._sound.choose(settings.input, settings.output)
        self._speaker.use(settings)
        self._microphone.use(settings)

    def _signal(self, on_air: bool) -> None:
        """The side tone: the operator hears that the line is open, or closed."""
        if self._settings.side_tone:
            self._speaker.tell((line_opens if on_air else line_closes)(self._speaker.rate))

    def _lose_microphone(self) -> None:
        self._line.mute("the microphone was lost")

    def _mute_who_is_silent(self) -> None:
        after = self._settings.mute_after
        if after and self._microphone.silent_seconds >= after:
            self._line.mute(f"you said nothing for {after:g} s")

    async def _report(self) -> None:
        reported, reported_at = None, 0.0
        loop = asyncio.get_running_loop()
        writer = ThreadPoolExecutor(1, "phone reports", partial(hurry, heirs=False))
        while True:
            self._mute_who_is_silent()
            state = self._state()
            if state != reported or time.monotonic() - reported_at >= _HEARTBEAT_SECONDS:
                reported, reported_at = state, time.monotonic()
                # In a thread: whoever reads may be slow, and sound must not wait for that; nor for a thread that has
                # the interpreter, and is kept waiting itself.
                await loop.run_in_executor(writer, self._write, encode(state) + b"\n")
            await asyncio.sleep(_REPORT_SECONDS)

    def _write(self, line: bytes) -> None:
        self._reports.write(line)
        self._reports.flush()

    def _state(self) -> PhoneState:
        line, sound, speaker, microphone = self._line, self._sound, self._speaker, self._microphone
        return PhoneState(
            running=True,
            problem=" ".join(filter(None, (line.problem, sound.problem))),
            notice=sound.notice,
            refused=line.refused,
            refusals=line.refusals,
            stream_id=line.stream_id,
            listening=line.listening,
            mode=line.step.mode,
            on_air=line.step.on_air,
            taken_over_ms=_rounded(line.step.taken_over_ms),
            muted_because=line.step.muted_because,
            microphone_dbfs=_rounded(microphone.meter.read()),
            speaker_dbfs=_rounded(speaker.meter.read()),
            caller_dbfs=_rounded(speaker.leg_dbfs(Leg.CALLER)),
            agent_dbfs=_rounded(speaker.leg_dbfs(Leg.AGENT)),
            caller_volume_db=self._settings.caller_volume_db,
            agent_volume_db=self._settings.agent_volume_db,
            headset=microphone.unecho.headset,
            echo=microphone.unecho.how,
            echo_because=microphone.unecho.because,
            gain_db=round(microphone.gain_db, 1),
            played_s=round(speaker.player.seconds, 2) if speaker.player.playing else None,
            inputs=[device.name for device in sound.devices if device.kind == "input"],
            outputs=[device.name for device in sound.devices if device.kind == "output"],
            **self._device_figures(),
            **self._playout_figures(),
        )

    def _device_figures(self) -> dict[str, Any]:
        microphone, speakers = self._sound.input, self._sound.output
        figures: dict[str, Any] = {"underruns": sum(device.xruns for device in (microphone, speakers) if device)}
        if microphone:
            figures |= {"input_device": microphone.name, "input_latency_ms": microphone.latency_ms}
        if speakers:
            figures |= {
                "output_device": speakers.name,
                "output_latency_ms": speakers.latency_ms,
                "stereo": speakers.channels == 2 and self._settings.stereo,
            }
        return figures

    def _playout_figures(self) -> dict[str, Any]:
        caller = self._speaker.caller
        if caller is None:
            return {}
        return {
            "depth_ms": caller.depth_ms,
            "target_ms": caller.target_ms,
            "concealed_ms": caller.concealed_ms,
            "concealed_percent": self._concealed.percent(caller.concealed_ms, time.monotonic()),
            "shortened_ms": caller.shortened_ms,
            "lengthened_ms": caller.lengthened_ms,
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _read_command(commands: io.RawIOBase) -> Command | None:
    """The next command; None at the end, and for what is no command: then nothing that follows can be trusted."""
    try:
        return decode_command.decode(commands.readline(MAX_LINE_BYTES))
    except msgspec.MsgspecError:
        return None
