"""The phone's own link to the bridge: hears one stream, speaks into it, and comes back when the link is lost.

What the person wants (`listen`, `leave`, `step_in`, `step_out`) is noted at once; one task makes it so at the bridge.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bridge.operator.client import Address, LinkError, OperatorLink, RefusedError, user_name
from bridge.phone.microphone import Microphone
from bridge.phone.pace import Pace
from bridge.phone.speaker import Speaker
from bridge.phone.step import Step
from bridge.wire.formats import AudioFormat, UnknownFormatError, parse_format
from bridge.wire.link.answers import Changes, Done
from bridge.wire.link.audio import Audio, Leg
from bridge.wire.link.requests import ClientMessage, Listen, StepIn, StepOut
from bridge.wire.modes import SteppedIn
from bridge.wire.views import StreamView

_ANSWER_SECONDS = 3.0
_STEP_SECONDS = 10.0
"""A takeover is answered when Plivo has dropped what it had queued."""
_RETRY_SECONDS = 0.25
_SLOWEST_RETRY_SECONDS = 5.0
_MOST_UNSENT = 10
"""Frames of 20 ms that wait for the link; when there are more, the oldest goes."""


class Line:
    """One stream at a time. Starts stepped out, and does so again when the stream ends or the link is lost.

    `on_air` is called with True when the operator goes on the air, with False when off it.
    """

    def __init__(
        self, address: Address, speaker: Speaker, microphone: Microphone, on_air: Callable[[bool], None]
    ) -> None:
        self._told = on_air
        self._address = address
        self._speaker = speaker
        self._microphone = microphone
        self._link: OperatorLink | None = None
        self._wishes = asyncio.Event()
        self._unsent: asyncio.Queue[Audio] = asyncio.Queue(_MOST_UNSENT)
        self._heard: StreamView | None = None
        self._spoken = 0
        self.step = Step(self._turn)
        self.stream_id = ""
        """The stream that is wanted."""
        self.problem = ""
        """What is wrong with the link, as a sentence."""
        self.refused = ""
        """Why the bridge refused the last wish, as its sentence."""
        self.refusals = 0
        """Wishes refused so far."""

    @property
    def listening(self) -> bool:
        """Whether the bridge sends the wanted stream's audio."""
        return self._heard is not None and self._heard.stream_id == self.stream_id

    def listen(self, stream_id: str) -> None:
        """Hear this stream, and no other any more."""
        if stream_id != self.stream_id:
            self.step.step_out()
        self.stream_id = stream_id
        self._wish()

    def leave(self) -> None:
        """Hear nothing any more."""
        self.step.step_out()
        self.stream_id = ""
        self._wish()

    def step_in(self, mode: SteppedIn, *, seize: bool) -> None:
        """Speak into the stream that is heard, as soon as the bridge grants it; not later, when the link is back."""
        if self.problem or not self.stream_id:
            self.refuse(self.problem or "There is nobody to talk to: listen to a stream first.")
            return
        self.step.step_in(mode, seize=seize)
        self._wish()

    def step_out(self) -> None:
        """Let go of the microphone, and hand the call back."""
        self.step.step_out()
        self._wish()

    def mute(self, because: str = "") -> None:
        """Say nothing any more, from this moment on; `because` of something that the operator did not do."""
        self.step.mute(because)
        self._wishes.set()

    def unmute(self) -> None:
        """Speak again into the call that was taken over."""
        self.step.unmute()
        self._wish()

    def say(self, payload: bytes) -> None:
        """Send 20 ms of the operator's voice in the stream's format."""
        if not self.step.on_air or self._heard is None:
            return
        if self._unsent.full():
            self._unsent.get_nowait()
        self._unsent.put_nowait(Audio(Leg.OPERATOR, self._heard.handle, self._spoken, payload))
        self._spoken += len(payload) // _format_of(self._heard).sample_bytes

    def refuse(self, because: str) -> None:
        """Say why the last wish comes to nothing."""
        self.refused = because
        self.refusals += 1

    async def run(self) -> None:
        """Keep the link up until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_linked(), name="phone link")
            tasks.create_task(self._follow_wishes(), name="phone wishes")
            tasks.create_task(self._send_voice(), name="phone voice")

    def _wish(self) -> None:
        self.refused = self.step.muted_because = ""
        self._wishes.set()

    def _turn(self, on_air: bool) -> None:
        """Open the microphone, or close it."""
        if on_air and self._heard is not None:
            self._spoken = 0
            self._microphone.open(_format_of(self._heard))
        else:
            self._microphone.mute()
            while not self._unsent.empty():
                self._unsent.get_nowait()
        self._told(on_air)

    async def _keep_linked(self) -> None:
        retry = _RETRY_SECONDS
        while True:
            try:
                async with OperatorLink(self._address, user_name()) as self._link:
                    retry = _RETRY_SECONDS
                    self.problem = ""
                    self._wishes.set()
                    async for push in self._link.pushes():
                        self._take(push)
                self.problem = "The link to the bridge was lost; connecting again."
            except LinkError as error:
                self.problem = str(error)
            finally:
                self._forget_link()
            await asyncio.sleep(retry)
            retry = min(retry * 2, _SLOWEST_RETRY_SECONDS)

    def _forget_link(self) -> None:
        self.step.lose("the link was lost")
        self._link = None
        self._heard = None

    def _take(self, push: Audio | Changes) -> None:
        if self._heard is None:
            return
        if isinstance(push, Changes):
            self._see(push, self._heard.handle)
        elif push.handle == self._heard.handle:
            self._speaker.hear(push)

    def _see(self, changes: Changes, heard: int) -> None:
        stream = next((stream for stream in changes.streams if stream.handle == heard), None)
        if heard in changes.removed or (stream is not None and stream.state == "ended"):
            self._end()
        elif stream is not None:
            self.step.follow(stream)

    def _end(self) -> None:
        """The stream is over: there is nothing to tell the bridge."""
        self.step.lose("the stream ended")
        self.stream_id = ""
        self._heard = None

    async def _follow_wishes(self) -> None:
        while True:
            await self._wishes.wait()
            self._wishes.clear()
            if self._link is not None:
                try:
                    await self._follow(self._link)
                except LinkError as error:
                    self.problem = str(error)

    async def _follow(self, link: OperatorLink) -> None:
        if self._heard is not None and self.step.must_give_back:
            self.step.must_give_back = False
            await _tell(link, StepOut(stream_id=self._heard.stream_id))
        if self._heard is not None and not self.listening:
            left, self._heard = self._heard, None
            await _tell(link, Listen(stream_id=left.stream_id, on=False))
        try:
            if self.stream_id and self._heard is None:
                await self._begin_to_hear(link)
        except RefusedError as error:
            self.leave()
            self.refuse(str(error))
        try:
            if self.step.must_ask and self._heard is not None:
                await self._ask_to_step_in(link, self._heard)
        except RefusedError as error:
            self.step.deny()
            self.refuse(str(error))

    async def _begin_to_hear(self, link: OperatorLink) -> None:
        stream_id = self.stream_id
        self._heard = stream = _stream_of(await _ask(link, Listen(stream_id=stream_id)))
        self._speaker.use_stream(_format_of(stream))
        if stream_id == self.stream_id:
            self.stream_id = stream.stream_id  # It may have been asked for by its call, or by a part of its name.
        else:
            self._wishes.set()

    async def _ask_to_step_in(self, link: OperatorLink, stream: StreamView) -> None:
        mode = self.step.wanted
        assert mode is not None
        request = StepIn(stream_id=stream.stream_id, mode=mode, seize=self.step.seize)
        done = await _ask(link, request, _STEP_SECONDS)
        if stream is not self._heard:
            return
        if self.listening:
            self.step.grant(mode, _stream_of(done), done.took_ms)
        else:
            self.step.must_give_back = True
        self._wishes.set()  # It may not be wanted any more.

    async def _send_voice(self) -> None:
        pace = Pace()
        while True:
            audio = await self._unsent.get()
            await asyncio.sleep(pace.wait(asyncio.get_running_loop().time(), self._unsent.qsize()))
            if self._link is not None and self.step.on_air:
                try:
                    await self._link.send_audio(audio)
                except LinkError as error:
                    self.problem = str(error)


async def _ask(link: OperatorLink, message: ClientMessage, within: float = _ANSWER_SECONDS) -> Done:
    try:
        async with asyncio.timeout(within):
            answer = await link.request(message)
    except TimeoutError as error:
        # Whatever the bridge grants later must not hold: the link goes, and everything with it.
        await link.close()
        raise LinkError("The bridge does not answer; connecting again.") from error
    if not isinstance(answer, Done):
        raise RefusedError("The bridge gave an answer to another question: update it.")
    return answer


async def _tell(link: OperatorLink, message: ClientMessage) -> None:
    """Give something back; the bridge may have taken it away before."""
    try:
        await _ask(link, message)
    except RefusedError:
        return


def _stream_of(answer: Done) -> StreamView:
    """Raises RefusedError when it does not say which stream it was about."""
    if answer.stream is None:
        raise RefusedError("The bridge did not say which stream this is: update it.")
    return answer.stream


def _format_of(stream: StreamView) -> AudioFormat:
    """Raises RefusedError for a format that no phone can play."""
    try:
        return parse_format(stream.content_type, stream.sample_rate)
    except UnknownFormatError as error:
        raise RefusedError(f"This stream cannot be heard: {error}.") from error
