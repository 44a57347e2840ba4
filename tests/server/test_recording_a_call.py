"""A call is recorded and its turns are told, by command, for all calls, or by route."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.wav import read_wav
from bridge.operator.client import RefusedError
from bridge.wire.link.requests import FetchRecording, ListRecordings, ListTurns, Record
from tests.server.bot import a_bot
from tests.server.rig import media, running

LOUD = b"\x10" * 160


async def test_a_call_is_recorded_from_command_to_command(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.watcher() as watcher, rig.carrier() as socket:
        await watcher.state("s-1", "live")
        done = await watcher.link.request(Record(stream_id="s-1"))
        name = await watcher.until(lambda: watcher.stream("s-1").recording)
        assert done.text == f"Recording as {name}."
        for n in range(2, 27):
            await socket.send(media(payload=LOUD, sequence=n))
        await watcher.until(lambda: watcher.stream("s-1").frames_in == 25)
        with pytest.raises(RefusedError, match="recorded already"):
            await watcher.link.request(Record(stream_id="s-1"))
        await watcher.link.request(Record(stream_id="s-1", on=False))
        with pytest.raises(RefusedError, match="not being recorded"):
            await watcher.link.request(Record(stream_id="s-1", on=False))
        listed = await watcher.until_answer(ListRecordings(), lambda a: a.recordings and not a.recordings[0].open)
        assert [(r.name, r.stream_id) for r in listed.recordings] == [(name, "s-1")]
        wav = await watcher.link.request(FetchRecording(name=name, what="wav"))
        assert np.abs(read_wav(wav.data).samples).max() > 0.2
        notes = await watcher.link.request(FetchRecording(name=name, what="json"))
        assert [event["event"] for event in json.loads(notes.data)["events"]][-1] == "record"


async def test_every_call_of_a_bridge_or_of_a_route_is_recorded(tmp_path: Path) -> None:
    async with a_bot() as bot:
        routes = [{"header": {"secret": "yes"}, "agent": bot.url, "record": False}, {"agent": bot.url}]
        async with running(tmp_path, record=True, route=routes) as rig, rig.watcher() as watcher:
            async with rig.carrier("s-1", "c-1"), rig.carrier("s-2", "c-2", extra_headers={"secret": "yes"}):
                await watcher.state("s-1", "live")
                await watcher.state("s-2", "live")
                assert watcher.stream("s-1").recording
                assert not watcher.stream("s-2").recording
            await watcher.state("s-1", "ended")
            listed = await watcher.until_answer(ListRecordings(), lambda a: a.recordings and not a.recordings[0].open)
            assert len(listed.recordings) == 1


async def test_turns_are_told_while_the_call_goes_on_and_afterwards(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.watcher() as watcher:
        async with rig.carrier() as socket:
            await watcher.state("s-1", "live")
            await socket.send(media(payload=LOUD))
            assert (await watcher.link.request(ListTurns(stream_id="s-1"))).turns.version == 1
        await watcher.state("s-1", "ended")
        assert (await watcher.link.request(ListTurns(stream_id="s-1"))).turns.at_ms > 0
        with pytest.raises(RefusedError, match="No stream"):
            await watcher.link.request(ListTurns(stream_id="nothing"))
