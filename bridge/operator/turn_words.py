"""Times of turns as people read them."""

from __future__ import annotations


def seconds(milliseconds: int | None) -> str:
    """A time in seconds; one that is not known is a dash."""
    return "-" if milliseconds is None else f"{milliseconds / 1000:.2f} s"
