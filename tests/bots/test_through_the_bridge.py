"""Bots of other people behind the bridge: they see the call as without it, and an operator steps in."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.server import websocket
from bridge.wire.commands import ClearAudio, SetCheckpoint
from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import ClearedAudio, Media, PlayedStream
from bridge.wire.link.audio import Leg
from tests.bots.calling import commands, frames, played, said
from tests.bots.through import through_a_bridge
from tests.bots.wiretap import Wiretap

HALF_A_SECOND = MULAW_8K.bytes_per_second // 2
SILENCE = MULAW_8K.silence * MULAW_8K.frame_bytes


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """agent-transport never answers a close, so that the bridge waits in vain for it."""
    monkeypatch.setattr(websocket, "_CLOSE_WITHIN", 0.3)


async def test_a_call_through_the_bridge_is_the_same_to_the_byte_while_it_is_heard_and_recorded(
    bot: str, tmp_path: Path
) -> None:
    async with through_a_bridge(bot, tmp_path, digits=((0.8, "5"),)) as call:
        await call.listen()
        await call.record()
        await call.outside.until(
            lambda: len(played(call.outside)) == 2 and len(played(call.outside)[-1]) >= HALF_A_SECOND
        )
        before_hangup = len(call.inside.to_carrier.frames)
    assert call.inside.to_bot.head[0].endswith("?customer=7 HTTP/1.1")
    assert signature(call.inside) == signature(call.outside) != []
    assert call.inside.to_bot.frames == call.outside.to_bot.frames
    assert call.outside.to_carrier.frames[:before_hangup] == call.inside.to_carrier.frames[:before_hangup]


def signature(tap: Wiretap) -> list[str]:
    """The headers with which the carrier signed its request."""
    return sorted(line for line in tap.to_bot.head if line.startswith("X-Plivo-Signature"))


async def test_an_operator_listens_takes_over_and_hands_back_and_the_bot_goes_on(bot: str, tmp_path: Path) -> None:
    async with through_a_bridge(bot, tmp_path) as call:
        await call.listen()
        for leg in (Leg.CALLER, Leg.AGENT):
            pieces = await call.hear(leg, HALF_A_SECOND)
            assert all(piece in said(call.outside) for piece in pieces)

        taken = await call.take_over()
        words = await call.speak(frames=30)
        await call.outside.until(lambda: len(played(call.outside)[-1]) >= len(words))
        assert taken.took_ms is not None
        assert played(call.outside)[1:] == [words]
        assert frames(call.inside, Media)[-1].payload == SILENCE

        await call.hand_back()
        await call.outside.until(lambda: played(call.outside)[-1][-HALF_A_SECOND:] in said(call.outside))
    assert len(commands(call.outside, ClearAudio)) == 1
    assert frames(call.inside, ClearedAudio) == []
    set_ = [checkpoint.name for checkpoint in commands(call.inside, SetCheckpoint)]
    answered = [checkpoint.name for checkpoint in frames(call.inside, PlayedStream)]
    assert answered == set_[: len(answered)]
    assert len(set_) - len(answered) <= 2
