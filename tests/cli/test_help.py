import os
import subprocess
import sys

import pytest

from bridge.cli.main import COMMANDS

SLOW = ("aiohttp", "numpy", "samplerate", "sounddevice", "textual", "websockets")


def offhook(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "bridge", *arguments], capture_output=True, text=True, timeout=20, check=True
    ).stdout


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_comes_at_once(command: str) -> None:
    before = os.times()
    text = offhook(*command.split(), "--help")
    after = os.times()
    took = after.children_user + after.children_system - before.children_user - before.children_system
    assert text.startswith(f"Usage: offhook {command}".rstrip())
    assert took < 0.3, "seconds of a processor"


def test_help_loads_nothing_slow() -> None:
    loaded = f"""
import sys
from bridge.cli.main import COMMANDS, offhook
for name in COMMANDS:
    assert offhook.get_command(None, name).get_short_help_str()
print(*(set(sys.modules) & {set(SLOW)}))
"""
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True).stdout.split() == []


def test_the_help_lists_every_command_in_a_sentence() -> None:
    lines = offhook("--help").partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == list(COMMANDS)
    assert all(len(line.split()) > 3 for line in lines)


def test_h_and_version_are_known() -> None:
    assert offhook("-h") == offhook("--help")
    assert offhook("--version").startswith("offhook ")


@pytest.mark.parametrize("command", COMMANDS[COMMANDS.index("streams") : COMMANDS.index("turns") + 1])
def test_every_client_says_how_it_finds_a_bridge(command: str) -> None:
    text = offhook(command, "--help")
    for option in ("--control URL", "OFFHOOK_CONTROL", "--token TOKEN", "OFFHOOK_TOKEN", "--data DIR", "OFFHOOK_DATA"):
        assert option in text
