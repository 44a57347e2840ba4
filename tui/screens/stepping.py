"""Stepping into a call: what its keys and the talk button do, and what is asked before."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

from textual import on
from textual.screen import Screen

from bridge.wire.link.answers import READ_ONLY
from bridge.wire.modes import SteppedIn
from bridge.wire.views import StreamView
from tui.screens.dialog import Dialog, first_step_question, hand_back_question, seize_question
from tui.session import Session, name_of
from tui.widgets.glyphs import plain, short_id
from tui.widgets.talk_button import TalkButton


class SteppingScreen(Screen[None]):
    """A screen on which one stream is `selected`, into whose call the operator may step."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._speaks_while_held = False

    @property
    def selected(self) -> StreamView | None:
        """The stream that commands are about."""
        raise NotImplementedError

    def _known(self) -> StreamView | None:
        """The selected stream, if commands can name it; else the reason is said."""
        stream = self.selected
        if stream is not None and stream.stream_id:
            return stream
        why = "There is no stream to do that with." if stream is None else "This stream has no StreamID yet."
        self.session.say(why, "warning")
        return None

    def _may_act(self) -> bool:
        """Whether the bridge lets this link do more than see and listen; else that is said."""
        read_only = self.session.feed.state.read_only
        if read_only:
            self.session.say(READ_ONLY, "warning")
        return not read_only

    def _has_ended(self, stream: StreamView) -> bool:
        """Whether there is nobody to speak to or to hang up on any more; that is said."""
        if stream.state == "ended":
            self.session.say(f"{name_of(stream)} has ended.", "warning")
        return stream.state == "ended"

    def run_command(self, command: Coroutine[None, None, None], name: str) -> None:
        """Carry out a command without keeping the screen waiting."""
        self.app.run_worker(command, name=name, group="commands", exit_on_error=False)

    def action_listen(self) -> None:
        """Hear the stream, or stop."""
        if self.session.phone.mode == "takeover":
            self._say_taken_over()
        elif stream := self._known():
            self.run_command(self.session.listen(stream), "listen")

    def action_step(self, mode: SteppedIn) -> None:
        """Step into the call, or out of it by the key of the mode that one is in."""
        if self._may_act() and (stream := self._known()):
            self._press(stream, mode)

    def action_hand_back(self) -> None:
        """Give the agent the call that one holds, or the one under the cursor."""
        if self.session.phone.mode:
            self.run_command(self.session.step_out(), "hand back")
            self._tell_of_another()
        elif self._may_act() and (stream := self._known()):
            self._hand_back(stream)

    def action_mute(self) -> None:
        """Close the microphone, or open it again in a call that was taken over."""
        phone = self.session.phone
        if phone.mode is None:
            self.session.say("Your microphone is not on air: t talks, T takes over.", "warning")
        # Also of a phone that is about to go on air.
        self.run_command(self.session.mute(phone.mode is None or phone.on_air), "mute")

    @on(TalkButton.Held)
    def speak_while_held(self) -> None:
        """Go on air until the button is let go of; where there is something to ask, ask that instead."""
        self._speaks_while_held = True
        if self.session.phone.mode:
            self.run_command(self.session.mute(False), "speak")
            return
        stream = self._known() if self._may_act() else None
        if stream is None or not self._step_in(stream, "talk"):
            self._speaks_while_held = False
            self.app.capture_mouse(None)

    @on(TalkButton.Released)
    def mute_when_released(self) -> None:
        """Go off air, if the button went on."""
        if self._speaks_while_held:
            self.run_command(self.session.mute(True), "mute")

    def _press(self, stream: StreamView, mode: SteppedIn) -> None:
        held, here = self.session.phone.mode, self.session.holds(stream)
        if held is None or (here and here != mode):
            self._step_in(stream, mode)
        elif held == "takeover":
            self._say_taken_over()
        else:
            self.run_command(self.session.step_out(), "step out")

    def _step_in(self, stream: StreamView, mode: SteppedIn) -> bool:
        """Begin to step in; False when that has to be asked before, or cannot be."""
        if self._has_ended(stream):
            return False
        if mode != "talk" and stream.agent is None:
            self.session.say(f"{name_of(stream)} has no agent: t talks to the caller.", "warning")
        elif holder := self.session.other_holder(stream):
            question = seize_question(stream, holder, self.session.store.now())
            self._ask(question, lambda: self._open_microphone(stream, mode, seize=True))
        else:
            return self._open_microphone(stream, mode)
        return False

    def _open_microphone(self, stream: StreamView, mode: SteppedIn, *, seize: bool = False) -> bool:
        """Step in; False when the microphone has to be asked for before, once in each run."""

        def step_in() -> None:
            self.session.may_talk = True
            self.run_command(self.session.step_in(stream, mode, seize=seize), mode)

        if self.session.may_talk:
            step_in()
            return True
        self._ask(first_step_question(stream, mode), step_in)
        return False

    def _hand_back(self, stream: StreamView) -> None:
        if stream.agent is None:
            self.session.say(f"{name_of(stream)} has no agent to hand it back to.", "warning")
        elif stream.ringing:
            self.session.say(f"The agent of {name_of(stream)} is gone: T takes the call.", "warning")
        elif holder := self.session.other_holder(stream):
            question = hand_back_question(stream, holder, self.session.store.now())
            self._ask(question, lambda: self.run_command(self.session.hand_back(stream, seize=True), "hand back"))
        elif stream.operator:
            self.run_command(self.session.hand_back(stream), "hand back")
        else:
            self.session.say(f"Nobody has stepped in on {name_of(stream)}: the agent has the call.")
            self.run_command(self.session.step_out(), "hand back")  # Of a phone that is about to step in.

    def _tell_of_another(self) -> None:
        """What one holds goes first; the stream under the cursor may be another, and somebody else's."""
        stream = self.selected
        if stream is not None and (holder := self.session.other_holder(stream)):
            words = f"{name_of(stream)} is still {holder}'s: H once more asks to hand that one back."
            self.notify(plain(words), markup=False)

    def _ask(self, question: Dialog, go_on: Callable[[], object]) -> None:
        def answered(answer: str | None) -> None:
            if answer == "yes":
                go_on()

        self.app.push_screen(question, answered)

    def _say_taken_over(self) -> None:
        name = short_id(self.session.phone.stream_id)
        self.session.say(f"You have taken {name} over: H hands it back, m mutes.", "warning")
