"""What is measured: each is started in a folder of its own, towards the agent's port, and ended by its process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.relay.end import Pace, Point
from tests.bench.relay.meters import on, processors
from tests.bench.relay.watcher import watching

ROOT = Path(__file__).parents[3]
_READY_WITHIN = 20.0
_ERRORS = "errors.txt"
_LISTENED_TO = 10
"""Calls that one operator listens to, which is more than anybody can: the frames of such a call are read at once."""


class NotMeasuredError(Exception):
    """A contestant cannot be measured here; the message is a sentence that says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Running:
    """A contestant that takes calls at `port`; `pid` is None where nothing is between the ends."""

    port: int
    pid: int | None
    beside: Callable[[int], AbstractContextManager[None]] | None = None
    """What is to go on beside so many calls."""


Start = Callable[[int, Path], AbstractContextManager[Running]]


@dataclass(frozen=True, slots=True)
class Contestant:
    """A row of the tables: how it is started, and what it is asked for, at most so many calls."""

    name: str
    start: Start
    at_most: int = 10_000
    paces: tuple[Pace, ...] = ("real time", "saturated")

    def takes(self, point: Point) -> bool:
        """Whether it is asked for this."""
        return point.calls <= self.at_most and point.pace in self.paces


@contextmanager
def direct(agent_port: int, folder: Path) -> Iterator[Running]:
    yield Running(agent_port, None)


@contextmanager
def haproxy(agent_port: int, folder: Path) -> Iterator[Running]:
    port = _free_port()
    settings = folder / "haproxy.cfg"
    settings.write_text(
        "global\n nbthread 1\n maxconn 4000\n"
        "defaults\n mode tcp\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n"
        f"listen relay\n bind 127.0.0.1:{port}\n server agent 127.0.0.1:{agent_port}\n"
    )
    with _process(_installed("haproxy"), "-f", str(settings), "-db", "-q", folder=folder) as process:
        _wait_for_port(port, process, folder)
        yield Running(port, process.pid)


@contextmanager
def mitmproxy(agent_port: int, folder: Path) -> Iterator[Running]:
    port = _free_port()
    command = (_installed("mitmdump"), "--mode", f"reverse:http://127.0.0.1:{agent_port}", "-q")
    options = ("--listen-host", "127.0.0.1", "-p", str(port), "--set", f"confdir={folder}")
    with _process(*command, *options, folder=folder) as process:
        _wait_for_port(port, process, folder)
        yield Running(port, process.pid)


@contextmanager
def websockets_relay(agent_port: int, folder: Path) -> Iterator[Running]:
    command = (sys.executable, "-m", "tests.bench.relay.websockets_relay", str(agent_port))
    with _process(*command, folder=folder) as process:
        yield Running(int(_first_line(process, folder)), process.pid)


@contextmanager
def offhook(agent_port: int, folder: Path) -> Iterator[Running]:
    """The bridge, and nobody looks."""
    with _bridge(agent_port, folder) as (running, _):
        yield running


@contextmanager
def offhook_watched(agent_port: int, folder: Path) -> Iterator[Running]:
    """The bridge, and an operator who sees the levels of all legs."""
    with _bridge(agent_port, folder) as (running, control), watching(control, folder / "token"):
        yield running


@contextmanager
def offhook_turns(agent_port: int, folder: Path) -> Iterator[Running]:
    """The bridge as it comes: it measures the turns of the first 50 calls."""
    with _bridge(agent_port, folder, turns=50) as (running, _):
        yield running


@contextmanager
def offhook_stuck(agent_port: int, folder: Path) -> Iterator[Running]:
    """The bridge, and an operator who watches all calls, listens to some, and is stopped in the middle."""
    with _bridge(agent_port, folder) as (running, control):

        @contextmanager
        def stuck(calls: int) -> Iterator[None]:
            with watching(control, folder / "token", min(calls, _LISTENED_TO)) as pid:
                os.kill(pid, signal.SIGSTOP)
                yield

        yield Running(running.port, running.pid, stuck)


DIRECT, REFERENCE, PLAIN = "nothing between", "haproxy, TCP", "websockets relay"
OFFHOOK, WATCHED, STUCK = "offhook", "offhook, levels of all legs", "offhook, a stuck operator"
TURNS = "offhook, turns of 50 calls"

CONTESTANTS = (
    Contestant(DIRECT, direct, paces=("real time",)),
    Contestant(REFERENCE, haproxy),
    Contestant(PLAIN, websockets_relay),
    Contestant("mitmproxy, reverse", mitmproxy, at_most=100),
    Contestant(OFFHOOK, offhook),
    Contestant(WATCHED, offhook_watched),
    Contestant(TURNS, offhook_turns, paces=("real time",)),
    Contestant(STUCK, offhook_stuck, paces=("real time",)),
)


@contextmanager
def _bridge(agent_port: int, folder: Path, *, turns: int = 0) -> Iterator[tuple[Running, str]]:
    settings = folder / "offhook.toml"
    settings.write_text(f"turns = {turns}\n")
    command = (sys.executable, "-m", "bridge", "bridge", "--json", "--data", str(folder), "--config", str(settings))
    ports = ("--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--agent", f"ws://127.0.0.1:{agent_port}/")
    with _process(*command, *ports, folder=folder) as process:
        ready = json.loads(_first_line(process, folder))
        yield Running(int(ready["public"].rpartition(":")[2]), process.pid), ready["control"]


@contextmanager
def _process(*command: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process on the processor for what is measured, in a session of its own: Ctrl-C is for the bench alone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "PLIVO_"))}
    environment |= {"XDG_STATE_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    with (folder / _ERRORS).open("w") as errors, on(processors()[1]):
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _first_line(process: subprocess.Popen[str], folder: Path) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise _ended(process, folder)
    return line


def _wait_for_port(port: int, process: subprocess.Popen[str], folder: Path) -> None:
    until = time.monotonic() + _READY_WITHIN
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            if process.poll() is not None:
                raise _ended(process, folder) from None
            time.sleep(0.05)
        else:
            return
    raise NotMeasuredError(f"it took no calls within {_READY_WITHIN:.0f} s")


def _ended(process: subprocess.Popen[str], folder: Path) -> NotMeasuredError:
    said = (folder / _ERRORS).read_text().strip().rpartition("\n")[2]
    return NotMeasuredError(f"it ended with {process.wait()} before it took calls ({said})")


def _installed(program: str) -> str:
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        package = {"mitmdump": "mitmproxy"}.get(program, program)
        raise NotMeasuredError(f"{program} is not installed (Debian, Ubuntu: sudo apt install {package})")
    return path


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number: int = taken.getsockname()[1]
        return number
