"""`offhook turns`: who spoke when, and how long one waited for the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bridge.cli.options import Client, client_options, json_option, stream_option
from bridge.cli.turn_words import turn_figures
from bridge.operator.turn_words import seconds

if TYPE_CHECKING:
    from bridge.operator.client import OperatorLink
    from bridge.wire.turns import Turn, TurnsView

_HEADINGS = ("AT", "WHO", "LENGTH", "RESPONSE", "")


@click.command("turns", short_help="Tell the response times and other turns of a stream.")
@stream_option
@json_option
@client_options
def command(stream_id: str, as_json: bool, client: Client) -> None:
    """Tell the turns of a stream that is live, that ended since the bridge began, or that was recorded.

    docs/turns.md defines every figure. With --json: one object, with null for what is not known.
    """
    from bridge.cli.connect import run_on_link
    from bridge.operator.ask import ask
    from bridge.wire.link.answers import TurnsAnswer
    from bridge.wire.link.messages import encode
    from bridge.wire.link.requests import ListTurns

    async def work(link: OperatorLink) -> None:
        answer = await ask(link, ListTurns(stream_id=stream_id))
        assert isinstance(answer, TurnsAnswer)
        click.echo(encode(answer.turns) if as_json else "\n".join(_lines(answer.turns)))

    run_on_link(client, work)


def _lines(turns: TurnsView) -> list[str]:
    from bridge.cli.output import table

    return [
        *table(_HEADINGS, [_row(turn) for turn in turns.turns]),
        "",
        *(f"{name + ':':<15}{value}" for name, value in turn_figures(turns)),
    ]


def _row(turn: Turn) -> tuple[str, ...]:
    return (
        f"{seconds(turn.start_ms):>9}",
        turn.operator or turn.speaker,
        f"{seconds(None if turn.end_ms is None else turn.end_ms - turn.start_ms):>9}",
        f"{seconds(turn.response_ms):>9}",
        _barge_in(turn),
    )


def _barge_in(turn: Turn) -> str:
    if not turn.barge_in:
        return ""
    return "barge-in" if turn.stop_ms is None else f"barge-in, agent silent after {seconds(turn.stop_ms)}"
