"""The private port: who may come in, what they are told, and that nobody can hold the bridge up."""

from __future__ import annotations

import asyncio
import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from bridge.operator.client import Address, LinkError, OperatorLink, RefusedError
from bridge.server import commands, operator, operators, run
from bridge.wire.link.answers import Changes
from bridge.wire.link.audio import Audio
from bridge.wire.link.requests import Listen, ListEvents, ListStreams, Subscribe
from tests.server.rig import Rig, Watcher, bridge_process, failing_journal, media, running


async def test_the_token_is_in_a_file_that_only_the_user_can_read(rig: Rig) -> None:
    assert stat.S_IMODE((rig.data / "token").stat().st_mode) == 0o600
    assert stat.S_IMODE((rig.data / "bridge.json").stat().st_mode) == 0o600
    assert len(rig.token) > 30


async def test_a_wrong_token_is_refused_and_told(rig: Rig, watcher: Watcher) -> None:
    with pytest.raises(LinkError, match="does not accept this token"):
        async with OperatorLink(Address(rig.ready.control, "guess")):
            pass
    await watcher.event("An operator was refused")


async def test_one_operator_too_many_is_refused(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operators, "_MAX_OPERATORS", 1)
    async with OperatorLink(rig.address, "first"):
        with pytest.raises(LinkError, match="as many operators as it takes"):
            async with OperatorLink(rig.address, "second"):
                pass


async def test_what_is_no_request_is_answered_and_the_link_stays(rig: Rig) -> None:
    headers = {"Authorization": f"Bearer {rig.token}"}
    async with connect(rig.ready.control, additional_headers=headers, proxy=None) as socket:
        assert json.loads(await socket.recv())["type"] == "welcome"
        for nonsense in ("{", '{"type": "fly"}', '{"type": "listen"}', "[" * 50_000):
            await socket.send(nonsense)
            assert json.loads(await socket.recv())["type"] == "failed"
        await socket.send(b"\x00")
        await socket.send('{"type": "list_streams", "id": 7}')
        assert json.loads(await socket.recv()) == {"type": "streams", "id": 7, "streams": []}


