"""Every code of the protocol check: found by what it is about, and by nothing else."""

import base64
import json
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.audio.codec import decode, encode
from bridge.audio.resample import resample
from bridge.streams.check.findings import Findings
from bridge.wire.commands import checkpoint_command, clear_audio_command, play_audio_command, send_dtmf_command
from bridge.wire.findings import RULES
from bridge.wire.formats import L16_8K, L16_16K, MULAW_8K, STREAM_FORMATS, AudioFormat

SPEECH = Path(__file__).parents[2] / "bridge/carrier/speech"
PAGE = Path(__file__).parents[2] / "docs/findings.md"
STREAM = "0f0f0f0f-0000-4000-8000-000000000000"


def speech(audio_format: AudioFormat) -> list[bytes]:
    """Eleven seconds of people, in pieces of 20 ms."""
    samples = []
    for file in sorted(SPEECH.glob("[ejo]*-1.wav")):
        with wave.open(str(file)) as recording:
            samples.append(decode(recording.readframes(recording.getnframes()), L16_8K))
    payload = encode(resample(np.concatenate(samples), 8000, audio_format.rate), audio_format)
    return [payload[at : at + audio_format.frame_bytes] for at in range(0, len(payload), audio_format.frame_bytes)]


def quiet(seconds: float, audio_format: AudioFormat = MULAW_8K) -> bytes:
    return audio_format.silence * round(seconds * audio_format.rate)


def play(audio: bytes = quiet(0.02), *, on_top: dict | None = None, **media) -> str:
    """A playAudio on a mu-law stream; `media` replaces its fields, None takes one away."""
    fields = {"contentType": "audio/x-mulaw", "sampleRate": 8000, "payload": base64.b64encode(audio).decode()}
    given = {name: value for name, value in {**fields, **media}.items() if value is not None}
    return json.dumps({"event": "playAudio", "media": given, **(on_top or {})})


class Bot:
    """A bot that is being checked, with a clock that only it moves."""

    def __init__(self, audio_format: AudioFormat = MULAW_8K, *, bidirectional: bool = True) -> None:
        self.findings = Findings(audio_format, bidirectional=bidirectional, started=100.0)
        self.now = 100.0

    def send(self, *commands: str | bytes) -> None:
        for command in commands:
            self.findings.command(command, self.now)

    def talk(self, pieces: list[bytes], audio_format: AudioFormat) -> None:
        for piece in pieces:
            self.send(play_audio_command(piece, audio_format))
            self.now += 0.02

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings.found]


def on_queue(bot: Bot, seconds: int) -> None:
    bot.send(*[play(quiet(1.0))] * seconds)


def a_scrap_after_a_clear(bot: Bot) -> None:
    bot.send(play(quiet(1.0)))
    bot.now += 0.3
    bot.send(clear_audio_command(STREAM))
    bot.now += 0.02
    bot.send(play(quiet(0.02)))


def a_checkpoint_left_behind(bot: Bot) -> None:
    bot.send(play(quiet(1.0)), checkpoint_command(STREAM, "goodbye"))
    bot.findings.closed(by_bot=True, code=1000, at=bot.now)


def swapped(pieces: list[bytes]) -> list[bytes]:
    return [np.frombuffer(piece, "<i2").byteswap().tobytes() for piece in pieces]


