"""Deliberately broken bots on real sockets, one for each finding: each is caught by its code, and by no other.

What exactly is found is tested without sockets in tests/streams/test_findings.py; here it is the emulator that finds.
"""

import asyncio
import base64
import json
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

import bridge.carrier
from bridge.carrier.call import Call
from bridge.carrier.plan import CallPlan, Parties
from bridge.wire.commands import checkpoint_command, clear_audio_command, play_audio_command
from bridge.wire.document import StreamElement
from bridge.wire.findings import RULES
from bridge.wire.formats import L16_8K, MULAW_8K

SPEECH = Path(bridge.carrier.__file__).parent / "speech"
SILENCE = MULAW_8K.silence * 8000

Bot = Callable[[ServerConnection, str], Awaitable[None]]
"""Talks on a socket whose `start` it was given the streamId of; its end is the end of the stream."""


def speech() -> bytes:
    """L16 at 8 kHz, nine seconds of it."""
    spoken = b""
    for name in ("emma-1", "jack-1", "ruth-1"):
        with wave.open(str(SPEECH / f"{name}.wav")) as file:
            spoken += file.readframes(file.getnframes())
    return spoken


def play(audio: bytes = SILENCE[:160], on_top: dict | None = None, **media) -> str:
    fields = {"contentType": "audio/x-mulaw", "sampleRate": 8000, "payload": base64.b64encode(audio).decode()}
    given = {name: value for name, value in {**fields, **media}.items() if value is not None}
    return json.dumps({"event": "playAudio", "media": given, **(on_top or {})})


def says(*commands: str | bytes) -> Bot:
    async def bot(socket: ServerConnection, stream_id: str) -> None:
        for command in commands:
            await socket.send(command)

    return bot


def fills_the_queue(seconds: int) -> Bot:
    return says(*[play_audio_command(SILENCE, MULAW_8K)] * seconds)


async def scraps(socket: ServerConnection, stream_id: str) -> None:
    await socket.send(play_audio_command(SILENCE, MULAW_8K))
    await socket.send(clear_audio_command(stream_id))
    await socket.send(play_audio_command(SILENCE[:160], MULAW_8K))


async def goes_without_waiting(socket: ServerConnection, stream_id: str) -> None:
    await socket.send(play_audio_command(SILENCE, MULAW_8K))
    await socket.send(checkpoint_command(stream_id, "goodbye"))
    await socket.close()


async def breaks(socket: ServerConnection, stream_id: str) -> None:
    await socket.close(1011, "an exception")


def pieces(audio: bytes, audio_format) -> list[str]:
    return [play_audio_command(audio[at : at + 4000], audio_format) for at in range(0, len(audio), 4000)]


BOTS: dict[str, Bot] = {
    "not-a-command": says(b"binary"),
    "unknown-command": says('{"event":"flyAway"}'),
    "one-way": says(play()),
    "play-no-payload": says('{"event":"playAudio","media":{}}'),
    "play-stream-id": says(play(on_top={"streamId": "x"})),
    "play-rate-string": says(play(sampleRate="8000")),
    "play-rate-in-type": says(play(contentType="audio/x-mulaw;rate=8000")),
    "play-no-format": says(play(contentType=None, sampleRate=None)),
    "play-unknown-format": says(play(contentType="wav")),
    "play-other-format": says(play(contentType="audio/x-l16", sampleRate=16000)),
    "play-other-coding": says(*pieces(speech()[:80_000], MULAW_8K)),
    "play-byte-order": says(*pieces(np.frombuffer(speech(), "<i2").byteswap().tobytes(), L16_8K)),
    "play-file-header": says(play(b"RIFF" + SILENCE[:160])),
    "play-half-sample": says(play_audio_command(b"\0" * 321, L16_8K)),
    "play-long": says(play(SILENCE + SILENCE[:5000])),
    "play-too-long": says(play(SILENCE * 7)),
    "queue-30": fills_the_queue(13),
    "queue-60": fills_the_queue(25),
    "queue-90": fills_the_queue(37),
    "queue-overflow": fills_the_queue(41),
    "checkpoint-no-name": says('{"event":"checkpoint"}'),
    "checkpoint-same-name": says(checkpoint_command("x", "same"), checkpoint_command("x", "same")),
    "checkpoint-unreached": goes_without_waiting,
    "clear-no-id": says('{"event":"clearAudio"}'),
    "clear-stream-id": says('{"event":"clearAudio","stream_id":"x"}'),
    "audio-after-clear": scraps,
    "dtmf-digits": says('{"event":"sendDTMF","dtmf":"?"}'),
    "closed-with-error": breaks,
}


@pytest.fixture
async def bots():
    """All of them on one port, each at the path of its code."""

    async def serve_bot(socket: ServerConnection) -> None:
        try:
            started = json.loads(await socket.recv())
            await BOTS[socket.request.path.strip("/")](socket, started["start"]["streamId"])
            async for _ in socket:
                pass
        except ConnectionClosed:
            return

    async with serve(serve_bot, "127.0.0.1", 0, max_size=None) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def call(url: str, code: str) -> list[str]:
    in_l16 = code in ("play-byte-order", "play-half-sample")
    stream = StreamElement(
        url=f"{url}/{code}",
        bidirectional=code != "one-way",
        content_type=(L16_8K if in_l16 else MULAW_8K).content_type,
    )
    parties = Parties(from_="+447700900123", to="+14155550100")
    outcome = await Call(CallPlan(parties=parties, target=stream, seconds=2.5)).run()
    return [finding.code for finding in outcome.findings]


async def test_every_broken_bot_is_caught_by_its_code_and_by_no_other(bots):
    assert set(BOTS) == set(RULES)
    found = await asyncio.gather(*(call(bots, code) for code in BOTS))
    assert dict(zip(BOTS, found, strict=True)) == {code: [code] for code in BOTS}
