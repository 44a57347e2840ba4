"""What operators ask for, carried out; each request is answered when it has happened."""

from __future__ import annotations

import asyncio
import itertools

from bridge.server.site import Site
from bridge.streams.clock import Moment, moment
from bridge.streams.journal import Journal, JournalError
from bridge.streams.ledger import Settled
from bridge.streams.recording.recorder import RecordingError
from bridge.streams.row import StreamError
from bridge.streams.stream import Stream
from bridge.wire.fields import FrameError
from bridge.wire.link.answers import Answer, Done, Events, Failed, Recordings, Streams, TurnsAnswer
from bridge.wire.link.messages import MAX_MESSAGE_BYTES, fitting
from bridge.wire.link.requests import (
    Checkpoint,
    Clear,
    ClientMessage,
    Dtmf,
    FetchRecording,
    Hangup,
    ListEvents,
    ListRecordings,
    ListStreams,
    ListTurns,
    Record,
    Shutdown,
)

_MAX_EVENTS = 5_000
_MAX_NAME = 256
_MAX_TIMEOUT = 3_600.0
_HANGUP_WITHIN = 10.0
_ANSWER_BYTES = MAX_MESSAGE_BYTES * 3 // 4


class Commands:
    """Carries out requests for any operator."""

    def __init__(self, site: Site, journal: Journal, stop: asyncio.Event) -> None:
        self._site = site
        self._journal = journal
        self._stop = stop
        self._numbers = itertools.count(1)

    async def carry_out(self, request: ClientMessage, operator: str) -> Answer:
        """Do what was asked and say how it went."""
        try:
            return await self._carry_out(request, operator)
        except (StreamError, FrameError, JournalError, RecordingError) as error:
            return Failed(id=request.id, error=str(error))

    async def _carry_out(self, request: ClientMessage, operator: str) -> Answer:
        match request:
            case ListStreams():
                return await self._list_streams(request)
            case ListEvents():
                return await self._list_events(request)
            case Clear():
                return await self._clear(request, operator)
            case Checkpoint():
                return await self._checkpoint(request, operator)
            case Dtmf():
                stream = self._find(request.stream_id)
                stream.control.send_dtmf(request.digits, moment(), operator)
                return Done(id=request.id, text=f"Sent DTMF {request.digits.upper()}.", stream=stream.view)
            case Hangup():
                return await self._hang_up(request, operator)
            case Record():
                return await self._record(request, operator)
            case ListRecordings():
                return Recordings(id=request.id, recordings=await asyncio.to_thread(self._site.recordings.views))
            case FetchRecording():
                return await asyncio.to_thread(self._site.recordings.part, request)
            case ListTurns():
                return await self._list_turns(request)
            case Shutdown():
                self._site.switchboard.log.add(moment(), "operator", "shutdown", f"{operator} ended the bridge.")
                self._stop.set()
                return Done(id=request.id, text="The bridge ends.")
            case _:
                raise StreamError(f"{type(request).__name__} cannot be asked here.")

    def _find(self, reference: str) -> Stream:
        return self._site.switchboard.find(reference)

    async def _list_streams(self, request: ListStreams) -> Streams:
        now = moment()
        rows = {stream.view.handle: stream.refresh(now) for stream in self._site.switchboard.streams.values()}
        if not request.all:
            return Streams(id=request.id, streams=[view for view in rows.values() if view.state != "ended"])
        await self._site.records.committed()
        kept = await asyncio.to_thread(self._journal.streams)
        views = [*rows.values(), *(view for view in kept if view.handle not in rows)]
        views.sort(key=lambda view: (view.state != "ended", view.handle), reverse=True)
        newest = fitting(views, _ANSWER_BYTES)
        return Streams(id=request.id, streams=sorted(newest, key=lambda view: view.handle))

    async def _list_events(self, request: ListEvents) -> Events:
        await self._site.records.committed()
        stream_id, call_uuid = self._named(request.stream_id)
        events, more = await asyncio.to_thread(
            self._journal.events,
            stream_id=stream_id,
            call_uuid=call_uuid,
            after=request.after,
            before=request.before,
            limit=min(max(1, request.limit), _MAX_EVENTS),
        )
        if not events and stream_id and not request.after and not request.before:
            self._find(stream_id)  # raises, where there is no such stream at all
        if request.after is None:
            fit = fitting(reversed(events), _ANSWER_BYTES)[::-1]
        else:
            fit = fitting(events, _ANSWER_BYTES)
        return Events(id=request.id, events=fit, more=more or len(fit) < len(events))

    def _named(self, reference: str) -> tuple[str, str]:
        """The ids of a stream and its call; of one that is only in the journal any more, its full StreamID tells."""
        try:
            view = self._find(reference).view if reference else None
        except StreamError:
            return reference, ""
        return (view.stream_id, view.call_uuid) if view else ("", "")

    async def _clear(self, request: Clear, operator: str) -> Answer:
        stream = self._find(request.stream_id)
        clear = stream.control.clear(moment(), operator)
        if not await settled(clear.settled, request.timeout):
            return Failed(id=request.id, error=f"Plivo did not acknowledge the clear within {request.timeout:g} s.")
        if clear.view.acknowledged_at is None:
            return Failed(id=request.id, error="The stream ended before Plivo acknowledged the clear.")
        took = (clear.view.acknowledged_at - clear.view.sent_at).total_seconds() * 1000
        text = f"Cleared: Plivo acknowledged after {took:.0f} ms."
        return Done(id=request.id, text=text, took_ms=took, stream=stream.view)

    async def _checkpoint(self, request: Checkpoint, operator: str) -> Answer:
        name = request.name[:_MAX_NAME] or f"{operator}-{next(self._numbers)}"
        stream = self._find(request.stream_id)
        checkpoint = stream.control.checkpoint(name, moment(), operator)
        if not await settled(checkpoint.settled, request.timeout):
            return Failed(id=request.id, error=f"Checkpoint {name} was not played within {request.timeout:g} s.")
        if checkpoint.view.cleared:
            return Failed(id=request.id, error=f"Checkpoint {name} was cleared before it was played.")
        if checkpoint.view.played_at is None:
            return Failed(id=request.id, error=f"The stream ended before checkpoint {name} was played.")
        took = (checkpoint.view.played_at - checkpoint.view.sent_at).total_seconds() * 1000
        text = f"Checkpoint {name} was played after {took:.0f} ms."
        return Done(id=request.id, text=text, took_ms=took, stream=stream.view)

    async def _record(self, request: Record, operator: str) -> Answer:
        stream = self._find(request.stream_id)
        if not request.on:
            name = stream.view.recording
            stream.observers.stop_recording(moment(), operator)
            await self._site.recordings.kept(name)
            return Done(id=request.id, text=f"Recorded as {name}.", stream=stream.view, recording=name)
        name = self._site.record(stream, moment(), operator)
        await self._site.recordings.begun(name)
        return Done(id=request.id, text=f"Recording as {name}.", stream=stream.view, recording=name)

    async def _list_turns(self, request: ListTurns) -> TurnsAnswer:
        try:
            stream = self._find(request.stream_id)
        except StreamError:
            kept = await asyncio.to_thread(self._site.recordings.turns, request.stream_id)
            if kept is None:
                raise
            return TurnsAnswer(id=request.id, turns=kept)
        stream.observe(moment())
        turns = stream.observers.report or await asyncio.to_thread(self._site.recordings.turns, stream.view.stream_id)
        if turns is None:
            raise StreamError(
                f"The turns of {stream.label} were not measured: `turns` in offhook.toml says on how many calls at a "
                "time they are."
            )
        return TurnsAnswer(id=request.id, turns=turns)

    async def _hang_up(self, request: Hangup, operator: str) -> Answer:
        stream = self._find(request.stream_id)
        stream.control.hang_up(moment(), operator)
        if stream.alive and not await settled(stream.on_end, _HANGUP_WITHIN):
            return Failed(id=request.id, error="The socket is closing, but Plivo has not answered yet.")
        return Done(id=request.id, text=f"{stream.label} ended.", stream=stream.view)


async def settled(waiting: list[Settled], timeout: float) -> bool:
    """Wait to be called through this list, at most `timeout` seconds; whether it happened."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settle(_: Moment) -> None:
        if not future.done():
            future.set_result(None)

    waiting.append(settle)
    try:
        async with asyncio.timeout(min(max(0.0, timeout), _MAX_TIMEOUT)):
            await future
    except TimeoutError:
        return False
    finally:
        if settle in waiting:
            waiting.remove(settle)
    return True
