"""How listening and stepping in begin and end, in the words of the commands."""

from __future__ import annotations

from bridge.wire.modes import SteppedIn

LIVE: dict[SteppedIn | None, str] = {
    None: "LISTENING",
    "whisper": "WHISPER",
    "talk": "ON AIR",
    "takeover": "ON AIR · TAKEN OVER",
}
OVER: dict[SteppedIn | None, str] = {
    None: "No longer listening",
    "whisper": "The whisper is over",
    "talk": "Off the air",
    "takeover": "The takeover is over",
}


def began(stream_id: str, mode: SteppedIn | None, taken_over_ms: float | None) -> str:
    """What happens on the stream from now on."""
    if mode == "takeover":
        took = f" in {taken_over_ms:.0f} ms" if taken_over_ms is not None else ""
        return f"Stream {stream_id} taken over{took}."
    if mode == "whisper":
        return f"Whispering to the agent of stream {stream_id}."
    return f"On the air to stream {stream_id}." if mode == "talk" else f"Listening to stream {stream_id}."
