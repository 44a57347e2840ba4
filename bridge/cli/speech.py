"""Text to speech, by a program of the user's choice. It is started without a shell."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import click
from msgspec import Struct

from bridge.audio.wav import Wav, WavError, read_wav
from bridge.cli.output import printable
from bridge.cli.tables import table

_LONGEST_S = 60.0
_BLANK = re.compile(r"\{(text|voice)\}")


class SayTable(Struct, frozen=True, forbid_unknown_fields=True):
    """`[say]` in `offhook.toml`."""

    command: tuple[str, ...] = ("espeak-ng", "--stdout", "-v", "{voice}", "--", "{text}")
    """The program and its arguments; it writes a WAV on standard output. Behind `--`, a text is no option."""
    voice: str = "en"


def speak(text: str, voice: str | None, toml: dict[str, Any]) -> Wav:
    """Have the text spoken. Raises SettingsError, and click.ClickException with a sentence that says what to do."""
    say = table(toml, "say", SayTable)
    blanks = {"text": text, "voice": voice or say.voice}
    command = [_BLANK.sub(lambda blank: blanks[blank[1]], part) for part in say.command]
    if not command or shutil.which(command[0]) is None:
        raise click.ClickException(
            f"There is no {command[0] if command else 'program'} here to speak with: install espeak-ng (on Debian and "
            "Ubuntu `sudo apt install espeak-ng`), or name another program in [say] of offhook.toml."
        )
    try:
        return read_wav(_run(command))
    except WavError as error:
        raise click.ClickException(f"{command[0]} wrote no speech on standard output: {error}") from error


def _run(command: list[str]) -> bytes:
    name = command[0]
    try:
        done = subprocess.run(  # noqa: S603
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise click.ClickException(f"{name} did not speak within {_LONGEST_S:g} s.") from error
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{name} cannot be started: {error}.") from error
    if done.returncode:
        words = printable(" ".join(done.stderr.decode(errors="replace").split()))
        raise click.ClickException(f"{name} failed: {words.rstrip('.') or f'exit code {done.returncode}'}.")
    return done.stdout
