"""What 500 live streams at 10 Hz cost: `python -m tests.tui.bench_load [ROWS] [SECONDS]`.

Prints the share of a core that the whole process uses while nothing but meters change, the time from a key to the
line that it changes being drawn, and the time that taking in a change takes. Headless: no terminal is written to.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time

from textual import events

from bridge.wire.link.answers import Changes
from bridge.wire.link.messages import decode_server, encode
from bridge.wire.views import Meter
from tests.operator.fake_bridge import NOW, a_stream
from tests.tui.rig import still_app
from tui.app import OffhookApp
from tui.screens.switchboard import Switchboard

SIZE = (120, 36)
TALKING = 0.5
"""Share of the streams whose level moves at each change."""


def loaded_app(rows: int) -> OffhookApp:
    return still_app([a_stream(number) for number in range(1, rows + 1)], [])


def changes(rows: int, tick: int) -> Changes:
    dice = random.Random(tick)
    meters = [
        Meter(
            handle,
            tick * 5,
            tick * 4,
            0,
            -dice.uniform(5, 60) if dice.random() < TALKING else None,
            -dice.uniform(5, 60) if dice.random() < TALKING else None,
            dice.randrange(0, 8000) // 1000 * 1000,
        )
        for handle in range(1, rows + 1)
    ]
    return Changes(at=NOW, meters=meters)


async def feed(app: OffhookApp, rows: int) -> None:
    """Push changes for every stream ten times a second, made beforehand."""
    prepared = [changes(rows, tick) for tick in range(20)]
    for turn in range(1_000_000):
        app.session.store.apply(prepared[turn % len(prepared)])
        await asyncio.sleep(0.1)


async def share_of_a_core(rows: int, seconds: float) -> float:
    app = loaded_app(rows)
    async with app.run_test(size=SIZE) as pilot:
        feeding = asyncio.create_task(feed(app, rows), name="feed")
        await pilot.pause(0.5)
        wall, used = time.monotonic(), time.process_time()
        await asyncio.sleep(seconds)
        share = (time.process_time() - used) / (time.monotonic() - wall)
        feeding.cancel()
    return share


async def key_to_screen(rows: int, keys: int) -> list[float]:
    """Milliseconds from each key to the moment that the cursor was drawn on its new line."""
    app = loaded_app(rows)
    times = []
    async with app.run_test(size=SIZE):
        feeding = asyncio.create_task(feed(app, rows), name="feed")
        screen = app.screen
        assert isinstance(screen, Switchboard)
        for _ in range(keys):
            await asyncio.sleep(0.037)
            target = screen.view.index + 1
            began = time.perf_counter()
            app.post_message(events.Key("down", None))
            while screen.view.index != target:  # noqa: ASYNC110 - what is waited for is the very next thing
                await asyncio.sleep(0)
            drawn = asyncio.Event()
            screen.call_after_refresh(drawn.set)
            await drawn.wait()
            times.append((time.perf_counter() - began) * 1000)
        feeding.cancel()
    return times


def tick_ms(rows: int) -> float:
    """Milliseconds to take in changes of all streams: decoded, applied, and the rows in order again."""
    app = loaded_app(rows)
    frames = [encode(changes(rows, tick)) for tick in range(20)]
    board = app.get_default_screen()
    began = time.perf_counter()
    for frame in frames:
        message = decode_server.decode(frame)
        assert isinstance(message, Changes)
        app.session.store.apply(message)
        board.view.update()
    return (time.perf_counter() - began) * 1000 / len(frames)


def main(rows: int = 500, seconds: int = 10) -> None:
    times = asyncio.run(key_to_screen(rows, 100))
    lines = (
        f"{rows} live streams at 10 Hz, {SIZE[0]}x{SIZE[1]}",
        f"share of a core          {asyncio.run(share_of_a_core(rows, seconds)):6.1%}   (goal 5 %)",
        f"key to screen, p50       {statistics.median(times):6.1f} ms",
        f"key to screen, p95       {percentile(times, 95):6.1f} ms (goal 30 ms)",
        f"one change taken in      {tick_ms(rows):6.2f} ms",
    )
    sys.stdout.write("\n".join(lines) + "\n")


def percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
