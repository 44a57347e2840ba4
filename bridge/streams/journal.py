"""The journal: every event and the last known state of every stream, kept in SQLite across restarts and crashes.

Whoever needs to know that something is kept waits for the future that `record` returns. One thread writes; it takes
all that is queued into one transaction, so that many waiters share one commit. What was acknowledged survives the
end of the process, `kill -9` included. It may not survive the machine's: WAL with `synchronous=NORMAL` leaves a
commit to the operating system, and a power cut may take the last ones (never the file's integrity).
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bridge.wire.events import Event
from bridge.wire.views import StreamView

QUEUED = 20_000
"""Records that may wait for the writer; a disk that is this far behind will not catch up."""

MAX_EVENTS = 10_000
"""Most events that one question is answered with."""

_GROUP = 1_000
"""Records of one transaction at most, so that the first of them does not wait for long."""

_VERSION = 1
_APPLICATION_ID = 0x4F464648  # "OFFH" in the file's header tells a journal from other people's SQLite files
_SCHEMA = f"""
BEGIN;
CREATE TABLE events (id INTEGER PRIMARY KEY, stream_id TEXT NOT NULL, call_uuid TEXT NOT NULL, json BLOB NOT NULL);
CREATE INDEX events_of_stream ON events (stream_id, id);
CREATE INDEX events_of_call ON events (call_uuid, id) WHERE stream_id = '';
CREATE TABLE streams (handle INTEGER PRIMARY KEY, ended INTEGER NOT NULL, json BLOB NOT NULL);
CREATE INDEX streams_by_end ON streams (ended, handle);
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
COMMIT;
"""
_OF_STREAM = " AND ((stream_id = ? AND stream_id != '') OR (stream_id = '' AND call_uuid = ? AND call_uuid != ''))"
_MAX_ID = 2**63 - 1

_encode = msgspec.json.Encoder().encode
_decode_event = msgspec.json.Decoder(Event).decode
_decode_stream = msgspec.json.Decoder(StreamView).decode


class JournalError(Exception):
    """A journal that cannot be used; the message is a sentence for the user."""


class JournalFullError(JournalError):
    """Too much waits to be written."""


class _Record(NamedTuple):
    events: list[tuple[int, str, str, bytes]]
    streams: list[tuple[int, bool, bytes]]
    done: Future[None]


class Journal:
    """The journal in one file, made (for this user only) where there is none. All methods may be called from any
    thread; those that read block for the disk, so an event loop calls them through `asyncio.to_thread`.

    Raises JournalError for a file that cannot be opened, is something else, or was written by a newer version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.Queue[_Record | None] = queue.Queue(QUEUED)
        self._reading = threading.Lock()
        self._write = self._open()
        self._read = self._connect()
        self._read.execute("PRAGMA query_only = ON")
        self._writer = threading.Thread(target=self._run, name="journal writer", daemon=True)
        self._writer.start()

    def record(self, events: Sequence[Event] = (), streams: Sequence[StreamView] = ()) -> Future[None]:
        """Keep events and the state of streams, both as they are now; the future is done when they are committed.

        A disk that fails is the future's exception (JournalError); later records are tried anew.
        Raises JournalFullError when QUEUED records wait already.
        """
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # a waiter that gives up does not take the record back
        rows = [(event.id, event.stream_id, event.call_uuid, _encode(event)) for event in events]
        views = [(view.handle, view.state == "ended", _encode(view)) for view in streams]
        try:
            self._queue.put_nowait(_Record(rows, views, done))
        except queue.Full as error:
            raise JournalFullError(f"The journal {self._path} is {QUEUED} records behind: the disk is slow.") from error
        return done

    def events(
        self,
        *,
        stream_id: str = "",
        call_uuid: str = "",
        after: int | None = None,
        before: int | None = None,
        limit: int = 1000,
    ) -> tuple[list[Event], bool]:
        """Events between two ids (neither included), ascending, and whether the limit left some out.

        The newest that match; with `after`, those that follow it. Of one stream when its id or its call's is given:
        what the call did before it had a stream (the answer) belongs to it. The limit is at most MAX_EVENTS.
        Raises JournalError.
        """
        limit = max(1, min(limit, MAX_EVENTS))
        where = "id > ? AND id < ?" + (_OF_STREAM if stream_id or call_uuid else "")
        order = "DESC" if after is None else "ASC"
        bounds = [
            _bounded(after, 0),
            _bounded(before, _MAX_ID),
            *([stream_id, call_uuid] if stream_id or call_uuid else []),
        ]
        rows = self._select(f"SELECT json FROM events WHERE {where} ORDER BY id {order} LIMIT ?", *bounds, limit + 1)  # noqa: S608
        found = [_decode_event(row[0]) for row in rows[:limit]]
        return found if after is not None else found[::-1], len(rows) > limit

    def streams(self, *, ended_limit: int = 1000) -> list[StreamView]:
        """The streams that had not ended and the newest of the ended ones, by handle. Raises JournalError."""
        query = "SELECT json FROM streams WHERE ended = 1 ORDER BY handle DESC LIMIT ?"
        ended = [_decode_stream(row[0]) for row in self._select(query, max(0, ended_limit))]
        return sorted(ended + self.open_streams(), key=lambda view: view.handle)

    def open_streams(self) -> list[StreamView]:
        """The streams that had not ended when they were last recorded, by handle. Raises JournalError."""
        rows = self._select("SELECT json FROM streams WHERE ended = 0 ORDER BY handle")
        return [_decode_stream(row[0]) for row in rows]

    def last_event_id(self) -> int:
        """The highest id of an event, 0 where there is none. Raises JournalError."""
        return int(self._select("SELECT ifnull(max(id), 0) FROM events")[0][0])

    def last_handle(self) -> int:
        """The highest handle of a stream, 0 where there is none. Raises JournalError."""
        return int(self._select("SELECT ifnull(max(handle), 0) FROM streams")[0][0])

    def close(self) -> None:
        """Write what is queued, then close the file. Nothing may be recorded or read afterwards."""
        self._queue.put(None)
        self._writer.join()
        self._write.close()
        with self._reading:
            self._read.close()

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            connection = self._connect()
        except (OSError, sqlite3.Error) as error:
            raise JournalError(f"The journal {self._path} cannot be opened: {error}.") from error
        try:
            self._prepare(connection)
        except sqlite3.Error as error:
            connection.close()
            raise JournalError(f"The journal {self._path} cannot be used: {error}.") from error
        except JournalError:
            connection.close()
            raise
        return connection

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        application = _pragma(connection, "application_id")
        version = _pragma(connection, "user_version")
        new = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if application != _APPLICATION_ID and not (new and application == version == 0):
            raise JournalError(f"{self._path} is not a journal of offhook's: choose another data folder.")
        if version > _VERSION:
            raise JournalError(f"The journal {self._path} was written by a newer offhook: update this one.")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if new:
            connection.executescript(_SCHEMA)

    def _select(self, query: str, *values: object) -> list[Any]:
        try:
            with self._reading, closing(self._read.execute(query, values)) as cursor:
                return cursor.fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"The journal {self._path} cannot be read: {error}.") from error

    def _run(self) -> None:
        going = True
        while going:
            group = self._next_group()
            going = None not in group
            self._commit([record for record in group if record is not None])

    def _next_group(self) -> list[_Record | None]:
        group = [self._queue.get()]
        while len(group) < _GROUP and group[-1] is not None:
            try:
                group.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return group

    def _commit(self, group: list[_Record]) -> None:
        try:
            with self._write:  # rolls back when something is raised
                self._write.execute("BEGIN IMMEDIATE")
                for record in group:
                    self._write.executemany("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)", record.events)
                    self._write.executemany("INSERT OR REPLACE INTO streams VALUES (?, ?, ?)", record.streams)
        except sqlite3.Error as error:
            failure = JournalError(f"The journal {self._path} cannot be written: {error}.")
            for record in group:
                record.done.set_exception(failure)
        else:
            for record in group:
                record.done.set_result(None)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _bounded(given: int | None, default: int) -> int:
    return default if given is None else max(0, min(given, _MAX_ID))
