"""Bad requests that belong to no stream: one event for each kind, repetitions counted, so that no flood is heard."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.streams.clock import Moment
from bridge.streams.events import EventLog

_QUIET_SECONDS = 10.0
_KINDS_KEPT = 256


@dataclass(slots=True)
class _Kind:
    told_at: float
    repeated: int = 0


class Complaints:
    """Tells each kind of bad request at most every ten seconds."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._kinds: dict[tuple[str, str], _Kind] = {}

    def add(self, now: Moment, event: str, text: str, *, remote: str = "", raw: str = "") -> None:
        """A request was refused or could not be read: `text` is the sentence, `remote` who it came from."""
        kind = self._kinds.get((event, text))
        if kind is not None and now.mono - kind.told_at < _QUIET_SECONDS:
            kind.repeated += 1
            return
        if kind is None and len(self._kinds) >= _KINDS_KEPT:
            self._forget(now)
            event, text = (event, text) if len(self._kinds) < _KINDS_KEPT else ("refused", "Many bad requests came.")
            kind = self._kinds.get((event, text))
        repeated = kind.repeated if kind else 0
        self._kinds[(event, text)] = _Kind(now.mono)
        data = {"remote": remote, "repeated": repeated}
        self._log.add(now, "bridge", event, text, level="warning", data=data, raw=raw)

    def _forget(self, now: Moment) -> None:
        old = [key for key, kind in self._kinds.items() if now.mono - kind.told_at >= _QUIET_SECONDS]
        for key in old:
            del self._kinds[key]
