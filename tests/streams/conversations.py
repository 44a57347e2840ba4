"""Conversations made by rule: their figures were chosen, so it is known how far the measured ones are off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count

import numpy as np

from bridge.audio.codec import decode, encode
from bridge.streams.turns.measure import measure
from bridge.wire.formats import AudioFormat
from tests.audio.figures import Noise, Words
from tests.audio.synthetic import ACTIVE_DBFS, at_level, gated, levels, loud_parts

_LONGEST_S = 60
_SYLLABLE_MS = 80


@dataclass
class Conversation:
    """Both legs, and what is true of them, in ms (talk-over is what both say at once)."""

    rate: int
    caller: np.ndarray = field(init=False)
    far: np.ndarray = field(init=False)
    greeting: int = 0
    responses: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    now: int = 0
    """The end of what was said last."""

    def __post_init__(self) -> None:
        self.caller, self.far = (np.zeros(_LONGEST_S * self.rate, np.float32) for _ in range(2))

    def say(self, leg: np.ndarray, at: int, word: np.ndarray) -> int:
        """Put a word into a leg; returns when it ends."""
        first = at * self.rate // 1000
        leg[first : first + len(word)] = word
        return at + len(word) * 1000 // self.rate

    def greet(self, after: int, word: np.ndarray) -> None:
        self.greeting = after
        self.now = self.say(self.far, after, word)

    def ask(self, after: int, word: np.ndarray) -> None:
        self.now = self.say(self.caller, self.now + after, word)

    def answer(self, after: int, word: np.ndarray) -> None:
        self.responses.append(after)
        self.now = self.say(self.far, self.now + after, word)

    def interrupt(self, before_end: int, stop: int, word: np.ndarray) -> None:
        """The caller begins so long before the agent would have ended; it is cut at the first syllable after `stop`."""
        began = self.now - before_end
        cut = (began + stop) * self.rate // 1000
        cut += _louder(self.far[cut:], self.rate, _SYLLABLE_MS, ACTIVE_DBFS).start
        cut += _loud(self.far[cut : cut + self.rate * _SYLLABLE_MS // 1000], self.rate).stop
        self.far[cut:] = 0
        self.stops.append(round(cut * 1000 / self.rate) - began)
        self.now = self.say(self.caller, began, word)

    def end(self) -> None:
        length = (self.now + 1000) * self.rate // 1000
        self.caller, self.far = self.caller[:length], self.far[:length]


def conversation(rate: int, words: Words, random: np.random.Generator, exchanges: int = 4) -> Conversation:
    """A greeting, then questions and answers, every other of which is interrupted."""
    said, supply = Conversation(rate), chain.from_iterable(words(rate, random) for _ in count())
    said.greet(_between(random, 300, 1500), _long(supply, rate, 800))
    for number in range(exchanges):
        said.ask(_between(random, 250, 900), _long(supply, rate, 600))
        said.answer(_between(random, 300, 1500), _long(supply, rate, 2200))
        if number % 2:
            said.interrupt(_between(random, 1500, 1900), _between(random, 250, 900), _long(supply, rate, 1600))
            said.answer(_between(random, 300, 1500), _long(supply, rate, 800))
    said.end()
    return said


def heard(leg: np.ndarray, audio_format: AudioFormat, noise: np.ndarray) -> np.ndarray:
    """A leg as it comes over the wire, with noise."""
    return decode(encode(leg + noise, audio_format), audio_format)


def errors_ms(audio_format: AudioFormat, words: Words, noise: Noise, snr: float, seed: int) -> dict[str, list[float]]:
    """By figure, how far the measured values are off; infinite where there are more or fewer than there should be."""
    rate, random = audio_format.rate, np.random.default_rng(seed)
    said = conversation(rate, words, random)
    noises = (at_level(noise(rate, len(said.far) / rate, random), ACTIVE_DBFS - snr) for _ in range(2))
    caller, far = (heard(leg, audio_format, next(noises)) for leg in (said.caller, said.far))
    view = measure(caller, far, rate)
    return {
        "greeting": _apart([view.greeting_ms], [said.greeting]),
        "response": _apart([t.response_ms for t in view.turns if t.response_ms is not None], said.responses),
        "barge-in stop": _apart([t.stop_ms for t in view.turns if t.barge_in], said.stops),
        "talk-over": _apart([view.talk_over_ms], [sum(said.stops)]),
    }


def _apart(found: list[int | None], truth: list[int]) -> list[float]:
    if None in found or len(found) != len(truth):
        return [float("inf")]
    return [abs(at - true) for at, true in zip(found, truth, strict=True)]


def _between(random: np.random.Generator, low: int, high: int) -> int:
    return int(random.integers(low, high))


def _long(supply: Iterator[np.ndarray], rate: int, least_ms: int) -> np.ndarray:
    """Words without a pause between them, of whole milliseconds."""
    said = np.zeros(0, np.float32)
    while len(said) * 1000 < least_ms * rate:
        said = np.concatenate((said, *(part[_loud(part, rate)] for part in loud_parts(next(supply), rate))))
    return gated(said[: len(said) * 1000 // rate * rate // 1000], rate)


def _loud(samples: np.ndarray, rate: int) -> slice:
    """From the first to the last syllable at full level: so a conversation's signal-to-noise is that of its edges."""
    syllables = _louder(samples, rate, _SYLLABLE_MS, ACTIVE_DBFS)
    sounds = _louder(samples[syllables], rate, 10, ACTIVE_DBFS - 6)
    return slice(syllables.start + sounds.start, syllables.start + sounds.stop)


def _louder(samples: np.ndarray, rate: int, step_ms: int, dbfs: float) -> slice:
    """From the first to the last step that is so loud."""
    step = rate * step_ms // 1000
    loud = np.flatnonzero(levels(samples, rate, step_ms) >= dbfs)
    return slice(loud[0] * step, (loud[-1] + 1) * step) if len(loud) else slice(0, 0)
