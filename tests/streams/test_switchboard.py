"""Rows: where they come from, how they age, and that they are bounded. Sockets and HTTP are tested in tests/server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.streams import events as events_module
from bridge.streams import switchboard as module
from bridge.streams.clock import Moment
from bridge.streams.events import EventLog
from bridge.streams.row import StreamError
from bridge.streams.stream import Stream
from bridge.streams.switchboard import Switchboard
from bridge.wire.callbacks import AnswerRequest, StreamCallback
from bridge.wire.events import Event
from bridge.wire.formats import L16_8K
from bridge.wire.frames import Media, Start
from bridge.wire.views import StreamView

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> Moment:
    return Moment(1000.0 + seconds, START + timedelta(seconds=seconds))


class WorkingLine:
    def __init__(self) -> None:
        self.sent: list[str] = []
        self.closed: tuple[int, str] | None = None
        self.reads = True
        self.open = True

    def send(self, text: str) -> bool:
        if self.reads:
            self.sent.append(text)
        return self.reads

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def board(events: list[Event]) -> Switchboard:
    return Switchboard(EventLog(0, events.append), 0)


def live(board: Switchboard, stream_id: str = "s-1", call_id: str = "c-1", seconds: float = 0) -> Stream:
    line = WorkingLine()
    start = Start(stream_id=stream_id, call_id=call_id, sequence=1, format=L16_8K)
    return board.identify(board.socket(line, "1.2.3.4:5", at(seconds)), line, start, at(seconds), "")


def age(board: Switchboard, seconds: float) -> None:
    for row in board.rows():
        board.age(row, at(seconds))


def texts(events: list[Event]) -> str:
    return "\n".join(event.text for event in events)


def test_an_answer_that_comes_to_nothing_expires(board: Switchboard, events: list[Event]) -> None:
    row = board.asked(AnswerRequest(call_uuid="c-1"), at(0))
    age(board, 89)
    assert row.view.state == "asked"
    age(board, 91)
    assert row.view.end_reason == "expired"
    assert "opened no stream within 90 s" in texts(events)


def test_asked_again_the_answer_is_the_same_row(board: Switchboard) -> None:
    first = board.asked(AnswerRequest(call_uuid="c-1"), at(0))
    assert board.asked(AnswerRequest(call_uuid="c-1"), at(1)) is first
    assert board.asked(AnswerRequest(), at(2)) is not board.asked(AnswerRequest(), at(3))


def test_a_new_stream_of_an_ended_one_s_call_is_a_new_row(board: Switchboard) -> None:
    first = live(board)
    first.closed(at(1), "carrier", 1000, "")
    second = live(board, "s-2", seconds=2)
    assert second is not first
    assert board.find("c-1") is second


def test_a_socket_s_row_is_joined_with_the_row_of_its_call(board: Switchboard) -> None:
    asked = board.asked(AnswerRequest(call_uuid="c-1", from_="+1"), at(0))
    version = board.version
    joined = live(board)
    assert joined is asked
    assert list(board.streams.values()) == [asked]
    assert len(board.removed_since(version)) == 1


def test_gaps_are_lost_numbers_and_late_media(board: Switchboard) -> None:
    stream = live(board)
    for sequence, seconds in ((2, 0.02), (3, 0.04), (5, 0.06), (6, 0.3)):
        stream.take(Media(stream_id="s-1", sequence=sequence, payload=bytes(320)), at(seconds), "")
    assert stream.view.gaps == 2


def test_silence_on_a_live_stream_is_bad_health_and_a_change(board: Switchboard) -> None:
    stream = live(board)
    stream.take(Media(payload=bytes(320)), at(0.02), "")
    age(board, 0.5)
    version = board.version
    assert stream.view.health == "info"
    age(board, 3.1)
    assert (stream.view.health, stream.view.health_text) == ("error", "No media for 3 s.")
    assert board.changed_since(version) == [stream]


def test_an_overdue_checkpoint_is_an_event_and_bad_health(board: Switchboard, events: list[Event]) -> None:
    stream = live(board)
    stream.control.checkpoint("menu", at(0), "op")
    for second in range(4):
        stream.take(Media(payload=bytes(320)), at(second), "")
        age(board, second)
    assert texts(events).count("Checkpoint menu is overdue") == 1
    assert stream.view.health_text == "Checkpoint menu is overdue."


def test_a_carrier_that_does_not_read_loses_audio_and_refuses_commands(board: Switchboard) -> None:
    line = WorkingLine()
    stream = board.identify(board.socket(line, "", at(0)), line, Start(stream_id="s-1"), at(0), "")
    line.reads = False
    stream.control.play(bytes(160), at(0), "op")
    assert stream.view.frames_out == 0
    assert stream.refresh(at(0)).queued_ms == 0
    assert list(stream.view.problems) == ["Plivo reads too slowly: audio sent to it was dropped."]
    with pytest.raises(StreamError, match="reads too slowly"):
        stream.control.clear(at(0), "op")


def test_rows_are_bounded_and_the_ended_go_first(board: Switchboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 10)
    stream = live(board)
    ended = live(board, "s-2", "c-2")
    ended.closed(at(0), "carrier", 1000, "")
    for number in range(30):
        callback = StreamCallback(stream_id=f"x-{number}", call_uuid=f"y-{number}", event="StartStream")
        board.callback(callback, at(1))
    assert len(board.streams) == 10
    assert stream.view.handle in board.streams
    assert ended.view.handle not in board.streams
    with pytest.raises(StreamError, match="No stream x-0 is known"):
        board.find("x-0")


def test_kinds_of_problems_are_bounded(board: Switchboard, events: list[Event]) -> None:
    stream = live(board)
    for number in range(500):
        stream.problem(at(0), f"problem {number}")
    assert len(stream.view.problems) <= 51
    assert len(events) <= 53


def test_restored_rows_keep_their_handles_and_the_live_ones_are_lost(events: list[Event]) -> None:
    board = Switchboard(EventLog(5, events.append), 7)
    board.restore(
        [
            StreamView(handle=6, stream_id="s-6", state="ended", end_reason="closed"),
            StreamView(handle=7, stream_id="s-7", state="live", operator="anna#1", listeners=2),
        ],
        at(0),
    )
    assert board.find("s-6").view.end_reason == "closed"
    lost = board.find("s-7").view
    assert (lost.state, lost.end_reason, lost.operator, lost.listeners) == ("ended", "lost", "", 0)
    assert [event.id for event in events] == [6]
    assert live(board).view.handle == 8


def test_a_call_whose_answered_row_has_ended_gets_a_new_one(board: Switchboard) -> None:
    first = board.asked(AnswerRequest(call_uuid="c-1"), at(0))
    board.callback(StreamCallback(call_uuid="c-1", event="DroppedStream"), at(1))
    assert not first.alive
    assert board.asked(AnswerRequest(call_uuid="c-1"), at(2)).alive


def test_a_stream_that_plivo_called_dropped_is_dropped_however_its_socket_closes(board: Switchboard) -> None:
    stream = live(board)
    board.callback(StreamCallback(stream_id="s-1", event="DroppedStream"), at(1))
    stream.closed(at(2), "carrier", 1000, "")
    assert stream.view.end_reason == "dropped"


def test_rows_that_give_way_have_ended_and_are_kept(board: Switchboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 2)
    for number in range(4):
        board.callback(StreamCallback(stream_id=f"s-{number}", event="StartStream"), at(number))
    assert [row.view.stream_id for row in board.streams.values()] == ["s-2", "s-3"]
    kept = [(row.view.stream_id, row.view.end_reason) for row in board.take_unsaved()]
    assert kept == [("s-0", "expired"), ("s-1", "expired"), ("s-2", ""), ("s-3", "")]


def test_rows_without_a_socket_cost_nothing_while_nothing_happens(board: Switchboard) -> None:
    board.callback(StreamCallback(stream_id="s-1", event="StartStream"), at(0))
    with_socket = live(board, "s-2", "c-2")
    board.take_unsaved()
    age(board, 0.5)
    assert board.take_unsaved() == [with_socket]


def test_the_log_is_bounded_in_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_module, "KEPT_CHARACTERS", 1_000)
    log = EventLog(0, lambda _: None)
    for number in range(10):
        log.add(at(number), "carrier", "dtmf", "", raw="x" * 200, data={"a": "y" * 100})
    assert [event.id for event in log.recent] == [8, 9, 10]
    assert log.after(5, 100) == (list(log.recent), True)


def test_a_callback_that_names_only_the_call_is_about_its_newest_stream(board: Switchboard) -> None:
    stream = live(board)
    board.callback(StreamCallback(call_uuid="c-1", event="PlayedStream"), at(1))
    for _ in range(2):
        board.callback(StreamCallback(call_uuid="c-2", event="StartStream"), at(2))
    assert stream.view.callbacks == {"PlayedStream": 1}
    assert [row.view.callbacks for row in board.streams.values()] == [{"PlayedStream": 1}, {"StartStream": 2}]
