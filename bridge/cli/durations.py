"""Durations and rates as people write them on a command line."""

from __future__ import annotations

import re

import click

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"


def duration(text: str) -> float:
    """`10s`, `500ms`, `2m`, `1h` in seconds; a bare number is seconds. Raises click.BadParameter."""
    match = re.fullmatch(rf"{_NUMBER}(ms|s|m|h)?", text)
    seconds = float(match[1]) * _SECONDS[match[2] or "s"] if match else 0.0
    if not seconds:
        raise click.BadParameter(f"{text!r} is no duration: give it like 10s, 500ms or 2m.")
    return seconds


def rate(text: str) -> float:
    """`20/s`, `90/m` in times a second; a bare number is per second. Raises click.BadParameter."""
    match = re.fullmatch(rf"{_NUMBER}(?:/(s|m|h))?", text)
    per_second = float(match[1]) / _SECONDS[match[2] or "s"] if match else 0.0
    if not per_second:
        raise click.BadParameter(f"{text!r} is no rate: give it like 20/s.")
    return per_second