MULAW_BOTS: dict[str, Callable[[Bot], object]] = {
    "not-a-command": lambda bot: bot.send("hello"),
    "unknown-command": lambda bot: bot.send('{"event":"flyAway"}'),
    "play-no-payload": lambda bot: bot.send(play(payload="%%%")),
    "play-stream-id": lambda bot: bot.send(play(on_top={"streamId": STREAM})),
    "play-rate-string": lambda bot: bot.send(play(sampleRate="8000")),
    "play-rate-in-type": lambda bot: bot.send(play(contentType="audio/x-mulaw;rate=8000")),
    "play-no-format": lambda bot: bot.send(play(contentType=None, sampleRate=None)),
    "play-unknown-format": lambda bot: bot.send(play(contentType="wav")),
    "play-other-format": lambda bot: bot.send(play(contentType="audio/x-l16", sampleRate=16000)),
    "play-other-coding": lambda bot: bot.talk(speech(L16_8K)[:500], MULAW_8K),
    "play-file-header": lambda bot: bot.send(play(b"RIFF" + quiet(0.02))),
    "play-long": lambda bot: bot.send(play(quiet(1.6))),
    "play-too-long": lambda bot: bot.send(play(quiet(7.0))),
    "queue-30": lambda bot: on_queue(bot, 13),
    "queue-60": lambda bot: on_queue(bot, 25),
    "queue-90": lambda bot: on_queue(bot, 37),
    "queue-overflow": lambda bot: on_queue(bot, 41),
    "checkpoint-no-name": lambda bot: bot.send('{"event":"checkpoint","streamId":"x"}'),
    "checkpoint-same-name": lambda bot: bot.send(*[checkpoint_command(STREAM, "same")] * 2),
    "checkpoint-unreached": a_checkpoint_left_behind,
    "clear-no-id": lambda bot: bot.send('{"event":"clearAudio"}'),
    "clear-stream-id": lambda bot: bot.send(json.dumps({"event": "clearAudio", "stream_id": STREAM})),
    "audio-after-clear": a_scrap_after_a_clear,
    "dtmf-digits": lambda bot: bot.send('{"event":"sendDTMF","dtmf":"12E"}'),
    "closed-with-error": lambda bot: bot.findings.closed(by_bot=True, code=1011, at=bot.now),
}
L16_BOTS: dict[str, Callable[[Bot], object]] = {
    "play-byte-order": lambda bot: bot.talk(swapped(speech(L16_8K)), L16_8K),
    "play-half-sample": lambda bot: bot.send(play_audio_command(b"\0" * 321, L16_8K)),
}
ONE_WAY_BOTS: dict[str, Callable[[Bot], object]] = {"one-way": lambda bot: bot.send(play())}


@pytest.mark.parametrize("code", MULAW_BOTS)
def test_a_bot_with_one_fault_on_a_mulaw_stream_is_found_by_that_code_alone(code):
    bot = Bot()
    MULAW_BOTS[code](bot)
    assert bot.codes == [code]


@pytest.mark.parametrize("code", L16_BOTS)
def test_a_bot_with_one_fault_on_an_l16_stream_is_found_by_that_code_alone(code):
    bot = Bot(L16_8K)
    L16_BOTS[code](bot)
    assert bot.codes == [code]


def test_a_bot_that_sends_on_a_one_way_stream_is_found_by_that_code_alone():
    bot = Bot(bidirectional=False)
    bot.send(play(sampleRate="8000"), "hello")
    assert bot.codes == ["one-way"]
    assert bot.findings.found[0].count == 2


def test_there_is_a_faulty_bot_for_every_code():
    assert {*MULAW_BOTS, *L16_BOTS, *ONE_WAY_BOTS} == set(RULES)


@pytest.mark.parametrize("audio_format", STREAM_FORMATS, ids=lambda f: f.label)
def test_a_good_bot_is_found_guilty_of_nothing(audio_format):
    bot = Bot(audio_format)
    bot.send(checkpoint_command(STREAM, "on an empty queue"))
    bot.talk(speech(audio_format), audio_format)
    bot.send(checkpoint_command(STREAM, "a"), checkpoint_command(STREAM, "b"), send_dtmf_command("12#"))
    bot.now += 1
    bot.send(clear_audio_command(STREAM), play_audio_command(quiet(0.02, audio_format), audio_format))
    for name in ("on an empty queue", "a", "b"):
        bot.findings.played(name, bot.now)
    bot.findings.closed(by_bot=True, code=1000, at=bot.now + 5)
    assert bot.codes == []


