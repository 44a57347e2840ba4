"""WAV files as programs write them, and as they should not."""

import io
import struct
import wave
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.audio.codec import encode
from bridge.audio.wav import WavError, read_wav
from bridge.wire.formats import MULAW_8K

TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(800) / 8000)).astype(np.float32)


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def fmt(coding: int, bits: int, channels: int = 1, rate: int = 8000) -> bytes:
    frame = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", coding, channels, rate, rate * frame, frame, bits))


def wav(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def integers(samples: np.ndarray, bits: int) -> bytes:
    scaled = np.round(samples.astype(float) * 2 ** (bits - 1)).astype("<i4")
    if bits == 8:
        return (scaled + 128).astype(np.uint8).tobytes()
    return scaled.view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()


@pytest.mark.parametrize(("bits", "error"), [(8, 1 / 128), (16, 1e-4), (24, 1e-6), (32, 1e-6)])
def test_pcm_of_every_width(bits: int, error: float):
    recording = read_wav(wav(fmt(1, bits), chunk(b"data", integers(TONE, bits))))
    assert recording.rate == 8000
    assert recording.samples == pytest.approx(TONE, abs=error)


@pytest.mark.parametrize("bits", [32, 64])
def test_floats(bits: int):
    recording = read_wav(wav(fmt(3, bits), chunk(b"data", TONE.astype(f"<f{bits // 8}").tobytes())))
    assert recording.samples == pytest.approx(TONE, abs=1e-6)


def test_floats_that_are_no_sound_are_made_harmless():
    wild = np.array([np.nan, np.inf, -np.inf, 7.0], "<f4")
    assert read_wav(wav(fmt(3, 32), chunk(b"data", wild.tobytes()))).samples.tolist() == [0, 1, -1, 1]


def test_mulaw():
    recording = read_wav(wav(fmt(7, 8), chunk(b"data", encode(TONE, MULAW_8K))))
    assert recording.samples == pytest.approx(TONE, abs=0.02)


def test_what_the_standard_library_writes():
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(44100)
        writer.writeframes(integers(TONE, 16))
    recording = read_wav(file.getvalue())
    assert recording.rate == 44100
    assert recording.samples == pytest.approx(TONE, abs=1e-4)


def test_stereo_is_mixed_to_mono():
    stereo = np.column_stack((TONE, np.zeros_like(TONE)))
    recording = read_wav(wav(fmt(1, 16, channels=2), chunk(b"data", integers(stereo.ravel(), 16))))
    assert recording.samples == pytest.approx(TONE / 2, abs=1e-4)


def test_extensible_says_its_coding_in_the_subformat():
    head = struct.pack("<HHIIHH", 0xFFFE, 1, 8000, 16000, 2, 16)
    extension = struct.pack("<HHI", 22, 16, 4) + struct.pack("<H", 1) + b"\0" * 14
    recording = read_wav(wav(chunk(b"fmt ", head + extension), chunk(b"data", integers(TONE, 16))))
    assert recording.samples == pytest.approx(TONE, abs=1e-4)


def test_other_chunks_of_odd_length_are_passed_over():
    content = wav(chunk(b"LIST", b"abc"), fmt(1, 16), chunk(b"fact", b"xy"), chunk(b"data", integers(TONE, 16)))
    assert len(read_wav(content).samples) == len(TONE)


@pytest.mark.parametrize("length", [0xFFFFFFFF, 1_000_000])
def test_a_length_that_was_never_filled_in_means_to_the_end(length: int):
    content = wav(fmt(1, 16)) + b"data" + struct.pack("<I", length) + integers(TONE, 16) + b"\x01"
    assert len(read_wav(content).samples) == len(TONE)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not a WAV file"),
        (b"ID3\x03 an mp3 file", "not a WAV file"),
        (wav(), "no fmt chunk"),
        (wav(fmt(1, 16)), "no data chunk"),
        (wav(chunk(b"fmt ", b"\x01\x00"), chunk(b"data", b"\0\0")), "cut off"),
        (wav(fmt(1, 16), chunk(b"data", b"")), "no sound"),
        (wav(fmt(1, 16, channels=0), chunk(b"data", b"\0\0")), "0 channels"),
        (wav(fmt(1, 16, rate=0), chunk(b"data", b"\0\0")), "0 samples a second"),
        (wav(fmt(17, 4), chunk(b"data", b"\0\0")), "ffmpeg"),
    ],
)
def test_a_file_that_cannot_be_played_is_told_in_a_sentence(content: bytes, sentence: str):
    with pytest.raises(WavError, match=sentence):
        read_wav(content)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_content_raises_anything_else(head: bytes, data: bytes):
    for content in (head, wav(head, data), wav(chunk(b"fmt ", head), chunk(b"data", data))):
        with suppress(WavError):
            assert len(read_wav(content).samples) > 0
