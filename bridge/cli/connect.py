"""A link to the bridge for as long as a command runs, and its errors as sentences."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import click

from bridge.cli.options import Client
from bridge.cli.output import printable
from bridge.cli.place import find_place
from bridge.operator.client import Address, LinkError, OperatorLink, RefusedError, user_name
from bridge.operator.home import SettingsError


def run_on_link(client: Client, work: Callable[[OperatorLink], Awaitable[None]]) -> None:
    """Do a command's work on a link. Raises click.ClickException with the sentence of whatever went wrong."""
    with told():
        asyncio.run(_on_link(find_place(client).address(), work))


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong in this block on the way to a bridge or there is told to the user: click.ClickException."""
    try:
        yield
    except (LinkError, RefusedError, SettingsError) as error:
        raise click.ClickException(printable(str(error))) from error


async def check_link(address: Address) -> None:
    """Whether a bridge answers there. Raises LinkError when none does."""
    await _on_link(address, _nothing)


async def _on_link(address: Address, work: Callable[[OperatorLink], Awaitable[None]]) -> None:
    async with OperatorLink(address, user_name()) as link:
        await work(link)


async def _nothing(_: OperatorLink) -> None:
    pass
