"""The terminal's own descriptors."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def stderr_in_log(log_path: Path) -> Iterator[None]:
    """Give Textual the terminal, and descriptor 2 to a log file.

    Textual draws on `sys.__stderr__`, and libraries that print on descriptor 2 (ALSA, PortAudio) would spoil the
    screen: so the first becomes a duplicate of the terminal, and the second the log.
    """
    log_path.parent.mkdir(parents=True, exist_ok=True)
    terminal = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
    original = sys.__stderr__
    with log_path.open("ab") as log:
        os.dup2(log.fileno(), 2)
    sys.__stderr__ = terminal  # type: ignore[misc]
    try:
        yield
    finally:
        sys.__stderr__ = original  # type: ignore[misc]
        terminal.flush()
        os.dup2(terminal.fileno(), 2)
        terminal.close()
