"""A call for pictures of timelines: what was said, set and done is made up here, and the same every time."""

from __future__ import annotations

import io
import wave
from datetime import datetime, timedelta
from functools import cache
from math import sin
from typing import Any

import numpy as np

from bridge.operator.store import Store
from bridge.wire.events import Event
from bridge.wire.link.answers import Done, Granted, RecordingPart, Recordings, TurnsAnswer
from bridge.wire.link.messages import encode
from bridge.wire.link.requests import ClientMessage, FetchRecording, ListRecordings, ListTurns
from bridge.wire.notes import RecordingNotes
from bridge.wire.recordings import RecordingView
from bridge.wire.turns import Figure, Talk, Turn, TurnsView
from bridge.wire.views import CheckpointView, ClearView, Meter, StreamView
from tests.operator.fake_bridge import NOW, a_stream, an_event
from tests.tui.rig import still_app
from tui.app import OffhookApp

SECONDS = 40
BEGAN = NOW - timedelta(seconds=SECONDS)
TURNS = [
    Turn(speaker="agent", start_ms=700, end_ms=4100, response_ms=None),
    Turn(speaker="caller", start_ms=5000, end_ms=8600),
    Turn(speaker="agent", start_ms=9420, end_ms=15040, response_ms=820),
    Turn(speaker="caller", start_ms=14800, end_ms=18700, barge_in=True, stop_ms=240),
    Turn(speaker="agent", start_ms=20_110, end_ms=24_000, response_ms=1410),
    Turn(speaker="caller", start_ms=25_000, end_ms=27_500),
    Turn(speaker="operator", start_ms=29_000, end_ms=35_000, operator="alex"),
    Turn(speaker="caller", start_ms=35_400, end_ms=39_000),
]
NOBODY = Talk(ms=0, share=None)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def the_stream(**fields: Any) -> StreamView:
    played = at(4.2)
    return a_stream(
        SECONDS,
        stream_id=a_stream(1).stream_id,
        checkpoints=[
            CheckpointView(name="greeting", sent_at=at(0.7), played_at=played),
            CheckpointView(name="menu", sent_at=at(9.5), cleared=True),
            CheckpointView(name="goodbye", sent_at=at(38), due_at=at(41)),
        ],
        clears=[ClearView(sent_at=at(15), acknowledged_at=at(15.084))],
        **fields,
    )


def the_turns() -> TurnsView:
    response = Figure(count=2, last_ms=1410, median_ms=820, p95_ms=None, worst_ms=1410)
    stop = Figure(count=1, last_ms=240, median_ms=240, p95_ms=None, worst_ms=240)
    return TurnsView(
        at_ms=39_500,
        response=response,
        barge_in_stop=stop,
        greeting_ms=700,
        talk_over_ms=240,
        caller=NOBODY,
        agent=NOBODY,
        operator=NOBODY,
        turns=TURNS,
    )


def the_events() -> list[Event]:
    told: list[tuple[float, str, str, str, dict[str, object]]] = [
        (0, "carrier", "start", "Stream started: mu-law 8k.", {}),
        (0.1, "callback", "StartStream", "Audio begins to stream.", {}),
        (0.7, "agent", "checkpoint", "The agent set checkpoint greeting.", {"name": "greeting"}),
        (4.2, "carrier", "playedStream", "Checkpoint greeting was played after 3500 ms.", {"name": "greeting"}),
        (4.3, "callback", "PlayedStream", "Everything queued before checkpoint greeting was played.", {}),
        (7.2, "carrier", "dtmf", "The caller pressed 4.", {"digit": "4"}),
        (7.8, "carrier", "dtmf", "The caller pressed 2.", {"digit": "2"}),
        (15, "agent", "clearAudio", "The agent cleared the queue.", {}),
        (15.084, "carrier", "clearedAudio", "Queued audio was cleared after 84 ms.", {}),
        (24.5, "operator", "listen", "alex listens.", {"operator": "alex", "on": True}),
        (28.2, "operator", "takeover", "alex has taken over from the agent.", {"operator": "alex", "on": True}),
        (35.2, "operator", "takeover", "alex has handed back to the agent.", {"operator": "alex", "on": False}),
    ]
    return [
        an_event(number, at=at(when), source=source, event=name, text=text, data=data, raw="")
        for number, (when, source, name, text, data) in enumerate(told, 1)
    ]


