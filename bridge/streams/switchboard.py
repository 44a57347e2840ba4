"""All streams of the bridge: rows by handle, found by StreamID or call; where sockets and callbacks meet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from bridge.streams.clock import Moment
from bridge.streams.events import EventLog
from bridge.streams.line import Line
from bridge.streams.row import Row, StreamError
from bridge.streams.stream import Stream
from bridge.wire.callbacks import AnswerRequest, HangupCallback, StreamCallback
from bridge.wire.events import Event
from bridge.wire.frames import Start
from bridge.wire.views import StreamView

MAX_ROWS = 5_000
"""Rows in memory; beyond it the oldest ended ones go (the journal keeps them), then the oldest without a socket."""

ASKED_FOR_SECONDS = 90
"""An answer without a stream for this long comes to nothing: Plivo tries to connect three times at most."""
NEWS_SECONDS = 86_400
"""A stream that is only known from callbacks is given up after Plivo's own longest `streamTimeout`."""
_SHORTEST_PREFIX = 4


class DuplicateStreamError(Exception):
    """A second socket claims a stream that is live on another; the message is a sentence for the log."""


class Switchboard:
    """Finds, makes and ages the rows. `version` grows with every change of a row; operators ask what is newer.

    Turns are measured on a stream that begins while no more than `most_measured` are live.
    """

    def __init__(self, log: EventLog, last_handle: int, most_measured: int = 0) -> None:
        self.log = log
        self.streams: dict[int, Stream] = {}
        self.removed: deque[tuple[int, int]] = deque(maxlen=MAX_ROWS)
        """(version, handle) of rows that are gone from memory."""
        self.version = 0
        self.unsaved: dict[int, Row] = {}
        """Rows that changed since they were last taken to be kept."""
        self._live: dict[int, Stream] = {}
        self._at_work: dict[int, Stream] = {}
        self._most_measured = most_measured
        self._next_handle = last_handle + 1
        self._by_id: dict[str, Stream] = {}
        self._asked_by_call: dict[str, Stream] = {}

    def restore(self, views: Iterable[StreamView], now: Moment) -> None:
        """Take the journal's rows at a start; those that had not ended were lost with the bridge before this one."""
        for view in views:
            stream = Stream(view.handle, self.log, self._changed)
            stream.view = view
            self.streams[view.handle] = stream
            if view.stream_id:
                self._by_id[view.stream_id] = stream
            view.listeners, view.operator, view.ringing, view.recording = 0, "", False, ""
            if stream.alive:
                stream.end(now, "lost", "The bridge stopped while this stream was on it.", level="error")

    # Where things come in

    def asked(self, request: AnswerRequest, now: Moment) -> Stream:
        """The answer URL was asked what to do with a call; asked again, it is the same row."""
        stream = self._asked_by_call.get(request.call_uuid)
        if stream is None or not stream.alive:
            stream = self._new(now)
            stream.view.call_uuid = request.call_uuid
            stream.view.asked_at = now.utc
            if request.call_uuid:
                self._asked_by_call[request.call_uuid] = stream
        stream.view.from_, stream.view.to = request.from_, request.to
        stream.view.direction = request.direction
        stream.event(now, "callback", "answer", request.text, data=dict(request.fields))
        return stream

    def socket(self, line: Line, remote: str, now: Moment) -> Stream:
        """The carrier opened a socket; which stream it is will be told by `identify`."""
        stream = self._new(now)
        stream.connect(line, remote)
        stream.view.asked_at = now.utc
        return stream

    def identify(self, unknown: Stream, line: Line, start: Start, now: Moment, raw: str) -> Stream:
        """A socket's `start` came: the row that it is from now on, joined with what callbacks and `/answer` said.

        Raises DuplicateStreamError when that stream is live on another socket.
        """
        known = self._by_id.get(start.stream_id) or self._asked_by_call.get(start.call_id)
        if known is not None and known.has_socket:
            raise DuplicateStreamError(f"A second socket claimed stream {start.stream_id}, which is live on another.")
        if known is None or not known.alive:
            known = unknown
        else:
            known.connect(line, unknown.view.remote)
            known.view.problems |= unknown.view.problems
            self._remove(unknown)
        known.start(start, now, raw)
        if len(self._live) <= self._most_measured:
            known.observers.measure_turns(now)
        self._by_id[start.stream_id] = known
        self._asked_by_call.pop(start.call_id, None)
        return known

    def callback(self, callback: StreamCallback, now: Moment) -> Event | None:
        """A status callback came: for a known stream, for an answered call, or for a new row.

        None when it repeats an earlier one.
        """
        stream = self._by_id.get(callback.stream_id) if callback.stream_id else None
        if stream is None and callback.call_uuid:
            stream = self._asked_by_call.get(callback.call_uuid)
        if stream is None and not callback.stream_id:
            stream = self._newest_of_call(callback.call_uuid)
        if stream is None:
            stream = self._new(now)
            stream.view.state = "connecting"
            stream.view.asked_at = now.utc
        if callback.stream_id:
            self._by_id[callback.stream_id] = stream
            self._asked_by_call.pop(callback.call_uuid, None)
        return stream.callback(callback, now)

    def _newest_of_call(self, call_uuid: str) -> Stream | None:
        rows = reversed(self.streams.values())
        return next((row for row in rows if row.view.call_uuid == call_uuid), None)

    def hangup(self, callback: HangupCallback, now: Moment) -> Event:
        """The call is over: what waited for it ends; a live stream ends with its socket."""
        concerned = [
            stream
            for stream in self.streams.values()
            if callback.call_uuid and stream.view.call_uuid == callback.call_uuid and stream.alive
        ]
        stream_id = concerned[0].view.stream_id if concerned else ""
        event = self.log.add(
            now,
            "callback",
            "hangup",
            callback.text,
            stream_id=stream_id,
            call_uuid=callback.call_uuid,
            data=dict(callback.fields),
        )
        for stream in concerned:
            if not stream.has_socket:
                self._asked_by_call.pop(callback.call_uuid, None)
                stream.end(now, "hangup", "The call was hung up.")
        return event

    # What is asked of it

    def find(self, reference: str) -> Stream:
        """A row by StreamID, by call UUID, or by the beginning of a StreamID. Raises StreamError."""
        if reference in self._by_id:
            return self._by_id[reference]
        rows = list(self.streams.values())
        matching = [stream for stream in rows if reference and stream.view.call_uuid == reference]
        if not matching and len(reference) >= _SHORTEST_PREFIX:
            matching = [stream for stream in rows if stream.view.stream_id.startswith(reference)]
        # The call of yesterday's stream may have a stream today: those alive come first.
        matching = [stream for stream in matching if stream.alive] or matching
        if len(matching) > 1:
            raise StreamError(f"{reference} is the beginning of {len(matching)} streams: give more of the StreamID.")
        if not matching:
            name = reference or "without a name"
            raise StreamError(f"No stream {name} is known here: `offhook streams --all` lists them.")
        return matching[0]

    def live(self) -> list[Stream]:
        """The streams that are live, oldest first."""
        return list(self._live.values())

    def at_work(self) -> list[Stream]:
        """The live streams on which something is to be done every 20 ms."""
        self._at_work = {handle: stream for handle, stream in self._at_work.items() if stream.agent.at_work}
        return list(self._at_work.values())

    def changed_since(self, version: int) -> list[Stream]:
        """The rows that changed after a version."""
        return [stream for stream in self.streams.values() if stream.version > version]

    def removed_since(self, version: int) -> list[int]:
        """Handles of the rows that were removed after a version."""
        return [handle for at, handle in self.removed if at > version]

    # Time passes

    def rows(self) -> list[Stream]:
        """All that are known, oldest first."""
        return list(self.streams.values())

    def age(self, stream: Stream, now: Moment) -> None:
        """Once a second for each row: overdue checkpoints, silence, and a row that nothing came of."""
        if not stream.alive:
            return
        self._late(stream, now)
        if stream.has_socket:
            self.unsaved[stream.view.handle] = stream  # for its meters
            return
        if stream.view.state == "live":
            return
        waited = (now.utc - (stream.view.asked_at or now.utc)).total_seconds()
        if stream.view.state == "asked" and waited > ASKED_FOR_SECONDS:
            self._asked_by_call.pop(stream.view.call_uuid, None)
            text = f"Plivo got the document but opened no stream within {ASKED_FOR_SECONDS} s."
            stream.end(now, "expired", text, level="warning")
        elif waited > NEWS_SECONDS:
            stream.end(now, "expired", "No news of this stream for a day.")

    def _late(self, stream: Stream, now: Moment) -> None:
        if stream.ledger is not None:
            for checkpoint in stream.ledger.newly_overdue(now):
                text = f"Checkpoint {checkpoint.view.name} is overdue: Plivo has not reported it as played."
                stream.event(now, "bridge", "overdue", text, level="warning", data={"name": checkpoint.view.name})
        before = stream.view.health
        if stream.judged(now).health != before:
            stream.changed()

    def take_unsaved(self) -> list[Row]:
        """The rows that changed since this was last asked."""
        rows, self.unsaved = list(self.unsaved.values()), {}
        return rows

    def _new(self, now: Moment) -> Stream:
        stream = Stream(self._next_handle, self.log, self._changed)
        self._next_handle += 1
        self.streams[stream.view.handle] = stream
        if len(self.streams) > MAX_ROWS:
            self._evict(now)
        return stream

    def _changed(self, row: Row) -> None:
        self.version += 1
        row.version = self.version
        self.unsaved[row.view.handle] = row
        handle = row.view.handle
        if row.view.state == "live":
            stream = self._live[handle] = self.streams[handle]
            if stream.agent.at_work:
                self._at_work[handle] = stream
        else:
            self._live.pop(handle, None)
            self._at_work.pop(handle, None)

    def _evict(self, now: Moment) -> None:
        rows = self.streams.values()
        oldest = next((row for row in rows if not row.alive), None)
        oldest = oldest or next((row for row in rows if not row.has_socket), None)
        if oldest is None:
            return
        if oldest.alive:
            oldest.end(now, "expired", f"More than {MAX_ROWS} streams are known: this one had no socket here.")
        self._remove(oldest)

    def _remove(self, stream: Stream) -> None:
        self.version += 1
        self.removed.append((self.version, stream.view.handle))
        del self.streams[stream.view.handle]
        self._live.pop(stream.view.handle, None)
        self._at_work.pop(stream.view.handle, None)
        for index, key in ((self._by_id, stream.view.stream_id), (self._asked_by_call, stream.view.call_uuid)):
            if index.get(key) is stream:
                del index[key]
