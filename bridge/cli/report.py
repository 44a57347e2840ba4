"""What a command in the foreground tells while it runs, and how it ended: for people, or as JSON a line each."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from bridge.cli.connect import told
from bridge.cli.output import printable


class Report:
    """Sentences, and a line that is written over on a terminal; with `as_json` one object for each change."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._live = sys.stderr.isatty() and not as_json

    def change(self, text: str, **fields: Any) -> None:
        """Something is different from now on."""
        self._tell(text, {"at": datetime.now(UTC), **fields})

    def live(self, text: str) -> None:
        """How it stands, for somebody who looks on."""
        if self._live:
            room = shutil.get_terminal_size().columns - 1
            click.echo(f"\r{printable(text)[:room]}\033[K", err=True, nl=False)

    def outcome(self, outcome: str, text: str, **fields: Any) -> None:
        """It is over: `done`, `stopped` or `failed`, the last one only for programs."""
        self.live("")
        self._tell("" if outcome == "failed" else text, {"outcome": outcome, "text": text, **fields})

    def _tell(self, text: str, fields: dict[str, Any]) -> None:
        if self._as_json:
            click.echo(msgspec.json.encode(fields))
        elif text:
            self.live("")
            click.echo(printable(text))


@contextmanager
def reporting(as_json: bool) -> Iterator[Report]:
    """Report what is done in this block; what goes wrong is told: click.ClickException."""
    report = Report(as_json)
    try:
        with told():
            yield report
    except click.ClickException as error:
        report.outcome("failed", error.message)
        raise
