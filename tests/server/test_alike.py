"""Which frames are like one that was read: audio that comes all the time, and nothing else."""

from __future__ import annotations

import json

import pytest
from websockets.frames import Frame, Opcode

from bridge.server.alike import MediaAlike, PlayAlike
from bridge.wire.commands import play_audio_command
from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import Dtmf, Media, PlayedStream, dtmf_frame, media_frame, played_stream_frame


def masked(text: str) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=True, extensions=[])


def plain(text: str) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False, extensions=[])


def media(number: int, level: int = 1) -> str:
    stamp, payload = "1705312200000", bytes([level]) * 160
    return media_frame(Media(stream_id="s-1", sequence=number, chunk=number, timestamp=stamp, payload=payload))


def play(payload: bytes, **more: object) -> str:
    return json.dumps(json.loads(play_audio_command(payload, MULAW_8K)) | more)


@pytest.fixture
def known() -> MediaAlike:
    alike = MediaAlike()
    alike.learn(masked(media(10)), media(10).encode())
    return alike


def test_media_with_other_numbers_and_audio_is_alike(known: MediaAlike) -> None:
    frames = [masked(media(n, level=n)) for n in range(11, 31)]
    assert known.are(frames)
    assert known.are(frames[:1])


def test_nothing_is_alike_before_one_was_read() -> None:
    assert not MediaAlike().are([masked(media(10))])
    assert PlayAlike().payloads([plain(play(b"\x01" * 160))]) == []


@pytest.mark.parametrize("of", ["dtmf", "played", "longer", "binary"])
def test_another_frame_among_them_is_not_alike_also_of_the_same_size(known: MediaAlike, of: str) -> None:
    usual = masked(media(11))
    room = len(media(11))
    others = {
        "dtmf": masked(dtmf_frame(Dtmf(stream_id="s-1", digit="5", sequence=12), "1").ljust(room)),
        "played": masked(played_stream_frame(PlayedStream(stream_id="s-1", sequence=12, name="a")).ljust(room)),
        "longer": masked(media(100)),
        "binary": Frame(Opcode.BINARY, media(12).encode()).serialize(mask=True, extensions=[]),
    }
    assert not known.are([usual, others[of], usual])
    assert known.are([usual] * 3)


def test_an_event_that_is_named_late_makes_nothing_alike() -> None:
    alike, text = MediaAlike(), json.dumps({"extra": "x" * 80, **json.loads(media(1))})
    alike.learn(masked(text), text.encode())
    assert not alike.are([masked(text)])


def test_frames_that_have_the_usual_size_only_together_are_not_alike(known: MediaAlike) -> None:
    usual = masked(media(11))
    assert not known.are([usual[:-1], usual[-1:] + usual])
    alike = PlayAlike()
    alike.learn(plain(play(b"\x09" * 160)), b"\x09" * 160)
    piece = plain(play(b"\x01" * 160))
    assert alike.payloads([piece[:-1], piece[-1:] + piece]) == []


def test_pieces_with_other_audio_are_alike_and_their_audio_is_returned() -> None:
    alike, payloads = PlayAlike(), [bytes([n]) * 160 for n in range(1, 8)]
    alike.learn(plain(play(b"\x09" * 160)), b"\x09" * 160)
    assert alike.payloads([plain(play(payload)) for payload in payloads]) == payloads


@pytest.mark.parametrize(
    "other",
    [
        play(b"\x01" * 163),
        play(b"\x01" * 160, streamId="s-1"),
        play(b"\x01" * 160).replace("8000", "8001"),
        play(b"\x01" * 160).replace("AQEB", 'A"EB', 1),
        play(b"\x01" * 160).replace("AQEB", "A=EB", 1),
        play(b"\x01" * 160).replace("playAudio", "playAudia"),
    ],
)
def test_a_piece_that_says_anything_else_is_not_alike(other: str) -> None:
    alike = PlayAlike()
    alike.learn(plain(play(b"\x09" * 160)), b"\x09" * 160)
    usual = plain(play(b"\x01" * 160))
    assert alike.payloads([usual, plain(other)]) == []
    assert len(alike.payloads([usual, usual])) == 2


def test_nothing_is_like_a_piece_whose_audio_is_not_in_sight_nor_like_the_one_before_it() -> None:
    alike, usual = PlayAlike(), play(b"\xff" * 160)
    alike.learn(plain(usual), b"\xff" * 160)
    alike.learn(plain(play(b"\xff" * 160, streamId="s-1").replace("/", "\\/")), b"\xff" * 160)
    assert alike.payloads([plain(usual)]) == []
