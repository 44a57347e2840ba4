"""The devices in use: opened, fed and emptied, watched, and opened again when they are lost.

Whatever PortAudio is asked for may block as long as a sound server does. So one thread asks (always the same, as some
systems want it), and the event loop, with the link to the bridge in it, goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from bridge.phone.device import Device, InputDevice, OutputDevice, SoundError, list_devices, reinitialise
from bridge.phone.microphone import Microphone
from bridge.phone.sentences import DEVICE_LOST, NO_MICROPHONE
from bridge.phone.speaker import Speaker

_AHEAD_MS = 20
"""What is ready for the output device at any time: it may ask for two blocks at once."""
_START_MS = 100
"""Silence to start an output device with: it wants its first blocks while this process still opens the input."""
_WATCH_SECONDS = 0.1
_RETRY_SECONDS = 1.0
_SLOWEST_RETRY_SECONDS = 10.0
_PATIENCE_SECONDS = 4.0

_T = TypeVar("_T")


class SoundHangsError(Exception):
    """The sound server does not answer: only a new process can have sound again."""


class Sound:
    """Owns the devices. `on_voice` gets each 20 ms of an open microphone, `on_lost` is told when there is none."""

    def __init__(
        self,
        speaker: Speaker,
        microphone: Microphone,
        on_voice: Callable[[bytes], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._speaker = speaker
        self._microphone = microphone
        self._on_voice = on_voice
        self._on_lost = on_lost
        self.problem = ""
        """Why nothing can be heard, or said, as a sentence."""
        self.devices: list[Device] = []
        self.input: InputDevice | None = None
        self.output: OutputDevice | None = None
        self._wanted = ("", "")
        self._chosen = asyncio.Event()
        self._woken = False
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="sound")

    def choose(self, input_name: str, output_name: str) -> None:
        """Use these devices, an empty name being the system's default."""
        if (input_name, output_name) != self._wanted:
            self._wanted = (input_name, output_name)
            self._chosen.set()

    async def run(self) -> None:
        """Keep the devices open until cancelled. Raises SoundHangsError when the sound server does not answer."""
        self._loop = asyncio.get_running_loop()
        retry = _RETRY_SECONDS
        try:
            while True:
                if await self._open():
                    retry = _RETRY_SECONDS
                    await self._until_lost_or_chosen()
                await self._ask(self._take_devices())
                if not await self._chosen_within(retry):
                    retry = min(retry * 1.1, _SLOWEST_RETRY_SECONDS)
                self._chosen.clear()
                await self._look_again()
        finally:
            self._take_devices()()

    async def _ask(self, question: Callable[[], _T]) -> _T:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self._loop.run_in_executor(self._asker, question)
        except TimeoutError as error:
            raise SoundHangsError from error

    async def _open(self) -> bool:
        self.devices = []
        try:
            self.devices = await self._ask(list_devices)
            await self._open_output(self._wanted[1])
        except SoundError as error:
            self._lose(str(error))
            return False
        try:
            await self._open_input(self._wanted[0])
            self.problem = ""
        except SoundError:
            self._lose(NO_MICROPHONE)
        return True

    async def _open_output(self, name: str) -> None:
        output = await self._ask(lambda: OutputDevice(name, self._wake))
        self._speaker.use_device(output.rate)
        output.ring.write(np.zeros(output.rate * _START_MS // 1000, np.float32))
        self.output = output
        await self._ask(output.start)

    async def _open_input(self, name: str) -> None:
        self.input = await self._ask(lambda: InputDevice(name, self._wake))
        self._microphone.use_device(self.input.rate)
        await self._ask(self.input.start)

    def _take_devices(self) -> Callable[[], None]:
        """Use the devices no more; returns what closes them."""
        devices = [device for device in (self.input, self.output) if device is not None]
        self.input = self.output = None

        def close() -> None:
            for device in devices:
                device.close()

        return close

    def _lose(self, problem: str) -> None:
        self.problem = problem
        self._on_lost()

    async def _look_again(self) -> None:
        try:
            await self._ask(reinitialise)
        except SoundError as error:
            self.problem = str(error)

    async def _until_lost_or_chosen(self) -> None:
        while not await self._chosen_within(_WATCH_SECONDS):
            if any(device is not None and device.lost() for device in (self.input, self.output)):
                self._lose(DEVICE_LOST)
                return

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
            self._feed(self.output)
        if self.input is not None:
            for payload in self._microphone.take(self.input.ring.read()):
                self._on_voice(payload)

    def _feed(self, output: OutputDevice) -> None:
        while output.ring.held < output.rate * _AHEAD_MS // 1000:
            output.ring.write(self._speaker.block())
