"""The caller's leg as a sound without holes: frames of 20 ms, of samples that count up, come when they come."""

import numpy as np
import pytest

from bridge.streams.arrivals import Arrivals

RATE = 8000
FRAME = 160


class Leg:
    """Sends frames of numbered samples (from 1 on), and keeps what goes on."""

    def __init__(self) -> None:
        self.arrivals = Arrivals(RATE)
        self.sent = 0
        self.heard = np.zeros(0, np.float32)

    def send(self, at: float, frames: int = 1) -> None:
        samples = np.arange(self.sent + 1, self.sent + frames * FRAME + 1, dtype=np.float32)
        self.sent += frames * FRAME
        self.heard = np.concatenate((self.heard, self.arrivals.take(samples, at)))

    def send_in_time(self, begin: float, seconds: float, late: float = 0.0) -> None:
        for frame in range(round(seconds * 50)):
            self.send(begin + 0.02 * (frame + 1) + late)

    def wait(self, until: float) -> None:
        self.heard = np.concatenate((self.heard, self.arrivals.wait(until)))

    def time_of(self, number: int) -> float:
        """When this sample was spoken."""
        return self.arrivals.offset + int(np.flatnonzero(self.heard == number)[0]) / RATE


@pytest.fixture
def leg() -> Leg:
    return Leg()


def test_frames_in_time_go_on_at_once_and_lie_where_they_came(leg: Leg):
    leg.send_in_time(0.5, seconds=2)
    assert leg.heard.tolist() == list(range(1, leg.sent + 1))
    assert leg.time_of(1) == pytest.approx(0.5)


def test_jitter_moves_nothing(leg: Leg):
    random = np.random.default_rng(1)
    for frame in range(200):
        leg.send(0.02 * (frame + 1) + random.choice([0, 0.01, 0.03]))
    assert leg.time_of(leg.sent) == pytest.approx(4, abs=0.002)
    assert len(leg.heard) == leg.sent


def test_after_a_stall_the_burst_lies_where_it_belongs(leg: Leg):
    leg.send_in_time(0, seconds=1)
    leg.send(1.25)
    assert len(leg.heard) == RATE, "what is late waits"
    leg.send(1.26, frames=11)
    leg.send(1.26)
    assert len(leg.heard) == leg.sent
    assert leg.time_of(RATE + 1) == pytest.approx(1)


def test_what_is_missing_is_silence(leg: Leg):
    leg.send_in_time(0, seconds=1)
    leg.send_in_time(1.25, seconds=1)
    assert leg.time_of(RATE + 1) == pytest.approx(1.25)
    assert np.count_nonzero(leg.heard == 0) == RATE // 4


def test_while_nothing_comes_silence_goes_on_a_moment_later(leg: Leg):
    leg.send_in_time(0, seconds=1)
    leg.wait(1.2)
    assert len(leg.heard) == RATE
    leg.wait(3)
    assert len(leg.heard) == pytest.approx(2.7 * RATE, abs=1)
    leg.send_in_time(3, seconds=1)
    assert leg.time_of(RATE + 1) == pytest.approx(3, abs=0.001)


def test_held_frames_go_on_when_no_more_come(leg: Leg):
    leg.send_in_time(0, seconds=1)
    leg.send(1.5)
    leg.wait(1.7)
    assert len(leg.heard) == RATE
    leg.wait(1.81)
    assert leg.time_of(RATE + 1) == pytest.approx(1.48)


def test_a_stream_whose_media_starts_late_begins_with_silence(leg: Leg):
    for tick in range(10):
        leg.wait(tick / 10)
    leg.send_in_time(1, seconds=2)
    assert leg.time_of(1) == pytest.approx(1)


@pytest.mark.parametrize("ppm", [-200, 200])
def test_a_clock_that_runs_fast_or_slow_is_followed(leg: Leg, ppm: int):
    minutes = 10
    for frame in range(1, minutes * 3000 + 1):
        leg.send(0.02 * frame * (1 + ppm / 1e6))
        leg.heard = leg.heard[-FRAME:]
    spoken = minutes * 60 * (1 + ppm / 1e6)
    assert leg.arrivals.offset + leg.sent / RATE == pytest.approx(spoken, abs=0.003)


def test_a_sender_that_runs_ahead_is_taken_as_it_comes(leg: Leg):
    for frame in range(1, 501):
        leg.send(0.002 * frame)
    assert leg.arrivals.offset + leg.sent / RATE == pytest.approx(1)
