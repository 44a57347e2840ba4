from bridge.carrier.bot import Conversation, talking_bot
from bridge.carrier.call import Call
from bridge.carrier.plan import CallPlan, Parties
from bridge.carrier.voice import sentences, silence
from bridge.wire.commands import ClearAudio, PlayAudio, SetCheckpoint, read_command
from bridge.wire.document import StreamElement
from bridge.wire.formats import L16_16K, MULAW_8K
from bridge.wire.frames import Media, PlayedStream, Start

GREETING, ANSWER, *_ = (b"".join(frames) for frames in sentences("sam", MULAW_8K))
QUESTION = sentences("emma", MULAW_8K)[0]
QUIET = silence(MULAW_8K)(b"")


class OneCall:
    """The bot's conversation, fed by hand."""

    def __init__(self):
        self.bot = Conversation(Start(stream_id="s-1", format=MULAW_8K))

    def hear(self, frames):
        return self._read(command for frame in frames for command in self.bot.take(Media(payload=frame)))

    def greet(self):
        """The greeting, played to its end."""
        commands = self._read(self.bot.say())
        self.bot.take(PlayedStream(name=commands[-1].name))
        return commands

    def _read(self, commands):
        return [read_command(command) for command in commands]


def spoken(commands) -> bytes:
    return b"".join(command.payload for command in commands if isinstance(command, PlayAudio))


def test_it_greets_with_a_checkpoint_behind_the_last_word():
    commands = OneCall().greet()
    assert spoken(commands) == GREETING
    assert isinstance(commands[-1], SetCheckpoint)
    assert commands[-1].stream_id == "s-1"


def test_it_answers_when_the_caller_has_stopped_and_not_in_their_pauses():
    call = OneCall()
    call.greet()
    assert call.hear([QUIET] * 50) == []
    assert call.hear(QUESTION) == []
    assert call.hear([QUIET] * 25) == []
    assert spoken(call.hear([QUIET] * 10)) == ANSWER
    assert call.hear([QUIET] * 100) == []


def test_who_speaks_into_its_sentence_has_the_rest_cleared_and_is_answered():
    call = OneCall()
    call.bot.say()
    assert call.hear([QUIET] * 50) == []
    assert call.hear(QUESTION) == [ClearAudio(stream_id="s-1")]
    assert spoken(call.hear([QUIET] * 35)) == ANSWER


async def test_a_caller_hears_its_greeting_in_the_streams_format():
    async with talking_bot() as url:
        stream = StreamElement(url=url, bidirectional=True, content_type=L16_16K.content_type)
        parties = Parties(from_="+447700900123", to="+14155550101")
        outcome = await Call(CallPlan(parties=parties, target=stream, seconds=1.2)).run()
    greeting = b"".join(sentences("sam", L16_16K)[0])
    assert greeting[: L16_16K.bytes_per_second // 4] in outcome.heard
    assert not outcome.findings
