"""The plain relay: what one writes first, with the `websockets` library. Arguments: the agent's port."""

from __future__ import annotations

import asyncio
import sys

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


async def relay(carrier: ServerConnection) -> None:
    async with connect(f"ws://127.0.0.1:{sys.argv[1]}/", compression=None, proxy=None) as agent:
        await asyncio.gather(copy(carrier, agent), copy(agent, carrier))


async def copy(source: ServerConnection | ClientConnection, sink: ServerConnection | ClientConnection) -> None:
    try:
        async for message in source:
            await sink.send(message)
    except ConnectionClosed:
        pass
    await sink.close()


async def main() -> None:
    async with serve(relay, "127.0.0.1", 0, compression=None) as server:
        sys.stdout.write(f"{next(iter(server.sockets)).getsockname()[1]}\n")
        sys.stdout.flush()
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
