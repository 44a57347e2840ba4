"""The operators' link: what a terminal, a phone or a script says to the bridge and hears from it.

One WebSocket on the private port, opened with `Authorization: Bearer TOKEN`. Text frames are JSON (`messages`),
each an object with a `type`; binary frames are audio (`audio`). The bridge greets with `Welcome`.
Every request (`requests`) carries an `id` of the client's choosing and is answered once (`answers`), by `Failed` or
one of `Granted` with the same id; requests may be answered out of order (a checkpoint is answered when it was played).
After `Subscribe` the bridge pushes `Changes` at most ten times a second.
"""
