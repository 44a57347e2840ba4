"""Which calls go to which agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from bridge.audio.codec import encode
from bridge.audio.resample import resample
from bridge.audio.tones import ringing
from bridge.audio.wav import Wav, WavError, read_wav
from bridge.wire.formats import AudioFormat

WhenLost = Literal["hang up", "ring"]
"""What becomes of a call when no agent is left: it ends as it would without offhook, or operators are rung."""


class RouteError(ValueError):
    """A route that leads nowhere; the message is a sentence for the user."""


class Route(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One `[[route]]` of `offhook.toml`. A condition that is empty fits every call; `*` stands for anything."""

    to: str = ""
    """The number that was called, e.g. `+4930*`."""
    path: str = ""
    """The path of the socket's URL, e.g. `/stream/sales`."""
    header: dict[str, str] = {}
    """Extra headers of the stream that must have these values."""
    agent: str | list[str]
    """URL of the agent, or several: each is tried when the one before it has failed."""
    when_lost: WhenLost | None = None
    """None: as for all calls."""
    record: bool | None = None
    """None: as for all calls."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a call goes, and what becomes of it."""

    agents: tuple[str, ...]
    when_lost: WhenLost


class Routes:
    """All routes, in order, and the one for calls that none of them takes."""

    def __init__(
        self,
        routes: list[Route],
        *,
        agent: str = "",
        when_lost: WhenLost = "hang up",
        record: bool = False,
        ring_sound: str = "",
        agent_hears_caller: bool = False,
    ) -> None:
        """Raises RouteError for a route without an agent, and for an agent's address or a sound that is none."""
        self.agent_hears_caller = agent_hears_caller
        self._ring_sound = _read_sound(ring_sound) if ring_sound else None
        self._when_lost = when_lost
        self._record = record
        self._routes = [*routes, *([Route(agent=agent)] if agent else [])]
        for route in self._routes:
            _check(route)

    def ringing(self, audio_format: AudioFormat) -> bytes:
        """What a caller hears who waits for an operator, in this format: a sound of the settings, or a ringing tone."""
        if self._ring_sound is None:
            return encode(ringing(audio_format.rate), audio_format)
        return encode(resample(self._ring_sound.samples, self._ring_sound.rate, audio_format.rate), audio_format)

    def takes_path(self, path: str) -> bool:
        """Whether a socket may be opened at this path, apart from `/stream`."""
        return any(route.path and fnmatchcase(path, route.path) for route in self._routes)

    def at_upgrade(self, path: str) -> Way | None:
        """The way of a call of which the socket's path is known; None when there is none, or it depends on more."""
        for route in self._routes:
            if not route.path or fnmatchcase(path, route.path):
                return None if route.to or route.header else self._way(route)
        return None

    def at_start(self, path: str, to: str, headers: Mapping[str, str]) -> Way | None:
        """The way of a call that has said what it is; None: there is no agent for it."""
        route = self._find(path, to, headers)
        return self._way(route) if route is not None else None

    def records(self, path: str, to: str, headers: Mapping[str, str]) -> bool:
        """Whether a call is recorded from its start."""
        route = self._find(path, to, headers)
        return self._record if route is None or route.record is None else route.record

    def _find(self, path: str, to: str, headers: Mapping[str, str]) -> Route | None:
        return next((route for route in self._routes if _fits(route, path, to, headers)), None)

    def _way(self, route: Route) -> Way:
        return Way(tuple(_agents(route)), route.when_lost or self._when_lost)


def _fits(route: Route, path: str, to: str, headers: Mapping[str, str]) -> bool:
    return (
        (not route.path or fnmatchcase(path, route.path))
        and (not route.to or fnmatchcase(to, route.to))
        and all(fnmatchcase(headers.get(name, ""), value) for name, value in route.header.items())
    )


def _agents(route: Route) -> list[str]:
    return [route.agent] if isinstance(route.agent, str) else route.agent


def _check(route: Route) -> None:
    agents = _agents(route)
    if not agents:
        raise RouteError("A [[route]] names no agent: give it at least one URL, or leave the route out.")
    for url in agents:
        _check_url(url)


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    try:
        usable = parts.scheme in ("ws", "wss") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise RouteError(f"An agent's URL begins with ws:// or wss:// and has a host, unlike {url!r}.")


def _read_sound(path: str) -> Wav:
    try:
        return read_wav(Path(path).expanduser().read_bytes())
    except OSError as error:
        raise RouteError(f"The sound for callers who wait, {path}, cannot be read: {error.strerror}.") from error
    except WavError as error:
        raise RouteError(f"The sound for callers who wait, {path}, cannot be played: {error}") from error
