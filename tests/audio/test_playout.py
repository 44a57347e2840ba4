"""The playout buffer against arrivals as networks make them, on a simulated clock of 10 ms."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pytest

from bridge.audio.playout import LONGEST_WAIT_MS, SHORTEST_WAIT_MS, Playout

RATE = 8000
PIECE = RATE // 50
PULL = RATE // 100
LOUDEST_STEP = 0.5 * 2 * np.pi * 440 / RATE * 1.05
"""The steepest that the test's tone gets from one sample to the next; a click is steeper."""


@dataclass
class Heard:
    """What came out, 10 ms at a time, and how much was held then."""

    samples: np.ndarray
    depths: list[int] = field(default_factory=list)

    def depth(self, start_s: float, end_s: float) -> float:
        return float(np.mean(self.depths[int(start_s * 100) : int(end_s * 100)]))

    def silent_ms(self, start_s: float, end_s: float) -> int:
        by_ms = self.samples.reshape(-1, RATE // 1000)[round(start_s * 1000) : round(end_s * 1000)]
        return int(np.sum(np.abs(by_ms).max(axis=1) < 0.01))

    @property
    def steepest(self) -> float:
        return float(np.abs(np.diff(self.samples)).max())


def tone(start: int, count: int) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * 440 * (start + np.arange(count)) / RATE)).astype(np.float32)


def play(playout: Playout, arrivals: Iterable[tuple[float, int]], seconds: float) -> Heard:
    """Push a piece of tone for each (time, position), and pull 10 ms each 10 ms, with no other clock than that."""
    waiting = sorted(arrivals)
    playout.pull(PULL)
    blocks, depths = [], []
    for block in range(int(seconds * 100)):
        while waiting and waiting[0][0] <= block / 100:
            position = waiting.pop(0)[1]
            playout.push(tone(position, PIECE), position)
        blocks.append(playout.pull(PULL))
        depths.append(playout.depth_ms)
    return Heard(np.concatenate(blocks), depths)


def steady(seconds: float, pace: float = 1.0) -> list[tuple[float, int]]:
    """Pieces every 20 ms; `pace` 1.01 is a sender that runs 1 % fast."""
    return [(piece * 0.02 / pace, piece * PIECE) for piece in range(int(seconds * 50 * pace))]


def stalled(arrivals: list[tuple[float, int]], start: float, length: float) -> list[tuple[float, int]]:
    """Nothing arrives in `length` seconds from `start`; then it all comes at once, as over TCP."""
    return [(start + length if start <= at < start + length else at, position) for at, position in arrivals]


