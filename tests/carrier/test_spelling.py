"""Every frame as the profiles spell it, and the default one as Plivo's own SDK takes it."""

import msgspec
import pytest

from bridge.carrier.frames import Frames
from bridge.carrier.plan import Parties
from bridge.carrier.profile import PROFILES, Spelling
from bridge.wire.document import StreamElement
from bridge.wire.formats import STREAM_FORMATS
from bridge.wire.frames import ClearedAudio, Dtmf, Media, PlayedStream, Start, Stop, read_frame

PARTIES = Parties(from_="+447700900123", to="+14155550100")
HEADERS = {"customer": "c1", "tier": "gold"}


def spell(spelling: Spelling, audio_format=STREAM_FORMATS[0]) -> list[str]:
    """One frame of each event."""
    stream = StreamElement(
        url="ws://bot", bidirectional=True, content_type=audio_format.content_type, extra_headers=HEADERS
    )
    frames = Frames(PARTIES, stream, spelling)
    return [
        frames.start(),
        frames.media("inbound", 1, audio_format.silence * 10),
        frames.media("inbound", 2, audio_format.silence * 10),
        frames.dtmf("5"),
        frames.played("mark"),
        frames.cleared(),
        frames.rare("stop"),
    ]


def fields(spelling: Spelling) -> dict[str, dict]:
    spelt = [msgspec.json.decode(frame) for frame in spell(spelling)]
    return {frame["event"]: frame for frame in spelt}


@pytest.mark.parametrize("audio_format", STREAM_FORMATS, ids=lambda f: f.label)
def test_plivos_own_sdk_takes_every_frame_of_the_default_profile(audio_format):
    types = pytest.importorskip("plivo_stream.types")
    models = {
        "start": types.StartEvent,
        "media": types.MediaEvent,
        "dtmf": types.DtmfEvent,
        "playedStream": types.PlayedStreamEvent,
        "clearedAudio": types.ClearedAudioEvent,
    }
    for frame in spell(Spelling(), audio_format)[:-1]:
        event = msgspec.json.decode(frame)
        parsed = models[event["event"]].model_validate(event, strict=True)
        assert parsed.sequence_number == event["sequenceNumber"]


@pytest.mark.parametrize("name", PROFILES)
def test_the_bridge_reads_every_frame_of_every_profile(name):
    spelling = PROFILES[name].frames
    start, *rest = (read_frame(frame) for frame in spell(spelling))
    assert isinstance(start, Start)
    assert (start.stream_id, start.call_id) == (PARTIES.stream_id, PARTIES.call_uuid)
    assert start.extra_headers == ({} if spelling.extra_headers == "missing" else HEADERS)
    assert [type(frame) for frame in rest] == [Media, Media, Dtmf, PlayedStream, ClearedAudio, Stop]
    assert {frame.stream_id for frame in rest if not isinstance(frame, PlayedStream)} == {PARTIES.stream_id}
    assert rest[3].name == "mark"


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("json", '{"customer": "c1", "tier": "gold"}'),
        ("semicolons", "customer=c1;tier=gold"),
        ("commas", "customer=c1,tier=gold"),
        ("missing", None),
    ],
)
def test_extra_headers_come_in_every_form_that_was_seen(form, written):
    assert fields(Spelling(extra_headers=form))["start"].get("extra_headers") == written


def test_numbers_may_be_strings_and_timestamps_since_the_start():
    spelt = fields(Spelling(numbers="string", timestamps="start"))
    assert (spelt["media"]["sequenceNumber"], spelt["media"]["media"]["chunk"]) == ("3", "2")
    assert spelt["media"]["media"]["timestamp"] == "20"


def test_ids_may_be_nested_or_have_another_name():
    spelt = fields(Spelling(stream_id="nested", call_id="callUUID"))
    assert spelt["start"]["start"]["callUUID"] == PARTIES.call_uuid
    assert "streamId" not in spelt["media"]
    assert spelt["media"]["media"]["streamId"] == PARTIES.stream_id


def test_a_sparse_frame_has_less_and_one_with_unknown_fields_more():
    assert set(fields(Spelling(sparse=True))["start"]["start"]) == {"callId", "streamId", "mediaFormat"}
    assert "sequenceNumber" not in fields(Spelling(sparse=True))["clearedAudio"]
    assert all("nobodyKnows" in frame for frame in fields(Spelling(unknown_fields=True)).values())


def test_a_short_played_stream_has_its_name_only():
    assert fields(Spelling(short_played=True))["playedStream"] == {"event": "playedStream", "name": "mark"}
