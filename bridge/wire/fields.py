"""The fields of JSON frames, read tolerantly: what frames and commands have in common."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec

MAX_TEXT_LENGTH = 512
"""Characters kept of any name, id or header: more is nobody's."""


class FrameError(ValueError):
    """A frame that cannot be read; the message is a sentence for the log."""


def json_object(text: str | bytes) -> dict[str, Any]:
    """The frame as an object. Raises FrameError."""
    try:
        fields = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FrameError("The frame is not JSON.") from error
    if not isinstance(fields, dict):
        raise FrameError("The frame is not a JSON object.")
    return fields


def base64_field(encoded: str, event: str) -> bytes:
    """A payload. Raises FrameError, which names the event."""
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FrameError(f"The {event} frame's payload is not Base64.") from error


def number_field(value: object) -> int | None:
    """A number, also as a string of digits; None for anything else, or beyond 64 bits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 2**63 else None
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        return int(value)
    return None


def text_field(fields: Mapping[str, Any], body: Mapping[str, Any], *names: str) -> str:
    """The first of these names that is there, on top or in the body; empty where none is."""
    for name in names:
        for where in (fields, body):
            value = where.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return str(value)[:MAX_TEXT_LENGTH]
    return ""


def dump(**fields: object) -> str:
    """A frame of these fields."""
    return msgspec.json.encode(fields).decode()
