"""The public port: the head of a connection's first request decides whose it is.

A WebSocket upgrade becomes a `CarrierSocket`, everything else goes to aiohttp's handler with the bytes already
read. So one port, one tunnel and one URL serve the document, the callbacks and the streams. HTTP connections are
closed after one answer: a tunnel that keeps its connections would otherwise send an upgrade where none is expected.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import cast

from bridge.server.site import Site
from bridge.server.socket import CarrierSocket
from bridge.streams.clock import moment

_HEAD_BYTES = 16 * 1024
_RAW_BYTES = 1024
_HEAD_WITHIN = 10.0
"""Seconds in which the head of a request must have come: a client that dribbles it is cut off."""
_MAX_WAITING = 1_000
"""Connections at a time whose head has not come yet."""
_UPGRADE = re.compile(rb"^upgrade[ \t]*:[ \t]*websocket[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_REQUEST_LINE = re.compile(rb"[A-Z]{1,20} \S+ HTTP/1\.[01]\r?\n")

HttpFactory = Callable[[], asyncio.Protocol]


class PublicPort:
    """Makes the protocol for each new connection of the public port."""

    def __init__(self, site: Site, http: HttpFactory) -> None:
        self.site = site
        self.http = http
        self.waiting: dict[FirstRequest, None] = {}
        """Those whose head has not come yet, the longest waiting first."""

    def __call__(self) -> FirstRequest:
        """One connection's protocol."""
        return FirstRequest(self)


class FirstRequest(asyncio.Protocol):
    """A connection until the head of its first request has come."""

    def __init__(self, port: PublicPort) -> None:
        self._port = port
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods alone
        self._deadline = asyncio.get_running_loop().call_later(_HEAD_WITHIN, self._too_slow)
        self._port.waiting[self] = None
        if len(self._port.waiting) > _MAX_WAITING:
            # Plivo sends its head at once: whoever crowds the door has waited longer.
            next(iter(self._port.waiting)).give_way()

    def data_received(self, data: bytes) -> None:
        """Some of the head came, perhaps with what follows it."""
        self._head += data
        if self._head.find(b"\r\n\r\n", 0, _HEAD_BYTES) >= 0:
            self._hand_over()
        elif len(self._head) >= _HEAD_BYTES:
            self._refuse(431, "Request Header Fields Too Large", "The head of a request was longer than 16 KB.")

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone."""
        self._deadline.cancel()
        self._port.waiting.pop(self, None)

    def give_way(self) -> None:
        """Close it: too many wait."""
        self._refuse(503, "Service Unavailable", "Too many connections wait for their first request.")

    def _hand_over(self) -> None:
        head = self._head
        if _REQUEST_LINE.match(head) is None:
            self._refuse(400, "Bad Request", "A request was not HTTP.")
            return
        self._deadline.cancel()
        self._port.waiting.pop(self, None)
        is_upgrade = _UPGRADE.search(head, 0, head.index(b"\r\n\r\n") + 2) is not None
        heir: CarrierSocket | asyncio.Protocol = CarrierSocket(self._port.site) if is_upgrade else self._port.http()
        self._transport.set_protocol(heir)
        heir.connection_made(self._transport)
        heir.data_received(head)

    def _too_slow(self) -> None:
        self._refuse(408, "Request Timeout", f"A request's head did not come within {_HEAD_WITHIN:.0f} s.")

    def _refuse(self, code: int, phrase: str, text: str) -> None:
        self._port.waiting.pop(self, None)
        peer = self._transport.get_extra_info("peername")
        remote = f"{peer[0]}:{peer[1]}" if peer else ""
        raw = self._head[:_RAW_BYTES].decode(errors="replace")
        self._port.site.complaints.add(moment(), "refused", text, remote=remote, raw=raw)
        self._transport.write(f"HTTP/1.1 {code} {phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode())
        self._transport.close()
