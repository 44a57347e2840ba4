"""A call for pictures of timelines: what was said, set and done is made up here, and the same every time."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import sin

from bridge.operator.store import Store
from bridge.wire.link import CheckpointView, ClearView, Event, Meter, StreamView
from bridge.wire.turns import Figure, Talk, Turn, TurnsView
from tests.operator.fake_bridge import NOW, a_stream, an_event

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


def the_stream(**fields: object) -> StreamView:
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
    return TurnsView(at_ms=39_500, response=response, caller=NOBODY, agent=NOBODY, operator=NOBODY, turns=TURNS)


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
        (28.2, "operator", "takeover", "alex has taken over.", {"operator": "alex", "on": True}),
        (35.2, "operator", "handback", "alex handed the call back.", {"operator": "alex"}),
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
