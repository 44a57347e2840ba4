"""What is told of a conversation's turns: to operators, in a recording's JSON file, and in the report of a check.

`docs/turns.md` defines every figure; `TURNS_VERSION` counts those definitions, so that figures of two versions are
not compared by mistake. Positions are milliseconds since the start of the stream. A figure that is not known is
None: it is never 0 for want of a measurement.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

TURNS_VERSION = 1

Speaker = Literal["caller", "agent", "operator"]

Speaking = Literal["nobody", "caller", "agent", "operator", "both"]
"""Who speaks; `both`: the caller and somebody at the far end at the same time."""


class Turn(Struct, kw_only=True):
    """One speaker's speech, the pauses in it included."""

    speaker: Speaker
    start_ms: int
    end_ms: int | None = None
    """The acoustic end of the last word so far; None while they speak."""
    operator: str = ""
    """Name of the operator whose turn it is."""
    response_ms: int | None = None
    """An agent's turn: time since the end of the caller's speech that it answers."""
    barge_in: bool = False
    """A caller's turn in which they interrupted the agent."""
    stop_ms: int | None = None
    """A barge-in: time from the caller's onset until the agent was silent."""


class Figure(Struct, kw_only=True):
    """One figure's values over a stream, in milliseconds."""

    count: int
    last_ms: int
    median_ms: int
    p95_ms: int | None
    """The 95th percentile (nearest rank); None under 20 values."""
    worst_ms: int


class Talk(Struct, kw_only=True):
    """How much one side spoke."""

    ms: int
    share: float | None
    """Of all speech, 0 to 1; None while nobody has spoken."""


class Echo(Struct, kw_only=True):
    """What comes back of the agent's speech in the caller's leg."""

    heard: bool
    """False: the agent spoke for long enough, and nothing of it came back."""
    loss_db: float | None = None
    """By how much the echo is weaker than the agent's speech."""
    delay_ms: int | None = None
    """From the playout of a sound to its return."""


class TurnsView(Struct, kw_only=True):
    """All figures of a stream's turns, as far as they are known at `at_ms`."""

    version: int = TURNS_VERSION
    at_ms: int
    """Up to here it is decided who spoke."""
    speaking: Speaking = "nobody"
    since_ms: int = 0
    """Since when `speaking` has been so."""
    greeting_ms: int | None = None
    """From the start of the stream to the agent's first speech."""
    response: Figure | None = None
    """From the end of the caller's speech to the agent's next speech."""
    barge_in_stop: Figure | None = None
    """From the caller's onset while the agent speaks until the agent is silent."""
    talk_over_ms: int | None = None
    """For how long the caller and the far end spoke at once; None until both have spoken."""
    dead_air_ms: int = 0
    """How much of the time nobody spoke for two seconds or more."""
    dead_airs: int = 0
    """How many such silences there were."""
    caller: Talk
    agent: Talk
    operator: Talk
    echo: Echo | None = None
    """None: it could not be judged."""
    turns: list[Turn] = []
    """The newest 1,000, in a report; a live view leaves them out."""
