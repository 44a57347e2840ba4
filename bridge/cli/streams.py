"""`offhook streams`: what is on the line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from bridge.cli.options import Client, client_options, json_option

if TYPE_CHECKING:
    from bridge.operator.client import OperatorLink
    from bridge.wire.views import StreamView

_HEADINGS = (
    *("STATE", "STREAM", "FROM", "TO", "STARTED", "LASTED", "MODE", "OPERATOR", "FORMAT", "IN", "OUT", "QUEUED"),
    "CHECKPOINT",
)


@click.command("streams")
@click.option("--all", "everything", is_flag=True, help="Also those that ended, as far as the journal knows them.")
@json_option
@client_options
def command(everything: bool, as_json: bool, client: Client) -> None:
    """List the streams on a bridge, oldest first.

    With --json: an array of objects, one a stream, with everything that is known of it.
    """
    from bridge.cli.connect import run_on_link
    from bridge.cli.output import table
    from bridge.operator.ask import ask
    from bridge.wire.link.answers import Streams
    from bridge.wire.link.messages import encode
    from bridge.wire.link.requests import ListStreams

    async def work(link: OperatorLink) -> None:
        answer = await ask(link, ListStreams(all=everything))
        assert isinstance(answer, Streams)
        if as_json:
            click.echo(encode(answer.streams))
        elif answer.streams:
            click.echo("\n".join(table(_HEADINGS, [_row(view) for view in answer.streams])))
        else:
            click.echo("No stream is on the line." if not everything else "There was no stream yet.", err=True)

    run_on_link(client, work)


def _row(view: StreamView) -> tuple[str, ...]:
    return (
        view.end_reason if view.state == "ended" else view.state,
        view.stream_id or "-",
        view.from_ or "-",
        view.to or "-",
        f"{view.started_at.astimezone():%Y-%m-%d %H:%M:%S}" if view.started_at else "-",
        _lasted(view),
        "ringing" if view.ringing else view.mode,
        view.operator or "-",
        _format(view),
        f"{view.frames_in:>6}",
        f"{view.frames_out:>6}",
        f"{view.queued_ms / 1000:>5.1f}s",
        _checkpoint(view),
    )


def _format(view: StreamView) -> str:
    from bridge.wire.formats import parse_format

    return parse_format(view.content_type, view.sample_rate).label if view.content_type else "-"


def _lasted(view: StreamView) -> str:
    if view.started_at is None:
        return "-"
    seconds = int(((view.ended_at or datetime.now(UTC)) - view.started_at).total_seconds())
    return f"{seconds // 60:>3}:{seconds % 60:02}"


def _checkpoint(view: StreamView) -> str:
    if not view.checkpoints:
        return "-"
    last = view.checkpoints[-1]
    return f"{last.name} {'played' if last.played_at else 'cleared' if last.cleared else 'waiting'}"
