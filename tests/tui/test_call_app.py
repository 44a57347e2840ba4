"""The screen of an own call, with a call that the test makes up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from bridge.phone.pipe import PhoneState
from bridge.wire.findings import Finding
from bridge.wire.turns import Figure, Talk, Turn, TurnsView
from tui.call_app import CallApp
from tui.call_view import CallView

ON_AIR = PhoneState(running=True, listening=True, mode="takeover", on_air=True, input_device="mic", output_device="ear")
TURNS = TurnsView(
    at_ms=9000,
    greeting_ms=412,
    response=Figure(count=1, last_ms=830, median_ms=830, p95_ms=None, worst_ms=830),
    caller=Talk(ms=2000, share=0.4),
    agent=Talk(ms=3000, share=0.6),
    operator=Talk(ms=0, share=0.0),
    turns=[
        Turn(speaker="caller", start_ms=3000, end_ms=5000, barge_in=True, stop_ms=210),
        Turn(speaker="agent", start_ms=5830, response_ms=830),
    ],
)
FINDINGS = [
    Finding(code="clear-no-id", level="warning", text="It does not say which.", remedy="Send it.", first_at=1),
    Finding(code="play-long", level="error", text="\x1b[2JIt is long.", remedy="Cut it.", first_at=2, count=3),
]


class MadeUpCall:
    def __init__(self) -> None:
        self.view = CallView(target="ws://bot.test/\x1b[31mws")
        self.did: list[str] = []

    def begin(self) -> None:
        self.did.append("begin")

    def hang_up(self) -> None:
        self.did.append("hang up")
        self.view = replace(self.view, over=True)

    def press(self, digit: str) -> None:
        self.did.append(digit)

    async def mute(self) -> None:
        self.did.append("mute")

    def record(self) -> None:
        self.did.append("record")


def shown(app: CallApp) -> str:
    lines = [[segment.text for segment in strip] for strip in app.screen._compositor.render_strips()]
    return "\n".join("".join(line) for line in lines)


async def test_the_call_begins_when_the_screen_is_there_and_keys_do_what_they_say() -> None:
    call = MadeUpCall()
    app = CallApp(call)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert call.did == ["begin"]
        await pilot.press("m", "r", "5", "*", "#", "D", "x")
        await pilot.pause(0.2)
    assert call.did == ["begin", "mute", "record", "5", "*", "#", "D", "hang up"]
    assert app.return_code == 0


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_what_is_known_of_the_call_is_shown(size: tuple[int, int]) -> None:
    call = MadeUpCall()
    call.view = replace(
        call.view,
        seconds=65.0,
        said_dbfs=-20.0,
        pressed="12",
        turns=TURNS,
        findings=FINDINGS,
        recording=True,
        phone=ON_AIR,
    )
    app = CallApp(call)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.15)
        screen = shown(app)
    assert "● 1:05  ● recording" in screen
    assert "you pressed 12" in screen
    assert "greeting 0.41 s · response 0.83 s" in screen
    assert "barge-in" in screen
    assert " ON AIR  mic / ear" in screen
    assert screen.index("✗ play-long 3x") < screen.index("! clear-no-id")
    assert "\x1b" not in screen


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        (PhoneState(), "The phone rings at the bot ..."),
        (structs.replace(ON_AIR, on_air=False), "MUTED  m speaks again"),
        (
            structs.replace(ON_AIR, on_air=False, muted_because="the microphone was lost"),
            "MUTED: the microphone was lost",
        ),
        (PhoneState(problem="Nothing is there."), "NO SOUND  Nothing is there."),
        (PhoneState(problem="None is there.", output_device="ear"), "NO MICROPHONE  None is there."),
    ],
)
async def test_how_the_sound_does_is_told(phone: PhoneState, words: str) -> None:
    call = MadeUpCall()
    call.view = replace(call.view, phone=phone, steps=["Stream: ws://bot.test."])
    app = CallApp(call)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.15)
        assert words in shown(app)
        assert "Stream: ws://bot.test." in shown(app)
