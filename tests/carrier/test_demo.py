import asyncio
import contextlib

import pytest

from bridge.carrier.demo import BOT_LINE, run_demo_calls


@pytest.fixture
async def demo(far_end):
    task = asyncio.create_task(run_demo_calls(f"{far_end.http}/answer", seed=1))
    yield task
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_calls_of_every_kind_ring_in_within_seconds_and_are_hung_up_at_the_end(far_end, demo):
    await far_end.until_frames("start", 5)
    await far_end.until_frames("dtmf", 1)
    starts = [frame["start"] for frame in far_end.named("start")]
    assert {(start["mediaFormat"]["encoding"], start["mediaFormat"]["sampleRate"]) for start in starts} == {
        ("audio/x-mulaw", 8000),
        ("audio/x-l16", 8000),
        ("audio/x-l16", 16000),
    }
    assert ["inbound", "outbound"] in [start["tracks"] for start in starts]
    assert any("gold" in frame["extra_headers"] for frame in far_end.named("start"))
    called = [request.fields["To"] for request in far_end.requests if request.path == "/answer"]
    assert (called.count(BOT_LINE), len(called)) == (2, 3)

    demo.cancel()
    with pytest.raises(asyncio.CancelledError):
        await demo
    await far_end.until(lambda: len(far_end.close_codes) == len(far_end.sockets))
    assert set(far_end.close_codes) == {1000}
    hung_up = {request.fields["CallUUID"] for request in far_end.requests if request.path == "/hangup"}
    assert hung_up >= {start["callId"] for start in starts}


async def test_a_bridge_that_is_gone_is_called_again(far_end, demo):
    far_end.answer_status = 500
    async with asyncio.timeout(20):
        await far_end.until(lambda: sum(request.path == "/answer" for request in far_end.requests) >= 3, seconds=20)
    assert not demo.done()
