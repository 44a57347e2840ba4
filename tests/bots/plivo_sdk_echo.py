"""An echo by plivo-stream-sdk as its README shows it, with a checkpoint twice a second and a clear at each digit.

A frame that the SDK's strict models do not take ends the stream with 1011.
"""

import asyncio

import click
from plivo_stream import DtmfEvent, MediaEvent, PlivoWebsocketStreamingHandler
from websockets.asyncio.server import ServerConnection, serve


async def echo(socket: ServerConnection) -> None:
    handler = PlivoWebsocketStreamingHandler()

    @handler.on_media
    async def say_back(event: MediaEvent) -> None:
        await handler.send_media(event.get_raw_media())
        if event.media.chunk % 25 == 0:
            await handler.send_checkpoint(f"chunk {event.media.chunk}")

    @handler.on_dtmf
    async def fall_silent(event: DtmfEvent) -> None:
        await handler.send_clear_audio()

    @handler.on_error
    async def give_up(error: Exception) -> None:
        await socket.close(1011, str(error)[:100])

    await handler.handle(socket)


async def main() -> None:
    async with serve(echo, "127.0.0.1", 0) as server:
        click.echo(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/stream")
        await server.serve_forever()


asyncio.run(main())
