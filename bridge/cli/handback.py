"""`offhook handback`: give the agent its call again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bridge.cli.options import Client, client_options, json_option, stream_option

if TYPE_CHECKING:
    from bridge.operator.client import OperatorLink


@click.command("handback", short_help="Hand a call back to its agent.")
@stream_option
@click.option("--seize", is_flag=True, help="Also end what another person does there.")
@json_option
@client_options
def command(stream_id: str, seize: bool, as_json: bool, client: Client) -> None:
    """End whispering, talking or a takeover on a stream, wherever you began it: the call is the agent's again."""
    from bridge.cli.connect import run_on_link
    from bridge.cli.ending import is_agents
    from bridge.cli.report import reporting
    from bridge.operator.ask import ask
    from bridge.wire.link.answers import Done
    from bridge.wire.link.requests import StepOut

    async def work(link: OperatorLink) -> None:
        done = await ask(link, StepOut(stream_id=stream_id, seize=seize))
        assert isinstance(done, Done)
        assert done.stream is not None
        name = done.stream.stream_id
        has_agent = is_agents(done.stream)
        text = f"The agent has the call of stream {name}." if has_agent else f"Nobody talks on stream {name}."
        report.know(stream_id=name)
        report.outcome("done", text, mode=done.stream.mode)

    with reporting(as_json, stream_id=stream_id) as report:
        run_on_link(client, work)
