from __future__ import annotations

import pytest
from msgspec import structs

from bridge.phone.pipe import PhoneState
from tui.playhead import Playhead

STARTING = PhoneState()
READY = PhoneState(running=True, output_device="Headset")
SILENT = PhoneState(running=True, problem="There are no speakers.")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def playhead(clock: Clock) -> Playhead:
    return Playhead(10.0, clock)


def pass_time(playhead: Playhead, clock: Clock, seconds: float, phone: PhoneState) -> None:
    for _ in range(round(seconds * 10)):
        clock.now += 0.1
        playhead.tick(phone)


def heard(seconds: float) -> PhoneState:
    return PhoneState(running=True, output_device="Headset", played_s=seconds)


def test_it_stays_where_it_is_until_it_plays(playhead: Playhead, clock: Clock) -> None:
    playhead.move(3)
    pass_time(playhead, clock, 2, READY)
    assert playhead.at == 3


def test_it_goes_by_the_speakers_word(playhead: Playhead, clock: Clock) -> None:
    playhead.play()
    pass_time(playhead, clock, 1, heard(0.4))
    assert playhead.at == 0.4
    assert playhead.heard


@pytest.mark.parametrize("phone", [STARTING, READY])
def test_it_waits_for_a_phone_that_starts(playhead: Playhead, clock: Clock, phone: PhoneState) -> None:
    playhead.play()
    pass_time(playhead, clock, 2, phone)
    assert playhead.at == 0
    assert not playhead.heard


@pytest.mark.parametrize("played_s", [None, 0.0])
def test_without_sound_it_goes_by_the_clock(playhead: Playhead, clock: Clock, played_s: float | None) -> None:
    """A phone without speakers plays, but gets nowhere."""
    playhead.play()
    pass_time(playhead, clock, 3, structs.replace(SILENT, played_s=played_s))
    assert playhead.at == pytest.approx(3)
    assert not playhead.heard


def test_a_phone_that_never_begins_is_not_waited_for_for_ever(playhead: Playhead, clock: Clock) -> None:
    playhead.play()
    pass_time(playhead, clock, 7, READY)
    assert 1 < playhead.at < 3


def test_a_device_that_is_lost_in_the_midst_leaves_the_clock(playhead: Playhead, clock: Clock) -> None:
    playhead.play()
    pass_time(playhead, clock, 1, heard(4))
    pass_time(playhead, clock, 2, SILENT)
    assert playhead.at == pytest.approx(6, abs=0.2)


def test_after_a_move_reports_of_before_it_are_not_believed(playhead: Playhead, clock: Clock) -> None:
    playhead.play()
    pass_time(playhead, clock, 1, heard(2))
    playhead.move(8)
    pass_time(playhead, clock, 0.3, heard(2.1))
    assert playhead.at == 8
    pass_time(playhead, clock, 0.5, heard(8.3))
    assert playhead.at == 8.3


def test_at_the_end_it_stops_there_and_plays_again_from_the_beginning(playhead: Playhead, clock: Clock) -> None:
    playhead.play()
    pass_time(playhead, clock, 1, heard(9.9))
    pass_time(playhead, clock, 0.2, READY)
    assert (playhead.at, playhead.playing) == (10, False)
    playhead.play()
    assert (playhead.at, playhead.playing) == (0, True)


def test_it_stays_between_beginning_and_end(playhead: Playhead) -> None:
    playhead.move(-5)
    assert playhead.at == 0
    playhead.move(99)
    assert playhead.at == 10
