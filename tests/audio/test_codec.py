"""Codings are bit for bit what the field's other tools do."""

import hashlib
import sys

import numpy as np
import pytest

from bridge.audio.codec import decode, encode
from bridge.wire.formats import L16_8K, L16_16K, MULAW_8K

ALL_CODES = bytes(range(256))
ALL_SAMPLES = np.arange(-32768, 32768, dtype="<i2")

# sha256 of what Python 3.11's audioop made of ALL_CODES (as little-endian int16) and of ALL_SAMPLES.
AUDIOOP_DECODED = "3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827"
AUDIOOP_ENCODED = "81d633c9e6972a18c74a58720b96cb8ca0bdd096d4060b646dd708c3b846019a"


def decoded_to_16_bits(payload: bytes) -> bytes:
    return encode(decode(payload, MULAW_8K), L16_8K)


def encoded_from_16_bits(samples: np.ndarray) -> bytes:
    return encode(decode(samples.tobytes(), L16_8K), MULAW_8K)


def test_every_mulaw_code_decodes_as_audioop_did():
    assert hashlib.sha256(decoded_to_16_bits(ALL_CODES)).hexdigest() == AUDIOOP_DECODED


def test_every_16_bit_sample_encodes_to_mulaw_as_audioop_did():
    assert hashlib.sha256(encoded_from_16_bits(ALL_SAMPLES)).hexdigest() == AUDIOOP_ENCODED


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="audioop left the standard library with Python 3.13")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_golden_values_are_those_of_audioop():
    import audioop

    assert decoded_to_16_bits(ALL_CODES) == audioop.ulaw2lin(ALL_CODES, 2)
    assert encoded_from_16_bits(ALL_SAMPLES) == audioop.lin2ulaw(ALL_SAMPLES.tobytes(), 2)


def test_l16_survives_a_round_trip_unchanged():
    payload = ALL_SAMPLES.tobytes()
    assert encode(decode(payload, L16_16K), L16_16K) == payload


def test_l16_is_little_endian():
    assert decode(b"\x00\x40", L16_8K).tolist() == [0.5]


def test_half_a_sample_at_the_end_is_dropped():
    assert decode(b"\x00\x40\x7f", L16_8K).tolist() == [0.5]
    assert decode(b"\x7f", L16_8K).tolist() == []
    assert decode(b"", MULAW_8K).tolist() == []


def test_silence_is_the_formats_silent_sample():
    silence = np.zeros(160, np.float32)
    assert encode(silence, MULAW_8K) == MULAW_8K.silence * 160
    assert encode(silence, L16_8K) == L16_8K.silence * 160


def test_what_is_too_loud_is_cut_off_and_not_wrapped():
    loud = np.array([1.0, 3.0, -1.0, -3.0], np.float32)
    assert np.frombuffer(encode(loud, L16_8K), "<i2").tolist() == [32767, 32767, -32768, -32768]
    assert encode(loud, MULAW_8K) == b"\x80\x80\x00\x00"
