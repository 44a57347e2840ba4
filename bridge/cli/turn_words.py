"""The figures of a conversation's turns in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.operator.turn_words import seconds

if TYPE_CHECKING:
    from bridge.wire.turns import Figure, TurnsView


def turn_figures(turns: TurnsView) -> list[tuple[str, str]]:
    """Name and value of each figure; `-` is what is not known."""
    return [
        ("greeting", seconds(turns.greeting_ms)),
        ("response", figure(turns.response)),
        ("barge-in stop", figure(turns.barge_in_stop)),
        ("talk-over", seconds(turns.talk_over_ms)),
        ("dead air", _dead_air(turns)),
        ("talk share", _shares(turns)),
    ]


def figure(values: Figure | None) -> str:
    """A figure's values summed up."""
    if values is None:
        return "-"
    if values.count == 1:
        return seconds(values.last_ms)
    p95 = f", p95 {seconds(values.p95_ms)}" if values.p95_ms is not None else ""
    return f"median {seconds(values.median_ms)}{p95}, worst {seconds(values.worst_ms)} of {values.count}"


def _dead_air(turns: TurnsView) -> str:
    if not turns.dead_airs:
        return "none"
    return f"{seconds(turns.dead_air_ms)}, {'once' if turns.dead_airs == 1 else f'{turns.dead_airs} times'}"


def _shares(turns: TurnsView) -> str:
    talk = {"caller": turns.caller, "agent": turns.agent, "operator": turns.operator}
    return ", ".join(f"{who} {side.share:.0%}" for who, side in talk.items() if side.share) or "-"
