import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bridge.wire import commands, frames
from bridge.wire.commands import ClearAudio, OtherCommand, PlayAudio, SendDtmf, SetCheckpoint, read_command
from bridge.wire.fields import FrameError
from bridge.wire.formats import L16_16K, MULAW_8K, STREAM_FORMATS, AudioFormat
from bridge.wire.frames import ClearedAudio, Dtmf, Failure, Media, Other, PlayedStream, Start, Stop, read_frame
from bridge.wire.headers import read_extra_headers, write_extra_headers

ID = "20170ada-f610-433b-8758-c02a2aab3662"
CALL = "3c0a1d1f-52c7-4f8e-9cf9-6ec3a9bd2d2f"
AUDIO = bytes(range(160))
PAYLOAD = base64.b64encode(AUDIO).decode()

START_FRAME: dict[str, Any] = {
    "event": "start",
    "sequenceNumber": 1,
    "start": {
        "callId": CALL,
        "streamId": ID,
        "accountId": "MA123",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
    },
    "extra_headers": "{}",
}
START = Start(stream_id=ID, sequence=1, call_id=CALL, account_id="MA123", tracks=["inbound"], format=MULAW_8K)
MEDIA = Media(stream_id=ID, sequence=7, track="inbound", timestamp="1705312200000", chunk=6, payload=AUDIO)


def media(**changes: Any) -> dict[str, Any]:
    body = {"track": "inbound", "timestamp": "1705312200000", "chunk": 6, "payload": PAYLOAD}
    return {"event": "media", "sequenceNumber": 7, "streamId": ID, "media": body | changes, "extra_headers": "{}"}


DOCUMENTED = [
    (START_FRAME, START),
    (media(), MEDIA),
    (
        {
            "event": "dtmf",
            "sequenceNumber": 9,
            "streamId": ID,
            "dtmf": {"track": "inbound", "digit": "5", "timestamp": "1"},
        },
        Dtmf(stream_id=ID, sequence=9, digit="5"),
    ),
    (
        {"event": "playedStream", "sequenceNumber": 10, "streamId": ID, "name": "greeting"},
        PlayedStream(stream_id=ID, sequence=10, name="greeting"),
    ),
    ({"event": "clearedAudio", "sequenceNumber": 11, "streamId": ID}, ClearedAudio(stream_id=ID, sequence=11)),
    ({"event": "stop", "sequenceNumber": 12, "streamId": ID}, Stop(stream_id=ID, sequence=12)),
    (
        {"event": "playFailed", "streamId": ID, "reason": "no codec"},
        Failure(stream_id=ID, event="playFailed", reason="no codec"),
    ),
    ({"event": "error", "streamId": ID, "reason": "bad"}, Failure(stream_id=ID, event="error", reason="bad")),
    ({"event": "muteStream", "streamId": ID}, Other(stream_id=ID, event="muteStream")),
    ({"event": "unmuteStream", "streamId": ID}, Other(stream_id=ID, event="unmuteStream")),
    ({"event": "tomorrow", "anything": [1, {"a": None}]}, Other(event="tomorrow")),
]

