"""Where frames begin and end, whatever pieces they come in."""

from __future__ import annotations

import random

import pytest
from websockets.frames import Frame, Opcode

from bridge.server.splitter import Messages, Splitter, payload


def frame(text: bytes, *, opcode: Opcode = Opcode.TEXT, masked: bool = True, fin: bool = True) -> bytes:
    return Frame(opcode, text, fin).serialize(mask=masked, extensions=[])


SOME = [
    frame(b"a"),
    frame(b""),
    frame(b"b" * 125),
    frame(b"c" * 126),
    frame(b"ping", opcode=Opcode.PING),
    frame(b"d" * 70_000),
    frame(b"e" * 300),
    frame(b"e" * 300),
]


@pytest.mark.parametrize("seed", range(20))
def test_frames_come_whole_in_whatever_pieces_they_came(seed: int) -> None:
    chance = random.Random(seed)
    data, splitter, found = b"".join(SOME), Splitter(masked=True, max_bytes=100_000), []
    while data:
        size = chance.choice((1, 2, 3, 100, 308, 40_000))
        found += splitter.feed(data[:size])
        data = data[size:]
    assert found == SOME


def test_after_a_hundred_frames_others_have_their_turn() -> None:
    splitter = Splitter(masked=True, max_bytes=100)
    first = splitter.feed(frame(b"x") * 250 + b"\x81")
    assert (len(first), splitter.more) == (100, True)
    assert (len(splitter.feed(b"")), splitter.more) == (100, True)
    assert (len(splitter.feed(b"")), splitter.more) == (50, False)


@pytest.mark.parametrize(
    "data",
    [frame(b"x", masked=False), b"\xc1\x80maskx", b"\x83\x80mask", b"\x09\x80mask", frame(b"x" * 101)],
    ids=["not masked", "reserved bit", "unknown opcode", "control in pieces", "too long"],
)
def test_what_breaks_the_protocol_is_not_cut_out_nor_what_follows(data: bytes) -> None:
    splitter = Splitter(masked=True, max_bytes=100)
    assert splitter.feed(frame(b"good") + data + frame(b"late"))[1:] == []
    assert splitter.broken.startswith(data)
    assert splitter.feed(frame(b"later")) == []
    assert not splitter.more


def test_the_usual_frame_is_a_whole_text_that_ends_what_came() -> None:
    splitter = Splitter(masked=True, max_bytes=1000)
    splitter.feed(frame(b"x" * 300))
    assert splitter.usual == (b"\x81\xfe\x01\x2c", 308)
    for data in (frame(b"x" * 300)[:100], frame(b"x", opcode=Opcode.BINARY), frame(b"", opcode=Opcode.PING)):
        assert splitter.usual[1] > 0
        splitter.feed(data)
        assert splitter.usual[1] == -1
        splitter.feed(frame(b"x" * 300)[100:] if len(data) == 100 else frame(b"x" * 300))


def test_the_payload_of_any_size_is_found_masked_or_not() -> None:
    frames = [frame(b"a" * 300), frame(b"b" * 300), frame(b"c" * 70_000, masked=False), frame(b""), frame(b"d")]
    assert [payload(each)[:1] for each in frames] == [b"a", b"b", b"c", b"", b"d"]


def test_a_message_that_is_forgotten_does_not_go_on() -> None:
    messages = Messages(100)
    assert messages.add(frame(b"begin", fin=False)) is None
    assert messages.unfinished
    messages.forget()
    assert messages.add(frame(b"whole")) == b"whole"
