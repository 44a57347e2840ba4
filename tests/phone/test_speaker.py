"""The legs of a stream become one even sound at the device's rate."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.audio.codec import encode
from bridge.audio.ring import Ring
from bridge.phone.settings import PhoneSettings
from bridge.phone.speaker import Speaker
from bridge.wire.formats import L16_16K, MULAW_8K, STREAM_FORMATS, AudioFormat
from bridge.wire.link.audio import Audio, Leg


def piece(audio_format: AudioFormat, number: int, hz: float = 440) -> bytes:
    at = np.arange(number * audio_format.rate // 50, (number + 1) * audio_format.rate // 50)
    return encode((0.4 * np.sin(2 * np.pi * hz * at / audio_format.rate)).astype(np.float32), audio_format)


def hear(
    speaker: Speaker, audio_format: AudioFormat, pieces: range, legs: tuple[Leg, ...] = (Leg.CALLER,)
) -> np.ndarray:
    """20 ms in, 20 ms out, as often as there are pieces."""
    blocks = [speaker.block()]
    for number in pieces:
        for leg in legs:
            speaker.hear(Audio(leg, 1, number * audio_format.rate // 50, piece(audio_format, number, 440 * leg)))
        blocks += [speaker.block(), speaker.block()]
    return np.concatenate(blocks)[:, 0]


def depth_ms(speaker: Speaker) -> int:
    assert speaker.caller is not None
    return speaker.caller.depth_ms


@pytest.mark.parametrize("device_rate", [44100, 48000])
@pytest.mark.parametrize("audio_format", STREAM_FORMATS, ids=lambda f: f.label)
def test_what_goes_in_comes_out_at_the_devices_rate(audio_format: AudioFormat, device_rate: int):
    speaker = Speaker()
    speaker.use_device(Ring(device_rate), device_rate, 1)
    speaker.use_stream(audio_format)
    heard = hear(speaker, audio_format, range(60))
    assert len(heard) == pytest.approx(1.21 * device_rate, abs=0.006 * device_rate)
    assert np.argmax(np.abs(heard) > 0.1) < 0.062 * device_rate
    second = heard[device_rate // 10 :][:device_rate]
    assert np.argmax(np.abs(np.fft.rfft(second * np.hanning(len(second))))) == 440


def test_both_legs_are_mixed_and_cut_off_where_they_are_too_loud():
    speaker = Speaker()
    speaker.use_stream(L16_16K)
    heard = hear(speaker, L16_16K, range(60), (Leg.CALLER, Leg.AGENT))[4800:][:48000]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) * 4 / len(heard)
    assert spectrum[440] == pytest.approx(0.4, rel=0.05)
    assert spectrum[880] == pytest.approx(0.4, rel=0.05)
    assert np.abs(heard).max() <= 1


def test_without_a_stream_there_is_silence_of_the_right_length():
    speaker = Speaker()
    speaker.use_device(Ring(44100), 44100, 1)
    assert speaker.block().tolist() == [[0]] * 441
    assert speaker.caller is None
    assert speaker.leg_dbfs(Leg.CALLER) is None


def test_a_new_stream_has_nothing_of_the_one_before():
    speaker = Speaker()
    speaker.use_stream(MULAW_8K)
    hear(speaker, MULAW_8K, range(10))
    speaker.use_stream(L16_16K)
    assert depth_ms(speaker) == 0
    assert not speaker.block().any()


def test_an_operators_own_voice_is_no_leg():
    speaker = Speaker()
    speaker.use_stream(MULAW_8K)
    speaker.hear(Audio(Leg.OPERATOR, 1, 0, piece(MULAW_8K, 0)))
    assert depth_ms(speaker) == 0


def test_on_a_stereo_device_the_caller_is_left_and_the_far_end_right():
    speaker = Speaker()
    speaker.use_device(Ring(48000), 48000, 2)
    speaker.use_stream(L16_16K)
    speaker.use(PhoneSettings(agent_volume_db=-20))
    blocks = [speaker.block()]
    for number in range(30):
        speaker.hear(Audio(Leg.AGENT, 1, number * 320, piece(L16_16K, number)))
        blocks += [speaker.block(), speaker.block()]
    heard = np.concatenate(blocks)
    assert not heard[:, 0].any()
    assert np.abs(heard[24000:, 1]).max() == pytest.approx(0.04, rel=0.05)


def test_who_does_not_want_stereo_hears_both_legs_in_the_middle():
    speaker = Speaker()
    speaker.use_device(Ring(48000), 48000, 2)
    speaker.use_stream(L16_16K)
    speaker.use(PhoneSettings(stereo=False))
    blocks = []
    for number in range(30):
        speaker.hear(Audio(Leg.CALLER, 1, number * 320, piece(L16_16K, number)))
        blocks += [speaker.block(), speaker.block()]
    heard = np.concatenate(blocks)
    assert np.abs(heard[24000:, 1]).max() == pytest.approx(0.4, rel=0.05)
    assert np.array_equal(heard[:, 0], heard[:, 1])


def in_full_sound(ring: Ring) -> Speaker:
    """Both legs are a tone, and the ring of a stereo device has been fed."""
    speaker = Speaker()
    speaker.use_device(ring, 48000, 2)
    speaker.use_stream(L16_16K)
    heard = np.zeros(960, np.float32)
    for number in range(30):
        for leg in (Leg.CALLER, Leg.AGENT):
            speaker.hear(Audio(leg, 1, number * 320, piece(L16_16K, number)))
        for _ in range(2):
            speaker.feed()
            ring.read_into(heard)
    speaker.feed()
    return speaker


def assert_faded_out(cleared: np.ndarray, by: int) -> None:
    """Sound at first, none from so many samples on, and no click in between."""
    assert np.abs(cleared[:100]).max() > 0.1
    assert not cleared[by:].any()
    assert np.abs(np.diff(cleared)).max() < 1.3 * 0.4 * 2 * np.pi * 440 / 48000


def test_what_is_cleared_fades_out_of_what_the_device_has_not_played_yet_and_the_rest_goes_on():
    ring = Ring(48000)
    speaker = in_full_sound(ring)
    speaker.hear(Audio(Leg.AGENT, 1, 0, b""))
    unheard = ring.read().reshape(-1, 2)
    assert_faded_out(unheard[:, 1], 240)
    assert np.abs(unheard[480:, 0]).max() > 0.3
    assert not speaker.block()[:, 1].any()


class TakenFrom(Ring):
    """A device takes 10 ms at the worst of moments: once it was asked how much is held, or once that was rewritten."""

    moment = ""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self.taken = np.zeros(960, np.float32)

    @property
    def held(self) -> int:
        held = super().held
        self._be_taken_from("asked")
        return held

    def rewrite(self, samples: np.ndarray) -> None:
        super().rewrite(samples)
        self._be_taken_from("rewritten")

    def _be_taken_from(self, moment: str) -> None:
        if moment == self.moment:
            self.moment = ""
            self.read_into(self.taken)


@pytest.mark.parametrize(("moment", "by"), [("asked", 480 + 240), ("rewritten", 240)])
def test_a_device_that_takes_some_of_what_is_cleared_meanwhile_makes_no_click(moment: str, by: int):
    ring = TakenFrom(48000)
    speaker = in_full_sound(ring)
    ring.moment = moment
    speaker.hear(Audio(Leg.AGENT, 1, 0, b""))
    assert ring.moment == ""
    assert_faded_out(np.concatenate((ring.taken, ring.read())).reshape(-1, 2)[:, 1], by)


def test_what_the_operator_is_told_is_heard_once_on_both_sides():
    speaker = Speaker()
    speaker.use_device(Ring(48000), 48000, 2)
    speaker.tell(np.full(600, 0.25, np.float32))
    heard = np.concatenate([speaker.block() for _ in range(3)])
    assert (heard[:600] == 0.25).all()
    assert not heard[600:].any()
