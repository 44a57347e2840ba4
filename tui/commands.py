"""Every key and command, once: the bindings, the footer, the help screen and the palette are made from this table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from textual.binding import Binding, BindingType


class Context(Enum):
    """Where a command can be given; the value is its heading on the help screen."""

    IN_HAND = "The stream in hand"
    SWITCHBOARD = "Streams and events"
    STREAM = "One stream"
    TIMELINE = "On a timeline"
    PLAYER = "On a recording"
    DETAIL = "On a stream, its timeline, a recording"
    LINES = "In every list"
    EVENT = "One event"
    FILTER = "While a filter is typed"
    DIALOG = "In a window on top"
    ANYWHERE = "Everywhere"


@dataclass(frozen=True, slots=True)
class Command:
    """One command; its action is `action_ID` of the screen, list or application that its context belongs to."""

    id: str
    keys: str
    """Textual's names of keys, separated by commas."""
    shown: str
    """How people write the keys; the footer has room for the first."""
    label: str
    """For the footer and the palette."""
    help: str

    @property
    def action(self) -> str:
        """The action's name without its argument."""
        return self.id.partition("(")[0]


_SOUND_KEYS = ",".join(f"f{number}" for number in range(1, 13))
_DIGITS = "0,1,2,3,4,5,6,7,8,9,asterisk,number_sign"

COMMANDS: dict[Context, tuple[Command, ...]] = {
    Context.IN_HAND: (
        Command("listen", "l", "l", "Listen", "Hear both legs of the stream, or stop"),
        Command("step('whisper')", "w", "w", "Whisper", "Speak to the agent, unheard by the caller, or stop"),
        Command("step('talk')", "t", "t", "Talk", "Speak to the caller beside the agent, or stop"),
        Command("step('takeover')", "T", "T", "Take over", "Speak to the caller instead of the agent"),
        Command("hand_back", "H", "H", "Hand back", "Give the agent the call again"),
        Command("mute", "m", "m", "Mute", "Close the microphone; in a call taken over, open it again, too"),
        Command("record", "r", "r", "Record", "Record both legs, or stop"),
        Command("clear", "c", "c", "Clear", "Drop the audio that waits to be played to the caller"),
        Command("checkpoint", "k", "k", "Checkpoint", "Set a checkpoint, and say when it was played"),
        Command("dtmf", _DIGITS, "0-9 * #", "DTMF", "Send a digit to the stream that is listened to, or open"),
        Command("sound", _SOUND_KEYS, "F1-F12", "Sound", "Play the sound of this key to the caller, or stop it"),
        Command("stop_sound", "s", "s", "Stop sound", "Stop the sound that is being played"),
        Command("hang_up", "x", "x", "Hang up", "Close the stream's socket, after a question"),
        Command("devices", "d", "d", "Sound", "Choose the microphone, the speakers, and how they sound"),
        Command("volume('caller', -3)", "left_square_bracket", "[", "Caller quieter", "Hear the caller 3 dB quieter"),
        Command("volume('caller', 3)", "right_square_bracket", "]", "Caller louder", "Hear the caller 3 dB louder"),
        Command("volume('agent', -3)", "left_curly_bracket", "{", "Agent quieter", "Hear the agent 3 dB quieter"),
        Command("volume('agent', 3)", "right_curly_bracket", "}", "Agent louder", "Hear the agent 3 dB louder"),
    ),
    Context.SWITCHBOARD: (
        Command("filter", "slash", "/", "Filter", "Filter the list that has the cursor"),
        Command("switch_pane", "tab,shift+tab", "tab", "Log", "Go from the streams to the events, and back"),
        Command("all", "a", "a", "All", "Show the streams that ended as well, or hide them"),
        Command("sort(-1)", "less_than_sign", "<", "Sort left", "Sort by the column to the left"),
        Command("sort(1)", "greater_than_sign", ">", "Sort right", "Sort by the column to the right"),
        Command("reverse", "o", "o", "Order", "Turn the order of the list round"),
        Command("one_stream", "e", "e", "Events", "Events of the stream under the cursor only, or of all"),
        Command("follow", "F", "F", "Follow", "Keep the newest event in sight, or not"),
        Command("pause", "p", "p", "Pause", "Freeze the picture; the bridge and the calls go on"),
        Command("recordings", "R", "R", "Recordings", "List what was recorded, to look at and to hear"),
    ),
    Context.STREAM: (
        Command("timeline", "i", "i", "Timeline", "Both legs' waveforms over time, with all that happened"),
        Command("ladder", "v", "v", "Ladder", "The ladder of events alone, or the fields as well"),
    ),
    Context.TIMELINE: (
        Command("cursor(-1)", "left", "←", "Left", "The cursor to the left; in a recording 5 s back"),
        Command("cursor(1)", "right", "→", "Right", "The cursor to the right; in a recording 5 s on"),
        Command("pan(-1)", "shift+left,pageup", "⇧← pgup", "Pan left", "Half a screen to the left"),
        Command("pan(1)", "shift+right,pagedown", "⇧→ pgdn", "Pan right", "Half a screen to the right"),
        Command("zoom(-1)", "plus,equals_sign", "+", "Zoom in", "See less of the time, in more detail"),
        Command("zoom(1)", "minus", "-", "Zoom out", "See more of the time"),
        Command("jump(-1)", "comma", ",", "Previous", "To where the thing before begins"),
        Command("jump(1)", "full_stop", ".", "Next", "To where the next thing begins"),
        Command("first", "home,g", "home g", "Beginning", "To the beginning"),
        Command("follow", "end,G,F", "end F", "Follow", "To the end, following what is new"),
        Command("open", "enter", "enter", "Open", "Open the event under the cursor in its raw form"),
    ),
    Context.PLAYER: (Command("play", "space", "space", "Play", "Play from the cursor on, or pause"),),
    Context.DETAIL: (Command("back", "escape", "esc", "Back", "Back to where you came from; it never hangs up"),),
    Context.LINES: (
        Command("open", "enter", "enter", "Open", "Open the stream, or the event in its raw form"),
        Command("move(-1)", "up,K", "↑ K", "Up", "One line up"),
        Command("move(1)", "down,j", "↓ j", "Down", "One line down"),
        Command("page(-1)", "pageup,ctrl+b", "pgup", "Page up", "One page up"),
        Command("page(1)", "pagedown,ctrl+f", "pgdn", "Page down", "One page down"),
        Command("first", "home,g", "home g", "First", "To the first line; there, once more: older events"),
        Command("last", "end,G", "end G", "Last", "To the last line, following what is new"),
    ),
    Context.EVENT: (Command("copy", "y", "y", "Copy", "Copy the raw form"),),
    Context.FILTER: (Command("remove", "escape", "esc", "Remove", "Filter no more; enter keeps the filter"),),
    Context.DIALOG: (Command("close", "escape,q,question_mark", "esc", "Close", "Close it and change nothing"),),
    Context.ANYWHERE: (
        Command("palette", "colon,ctrl+p", ": ctrl+p", "Commands", "Find a command by its name, or another theme"),
        Command("help", "question_mark", "?", "Help", "This help"),
        Command("leave", "q,ctrl+c,ctrl+q", "q", "Quit", "Leave; asks first when calls depend on it"),
    ),
}

