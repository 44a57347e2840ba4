"""Arrivals as networks make them (seeds in, times out), and a listener that plays them on a clock of 10 ms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

RATE = 8000
PIECE = RATE // 50
PULL = RATE // 100

Arrivals = list[tuple[float, int]]
"""When each piece of 20 ms arrives (s), and its position (samples)."""


class Buffer(Protocol):
    """What a playout buffer is to its listener."""

    @property
    def depth_ms(self) -> int: ...

    def push(self, samples: np.ndarray, position: int) -> None: ...

    def pull(self, count: int) -> np.ndarray: ...


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


def play(buffer: Buffer, media: np.ndarray, arrivals: Arrivals, seconds: float) -> Heard:
    """Push each piece of the media when it arrives, and pull 10 ms each 10 ms, with no other clock than that."""
    waiting = sorted(arrivals, reverse=True)
    buffer.pull(PULL)
    blocks, depths = [], []
    for block in range(round(seconds * 100)):
        while waiting and waiting[-1][0] <= block / 100:
            position = waiting.pop()[1]
            buffer.push(media[position % len(media) :][:PIECE], position)
        blocks.append(buffer.pull(PULL))
        depths.append(buffer.depth_ms)
    return Heard(np.concatenate(blocks), depths)


def steady(seconds: float, pace: float = 1.0) -> Arrivals:
    """Pieces every 20 ms; `pace` 1.01 is a sender that runs 1 % fast."""
    return [(piece * 0.02 / pace, piece * PIECE) for piece in range(int(seconds * 50 * pace))]


def in_order(arrivals: Arrivals, late: np.ndarray) -> Arrivals:
    """Each piece late by so many seconds; over TCP none overtakes another."""
    times = np.maximum.accumulate(np.array([at for at, _ in arrivals]) + late)
    return [(float(at), position) for at, (_, position) in zip(times, arrivals, strict=True)]


def lan(seconds: float, random: np.random.Generator, pace: float = 1.0) -> Arrivals:
    """A wired network and a busy computer: 2 ms on average, now and then 5 to 15 ms."""
    phase = random.uniform(0, 0.02)
    arrivals = [(at + phase, position) for at, position in steady(seconds, pace)]
    busy = random.random(len(arrivals)) < 0.01
    return in_order(
        arrivals, random.exponential(0.002, len(arrivals)) + busy * random.uniform(0.005, 0.015, len(arrivals))
    )


def wifi(seconds: float, random: np.random.Generator) -> Arrivals:
    """As on the wire, and one piece in a hundred held up by 20 to 60 ms."""
    arrivals = lan(seconds, random)
    spikes = random.random(len(arrivals)) < 0.01
    return in_order(arrivals, spikes * random.uniform(0.02, 0.06, len(arrivals)))


def stalling(seconds: float, random: np.random.Generator) -> Arrivals:
    """As on the wire, and every 5 s nothing for 100 to 200 ms."""
    arrivals = lan(seconds, random)
    for start in np.arange(5, seconds, 5):
        arrivals = stalled(arrivals, start + random.uniform(-1, 1), random.uniform(0.1, 0.2))
    return arrivals


def stalled(arrivals: Arrivals, start: float, length: float) -> Arrivals:
    """Nothing arrives in `length` seconds from `start`; then it all comes at once, as over TCP."""
    return [(start + length if start <= at < start + length else at, position) for at, position in arrivals]
