"""Tones for the operator's ear: the digits that are sent, and two notes when the line opens or closes.

Digits are pairs of frequencies after ITU-T Q.23.
"""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples

_ROWS_HZ = (697, 770, 852, 941)
_COLUMNS_HZ = (1209, 1336, 1477, 1633)
_KEYPAD = ("123A", "456B", "789C", "*0#D")
DTMF_HZ = {
    key: (row, column)
    for row, keys in zip(_ROWS_HZ, _KEYPAD, strict=True)
    for column, key in zip(_COLUMNS_HZ, keys, strict=True)
}
"""The low and the high frequency of each key."""

_DIGIT_MS, _PAUSE_MS = 100, 50
_DIGIT_DBFS = -10.0
_NOTES_HZ = (523, 784)
_NOTE_MS = 60
_NOTE_DBFS = -24.0
_EDGE_MS = 5
_RINGING_HZ = (440, 480)
_RINGING_DBFS = -22.0
_RINGING_MS, _RINGING_PAUSE_MS = 2000, 4000


def dtmf(digits: str, rate: int) -> Samples:
    """The digits (0-9, *, #, A-D) one after the other, each 100 ms and a pause of 50. Raises KeyError for any other."""
    pause = np.zeros(rate * _PAUSE_MS // 1000, np.float32)
    parts = [part for digit in digits for part in (_chord(DTMF_HZ[digit], rate, _DIGIT_MS, _DIGIT_DBFS), pause)]
    return np.concatenate(parts) if parts else pause[:0]


def line_opens(rate: int) -> Samples:
    """Two notes that rise: from now on one is heard."""
    return np.concatenate([_chord((hz,), rate, _NOTE_MS, _NOTE_DBFS) for hz in _NOTES_HZ])


def line_closes(rate: int) -> Samples:
    """Two notes that fall: nobody hears one any more."""
    return np.concatenate([_chord((hz,), rate, _NOTE_MS, _NOTE_DBFS) for hz in reversed(_NOTES_HZ)])


def ringing(rate: int) -> Samples:
    """One round of the tone of a telephone that rings at the other end: 2 s, and 4 s of pause (North America)."""
    pause = np.zeros(rate * _RINGING_PAUSE_MS // 1000, np.float32)
    return np.concatenate((_chord(_RINGING_HZ, rate, _RINGING_MS, _RINGING_DBFS), pause))


def _chord(frequencies: tuple[int, ...], rate: int, milliseconds: int, dbfs: float) -> Samples:
    """Sines of equal strength, `dbfs` (RMS) together, with edges that do not click."""
    at = np.arange(rate * milliseconds // 1000) / rate
    amplitude = 10 ** (dbfs / 20) * np.sqrt(2 / len(frequencies))
    wave = amplitude * sum(np.sin(2 * np.pi * hz * at) for hz in frequencies)
    rise = np.clip(np.minimum(at, at[::-1]) * 1000 / _EDGE_MS, 0, 1)
    shaped: Samples = (wave * np.sin(rise * np.pi / 2) ** 2).astype(np.float32)
    return shaped
