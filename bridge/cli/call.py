"""`offhook call`: be the caller of a bot."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bridge.cli.call_options import (
    CONTENT_TYPE,
    CallOptions,
    call_options,
    fail_on_option,
    party_options,
    record_option,
)
from bridge.cli.durations import duration, rate
from bridge.cli.options import json_option


@click.command("call")
@click.argument("target")
@click.option(
    "--wav",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A WAV file that speaks in your place.",
)
@click.option("--for", "seconds", metavar="TIME", type=duration, help="Hang up after this time: 10s, 2m.")
@click.option(
    "--content-type",
    metavar="TYPE",
    default=CONTENT_TYPE,
    help=f"Of the stream, where TARGET is a socket.  [{CONTENT_TYPE}]",
)
@record_option
@click.option("--calls", metavar="N", type=click.IntRange(1, 10_000), help="Make so many calls at once.")
@click.option("--ramp", metavar="RATE", type=rate, default="10/s", help="How fast these calls begin.  [10/s]")
@fail_on_option
@json_option
@party_options
@call_options
def command(
    target: str,
    wav: Path | None,
    seconds: float | None,
    content_type: str,
    record: str | None,
    calls: int | None,
    ramp: float,
    fail_on: str,
    as_json: bool,
    from_: str,
    to: str,
    options: CallOptions,
) -> None:
    """Call a bot as Plivo would, and speak with it.

    TARGET is the bot's socket (ws://, wss://) or its answer URL (http://, https://). On a terminal you speak through
    your own microphone and hear the bot through your speakers. With --wav a file speaks for you; without --for, the
    call then ends when the bot has been silent for five seconds. Ctrl-C hangs up.

    Exits with 0, or with 1 when there was no stream, or a finding of level error (or what --fail-on says).
    """
    from bridge.cli.call_plans import plan_call

    plan = plan_call(target, options, from_=from_, to=to, content_type=content_type)
    if calls is not None:
        from bridge.cli.many_calls import make_many

        if record is not None:
            raise click.UsageError("--record keeps one call: it does not go with --calls.")
        sys.exit(make_many(plan, wav, calls=calls, per_second=ramp, seconds=seconds, fail_on=fail_on, as_json=as_json))
    if wav is None and sys.stdin.isatty() and sys.stdout.isatty() and not as_json:
        from bridge.cli.own_call import speak_with

        sys.exit(speak_with(plan, seconds, record, fail_on=fail_on))
    if wav is None and seconds is None:
        raise click.UsageError("Nobody is here to speak and to hang up: give --wav FILE, or --for 10s.")
    from bridge.cli.one_call import make_one

    sys.exit(make_one(plan, wav, seconds, record, fail_on=fail_on, as_json=as_json))
