"""Findings of the protocol check: what a bot does that Plivo, or the caller, may not take as it was meant.

`RULES` is the one table of them; `docs/findings.md` has a section for each code. Source: Plivo's Audio Streaming
pages, and what real bots were seen to send.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from bridge.wire.level import Level


class Rule(Struct, frozen=True):
    """What is known of a code before it is found."""

    level: Level
    text: str
    """What is wrong, as a sentence without its stop: a finding may add what it saw."""
    remedy: str
    """What to do about it, as a sentence."""


class Finding(Struct, kw_only=True):
    """One code of `RULES` as it was found on a stream."""

    code: str
    level: Level
    text: str
    """What is wrong, with what was seen the first time."""
    remedy: str
    count: int = 1
    first_at: int
    """Milliseconds since the stream's start."""


RULES: Final[dict[str, Rule]] = {
    "not-a-command": Rule(
        "error",
        "Something came that is not a command",
        "Send each command as one JSON object in a text frame, with its name in `event`.",
    ),
    "unknown-command": Rule(
        "warning",
        "A command came that Plivo does not know",
        "Use playAudio, checkpoint, clearAudio and sendDTMF only.",
    ),
    "one-way": Rule(
        "error",
        "A command came on a stream that is not bidirectional",
        'Put bidirectional="true" on the <Stream>, or send nothing.',
    ),
    "play-no-payload": Rule(
        "error",
        "A playAudio came whose media has no payload in Base64",
        "Put the audio into media.payload, in standard Base64 without line breaks.",
    ),
    "play-stream-id": Rule(
        "info",
        "A playAudio has a streamId on top, which Plivo does not document",
        "Leave it out: the socket already tells which stream it is.",
    ),
    "play-rate-string": Rule(
        "info",
        "A playAudio gives its sampleRate as a string",
        "Send media.sampleRate as a number.",
    ),
    "play-rate-in-type": Rule(
        "info",
        "A playAudio has ;rate= in its contentType",
        "Send media.contentType without it, and the rate as media.sampleRate.",
    ),
    "play-no-format": Rule(
        "warning",
        "A playAudio does not say its contentType and sampleRate",
        "Send both, as the stream's start frame gave them in mediaFormat.",
    ),
    "play-unknown-format": Rule(
        "warning",
        "A playAudio names a format that no stream has",
        "Send the encoding and the rate of the start frame's mediaFormat.",
    ),
    "play-other-format": Rule(
        "error",
        "A playAudio names another format than the stream's, so that the caller hears noise or the wrong speed",
        "Convert the audio to the start frame's mediaFormat, or ask for another contentType in the <Stream>.",
    ),
    "play-other-coding": Rule(
        "error",
        "The audio sounds as if it were in another coding than the stream's, so that the caller hears noise",
        "Convert the audio to the start frame's mediaFormat; to name the right one is not enough.",
    ),
    "play-byte-order": Rule(
        "error",
        "The audio sounds as if its bytes were in the wrong order, so that the caller hears noise",
        "Send L16 in little-endian order.",
    ),
    "play-file-header": Rule(
        "error",
        "A payload begins with the header of an audio file, which the caller hears as a click or as noise",
        "Send samples only: leave the header out, and decode what is compressed.",
    ),
    "play-half-sample": Rule(
        "error",
        "A payload of L16 has an odd number of bytes, so that what follows may be noise",
        "Cut the audio between samples: an even number of bytes each time.",
    ),
    "play-long": Rule(
        "warning",
        "A playAudio has more than 16 KB of Base64",
        "Cut the audio into smaller pieces; 20 ms to 1 s are usual.",
    ),
    "play-too-long": Rule(
        "error",
        "A playAudio has more than 64 KB of Base64, which Plivo may refuse",
        "Cut the audio into smaller pieces; 20 ms to 1 s are usual.",
    ),
    "queue-30": Rule(
        "info",
        "Plivo's queue of 40 s was 30 % full",
        "Nothing to do, as long as what you send is meant to be heard; a clearAudio drops it.",
    ),
    "queue-60": Rule(
        "warning",
        "Plivo's queue of 40 s was 60 % full",
        "Send the audio later: wait for a checkpoint before the next sentences.",
    ),
    "queue-90": Rule(
        "error",
        "Plivo's queue of 40 s was 90 % full",
        "Send the audio later: wait for a checkpoint before the next sentences.",
    ),
    "queue-overflow": Rule(
        "error",
        "More than Plivo's queue of 40 s was sent (buffer_overflow), and the caller does not hear it all",
        "Send the audio later: wait for a checkpoint before the next sentences.",
    ),
    "checkpoint-no-name": Rule(
        "error",
        "A checkpoint has no name",
        "Give it a name: playedStream repeats it.",
    ),
    "checkpoint-same-name": Rule(
        "info",
        "A checkpoint has the name of an earlier one, so that their playedStream cannot be told apart",
        "Number the names.",
    ),
    "checkpoint-unreached": Rule(
        "warning",
        "A checkpoint was neither played nor cleared",
        "Wait for its playedStream before closing the socket, or the end of what was said is never heard.",
    ),
    "clear-no-id": Rule(
        "warning",
        "A clearAudio does not say which stream",
        "Send the start frame's streamId with it.",
    ),
    "clear-stream-id": Rule(
        "warning",
        "A clearAudio names its stream stream_id",
        "Call it streamId.",
    ),
    "audio-after-clear": Rule(
        "warning",
        "Audio came within 200 ms of a clearAudio: if it belongs to what was cleared, the caller hears a scrap of it",
        "Stop what produces the audio before sending clearAudio, and drop what is on its way.",
    ),
    "dtmf-digits": Rule(
        "error",
        "A sendDTMF has other digits than 0-9 * # A-D, or none",
        'Send the digits as a string in `dtmf`, like "123#".',
    ),
    "closed-with-error": Rule(
        "error",
        "The bot closed the socket with an error, or lost it",
        "Close with 1000 when the conversation is over; look for an exception in the bot's log.",
    ),
}
"""Every code, with its level, sentence and remedy."""
