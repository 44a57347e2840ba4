"""Pictures of the screens, compared as SVG.

After a wanted change: `pytest tests/tui/test_snapshots.py --snapshot-update`, and look at what it wrote.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import textual
from textual.pilot import Pilot
from textual.widgets import Input

from bridge.operator.feed import LinkState
from bridge.wire.events import Event
from bridge.wire.views import CheckpointView, StreamView
from tests.operator.fake_bridge import NOW, a_busy_stream, a_stream, an_agent, an_event
from tests.tui.rig import still_app
from tui.app import OffhookApp

TEXTUAL = "8.2.8"
SMALL, MIDDLE, LARGE = (80, 24), (120, 36), (200, 60)
SnapCompare = Callable[..., bool]
pytestmark = pytest.mark.usefixtures("_pinned_textual")


@pytest.fixture
def _pinned_textual() -> None:
    if textual.__version__ != TEXTUAL:
        pytest.fail(
            f"These pictures were made with Textual {TEXTUAL}, this is {textual.__version__}: install that one."
        )


def streams() -> list[StreamView]:
    played = CheckpointView(name="welcome", sent_at=NOW, played_at=NOW + timedelta(milliseconds=1204))
    waiting = CheckpointView(name="op-2", sent_at=NOW)
    ended = {"state": "ended", "ended_at": NOW - timedelta(seconds=5)}
    return [
        a_busy_stream(5),
        a_stream(
            17,
            from_="+447700900123",
            caller_dbfs=-22.0,
            checkpoints=[played],
            queued_ms=1200,
            mode="agent",
            agent=an_agent(),
        ),
        a_stream(
            26,
            from_="+12025550143",
            content_type="audio/x-l16",
            sample_rate=16000,
            caller_dbfs=-41.0,
            mode="whisper",
            operator="bert",
            mode_since=NOW - timedelta(seconds=8),
            agent=an_agent(),
        ),
        a_stream(34, from_="+12025550188", agent_dbfs=-6.0, queued_ms=31_000, checkpoints=[waiting]),
        a_stream(61, from_="sip:alice@example.com", to="sip:support@example.com", direction="outbound"),
        a_stream(68, from_="+447700900456", mode="agent", agent=an_agent(state="failed"), ringing=True),
        a_stream(75, state="connecting", stream_id="", content_type="", started_at=None, asked_at=NOW),
        a_stream(4000, from_="+447700900777", bidirectional=False, agent_dbfs=-28.0, caller_dbfs=-1.5),
        a_stream(90, end_reason="stopped", closed_by="carrier", close_code=1000, **ended),
        a_stream(99, end_reason="dropped", health="error", health_text="connection lost", **ended),
    ]


def events() -> list[Event]:
    first = a_stream(5).stream_id
    told: list[dict[str, Any]] = [
        {"source": "callback", "event": "answer", "stream_id": "", "text": "Plivo asks what to do with a call."},
        {"event": "start", "stream_id": first, "text": "Stream started: mu-law 8k."},
        {"source": "callback", "event": "StartStream", "stream_id": first, "text": "Audio begins to stream."},
        {"source": "operator", "event": "checkpoint", "stream_id": first, "text": "alex#2 set checkpoint greeting."},
        {"event": "playedStream", "stream_id": first, "text": "Checkpoint greeting was played after 812 ms."},
        {"source": "agent", "event": "playAudio", "stream_id": first, "text": "The agent speaks."},
        {
            "source": "bridge",
            "event": "problem",
            "level": "warning",
            "stream_id": first,
            "text": "A frame had no event name.",
        },
        {
            "source": "callback",
            "event": "DroppedStream",
            "level": "error",
            "stream_id": a_stream(99).stream_id,
            "text": "The stream was dropped: Connection disconnected with the remote service.",
        },
    ]
    return [an_event(number, **fields) for number, fields in enumerate(told, 1)]


def app(theme: str = "offhook-dark", **phone: Any) -> OffhookApp:
    app = still_app(streams(), events(), **phone)
    app.theme = theme
    return app


def pressing(*keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    async def press(pilot: Pilot[int]) -> None:
        assert isinstance(pilot.app, OffhookApp)
        for bar in pilot.app.screen.query(Input):
            bar.cursor_blink = False
        await pilot.press(*keys)
        pilot.app.tick()
        await pilot.pause()

    return press


ON_AIR = {
    "running": True,
    "listening": True,
    "mode": "talk",
    "on_air": True,
    "stream_id": a_stream(17).stream_id,
    "input_device": "Headset",
    "output_device": "Headset",
    "microphone_dbfs": -14.0,
    "speaker_dbfs": -20.0,
    "caller_dbfs": -22.0,
    "depth_ms": 41,
    "target_ms": 60,
    "concealed_ms": 320,
    "concealed_percent": 0.4,
    "shortened_ms": 40,
    "lengthened_ms": 20,
    "echo": "cancelled",
    "gain_db": 6.0,
    "agent_volume_db": -3.0,
    "stereo": True,
}
MUTED = {**ON_AIR, "mode": None, "on_air": False, "muted_because": "you said nothing for 120 s"}
TAKEN_OVER = {**ON_AIR, "mode": "takeover", "taken_over_ms": 84.0}
WHISPER = {**ON_AIR, "mode": "whisper"}
TAKEN_OVER_MUTED = {**MUTED, "mode": "takeover"}
NO_SOUND = {"problem": "PortAudio is not installed: sudo apt install libportaudio2. Everything but sound works."}


def test_switchboard_80_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(), terminal_size=SMALL, run_before=pressing("down"))


def test_switchboard_80_light(snap_compare: SnapCompare) -> None:
    assert snap_compare(app("offhook-light"), terminal_size=SMALL, run_before=pressing())


def test_switchboard_120_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(), terminal_size=MIDDLE, run_before=pressing("down"))


def test_switchboard_200_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(), terminal_size=LARGE, run_before=pressing())


def test_switchboard_200_light(snap_compare: SnapCompare) -> None:
    assert snap_compare(app("offhook-light"), terminal_size=LARGE, run_before=pressing("tab"))


def test_on_air_120_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(**ON_AIR), terminal_size=MIDDLE, run_before=pressing())


def test_on_air_80_light(snap_compare: SnapCompare) -> None:
    assert snap_compare(app("offhook-light", **ON_AIR), terminal_size=SMALL, run_before=pressing())


def test_muted_120_light(snap_compare: SnapCompare) -> None:
    assert snap_compare(app("offhook-light", **MUTED), terminal_size=MIDDLE, run_before=pressing())


def test_taken_over_120_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(**TAKEN_OVER), terminal_size=MIDDLE, run_before=pressing("down"))


def test_taken_over_and_muted_80_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(**TAKEN_OVER_MUTED), terminal_size=SMALL, run_before=pressing())


def test_whisper_80_light(snap_compare: SnapCompare) -> None:
    assert snap_compare(app("offhook-light", **WHISPER), terminal_size=SMALL, run_before=pressing())


def test_take_it_from_somebody_80_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(), terminal_size=SMALL, run_before=pressing("down", "down", "T"))


def test_on_air_without_colour(snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(app(**ON_AIR), terminal_size=SMALL, run_before=pressing())


def test_no_sound_80_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(**NO_SOUND), terminal_size=SMALL, run_before=pressing())


def test_filter_120_light(snap_compare: SnapCompare) -> None:
    assert snap_compare(
        app("offhook-light"), terminal_size=MIDDLE, run_before=pressing("slash", *"!state:ended from:+")
    )


def test_paused_and_all_120_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(), terminal_size=MIDDLE, run_before=pressing("p", "o", "greater_than_sign"))


def test_link_lost_80_dark(snap_compare: SnapCompare) -> None:
    lost = app()
    lost.session.feed.state = LinkState(connected=False, problem="The link to the bridge was lost.")
    assert snap_compare(lost, terminal_size=SMALL, run_before=pressing())


def test_empty_80_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(still_app([], []), terminal_size=SMALL, run_before=pressing())


def test_stream_80_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(), terminal_size=SMALL, run_before=pressing("down", "down", "enter"))


def test_stream_120_light(snap_compare: SnapCompare) -> None:
    assert snap_compare(app("offhook-light"), terminal_size=MIDDLE, run_before=pressing("down", "down", "enter"))


def test_help_120_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(), terminal_size=MIDDLE, run_before=pressing("question_mark"))


def test_raw_event_80_light(snap_compare: SnapCompare) -> None:
    assert snap_compare(app("offhook-light"), terminal_size=SMALL, run_before=pressing("tab", "enter"))


def test_hang_up_question_80_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(), terminal_size=SMALL, run_before=pressing("down", "down", "x"))


def test_devices_120_dark(snap_compare: SnapCompare) -> None:
    names = ["Built-in Audio", "USB Headset"]
    devices = app(
        running=True, inputs=names, outputs=names, input_device="USB Headset", microphone_dbfs=-24.0, echo="ducked"
    )
    assert snap_compare(devices, terminal_size=MIDDLE, run_before=pressing("d"))
