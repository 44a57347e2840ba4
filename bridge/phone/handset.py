"""The phone as the screen holds it: starts the phone's process, tells it what to do, shows its state."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace

from bridge.operator.client import Address
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
    decode_state,
    encode,
)
from bridge.phone.sentences import not_answering
from bridge.phone.settings import LOUDEST_DB, QUIETEST_DB, Memory, PhoneSettings
from bridge.wire.link.audio import Leg
from bridge.wire.modes import SteppedIn

_PATIENCE = 5.0
"""Seconds without a report, of which there is at least one a second, after which the process hangs."""
_GOODBYE = 3.0
"""Seconds that the process has to end by itself."""


class Handset:
    """One phone. Nothing here raises for trouble with sound: that is a sentence in `state.problem`.

    `on_state` is called in the event loop with every new state, some ten times a second while sound flows.
    `settings` are those of the settings file; what the person chose before goes before them.
    """

    def __init__(
        self,
        address: Address,
        log_path: Path,
        on_state: Callable[[PhoneState], None],
        settings: PhoneSettings = PhoneSettings(),  # noqa: B008 (it can't be changed)
    ) -> None:
        self._address = address
        self._memory = Memory()
        self.settings = self._memory.applied_to(settings)
        """What the phone goes by, once it runs."""
        self._log_path = log_path
        self._on_state = on_state
        self._starting = asyncio.Lock()
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.state = PhoneState()

    async def start(self) -> None:
        """Start the phone's process, if none runs; listening, stepping in and changing do so by themselves."""
        async with self._starting:
            if self._process is None:
                await self._spawn()

    async def listen(self, stream_id: str, on: bool) -> None:
        """Hear a stream through the speakers, or stop."""
        await self._command(Listen(stream_id=stream_id, on=on))

    async def step(self, mode: SteppedIn | None, *, seize: bool = False) -> None:
        """Step into the stream that is heard, or into another mode, with an open microphone; None: out of it."""
        command = Step(mode=mode, seize=seize)
        if mode is None:
            self._tell(command)
        else:
            await self._command(command)

    async def mute(self, on: bool) -> None:
        """Say nothing any more, or speak again. Only a call that was taken over is kept by a muted microphone."""
        self._tell(Mute(on=on))

    async def volume(self, leg: Leg, step_db: float) -> None:
        """Hear the caller or the far end (`Leg.CALLER`, `Leg.AGENT`) louder, or quieter; remembered."""
        name = "caller_volume_db" if leg is Leg.CALLER else "agent_volume_db"
        decibels = min(max(getattr(self.settings, name) + step_db, QUIETEST_DB), LOUDEST_DB)
        await self.change(replace(self.settings, **{name: decibels}))

    async def change(self, settings: PhoneSettings) -> None:
        """Go by these settings from now on, and remember what changed."""
        self._memory.note(self.settings, settings)
        self.settings = settings
        await self._command(Change(settings=settings))

    async def look(self) -> None:
        """Have the phone, if it runs, find out which devices there are by now."""
        if self._process is not None:
            self._send(self._process, Look())

    async def tones(self, digits: str) -> None:
        """Let the operator hear these DTMF digits (0-9 * # A-D), as the answer to sending them."""
        await self._command(Tones(digits=digits))

    async def play(self, path: Path, at_s: float) -> None:
        """Let the operator hear a recording (stereo, 16 bits) from this second on."""
        await self._command(Play(path=str(path), at_s=at_s))

    async def pause(self) -> None:
        """Stop playing a recording."""
        await self._command(Play())

    async def stop(self) -> None:
        """End the phone's process, and talking and listening with it."""
        if self._process is None or self._reader is None:
            return
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await _end(self._process)
        self._process = None
        self._show(PhoneState())

    async def _spawn(self) -> None:
        try:
            with self._log_path.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "bridge.phone",
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=log,
                    limit=MAX_LINE_BYTES,
                    # Small blocks gain nothing from threads that spin while they wait for more.
                    env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                )
        except OSError as error:
            self._show(PhoneState(problem=f"The phone cannot be started: {error}."))
            return
        self._send(self._process, Connect(url=self._address.url, token=self._address.token, settings=self.settings))
        self._reader = asyncio.create_task(self._read(self._process), name="handset reader")

    async def _command(self, command: Command) -> None:
        await self.start()
        self._tell(command)

    def _tell(self, command: Command) -> None:
        """A phone that does not run holds nothing that it could let go of."""
        if self._process is not None:
            self._send(self._process, command)

    def _send(self, process: Process, command: Command) -> None:
        assert process.stdin is not None
        process.stdin.write(encode(command) + b"\n")

    async def _read(self, process: Process) -> None:
        try:
            await self._show_states(process)
        except TimeoutError:
            process.kill()
        except (ValueError, msgspec.MsgspecError):
            pass  # Not a phone that can be understood: it ends with its input.
        await _end(process)
        self._process = None
        self._show(PhoneState(problem=self._epitaph(process)))

    async def _show_states(self, process: Process) -> None:
        """Show what the process reports until its end. Raises TimeoutError when it hangs."""
        assert process.stdout is not None
        while True:
            async with asyncio.timeout(_PATIENCE):
                line = await process.stdout.readline()
            if not line:
                return
            self._show(decode_state(line))

    def _epitaph(self, process: Process) -> str:
        if process.returncode == SOUND_HANGS:
            return not_answering()
        return f"The phone stopped unexpectedly: listen again to restart it. Its last words are in {self._log_path}."

    def _show(self, state: PhoneState) -> None:
        self.state = state
        self._on_state(state)


async def _end(process: Process) -> None:
    """End the process: by the end of its input, and if that takes too long, by force."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(_GOODBYE):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