SEEN = [
    ("numbers as strings", media(chunk="6") | {"sequenceNumber": "7"}, MEDIA),
    ("a number as timestamp", media(timestamp=1705312200000), MEDIA),
    ("unknown fields", media(loudness=3) | {"later": {"x": 1}}, MEDIA),
    ("streamId in the body", {**media(streamId=ID), "streamId": None}, MEDIA),
    ("streamId spelled stream_id", {"event": "stop", "stream_id": ID}, Stop(stream_id=ID)),
    ("no sequence number", {"event": "stop", "streamId": ID}, Stop(stream_id=ID)),
    ("a start with hardly anything", {"event": "start", "start": {"streamId": ID}}, Start(stream_id=ID)),
    ("streamId beside start", {"event": "start", "streamId": ID, "start": {}}, Start(stream_id=ID)),
    (
        "callUUID for callId",
        {"event": "start", "start": {"streamId": ID, "callUUID": CALL}},
        Start(stream_id=ID, call_id=CALL),
    ),
    (
        "a rate as string",
        {
            "event": "start",
            "start": {"streamId": ID, "mediaFormat": {"encoding": "audio/x-l16", "sampleRate": "16000"}},
        },
        Start(stream_id=ID, format=L16_16K),
    ),
    (
        "a rate in the encoding",
        {"event": "start", "start": {"streamId": ID, "mediaFormat": {"encoding": "audio/x-l16;rate=16000"}}},
        Start(stream_id=ID, format=L16_16K),
    ),
    (
        "headers in the body",
        {"event": "start", "start": {"streamId": ID, "extra_headers": {"a": "b"}}},
        Start(stream_id=ID, extra_headers={"a": "b"}),
    ),
    ("a digit as number", {"event": "dtmf", "streamId": ID, "dtmf": {"digit": 0}}, Dtmf(stream_id=ID, digit="0")),
    ("a name in the body", {"event": "playedStream", "playedStream": {"name": "a"}}, PlayedStream(name="a")),
    ("the reason as message", {"event": "error", "message": "m"}, Failure(event="error", reason="m")),
    ("an empty payload", media(payload=""), replace(MEDIA, payload=b"")),
]


@pytest.mark.parametrize(("frame", "expected"), DOCUMENTED, ids=[str(frame["event"]) for frame, _ in DOCUMENTED])
def test_every_documented_frame_is_read(frame: dict[str, Any], expected: frames.CarrierFrame) -> None:
    assert read_frame(json.dumps(frame)) == expected
    assert read_frame(json.dumps(frame).encode()) == expected


@pytest.mark.parametrize(("frame", "expected"), [row[1:] for row in SEEN], ids=[row[0] for row in SEEN])
def test_every_form_that_was_seen_is_read(frame: dict[str, Any], expected: frames.CarrierFrame) -> None:
    assert read_frame(json.dumps(frame)) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        ("\ud800", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "no event name"),
        ('{"event": 5}', "no event name"),
        ('{"event": ""}', "no event name"),
        ('{"event": "start"}', "names no streamId"),
        ('{"event": "start", "start": {"streamId": "a", "mediaFormat": {"encoding": "opus"}}}', "cannot be played"),
        ('{"event": "media"}', "no payload"),
        ('{"event": "media", "media": {"payload": 5}}', "no payload"),
        ('{"event": "media", "media": {"payload": "!!"}}', "not Base64"),
        ('{"event": "media", "media": {"payload": "YQ"}}', "not Base64"),
        ('{"event": "dtmf", "dtmf": {}}', "no digit"),
    ],
)
def test_a_broken_frame_is_an_error_with_a_sentence(text: str | bytes, sentence: str) -> None:
    with pytest.raises(FrameError, match=sentence):
        read_frame(text)


def test_numbers_that_are_none_are_left_out() -> None:
    for number in (10**400, True, 1.5, "1e3", "²", "9" * 30, None, [1]):
        frame = read_frame(json.dumps({"event": "stop", "sequenceNumber": number}))
        assert frame == Stop(sequence=None)


def test_names_and_headers_are_kept_only_up_to_a_bound() -> None:
    long = "x" * 100_000
    headers = {f"{n}{long}": long for n in range(100)}
    start = read_frame(
        json.dumps({"event": "start", "start": {"streamId": long, "tracks": [long] * 99}, "extra_headers": headers})
    )
    assert isinstance(start, Start)
    assert len(start.stream_id) == 512
    assert len(start.extra_headers) == 64
    assert all(len(name) == len(value) == 512 for name, value in start.extra_headers.items())
    assert start.tracks == ["x" * 32] * 8


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"a": "b", "n": 1}, {"a": "b", "n": "1"}),
        ('{"a": "b"}', {"a": "b"}),
        ("a=b;c=d", {"a": "b", "c": "d"}),
        ("a=b, c=d", {"a": "b", "c": "d"}),
        ("a=b=c", {"a": "b=c"}),
        ("a", {"a": ""}),
        ("{}", {}),
        ("", {}),
        (None, {}),
        (["a"], {}),
        ("{broken", {"": "{broken"}),
        ('{"a": "\\ud800"}', {"": '{"a": "\\ud800"}'}),
    ],
)
def test_extra_headers_are_read_in_every_form(written: object, expected: dict[str, str]) -> None:
    assert read_extra_headers(written) == expected


