from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.operator.client import OperatorLink, RefusedError
from bridge.operator.recordings import fetch
from bridge.wire.link.answers import Answer, Failed, RecordingPart
from bridge.wire.link.requests import ClientMessage, FetchRecording
from tests.operator.fake_bridge import FakeBridge


class Library(FakeBridge):
    """Has one file, which grows by ten bytes with every part that is asked for."""

    content = bytes(range(250))

    def _usual(self, message: ClientMessage) -> Answer:
        assert isinstance(message, FetchRecording)
        if message.name != "it":
            return Failed(id=0, error="There is no recording.")
        grown = self.content + bytes(10 * len(self.asked))
        data = grown[message.offset : message.offset + 100]
        return RecordingPart(id=0, name="it", offset=message.offset, data=data, total=len(grown))


@pytest.fixture
async def operator() -> AsyncIterator[OperatorLink]:
    library = Library()
    await library.open()
    async with OperatorLink(library.address) as operator:
        yield operator
    await library.close()


async def test_a_file_that_grows_is_fetched_as_it_was(operator: OperatorLink) -> None:
    progress: list[tuple[int, int]] = []
    content = await fetch(operator, "it", "wav", lambda here, of: progress.append((here, of)))
    assert content == Library.content + bytes(10)
    assert [here for here, _ in progress] == [100, 200, 260]


async def test_a_recording_that_is_not_there_is_refused(operator: OperatorLink) -> None:
    with pytest.raises(RefusedError, match="There is no recording"):
        await fetch(operator, "another", "json")
