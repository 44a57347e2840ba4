"""`offhook replay`: call a bot with the caller of a recording."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bridge.cli.call_options import CONTENT_TYPE, FROM, TO, CallOptions, call_options, fail_on_option, record_option
from bridge.cli.options import Client, client_options, json_option

if TYPE_CHECKING:
    from pathlib import Path

    from bridge.carrier.plan import CallPlan
    from bridge.carrier.recorded import RecordedCaller
    from bridge.operator.client import OperatorLink
    from bridge.wire.views import StreamView


@click.command("replay", short_help="Call a bot with the caller of a recording.")
@click.argument("recording")
@click.option("--to", "target", metavar="TARGET", required=True, help="The bot's ws:// URL, or its answer URL.")
@record_option
@fail_on_option
@json_option
@call_options
@client_options
def command(
    recording: str,
    target: str,
    record: str | None,
    fail_on: str,
    as_json: bool,
    options: CallOptions,
    client: Client,
) -> None:
    """Call a bot with the caller of RECORDING: what they said and pressed, when they did, until they hung up.

    RECORDING is a WAV file whose left channel is the caller (`offhook recordings`, `offhook call --record`), with its
    JSON file beside it, or the name of a recording on the bridge. The numbers, the stream's format and its extra
    headers are those of the recorded call.

    Exits with 0, or with 1 when there was no stream, or a finding of level error (or what --fail-on says).
    """
    from dataclasses import replace

    from bridge.carrier.recital import recital
    from bridge.cli.one_call import finish_one

    caller = _caller(recording, client)
    plan = replace(
        _plan(target, options, caller.notes.stream if caller.notes else None),
        caller=recital(caller.samples, caller.rate),
        digits=caller.digits,
        seconds=caller.seconds,
    )
    sys.exit(finish_one(plan, None, record, fail_on=fail_on, as_json=as_json))


def _plan(target: str, options: CallOptions, recorded: StreamView | None) -> CallPlan:
    """A call like the recorded one. Raises click.UsageError."""
    from bridge.cli.call_plans import plan_call

    if recorded is None:
        return plan_call(target, options, from_=FROM, to=TO)
    return plan_call(
        target,
        options,
        from_=recorded.from_ or FROM,
        to=recorded.to or TO,
        content_type=recorded.content_type or CONTENT_TYPE,
        rate=recorded.sample_rate,
        stream_headers=recorded.extra_headers,
    )


def _caller(recording: str, client: Client) -> RecordedCaller:
    """The caller of a file, or of a recording on the bridge. Raises click.ClickException."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from bridge.carrier.recorded import RecordedError, read_recorded
    from bridge.wire.recordings import NAME

    path = Path(recording)
    try:
        if path.exists():
            return read_recorded(path)
        if not NAME.fullmatch(recording):
            raise click.ClickException(
                f"There is no file {recording}: give a recording's WAV file, or a name that `offhook recordings` lists."
            )
        with TemporaryDirectory(prefix="offhook-") as folder:
            return read_recorded(_fetch(client, recording, Path(folder)))
    except RecordedError as error:
        raise click.ClickException(str(error)) from error


def _fetch(client: Client, name: str, folder: Path) -> Path:
    """Both files of a recording on the bridge; returns the WAV file's path."""
    from bridge.cli.connect import run_on_link
    from bridge.operator.recordings import fetch

    path = folder / f"{name}.wav"

    async def work(link: OperatorLink) -> None:
        path.write_bytes(await fetch(link, name, "wav"))
        path.with_suffix(".json").write_bytes(await fetch(link, name, "json"))

    run_on_link(client, work)
    return path
