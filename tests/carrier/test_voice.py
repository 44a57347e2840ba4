from pathlib import Path

import pytest

import bridge.carrier
from bridge.audio.levels import payload_dbfs
from bridge.carrier.voice import Parrot, Talker, silence
from bridge.wire.formats import L16_8K, L16_16K, MULAW_8K, STREAM_FORMATS

SPEECH = Path(bridge.carrier.__file__).parent / "speech"
SECOND = 50
"""Frames of 20 ms."""


def quiet(audio_format) -> bytes:
    return silence(audio_format)(b"")


def say(voice, frames, heard=b"") -> bytes:
    return b"".join(voice(heard) for _ in range(frames))


def test_the_speech_is_small_and_every_speaker_has_some():
    files = list(SPEECH.glob("*.wav"))
    assert {file.name.partition("-")[0] for file in files} == {"echo", "emma", "jack", "omar", "ruth", "sam"}
    assert sum(file.stat().st_size for file in files) < 800_000


@pytest.mark.parametrize("audio_format", STREAM_FORMATS, ids=lambda audio_format: audio_format.label)
def test_a_talker_speaks_at_an_ordinary_level_in_the_streams_format(audio_format):
    talker = Talker(audio_format, "emma")
    frames = [talker(b"") for _ in range(5 * SECOND)]
    assert {len(frame) for frame in frames} == {audio_format.frame_bytes}
    spoken = [frame for frame in frames if (payload_dbfs(frame, audio_format) or -99) > -50]
    assert -25 < payload_dbfs(b"".join(spoken), audio_format) < -17
    assert len(spoken) > 2 * SECOND


def test_the_same_seed_repeats_and_another_does_not():
    said = [say(Talker(MULAW_8K, "jack", seed=seed), 20 * SECOND) for seed in (1, 1, 2)]
    assert said[0] == said[1] != said[2]


def test_a_talker_pauses_between_sentences():
    said = say(Talker(L16_8K, "jack", pauses=(1.0, 3.0)), 30 * SECOND)
    second_of_silence = bytes(L16_8K.bytes_per_second)
    assert second_of_silence in said
    assert second_of_silence * 3 not in said


def test_a_talker_begins_no_sentence_while_another_speaks():
    talker, other = Talker(MULAW_8K, "jack"), Talker(MULAW_8K, "emma")
    sentence = [frame for frame in (other(b"") for _ in range(3 * SECOND)) if frame != quiet(MULAW_8K)]
    loud = max(sentence, key=lambda frame: payload_dbfs(frame, MULAW_8K) or -99)
    assert say(talker, 10 * SECOND, heard=loud) == quiet(MULAW_8K) * (10 * SECOND)
    assert say(talker, 2 * SECOND, heard=quiet(MULAW_8K)) != quiet(MULAW_8K) * (2 * SECOND)


@pytest.mark.parametrize("audio_format", [MULAW_8K, L16_16K], ids=lambda audio_format: audio_format.label)
def test_a_parrot_says_back_what_it_heard_once_the_other_has_finished(audio_format):
    parrot, other = Parrot(audio_format), Talker(audio_format, "ruth")
    introduced = 6 * SECOND
    say(parrot, introduced, heard=quiet(audio_format))
    other_said = [other(b"") for _ in range(4 * SECOND)]
    first = next(at for at, frame in enumerate(other_said) if (payload_dbfs(frame, audio_format) or -99) > -50)
    sentence = b"".join(other_said[first : first + SECOND])
    while_listening = b"".join(parrot(frame) for frame in other_said[first : first + SECOND])
    assert while_listening == quiet(audio_format) * SECOND
    assert sentence in say(parrot, 2 * SECOND + 40, heard=quiet(audio_format))


def test_a_parrot_introduces_itself():
    said = say(Parrot(MULAW_8K), 5 * SECOND, heard=quiet(MULAW_8K))
    assert payload_dbfs(said, MULAW_8K) > -30
