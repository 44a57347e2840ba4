"""Whether a stream is well: one word for the list, one sentence for the detail."""

from __future__ import annotations

from bridge.wire.level import Level
from bridge.wire.views import AgentView, StreamView

_SILENT_AFTER = 1.0
"""Seconds without media after which a live stream is not well."""
_QUEUE_NEARLY_FULL_MS = 36_000
"""90 % of the 40 s that Plivo is said to hold (its `DegradedStream` levels are 30, 60 and 90 %)."""


def judge(view: StreamView, silent_for: float) -> tuple[Level, str]:
    """Health and its reason, worst first; `silent_for` is in seconds. `info` with no text is good."""
    if view.end_reason in ("dropped", "lost"):
        return "error", f"The stream was {view.end_reason}."
    if view.state == "live" and silent_for >= _SILENT_AFTER:
        return "error", f"No media for {silent_for:.0f} s."
    if view.ringing:
        return "error", "The agent is gone: the caller waits for an operator."
    if view.agent is not None and view.agent.state == "failed":
        return "error", _failed(view.agent)
    if view.queued_ms >= _QUEUE_NEARLY_FULL_MS:
        return "error", f"{view.queued_ms / 1000:.0f} s are queued: Plivo holds about 40 s."
    overdue = [checkpoint.name for checkpoint in view.checkpoints if checkpoint.overdue]
    if overdue:
        return "warning", f"Checkpoint {overdue[-1]} is overdue."
    wrong = [finding for finding in view.findings if finding.level == "error"]
    if wrong:
        return "error", wrong[-1].text
    if view.problems:
        text, count = next(reversed(view.problems.items()))
        return "warning", f"{text} ({count} times)" if count > 1 else text
    if view.agent is not None and view.agent.tried:
        return "warning", f"The agent {view.agent.tried[-1]} was lost: {view.agent.url} is the next."
    if view.gaps:
        gaps = "one gap" if view.gaps == 1 else f"{view.gaps} gaps"
        return "warning" if view.gaps > 2 else "info", f"The media had {gaps}."
    return "info", ""


def _failed(agent: AgentView) -> str:
    why = f" ({agent.close_reason})" if agent.close_reason else ""
    return f"The agent {agent.url} is lost{why}."
