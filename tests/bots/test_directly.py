"""Bots of other people called by our emulator."""

from __future__ import annotations

from websockets.frames import Opcode

from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import ClearedAudio
from tests.bots.calling import calling, frames, played, said
from tests.bots.wiretap import wiretap

HALF_A_SECOND = MULAW_8K.bytes_per_second // 2


async def test_a_bot_says_back_what_it_hears_and_clears_at_a_digit(bot: str) -> None:
    async with wiretap(bot) as tap:
        async with calling(tap.url, digits=((0.8, "5"),)) as outcome:
            await tap.until(lambda: len(played(tap)) == 2 and len(played(tap)[-1]) >= HALF_A_SECOND)
        await tap.until(lambda: tap.over)
    before, after = played(tap)
    assert before in said(tap)
    assert after in said(tap)
    assert len(before) >= HALF_A_SECOND
    assert len(frames(tap, ClearedAudio)) == 1
    assert [finding.code for finding in outcome.findings if finding.level == "error"] == []
    assert tap.to_bot.frames[-1].opcode is Opcode.CLOSE
