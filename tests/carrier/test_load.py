"""Many calls at once, to the demo's bot and to far ends that fail."""

import asyncio
from functools import partial
from itertools import chain, repeat

import pytest

from bridge.carrier.bot import talking_bot
from bridge.carrier.lateness import Lateness
from bridge.carrier.load import Load, LoadPlan
from bridge.carrier.plan import CallPlan, Parties
from bridge.carrier.voice import Voice, sentences, silence
from bridge.wire.commands import play_audio_command
from bridge.wire.document import StreamElement
from bridge.wire.formats import MULAW_8K


def interrupting(audio_format) -> Voice:
    """Somebody who says half a sentence into the greeting."""
    quiet = silence(audio_format)(b"")
    said = chain([quiet] * 20, sentences("emma", audio_format)[0][5:45], repeat(quiet))
    return lambda heard: next(said)


def call_to(url: str, number: int) -> CallPlan:
    return CallPlan(
        parties=Parties(from_="+447700900123", to="+14155550100"),
        target=StreamElement(url=url, bidirectional=True, content_type=MULAW_8K.content_type),
        caller=interrupting,
    )


@pytest.fixture
async def bot():
    async with talking_bot() as url:
        yield url


@pytest.mark.realtime
async def test_calls_are_made_at_their_rate_and_summed_up(bot):
    load = Load(LoadPlan(calls=8, per_second=20, seconds=3.0, plan_of=partial(call_to, bot)))
    report = await load.run()
    assert (report.calls, report.failures, report.measured_calls) == (8, {}, 8)
    assert report.set_up.values.count == 8
    assert report.first_audio.values.count == 8
    assert report.first_audio.values.worst_ms < 1000
    assert report.response.values.count == 8
    assert 400 < report.response.values.median_ms < 1000
    assert (report.gaps, report.findings) == (0, [])
    assert report.lateness.beats == pytest.approx(8 * 150, abs=20)
    totals = load.totals()
    assert (totals.begun, totals.live, totals.ended, totals.failed) == (8, 0, 8, 0)
    assert totals.frames_sent == report.lateness.beats


async def test_calls_ring_one_after_the_other_and_stop_when_told_to(far_end):
    load = Load(LoadPlan(calls=1000, per_second=20, seconds=60.0, plan_of=lambda number: far_end.plan()))
    running = asyncio.create_task(load.run())
    await far_end.until_frames("start", 4)
    rung = far_end.at("start")
    assert rung[3] - rung[0] == pytest.approx(0.15, abs=0.1)
    assert load.totals().live >= 4
    load.stop()
    async with asyncio.timeout(5):
        report = await running
    assert report.calls < 20
    assert report.failures == {}


async def test_failures_and_findings_are_counted_by_what_they_are(far_end, unused_tcp_port):
    nobody = f"ws://127.0.0.1:{unused_tcp_port}/stream"

    def plan_of(number: int) -> CallPlan:
        return far_end.plan(far_end.stream(url=nobody) if number == 0 else None)

    load = Load(LoadPlan(calls=3, per_second=100, seconds=5.0, plan_of=plan_of))
    running = asyncio.create_task(load.run())
    await far_end.until_frames("start", 2)
    for socket in far_end.sockets:
        await socket.connection.send_str("nonsense")
        await socket.close(1011, "broken")
    report = await running
    assert sorted(report.failures.values()) == [1, 2]
    assert "The bot closed the socket with 1011." in report.failures
    assert [(total.code, total.calls) for total in report.findings] == [("closed-with-error", 2), ("not-a-command", 2)]


async def test_what_is_measured_while_the_emulator_is_late_is_marked(bot, monkeypatch):
    monkeypatch.setattr(Lateness, "was_late", lambda lateness, since, until: True)
    load = Load(LoadPlan(calls=2, per_second=100, seconds=0.5, plan_of=partial(call_to, bot)))
    report = await load.run()
    assert (report.set_up.values.count, report.set_up.late) == (2, 2)


async def test_only_as_many_calls_are_kept_as_can_be_measured():
    load = Load(LoadPlan(calls=200, per_second=20, seconds=60.0, plan_of=partial(call_to, "ws://nowhere")))
    kept = [load._plan_of(number).keep_seconds for number in range(200)]
    assert sum(kept) == pytest.approx(600, rel=0.2)
    assert {*kept} == {0.0, 60.0}


async def test_a_gap_in_a_word_is_counted(far_end, ring):
    piece = play_audio_command(b"\x21" * 800, MULAW_8K)
    call = ring(far_end.plan())
    await far_end.until_frames("media")
    await far_end.send(piece, piece)
    await far_end.until_frames("media", 18)
    await far_end.send(piece)
    await far_end.until_frames("media", 24)
    outcome = await call.hang_up()
    assert outcome.gaps == 1
