"""Opening a stream's socket as Plivo does: a signed upgrade, and two more tries."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import WebSocketException

from bridge.carrier.plan import CallPlan
from bridge.operator.network import why_not
from bridge.wire.signature import signed_headers

_TRIES = 3
_WITHIN = 10.0
_CLOSE_WITHIN = 2.0
_LONGEST_COMMAND = 8 * 1024 * 1024
"""Bytes: all that Plivo's queue holds fits into one, so that it is the check which finds it too long."""
_ALL_THAT_MAY_WAIT = 64 * 1024 * 1024
"""Sending never waits for a far end that does not read: the stream watches what waits, and gives up before this."""
_KERNEL_BUFFER = 32 * 1024
"""Bytes: left to itself, the kernel takes a minute of audio before anything is seen to wait."""


class ConnectError(Exception):
    """The stream's socket could not be opened; the message is a sentence for the user."""


async def connect(plan: CallPlan, url: str) -> ClientConnection:
    """Open the socket. Raises ConnectError after the third try."""
    problem: Exception | None = None
    for attempt in range(_TRIES):
        try:
            if attempt < plan.profile.failed_connects:
                await _break_off(url)
                problem = ConnectionAbortedError("the emulated Plivo broke it off")
            else:
                return await _open(plan, url)
        except (OSError, WebSocketException) as error:
            problem = error
    assert problem is not None
    raise ConnectError(f"The stream's socket {url} could not be opened: {why_not(problem)}.") from problem


async def _open(plan: CallPlan, url: str) -> ClientConnection:
    websocket = await open_websocket(
        url,
        additional_headers=_signature(plan.auth_token, url),
        compression=None,
        open_timeout=_WITHIN,
        close_timeout=_CLOSE_WITHIN,
        ping_interval=None,
        max_size=_LONGEST_COMMAND,
        write_limit=_ALL_THAT_MAY_WAIT,
        proxy=None,
    )
    websocket.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)
    return websocket


async def _break_off(url: str) -> None:
    """Connect, and be gone before anything is said."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    async with asyncio.timeout(_WITHIN):
        _, writer = await asyncio.open_connection(parts.hostname, port)
    writer.transport.abort()


def _signature(auth_token: str, url: str) -> dict[str, str]:
    """Plivo was seen to sign the upgrade over the `http://` form of the URL."""
    http_form = f"http://{url.partition('://')[2]}"
    return signed_headers(auth_token, "GET", http_form) if auth_token else {}
