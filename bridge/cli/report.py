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
    """Sentences, and a line that is written over on a terminal; with `as_json` one object for each change.

    `about` is what every object says of what it is about.
    """

    def __init__(self, as_json: bool, **about: Any) -> None:
        self._as_json = as_json
        self._live = sys.stderr.isatty() and not as_json
        self._about = about
        self._over = False

    def know(self, **about: Any) -> None:
        """Say this of what it is about from now on."""
        self._about |= about

    def change(self, text: str, **fields: Any) -> None:
        """Something is different from now on."""
        self._tell(text, {"at": datetime.now(UTC), **self._about, **fields})

    def live(self, text: str) -> None:
        """How it stands, for somebody who looks on."""
        if self._live:
            room = shutil.get_terminal_size().columns - 1
            click.echo(f"\r{printable(text)[:room]}\033[K", err=True, nl=False)

    def outcome(self, outcome: str, text: str, **fields: Any) -> None:
        """It is over: `done`, `stopped` or `failed`, the last one only for programs."""
        self._over = True
        self.live("")
        self._tell("" if outcome == "failed" else text, {"outcome": outcome, "text": text, **self._about, **fields})

    def interrupted(self) -> None:
        """Ctrl-C was pressed: programs are told, unless the outcome is told already."""
        self.live("")
        if self._as_json and not self._over:
            self.outcome("stopped", "Stopped by Ctrl-C.")

    def _tell(self, text: str, fields: dict[str, Any]) -> None:
        if self._as_json:
            click.echo(msgspec.json.encode(fields))
        elif text:
            self.live("")
            click.echo(printable(text))


@contextmanager
def reporting(as_json: bool, **about: Any) -> Iterator[Report]:
    """Report what is done in this block; what goes wrong is told: click.ClickException.

    `about` names what it is about as the user named it, until more is known.
    """
    report = Report(as_json, **about)
    try:
        with told():
            yield report
    except click.ClickException as error:
        report.outcome("failed", error.message)
        raise
    except KeyboardInterrupt:
        report.interrupted()
        raise
