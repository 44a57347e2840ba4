"""Walks the table of commands: every row has its action, its keys and its line of help."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.binding import Binding

from tests.tui.rig import Rig
from tui.app import OffhookApp
from tui.commands import COMMANDS, Command, Context
from tui.screens.apart import ApartScreen
from tui.screens.devices import DevicesScreen
from tui.screens.dialog import Dialog
from tui.screens.help import HelpScreen
from tui.screens.in_hand import InHandScreen
from tui.screens.one_stream import OneStreamScreen
from tui.screens.player import PlayerScreen
from tui.screens.raw_event import RawEventScreen
from tui.screens.stream import StreamScreen
from tui.screens.switchboard import Switchboard
from tui.widgets.filter_bar import FilterBar
from tui.widgets.lines import Lines
from tui.widgets.timeline import TimelinePicture

OWNERS = {
    Context.IN_HAND: (InHandScreen,),
    Context.SWITCHBOARD: (Switchboard,),
    Context.STREAM: (StreamScreen,),
    Context.TIMELINE: (TimelinePicture,),
    Context.PLAYER: (PlayerScreen,),
    Context.DETAIL: (OneStreamScreen, ApartScreen),
    Context.LINES: (Lines,),
    Context.EVENT: (RawEventScreen,),
    Context.FILTER: (FilterBar,),
    Context.DIALOG: (Dialog, DevicesScreen, HelpScreen, RawEventScreen),
    Context.ANYWHERE: (OffhookApp,),
}
ROWS = [(context, command) for context, commands in COMMANDS.items() for command in commands]
SEEN_TOGETHER = (
    (Context.IN_HAND, Context.SWITCHBOARD, Context.LINES, Context.ANYWHERE),
    (Context.IN_HAND, Context.STREAM, Context.DETAIL, Context.LINES, Context.ANYWHERE),
    (Context.IN_HAND, Context.TIMELINE, Context.PLAYER, Context.DETAIL, Context.ANYWHERE),
    (Context.DIALOG, Context.EVENT),
)


def test_every_context_has_commands() -> None:
    assert set(COMMANDS) == set(Context)
    assert all(COMMANDS.values())


@pytest.mark.parametrize(("context", "command"), ROWS, ids=lambda row: getattr(row, "id", ""))
def test_a_command_has_an_action_and_bindings_where_it_can_be_given(context: Context, command: Command) -> None:
    for owner in OWNERS[context]:
        assert callable(getattr(owner, f"action_{command.action}"))
        bound = {key for binding in owner.BINDINGS if isinstance(binding, Binding) for key in binding.key.split(",")}
        assert set(command.keys.split(",")) <= bound


@pytest.mark.parametrize(("context", "command"), ROWS, ids=lambda row: getattr(row, "id", ""))
def test_a_command_is_explained(context: Context, command: Command) -> None:
    assert command.label
    assert command.shown
    assert command.help[0].isupper()
    assert not command.help.endswith(".")


@pytest.mark.parametrize("contexts", SEEN_TOGETHER)
def test_no_key_means_two_things_in_one_place(contexts: tuple[Context, ...]) -> None:
    keys = [key for context in contexts for command in COMMANDS[context] for key in command.keys.split(",")]
    assert sorted(keys) == sorted(set(keys))


def test_escape_hangs_nothing_up() -> None:
    on_escape = {command.id for _, command in ROWS if "escape" in command.keys.split(",")}
    assert on_escape == {"back", "remove", "close"}


async def test_the_help_has_every_command(rig: Rig) -> None:
    await rig.press("question_mark")
    seen = ""
    for _ in range(16):
        seen += rig.text()
        await rig.press("pagedown")
    for _, command in ROWS:
        assert command.help in seen
    assert "state:" in seen
    assert "source:" in seen


async def test_the_palette_offers_what_can_be_done_here(rig: Rig) -> None:
    def offered() -> set[str]:
        return {command.title.partition(" (")[0] for command in rig.app.get_system_commands(rig.app.screen)}

    on_the_switchboard = offered()
    await rig.press("enter")
    on_a_stream = offered()
    assert {"Theme", "Listen", "Hang up", "Help", "Quit"} <= on_the_switchboard & on_a_stream
    assert {"Filter", "Pause"} <= on_the_switchboard - on_a_stream
    assert "Back" in on_a_stream - on_the_switchboard


def test_the_keys_of_textual_itself_are_not_bound() -> None:
    assert issubclass(OffhookApp, App)
    assert not OffhookApp._inherit_bindings