_FOOTER = frozenset(
    [
        *("listen", "step('whisper')", "step('talk')", "step('takeover')", "hand_back", "hang_up"),
        *("filter", "remove", "timeline", "play", "back", "open", "help", "leave"),
    ]
)
FOOTER_WHEN_NARROW = frozenset(
    [
        *("listen", "step('talk')", "step('takeover')", "hand_back", "filter", "remove"),
        *("timeline", "play", "back", "help", "leave"),
    ]
)
"""What of the footer has room in 80 cells."""
TOLD_THEIR_KEY = frozenset({"dtmf", "sound"})
"""Commands that do something else on each of their keys."""
_READ_ONLY = frozenset(
    [
        *("listen", "devices"),
        *(f"volume('{leg}', {step})" for leg in ("caller", "agent") for step in (-3, 3)),
    ]
)
NOT_READ_ONLY = frozenset(command.id for command in COMMANDS[Context.IN_HAND]) - _READ_ONLY
"""What of a stream in hand is refused to a link that is for seeing and listening alone."""
IN_PALETTE = (
    *(Context.IN_HAND, Context.SWITCHBOARD, Context.STREAM, Context.PLAYER, Context.DETAIL),
    Context.ANYWHERE,
)
"""Contexts whose commands can be found by name: those of a list or a window are about keys themselves."""


def bindings(*contexts: Context) -> list[BindingType]:
    """The keys of these contexts, for the class that has their actions."""
    return [binding for context in contexts for command in COMMANDS[context] for binding in _bindings_of(command)]


def _bindings_of(command: Command) -> list[Binding]:
    if command.id in TOLD_THEIR_KEY:
        return [Binding(key, f"{command.id}('{key}')", command.label, show=False) for key in command.keys.split(",")]
    in_footer = command.id in _FOOTER
    key_display = command.shown.split()[0]
    return [
        Binding(command.keys, command.id, command.label, show=in_footer, key_display=key_display, tooltip=command.help)
    ]
