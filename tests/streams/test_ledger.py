"""The playback ledger against what Plivo says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bridge.streams.clock import Moment
from bridge.streams.ledger import AGENT, Ledger
from bridge.wire.formats import MULAW_8K

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = bytes(8000)


def at(seconds: float) -> Moment:
    return Moment(100.0 + seconds, START + timedelta(seconds=seconds))


def test_what_is_queued_is_what_was_received_less_what_was_played() -> None:
    ledger = Ledger(MULAW_8K)
    ledger.play(SECOND * 2, at(0), "op")
    assert ledger.queued_ms(at(0)) == 2000
    assert ledger.queued_ms(at(0.5)) == 1500
    assert ledger.queued_ms(at(3)) == 0


def test_a_checkpoint_goes_from_sent_to_played_and_puts_the_clock_right() -> None:
    ledger = Ledger(MULAW_8K)
    ledger.play(SECOND, at(0), "op")
    checkpoint = ledger.checkpoint("a", at(0), "anna")
    ledger.play(SECOND, at(0), "op")
    settled: list[Moment] = []
    checkpoint.settled.append(settled.append)
    assert checkpoint.view.due_at == START + timedelta(seconds=1)
    assert ledger.played("a", at(1.3)) is checkpoint
    assert checkpoint.view.played_at == START + timedelta(seconds=1.3)
    assert settled == [at(1.3)]
    assert ledger.queued_ms(at(1.3)) == 1000


def test_a_name_used_twice_is_answered_in_order() -> None:
    ledger = Ledger(MULAW_8K)
    first, second = ledger.checkpoint("a", at(0), "anna"), ledger.checkpoint("a", at(0), "anna")
    assert ledger.played("a", at(1)) is first
    assert ledger.played("a", at(2)) is second
    assert ledger.played("a", at(3)) is None


def test_a_clear_empties_the_queue_at_once_and_its_acknowledgement_drops_the_checkpoints() -> None:
    ledger = Ledger(MULAW_8K)
    ledger.play(SECOND, at(0), "op")
    pending = ledger.checkpoint("a", at(0), "anna")
    clear = ledger.clear(at(0.2), "anna")
    assert ledger.queued_ms(at(0.2)) == 0
    assert pending.open
    assert ledger.cleared(at(0.25)) is clear
    assert clear.view.acknowledged_at == START + timedelta(seconds=0.25)
    assert pending.view.cleared
    assert ledger.cleared(at(0.3)) is None


def test_a_checkpoint_that_was_played_before_the_clear_arrived_is_not_cleared() -> None:
    ledger = Ledger(MULAW_8K)
    ledger.play(SECOND, at(0), "op")
    checkpoint = ledger.checkpoint("a", at(0), "anna")
    ledger.clear(at(0.98), "anna")
    ledger.played("a", at(1.0))
    ledger.cleared(at(1.05))
    assert not checkpoint.view.cleared


def test_a_checkpoint_without_an_answer_is_overdue_once() -> None:
    ledger = Ledger(MULAW_8K)
    ledger.play(SECOND, at(0), "op")
    checkpoint = ledger.checkpoint("a", at(0), "anna")
    assert ledger.newly_overdue(at(2.9)) == []
    assert ledger.newly_overdue(at(3.1)) == [checkpoint]
    assert ledger.newly_overdue(at(3.2)) == []
    ledger.played("a", at(4))
    assert not checkpoint.view.overdue


def test_who_waits_is_told_when_the_stream_ends() -> None:
    ledger = Ledger(MULAW_8K)
    told: list[Moment] = []
    ledger.checkpoint("a", at(0), "anna").settled.append(told.append)
    ledger.clear(at(0), "anna").settled.append(told.append)
    ledger.give_up(at(1))
    assert told == [at(1), at(1)]


def test_what_was_heard_lately_is_what_is_playing_now() -> None:
    ledger = Ledger(MULAW_8K)
    ledger.play(bytes([0x00]) * 8000, at(0), "op")  # 0x00 is full scale in mu-law
    assert ledger.lately(at(0.5)) == bytes(800)
    assert ledger.lately(at(1.5)) == b""


def test_a_checkpoint_that_is_due_but_not_reported_is_dropped_by_a_clear_too() -> None:
    ledger = Ledger(MULAW_8K)
    ledger.play(SECOND, at(0), "op")
    late = ledger.checkpoint("a", at(0), "anna")
    ledger.clear(at(1.05), "anna")
    ledger.cleared(at(1.1))
    assert late.view.cleared


def test_a_checkpoint_that_plivo_reports_before_the_acknowledgement_was_played() -> None:
    ledger = Ledger(MULAW_8K)
    ledger.play(SECOND, at(0), "op")
    played = ledger.checkpoint("a", at(0), "anna")
    ledger.clear(at(0.95), "anna")
    assert ledger.played("a", at(1)) is played
    ledger.cleared(at(1.1))
    assert not played.view.cleared


def test_the_name_of_a_dropped_checkpoint_may_be_used_again() -> None:
    ledger = Ledger(MULAW_8K)
    ledger.play(SECOND, at(0), "op")
    dropped = ledger.checkpoint("a", at(0), "anna")
    ledger.clear(at(0.1), "anna")
    ledger.cleared(at(0.2))
    again = ledger.checkpoint("a", at(0.3), "anna")
    assert ledger.played("a", at(0.4)) is again
    assert dropped.view.played_at is None
    assert ledger.played("a", at(0.5)) is dropped


def test_what_an_agent_that_is_gone_asked_is_not_answered_to_the_next_one() -> None:
    ledger = Ledger(MULAW_8K)
    checkpoint, clear = ledger.checkpoint("a", at(0), AGENT), ledger.clear(at(0), AGENT)
    ledger.disown(at(0.1))
    assert (checkpoint.view.by, clear.view.by) == ("", "")
    assert ledger.operators_wait == {checkpoint, clear}
    ledger.cleared(at(0.2))
    assert ledger.operators_wait == set()


def test_answers_that_never_come_are_not_waited_for_without_end() -> None:
    ledger = Ledger(MULAW_8K)
    for number in range(500):
        ledger.clear(at(number), "anna")
        ledger.checkpoint(f"{number}", at(number), "anna")
    assert ledger.operators_wait == {*ledger.clears, *ledger.checkpoints}
    for _ in range(100):
        ledger.cleared(at(600))
    for number in range(400, 500):
        ledger.played(f"{number}", at(600))
    assert ledger.operators_wait == set()


def test_of_an_agent_whose_checkpoints_are_never_answered_a_number_is_kept() -> None:
    ledger = Ledger(MULAW_8K)
    for number in range(1_500):
        ledger.checkpoint(f"{number}", at(number), AGENT)
    assert [checkpoint.view.name for checkpoint in ledger.checkpoints] == [f"{n}" for n in range(500, 1_500)]
    for number in range(500, 1_500):
        ledger.played(f"{number}", at(1_500))
    last = ledger.checkpoint("last", at(1_600), AGENT)
    assert (len(ledger.checkpoints), ledger.checkpoints[-1]) == (100, last)


def test_a_checkpoint_of_a_queue_that_was_set_aside_says_nothing_of_the_new_one() -> None:
    ledger = Ledger(MULAW_8K)
    ledger.play(SECOND, at(0), "anna")
    checkpoint = ledger.checkpoint("a", at(0), "anna")
    ledger.set_aside(at(0.1))
    ledger.clear(at(0.1), "anna")
    ledger.play(SECOND, at(0.2), "anna")
    assert ledger.played("a", at(0.25)) is checkpoint
    assert ledger.queued_ms(at(0.25)) == 950
