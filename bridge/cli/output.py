"""What commands print: text that came from outside made harmless, tables aligned, colours where they are wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click


def printable(text: str) -> str:
    """The text without what could move the cursor or colour the terminal: callers choose some of these texts."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def say(line: str) -> None:
    """Print a line, in colour only on a terminal and without NO_COLOR (https://no-color.org)."""
    click.echo(line, color=False if os.environ.get("NO_COLOR") else None)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table, its columns aligned; what is to be compared as a number is right-aligned by its caller."""
    cells = [list(headings), *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def counted(count: int, noun: str) -> str:
    """`1 clear`, `2 clears`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