@pytest.mark.parametrize("audio_format", STREAM_FORMATS, ids=lambda f: f.label)
@pytest.mark.parametrize("sound", ["noise", 350, 1500, 3700])
def test_noise_and_tones_are_no_other_coding(audio_format, sound):
    at = np.arange(audio_format.rate * 20) / audio_format.rate
    noise = np.random.default_rng(1).standard_normal(len(at)) * 0.1
    samples = noise if sound == "noise" else np.sin(2 * np.pi * sound * at) * 0.3
    bot = Bot(audio_format)
    for start in range(0, len(at), audio_format.rate // 2):
        piece = encode(samples[start : start + audio_format.rate // 2].astype(np.float32), audio_format)
        bot.findings.command(play_audio_command(piece, audio_format), bot.now)
        bot.now += 0.5
    assert not {"play-other-coding", "play-byte-order"} & set(bot.codes)


def test_mulaw_on_an_l16_stream_is_heard():
    bot = Bot(L16_16K)
    bot.talk(speech(MULAW_8K), L16_16K)
    assert bot.codes == ["play-other-coding"]
    assert "mu-law on a stream in L16 16k" in bot.findings.found[0].text


def test_a_finding_tells_what_when_and_how_often():
    bot = Bot()
    bot.now = 101.25
    first = bot.findings.command(play(contentType="audio/x-l16", sampleRate=16000), bot.now)
    again = bot.findings.command(play(contentType="audio/x-l16", sampleRate=8000), bot.now + 1)
    (finding,) = bot.findings.found
    assert (first, again) == ([finding], [])
    assert (finding.code, finding.level, finding.count, finding.first_at) == ("play-other-format", "error", 2, 1250)
    assert finding.text.endswith(": L16 16k on a stream in mu-law 8k.")
    assert finding.remedy == RULES["play-other-format"].remedy


def test_of_a_filling_queue_only_the_worst_is_kept():
    bot = Bot()
    for seconds, code in ((13, "queue-30"), (12, "queue-60"), (12, "queue-90"), (5, "queue-overflow")):
        on_queue(bot, seconds)
        assert bot.codes == [code]
    bot.now += 60
    on_queue(bot, 13)
    assert bot.codes == ["queue-overflow"]


def test_a_queue_that_was_cleared_is_empty():
    bot = Bot()
    on_queue(bot, 11)
    bot.send(clear_audio_command(STREAM))
    bot.now += 0.5
    on_queue(bot, 11)
    assert bot.codes == []


def test_audio_long_after_a_clear_or_after_a_clear_of_nothing_is_fine():
    bot = Bot()
    bot.send(clear_audio_command(STREAM), play(quiet(1.0)), clear_audio_command(STREAM))
    bot.now += 0.21
    bot.send(play())
    assert bot.codes == []


@pytest.mark.parametrize("answer", ["played", "cleared", "hung up"])
def test_a_checkpoint_that_was_answered_or_could_not_be_is_fine(answer):
    bot = Bot()
    bot.send(play(quiet(1.0)), checkpoint_command(STREAM, "mark"))
    if answer == "played":
        bot.findings.played("mark", bot.now + 1)
    if answer == "cleared":
        bot.send(clear_audio_command(STREAM))
    bot.findings.closed(by_bot=answer != "hung up", code=1000, at=bot.now + 2)
    assert bot.codes == []


def test_a_checkpoint_that_plivo_never_answered_is_found_whoever_closes():
    bot = Bot()
    bot.send(checkpoint_command(STREAM, "mark"))
    bot.findings.closed(by_bot=False, code=1000, at=bot.now + 2.1)
    assert bot.codes == ["checkpoint-unreached"]


@pytest.mark.parametrize(("code", "found"), [(1000, []), (1001, []), (1005, []), (4000, ["closed-with-error"])])
def test_what_counts_as_an_error_is_told_by_the_close_code(code, found):
    bot = Bot()
    bot.findings.closed(by_bot=True, code=code, at=bot.now)
    assert bot.codes == found


def test_a_socket_closed_with_an_error_by_plivo_is_not_the_bots_fault():
    bot = Bot()
    bot.findings.closed(by_bot=False, code=1011, at=bot.now)
    assert bot.codes == []


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe",
        "",
        "[]",
        "{}",
        '{"event":"playAudio","media":[]}',
        '{"event":"playAudio","media":{"payload":7}}',
        '{"event":"playAudio","media":{"payload":"","sampleRate":1e99}}',
        '{"event":"checkpoint","name":{"a":1}}',
        '{"event":"sendDTMF","dtmf":[]}',
        "[" * 5000,
        '{"event":"' + "x" * 10_000 + '"}',
    ],
)
def test_whatever_comes_is_found_and_never_raised(raw):
    bot = Bot()
    bot.send(raw)
    assert bot.codes
    assert all(len(finding.text) < 300 for finding in bot.findings.found)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
events = st.sampled_from(["playAudio", "checkpoint", "clearAudio", "sendDTMF", "other"])
fields = st.sampled_from(["media", "payload", "contentType", "sampleRate", "name", "streamId", "dtmf"])


@given(
    st.lists(
        st.binary(max_size=50)
        | st.builds(
            lambda event, body: json.dumps({"event": event, **body}),
            events,
            st.dictionaries(fields, anything, max_size=4),
        ),
        max_size=20,
    )
)
def test_nothing_that_comes_raises(commands):
    bot = Bot()
    bot.send(*commands)
    assert set(bot.codes) <= set(RULES)


def test_a_piece_without_audio_between_good_ones_is_fine():
    bot = Bot()
    bot.send(play(), play(b""), play())
    assert bot.findings.found == []
    said = ("audio/x-mulaw", 8000, "")
    assert bot.findings.plays((quiet(0.02), b"", quiet(0.02)), (bot.now,) * 3, said) == []


def test_what_a_bot_repeats_for_ever_is_counted_and_not_kept():
    bot = Bot()
    for number in range(3000):
        bot.send(play(contentType=f"audio/{number}"), checkpoint_command(STREAM, f"{number}"))
    assert bot.codes == ["play-unknown-format", "queue-overflow"][: len(bot.codes)]
    assert bot.findings.found[0].count == 3000


@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 40), st.sampled_from([160, 160, 160, 161, 13_000, 60_000]), st.booleans()),
            min_size=1,
            max_size=16,
        ),
        max_size=8,
    )
)
def test_the_same_is_found_on_pieces_in_runs_as_one_by_one(runs):
    together, each = (Findings(L16_8K, bidirectional=True, started=0.0) for _ in range(2))
    said, now = (L16_8K.encoding, L16_8K.rate, ""), 0.0
    for run in runs:
        payloads = [(b"RIFF" if header and size < 200 else b"").ljust(size, b"\0") for _, size, header in run]
        times = [now := now + wait / 1000 for wait, _, _ in run]
        together.plays(payloads, times, said)
        for payload, at in zip(payloads, times, strict=True):
            each.plays((payload,), (at,), said)
        assert together.found == each.found


def test_the_next_bot_has_names_of_its_own_and_owes_nothing_for_the_one_before():
    bot = Bot()
    bot.send(checkpoint_command(STREAM, "s1"), checkpoint_command(STREAM, "never"))
    bot.findings.forget_bot()
    bot.send(checkpoint_command(STREAM, "s1"))
    bot.findings.played("s1", bot.now)
    bot.findings.closed(by_bot=True, code=1000, at=bot.now + 10)
    assert bot.codes == []


def test_every_code_has_its_section_on_the_page_with_its_level_sentence_and_remedy():
    sections = PAGE.read_text().split("\n### ")[1:]
    page = {section.split("\n", 1)[0].strip("`"): " ".join(section.split()) for section in sections}
    assert list(page) == list(RULES)
    for code, rule in RULES.items():
        assert f"**{rule.level}**" in page[code]
        assert f"{rule.text}." in page[code]
        assert rule.remedy in page[code]
