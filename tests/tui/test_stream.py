from __future__ import annotations

from bridge.wire.findings import Finding
from bridge.wire.link.requests import ListEvents
from tests.operator.fake_bridge import FakeBridge, a_busy_stream, a_stream, an_event
from tests.tui.rig import Rig, running
from tests.tui.scene import SECONDS, remember_levels, the_events, the_stream
from tui.screens.raw_event import RawEventScreen
from tui.screens.stream import StreamScreen
from tui.widgets.ladder import Ladder

ID = a_stream(1).stream_id


async def opened(rig: Rig) -> Ladder:
    await rig.press("enter")
    assert isinstance(rig.app.screen, StreamScreen)
    await rig.bridge.was_asked(ListEvents)
    return rig.app.screen.query_one(Ladder)


async def test_every_field_is_shown(rig: Rig) -> None:
    await opened(rig)
    shown = rig.text()
    stream = a_busy_stream()
    for value in (stream.stream_id, stream.call_uuid, stream.from_, stream.to, stream.service_url, stream.remote):
        assert value in shown
    for words in (
        "bidirectional",
        "customer=c1234",
        "the agent has the call, 1 listening",
        "caller pressed 12#",
        "sent 9",
    ):
        assert words in shown
    for words in ("PlayedStream 2x", "A frame had no event name. (2x)", "2 frames could not be read", "2400 frames"):
        assert words in shown


async def test_what_the_bot_does_wrong_is_shown_with_its_remedy(bridge: FakeBridge) -> None:
    finding = Finding(code="clear-no-id", level="warning", text="No id.", remedy="Send one.", count=2, first_at=5)
    bridge.streams[0].findings = [finding]
    async with running(bridge) as rig:
        await opened(rig)
        assert "clear-no-id (2x): No id. Send one." in rig.text()


async def test_the_ledger_tells_how_each_checkpoint_ended(rig: Rig) -> None:
    await opened(rig)
    ledger = rig.text("#ledger")
    assert "8.4 of 40 s" in ledger
    assert "greeting played 812 ms" in ledger
    assert "menu" in ledger
    assert "cleared" in ledger
    assert "overdue" in ledger
    assert "done 84 ms" in ledger


async def test_the_ladder_is_made_of_the_streams_whole_history(bridge: FakeBridge) -> None:
    old = [an_event(number, source=source, event=f"{source}-{number}") for number, source in enumerate(SOURCES, -9)]
    other = an_event(0, stream_id=a_stream(2).stream_id, event="not-mine")
    bridge.journal = [*old, other, *bridge.events]
    async with running(bridge) as rig:
        ladder = await opened(rig)
        await rig.until(lambda: ladder.total == 45)
        assert "not-mine" not in rig.text("#ladder")
        await rig.press("home")
        lines = rig.text("#ladder").splitlines()
        assert "0:00.000" in lines[0]
        assert "│╌ callback-" in lines[0]
        assert lines[0].index("▶") < lines[0].rindex("│")
        assert "│─ carrier-" in lines[1]
        assert "│◀" in lines[2]
        assert "◆ bridge-" in lines[4]


async def test_each_rung_says_how_long_after_the_one_before_it_came(bridge: FakeBridge) -> None:
    async with running(bridge) as rig:
        ladder = await opened(rig)
        await rig.until(lambda: ladder.total == 40)
        await rig.press("home")
        lines = rig.text("#ladder").splitlines()
        assert "+0.000" in lines[0]
        assert "0:00.200  +0.100" in lines[2]


async def test_media_between_two_events_is_one_rung_with_the_frames_of_each_way(bridge: FakeBridge) -> None:
    bridge.streams = [the_stream()]
    bridge.events = the_events()
    async with running(bridge) as rig:
        remember_levels(rig.session.store, rig.session.store.streams[SECONDS])
        ladder = await opened(rig)
        await rig.until(lambda: ladder.total > len(bridge.events))
        await rig.press("v", "home")
        lines = rig.text("#ladder").splitlines()
        after = next(number for number, line in enumerate(lines) if "clearedAudio" in line) + 1
        assert "470 media ═" in lines[after]
        assert "═ 376 media" in lines[after]
        assert "+9.416" in lines[after + 1]
        await rig.press("down", "enter")
        assert isinstance(rig.app.screen, StreamScreen)


async def test_the_ladder_takes_the_whole_screen_and_gives_it_back(rig: Rig) -> None:
    ladder = await opened(rig)
    height = ladder.size.height
    await rig.press("v")
    await rig.until(lambda: ladder.size.height > height)
    await rig.press("v")
    await rig.until(lambda: ladder.size.height == height)


SOURCES = ("callback", "carrier", "agent", "operator", "bridge")


async def test_new_events_come_in_and_those_of_other_streams_do_not(rig: Rig) -> None:
    rig.bridge.journal = list(rig.bridge.events)
    ladder = await opened(rig)
    await rig.until(lambda: ladder.total == 40)
    await rig.bridge.push(events=[an_event(41), an_event(42, stream_id=a_stream(2).stream_id)])
    await rig.until(lambda: ladder.total == 41)
    assert ladder.selected.id == 41


async def test_enter_shows_the_event_and_escape_goes_back_one_level(rig: Rig) -> None:
    rig.bridge.journal = list(rig.bridge.events)
    ladder = await opened(rig)
    await rig.until(lambda: ladder.total == 40)
    await rig.press("enter")
    assert isinstance(rig.app.screen, RawEventScreen)
    await rig.press("escape")
    assert isinstance(rig.app.screen, StreamScreen)
    await rig.press("escape")
    assert not isinstance(rig.app.screen, StreamScreen)


async def test_the_screen_stays_on_a_stream_that_ended_and_is_gone(rig: Rig) -> None:
    await opened(rig)
    await rig.bridge.push(streams=[a_stream(1, state="ended", end_reason="dropped", closed_by="carrier")])
    await rig.until(lambda: "closed first by the carrier" in rig.text())
    await rig.bridge.push(removed=[1])
    await rig.until(lambda: 1 not in rig.session.store.streams)
    await rig.pilot.pause(0.2)
    assert "closed first by the carrier" in rig.text()


async def test_changes_while_the_stream_is_open_are_in_the_list_afterwards(rig: Rig) -> None:
    await opened(rig)
    await rig.bridge.push(streams=[a_stream(3, state="ended", end_reason="stopped", ended_at=a_stream(3).started_at)])
    await rig.until(lambda: rig.session.store.streams[3].state == "ended")
    await rig.press("escape")
    await rig.until(lambda: "◦ stopped" in rig.text("#streams"))


async def test_another_stream_that_got_its_handle_does_not_take_its_place(rig: Rig) -> None:
    await opened(rig)
    await rig.bridge.push(full=True, streams=[a_stream(1, stream_id="another", from_="+15550000000")])
    await rig.until(lambda: rig.session.store.streams[1].stream_id == "another")
    await rig.pilot.pause(0.25)
    assert ID in rig.text()
    assert "+15550000000" not in rig.text()
