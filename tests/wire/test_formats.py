import pytest

from bridge.wire.formats import (
    L16_8K,
    L16_16K,
    L16_24K,
    MULAW_8K,
    STREAM_FORMATS,
    AudioFormat,
    UnknownFormatError,
    parse_format,
)


@pytest.mark.parametrize(
    ("content_type", "rate", "expected"),
    [
        ("audio/x-l16;rate=8000", None, L16_8K),
        ("audio/x-l16;rate=16000", None, L16_16K),
        ("audio/x-l16;rate=24000", None, L16_24K),
        ("audio/x-mulaw;rate=8000", None, MULAW_8K),
        ("audio/x-mulaw", None, MULAW_8K),
        ("audio/x-l16", 16000, L16_16K),
        ("audio/x-l16;rate=16000", 8000, L16_16K),
        (" Audio/X-MuLaw ; Rate=8000 ", None, MULAW_8K),
        ("audio/L16", 8000, L16_8K),
        ("audio/pcmu", None, MULAW_8K),
    ],
)
def test_a_content_type_is_read_in_every_spelling(content_type: str, rate: int | None, expected: AudioFormat) -> None:
    assert parse_format(content_type, rate) == expected


@pytest.mark.parametrize(
    ("content_type", "rate"),
    [
        ("wav", None),
        ("", None),
        ("audio/x-mulaw;rate=16000", None),
        ("audio/x-l16;rate=44100", None),
        ("audio/x-l16", 11025),
        ("audio/opus;rate=8000", 8000),
        ("x" * 5000, None),
    ],
)
def test_a_format_that_no_stream_has_is_refused_with_the_known_ones(content_type: str, rate: int | None) -> None:
    with pytest.raises(UnknownFormatError, match="known are audio/x-l16;rate=8000") as refused:
        parse_format(content_type, rate)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("rate", ["1" * 5000, "²", "-8000", ""])
def test_a_rate_that_is_no_number_is_passed_over(rate: str) -> None:
    assert parse_format(f"audio/x-mulaw;rate={rate}") == MULAW_8K


@pytest.mark.parametrize("audio_format", STREAM_FORMATS)
def test_a_format_reads_back_from_its_own_content_type(audio_format: AudioFormat) -> None:
    assert parse_format(audio_format.content_type) == audio_format


@pytest.mark.parametrize(
    ("audio_format", "frame_bytes", "silence", "label"),
    [
        (MULAW_8K, 160, b"\xff", "mu-law 8k"),
        (L16_8K, 320, b"\0\0", "L16 8k"),
        (L16_16K, 640, b"\0\0", "L16 16k"),
        (L16_24K, 960, b"\0\0", "L16 24k"),
    ],
)
def test_a_frame_of_20_ms_has_its_size_and_silence(
    audio_format: AudioFormat, frame_bytes: int, silence: bytes, label: str
) -> None:
    assert audio_format.frame_bytes == frame_bytes
    assert audio_format.seconds(frame_bytes) == pytest.approx(0.020)
    assert (audio_format.silence, audio_format.label) == (silence, label)


def test_half_a_sample_at_the_end_is_left_out() -> None:
    assert [MULAW_8K.whole(payload) for payload in (b"", b"a", b"ab")] == [b"", b"a", b"ab"]
    assert [L16_8K.whole(payload) for payload in (b"", b"a", b"ab", b"abc")] == [b"", b"", b"ab", b"ab"]
