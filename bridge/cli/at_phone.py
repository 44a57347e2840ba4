"""A person at the phone from the command line: listening, or stepped in with the microphone, until Ctrl-C."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import click

from bridge.cli.connect import check_link
from bridge.cli.ending import ending
from bridge.cli.mode_words import LIVE, OVER, began
from bridge.cli.options import Client
from bridge.cli.place import find_place
from bridge.cli.report import Report
from bridge.operator.home import read_toml
from bridge.phone.handset import Handset
from bridge.phone.pipe import PhoneState
from bridge.phone.settings import phone_settings
from bridge.wire.modes import SteppedIn


async def at_phone(
    client: Client, stream_id: str, mode: SteppedIn | None, report: Report, *, seize: bool = False
) -> None:
    """Hear a stream, with a mode step into it, too; returns when it ends, or when it is cancelled.

    Raises click.ClickException when it cannot be, or when the microphone goes off the air against the person's will.
    """
    if not stream_id:
        # The phone would take it for no wish, and wait for one.
        raise click.ClickException("No stream without a name is known here: `offhook streams --all` lists them.")
    call = _Call(report, wanted=mode)
    began_at = time.monotonic()
    text = ""
    async with _handset(client, call.states.put_nowait) as handset:
        with suppress(asyncio.CancelledError):
            await handset.listen(stream_id, True)
            await call.until(lambda phone: phone.listening and phone.output_device)
            if mode is not None:
                # Nobody is to be silenced for a microphone that is not there yet.
                await call.until(lambda phone: phone.input_device)
                await handset.step(mode, seize=seize)
                await call.until(lambda phone: phone.on_air)
            text = await call.end()
    text = text or await ending(find_place(client).address(), call.stream_id, call.mode)
    seconds = round(time.monotonic() - began_at, 1)
    report.outcome("done", f"{text}.", seconds=seconds)


@asynccontextmanager
async def _handset(client: Client, on_state: Callable[[PhoneState], None]) -> AsyncIterator[Handset]:
    place = find_place(client)
    await check_link(place.address())
    place.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = phone_settings(read_toml(client.config))
    handset = Handset(place.address(), place.data / "terminal.log", on_state, settings)
    try:
        yield handset
    finally:
        await handset.stop()


class _Call:
    """What the phone says of itself, as it comes."""

    def __init__(self, report: Report, *, wanted: SteppedIn | None) -> None:
        self.states: asyncio.Queue[PhoneState] = asyncio.Queue()
        self.stream_id = ""
        self.mode: SteppedIn | None = None
        self._wanted = wanted
        self._report = report
        self._phone = PhoneState()
        self._told: dict[str, Any] = {}

    async def until(self, condition: Callable[[PhoneState], object]) -> None:
        """Wait for a state. Raises click.ClickException with what is wrong instead."""
        while not condition(phone := self._phone):
            can_listen = self._wanted is None and phone.output_device
            if wrong := phone.refused or ("" if can_listen else phone.problem):
                raise click.ClickException(wrong)
            await self._next()

    async def end(self) -> str:
        """Wait until the stream ends; returns that in words. Raises click.ClickException for any other end."""
        while True:
            phone = await self._next()
            if not phone.running or phone.refused:
                raise click.ClickException(phone.refused or phone.problem)
            if not phone.stream_id:
                return "The stream ended"
            if not phone.listening:
                raise click.ClickException("The link to the bridge was lost.")
            if self._wanted is not None and not phone.on_air:
                raise click.ClickException(f"{OVER[self._wanted]}: {phone.muted_because}.")

    async def _next(self) -> PhoneState:
        self._phone = await self.states.get()
        if self._phone.listening:
            self._tell(self._phone)
        return self._phone

    def _tell(self, phone: PhoneState) -> None:
        facts = {"stream_id": phone.stream_id, "mode": phone.mode, "taken_over_ms": phone.taken_over_ms}
        told = {**facts, "on_air": phone.on_air}
        if told != self._told:
            new = phone.on_air or not self._told
            text = began(phone.stream_id, phone.mode, phone.taken_over_ms) if new else ""
            self._told, self.stream_id, self.mode = told, phone.stream_id, phone.mode
            self._report.know(**facts)
            self._report.change(text, on_air=phone.on_air)
        levels = f"caller {_dbfs(phone.caller_dbfs)} · agent {_dbfs(phone.agent_dbfs)}"
        voice = f" · you {_dbfs(phone.microphone_dbfs)}" if phone.on_air else ""
        self._report.live(f"{LIVE[phone.mode]} · {levels}{voice} · delay {phone.depth_ms} ms · Ctrl-C ends it")


def _dbfs(level: float | None) -> str:
    return "silent" if level is None else f"{level:.0f} dBFS"
