"""An answer's document as a list of steps, read and checked as Plivo does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit
from xml.etree import ElementTree

from msgspec import Struct

from bridge.carrier.hangup import INVALID_REDIRECT_METHOD, INVALID_REDIRECT_URL, HangupCause
from bridge.wire.document import DocumentError, StreamElement, parse_response, read_stream

_MOST_SECONDS = 3600


class StepError(DocumentError):
    """A step that Plivo would hang up at, with the cause that it would give."""

    def __init__(self, text: str, cause: HangupCause) -> None:
        super().__init__(text)
        self.cause = cause


class OpenStream(Struct, frozen=True):
    """`<Stream>`."""

    stream: StreamElement


class Pause(Struct, frozen=True):
    """`<Wait>`."""

    seconds: int


class Redirect(Struct, frozen=True):
    """`<Redirect>`: go on with another document."""

    url: str
    method: Literal["GET", "POST"]


class HangUp(Struct, frozen=True):
    """`<Hangup>`, with Plivo's reason: empty, `rejected` or `busy`."""

    reason: str


class PressDigits(Struct, frozen=True):
    """`<DTMF>`: towards the caller."""

    digits: str


class Skipped(Struct, frozen=True):
    """An element that the emulator shows and passes over."""

    element: str
    why: str


Step = OpenStream | Pause | Redirect | HangUp | PressDigits | Skipped

_SKIPPED = {
    "Speak": "nobody speaks it here",
    "Play": "the file is not played",
    "Record": "Plivo's own recording is not emulated; use the call's",
    "GetDigits": "nobody presses what it asks for",
    "GetInput": "nobody says what it asks for",
    "Dial": "nobody is dialled",
    "Conference": "there is no conference",
    "MultiPartyCall": "there is no multiparty call",
    "Message": "no message is sent",
    "PreAnswer": "the call counts as answered",
}


def read_steps(xml: bytes | str, url: str) -> list[Step]:
    """The elements of the document that came from `url`, in order. Raises DocumentError."""
    return list(_steps(parse_response(xml), url))


def _steps(response: ElementTree.Element, url: str) -> Iterator[Step]:
    streams = 0
    for element in response:
        match element.tag:
            case "Stream":
                streams += 1
                stream = read_stream(element)
                yield OpenStream(stream) if streams == 1 else Skipped("Stream", "one stream runs per call")
            case "Wait":
                yield Pause(_seconds(element.get("length", "1")))
            case "Redirect":
                yield _redirect(element, url)
            case "Hangup":
                yield HangUp(element.get("reason", "").strip().lower())
            case "DTMF":
                yield PressDigits((element.text or "").strip()[:100])
            case str(name):
                words = " ".join((element.text or "").split())[:80]
                why = _SKIPPED.get(name, "Plivo has no such element")
                yield Skipped(name, f"{why}: {words}" if words else why)


def _redirect(element: ElementTree.Element, url: str) -> Redirect:
    target = (element.text or "").strip()
    parts = urlsplit(target)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StepError(f"The <Redirect> in {url} has no http(s) URL, but {target[:200]!r}.", INVALID_REDIRECT_URL)
    method = element.get("method", "POST").strip().upper()
    if method not in ("GET", "POST"):
        raise StepError(f"The <Redirect>'s method is GET or POST, not {method[:20]!r}.", INVALID_REDIRECT_METHOD)
    return Redirect(target, "GET" if method == "GET" else "POST")


def _seconds(length: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", length.strip()) or int(length) < 1:
        raise DocumentError(f"The <Wait>'s length is a positive number of seconds, not {length[:20]!r}.")
    return min(int(length), _MOST_SECONDS)
