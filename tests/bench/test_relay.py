"""The relays' bench does not rot: it carries a few calls through the plain relay, and its table tells of it."""

from pathlib import Path

import pytest

from tests.bench.relay.contestants import DIRECT, PLAIN, direct, websockets_relay
from tests.bench.relay.end import Point
from tests.bench.relay.frames import PLAY_AUDIO, Kind, Reader, client_frame, media_of, server_frame
from tests.bench.relay.load import load
from tests.bench.relay.meters import processors
from tests.bench.relay.table import Results, lines
from tests.bench.relay.trial import measure

FEW = Point("real time", 4)
BUSY = Point("saturated", 4)


@pytest.mark.realtime
def test_a_few_calls_are_measured(tmp_path: Path) -> None:
    results = Results({})
    with load(processors()[0]) as calls:
        with direct(calls.agent_port, tmp_path) as running:
            results.add(DIRECT, FEW, measure(running, calls, FEW, 0.2))
        with websockets_relay(calls.agent_port, tmp_path) as running:
            for point in (FEW, BUSY):
                results.add(PLAIN, point, measure(running, calls, point, 0.2))
    assert results.of(PLAIN, FEW, lambda seen: seen.carried) == 1
    between, nothing = (results.of(name, FEW, lambda seen: seen.p50_us) for name in (PLAIN, DIRECT))
    assert between is not None
    assert nothing is not None
    assert between > nothing > 0
    assert results.of(PLAIN, BUSY, lambda seen: seen.cpu_us)
    assert any(line.startswith(PLAIN) for line in lines(results))


@pytest.mark.parametrize("kind", [media_of("0" * 36), PLAY_AUDIO])
def test_a_frame_tells_its_stamp_however_it_comes(kind: Kind) -> None:
    wire = b"".join(kind.build(kind.template, number, stamp) for number, stamp in enumerate((1, 2**40, 77)))
    whole, by_the_byte = Reader(kind), Reader(kind)
    assert whole.stamps(wire) == [1, 2**40, 77]
    assert [stamp for at in range(len(wire)) for stamp in by_the_byte.stamps(wire[at : at + 1])] == [1, 2**40, 77]


def test_a_close_and_a_ping_are_no_frames_of_the_load() -> None:
    reader = Reader(PLAY_AUDIO)
    assert reader.stamps(server_frame(0x9, b"") + client_frame(0x8, b"\x03\xe8")) == []
    assert (reader.frames, reader.closing) == (0, True)
