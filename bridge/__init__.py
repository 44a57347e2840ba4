"""The line: Plivo's sockets and callbacks, the operators' link, the phone and the emulator.

From the bottom up: `wire`, `audio`, `streams`, `operator`, `phone`, `carrier` and `server`, `cli`.
"""

__version__ = "0.1.0"
