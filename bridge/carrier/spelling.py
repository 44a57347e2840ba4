"""A frame of the default profile, written again as another profile spells it."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from bridge.carrier.profile import Spelling
from bridge.wire.headers import write_extra_headers

_DEFAULT = Spelling()
_IN_START = ("accountId", "tracks")


def spelt(frame: str, spelling: Spelling) -> str:
    """The frame in this spelling."""
    if spelling == _DEFAULT:
        return frame
    fields: dict[str, Any] = msgspec.json.decode(frame)
    if spelling.short_played and fields["event"] == "playedStream":
        return msgspec.json.encode({"event": "playedStream", "name": fields["name"]}).decode()
    _spell_headers(fields, spelling)
    body = fields.get(fields["event"])
    body = body if isinstance(body, dict) else {}
    if spelling.call_id != "callId" and "callId" in body:
        body[spelling.call_id] = body.pop("callId")
    if spelling.stream_id == "nested" and "streamId" in fields and body:
        body["streamId"] = fields.pop("streamId")
    if spelling.numbers == "string":
        _numbers_to_strings(fields, "sequenceNumber")
        _numbers_to_strings(body, "chunk")
    if spelling.sparse:
        fields.pop("sequenceNumber", None)
        for name in _IN_START:
            body.pop(name, None)
    if spelling.unknown_fields:
        fields["nobodyKnows"] = {"this": ["field", 1, None]}
    return msgspec.json.encode(fields).decode()


def _spell_headers(fields: dict[str, Any], spelling: Spelling) -> None:
    if "extra_headers" not in fields or spelling.extra_headers == "json":
        return
    if spelling.extra_headers == "missing":
        del fields["extra_headers"]
        return
    commas = write_extra_headers(json.loads(fields["extra_headers"]))
    fields["extra_headers"] = commas.replace(",", ";") if spelling.extra_headers == "semicolons" else commas


def _numbers_to_strings(fields: dict[str, Any], name: str) -> None:
    if name in fields:
        fields[name] = str(fields[name])
