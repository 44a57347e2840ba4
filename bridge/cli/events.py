"""`offhook events`: what happened, and what happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import click

from bridge.cli.options import Client, client_options, json_option

if TYPE_CHECKING:
    from bridge.operator.client import OperatorLink
    from bridge.wire.events import Event

_PAGE = 200
"""Events asked for at once: each may carry 16 KB of raw form, and an answer holds 8 MB."""
_COLOURS = {"info": None, "warning": "yellow", "error": "red"}


@click.command("events")
@click.option("--stream", "stream_id", metavar="ID", default="", help="Only this stream's.")
@click.option("--follow", is_flag=True, help="Go on with new ones as they happen, until Ctrl-C.")
@json_option
@client_options
def command(stream_id: str, follow: bool, as_json: bool, client: Client) -> None:
    """List what happened, oldest first, one event a line.

    These are the events in the bridge's journal, also those of streams that ended long ago.

    With --json: one object a line.
    """
    from bridge.cli.connect import run_on_link
    from bridge.cli.output import say
    from bridge.wire.link.messages import encode

    async def work(link: OperatorLink) -> None:
        last = 0
        async for event in _kept(link, stream_id, last):
            say(encode(event).decode() if as_json else _line(event))
            last = event.id
        if follow:
            async for event in _new(link, stream_id, last):
                say(encode(event).decode() if as_json else _line(event))

    run_on_link(client, work)


async def _kept(link: OperatorLink, stream_id: str, last: int) -> AsyncIterator[Event]:
    """The journal's events after one."""
    from bridge.operator.ask import ask
    from bridge.wire.link.answers import Events
    from bridge.wire.link.requests import ListEvents

    more = True
    while more:
        page = await ask(link, ListEvents(stream_id=stream_id, after=last, limit=_PAGE))
        assert isinstance(page, Events)
        for event in page.events:
            yield event
            last = event.id
        more = page.more


async def _new(link: OperatorLink, stream_id: str, last: int) -> AsyncIterator[Event]:
    """Events after one, as they happen. Raises LinkError when the link is lost."""
    from bridge.operator.ask import ask
    from bridge.operator.client import LinkError
    from bridge.wire.link.answers import Changes
    from bridge.wire.link.requests import Subscribe

    await ask(link, Subscribe(events_after=last))
    async for push in link.pushes():
        if not isinstance(push, Changes):
            continue
        if push.missed_events:
            async for event in _kept(link, stream_id, last):
                yield event
                last = event.id
        for event in push.events:
            if event.id > last and _is_of(event, stream_id):
                yield event
                last = event.id
    raise LinkError("The link to the bridge was lost.")


def _is_of(event: Event, stream_id: str) -> bool:
    """As the bridge finds a stream: by StreamID, the beginning of it, or CallUUID."""
    return event.stream_id.startswith(stream_id) or event.call_uuid == stream_id


def _line(event: Event) -> str:
    from bridge.cli.output import printable

    head = f"{event.at.astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3]
    who = f"{event.source:<8}  {printable(event.event):<14}  {printable(event.stream_id[:8]):<8}"
    return f"{head}  {who}  {click.style(printable(event.text), fg=_COLOURS[event.level])}".rstrip()
