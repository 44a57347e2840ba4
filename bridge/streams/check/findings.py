"""The protocol check of one stream: what a bot sends, held against what Plivo takes and the caller hears.

Fed with the bot's commands as they come, it keeps a queue of its own as a mere length of time, so that it can run
beside a relay at any pace. The codes and their sentences are in `bridge/wire/findings.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bridge.streams.check.coding import L16_SWAPPED, CodingJudge, coding_of
from bridge.streams.check.fullness import CAPACITY, Fullness
from bridge.streams.check.said_formats import SaidFormats
from bridge.wire.commands import PlayAudio, Said, checked_digits, read_command, said_of, usual_play
from bridge.wire.fields import FrameError, json_object, text_field
from bridge.wire.findings import RULES, Finding
from bridge.wire.formats import AudioFormat

CLOSED_ON_PURPOSE = (1000, 1001, 1005)
"""Close codes of a bot that meant to end the stream; 1005 is a close frame without a code."""

_FILE_HEADERS = (b"RIFF", b"OggS", b"fLaC", b"ID3", b".snd")
_FIRST_OF_HEADERS = frozenset(header[0] for header in _FILE_HEADERS)
_LONG, _TOO_LONG = 16 * 1024 * 3 // 4, 64 * 1024 * 3 // 4
"""Bytes of a payload whose Base64 has 16 and 64 KB."""
_RIGHT_AFTER_A_CLEAR = 0.2
_OVERDUE_AFTER = 2.0
_JUDGE_EVERY, _JUDGE_AGAIN_EVERY = 20, 500
"""One frame in so many is listened to, before and after the first verdict."""
_LEAST_WINDOW = 160
"""Bytes of a window: less says too little."""
_KEPT = 1000
"""Checkpoints and names that are remembered."""
_OVERFLOW = "queue-overflow"
_QUEUE_CODES = {0.3: "queue-30", 0.6: "queue-60", 0.9: "queue-90"}


class Findings:
    """What was found on one stream. Times are monotonic seconds, and never go back."""

    def __init__(self, audio_format: AudioFormat, *, bidirectional: bool, started: float) -> None:
        self._format = audio_format
        self._bytes_per_second, self._sample_bytes = audio_format.bytes_per_second, audio_format.sample_bytes
        self._bidirectional = bidirectional
        self._started = self._now = started
        self._found: dict[str, Finding] = {}
        self._new: list[Finding] = []
        self._queue_end = started
        self._fullness = Fullness()
        self._fullest = ""
        self._cleared_at: float | None = None
        self._names: set[str] = set()
        self._open_checkpoints: list[tuple[str, float]] = []
        self._said_formats = SaidFormats(audio_format)
        self._judge = CodingJudge(audio_format)
        self._judge_every = _JUDGE_EVERY
        self._until_judged = 0
        self._faultless: Said | None = None
        """What a piece said of itself on which nothing was found."""

    @property
    def found(self) -> list[Finding]:
        """Everything found so far, in the order of the first time."""
        return list(self._found.values())

    def command(self, raw: str | bytes, at: float) -> list[Finding]:
        """Take the text of a frame that the bot sent; returns what was found for the first time with it."""
        self._now = at
        if not self._bidirectional:
            self._note("one-way")
            return self._newly_found()
        play = usual_play(raw)
        if play is not None:
            return self.plays((play.media.payload,), (at,), said_of(play))
        self._take_slowly(raw)
        return self._newly_found()

    def plays(self, payloads: Sequence[bytes], times: Sequence[float], said: Said) -> list[Finding]:
        """Take pieces in the usual form that have been read already, each with its time; returns as `command` does."""
        if not self._are_like_the_last(payloads, times, said):
            for payload, at in zip(payloads, times, strict=True):
                self._usual_play(payload, at, said)
        elif self._until_judged >= (length := len(payloads) * len(payloads[0])):
            self._until_judged -= length
        else:
            self._now = times[-1]
            for payload in payloads:
                self._listen(payload)
        return self._newly_found() if self._new else []

    def _are_like_the_last(self, payloads: Sequence[bytes], times: Sequence[float], said: Said) -> bool:
        """Whether nothing can be found on them but by ear: they say what a faultless one said, and have one size."""
        size = len(payloads[0])
        if said != self._faultless or self._cleared_at is not None:
            return False
        if not 0 < size <= _LONG or size % self._sample_bytes:
            return False
        if set(map(len, payloads)) != {size} or (
            not _FIRST_OF_HEADERS.isdisjoint(payload[0] for payload in payloads)
            and any(payload.startswith(_FILE_HEADERS) for payload in payloads)
        ):
            return False
        end, seconds, (low, high) = self._queue_end, size / self._bytes_per_second, self._fullness.steady
        for at in times:
            end = (end if end > at else at) + seconds
            if not low <= end - at < high:
                return False
        self._queue_end = end
        return True

    def _usual_play(self, payload: bytes, at: float, said: Said) -> None:
        self._now = at
        if not self._bidirectional:
            self._note("one-way")
            return
        before = sum(finding.count for finding in self._found.values())
        content_type, rate, stream_id = said
        self._play(payload, content_type, rate, named=bool(stream_id))
        if sum(finding.count for finding in self._found.values()) == before:
            self._faultless = said

    def binary(self, at: float) -> list[Finding]:
        """Take note of a binary frame that the bot sent."""
        self._now = at
        self._note("not-a-command", "a binary frame")
        return self._newly_found()

    def played(self, name: str, at: float) -> None:
        """The bot is told that a checkpoint was played, by Plivo or in its place."""
        self._now = at
        reached = next((mark for mark in self._open_checkpoints if mark[0] == name), None)
        if reached is not None:
            self._open_checkpoints.remove(reached)

    def emptied(self, at: float) -> None:
        """Plivo's queue was cleared, and not by the bot, whose checkpoints are answered all the same."""
        self._queue_end = min(self._queue_end, at)

    def forget_bot(self) -> None:
        """What follows is another bot's: its names are its own, and no answer is owed to the one before."""
        self._names.clear()
        self._open_checkpoints.clear()
        self._cleared_at = None

    def closed(self, *, by_bot: bool, code: int | None, at: float) -> list[Finding]:
        """The stream's socket is closed; `code` as it came, 1006 (or None) without a close frame."""
        self._now = at
        if by_bot and code not in CLOSED_ON_PURPOSE:
            without = code in (None, 1006)
            self._note("closed-with-error", "no close frame came" if without else f"its close code was {code}")
        for name, due in self._open_checkpoints:
            if by_bot or due < at - _OVERDUE_AFTER:
                self._note("checkpoint-unreached", f"{name!r:.80}")
        self._open_checkpoints.clear()
        return self._newly_found()

    def _note(self, code: str, detail: str = "") -> None:
        if (finding := self._found.get(code)) is not None:
            finding.count += 1
            return
        rule = RULES[code]
        text = f"{rule.text}: {detail}." if detail else f"{rule.text}."
        first_at = round((self._now - self._started) * 1000)
        finding = Finding(code=code, level=rule.level, text=text, remedy=rule.remedy, first_at=first_at)
        self._found[code] = finding
        self._new.append(finding)

    def _newly_found(self) -> list[Finding]:
        new, self._new = self._new, []
        return new

    def _take_slowly(self, raw: str | bytes) -> None:
        try:
            fields = json_object(raw)
        except FrameError as error:
            self._note("not-a-command", str(error).rstrip("."))
            return
        match fields.get("event"):
            case "playAudio":
                self._odd_play(raw, fields)
            case "checkpoint":
                self._checkpoint(text_field(fields, {}, "name"))
            case "clearAudio":
                self._clear(fields)
            case "sendDTMF":
                self._dtmf(fields)
            case str(event) if event:
                self._note("unknown-command", f"{event!r:.80}")
            case _:
                self._note("not-a-command", "it has no event name")

    # Audio

    def _odd_play(self, raw: str | bytes, fields: dict[str, Any]) -> None:
        """A playAudio whose fields have other types than documented."""
        try:
            play = read_command(raw)
        except FrameError:
            self._note("play-no-payload")
            return
        if isinstance(play, PlayAudio):
            rate = fields["media"].get("sampleRate")  # as it came: a number in a string is noted
            named = "streamId" in fields
            self._play(play.payload, play.content_type, rate if isinstance(rate, int | str) else None, named=named)

    def _play(self, payload: bytes, content_type: str | None, rate: int | str | None, *, named: bool) -> None:
        if named:
            self._note("play-stream-id")
        if self._cleared_at is not None:
            if self._now - self._cleared_at < _RIGHT_AFTER_A_CLEAR:
                self._note("audio-after-clear")
            else:
                self._cleared_at = None
        if len(payload) > _LONG:
            self._note("play-too-long" if len(payload) > _TOO_LONG else "play-long")
        self._queue(len(payload) / self._bytes_per_second)
        if not self._says_another_format(content_type, rate):
            self._look_into(payload)

    def _queue(self, seconds: float) -> None:
        end = max(self._now, self._queue_end) + seconds
        if end - self._now > CAPACITY:
            self._note_fullest(_OVERFLOW)
            return
        self._queue_end = end
        mark = self._fullness.risen_to(end - self._now)
        if mark is not None:
            self._note_fullest(_QUEUE_CODES[mark])

    def _note_fullest(self, code: str) -> None:
        """Of the queue's codes only the worst stands: whoever passes 90 % has passed 60 %."""
        codes = (*_QUEUE_CODES.values(), _OVERFLOW)
        if self._fullest and codes.index(code) < codes.index(self._fullest):
            return
        if self._fullest != code:
            self._found.pop(self._fullest, None)
        self._fullest = code
        self._note(code)

    def _says_another_format(self, content_type: str | None, rate: int | str | None) -> bool:
        noted = self._said_formats.judge(content_type, rate)
        if not noted:
            return False
        for code, detail in noted:
            self._note(code, detail)
        return any(code == "play-other-format" for code, _ in noted)

    def _look_into(self, payload: bytes) -> None:
        if payload.startswith(_FILE_HEADERS):
            self._note("play-file-header", payload[:4].decode("latin-1"))
        elif len(payload) % self._sample_bytes:
            self._note("play-half-sample")
        else:
            self._listen(payload)

    def _listen(self, payload: bytes) -> None:
        """Judge the coding on a sample of windows: to decode them all would cost more than the relay."""
        if self._until_judged >= len(payload):
            self._until_judged -= len(payload)
            return
        size, at = self._format.frame_bytes, self._until_judged
        while len(payload) - at >= _LEAST_WINDOW:
            verdict = self._judge.hear(payload[at : at + size])
            if verdict is not None:
                self._take_verdict(verdict)
            at += size * self._judge_every
        self._until_judged = max(0, at - len(payload))

    def _take_verdict(self, verdict: str) -> None:
        self._judge, self._judge_every = CodingJudge(self._format), _JUDGE_AGAIN_EVERY
        if verdict == L16_SWAPPED:
            self._note("play-byte-order")
        elif verdict != coding_of(self._format):
            self._note("play-other-coding", f"{verdict} on a stream in {self._format.label}")

    # Everything else

    def _checkpoint(self, name: str) -> None:
        if not name:
            self._note("checkpoint-no-name")
            return
        if name in self._names:
            self._note("checkpoint-same-name", f"{name!r:.80}")
        elif len(self._names) < _KEPT:
            self._names.add(name)
        self._open_checkpoints.append((name, max(self._now, self._queue_end)))
        del self._open_checkpoints[:-_KEPT]

    def _clear(self, fields: dict[str, Any]) -> None:
        if not text_field(fields, {}, "streamId"):
            self._note("clear-stream-id" if "stream_id" in fields else "clear-no-id")
        self._cleared_at = self._now if self._queue_end > self._now else None
        self._queue_end = min(self._queue_end, self._now)
        self._open_checkpoints = [mark for mark in self._open_checkpoints if mark[1] <= self._now]

    def _dtmf(self, fields: dict[str, Any]) -> None:
        try:
            checked_digits(text_field(fields, {}, "dtmf", "digits"))
        except FrameError:
            self._note("dtmf-digits")
