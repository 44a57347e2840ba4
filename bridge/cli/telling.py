"""A request to the bridge as a whole command: how it went is a sentence for people, an outcome for programs."""

from __future__ import annotations

from typing import Any

from bridge.cli.connect import run_on_link
from bridge.cli.options import Client
from bridge.cli.report import reporting
from bridge.operator.ask import ask
from bridge.operator.client import OperatorLink
from bridge.wire.link.answers import Done
from bridge.wire.link.requests import Checkpoint, Clear, Dtmf, Hangup, Record


def tell_bridge(
    client: Client, request: Checkpoint | Clear | Dtmf | Hangup | Record, within: float, *, as_json: bool, **about: Any
) -> None:
    """Have the bridge carry out a request, which takes at most `within` seconds, and tell how it went.

    `about` is what an outcome says besides. Raises click.ClickException with the sentence of what went wrong.
    """

    async def work(link: OperatorLink) -> None:
        done = await ask(link, request, within)
        assert isinstance(done, Done)
        if done.stream is not None:
            report.know(stream_id=done.stream.stream_id)
        if done.took_ms is not None:
            report.know(took_ms=round(done.took_ms, 1))
        if done.recording:
            report.know(recording=done.recording)
        report.outcome("done", done.text)

    with reporting(as_json, stream_id=request.stream_id, **about) as report:
        run_on_link(client, work)
