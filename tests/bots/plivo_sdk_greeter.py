"""A bot by plivo-stream-sdk that greets with a canned sentence, in one burst with a checkpoint behind it."""

import asyncio
import wave
from pathlib import Path

import click
from plivo_stream import PlivoWebsocketStreamingHandler, StartEvent
from websockets.asyncio.server import ServerConnection, serve

from bridge.audio.codec import decode, encode
from bridge.wire.formats import L16_8K, MULAW_8K

SENTENCE = Path(__file__).parents[2] / "bridge/carrier/speech/sam-1.wav"


def greeting() -> bytes:
    with wave.open(str(SENTENCE)) as file:
        return encode(decode(file.readframes(file.getnframes()), L16_8K), MULAW_8K)


async def greet(socket: ServerConnection) -> None:
    handler = PlivoWebsocketStreamingHandler()

    @handler.on_start
    async def say_hello(event: StartEvent) -> None:
        said = greeting()
        for at in range(0, len(said), MULAW_8K.bytes_per_second):
            await handler.send_media(said[at : at + MULAW_8K.bytes_per_second])
        await handler.send_checkpoint("greeting")

    await handler.handle(socket)


async def main() -> None:
    async with serve(greet, "127.0.0.1", 0) as server:
        click.echo(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/stream")
        await server.serve_forever()


asyncio.run(main())
