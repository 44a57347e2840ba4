"""What a bridge can be told: by flags, the environment and `offhook.toml`, in this order."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from bridge.operator.home import SettingsError, beside_toml, data_folder, read_toml
from bridge.server.routes import Route, RouteError, Routes, WhenLost
from bridge.wire.document import DocumentError, StreamElement, write_document
from bridge.wire.formats import MULAW_8K


class Settings(Struct, kw_only=True, frozen=True):
    """Settings of a bridge. Addresses are `HOST:PORT`; port 0 takes a free one."""

    listen: str = "127.0.0.1:7480"
    """Where Plivo (or the tunnel that it comes through) connects to."""
    control: str = "127.0.0.1:7481"
    """Where operators connect to; they must show the token."""
    public_url: str = ""
    """How Plivo reaches `listen`, e.g. `https://abc.tunnel.example`; empty: the address it listens on."""
    data: Path
    """The folder of the journal, the token and the log."""
    auth_token: str = ""
    """Plivo's auth token; with one, requests that are not signed with it are refused."""
    agent: str = ""
    """The voice bot's `ws://` or `wss://` URL, for calls that no route takes; empty: there is no bot."""
    when_lost: WhenLost = "hang up"
    """What becomes of a call whose bot refused it or died."""
    ring_sound: str = ""
    """A WAV file that a caller hears who is kept, relative to the settings file; empty: a ringing tone."""
    agent_hears: Literal["silence", "caller"] = "silence"
    """What the bot is given of the caller while an operator has taken over."""
    route: list[Route] = []
    """`[[route]]` in `offhook.toml`: which calls go to which bot; the first that fits."""
    turns: Annotated[int, Meta(ge=0, le=2000)] = 50
    """Turns are measured on a stream that begins while no more than so many are live: it costs more than the relay."""
    record: bool = False
    """Record every stream."""
    read_only: bool = False
    """Let operators see and listen, and nothing else."""
    stream: dict[str, Any] = {}
    """`[stream]` in `offhook.toml`: attributes of the document that `/answer` returns, as in StreamElement."""
    started_by_offhook: bool = False


_DOCUMENT_DEFAULTS: dict[str, Any] = {
    "bidirectional": True,
    "content_type": MULAW_8K.content_type,
    "keep_call_alive": True,
}


_ENVIRONMENT = {
    "listen": "OFFHOOK_LISTEN",
    "control": "OFFHOOK_CONTROL_LISTEN",
    "public_url": "OFFHOOK_PUBLIC_URL",
    "auth_token": "PLIVO_AUTH_TOKEN",
    "agent": "OFFHOOK_AGENT",
}
_FOR_TERMINALS = frozenset(("phone", "sounds", "say", "client"))
"""Tables of `offhook.toml` that are read elsewhere."""


def load(given: dict[str, Any], config: str | None = None) -> Settings:
    """Settings from what was given (flags), the environment and the settings file (`config`, or the usual places).

    Raises SettingsError with a sentence.
    """
    toml = read_toml(config)
    known = set(Settings.__struct_fields__) - {"started_by_offhook"}
    if unknown := sorted(set(toml) - known - _FOR_TERMINALS):
        raise SettingsError(f"There is no setting {unknown[0]!r}; there are {', '.join(sorted(known))}.")
    environment = {name: os.environ[variable] for name, variable in _ENVIRONMENT.items() if os.environ.get(variable)}
    own = {name: toml[name] for name in known if name in toml}
    if isinstance(sound := own.get("ring_sound"), str) and sound:
        own["ring_sound"] = str(beside_toml(sound, config))
    return checked({**own, **environment, **given, "data": data_folder(given.get("data"), toml, config)})


def checked(values: dict[str, Any]) -> Settings:
    """Make settings of values by name. Raises SettingsError with a sentence that says which is wrong."""
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"A setting is wrong: {error}.") from error
    for name in ("listen", "control"):
        split_address(getattr(settings, name))
    if settings.public_url and urlsplit(settings.public_url).scheme not in ("http", "https"):
        raise SettingsError(f"The public URL must begin with https:// or http://, not {settings.public_url!r}.")
    stream_document(settings, settings.public_url or "http://127.0.0.1")
    routes_of(settings)
    return settings


def routes_of(settings: Settings) -> Routes:
    """Which calls go to which bot. Raises SettingsError for a bot's address or a sound that is none."""
    try:
        return Routes(
            settings.route,
            agent=settings.agent,
            when_lost=settings.when_lost,
            record=settings.record,
            ring_sound=settings.ring_sound,
            agent_hears_caller=settings.agent_hears == "caller",
        )
    except RouteError as error:
        raise SettingsError(str(error)) from error


def split_address(address: str) -> tuple[str, int]:
    """`HOST:PORT` (an IPv6 host in brackets) as host and port. Raises SettingsError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise SettingsError(f"An address is HOST:PORT, like 127.0.0.1:7480, not {address!r}.")
    return host.strip("[]"), int(port)


def stream_document(settings: Settings, public_url: str) -> StreamElement:
    """The `<Stream>` that `/answer` returns: the settings' attributes, and URLs made from the public one.

    Raises SettingsError for attributes that Plivo would not take.
    """
    base = public_url.rstrip("/")
    urls = {"url": f"ws{base.removeprefix('http')}/stream", "status_callback_url": f"{base}/status"}
    known = set(StreamElement.__struct_fields__) - {"url"}
    unknown = sorted(set(settings.stream) - known)
    if unknown:
        raise SettingsError(f"[stream] has no {unknown[0]!r}; it has {', '.join(sorted(known))}.")
    try:
        element = msgspec.convert({**urls, **_DOCUMENT_DEFAULTS, **settings.stream}, StreamElement)
        write_document(element)
    except (msgspec.ValidationError, DocumentError) as error:
        raise SettingsError(f"[stream] in the settings is wrong: {error}") from error
    return element
