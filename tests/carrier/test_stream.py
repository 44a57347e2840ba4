"""What is on the socket of an emulated stream: every frame, its pace, and commands carried out when they are due."""

import base64
import re
import time
import uuid
from functools import partial
from itertools import islice, pairwise, repeat

import pytest

from bridge.carrier.outcome import Ending
from bridge.carrier.voice import Parrot, Talker
from bridge.wire.commands import checkpoint_command, clear_audio_command, play_audio_command, send_dtmf_command
from bridge.wire.formats import L16_8K, L16_16K, L16_24K, MULAW_8K

SOON = 0.04
"""Seconds after which a checkpoint that is due has been answered."""


def tone(audio_format, ms: int) -> bytes:
    """Anything but silence."""
    return bytes([0x21, 0x13]) * (audio_format.bytes_per_second * ms // 2000)


@pytest.mark.parametrize("audio_format", [MULAW_8K, L16_8K, L16_16K, L16_24K], ids=lambda f: f.label)
async def test_every_frame_has_the_documented_form(far_end, ring, audio_format):
    stream = far_end.stream(content_type=audio_format.content_type, extra_headers={"customer": "c1", "tier": "gold"})
    plan = far_end.plan(stream, digits=((0.05, "5"),))
    call = ring(plan)
    await far_end.until_frames("media", 3)
    await far_end.send(checkpoint_command(plan.parties.stream_id, "mark"), clear_audio_command("any"))
    await far_end.until_frames("clearedAudio")
    await call.hang_up()

    frames = [frame for _, frame in far_end.frames]
    assert [frame["sequenceNumber"] for frame in frames] == list(range(1, len(frames) + 1))
    stream_id = plan.parties.stream_id
    assert frames[0] == {
        "event": "start",
        "sequenceNumber": 1,
        "start": {
            "callId": plan.parties.call_uuid,
            "streamId": stream_id,
            "accountId": plan.parties.account_id,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": audio_format.encoding, "sampleRate": audio_format.rate},
        },
        "extra_headers": '{"customer": "c1", "tier": "gold"}',
    }
    assert uuid.UUID(stream_id) != uuid.UUID(plan.parties.call_uuid)
    silence = base64.b64encode(audio_format.silence * (audio_format.rate // 50)).decode()
    media = far_end.named("media")
    first_at = int(media[0]["media"]["timestamp"])
    assert abs(first_at / 1000 - time.time()) < 30
    for number, frame in enumerate(media):
        assert isinstance(frame.pop("sequenceNumber"), int)
        assert frame == {
            "event": "media",
            "streamId": stream_id,
            "media": {
                "track": "inbound",
                "timestamp": str(first_at + 20 * number),
                "chunk": number + 1,
                "payload": silence,
            },
            "extra_headers": "{}",
        }
    (dtmf,) = far_end.named("dtmf")
    assert re.fullmatch("[0-9]{13}", dtmf["dtmf"].pop("timestamp"))
    assert isinstance(dtmf.pop("sequenceNumber"), int)
    assert dtmf == {
        "event": "dtmf",
        "streamId": stream_id,
        "dtmf": {"track": "inbound", "digit": "5"},
        "extra_headers": "{}",
    }
    (played,) = far_end.named("playedStream")
    assert set(played) == {"event", "sequenceNumber", "streamId", "name"}
    assert (played["streamId"], played["name"]) == (stream_id, "mark")
    (cleared,) = far_end.named("clearedAudio")
    assert set(cleared) == {"event", "sequenceNumber", "streamId"}
    assert cleared["streamId"] == stream_id


async def test_plivos_own_sdk_takes_every_frame_of_a_call(far_end, ring):
    types = pytest.importorskip("plivo_stream.types")
    models = {
        "start": types.StartEvent,
        "media": types.MediaEvent,
        "dtmf": types.DtmfEvent,
        "playedStream": types.PlayedStreamEvent,
        "clearedAudio": types.ClearedAudioEvent,
    }
    stream = far_end.stream(extra_headers={"customer": "c1"})
    call = ring(far_end.plan(stream, digits=((0.1, "5"),), caller=partial(Talker, who="emma")))
    await far_end.until_frames("dtmf")
    await far_end.send(play_audio_command(tone(MULAW_8K, 100), MULAW_8K), checkpoint_command("", "mark"))
    await far_end.until_frames("playedStream")
    await far_end.send(clear_audio_command("x"))
    await far_end.until_frames("clearedAudio")
    await call.hang_up()
    assert {frame["event"] for _, frame in far_end.frames} == set(models)
    for _, frame in far_end.frames:
        models[frame["event"]].model_validate(frame, strict=True)


@pytest.mark.realtime
async def test_media_keeps_pace_with_the_clock(far_end, ring):
    call = ring(far_end.plan())
    await far_end.until_frames("media", 151)
    outcome = await call.hang_up()
    came = far_end.at("media")
    in_three_seconds = sum(at - came[0] < 3.0 for at in came)
    assert in_three_seconds == pytest.approx(150, abs=1)
    assert came[150] - came[0] == pytest.approx(3.0, abs=0.02 + outcome.worst_lateness)
    assert outcome.frames_sent >= 151


async def test_the_caller_is_heard_speaking(far_end, ring):
    call = ring(far_end.plan(caller=partial(Talker, who="emma")))
    await far_end.until_frames("media", 60)
    await call.hang_up()
    said = Talker(MULAW_8K, "emma")
    assert far_end.audio().startswith(b"".join(said(b"") for _ in range(60)))


async def test_both_tracks_of_a_one_way_stream_carry_both_people(far_end, ring):
    stream = far_end.stream(bidirectional=False, audio_track="both")
    call = ring(
        far_end.plan(stream, caller=partial(Talker, who="jack"), far_end=partial(Talker, who="sam", pauses=(1, 2)))
    )
    await far_end.until_frames("media", 120)
    await call.hang_up()
    assert far_end.named("start")[0]["start"]["tracks"] == ["inbound", "outbound"]
    bodies = [frame["media"] for frame in far_end.named("media")][:120]
    assert [(body["track"], body["chunk"]) for body in bodies] == [
        (track, chunk) for chunk in range(1, 61) for track in ("inbound", "outbound")
    ]
    assert far_end.audio("inbound").strip(b"\xff")
    assert far_end.audio("outbound").strip(b"\xff")
    assert far_end.audio("inbound") != far_end.audio("outbound")


async def test_a_stream_of_the_outbound_track_carries_the_far_end(far_end, ring):
    stream = far_end.stream(bidirectional=False, audio_track="outbound")
    call = ring(far_end.plan(stream, far_end=partial(Talker, who="sam")))
    await far_end.until_frames("media", 60)
    await call.hang_up()
    assert {frame["media"]["track"] for frame in far_end.named("media")} == {"outbound"}
    assert far_end.audio("outbound").strip(b"\xff")


async def test_a_checkpoint_is_answered_when_the_audio_before_it_was_played(far_end, ring):
    call = ring(far_end.plan())
    await far_end.until_frames("media")
    sent = await far_end.send(play_audio_command(tone(MULAW_8K, 300), MULAW_8K), checkpoint_command("", "greeting"))
    await far_end.until_frames("playedStream")
    outcome = await call.hang_up()
    (answered,) = far_end.at("playedStream")
    assert 0.3 <= answered - sent <= 0.3 + SOON + outcome.worst_lateness
    assert outcome.played == ["greeting"]


async def test_checkpoints_on_an_empty_queue_and_at_one_instant_are_answered_at_once_and_in_order(far_end, ring):
    call = ring(far_end.plan())
    await far_end.until_frames("media")
    sent = await far_end.send(*(checkpoint_command("", name) for name in ("a", "b", "b")))
    await far_end.until_frames("playedStream", 3)
    outcome = await call.hang_up()
    assert [frame["name"] for frame in far_end.named("playedStream")] == ["a", "b", "b"]
    assert far_end.at("playedStream")[-1] - sent <= SOON + outcome.worst_lateness


async def test_a_clear_drops_what_is_queued_and_is_acknowledged(far_end, ring):
    call = ring(far_end.plan())
    await far_end.until_frames("media")
    await far_end.send(
        play_audio_command(tone(MULAW_8K, 200), MULAW_8K),
        checkpoint_command("", "played"),
        play_audio_command(tone(MULAW_8K, 20_000), MULAW_8K),
        checkpoint_command("", "dropped"),
    )
    await far_end.until_frames("playedStream")
    cleared = await far_end.send(clear_audio_command(""), checkpoint_command("", "after"))
    await far_end.until_frames("clearedAudio")
    await far_end.until_frames("playedStream", 2)
    outcome = await call.hang_up()
    assert far_end.at("clearedAudio")[0] - cleared <= SOON + outcome.worst_lateness
    assert [frame["name"] for frame in far_end.named("playedStream")] == ["played", "after"]
    assert (outcome.played, outcome.dropped, outcome.clears) == (["played", "after"], ["dropped"], 1)
    heard = MULAW_8K.seconds(len(outcome.heard.strip(b"\xff")))
    assert 0.2 <= heard <= 0.2 + 3 * SOON + outcome.worst_lateness


@pytest.mark.parametrize("audio_format", [MULAW_8K, L16_8K, L16_16K], ids=lambda f: f.label)
async def test_what_the_caller_heard_is_what_was_sent_with_silence_around_it(far_end, ring, audio_format):
    call = ring(far_end.plan(far_end.stream(content_type=audio_format.content_type)))
    await far_end.until_frames("media", 5)
    sent = tone(audio_format, 240)
    pieces = [sent[at : at + audio_format.frame_bytes * 3] for at in range(0, len(sent), audio_format.frame_bytes * 3)]
    await far_end.send(
        *(play_audio_command(piece, audio_format) for piece in pieces), checkpoint_command("", "all of it")
    )
    await far_end.until_frames("playedStream")
    outcome = await call.hang_up()
    assert outcome.heard.strip(audio_format.silence) == sent
    assert outcome.heard.startswith(audio_format.silence * (audio_format.rate * 60 // 1000))


async def test_digits_are_pressed_at_their_times_and_those_sent_are_kept(far_end, ring):
    call = ring(far_end.plan(digits=((0.1, "4"), (0.2, "2"), (0.2, "#"))))
    await far_end.until_frames("start")
    await far_end.send(send_dtmf_command("123#"), send_dtmf_command("A"))
    await far_end.until_frames("dtmf", 3)
    outcome = await call.hang_up()
    assert [frame["dtmf"]["digit"] for frame in far_end.named("dtmf")] == ["4", "2", "#"]
    since_start = [at - far_end.at("media")[0] for at in far_end.at("dtmf")]
    assert since_start == pytest.approx([0.1, 0.2, 0.2], abs=SOON + outcome.worst_lateness)
    assert outcome.digits == "123#A"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("not json", "not-a-command"),
        (b"binary", "not-a-command"),
        ('{"event":"flyAway"}', "unknown-command"),
        ('{"event":"checkpoint"}', "checkpoint-no-name"),
        ('{"event":"playAudio","media":{"payload":"%%%"}}', "play-no-payload"),
        (play_audio_command(b"\0\0", L16_16K), "play-other-format"),
    ],
    ids=["no JSON", "binary", "unknown", "no name", "no Base64", "another format"],
)
async def test_a_command_that_cannot_be_carried_out_is_found_and_the_call_goes_on(far_end, ring, message, code):
    call = ring(far_end.plan())
    await far_end.until_frames("media")
    await far_end.send(message, checkpoint_command("", "still there"))
    await far_end.until_frames("playedStream")
    outcome = await call.hang_up()
    assert [finding.code for finding in outcome.findings] == [code]
    assert outcome.ending is Ending.CALLER


async def test_more_than_the_queue_holds_is_thrown_away(far_end, ring):
    call = ring(far_end.plan())
    await far_end.until_frames("media")
    await far_end.send(*[play_audio_command(bytes(8000 * 4), MULAW_8K)] * 11, checkpoint_command("", "end"))
    await far_end.until(lambda: call.call.outcome.frames_got == 12)
    outcome = await call.hang_up()
    assert "queue-overflow" in [finding.code for finding in outcome.findings]
    assert outcome.audio_got_seconds == 44


async def test_a_one_way_stream_carries_out_nothing(far_end, ring):
    call = ring(far_end.plan(far_end.stream(bidirectional=False)))
    await far_end.until_frames("media")
    await far_end.send(play_audio_command(tone(MULAW_8K, 20), MULAW_8K), clear_audio_command(""), "[]")
    await far_end.until(lambda: call.call.outcome.frames_got == 3)
    outcome = await call.hang_up()
    assert [(finding.code, finding.count) for finding in outcome.findings] == [("one-way", 3)]
    assert not outcome.heard.strip(b"\xff")
    assert not far_end.named("clearedAudio")


async def test_a_queue_that_fills_up_degrades_the_stream(far_end, ring):
    call = ring(far_end.plan())
    await far_end.until_frames("media")
    for seconds, told in ((13, 1), (12, 2), (12, 3)):
        await far_end.send(play_audio_command(tone(MULAW_8K, seconds * 1000), MULAW_8K))
        await far_end.until(lambda told=told: far_end.callbacks().count("DegradedStream") == told)
    await call.hang_up()
    assert far_end.callbacks().count("DegradedStream") == 3


async def test_frames_leave_one_after_the_other_without_waiting_for_an_answer(far_end, ring):
    call = ring(far_end.plan())
    await far_end.until_frames("media", 26)
    outcome = await call.hang_up()
    gaps = [later - earlier for earlier, later in pairwise(far_end.at("media"))]
    assert max(gaps) <= 0.02 + SOON + outcome.worst_lateness


async def test_an_operator_who_talks_to_the_echo_call_hears_themselves(far_end, ring):
    said = b"".join(islice(map(Talker(MULAW_8K, "ruth"), repeat(b"")), 70)).lstrip(b"\xff")
    call = ring(far_end.plan(caller=Parrot))
    await far_end.until_frames("media")
    await far_end.send(play_audio_command(said, MULAW_8K))
    await far_end.until(lambda: said[800:] in far_end.audio())
    outcome = await call.hang_up()
    assert said in outcome.heard
