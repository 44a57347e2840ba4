"""Why a connection could not be made, in the system's words."""

from __future__ import annotations

import os
import re

_NUMBER = re.compile(r"\[Errno (\d+)\]")


def why_not(error: Exception) -> str:
    """A reason without a full stop: `Connection refused`, where asyncio says `[Errno 111] Connect call failed (…)`."""
    if isinstance(error, OSError):
        # One of several addresses stands for all of them: asyncio has their errors in one text.
        if number := _NUMBER.search(str(error)):
            return os.strerror(int(number[1]))
        silent = "no answer in time" if isinstance(error, TimeoutError) else "the connection was closed"
        return error.strerror or str(error) or silent
    return str(error)
