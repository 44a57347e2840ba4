"""Asking the answer URL what to do with a call, as Plivo does."""

from __future__ import annotations

from bridge.carrier.plan import Parties
from bridge.carrier.requests import RequestError, Requests
from bridge.wire.document import DocumentError, StreamElement, read_document

_CONTENT_TYPES = ("application/xml", "text/xml")


class AnswerError(Exception):
    """The answer URL gave nothing usable; the message is a sentence for the user."""


async def ask(requests: Requests, answer_url: str, parties: Parties) -> StreamElement:
    """Request the document and read its `<Stream>`.

    Raises AnswerError when there is no answer with a document, DocumentError when Plivo would not take the document.
    """
    try:
        reply = await requests.send("POST", answer_url, _fields(parties))
    except RequestError as error:
        raise AnswerError(str(error)) from error
    if reply.status != 200:
        raise AnswerError(f"{answer_url} answered {reply.status}; Plivo takes a document with 200 only.")
    if reply.content_type not in _CONTENT_TYPES:
        raise DocumentError(f"{answer_url} answered {reply.content_type}; Plivo takes {' or '.join(_CONTENT_TYPES)}.")
    return read_document(reply.body)


def _fields(parties: Parties) -> dict[str, str]:
    return {
        "CallUUID": parties.call_uuid,
        "From": parties.from_,
        "To": parties.to,
        "CallerName": parties.caller_name or parties.from_,
        "Direction": parties.direction,
        "CallStatus": "ringing",
        "Event": "StartApp",
    }
