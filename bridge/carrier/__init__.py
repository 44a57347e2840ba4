"""Plivo emulated, for the demo and the tests: it asks the answer URL, opens the stream's socket, speaks and plays.

`call` is one call from ringing to hangup; `stream` its socket, `ear` what the caller hears, `voice` what they say,
`answering`, `status` and `hangup` the HTTP requests around it. `demo` is a lively mix of calls.
"""
