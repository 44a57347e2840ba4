"""Who has the microphone of a stream, and what is told of it: on a stream with an agent, on the test's own clock."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass, field

import pytest

from bridge.streams.agent_side import AgentSide
from bridge.streams.clock import Moment
from bridge.streams.events import EventLog
from bridge.streams.row import StreamError
from bridge.streams.switchboard import Switchboard
from bridge.wire.commands import ClearAudio, PlayAudio, SendDtmf, SetCheckpoint, read_command
from bridge.wire.events import Event
from bridge.wire.formats import L16_8K
from bridge.wire.frames import ClearedAudio, read_frame
from bridge.wire.views import AgentView
from tests.streams.test_switchboard import WorkingLine, at, live


@dataclass
class Bot:
    """The agent's socket."""

    open: bool = True
    sent: list[str] = field(default_factory=list)

    def send(self, text: str) -> None:
        self.sent.append(text)


class Rig:
    """A live stream, an agent that is to come, and what was told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.switchboard = Switchboard(EventLog(0, self.events.append), 0)
        self.stream = live(self.switchboard)
        self.microphone, self.view = self.stream.microphone, self.stream.view
        self.agent.expect(AgentView(url="ws://127.0.0.1:1"))
        self.bot = Bot()
        self.events.clear()

    @property
    def agent(self) -> AgentSide:
        return self.stream.agent

    @property
    def line(self) -> WorkingLine:
        assert isinstance(self.stream.line, WorkingLine)
        return self.stream.line

    def attach(self) -> None:
        self.agent.attach(self.bot, at(0), agent_hears_caller=False)

    def sent(self) -> list:
        commands, self.line.sent[:] = [read_command(text) for text in self.line.sent], []
        return commands

    def told(self) -> list[str]:
        texts = [event.text for event in self.events if event.source in ("operator", "bridge")]
        self.events.clear()
        return texts


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def attached(rig: Rig) -> Rig:
    rig.attach()
    return rig


SPEECH = PlayAudio(payload=b"\x11" * 320)


def test_every_mode_of_an_intervention_has_its_end_and_its_length(attached: Rig) -> None:
    attached.microphone.take("anna", "whisper", at(1))
    attached.microphone.take("anna", "talk", at(3))
    attached.microphone.take("anna", "takeover", at(6))
    attached.microphone.give_back("anna", at(10))
    told = [(event.data["mode"], event.data["on"], event.data.get("seconds")) for event in attached.events]
    assert told == [
        ("whisper", True, None),
        ("whisper", False, 2.0),
        ("talk", True, None),
        ("talk", False, 3.0),
        ("takeover", True, None),
        ("takeover", False, 4.0),
    ]
    assert attached.told()[-2:] == [
        "anna has taken over from the agent.",
        "anna has handed back to the agent after 4 s.",
    ]


def test_who_takes_a_microphone_is_not_told_as_a_hand_back(attached: Rig) -> None:
    attached.microphone.take("anna", "takeover", at(1))
    attached.microphone.take("bert", "takeover", at(5), seize=True)
    assert attached.told()[1:] == [
        "anna's takeover ended after 4 s (bert took the microphone).",
        "bert has taken over from the agent.",
    ]
    attached.microphone.give_back("anna#2", at(6), seize=True)
    assert attached.told() == ["bert's takeover ended after 1 s (anna ended it)."]
    assert (attached.view.operator, attached.view.mode, attached.view.mode_since) == ("", "agent", None)


def test_the_end_of_a_stream_ends_an_intervention(attached: Rig) -> None:
    attached.microphone.take("anna", "takeover", at(1))
    attached.stream.end(at(11), "closed", "It is over.")
    assert attached.told()[1:] == ["anna's takeover ended after 10 s (the stream ended).", "It is over."]
    assert (attached.view.operator, attached.view.mode) == ("", "agent")


def test_a_link_that_is_lost_ends_it(attached: Rig) -> None:
    attached.microphone.take("anna", "talk", at(1))
    attached.microphone.lose("anna", at(3))
    assert attached.told()[1:] == ["anna talks no more after 2 s (the link ended)."]


def test_when_one_of_a_persons_links_lets_go_the_others_have_their_mode_again(attached: Rig) -> None:
    attached.microphone.take("anna", "takeover", at(1))
    attached.microphone.take("anna#2", "whisper", at(2))
    assert attached.view.mode == "whisper"
    attached.microphone.take("anna#3", None, at(3))
    assert attached.view.mode == "whisper"
    attached.microphone.give_back("anna#2", at(4))
    assert (attached.view.operator, attached.view.mode) == ("anna", "takeover")
    attached.microphone.give_back("anna", at(5))
    assert (attached.view.operator, attached.view.mode) == ("anna", "takeover")
    attached.microphone.lose("anna#3", at(6))
    assert attached.told()[-1] == "anna's takeover ended after 2 s (the link ended)."


def test_an_agent_that_comes_to_an_operator_comes_up_held(rig: Rig) -> None:
    rig.microphone.take("anna", "takeover", at(1))
    rig.microphone.speak("anna", SPEECH.payload, at(1))
    rig.attach()
    assert (rig.view.operator, rig.view.mode) == ("anna", "takeover")
    rig.microphone.speak("anna", SPEECH.payload, at(1.02))
    rig.agent.tick(at(1.04))
    assert [command.payload for command in rig.sent()] == [SPEECH.payload] * 2
    assert not rig.agent.command(SPEECH, at(2), "", has_passed=False)
    rig.microphone.give_back("anna", at(3))
    assert rig.view.mode == "agent"
    assert rig.agent.command(SPEECH, at(4), "", has_passed=False)


def test_a_voice_without_an_agent_is_heard_a_second_late_at_most(rig: Rig) -> None:
    rig.microphone.take("anna", "talk", at(1))
    rig.sent()
    for _ in range(200):
        rig.microphone.speak("anna", SPEECH.payload, at(5))
    assert rig.stream.ledger is not None
    assert 1000 <= rig.stream.ledger.queued_ms(at(5)) <= 1040
    assert len(rig.sent()) <= 52


def test_nobody_whispers_to_an_agent_that_is_not_there(rig: Rig) -> None:
    with pytest.raises(StreamError, match="nobody to whisper to"):
        rig.microphone.take("anna", "whisper", at(1))
    rig.attach()
    rig.microphone.take("anna", "whisper", at(2))
    rig.agent.detach(at(5))
    assert rig.told()[1:] == ["anna whispers no more after 3 s (the agent is gone)."]
    assert (rig.view.operator, "anna" in rig.microphone) == ("", False)


def test_what_is_done_to_a_caller_waits_for_the_operator_whom_they_hear(attached: Rig) -> None:
    done: list[str] = []
    attached.microphone.take("anna", "whisper", at(1))
    attached.microphone.when_free(lambda _: done.append("at once"), at(2))
    attached.microphone.take("anna", "takeover", at(3))
    attached.microphone.when_free(lambda _: done.append("then"), at(4))
    attached.microphone.take("bert", "talk", at(5), seize=True)
    assert done == ["at once"]
    attached.microphone.give_back("bert", at(6))
    assert done == ["at once", "then"]


def test_nothing_is_done_to_a_caller_who_has_gone(attached: Rig) -> None:
    done: list[str] = []
    attached.microphone.take("anna", "takeover", at(1))
    attached.microphone.when_free(lambda _: done.append("then"), at(2))
    attached.stream.end(at(3), "closed", "It is over.")
    assert done == []


def test_who_answers_a_caller_who_waits_has_the_call_and_they_wait_again_after(rig: Rig) -> None:
    rig.agent.ring(b"\x22" * 1600, at(0))
    rig.agent.tick(at(0.02))
    assert rig.told() == ["The caller waits for an operator: there is no agent."]
    clear = rig.microphone.take("anna", "takeover", at(1))
    assert isinstance(rig.sent()[-1], ClearAudio)
    assert clear is not None
    assert clear.view.by == "anna"
    assert (rig.view.mode, rig.view.ringing) == ("takeover", False)
    rig.microphone.give_back("anna", at(4))
    rig.agent.tick(at(4.02))
    assert rig.told() == [
        "anna has taken the call.",
        "anna's takeover ended after 3 s.",
        "The caller waits for an operator: there is no agent.",
    ]
    assert rig.view.ringing


def test_what_is_held_back_of_an_agent_is_told_as_that(attached: Rig) -> None:
    attached.stream.control.send_dtmf("1", at(0), "anna")
    attached.microphone.take("anna", "takeover", at(0))
    attached.microphone.speak("anna", bytes(16_000 * 3), at(0))
    attached.events.clear()
    for command in (PlayAudio(payload=bytes(16_000)), SetCheckpoint(name="a"), SendDtmf(digits="77"), ClearAudio()):
        attached.agent.command(command, at(0), "", has_passed=False)
    assert [event.text for event in attached.events] == [
        "The agent set checkpoint a, which is held back.",
        "The agent sent DTMF 77, which is held back.",
        "The agent cleared its queue (1.0 s), which is held back.",
    ]
    assert attached.view.dtmf_out == "1"


def test_a_finding_is_told_with_the_time_of_its_frame(attached: Rig) -> None:
    odd = b"\x11" * 321
    attached.agent.has_played([odd], [at(1).mono], (L16_8K.encoding, L16_8K.rate, ""), at(1.5))
    (finding,) = attached.events
    assert finding.at == at(1).utc


def test_only_a_call_with_something_to_do_is_looked_at_every_20_ms(rig: Rig) -> None:
    def at_work(seconds: float) -> bool:
        streams = rig.switchboard.at_work()
        for stream in streams:
            stream.agent.tick(at(seconds))
        return rig.stream in streams

    rig.attach()
    assert not at_work(0)
    rig.microphone.take("anna", "talk", at(1))
    assert at_work(1.1)
    rig.agent.command(PlayAudio(payload=bytes(16_000)), at(2), "", has_passed=False)
    rig.agent.command(SetCheckpoint(name="a"), at(2), "", has_passed=False)
    rig.microphone.take("anna", "takeover", at(2.1))
    rig.microphone.give_back("anna", at(2.2))
    rig.stream.take(ClearedAudio(stream_id="s-1", sequence=None), at(2.2), "")
    assert at_work(2.3)  # the bot waits for its checkpoint
    assert at_work(3.1)
    assert not at_work(3.2)
    rig.agent.detach(at(4))
    assert not at_work(4)
    rig.agent.ring(b"", at(5))
    assert at_work(5)
    rig.stream.closed(at(6), "carrier", 1000, "")
    assert not at_work(6)


def test_what_a_bot_is_told_before_plivos_next_frame_has_a_number(rig: Rig) -> None:
    rig.microphone.take("anna", "takeover", at(1))
    rig.attach()
    rig.agent.command(ClearAudio(), at(2), "", has_passed=False)
    assert [(type(frame), frame.sequence) for frame in map(read_frame, rig.bot.sent)] == [(ClearedAudio, 1)]


def test_of_a_stream_that_has_ended_its_row_alone_is_kept(attached: Rig) -> None:
    class Sockets:
        """Read what passed."""

        def read(self, now: Moment) -> None: ...

    sockets, stream = Sockets(), attached.stream
    stream.catch_up = stream.read_passed = sockets.read
    attached.agent.command(SPEECH, at(1), "", has_passed=False)
    attached.agent.command(SetCheckpoint(name="a"), at(1), "", has_passed=False)
    assert stream.ledger is not None
    kept = [weakref.ref(thing) for thing in (sockets, stream.ledger, attached.agent.tap, attached.agent._findings)]
    del sockets
    stream.end(at(2), "closed", "It is over.")
    gc.collect()
    assert [thing() for thing in kept] == [None] * 4
    assert [checkpoint.name for checkpoint in stream.refresh(at(3)).checkpoints] == ["a"]


def test_half_a_sample_does_not_shift_those_behind_it(attached: Rig) -> None:
    attached.microphone.take("anna", "takeover", at(1))
    attached.sent()
    for payload in (b"\x01" * 321, b"\x01"):
        attached.microphone.speak("anna", payload, at(2))
    assert [command.payload for command in attached.sent()] == [b"\x01" * 320]


def test_half_a_sample_of_the_callers_makes_no_speech_of_what_is_behind_it(rig: Rig) -> None:
    rig.stream.observers.measure_turns(at(0))
    quiet = bytes(byte for number in range(160) for byte in (number * 37 % 16, 0))
    for number in range(150):
        moment = at(number * 0.02)
        rig.stream.observers.caller(quiet + b"\x00" * (number > 50), moment.mono)
        if number % 15 == 14:
            rig.stream.observe(moment)
    rig.stream.end(at(3), "closed", "It is over.")
    report = rig.stream.observers.report
    assert report is not None
    assert report.turns == []
