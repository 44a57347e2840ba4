import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.wire.link.audio import MAX_AUDIO_BYTES, Audio, Leg, pack_audio, unpack_audio


@given(
    st.sampled_from(Leg),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**64 - 1),
    st.binary(max_size=2000),
)
def test_audio_unpacks_as_packed(leg: Leg, handle: int, position: int, payload: bytes) -> None:
    audio = Audio(leg, handle, position, payload)
    assert unpack_audio(pack_audio(audio)) == audio


@given(st.binary(max_size=64))
def test_any_bytes_are_audio_or_a_value_error(frame: bytes) -> None:
    try:
        assert unpack_audio(frame).payload == frame[16:]
    except ValueError:
        assert len(frame) < 16 or frame[0] not in list(Leg)


def test_audio_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        unpack_audio(b"\x01" + bytes(MAX_AUDIO_BYTES))


def test_the_audio_frame_has_its_documented_layout() -> None:
    packed = pack_audio(Audio(Leg.OPERATOR, 0x01020304, 5, b"ab"))
    assert packed == b"\x03\0\0\0\x04\x03\x02\x01\x05\0\0\0\0\0\0\0ab"