async def test_the_first_changes_are_everything_and_then_only_what_is_new(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier():
        await watcher.state("s-1", "live")
        async with OperatorLink(rig.address, "late") as late:
            pushes = late.pushes()
            await late.request(Subscribe(events_after=watcher.events[-1].id))
            first = await anext(pushes)
            assert isinstance(first, Changes)
            assert (first.full, [view.stream_id for view in first.streams]) == (True, ["s-1"])
            assert first.events == []
            assert first.bridge is not None
            second = await anext(pushes)
            assert isinstance(second, Changes)
            assert (second.full, second.streams) == (False, [])


async def test_a_link_that_only_listens_is_told_when_the_stream_ends(rig: Rig) -> None:
    async with OperatorLink(rig.address, "phone") as phone:
        async with rig.carrier():
            await eventually_listen(phone)
        async for push in phone.pushes():
            if isinstance(push, Changes) and push.streams[0].state == "ended":
                break
        else:
            pytest.fail("the end was not told")


async def eventually_listen(link: OperatorLink) -> None:
    async with asyncio.timeout(5):
        while True:
            answer = await link.request(ListStreams())
            if any(view.state == "live" for view in answer.streams):
                break
    await link.request(Listen(stream_id="s-1"))


async def test_an_operator_who_does_not_read_costs_the_call_nothing(rig: Rig, watcher: Watcher) -> None:
    """Its audio is dropped at the bridge, the oldest first; the carrier's frames all arrive."""
    async with rig.carrier() as socket, OperatorLink(rig.address, "stuck") as stuck:
        view = await watcher.state("s-1", "live")
        await stuck.request(Listen(stream_id="s-1"))
        stuck._socket.transport.pause_reading()
        frame = media(payload=bytes(16_000))
        for _ in range(500):
            await socket.send(frame)
        await watcher.until(lambda: watcher.streams[view.handle].frames_in == 500)
        stuck._socket.transport.resume_reading()
        heard = 0
        async for push in stuck.pushes():
            heard += isinstance(push, Audio)
            if isinstance(push, Audio) and push.position == 499 * 16_000:
                break
        assert heard < 500
    await watcher.event("stuck missed")


async def test_calls_have_their_turn_while_a_tick_takes_long(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def long(*_: object) -> Iterator[None]:
        for _ in range(20):
            time.sleep(0.002)  # work, not waiting
            yield

    monkeypatch.setattr(operators.Operators, "_tick", long)
    turns, until = 0, time.monotonic() + 0.5
    while (before := time.monotonic()) < until:
        await asyncio.sleep(0)
        turns += time.monotonic() - before > 0.001
    assert turns > 50  # of 250; there are 13 ticks in it


async def test_long_rows_and_events_come_by_the_page(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """One flood of long frames must not make a message that no client takes."""
    monkeypatch.setattr(operator, "PAGE_BYTES", 20_000)
    async with rig.carrier("s-0", "c-0") as socket:
        for number in range(1, 30):
            await rig.post("/status", StreamID=f"s-{number}", CallUUID=f"c-{number}", Event="StartStream")
        for _ in range(30):
            await socket.send(json.dumps({"event": "dtmf", "dtmf": {"digit": "1"}, "more": "x" * 10_000}))
        async with rig.watcher("late") as late:
            await late.until(lambda: sum(event.event == "dtmf" for event in late.events) == 30, timeout=10)
            assert {view.stream_id for view in late.streams.values()} == {f"s-{number}" for number in range(30)}
            assert [event.id for event in late.events] == list(range(1, late.events[-1].id + 1))


async def test_a_long_answer_is_cut_to_what_a_client_takes(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_ANSWER_BYTES", 3_000)
    for number in range(10):
        await rig.post("/status", StreamID="s-1", Event="PlayedStream", Name=f"{number}" + "x" * 900)
        await rig.post("/status", StreamID=f"ended-{number}", Event="StopStream")
    async with OperatorLink(rig.address, "asks") as link:
        newest = await link.request(ListEvents(stream_id="s-1"))
        oldest = await link.request(ListEvents(stream_id="s-1", after=0))
        assert newest.more
        assert oldest.more
        assert newest.events[-1].data["Name"].startswith("9")
        assert oldest.events[0].data["Name"].startswith("0")
        streams = (await link.request(ListStreams(all=True))).streams
        assert [view.stream_id for view in streams][:1] == ["s-1"]
        assert streams[-1].stream_id == "ended-9"
        assert len(streams) < 11


async def test_a_request_that_the_journal_fails_is_answered(rig: Rig) -> None:
    async with OperatorLink(rig.address, "asks") as link:
        with failing_journal(rig.data), pytest.raises(RefusedError, match="The journal"):
            await link.request(ListEvents())


async def test_an_operator_who_does_not_read_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async with (
        bridge_process(tmp_path) as (process, rig),
        rig.carrier() as socket,
        OperatorLink(rig.address, "stuck") as stuck,
    ):
        await stuck.request(Subscribe())
        stuck._socket.transport.pause_reading()
        for _ in range(1_000):
            await socket.send(json.dumps({"event": "dtmf", "dtmf": {"digit": "1"}, "more": "x" * 15_000}))
        process.terminate()
        async with asyncio.timeout(8):
            assert await process.wait() == 0
        stuck._socket.transport.abort()


async def test_events_are_asked_for_by_page(rig: Rig, watcher: Watcher) -> None:
    for number in range(30):
        await rig.post("/status", StreamID="s-1", CallUUID="c-1", Event="PlayedStream", Name=str(number))
    last = (await watcher.link.request(ListEvents(stream_id="s-1", limit=10))).events
    assert [event.data["Name"] for event in last] == [str(n) for n in range(20, 30)]
    before = await watcher.link.request(ListEvents(stream_id="s-1", limit=10, before=last[0].id))
    assert [event.data["Name"] for event in before.events] == [str(n) for n in range(10, 20)]
    assert before.more


async def test_events_of_a_stream_that_only_the_journal_knows_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as rig:
        await rig.post("/status", StreamID="s-old", CallUUID="c-old", Event="StopStream")
    monkeypatch.setattr(run, "_ROWS_RESTORED", 0)
    async with running(tmp_path) as rig, OperatorLink(rig.address, "me") as link:
        assert (await link.request(ListStreams())).streams == []
        answer = await link.request(ListEvents(stream_id="s-old"))
        assert [event.event for event in answer.events] == ["StopStream", "ended"]
        with pytest.raises(RefusedError, match="No stream s-never is known"):
            await link.request(ListEvents(stream_id="s-never"))


async def test_hundreds_of_callbacks_a_second_are_all_kept(rig: Rig, watcher: Watcher) -> None:
    async def some(stream: int) -> None:
        for number in range(20):
            code, _ = await rig.post(
                "/status", StreamID=f"s-{stream}", CallUUID=f"c-{stream}", Event="PlayedStream", Name=str(number)
            )
            assert code == 200

    async with asyncio.timeout(20):
        await asyncio.gather(*(some(stream) for stream in range(20)))
    kept = await watcher.link.request(ListEvents(limit=5000))
    assert sum(event.event == "PlayedStream" for event in kept.events) == 400
