"""What there is to say when the phone's state changed."""

from __future__ import annotations

from bridge.phone.pipe import PhoneState
from bridge.wire.level import Level
from tui.widgets.glyphs import short_id

News = tuple[str, Level]


def news(before: PhoneState, phone: PhoneState, *, read_only: bool) -> News | None:
    """The sentence for the status line, and how loud it is; None where nothing is to be said."""
    if phone.refused and (phone.refused, phone.refusals) != (before.refused, before.refusals):
        return phone.refused, "error"
    if phone.notice and phone.notice != before.notice:
        return phone.notice, "warning"
    if before.mode and phone.problem and not phone.running:
        return phone.problem, "error"
    if phone.muted_because and phone.muted_because != before.muted_because:
        return _muted(phone), "error"
    if phone.on_air and (not before.on_air or phone.mode != before.mode):
        return _on_air(phone), "warning"
    if before.on_air and not phone.on_air and phone.mode:
        return (
            f"Muted: the caller of {short_id(phone.stream_id)} hears nobody. m speaks again, H hands back.",
            "warning",
        )
    if before.mode and not phone.mode:
        return _off_air(before), "info"
    if before.notice and phone.running and not phone.notice and not phone.problem:
        return "The devices that you chose are in use.", "info"
    return _listening(before, phone, "l stops" if read_only else "t talks, l stops")


def _muted(phone: PhoneState) -> str:
    kept = " The call is still yours: m speaks again, H hands it back." if phone.mode else ""
    return f"Your microphone was muted: {phone.muted_because}.{kept}"


def _on_air(phone: PhoneState) -> str:
    name = short_id(phone.stream_id)
    if phone.mode == "whisper":
        return f"Whispering to the agent of {name}: the caller does not hear you. w stops."
    if phone.mode == "takeover":
        took = f" in {phone.taken_over_ms:.0f} ms" if phone.taken_over_ms is not None else ""
        return f"{name} was taken over{took}: the caller hears you and not the agent. H hands back, m mutes."
    return f"On air to {name}: the caller hears you. m mutes."


def _off_air(before: PhoneState) -> str:
    name = short_id(before.stream_id)
    if before.mode == "takeover":
        return f"Handed back: the caller of {name} no longer hears you."
    if before.mode == "whisper":
        return f"The whisper is over: the agent of {name} no longer hears you."
    return f"Off air: {name} no longer hears you."


def _listening(before: PhoneState, phone: PhoneState, keys: str) -> News | None:
    if phone.listening and (not before.listening or phone.stream_id != before.stream_id):
        return f"Listening to {short_id(phone.stream_id)}: both legs. {keys}.", "info"
    if before.listening and not phone.listening:
        return f"No longer listening to {short_id(before.stream_id)}.", "info"
    return None
