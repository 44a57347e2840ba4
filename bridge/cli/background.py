"""Starting a part of offhook as a process of its own, and waiting until it is ready or says why not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import click

_READY_WITHIN = 20.0


def start(arguments: list[str], log: Path, **options: Any) -> tuple[subprocess.Popen[bytes], bytes]:
    """Start `offhook` with these arguments, apart from this terminal; returns it and the first line it printed.

    What it writes on standard error goes to the end of `log`. Raises click.ClickException with its sentence when it
    ends without a line.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(log, "ab", opener=_private) as errors:
        before = errors.tell()
        process = subprocess.Popen(  # noqa: S603
            # -P: a file bridge.py in the current folder is not offhook.
            [sys.executable, "-P", "-m", "bridge", *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            **options,
        )
    line = _first_line(process)
    if not line:
        process.wait()
        raise click.ClickException(_reason(log, before))
    return process, line


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """Empty when the process ends first, or is ended because it takes too long."""
    assert process.stdout is not None
    too_late = threading.Timer(_READY_WITHIN, process.kill)
    too_late.start()
    try:
        return process.stdout.readline()
    except KeyboardInterrupt:
        process.kill()
        raise
    finally:
        too_late.cancel()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _reason(log: Path, start: int) -> str:
    """The sentence with which the process ended, from its part of the log."""
    with log.open("rb") as errors:
        errors.seek(start)
        lines = errors.read().decode(errors="replace").splitlines()
    sentences = [line.removeprefix("Error: ") for line in lines if line.startswith("Error: ")]
    return sentences[-1] if sentences else f"It did not start; {log} may say why."
