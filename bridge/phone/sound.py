"""The devices in use: opened, fed and emptied, watched, and opened again when they are lost.

A device that was chosen and is not there is stood in for by the system's default, and used again once it is back.

Whatever PortAudio is asked for may block as long as a sound server does. So one thread asks (always the same, as some
systems want it), and the event loop, with the link to the bridge in it, goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import numpy as np

from bridge.phone.device import Device, InputDevice, Kind, OutputDevice, SoundError, list_devices, reinitialise
from bridge.phone.listing import sound_devices
from bridge.phone.lookout import Wanted, until_back
from bridge.phone.microphone import Microphone
from bridge.phone.sentences import DEVICE_LOST, NO_MICROPHONE, stood_in
from bridge.phone.speaker import Speaker

_START_MS = 40
"""Silence to start an output device with: it wants its first blocks at once."""
_WATCH_SECONDS = 0.1
_RETRY_SECONDS = 1.0
"""Devices that ran for less than this are not opened again at once, unless others stand in."""
_PATIENCE_SECONDS = 4.0

_T = TypeVar("_T")
_AnyDevice = TypeVar("_AnyDevice", InputDevice, OutputDevice)


class SoundHangsError(Exception):
    """The sound server does not answer: only a new process can have sound again."""


class Sound:
    """Owns the devices. `on_voice` gets each 20 ms of an open microphone, `on_lost` is told when there is none.

    `asker` is the one thread that asks PortAudio for anything.
    """

    def __init__(
        self,
        speaker: Speaker,
        microphone: Microphone,
        on_voice: Callable[[bytes], None],
        on_lost: Callable[[], None],
        asker: ThreadPoolExecutor,
    ) -> None:
        self._speaker = speaker
        self._microphone = microphone
        self._on_voice = on_voice
        self._on_lost = on_lost
        self.problem = ""
        """Why nothing can be heard, or said, as a sentence."""
        self.notice = ""
        """Which device stands in for one that was chosen, as a sentence."""
        self.devices: list[Device] = []
        self.input: InputDevice | None = None
        self.output: OutputDevice | None = None
        self._wanted = ("", "")
        self._distrusted: set[Wanted] = set()
        """Devices that were lost just now: others stand in until the lookout saw them run."""
        self._looking: asyncio.Task[None] | None = None
        self._chosen = asyncio.Event()
        self._woken = False
        self._asker = asker

    def choose(self, input_name: str, output_name: str) -> None:
        """Use these devices, an empty name being the system's default."""
        if (input_name, output_name) != self._wanted:
            self._wanted = (input_name, output_name)
            self._chosen.set()

    def look(self) -> None:
        """Find out which devices there are by now: PortAudio knows only those that were there when it began."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._list_anew(), name="list of devices")

    async def run(self) -> None:
        """Keep the devices open until cancelled. Raises SoundHangsError when the sound server does not answer."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                began = self._loop.time()
                self._chosen.clear()
                is_open = await self._open()
                self._distrusted.clear()
                if is_open:
                    await self._until_something_changes()
                await self._ask(self._take_devices())
                if self._loop.time() - began < _RETRY_SECONDS and not self._distrusted:
                    await self._chosen_within(_RETRY_SECONDS)
                await self._look_again()
        finally:
            self._take_devices()()
            if self._looking is not None:
                self._looking.cancel()

    async def _ask(self, question: Callable[[], _T]) -> _T:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self._loop.run_in_executor(self._asker, question)
        except TimeoutError as error:
            raise SoundHangsError from error

    async def _open(self) -> bool:
        """Open what there is; `problem` tells of what there is not."""
        self.devices = []
        problems = []
        try:
            self.devices = await self._ask(list_devices)
            await self._open_output()
        except SoundError as error:
            problems.append(str(error))
        try:
            await self._open_input()
        except SoundError:
            self._on_lost()
            problems.append(NO_MICROPHONE if self.output else "")
        self.problem = " ".join(filter(None, problems))
        self.notice = " ".join(self._stand_ins())
        return self.input is not None or self.output is not None

    async def _open_output(self) -> None:
        output = await self._opened(OutputDevice, self._wanted[1], self._prepare_output)
        self.output = output

    async def _open_input(self) -> None:
        self.input = await self._opened(InputDevice, self._wanted[0], self._prepare_input)

    def _prepare_output(self, output: OutputDevice) -> None:
        output.ring.write(np.zeros(output.rate * output.channels * _START_MS // 1000, np.float32))
        self._speaker.use_device(output.ring, output.rate, output.channels)
        self._microphone.use_speakers(output.name, output.rate)

    def _prepare_input(self, microphone: InputDevice) -> None:
        self._microphone.use_device(microphone.rate)

    async def _opened(self, kind: type[_AnyDevice], name: str, prepare: Callable[[_AnyDevice], None]) -> _AnyDevice:
        """The device of this name, running, or the default one. Raises SoundError when neither can be had."""
        if name and (kind.kind, name) not in self._distrusted:
            with suppress(SoundError):
                return await self._started(kind, name, prepare)
        return await self._started(kind, "", prepare)

    async def _started(self, kind: type[_AnyDevice], name: str, prepare: Callable[[_AnyDevice], None]) -> _AnyDevice:
        device = await self._ask(lambda: kind(name, self._wake))
        prepare(device)
        try:
            await self._ask(device.start)
        except SoundError:
            await self._ask(device.close)
            raise
        return device

    def _take_devices(self) -> Callable[[], None]:
        """Use the devices no more; returns what closes them."""
        devices = [device for device in (self.input, self.output) if device is not None]
        self.input = self.output = None

        def close() -> None:
            for device in devices:
                device.close()

        return close

    async def _look_again(self) -> None:
        try:
            await self._ask(reinitialise)
        except SoundError as error:
            self.problem = str(error)

    async def _list_anew(self) -> None:
        found = (await asyncio.to_thread(sound_devices)).devices
        seen = {(device.kind, device.name) for device in found}
        # While it is in use, nobody else may be able to ask a device what it can do.
        used = {(kind, device.name) for kind, _, device in self._uses() if device} - seen
        self.devices = found + [device for device in self.devices if (device.kind, device.name) in used]

    async def _until_something_changes(self) -> None:
        """Until a device is lost, another one chosen, or one that is missed is back."""
        tasks = [
            asyncio.create_task(self._until_lost(), name="watch on the devices"),
            asyncio.create_task(self._chosen.wait(), name="choice of devices"),
        ]
        if missing := self._missing():
            tasks.append(asyncio.create_task(until_back(missing), name="lookout for devices"))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_lost(self) -> None:
        while not (self._is_lost(self.input) or self._is_lost(self.output)):  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(_WATCH_SECONDS)
        self.problem = DEVICE_LOST
        self._distrusted = {
            (kind, name) for kind, name, used in self._uses() if used and used.name == name and used.lost()
        }
        if self._is_lost(self.input):
            self._on_lost()

    def _is_lost(self, device: InputDevice | OutputDevice | None) -> bool:
        return device is not None and device.lost()

    def _missing(self) -> list[Wanted]:
        """What is wanted and not in use."""
        return [(kind, name) for kind, name, used in self._uses() if used is None or name not in ("", used.name)]

    def _stand_ins(self) -> list[str]:
        return [
            stood_in(kind, name, used.name)
            for kind, name, used in self._uses()
            if used and (kind, name) in self._missing()
        ]

    def _uses(self) -> list[tuple[Kind, str, InputDevice | OutputDevice | None]]:
        """The wanted name of each kind, and what is used."""
        return [("input", self._wanted[0], self.input), ("output", self._wanted[1], self.output)]

    async def _chosen_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._chosen.wait()
        except TimeoutError:
            return False

    def _wake(self) -> None:
        """Called by PortAudio's thread: at most one call into the event loop is under way at a time."""
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._exchange)

    def _exchange(self) -> None:
        self._woken = False
        if self.output is not None:
            self._microphone.far(self.output.played.read())
        if self.input is not None:
            for payload in self._microphone.take(self.input.ring.read()):
                self._on_voice(payload)
        self._speaker.feed()
