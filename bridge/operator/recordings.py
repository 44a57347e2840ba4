"""Recordings on the bridge's machine, as an operator anywhere gets them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from bridge.operator.ask import Asks, ask
from bridge.wire.link.answers import RecordingPart, Recordings
from bridge.wire.link.requests import FetchRecording, ListRecordings
from bridge.wire.recordings import RecordingView, What

_PATIENCE = 60.0
"""Seconds for one part of a file: a megabyte may come over a slow line."""

Progress = Callable[[int, int], None]
"""Told how many bytes are here, of how many."""


async def recordings(link: Asks) -> list[RecordingView]:
    """The newest recordings, oldest first. Raises RefusedError and LinkError."""
    answer = await ask(link, ListRecordings())
    assert isinstance(answer, Recordings)
    return answer.recordings


async def parts(link: Asks, name: str, what: What) -> AsyncIterator[RecordingPart]:
    """A recording's file, part by part: as long as it was when the first was asked for. Raises as `fetch` does."""
    offset, total = 0, 1
    while offset < total:
        part = await ask(link, FetchRecording(name=name, what=what, offset=offset), _PATIENCE)
        assert isinstance(part, RecordingPart)
        total = part.total if offset == 0 else total
        part.data = part.data[: total - offset]
        if not part.data:
            return
        offset += len(part.data)
        yield part


async def fetch(link: Asks, name: str, what: What = "wav", progress: Progress | None = None) -> bytes:
    """A whole file of a recording, also of one that is being made.

    Raises RefusedError when there is no such recording, and LinkError.
    """
    content = bytearray()
    async for part in parts(link, name, what):
        content += part.data
        if progress is not None:
            progress(len(content), part.total)
    return bytes(content)