def remember_levels(store: Store, stream: StreamView, since: float = 0.0) -> None:
    """Have the store know the levels of the call since so many seconds after it began."""
    for step in range(round(since * 10), SECONDS * 10 + 1):
        meter = Meter(
            stream.handle, step * 5, step * 4, 0, _level(step, {"caller"}), _level(step, {"agent", "operator"}), 0
        )
        store._measure(meter, at(step / 10).timestamp())


def _level(step: int, speakers: set[str]) -> float | None:
    spoken = (turn for turn in TURNS if turn.speaker in speakers and turn.end_ms is not None)
    if any(turn.start_ms < step * 100 <= (turn.end_ms or 0) for turn in spoken):
        return -20 + 9 * sin(step * 1.7) * sin(step * 0.45)
    return -57 + sin(step) if "caller" in speakers else None


def still_scene(**phone: Any) -> OffhookApp:
    """The application in the midst of the call, which does not go on; it has been heard since its seventh second."""
    stream = the_stream()
    app = still_app([stream], the_events(), **phone)
    remember_levels(app.session.store, stream, since=7)
    app.session.feed.answer = answer
    return app


def answer(message: ClientMessage) -> Granted:
    match message:
        case ListTurns():
            return TurnsAnswer(id=0, turns=the_turns())
        case ListRecordings():
            return Recordings(id=0, recordings=the_recordings())
        case FetchRecording(what=what, offset=0):
            content = the_sound() if what == "wav" else the_notes()
            return RecordingPart(id=0, name=NAME, offset=0, data=content, total=len(content))
    return Done(id=0)


NAME = "20260314T115920.000Z-00000001"


def the_recording(**fields: Any) -> RecordingView:
    stream = the_stream()
    return RecordingView(
        **{
            "name": NAME,
            "stream_id": stream.stream_id,
            "from_": stream.from_,
            "to": stream.to,
            "started_at": BEGAN,
            "seconds": float(SECONDS),
            "bytes": 44 + SECONDS * 8000 * 4,
            "format": "mu-law 8k",
            **fields,
        }
    )


def the_recordings() -> list[RecordingView]:
    """The newest is still being made."""
    earlier = [
        the_recording(
            name=f"2026031{day}T101500.000Z-0000000{day}",
            stream_id=a_stream(day).stream_id,
            from_=f"+44770090012{day}",
            started_at=NOW - timedelta(days=5 - day, hours=2),
            seconds=97.0 * day,
            bytes=97 * day * 32_000,
        )
        for day in range(1, 4)
    ]
    return [*earlier, the_recording(), the_recording(name="newest", started_at=at(30), seconds=10.0, open=True)]


def the_notes() -> bytes:
    return encode(
        RecordingNotes(
            name=NAME,
            began_at=BEGAN,
            offset_ms=0,
            seconds=SECONDS,
            sample_rate=8000,
            stream=the_stream(state="ended", ended_at=NOW),
            events=the_events(),
            turns=the_turns(),
        )
    )


@cache
def the_sound() -> bytes:
    """A stereo WAV file of the call: who speaks is a tone."""
    at = np.arange(SECONDS * 8000) / 8000
    caller = 0.2 * np.sin(2 * np.pi * 440 * at) * _spoken(at, {"caller"})
    far = 0.2 * np.sin(2 * np.pi * 1000 * at) * _spoken(at, {"agent", "operator"})
    content = io.BytesIO()
    with wave.open(content, "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(8000)
        wav.writeframes((np.stack((caller, far), axis=1) * 32767).astype("<i2").tobytes())
    return content.getvalue()


def _spoken(at: np.ndarray, speakers: set[str]) -> np.ndarray:
    """How loud the call is at these seconds, 0 to 1: syllables where somebody of these speaks."""
    loud = np.zeros(len(at))
    for turn in TURNS:
        if turn.speaker in speakers and turn.end_ms is not None:
            loud[(at >= turn.start_ms / 1000) & (at < turn.end_ms / 1000)] = 1
    return loud * (0.3 + 0.7 * np.abs(np.sin(2 * np.pi * 1.7 * at) * np.sin(2 * np.pi * 0.37 * at)))