def test_even_arrivals_come_out_whole_after_the_shortest_wait():
    playout = Playout(RATE)
    heard = play(playout, steady(5), 5)
    begin = int(np.argmax(np.abs(heard.samples) > 0.01)) / RATE
    assert begin == pytest.approx(SHORTEST_WAIT_MS / 1000, abs=0.011)
    assert heard.silent_ms(begin + 0.01, 5) == 0
    assert heard.steepest < LOUDEST_STEP
    assert (playout.underruns, playout.trimmed) == (0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_jitter_below_the_wait_changes_nothing(seed: int):
    jitter = np.random.default_rng(seed).uniform(0, 0.02, 1000)
    playout = Playout(RATE)
    heard = play(playout, [(at + late, p) for (at, p), late in zip(steady(10), jitter, strict=False)], 10)
    assert heard.silent_ms(0.1, 9.9) == 0
    assert playout.underruns == 0
    assert heard.steepest < LOUDEST_STEP


@pytest.mark.parametrize("seed", range(5))
def test_spikes_are_learnt_from_and_never_click(seed: int):
    random = np.random.default_rng(seed)
    arrivals = steady(60)
    for at in random.uniform(1, 59, 30):
        arrivals = stalled(arrivals, at, random.uniform(0.02, 0.06))
    playout = Playout(RATE)
    heard = play(playout, arrivals, 60)
    assert heard.steepest < LOUDEST_STEP
    assert heard.silent_ms(0.1, 59) < 1000
    assert heard.depth(50, 59) < 120


@pytest.mark.parametrize("length", [0.2, 0.4])
def test_a_stall_does_not_stay_in_the_delay(length: float):
    playout = Playout(RATE)
    heard = play(playout, stalled(steady(12), 4.003, length), 12)
    before = heard.depth(2, 4)
    assert heard.depth(7, 8) < before + 45
    assert heard.depth(11, 12) < before + 35
    assert playout.underruns == 1
    assert heard.steepest < LOUDEST_STEP


def test_a_sender_that_runs_fast_adds_no_delay():
    playout = Playout(RATE)
    heard = play(playout, steady(60, pace=1.01), 60)
    assert max(heard.depths) < 90
    assert heard.silent_ms(0.1, 59) == 0
    assert playout.trimmed == pytest.approx(0.6 * RATE, rel=0.15)
    assert heard.steepest < LOUDEST_STEP


def test_a_sender_that_runs_slow_pauses_now_and_then_without_a_click():
    playout = Playout(RATE)
    heard = play(playout, steady(60, pace=0.99), 60)
    assert 1 <= playout.underruns <= 20
    assert heard.silent_ms(0.1, 59) < 2500
    assert heard.steepest < LOUDEST_STEP
    assert max(heard.depths) <= LONGEST_WAIT_MS + 60


def test_a_burst_never_fills_the_memory():
    playout = Playout(RATE)
    heard = play(playout, [(0.5, piece * PIECE) for piece in range(3000)], 5)
    assert max(heard.depths) <= 1000
    assert heard.steepest < LOUDEST_STEP


def test_lost_media_keeps_its_place_as_silence():
    arrivals = [(at, position) for at, position in steady(4) if not 2.019 < at < 2.021]
    heard = play(Playout(RATE), arrivals, 4)
    assert 18 <= heard.silent_ms(1.5, 2.5) <= 24
    assert heard.silent_ms(2.2, 3.9) == 0
    assert heard.steepest < LOUDEST_STEP


@pytest.mark.parametrize("most_ms", [1, 10])
def test_positions_that_are_a_little_off_are_no_lost_media(most_ms: int):
    off = np.random.default_rng(1).integers(-8 * most_ms, 8 * most_ms + 1, 200)
    playout = Playout(RATE)
    blocks = [playout.pull(2 * PULL)]
    for number in range(200):
        playout.push(tone(number * PIECE, PIECE), number * PIECE + int(off[number]) // 2)
        blocks += [playout.pull(PULL), playout.pull(PULL)]
    heard = Heard(np.concatenate(blocks))
    assert heard.silent_ms(0.1, 3.9) == 0
    assert heard.steepest < LOUDEST_STEP
    assert np.abs(heard.samples[RATE // 10 :]).reshape(-1, 2 * PULL).max(axis=1).min() > 0.48


def test_a_long_jump_adds_only_a_little_silence():
    arrivals = [(at, position if at < 2 else position + 60 * RATE) for at, position in steady(4)]
    heard = play(Playout(RATE), arrivals, 4)
    assert heard.silent_ms(1.5, 4) <= 110
    assert heard.depth(3.5, 4) < 120


def test_a_pause_between_two_turns_is_no_underrun():
    arrivals = [(at, position) for at, position in steady(6) if not 2.0 <= at < 4.0]
    playout = Playout(RATE)
    heard = play(playout, arrivals, 6)
    assert playout.underruns == 0
    assert heard.silent_ms(2.1, 4.0) == 1900
    assert heard.silent_ms(4.1, 5.9) == 0
    assert heard.steepest < LOUDEST_STEP


def test_a_single_piece_is_heard():
    heard = play(Playout(RATE), [(0.1, 0)], 1)
    assert 1000 - heard.silent_ms(0, 1) >= 15


def test_a_position_that_goes_back_is_played_on():
    arrivals = [(at, position if at < 1 else position - RATE) for at, position in steady(2)]
    heard = play(Playout(RATE), arrivals, 2)
    assert heard.silent_ms(0.1, 1.9) == 0


def test_until_somebody_pulls_nothing_is_held():
    playout = Playout(RATE)
    for number in range(10):
        playout.push(tone(number * PIECE, PIECE), number * PIECE)
    assert playout.depth_ms == 0
    heard = play(playout, [(at, position + 10 * PIECE) for at, position in steady(3)], 3)
    assert playout.trimmed == 0
    assert heard.depth(0.5, 3) < SHORTEST_WAIT_MS + 15


def test_before_anything_came_there_is_silence():
    playout = Playout(RATE)
    assert not playout.pull(PULL).any()
    assert playout.depth_ms == 0
