"""A second socket for a stream that has one: it claims to be the same, and should be refused without harm."""

from __future__ import annotations

import asyncio

from websockets.exceptions import ConnectionClosed

from bridge.carrier.connecting import ConnectError, connect
from bridge.carrier.frames import Frames
from bridge.carrier.outcome import Outcome
from bridge.carrier.plan import CallPlan
from bridge.wire.document import StreamElement


async def claim_again(plan: CallPlan, stream: StreamElement, outcome: Outcome, after: float) -> None:
    """Open it `after` seconds, say `start`, and stay until it is closed or this is cancelled."""
    await asyncio.sleep(after)
    try:
        socket = await connect(plan, stream.url)
    except ConnectError as error:
        outcome.second_socket = f"refused: {error}"
        return
    async with socket:
        outcome.second_socket = "taken"
        try:
            await socket.send(Frames(plan.parties, stream, plan.profile.frames).start())
            while True:
                await socket.recv()
        except ConnectionClosed:
            outcome.second_socket = f"closed with {socket.close_code}"
