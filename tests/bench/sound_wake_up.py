"""`python -m tests.bench.sound_wake_up COUNT`: how many seconds each of so many frames of an operator's voice took.

From the callback that completes a frame until the frame is there to be sent; in a process like the phone's.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from bridge.phone.microphone import Microphone
from bridge.phone.process import prepare_for_sound
from bridge.phone.sound import Sound
from bridge.phone.speaker import Speaker
from bridge.wire.formats import MULAW_8K
from tests.phone.fake_bridge import until


async def measured(count: int, asker: ThreadPoolExecutor) -> list[float]:
    took: list[float] = []

    def note(_: bytes) -> None:
        assert sound.input is not None
        took.append(time.monotonic() - sound.input._called_at)

    microphone = Microphone()
    sound = Sound(Speaker(), microphone, note, lambda: None, asker)
    gc.freeze()  # As the phone does.
    running = asyncio.create_task(sound.run())
    await until(lambda: sound.input and sound.output)
    microphone.open(MULAW_8K)
    await until(lambda: len(took) >= count, count * 0.02 + 10)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return took


def main() -> None:
    asker = ThreadPoolExecutor(1)
    prepare_for_sound(asker)
    print(json.dumps(asyncio.run(measured(int(sys.argv[1]), asker))))  # noqa: T201


if __name__ == "__main__":
    main()
