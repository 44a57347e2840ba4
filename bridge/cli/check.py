"""`offhook check`: the caller unattended, for CI."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli.call_options import CallOptions, call_options, party_options
from bridge.cli.options import json_option

if TYPE_CHECKING:
    from bridge.carrier.plan import CallPlan


@click.command("check", short_help="Call a bot by scenarios; exit with 0 or 1.")
@click.argument("target")
@click.option(
    *("--scenario", "names"),
    metavar="NAME|FILE",
    multiple=True,
    help="A scenario that ships, or a file; may be repeated.  [all that ship]",
)
@click.option("--junit", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="JUnit XML for CI.")
@click.option(
    "--keep",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    default="offhook-check",
    help="Where the recordings of the calls are put.  [offhook-check]",
)
@json_option
@party_options
@call_options
def command(
    target: str,
    names: tuple[str, ...],
    junit: Path | None,
    keep: Path,
    as_json: bool,
    from_: str,
    to: str,
    options: CallOptions,
) -> None:
    """Call a bot by scenarios, and tell whether it does what they expect.

    TARGET is the bot's socket (ws://, wss://) or its answer URL (http://, https://). These ship: greets, answers,
    stops-when-interrupted, survives-silence, dtmf, long-call, two-streams. docs/emulator.md says how to
    write others.

    Exits with 0 when all scenarios passed, 1 when one did not, 2 when it could not begin.
    """
    from bridge.cli.call_plans import plan_call
    from bridge.cli.checks import check_all, read_all

    def plan_of(content_type: str) -> CallPlan:
        return plan_call(target, options, from_=from_, to=to, content_type=content_type)

    sys.exit(check_all(target, read_all(names), plan_of, junit=junit, keep=keep, as_json=as_json))
