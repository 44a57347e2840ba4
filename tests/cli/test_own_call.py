"""`offhook call` on a terminal: a person, a real sound server, and a bot."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import numpy as np

from bridge.audio.codec import decode, encode
from bridge.wire.commands import play_audio_command
from bridge.wire.formats import MULAW_8K
from tests.cli.conftest import Offhook
from tests.cli.test_terminal import on_screen
from tests.server.bot import Bot, a_bot
from tests.sound_rig import RATE, SoundRig

SECONDS = 2


def tone(hz: int, rate: int) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(SECONDS * rate) / rate)).astype(np.float32)


def loudest_hz(samples: np.ndarray, rate: int) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples))


def said(bot: Bot) -> np.ndarray:
    """The newest half second of the caller."""
    payloads = [b64decode(frame["media"]["payload"]) for frame in bot.events("media")[-25:]]
    return decode(b"".join(payloads), MULAW_8K)


async def test_a_person_speaks_with_a_bot_through_microphone_and_speakers(
    offhook: Offhook,
    sound_rig: SoundRig,
) -> None:
    async with a_bot() as bot, on_screen(offhook, "call", bot.url, **sound_rig.environment) as screen:
        await screen.shows(b"ON AIR")
        async with sound_rig.speak(tone(1000, RATE)):
            await bot.until(lambda: np.abs(said(bot)).max() > 0.05)
            await bot.event("media", len(bot.events("media")) + 25)
        assert abs(loudest_hz(said(bot), 8000) - 1000) < 20
        async with sound_rig.recording() as recording:
            for piece in np.split(tone(700, 8000), SECONDS * 50):
                await bot.say(play_audio_command(encode(piece, MULAW_8K), MULAW_8K))
            await recording.next(0.7)
            heard = await recording.next_stereo(0.5)
        for side in (heard[:, 0], heard[:, 1]):
            assert abs(loudest_hz(side, RATE) - 700) < 20, "the bot is heard on both sides"
        screen.type("5")
        assert (await bot.event("dtmf"))["dtmf"]["digit"] == "5"
        screen.type("r")
        await screen.shows(b"recording")
        screen.type("x")
        assert await screen.left() == 0
        await screen.shows(b"Recording: ")
        await screen.shows(b"the caller hung up")
    (notes,) = offhook.folder.glob("*.json")
    assert json.loads(notes.read_bytes())["stream"]["dtmf_in"] == "5"


async def test_without_sound_the_call_goes_on_and_says_so(offhook: Offhook, tmp_path: Path) -> None:
    nowhere = {"PULSE_SERVER": f"unix:{tmp_path}/none", "ALSA_CONFIG_PATH": "/dev/null"}
    async with a_bot() as bot, on_screen(offhook, "call", bot.url, **nowhere) as screen:
        await screen.shows(b"NO SOUND")
        await bot.event("media", len(bot.events("media")) + 10)
        screen.type("x")
        assert await screen.left() == 0
