"""The phone on a bridge that is far away: 80 ms give or take 30, and a stall in every hundred pieces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from bridge.audio.codec import decode
from bridge.wire.commands import PlayAudio, read_command
from bridge.wire.formats import MULAW_8K
from bridge.wire.link.audio import pack_audio
from bridge.wire.link.requests import Listen
from tests.bad_link import Weather, bad_link
from tests.phone.conftest import running_handset
from tests.phone.test_call import delay, frames, in_hand, likeness_db, speak, spoken
from tests.server.rig import Rig, running
from tests.sound_rig import RATE, SoundRig

MOST_CONCEALED_PERCENT = 1.0
"""Twice the figure for Wi-Fi, as ten seconds hold few stalls."""


@asynccontextmanager
async def far_away(folder: Path) -> AsyncIterator[tuple[Rig, Rig]]:
    """A bridge, and the same bridge as it is reached over a bad link."""
    async with running(folder) as rig:
        port = int(rig.ready.control.rpartition(":")[2])
        async with bad_link(port, Weather()) as far_port:
            ready = msgspec.structs.replace(rig.ready, control=f"ws://127.0.0.1:{far_port}")
            yield rig, replace(rig, ready=ready)


async def test_the_caller_is_heard_over_a_bad_link_with_hardly_a_word_made_up(
    sound_rig: SoundRig, tmp_path: Path
) -> None:
    said = frames(spoken(8000)) * 4
    depths: list[int] = []
    async with (
        far_away(tmp_path / "data") as (near, far),
        near.carrier() as carrier,
        running_handset(far, tmp_path / "log") as handset,
    ):
        await in_hand(handset)
        speaking = asyncio.create_task(speak(carrier, said), name="caller")
        while not speaking.done():
            depths.append(handset.state.depth_ms)
            await asyncio.wait({speaking}, timeout=0.1)
        assert handset.state.concealed_percent <= MOST_CONCEALED_PERCENT
    assert max(depths[-40:]) <= 200, "the delay does not grow"


async def test_the_operator_is_understood_over_a_bad_link(sound_rig: SoundRig, tmp_path: Path) -> None:
    heard = bytearray()
    async with (
        far_away(tmp_path / "data") as (near, far),
        near.carrier() as carrier,
        running_handset(far, tmp_path / "log") as handset,
    ):
        await in_hand(handset)
        await handset.step("talk")
        await handset.until(lambda state: state.on_air)
        async with sound_rig.speak(spoken(RATE)), asyncio.timeout(15):
            while len(heard) < 4 * 8000:
                command = read_command(await carrier.recv())
                if isinstance(command, PlayAudio):
                    heard += command.payload
    words, at_carrier = spoken(8000), decode(bytes(heard), MULAW_8K)
    likeness = likeness_db(at_carrier[delay(at_carrier, words) :], words, 8000)
    assert np.median(likeness) > 15
    assert likeness.min() > 3, "no word is missing"


async def test_mu_law_takes_eight_kilobytes_a_second_and_its_heads(tmp_path: Path) -> None:
    """The operators' audio is binary, and in the stream's own coding."""
    said = frames(spoken(8000))[:50]
    async with running(tmp_path / "data") as rig, rig.carrier() as carrier, rig.watcher() as watcher:
        await watcher.state("s-1", "live")
        await watcher.link.request(Listen(stream_id="s-1"))
        await speak(carrier, said)
        await watcher.until(lambda: len(watcher.audio) == len(said))
    assert [audio.payload for audio in watcher.audio] == said
    assert sum(len(pack_audio(audio)) for audio in watcher.audio) < 9_000
