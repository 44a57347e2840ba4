"""The link's text frames: messages to JSON and back, how long they may be, and the version of the link."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec
from msgspec import Struct

from bridge.wire.link.answers import ServerMessage
from bridge.wire.link.requests import ClientMessage

LINK_VERSION = 1
MAX_MESSAGE_BYTES = 8 * 1024 * 1024

PAGE_BYTES = 2 * 1024 * 1024
"""Rows or events in one message of pushes, as JSON: what is more comes with the next."""

encode = msgspec.json.Encoder().encode
"""Any message or view to JSON bytes; datetimes become RFC 3339 in UTC."""
_client_messages: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
decode_server: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)


_T = TypeVar("_T", bound=Struct)


def fitting(items: Iterable[_T], max_bytes: int) -> list[_T]:
    """The first of these (one at least) whose JSON takes no more than `max_bytes`."""
    fit: list[_T] = []
    size = 0
    for item in items:
        size += len(encode(item)) + 1
        if fit and size > max_bytes:
            break
        fit.append(item)
    return fit


def decode_client(text: str | bytes) -> ClientMessage:
    """Read a client's message. Raises msgspec.MsgspecError for what is none."""
    try:
        return _client_messages.decode(text)
    except (UnicodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error
