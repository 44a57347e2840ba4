"""The private port: every operator's link, and the pace at which they are told what changed."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from bridge.server.commands import Commands
from bridge.server.operator import Operator
from bridge.server.site import Site
from bridge.server.tokens import Tokens
from bridge.streams.clock import Moment, moment
from bridge.streams.journal import Journal
from bridge.streams.metering import measure, meter
from bridge.streams.stream import Stream
from bridge.wire.link.answers import CHANGES_HZ, Welcome
from bridge.wire.link.messages import LINK_VERSION, MAX_MESSAGE_BYTES, encode
from bridge.wire.views import BridgeView, Meter

_TICK = 0.02
_AT_ONCE = 0.0003
"""Seconds for which frames may wait for what is looked at."""
_TICKS_PER_SECOND = round(1 / _TICK)
_TICKS_PER_HEARING = 15
"""Those who follow the sound hear it every 300 ms."""
_TICKS_PER_READING = 25
"""What has passed is read every 500 ms, of each stream in its turn: full at once, many would hold each other up."""
_TICKS_PER_CHANGE = _TICKS_PER_SECOND // CHANGES_HZ
_MEASURED_AT_ONCE = 6
"""Streams whose levels are reckoned together: of more, calls would have to wait."""
_MAX_OPERATORS = 64
_CLOSE_WITHIN = 1.0
"""Seconds that an operator who does not read can hold up the bridge's end."""
_MAX_NAME = 64
_NOT_IN_A_NAME = re.compile(r"[^\w@.:-]+")


class Operators:
    """Everybody at a terminal. `view` is what they are told of the bridge."""

    def __init__(self, site: Site, journal: Journal, view: BridgeView, tokens: Tokens, stop: asyncio.Event) -> None:
        self.site = site
        self.view = view
        self.commands = Commands(site, journal, stop)
        self._tokens = tokens
        self._links: set[Operator] = set()
        self._meters: list[Meter] = []
        """Of all live streams, but read over the ticks since the last change was told."""

    async def listen(self, host: str, port: int) -> Server:
        """Open the private port."""
        return await serve(
            self._serve,
            host,
            port,
            process_request=self._admit,
            compression=None,
            max_size=MAX_MESSAGE_BYTES,
            ping_interval=20,
            ping_timeout=40,
        )

    async def close(self, server: Server) -> None:
        """Close the private port and every link; one whose operator does not read is cut."""
        server.close()
        try:
            async with asyncio.timeout(_CLOSE_WITHIN):
                await server.wait_closed()
        except TimeoutError:
            for link in self._links:
                link.cut()
            await server.wait_closed()

    async def pace(self) -> None:
        """Play out what is listened to every 20 ms, say what changed every 100 ms, age the rows every second."""
        due = time.monotonic()  # uvloop's own clock counts milliseconds
        for tick in itertools.count():
            began = time.monotonic()
            for _ in self._tick(tick):
                if time.monotonic() - began > _AT_ONCE:
                    await asyncio.sleep(0)  # calls go first
                    began = time.monotonic()
            now = moment()
            if tick % _TICKS_PER_CHANGE == 0:
                self._tell(now)
            if tick % _TICKS_PER_SECOND == 0:
                self._look_after_sockets(now)
            due = max(due + _TICK, time.monotonic())
            await asyncio.sleep(due - time.monotonic())

    def _tick(self, tick: int) -> Iterator[None]:
        """What is not due at every tick is done for some of the streams at each; yields wherever it can be left."""
        switchboard = self.site.switchboard
        live = switchboard.live()
        for stream in switchboard.at_work():
            _apart(stream, stream.agent.tick)
        for stream in self._listened_to():
            _apart(stream, stream.play_out)
        if self.view.operators:
            due = live[tick % _TICKS_PER_CHANGE :: _TICKS_PER_CHANGE]
            for some in (due[at : at + _MEASURED_AT_ONCE] for at in range(0, len(due), _MEASURED_AT_ONCE)):
                for stream in some:
                    stream.count_passed(moment())
                measure(some, moment())
                self._meters += [meter(stream.view) for stream in some]
                yield
        for stream in live[tick % _TICKS_PER_READING :: _TICKS_PER_READING]:
            stream.read_passed(moment())
            yield
        for stream in live[tick % _TICKS_PER_HEARING :: _TICKS_PER_HEARING]:
            if stream.observers.active:
                _apart(stream, stream.observe)
                yield
        for stream in switchboard.rows()[tick % _TICKS_PER_SECOND :: _TICKS_PER_SECOND]:
            _apart(stream, partial(switchboard.age, stream))
            yield

    def _listened_to(self) -> list[Stream]:
        return [stream for link in self._links for stream in link.in_hand if stream.audience.listeners]

    def _tell(self, now: Moment) -> None:
        self.view.operators = sum(link.subscribed for link in self._links)
        live = {stream.view.handle for stream in self.site.switchboard.live()}
        meters, self._meters = [meter for meter in self._meters if meter.handle in live], []
        for link in self._links:
            link.tell(meters)

    def _look_after_sockets(self, now: Moment) -> None:
        self.site.records.flush()
        for socket in list(self.site.sockets):
            socket.watch(now)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self._tokens.admits(request):
            if len(self._links) < _MAX_OPERATORS:
                return None
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Too many operators are here.\n")
        peer = connection.remote_address
        remote = f"{peer[0]}:{peer[1]}" if peer else ""
        self.site.complaints.add(moment(), "refused", "An operator was refused: the token is wrong.", remote=remote)
        return connection.respond(HTTPStatus.UNAUTHORIZED, "The token is wrong: it is in the bridge's data folder.\n")

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        name = self._free_name(socket.request.headers.get("X-Offhook-Operator", ""))
        read_only = self._tokens.for_reading_alone(socket.request)
        operator = Operator(name, socket, self.site, self.commands, self.view, read_only=read_only)
        self._links.add(operator)
        try:
            welcome = Welcome(link_version=LINK_VERSION, operator=name, bridge=self.view, read_only=read_only)
            await socket.send(encode(welcome).decode())
            await operator.run()
        except ConnectionClosed:
            pass
        finally:
            self._links.discard(operator)

    def _free_name(self, asked_for: str) -> str:
        """The name that was asked for, with a number behind it where somebody has it already."""
        base = _NOT_IN_A_NAME.sub("", asked_for)[:_MAX_NAME] or "operator"
        taken = {link.name for link in self._links}
        names = itertools.chain([base], (f"{base}#{number}" for number in itertools.count(2)))
        return next(name for name in names if name not in taken)


def _apart(stream: Stream, act: Callable[[Moment], object]) -> None:
    """Do this now, for this stream: what goes wrong with one call must not end the others."""
    try:
        act(moment())
    except Exception:
        stream.failed(moment())
