"""Extra headers of a stream, in all the forms that they take on the wire."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bridge.wire.fields import MAX_TEXT_LENGTH

_MAX_HEADERS = 64


def read_extra_headers(value: object) -> dict[str, str]:
    """Read extra headers in any form seen: a JSON object (also in a string), `a=b;c=d`, `a=b,c=d`, or nothing."""
    if isinstance(value, str):
        value = _headers_in_text(value.strip())
    if not isinstance(value, dict):
        return {}
    kept = list(value.items())[:_MAX_HEADERS]
    return {str(name)[:MAX_TEXT_LENGTH]: str(content)[:MAX_TEXT_LENGTH] for name, content in kept}


def _headers_in_text(text: str) -> object:
    if text.startswith("{"):
        try:
            return msgspec.json.decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return {"": text}
    pairs = (pair.partition("=") for pair in text.replace(";", ",").split(",") if pair.strip())
    return {name.strip(): content.strip() for name, _, content in pairs}


def write_extra_headers(headers: Mapping[str, str]) -> str:
    """Extra headers as `<Stream extraHeaders>` has them: `a=b,c=d`."""
    return ",".join(f"{name}={value}" for name, value in headers.items())