NAMES = st.text(st.characters(min_codepoint=48, max_codepoint=122, exclude_characters=",;="), min_size=1, max_size=20)


@given(st.dictionaries(NAMES.filter(lambda name: not name.startswith("{")), NAMES, max_size=10))
def test_extra_headers_read_back_as_written(headers: dict[str, str]) -> None:
    assert read_extra_headers(write_extra_headers(headers)) == headers


# Commands


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            {"event": "playAudio", "media": {"contentType": "audio/x-mulaw", "sampleRate": 8000, "payload": PAYLOAD}},
            PlayAudio(payload=AUDIO, content_type="audio/x-mulaw", rate=8000),
        ),
        (
            {
                "event": "playAudio",
                "streamId": ID,
                "media": {"contentType": "wav", "sampleRate": "8000", "payload": ""},
            },
            PlayAudio(payload=b"", content_type="wav", rate=8000),
        ),
        ({"event": "playAudio", "media": {"payload": PAYLOAD}}, PlayAudio(payload=AUDIO)),
        ({"event": "checkpoint", "streamId": ID, "name": "a"}, SetCheckpoint(name="a", stream_id=ID)),
        ({"event": "checkpoint", "name": 3}, SetCheckpoint(name="3")),
        ({"event": "clearAudio", "streamId": ID}, ClearAudio(stream_id=ID)),
        ({"event": "clearAudio", "stream_id": ID}, ClearAudio(stream_id=ID)),
        ({"event": "clearAudio"}, ClearAudio()),
        ({"event": "sendDTMF", "dtmf": "123#"}, SendDtmf(digits="123#")),
        ({"event": "sendDTMF", "dtmf": "abcd"}, SendDtmf(digits="ABCD")),
        ({"event": "tomorrow"}, OtherCommand(event="tomorrow")),
    ],
)
def test_every_command_that_was_seen_is_read(command: dict[str, Any], expected: commands.Command) -> None:
    assert read_command(json.dumps(command)) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "not JSON"),
        ("{}", "no event name"),
        ('{"event": "playAudio"}', "playAudio has no payload"),
        ('{"event": "playAudio", "media": {"payload": "?"}}', "playAudio frame's payload is not Base64"),
        ('{"event": "checkpoint"}', "has no name"),
        ('{"event": "sendDTMF"}', "0-9 [*] # A-D, not empty"),
        ('{"event": "sendDTMF", "dtmf": "12Z"}', "0-9 [*] # A-D, not Z"),
    ],
)
def test_a_broken_command_is_an_error_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(FrameError, match=sentence):
        read_command(text)


# Nothing from outside gets past FrameError


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
EVENTS = (
    "start",
    "media",
    "dtmf",
    "playedStream",
    "stop",
    "error",
    "playAudio",
    "checkpoint",
    "clearAudio",
    "sendDTMF",
)
FIELDS = ("streamId", "sequenceNumber", "payload", "mediaFormat", "encoding", "tracks", "digit", "name", "dtmf")
FRAMES = st.builds(
    lambda event, fields, body: {"event": event, **fields, event: body},
    st.sampled_from(EVENTS) | JSON.filter(lambda value: isinstance(value, str)),
    st.dictionaries(st.sampled_from((*FIELDS, "extra_headers", "media")), JSON),
    st.dictionaries(st.sampled_from(FIELDS), JSON) | JSON,
)


