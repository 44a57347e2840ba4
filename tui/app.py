"""The terminal UI as an application: themes, the tick, help, leaving; and `run`, which takes the terminal."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from textual.app import App, SystemCommand
from textual.screen import Screen

from bridge.operator.client import Address, user_name
from bridge.operator.feed import Feed
from bridge.operator.store import Store
from bridge.phone.handset import Handset
from bridge.phone.settings import PhoneSettings
from tui.commands import COMMANDS, IN_PALETTE, NOT_READ_ONLY, TOLD_THEIR_KEY, Context, bindings
from tui.palette import DARK, LIGHT
from tui.screens.dialog import leave_question
from tui.screens.help import HelpScreen
from tui.screens.in_hand import InHandScreen
from tui.screens.switchboard import Switchboard
from tui.session import Session
from tui.terminal import stderr_in_log

TICK_S = 0.1
"""How often what changed is drawn."""

_NOT_BY_NAME = TOLD_THEIR_KEY | {"palette"}


class OffhookApp(App[int], inherit_bindings=False):
    """Shows one bridge. Everything known is in the session's store; screens are drawn from it at each tick."""

    TITLE = "offhook"
    # Where Textual puts them, at the bottom, they would cover the phone: ON AIR is never hidden.
    CSS = "ToastRack { dock: top; align: right top; margin: 1 0 0 0; }"
    BINDINGS = bindings(Context.ANYWHERE)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._rung: set[int] = set()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name

    def get_default_screen(self) -> Switchboard:
        """The switchboard."""
        return Switchboard(self.session)

    def on_mount(self) -> None:
        """Start to tick, and have the collector leave alone what is there for good."""
        self.set_interval(TICK_S, self.tick, name="tick")
        self.call_after_refresh(_spare_collector)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: what can be done on the screen below, the sounds, and the themes."""
        read_only = self.session.feed.state.read_only
        left_out = _NOT_BY_NAME | NOT_READ_ONLY if read_only else _NOT_BY_NAME
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)
        for context in IN_PALETTE:
            target = self if context is Context.ANYWHERE else screen
            for command in COMMANDS[context]:
                if command.id not in left_out and hasattr(target, f"action_{command.action}"):
                    run = partial(self.run_action, command.id, default_namespace=target)
                    yield SystemCommand(f"{command.label} ({command.shown})", command.help, run)
        if isinstance(screen, InHandScreen) and not read_only:
            board = self.session.soundboard
            for name in board.sounds:
                help_line = f"Play {board.sounds[name]} to the caller, or stop it"
                yield SystemCommand(f"Play {board.title(name)}", help_line, partial(screen.play_sound, name))

    def action_palette(self) -> None:
        """Find a command by its name."""
        self.action_command_palette()

    def action_help(self) -> None:
        """Show every key."""
        self.push_screen(HelpScreen())

    async def action_leave(self) -> None:
        """Leave; the last terminal ends a bridge that was started for it, and asks first when calls are live."""
        bridge = self.session.store.bridge
        live = self.session.store.count("live")
        if bridge is None or not bridge.started_by_offhook or self.session.keep or self.session.others:
            self.exit(0)
        elif live:
            self.push_screen(leave_question(live), self._leave)
        else:
            self._leave("end")

    def tick(self) -> None:
        """Draw what changed since the last tick on the screen that can be seen."""
        touched = self.session.store.take_touched()
        self._ring()
        for screen in reversed(self.screen_stack):
            if isinstance(screen, InHandScreen):
                screen.tick(touched)
                return

    def _ring(self) -> None:
        """The terminal's bell, once for each caller who begins to wait for an operator."""
        ringing = self.session.store.ringing
        if ringing - self._rung:
            self.bell()
        self._rung = ringing

    def _leave(self, answer: str | None) -> None:
        if answer == "leave":
            self.exit(0)
        elif answer == "end":
            self.run_worker(self._end_bridge(), name="end the bridge", exit_on_error=False)

    async def _end_bridge(self) -> None:
        await self.session.end_bridge()
        self.exit(0)


def _spare_collector() -> None:
    """What is there by now stays: a collection that looks at all of it would stop the picture for 150 ms."""
    gc.set_threshold(50_000, 20, 100)
    gc.collect()
    gc.freeze()


def run(
    address: Address,
    *,
    keep: bool = False,
    log_path: Path,
    phone: PhoneSettings,
    sounds: Mapping[str, Path],
) -> int:
    """Show a bridge until the user leaves; returns the exit code.

    `keep` leaves a bridge running that was started for this terminal; `phone` is what the phone begins with, `sounds`
    are files by key or name. Whatever else writes to the terminal (sound libraries do) goes to `log_path`.
    Raises LinkError, before the terminal is touched, when no bridge answers.
    """
    return asyncio.run(_run(address, keep, log_path, phone, sounds))


async def _run(address: Address, keep: bool, log_path: Path, phone: PhoneSettings, sounds: Mapping[str, Path]) -> int:
    store = Store()
    feed = Feed(address, store, user_name())
    await feed.open()
    session = Session(feed, store, partial(Handset, address, log_path, settings=phone), sounds=sounds, keep=keep)
    try:
        with stderr_in_log(log_path):
            app = OffhookApp(session)
            await app.run_async()
            return app.return_code or 0
    finally:
        await session.close()
        await feed.close()
