"""Questions: what is asked, the answers, and a key for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from bridge.wire.modes import SteppedIn
from bridge.wire.views import StreamView
from tui.commands import Context, bindings
from tui.session import name_of
from tui.widgets.holding import holding


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to answer; `id` is what the dialog returns."""

    id: str
    key: str
    label: str
    danger: bool = False


class Dialog(ModalScreen[str]):
    """Asks, and returns the id of the answer; escape is the last one, which changes nothing."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog Vertical {
        width: 72; max-width: 96%; height: auto; padding: 1 2;
        background: $surface; border: round $border;
    }
    Dialog .title { text-style: bold; margin-bottom: 1; }
    Dialog .text { margin-bottom: 1; color: $foreground; }
    Dialog Horizontal { height: auto; align-horizontal: left; }
    Dialog Button { margin-right: 2; height: 1; min-width: 8; border: none; padding: 0 1; }
    Dialog Button.danger { color: $error; }
    Dialog Button:focus { text-style: bold reverse; }
    """
    BINDINGS = bindings(Context.DIALOG)

    def __init__(self, title: str, text: str, answers: Sequence[Answer]) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._answers = answers

    def compose(self) -> ComposeResult:
        """The question over its answers."""
        with Vertical():
            yield Static(self._title, classes="title", markup=False)
            yield Static(self._text, classes="text", markup=False)
            with Horizontal():
                for answer in self._answers:
                    label = f"{answer.key}  {answer.label}"
                    yield Button(label, id=answer.id, classes="danger" if answer.danger else "", compact=True)

    def on_mount(self) -> None:
        """Enter alone must change nothing: the last answer has the focus."""
        for answer in self._answers:
            self._bindings.bind(answer.key, f"answer('{answer.id}')", show=False)
        self.query_one(f"#{self._answers[-1].id}").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """An answer was chosen."""
        self.dismiss(event.button.id)

    def action_answer(self, answer_id: str) -> None:
        """An answer's key was pressed."""
        self.dismiss(answer_id)

    def action_close(self) -> None:
        """Change nothing."""
        self.dismiss(self._answers[-1].id)


def hang_up_question(stream: StreamView) -> Dialog:
    """Answered `hang_up` or `cancel`."""
    return Dialog(
        f"Hang up {name_of(stream)}?",
        f"The stream from {stream.from_ or 'unknown'} to {stream.to or 'unknown'} is closed. "
        "A call that it keeps alive ends with it.",
        [Answer("hang_up", "y", "Hang up", danger=True), Answer("cancel", "n", "Cancel")],
    )


_FIRST_STEP: dict[SteppedIn, tuple[str, str]] = {
    "whisper": (
        "Whisper to the agent of {name}?",
        "the agent hears everything you say, and the caller does not, until you press w or m.",
    ),
    "talk": ("Go on air to {name}?", "the caller hears everything you say until you press t or m."),
    "takeover": ("Take over {name}?", "the caller hears you instead of the agent, until you hand back with H."),
}


def first_step_question(stream: StreamView, mode: SteppedIn) -> Dialog:
    """Answered `yes` or `no`."""
    title, who_hears = _FIRST_STEP[mode]
    return Dialog(
        title.format(name=name_of(stream)),
        f"Your microphone goes live: {who_hears} This is asked once in each run.",
        [Answer("yes", "y", "Go on air", danger=True), Answer("no", "n", "Cancel")],
    )


def seize_question(stream: StreamView, holder: str, now: datetime) -> Dialog:
    """Answered `yes` or `no`; `now` is the bridge's time."""
    return Dialog(
        f"Take {name_of(stream)} from {holder}?",
        f"{holding(stream, now)}. One person at a time may step in; {holder} is told that you did.",
        [Answer("yes", "y", "Take it", danger=True), Answer("no", "n", "Cancel")],
    )


def hand_back_question(stream: StreamView, holder: str, now: datetime) -> Dialog:
    """Answered `yes` or `no`; `now` is the bridge's time."""
    return Dialog(
        f"Hand {name_of(stream)} back in place of {holder}?",
        f"{holding(stream, now)}. The agent gets the call, and {holder} is told.",
        [Answer("yes", "y", "Hand it back", danger=True), Answer("no", "n", "Cancel")],
    )


def leave_question(live: int) -> Dialog:
    """Answered `leave`, `end` or `cancel`."""
    calls = "1 call is live" if live == 1 else f"{live} calls are live"
    them = "it" if live == 1 else "them"
    return Dialog(
        f"{calls}. What becomes of {them}?",
        "The bridge can run on in the background: `offhook` comes back to it, and shows what happened in between.",
        [
            Answer("leave", "l", "Leave running"),
            Answer("end", "e", f"End bridge and {'call' if live == 1 else f'{live} calls'}", danger=True),
            Answer("cancel", "n", "Cancel"),
        ],
    )
