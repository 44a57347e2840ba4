"""The figures of live streams that change all the time. Levels are reckoned of several streams together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

from bridge.audio.levels import payloads_dbfs
from bridge.streams.clock import Moment
from bridge.wire.formats import AudioFormat
from bridge.wire.views import Meter, StreamView

if TYPE_CHECKING:
    from bridge.streams.stream import Stream


def measure(streams: Iterable[Stream], now: Moment) -> None:
    """Reckon the levels of these streams, as of what has been read of them."""
    legs: dict[AudioFormat, list[tuple[StreamView, bytes, bytes]]] = defaultdict(list)
    for stream in streams:
        view, ledger = stream.view, stream.ledger
        view.caller_dbfs = view.agent_dbfs = None
        if ledger is not None and stream.alive:
            legs[ledger.queue.format].append((view, *stream.lately(now)))
    for audio_format, of_streams in legs.items():
        levels = iter(payloads_dbfs(list(chain.from_iterable(sound for _, *sound in of_streams)), audio_format))
        for view, *_ in of_streams:
            view.caller_dbfs, view.agent_dbfs = next(levels), next(levels)


def meter(view: StreamView) -> Meter:
    """These figures, as operators are told them."""
    return Meter(
        view.handle,
        view.frames_in,
        view.frames_out,
        view.gaps,
        view.caller_dbfs,
        view.agent_dbfs,
        view.queued_ms,
    )
