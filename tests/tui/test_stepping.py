"""Whisper, talk, take over, hand back: the keys, the questions, and what is seen of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec import structs

from bridge.phone.step import Step
from bridge.wire.link.answers import Failed
from bridge.wire.link.requests import Record, StepOut
from bridge.wire.modes import Mode
from tests.operator.fake_bridge import NOW, FakeBridge, a_stream, an_agent
from tests.tui.rig import Rig, running
from tui.screens.dialog import Dialog
from tui.widgets.talk_button import TalkButton

WITH_AGENT = a_stream(1, mode="agent", agent=an_agent())
DIRECT = a_stream(2)
ANNAS = a_stream(3, mode="takeover", operator="anna", agent=an_agent(), mode_since=NOW - timedelta(seconds=42))


@pytest.fixture
async def bridge(bridge: FakeBridge) -> FakeBridge:
    bridge.streams = [WITH_AGENT, DIRECT, ANNAS]
    return bridge


@pytest.fixture
async def rig(bridge: FakeBridge) -> AsyncIterator[Rig]:
    async with running(bridge) as rig:
        rig.session.may_talk = True
        yield rig


@pytest.mark.parametrize(
    ("key", "mode", "words"),
    [("w", "whisper", "WHISPER"), ("t", "talk", "ON AIR"), ("T", "takeover", "ON AIR · TAKEN OVER")],
)
async def test_a_key_steps_in_and_listens(rig: Rig, key: str, mode: Mode, words: str) -> None:
    await rig.press(key)
    await rig.until(lambda: rig.handset.told == ["listen 00000001 on", f"step {mode}"])
    await rig.until(lambda: words in rig.text("PhoneBar") and words in rig.text("TopBar"))


async def test_its_key_steps_out_of_whisper_and_talk(rig: Rig) -> None:
    for key in "wt":
        await rig.press(key)
        await rig.until(lambda: rig.session.phone.mode)
        await rig.press(key)
        await rig.until(lambda: rig.handset.told[-1] == "step out")


async def test_one_goes_straight_from_one_mode_into_another(rig: Rig) -> None:
    for key, mode in (("w", "whisper"), ("T", "takeover"), ("t", "talk")):
        await rig.press(key)
        await rig.until(lambda mode=mode: rig.session.phone.mode == mode)
    assert rig.handset.told == ["listen 00000001 on", "step whisper", "step takeover", "step talk"]


async def test_how_long_the_takeover_took_is_told(rig: Rig) -> None:
    rig.handset.become(listening=True, mode="takeover", on_air=True, taken_over_ms=84.2, stream_id=WITH_AGENT.stream_id)
    await rig.says("00000001 was taken over in 84 ms")
    await rig.until(lambda: "taken over in 84 ms" in rig.text("PhoneBar"))


async def test_h_hands_back_wherever_the_cursor_is(rig: Rig) -> None:
    await rig.press("T")
    await rig.until(lambda: rig.session.phone.mode == "takeover")
    await rig.press("down", "H")
    await rig.until(lambda: rig.handset.told[-1] == "step out")
    await rig.says("Handed back: the caller of 00000001 no longer hears you.")


async def test_m_mutes_a_takeover_and_speaks_again_without_handing_back(rig: Rig) -> None:
    await rig.press("T", "m")
    await rig.until(lambda: "TAKEN OVER · MUTED" in rig.text("PhoneBar"))
    await rig.says("Muted: the caller of 00000001 hears nobody")
    await rig.press("m")
    await rig.until(lambda: "ON AIR · TAKEN OVER" in rig.text("PhoneBar"))
    assert rig.handset.told[-3:] == ["step takeover", "mute", "unmute"]


async def test_m_and_h_also_stop_a_phone_that_is_about_to_step_in(rig: Rig) -> None:
    await rig.press("m")
    await rig.says("Your microphone is not on air: t talks, T takes over.")
    await rig.press("H")
    await rig.says("Nobody has stepped in on 00000001")
    assert rig.handset.told == ["mute", "step out"]


async def test_a_call_that_was_taken_over_is_only_left_by_handing_back(rig: Rig) -> None:
    await rig.press("T")
    await rig.until(lambda: rig.session.phone.mode == "takeover")
    for keys in (["T"], ["l"], ["down", "l"], ["t"]):
        rig.session.say("")
        await rig.press(*keys)
        await rig.says("You have taken 00000001 over: H hands it back, m mutes.")
    assert rig.handset.told[-1] == "step takeover"


async def test_without_an_agent_it_is_said_why_not(rig: Rig) -> None:
    await rig.press("down")
    for key, words in (("w", "t talks to the caller."), ("T", "t talks to the caller."), ("H", "to hand it back to.")):
        rig.session.say("")
        await rig.press(key)
        await rig.says(words)
    assert rig.handset.told == []


async def test_a_call_that_is_over_is_not_asked_about(bridge: FakeBridge) -> None:
    bridge.streams = [structs.replace(ANNAS, state="ended", operator="", mode="agent", ended_at=NOW)]
    async with running(bridge) as rig:
        for key in ("T", "t", "w", "x"):
            rig.session.say("")
            await rig.press(key)
            await rig.says("00000003 (+493023125003) has ended.")
            assert not isinstance(rig.app.screen, Dialog)
        assert rig.handset.told == []


async def test_the_first_microphone_is_asked_for_once(rig: Rig) -> None:
    rig.session.may_talk = False
    await rig.press("w")
    assert "Whisper to the agent of 00000001" in rig.text()
    await rig.press("n", "T")
    assert "Take over 00000001" in rig.text()
    assert rig.handset.told == []
    await rig.press("y")
    await rig.until(lambda: rig.session.phone.mode == "takeover")
    await rig.press("w")
    await rig.until(lambda: rig.session.phone.mode == "whisper")


async def test_a_call_that_somebody_holds_is_taken_by_a_second_key(rig: Rig) -> None:
    await rig.press("down", "down", "T")
    assert "Take 00000003 (+493023125003) from anna?" in rig.text()
    assert "anna has taken over, 0:4" in rig.text()
    await rig.press("enter")
    assert not isinstance(rig.app.screen, Dialog)
    await rig.press("T", "y")
    await rig.until(lambda: rig.handset.told == ["listen 00000003 on", "seize takeover"])


async def test_a_call_that_somebody_holds_is_handed_back_by_a_second_key(rig: Rig) -> None:
    await rig.press("down", "down", "H")
    assert "in place of anna?" in rig.text()
    await rig.press("y")
    step_out = await rig.bridge.was_asked(StepOut)
    assert (step_out.stream_id, step_out.seize) == (ANNAS.stream_id, True)


async def test_handing_back_a_call_tells_that_another_is_under_the_cursor(rig: Rig) -> None:
    await rig.press("T")
    await rig.until(lambda: rig.session.phone.mode == "takeover")
    await rig.press("down", "down", "H")
    await rig.until(lambda: rig.handset.told[-1] == "step out")
    await rig.until(lambda: "is still anna's: H once more" in " ".join(rig.text().split()))
    assert not isinstance(rig.app.screen, Dialog)
    await rig.press("H")
    assert "in place of anna?" in rig.text()


async def test_what_ones_own_script_holds_is_handed_back_at_once(bridge: FakeBridge) -> None:
    async with running(bridge) as rig:
        mine = structs.replace(WITH_AGENT, mode="takeover", operator="test")
        await bridge.push(streams=[mine])
        await rig.until(lambda: rig.app.screen.selected.operator)
        await rig.press("H")
        step_out = await rig.bridge.was_asked(StepOut)
        assert (step_out.stream_id, step_out.seize) == (WITH_AGENT.stream_id, False)


async def test_a_call_that_was_taken_away_is_told_as_long_as_somebody_has_it(rig: Rig) -> None:
    mine = Step(lambda _: None)
    mine.step_in("takeover", seize=False)
    mine.grant("takeover", structs.replace(WITH_AGENT, mode="takeover", operator="test"), 80.0)
    annas = structs.replace(WITH_AGENT, mode="takeover", operator="anna")
    mine.follow(annas)
    stream_id = WITH_AGENT.stream_id
    rig.handset.become(running=True, listening=True, stream_id=stream_id, muted_because=mine.muted_because)
    await rig.until(lambda: "MUTED: anna has the microphone now" in rig.text("PhoneBar"))
    mine.follow(WITH_AGENT)
    rig.handset.become(muted_because=mine.muted_because)
    await rig.until(lambda: "MUTED" not in rig.text("PhoneBar"))


@pytest.fixture
async def onlooker(bridge: FakeBridge) -> AsyncIterator[Rig]:
    bridge.read_only = True
    async with running(bridge) as rig:
        yield rig


async def test_a_read_only_link_is_offered_only_what_it_may_do(onlooker: Rig) -> None:
    await onlooker.until(lambda: "Listen" in onlooker.text("Footer"))
    assert "l listens" in onlooker.text("PhoneBar")
    screen = onlooker.text()
    for words in ("Talk", "Take over", "Hand back", "Hang up", "Whisper", "T takes over", "HOLD TO TALK", "r records"):
        assert words not in screen
    named = [command.title for command in onlooker.app.get_system_commands(onlooker.app.screen)]
    assert any(name.startswith("Listen") for name in named)
    assert not any(name.startswith(("Take over", "Hang up", "Record (")) for name in named)


@pytest.mark.parametrize("key", ["w", "t", "T", "x", "H"])
async def test_a_read_only_link_is_told_so_before_anything_is_asked(onlooker: Rig, key: str) -> None:
    await onlooker.press("down", "down", key)
    await onlooker.says("This is read-only")
    assert not isinstance(onlooker.app.screen, Dialog)
    assert onlooker.handset.told == []


async def test_r_records_and_stops(rig: Rig) -> None:
    await rig.press("r")
    assert (await rig.bridge.was_asked(Record)).on
    await rig.bridge.push(streams=[structs.replace(WITH_AGENT, recording="a-recording")])
    await rig.until(lambda: rig.text("#streams").splitlines()[0].count("●") == 2)
    rig.bridge.asked.clear()
    await rig.press("r")
    assert not (await rig.bridge.was_asked(Record)).on
    rig.bridge.answers[Record] = Failed(id=0, error="The disk is full.")
    await rig.press("r")
    await rig.says("The disk is full.")


async def test_who_holds_a_call_is_seen_in_the_list_on_its_screen_and_while_listening(rig: Rig) -> None:
    assert "◆ takeover" in rig.text("#streams").splitlines()[2]
    assert "anna" in rig.text("#streams").splitlines()[2]
    await rig.press("down", "down", "l")
    await rig.until(lambda: "anna has taken over, 0:4" in rig.text("PhoneBar"))
    await rig.press("enter")
    await rig.until(lambda: "◆ anna has taken over, 0:4" in rig.text("#fields"))


async def test_a_caller_who_waits_is_on_top_and_rings_the_bell_once(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[None] = []
    monkeypatch.setattr(rig.app, "bell", lambda: rung.append(None))
    waiting = structs.replace(ANNAS, mode="agent", operator="", ringing=True, agent=an_agent(state="failed"))
    await rig.bridge.push(streams=[waiting])
    await rig.until(lambda: "RINGING" in rig.text("#streams").splitlines()[0])
    await rig.until(lambda: "1 RINGING" in rig.text("TopBar"))
    await rig.bridge.push(streams=[structs.replace(waiting, listeners=1)])
    await rig.until(lambda: rig.session.store.streams[3].listeners == 1)
    rig.app.tick()
    assert len(rung) == 1
    await rig.press("home", "H")
    await rig.says("The agent of 00000003 (+493023125003) is gone: T takes the call.")


async def test_the_agent_and_who_closed_first_are_on_the_streams_screen(bridge: FakeBridge) -> None:
    agent = an_agent(state="closed", close_code=1011, close_reason="out of words", tried=["ws://first.example/ws"])
    bridge.streams = [a_stream(1, mode="agent", agent=agent, closed_by="agent", end_reason="closed")]
    async with running(bridge, (160, 50)) as rig:
        await rig.press("enter")
        for words in ("closed first by the agent", "closed, 1011 out of words", "tried ws://first.example/ws before"):
            await rig.until(lambda words=words: words in " ".join(rig.text("#fields").split()))


async def test_the_button_speaks_into_a_call_that_was_taken_over_and_muted(rig: Rig) -> None:
    await rig.press("T", "m")
    await rig.until(lambda: "TAKEN OVER · MUTED" in rig.text("PhoneBar") and "HOLD TO TALK" in rig.text("PhoneBar"))
    await rig.pilot.mouse_down(TalkButton)
    await rig.until(lambda: rig.session.phone.on_air)
    await rig.pilot.mouse_up("#streams")
    await rig.until(lambda: not rig.session.phone.on_air)
    assert rig.session.phone.mode == "takeover"


async def test_the_button_asks_before_it_takes_a_call_from_somebody(rig: Rig) -> None:
    await rig.press("down", "down")
    await rig.pilot.mouse_down(TalkButton)
    await rig.until(lambda: isinstance(rig.app.screen, Dialog))
    assert rig.app.mouse_captured is None
    assert rig.handset.told == []
