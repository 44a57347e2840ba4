"""What the parts of a running bridge share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from bridge.server.complaints import Complaints
from bridge.server.recordings import Recordings
from bridge.server.records import Records
from bridge.server.routes import Routes
from bridge.streams.clock import Moment
from bridge.streams.row import StreamError
from bridge.streams.stream import Stream
from bridge.streams.switchboard import Switchboard
from bridge.wire.document import StreamElement
from bridge.wire.signature import Params, SignatureError, check_signature


class Socket(Protocol):
    """A carrier's socket, as the bridge looks after it."""

    closed: asyncio.Future[None]
    """Done when the connection is gone."""

    def watch(self, now: Moment) -> None:
        """Once a second: is it still alive?"""

    def stop(self) -> None:
        """Close it: the bridge ends."""


@dataclass
class Site:
    """One bridge: its streams, its records, and how it is reached from outside."""

    switchboard: Switchboard
    complaints: Complaints
    records: Records
    recordings: Recordings
    routes: Routes
    auth_token: str
    public_url: str = ""
    """As Plivo reaches us, without a slash at the end."""
    document: StreamElement = field(default_factory=lambda: StreamElement(url=""))
    sockets: set[Socket] = field(default_factory=set)

    def record(self, stream: Stream, now: Moment, by: str) -> str:
        """Record a stream from now on; returns the recording's name. Raises StreamError when that cannot be."""
        if stream.view.recording:
            raise StreamError(f"{stream.label} is being recorded already, as {stream.view.recording}.")
        if stream.view.state != "live" or stream.ledger is None:
            raise StreamError(f"{stream.label} is not live: there is nothing to record.")
        recorder = self.recordings.begin(stream.view, stream.ledger.queue.format, lambda: stream.observers.report, now)
        stream.observers.record(recorder, now, by)
        return recorder.name

    @property
    def prefix(self) -> str:
        """The public URL's path, for proxies that do not strip it."""
        return urlsplit(self.public_url).path

    def path_of(self, target: str) -> str:
        """The path of a request's target as we know it: without the proxy's prefix, and without the query."""
        return target.partition("?")[0].removeprefix(self.prefix)

    def public_form(self, target: str) -> str:
        """The public URL of a request's target (path and query), which is what Plivo dialled and signed."""
        path = target.removeprefix(self.prefix) if target.startswith(f"{self.prefix}/") else target
        return self.public_url + path

    def authorised(
        self, now: Moment, method: str, target: str, params: Params, headers: Mapping[str, str], remote: str
    ) -> bool:
        """Whether a public request may come in: with an auth token set, only when it is rightly signed."""
        if not self.auth_token:
            return True
        try:
            check_signature(self.auth_token, method, self.public_form(target), params, headers)
        except SignatureError as error:
            path = target.partition("?")[0][:80]
            self.complaints.add(now, "refused", f"{method} {path} was refused with 403: {error}", remote=remote)
            return False
        return True