def reads_or_refuses(text: str | bytes) -> None:
    for read in (read_frame, read_command):
        with suppress(FrameError):
            assert read(text) is not None


@given(st.text() | st.binary() | st.text(st.characters(categories=["Cs", "Lu"])))
def test_any_text_or_bytes_is_read_or_refused(text: str | bytes) -> None:
    reads_or_refuses(text)


@given(JSON | FRAMES)
def test_any_json_is_read_or_refused(frame: object) -> None:
    reads_or_refuses(json.dumps(frame))


# What is written is what every known consumer takes


def test_frames_are_written_as_every_known_consumer_takes_them() -> None:
    assert json.loads(frames.start_frame(START)) == START_FRAME
    assert json.loads(frames.media_frame(MEDIA)) == media()
    assert json.loads(frames.dtmf_frame(Dtmf(stream_id=ID, sequence=9, digit="5"), "1705312200000")) == {
        "event": "dtmf",
        "sequenceNumber": 9,
        "streamId": ID,
        "dtmf": {"track": "inbound", "digit": "5", "timestamp": "1705312200000"},
        "extra_headers": "{}",
    }


def test_commands_are_written_as_documented() -> None:
    assert json.loads(commands.play_audio_command(AUDIO, L16_16K)) == {
        "event": "playAudio",
        "media": {"contentType": "audio/x-l16", "sampleRate": 16000, "payload": PAYLOAD},
    }
    assert json.loads(commands.checkpoint_command(ID, "a")) == {"event": "checkpoint", "streamId": ID, "name": "a"}
    assert json.loads(commands.clear_audio_command(ID)) == {"event": "clearAudio", "streamId": ID}
    assert json.loads(commands.send_dtmf_command("1a#")) == {"event": "sendDTMF", "dtmf": "1A#"}


IDS = st.uuids().map(str)
NUMBERS = st.integers(1, 2**40)


@given(IDS, NUMBERS, st.sampled_from(STREAM_FORMATS), st.dictionaries(NAMES, NAMES, max_size=5))
def test_a_start_frame_reads_back(
    stream_id: str, number: int, audio_format: AudioFormat, extra: dict[str, str]
) -> None:
    start = Start(
        stream_id=stream_id,
        sequence=number,
        call_id=CALL,
        account_id="MA",
        tracks=["inbound", "outbound"],
        format=audio_format,
        extra_headers=extra,
    )
    assert read_frame(frames.start_frame(start)) == start


@given(IDS, NUMBERS, NUMBERS, st.sampled_from(["inbound", "outbound"]), st.binary(max_size=700))
def test_a_media_frame_reads_back(stream_id: str, number: int, chunk: int, track: str, payload: bytes) -> None:
    sent = Media(
        stream_id=stream_id, sequence=number, track=track, timestamp=str(chunk * 20), chunk=chunk, payload=payload
    )
    assert read_frame(frames.media_frame(sent)) == sent


@given(IDS, NUMBERS, st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100))
def test_acknowledgements_read_back(stream_id: str, number: int, name: str) -> None:
    played = PlayedStream(stream_id=stream_id, sequence=number, name=name)
    cleared = ClearedAudio(stream_id=stream_id, sequence=number)
    assert read_frame(frames.played_stream_frame(played)) == played
    assert read_frame(frames.cleared_audio_frame(cleared)) == cleared


@given(st.binary(max_size=700), st.sampled_from(STREAM_FORMATS), st.text("0123456789*#ABCDabcd", min_size=1))
def test_commands_read_back(payload: bytes, audio_format: AudioFormat, digits: str) -> None:
    assert read_command(commands.play_audio_command(payload, audio_format)) == PlayAudio(
        payload=payload, content_type=audio_format.encoding, rate=audio_format.rate
    )
    assert read_command(commands.send_dtmf_command(digits)) == SendDtmf(digits=digits.upper())
