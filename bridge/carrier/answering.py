"""Asking the answer URL what to do with a call, and doing it in order, as Plivo does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from bridge.carrier.hangup import (
    BUSY,
    END_OF_XML,
    HANGUP_ELEMENT,
    INVALID_ANSWER,
    INVALID_REDIRECT,
    NO_ANSWER,
    NO_REDIRECT,
    REJECTED,
    HangupCause,
)
from bridge.carrier.outcome import Outcome
from bridge.carrier.plan import CallPlan, Parties
from bridge.carrier.requests import RequestError, Requests
from bridge.carrier.steps import (
    HangUp,
    OpenStream,
    Pause,
    PressDigits,
    Redirect,
    Skipped,
    Step,
    StepError,
    read_steps,
)
from bridge.wire.document import DocumentError, StreamElement

_CONTENT_TYPES = ("application/xml", "text/xml")
_MOST_REDIRECTS = 10

RunStream = Callable[[StreamElement], Awaitable[bool]]
"""Runs a stream to its end; False when the call is over with it."""


class AnswerError(Exception):
    """Nothing usable came; the message is a sentence for the user, `cause` what Plivo would hang up with."""

    def __init__(self, text: str, cause: HangupCause) -> None:
        super().__init__(f"{text} Plivo would hang up with {cause.code} ({cause.name}).")
        self.cause = cause


class BadDocumentError(AnswerError):
    """A document came that Plivo would not take."""


class Answer:
    """What the answer URL wants done with one call."""

    def __init__(
        self, requests: Requests, plan: CallPlan, outcome: Outcome, run_stream: RunStream, hung_up: asyncio.Event
    ) -> None:
        self._requests = requests
        self._plan = plan
        self._outcome = outcome
        self._run_stream = run_stream
        self._hung_up = hung_up

    async def carry_out(self, url: str) -> HangupCause | None:
        """Do all of it; returns why Plivo hangs up in the end, None when it was not Plivo's doing.

        Raises AnswerError when a URL gives nothing usable.
        """
        method: Literal["GET", "POST"] = self._plan.answer_method
        for redirects in range(_MOST_REDIRECTS):
            steps = await self._ask(method, url, redirected=redirects > 0)
            ended = await self._run(steps)
            if not isinstance(ended, Redirect):
                return ended
            method, url = ended.method, ended.url
        raise AnswerError(f"{url} is the {_MOST_REDIRECTS}th redirect in a row.", NO_REDIRECT)

    async def _ask(self, method: str, url: str, *, redirected: bool) -> list[Step]:
        unreachable, invalid = (NO_REDIRECT, INVALID_REDIRECT) if redirected else (NO_ANSWER, INVALID_ANSWER)
        try:
            reply = await self._requests.send(method, url, _fields(self._plan.parties, redirected=redirected))
        except RequestError as error:
            raise AnswerError(str(error), unreachable) from error
        if reply.status != 200:
            raise AnswerError(f"{url} answered {reply.status}; Plivo takes a document with 200 only.", unreachable)
        if reply.content_type not in _CONTENT_TYPES:
            takes = " or ".join(_CONTENT_TYPES)
            raise BadDocumentError(f"{url} answered {reply.content_type}; Plivo takes {takes}.", invalid)
        try:
            return read_steps(reply.body, url)
        except StepError as error:
            raise BadDocumentError(str(error), error.cause) from error
        except DocumentError as error:
            raise BadDocumentError(str(error), invalid) from error

    async def _run(self, steps: list[Step]) -> Redirect | HangupCause | None:
        for step in steps:
            match step:
                case Redirect():
                    self._did(f"Redirect: to {step.url}.")
                    return step
                case HangUp(reason=reason):
                    self._did(f"Hangup{f': {reason}' if reason else ''}.")
                    return {"busy": BUSY, "rejected": REJECTED}.get(reason, HANGUP_ELEMENT)
                case OpenStream(stream=stream):
                    self._did(f"Stream: {stream.url}.{_warning(stream)}")
                    if not await self._run_stream(stream):
                        return None
                case Pause(seconds=seconds):
                    self._did(f"Wait: {seconds} s.")
                    if await self._hangs_up_within(seconds):
                        return None
                case PressDigits(digits=digits):
                    self._did(f"DTMF: {digits}.")
                    self._outcome.digits += digits
                case Skipped(element=element, why=why):
                    self._did(f"{element}: skipped, {why}.")
        return END_OF_XML

    def _did(self, sentence: str) -> None:
        self._outcome.steps.append(sentence)

    async def _hangs_up_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._hung_up.wait()
        except TimeoutError:
            return False


def _warning(stream: StreamElement) -> str:
    if stream.keep_call_alive:
        return ""
    return " It has no keepCallAlive: Plivo would go on at once, and end the call where nothing comes after it."


def _fields(parties: Parties, *, redirected: bool) -> dict[str, str]:
    return {
        "CallUUID": parties.call_uuid,
        "From": parties.from_,
        "To": parties.to,
        "CallerName": parties.caller_name or parties.from_,
        "Direction": parties.direction,
        "CallStatus": "in-progress" if redirected else "ringing",
        "Event": "Redirect" if redirected else "StartApp",
        **parties.sip_headers,
    }
