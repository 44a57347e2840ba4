"""One end of all calls: what the carrier, who calls, and the agent, who is called, have in common.

An end is a process of its own, and keeps to one thread, plain sockets and epoll: it has to be far cheaper than what
stands between the two ends. It measures how late it was itself.
"""

from __future__ import annotations

import gc
import itertools
import random
import select
import signal
import socket
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Literal

from tests.bench.relay.frames import FRAME_NS, Kind, Reader

Pace = Literal["real time", "saturated"]
"""50 frames a second each way; or one frame of a call on its way at a time, answered at once."""

READ_BYTES = 4096
CONNECT_WITHIN = 10.0
_END_WITHIN = 3.0


@dataclass(frozen=True, slots=True)
class Point:
    """What is asked for: so many calls, at this pace."""

    pace: Pace
    calls: int


@dataclass(frozen=True, slots=True)
class Run:
    """What both ends do, between moments of CLOCK_MONOTONIC in ns; what comes before `count_from` is not counted."""

    pace: Pace
    begin: int
    count_from: int
    until: int


@dataclass(frozen=True, slots=True)
class Ran:
    """What one end saw, in ns: how long each frame that came had been on its way, and how late each was sent."""

    latencies: array[int]
    lateness: array[int]


class Call:
    """One socket of an end."""

    def __init__(self, connected: socket.socket, own: Kind, expected: Kind) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setblocking(False)
        self.socket = connected
        self.reader = Reader(expected)
        self._own = own
        self._number = 0

    def send(self, now: int) -> None:
        """Send the next frame, stamped. Raises OSError when the other side has not read for long."""
        frame = self._own.build(self._own.template, self._number, now)
        self._number += 1
        if self.socket.send(frame) != len(frame):
            raise OSError("a frame could be sent in part only: it is not read")


class End:
    """What both ends have in common."""

    seed: int
    """Of the moments within 20 ms at which the calls send."""
    first_frames = 0
    """How many it sends on each call of its own accord where each end waits for the other."""

    def __init__(self, commands: Connection) -> None:
        self.commands = commands
        self.epoll = select.epoll()
        self.calls: dict[int, Call] = {}
        self._run = Run("real time", 0, 0, 0)
        self._latencies = array("q")
        self._lateness = array("q")

    def serve(self) -> None:
        """Carry out commands until there are no more."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the bench ends its processes itself
        gc.disable()
        while True:
            while not self.commands.poll():
                self.turn(None)
            try:
                name, arguments = self.commands.recv()
            except EOFError:
                return
            self.commands.send(self._carried_out(name, arguments))

    def _carried_out(self, name: str, arguments: tuple[Any, ...]) -> Any:
        try:
            return getattr(self, name)(*arguments)
        except OSError as error:
            return error

    def turn(self, timeout_ns: int | None) -> None:
        """Wait for whatever is next, at most so long, and read what came."""
        timeout = None if timeout_ns is None else timeout_ns / 1e9
        # Of all that wait, only select takes less than a millisecond.
        ready, _, _ = select.select([self.epoll.fileno(), self.commands.fileno()], [], [], timeout)
        if self.epoll.fileno() not in ready:
            return
        now = time.monotonic_ns()
        for number, _ in self.epoll.poll(0):
            self.readable(number, now)

    def readable(self, number: int, now: int) -> None:
        """Something came on this socket."""
        call = self.calls[number]
        try:
            data = call.socket.recv(READ_BYTES)
        except ConnectionError:
            data = b""
        if not data:
            self.drop(number)
            return
        for stamp in call.reader.stamps(data):
            if now >= self._run.count_from:
                self._latencies.append(now - stamp)
            if self._run.pace == "saturated" and now < self._run.until:
                call.send(time.monotonic_ns())
        if call.reader.closing:
            self.closing(number)

    def closing(self, number: int) -> None:
        """A close frame came."""

    def drop(self, number: int) -> None:
        """One call less."""
        self.calls.pop(number).socket.close()

    def await_end(self) -> None:
        """Wait a little until there are no calls; end those that stay."""
        try:
            self.wait(lambda: not self.calls, _END_WITHIN)
        except TimeoutError:
            for number in list(self.calls):
                self.drop(number)

    def run(self, run: Run) -> Ran:
        """Speak on all calls. Raises OSError when the other side does not read."""
        self._run = run
        self._latencies, self._lateness = array("q"), array("q")
        schedule = self._schedule(run)
        due, call = next(schedule)
        while (now := time.monotonic_ns()) < run.until:
            while due <= now:
                sent = time.monotonic_ns()
                call.send(sent)
                if sent >= run.count_from:
                    self._lateness.append(sent - due)
                due, call = next(schedule)
            self.turn(max(0, min(due, run.until) - time.monotonic_ns()))
        return Ran(self._latencies, self._lateness)

    def _schedule(self, run: Run) -> Iterator[tuple[int, Call]]:
        """When which call sends of its own accord."""
        order = random.Random(self.seed)
        calls = sorted((order.randrange(FRAME_NS), number) for number in self.calls)
        rounds = itertools.count() if run.pace == "real time" else range(self.first_frames)
        for turn in rounds:
            for phase, number in calls:
                yield run.begin + turn * FRAME_NS + phase, self.calls[number]
        yield run.until, next(iter(self.calls.values()))

    def wait(self, enough: Callable[[], bool], seconds: float) -> None:
        """Read until it is so. Raises TimeoutError."""
        until = time.monotonic_ns() + round(seconds * 1e9)
        while not enough():
            left = until - time.monotonic_ns()
            if left <= 0:
                raise TimeoutError(f"not within {seconds:.0f} s")
            self.turn(left)
