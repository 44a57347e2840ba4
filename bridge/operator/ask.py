"""A question to the bridge that is answered in time, or not at all."""

from __future__ import annotations

import asyncio
from typing import Protocol

from bridge.operator.client import LinkError
from bridge.wire.link.answers import Granted
from bridge.wire.link.requests import ClientMessage

PATIENCE = 5.0
"""Seconds to wait for an answer that should come at once."""


class Asks(Protocol):
    """Whatever takes questions to the bridge: a link, or a feed, which has one most of the time."""

    async def request(self, message: ClientMessage) -> Granted:
        """The answer. Raises RefusedError, or LinkError."""


async def ask(link: Asks, request: ClientMessage, within: float = PATIENCE) -> Granted:
    """Ask the bridge. Raises RefusedError with its reason, and LinkError when there is no answer in time (seconds)."""
    try:
        async with asyncio.timeout(within):
            return await link.request(request)
    except TimeoutError as error:
        raise LinkError(f"The bridge did not answer within {within:g} s.") from error
