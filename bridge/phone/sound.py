"""The devices in use: opened, fed and emptied, watched, and opened again when they are lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bridge.phone.device import Device, InputDevice, OutputDevice, SoundError, list_devices, reinitialise
from bridge.phone.microphone import Microphone
from bridge.phone.sentences import DEVICE_LOST, NO_MICROPHONE
from bridge.phone.speaker import Speaker

_AHEAD_MS = 20
"""What is ready for the output device at any time: it may ask for two blocks at once."""
_WATCH_SECONDS = 0.1
_RETRY_SECONDS = 1.0
_SLOWEST_RETRY_SECONDS = 10.0


class Sound:
    """Owns the devices. `on_voice` gets each 20 ms of an open microphone, `on_lost` is told when a device goes."""

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
        self.ready = False
        """Whether sound can be heard."""
        self.devices: list[Device] = []
        self.input: InputDevice | None = None
        self.output: OutputDevice | None = None
        self._wanted: tuple[str | None, str | None] = (None, None)
        self._chosen = asyncio.Event()
        self._woken = False

    def choose(self, input_name: str | None, output_name: str | None) -> None:
        """Use these devices, None being the system's default."""
        self._wanted = (input_name, output_name)
        self._chosen.set()

    async def run(self) -> None:
        """Keep the devices open until cancelled."""
        self._loop = asyncio.get_running_loop()
        retry = _RETRY_SECONDS
        try:
            while True:
                if self._open():
                    retry = _RETRY_SECONDS
                    await self._until_lost_or_chosen()
                self._close()
                if not self._chosen.is_set():
                    await self._chosen_within(retry)
                    retry = min(retry * 1.1, _SLOWEST_RETRY_SECONDS)
                self._chosen.clear()
                self._look_again()
        finally:
            self._close()

    def _open(self) -> bool:
        try:
            self.devices = list_devices()
            self._open_output(self._wanted[1])
        except SoundError as error:
            self.problem = str(error)
            self._close()
            return False
        try:
            self._open_input(self._wanted[0])
            self.problem = ""
        except SoundError:
            self.problem = NO_MICROPHONE
        self.ready = True
        return True

    def _open_output(self, name: str | None) -> None:
        self.output = OutputDevice(name, self._wake)
        self._speaker.use_device(self.output.rate)
        self._feed(self.output)
        self.output.start()

    def _open_input(self, name: str | None) -> None:
        self.input = InputDevice(name, self._wake)
        self._microphone.use_device(self.input.rate)
        self.input.start()

    def _close(self) -> None:
        self.ready = False
        for device in (self.input, self.output):
            if device is not None:
                device.close()
        self.input = self.output = None

    def _look_again(self) -> None:
        try:
            reinitialise()
        except SoundError as error:
            self.problem = str(error)

    async def _until_lost_or_chosen(self) -> None:
        while not await self._chosen_within(_WATCH_SECONDS):
            if any(device is not None and device.lost() for device in (self.input, self.output)):
                self.problem = DEVICE_LOST
                self._on_lost()
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
