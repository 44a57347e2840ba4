"""A question to the bridge that is answered in time, or not at all."""

from __future__ import annotations

import asyncio

from bridge.operator.client import LinkError, OperatorLink
from bridge.wire.link import ClientMessage, Granted

PATIENCE = 5.0
"""Seconds to wait for an answer that should come at once."""


async def ask(link: OperatorLink, request: ClientMessage, within: float = PATIENCE) -> Granted:
    """Ask the bridge. Raises RefusedError with its reason, and LinkError when there is no answer in time (seconds)."""
    try:
        async with asyncio.timeout(within):
            return await link.request(request)
    except TimeoutError as error:
        raise LinkError(f"The bridge did not answer within {within:g} s.") from error
