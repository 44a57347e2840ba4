"""Plivo emulated: it asks the answer URL, opens the stream's socket, speaks and plays, and checks what comes back.

`call` is one call from ringing to hangup, by a `plan`; `answering` and `steps` are its document, `stream` its socket.
`profile` is which Plivo it is, `trouble` what goes wrong. `load` makes many calls, `checking` runs a `scenario`.
"""
