"""A call whose caller is the person at this terminal, with their microphone and speakers."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from bridge.audio.levels import payload_dbfs
from bridge.carrier.plan import CallPlan
from bridge.cli.call_thread import CallThread
from bridge.cli.calling import KEPT_SECONDS, tell
from bridge.cli.connect import told
from bridge.cli.live_turns import LiveTurns
from bridge.cli.options import Client
from bridge.cli.phone_line import STREAM_ID
from bridge.cli.place import find_place
from bridge.operator.home import read_toml
from bridge.phone.handset import Handset
from bridge.phone.pipe import PhoneState
from bridge.phone.settings import PhoneSettings, phone_settings
from bridge.wire.document import StreamElement
from tui.call_app import CallApp
from tui.call_view import CallView
from tui.terminal import stderr_in_log

_LEVEL_MS = 100


def speak_with(plan: CallPlan, seconds: float | None, record: str | None, *, fail_on: str) -> int:
    """Let the person speak with the bot, and print what became of the call; returns the exit code.

    Raises click.ClickException with a sentence.
    """
    with told():
        data = find_place(Client(control=None, token=None, data=None, config=None)).data
        settings = phone_settings(read_toml())
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    plan = replace(plan, seconds=seconds, keep_seconds=KEPT_SECONDS)
    # Nobody takes the call away from a caller who listens, and there is one voice to hear.
    settings = structs.replace(settings, mute_after=0.0, side_tone=False, stereo=False)
    own = asyncio.run(_speak(plan, record, settings, data / "terminal.log"))
    return tell(own.outcome, plan, own.record_to, fail_on=fail_on, as_json=False)


async def _speak(plan: CallPlan, record: str | None, settings: PhoneSettings, log: Path) -> _OwnCall:
    own = _OwnCall(plan, record)
    talking = asyncio.create_task(own.talk(log, settings), name="phone of the call")
    try:
        with stderr_in_log(log):
            await CallApp(own).run_async()
    finally:
        await own.end()
        talking.cancel()
        await asyncio.wait({talking})
    return own


class _OwnCall:
    """What the screen looks at, and acts on."""

    def __init__(self, plan: CallPlan, record: str | None) -> None:
        self._call = CallThread(plan)
        self._target = plan.target.url if isinstance(plan.target, StreamElement) else plan.target
        self._turns = LiveTurns(self._call.outcome)
        self._can_speak = asyncio.Event()
        self._handset: Handset | None = None
        self._phone = PhoneState()
        self._folder = record or "."
        self.record_to = record
        self.outcome = self._call.outcome

    @property
    def view(self) -> CallView:
        outcome, size = self.outcome, self.outcome.format.bytes_per_second * _LEVEL_MS // 1000
        return CallView(
            target=self._target,
            over=self._call.over,
            seconds=None if outcome.started is None else time.monotonic() - outcome.started,
            said_dbfs=payload_dbfs(bytes(outcome.said[-size:]), outcome.format),
            heard_dbfs=payload_dbfs(bytes(outcome.heard[-size:]), outcome.format),
            steps=outcome.steps,
            frames_sent=outcome.frames_sent,
            frames_got=outcome.frames_got,
            audio_got_seconds=outcome.audio_got_seconds,
            clears=outcome.clears,
            pressed="".join(digit for _, digit in outcome.pressed),
            digits=outcome.digits,
            turns=self._turns.report(),
            findings=outcome.findings,
            recording=self.record_to is not None,
            phone=self._phone,
        )

    def begin(self) -> None:
        self._call.begin()

    def hang_up(self) -> None:
        self._call.hang_up()

    async def end(self) -> None:
        await self._call.end()

    def press(self, digit: str) -> None:
        self._call.press(digit)

    async def mute(self) -> None:
        if self._handset is not None:
            await self._handset.mute(self._phone.on_air)

    def record(self) -> None:
        self.record_to = self._folder if self.record_to is None else None

    async def talk(self, log: Path, settings: PhoneSettings) -> None:
        """Have a phone ready when the stream begins, hear it, and speak as soon as there is a microphone."""
        address = await asyncio.wrap_future(self._call.address)
        self._handset = handset = Handset(address, log, self._see, settings)
        try:
            await handset.start()
            await asyncio.wrap_future(self._call.opened)
            await handset.listen(STREAM_ID, True)
            await self._can_speak.wait()
            await handset.step("takeover")
            await asyncio.Event().wait()
        finally:
            await handset.stop()

    def _see(self, phone: PhoneState) -> None:
        self._phone = phone
        if phone.listening and phone.input_device:
            self._can_speak.set()
