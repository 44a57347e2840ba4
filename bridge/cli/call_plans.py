"""From the options of a command to the plan of a call. What cannot be planned is wrong usage: click.UsageError."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click
import msgspec
from msgspec import Struct

from bridge.carrier.plan import CallPlan, Parties
from bridge.carrier.profile import PROFILES, Profile
from bridge.carrier.trouble import TROUBLES, Trouble
from bridge.cli.call_options import CONTENT_TYPE, CallOptions
from bridge.wire.document import StreamElement
from bridge.wire.formats import UnknownFormatError, parse_format

_SIP_HEADER = "X-PH-"

_AnyStruct = TypeVar("_AnyStruct", bound=Struct)


def plan_call(
    target: str,
    options: CallOptions,
    *,
    from_: str,
    to: str,
    content_type: str = CONTENT_TYPE,
    rate: int | None = None,
    stream_headers: dict[str, str] | None = None,
) -> CallPlan:
    """A call to a bot's socket, or to an answer URL; nobody says anything in it yet.

    `content_type`, with its `rate` (Hz) where it does not name one, and `stream_headers` are the stream's where the
    target is a socket. Raises click.UsageError.
    """
    headers = dict(_pair(header, "--header") for header in options.headers)
    sip_headers = {_sip_header(name): value for name, value in headers.items()}
    parties = Parties(from_=from_, to=to, sip_headers=sip_headers)
    profile, trouble = _emulation(options)
    return CallPlan(
        parties=parties,
        target=_target(target, content_type, rate, {**(stream_headers or {}), **headers}),
        hangup_url=options.hangup_url,
        auth_token=options.auth_token,
        profile=profile,
        trouble=trouble,
    )


def _target(target: str, content_type: str, rate: int | None, headers: dict[str, str]) -> str | StreamElement:
    parts = urlsplit(target)
    if not parts.hostname or parts.scheme not in ("ws", "wss", "http", "https"):
        raise click.UsageError(
            f"{target!r} cannot be called: give the bot's socket (ws:// or wss://) or its answer URL (http:// or "
            "https://)."
        )
    if parts.scheme in ("http", "https"):
        return target
    try:
        content_type = parse_format(content_type, rate).content_type
    except UnknownFormatError as error:
        raise click.UsageError(f"--content-type: {error}") from error
    return StreamElement(
        url=target, bidirectional=True, keep_call_alive=True, content_type=content_type, extra_headers=headers
    )


def _emulation(options: CallOptions) -> tuple[Profile, Trouble]:
    """The profile and the trouble, with the fields that were set."""
    profile = _named(PROFILES, options.profile, "--profile")
    trouble = _named(TROUBLES, options.trouble, "--trouble")
    fields = [_pair(field, "--set") for field in options.fields]
    of_trouble = [pair for pair in fields if pair[0] in Trouble.__struct_fields__]
    of_profile = [pair for pair in fields if pair not in of_trouble]
    return _with(profile, of_profile), _with(trouble, [*of_trouble, ("seed", str(options.seed))])


def _named(known: dict[str, _AnyStruct], name: str, option: str) -> _AnyStruct:
    if name not in known:
        raise click.UsageError(f"There is no {option.removeprefix('--')} {name!r}: {option} takes {', '.join(known)}.")
    return known[name]


def _with(struct: _AnyStruct, fields: Iterable[tuple[str, str]]) -> _AnyStruct:
    """The struct with fields given as text; `frames.numbers` is the field `numbers` of the field `frames`."""
    values: dict[str, Any] = msgspec.to_builtins(struct)
    for name, value in fields:
        *outer, last = name.split(".")
        holder: Any = values
        for key in outer:
            holder = holder.get(key) if isinstance(holder, dict) else None
        if not isinstance(holder, dict) or last not in holder or isinstance(holder[last], dict):
            raise click.UsageError(f"--set: there is no field {name!r}. docs/emulator.md says where they are.")
        holder[last] = value
    try:
        return msgspec.convert(values, type(struct), strict=False)
    except msgspec.ValidationError as error:
        raise click.UsageError(f"--set: {error}.") from error


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.UsageError(f"{option} takes NAME=VALUE, not {text!r}.")
    return name, value


def _sip_header(name: str) -> str:
    return name if name.upper().startswith(_SIP_HEADER) else f"{_SIP_HEADER}{name}"
