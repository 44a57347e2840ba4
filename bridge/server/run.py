"""A running bridge: made of its settings, until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from aiohttp import web
from filelock import FileLock, Timeout
from websockets.asyncio.server import Server

import bridge
from bridge.operator.home import BRIDGE_FILE, TOKEN_FILE, RunningBridge
from bridge.server.complaints import Complaints
from bridge.server.operators import Operators
from bridge.server.public import PublicPort
from bridge.server.recordings import Recordings
from bridge.server.records import Records
from bridge.server.requests import public_app, public_logger
from bridge.server.settings import Settings, routes_of, split_address, stream_document
from bridge.server.site import Site
from bridge.server.tokens import Tokens, write_private
from bridge.streams.clock import moment
from bridge.streams.events import KEPT, EventLog
from bridge.streams.journal import Journal
from bridge.streams.switchboard import Switchboard
from bridge.wire.document import document_warnings
from bridge.wire.views import BridgeView

_CLOSE_WITHIN = 2.0
_ROWS_RESTORED = 500


class BridgeError(Exception):
    """A bridge that cannot start; the message is a sentence for the user."""


class Ready(msgspec.Struct, kw_only=True):
    """Where a bridge is reached, told when both ports accept."""

    event: str = "ready"
    public: str
    """Where it listens for Plivo."""
    control: str
    token_file: str
    public_url: str
    """How Plivo reaches it."""


async def run_bridge(settings: Settings, ready: Callable[[Ready], None]) -> None:
    """Run a bridge until SIGINT, SIGTERM or an operator's shutdown.

    Raises BridgeError (an address is taken, another bridge uses the data folder) and JournalError.
    """
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        text = f"The data folder {settings.data} cannot be made: {error.strerror}. Choose another: --data."
        raise BridgeError(text) from error
    with _only_bridge_of(settings.data):
        journal = Journal(settings.data / "journal.db")
        try:
            await _run(settings, journal, ready)
        finally:
            await asyncio.to_thread(journal.close)


async def _run(settings: Settings, journal: Journal, ready: Callable[[Ready], None]) -> None:
    site = _open_site(settings, journal)
    http = web.AppRunner(public_app(site), access_log=None, logger=public_logger(site), shutdown_timeout=_CLOSE_WITHIN)
    await http.setup()
    assert http.server is not None
    public = await _listen(settings.listen, PublicPort(site, http.server))
    site.public_url = site.public_url or _url("http", public)
    site.document = stream_document(settings, site.public_url)
    stop = _stop_event()
    view = BridgeView(
        version=bridge.__version__,
        pid=os.getpid(),
        public_url=site.public_url,
        control_url="",
        started_at=datetime.now(UTC),
        started_by_offhook=settings.started_by_offhook,
        signed=bool(settings.auth_token),
    )
    operators = Operators(site, journal, view, Tokens.of(settings.data, read_only=settings.read_only), stop)
    control = await _listen_control(settings, operators)
    view.control_url = _url("ws", control)
    pace = asyncio.create_task(operators.pace(), name="operators' pace")
    stopped = asyncio.create_task(stop.wait(), name="stop")
    try:
        with _announced(settings.data, view):
            _greet(site)
            ready(
                Ready(
                    public=_url("http", public),
                    control=view.control_url,
                    token_file=str(settings.data / TOKEN_FILE),
                    public_url=site.public_url,
                )
            )
            done, _ = await asyncio.wait({stopped, pace}, return_when=asyncio.FIRST_COMPLETED)
            if pace in done:
                pace.result()  # raises: it has no other end
    finally:
        public.close()
        await _hang_up_all(site)
        await operators.close(control)
        for task in (pace, stopped):
            task.cancel()
        await asyncio.gather(pace, stopped, return_exceptions=True)
        await http.cleanup()
        await asyncio.to_thread(site.recordings.close)
        with suppress(Exception):
            await site.records.committed()


def _open_site(settings: Settings, journal: Journal) -> Site:
    records = Records(journal)
    log = EventLog(journal.last_event_id(), records.take)
    log.refill(journal.events(limit=KEPT)[0])
    switchboard = Switchboard(log, journal.last_handle(), settings.turns)
    records.keep(switchboard)
    switchboard.restore(journal.streams(ended_limit=_ROWS_RESTORED), moment())
    return Site(
        switchboard,
        Complaints(log),
        records,
        recordings=Recordings(settings.data / "recordings"),
        routes=routes_of(settings),
        auth_token=settings.auth_token,
        public_url=settings.public_url.rstrip("/"),
    )


def _greet(site: Site) -> None:
    log, now = site.switchboard.log, moment()
    log.add(now, "bridge", "ready", f"The bridge is ready: the answer URL is {site.public_url}/answer.")
    for warning in document_warnings(site.document):
        log.add(now, "bridge", "document", warning, level="warning")


async def _hang_up_all(site: Site) -> None:
    """Close every socket, so that Plivo knows, and wait a little for it to agree."""
    for socket in list(site.sockets):
        socket.stop()
    if site.sockets:
        await asyncio.wait([socket.closed for socket in site.sockets], timeout=_CLOSE_WITHIN)


async def _listen(address: str, factory: PublicPort) -> asyncio.Server:
    host, port = split_address(address)
    try:
        return await asyncio.get_running_loop().create_server(factory, host, port)
    except OSError as error:
        raise BridgeError(
            f"Cannot listen on {address} for Plivo: {error.strerror}. Choose another: --listen."
        ) from error


async def _listen_control(settings: Settings, operators: Operators) -> Server:
    host, port = split_address(settings.control)
    try:
        return await operators.listen(host, port)
    except OSError as error:
        text = f"Cannot listen on {settings.control} for operators: {error.strerror}. Choose another: --control."
        raise BridgeError(text) from error


def _url(scheme: str, server: asyncio.Server | Server) -> str:
    """Where a server is reached from this machine."""
    host, port = next(iter(server.sockets)).getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - an address to show, not to bind
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        except NotImplementedError:  # Windows: Ctrl-C arrives as KeyboardInterrupt
            return stop
    return stop


@contextmanager
def _only_bridge_of(data: Path) -> Iterator[None]:
    lock = FileLock(data / "bridge.lock", timeout=0)
    try:
        with lock:
            yield
    except Timeout as error:
        raise BridgeError(f"Another bridge uses {data}: end it, or choose another folder with --data.") from error


@contextmanager
def _announced(data: Path, view: BridgeView) -> Iterator[None]:
    """Tell the clients of this machine where the bridge is, as long as it runs."""
    path = data / BRIDGE_FILE
    running = RunningBridge(control=view.control_url, public=view.public_url, pid=view.pid)
    write_private(path, msgspec.json.encode(running).decode())
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
