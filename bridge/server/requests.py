"""Plivo's HTTP requests: the answer URL, the status and hangup callbacks; and a health check."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http import HttpProcessingError

import bridge
from bridge.server.site import Site
from bridge.streams.clock import Moment, moment
from bridge.wire.callbacks import read_answer_request, read_callback, read_hangup
from bridge.wire.document import write_document

_log = logging.getLogger(__name__)

_MAX_BODY = 64 * 1024
_BODY_WITHIN = 10.0
_SHOWN_PATH = 80

Fields = dict[str, str]
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Handler = Callable[[Site, Fields, Moment], Awaitable[web.Response]]


def public_app(site: Site) -> web.Application:
    """The application behind the public port, for what is not a socket."""
    app = web.Application(client_max_size=_MAX_BODY, middlewares=[_OneAnswer(site).handle])
    for prefix in {"", site.prefix}:
        for path, handler in (("/answer", _answer), ("/status", _status), ("/hangup", _hangup)):
            endpoint = _Endpoint(site, handler)
            app.router.add_route("GET", prefix + path, endpoint.handle)
            app.router.add_route("POST", prefix + path, endpoint.handle)
        app.router.add_get(f"{prefix}/healthz", _Health(site).handle)
        app.router.add_get(f"{prefix}/stream", _not_an_upgrade)
    return app


class _Endpoint:
    """Reads a request within its bounds, checks its signature, and has it handled."""

    def __init__(self, site: Site, handler: Handler) -> None:
        self._site = site
        self._handler = handler

    async def handle(self, request: web.Request) -> web.Response:
        """One request."""
        now = moment()
        remote = request.remote or ""
        try:
            async with asyncio.timeout(_BODY_WITHIN):
                form = [(name, value) for name, value in (await request.post()).items() if isinstance(value, str)]
        except Exception as error:  # aiohttp raises a dozen kinds, for what a body can be wrong in
            late = isinstance(error, TimeoutError)
            why = f"did not come within {_BODY_WITHIN:.0f} s" if late else "was too long or could not be read"
            self._site.complaints.add(now, "refused", f"The body of {request.path} {why}.", remote=remote)
            return web.Response(status=408 if late else 400, text=f"The body {why}.\n")
        if not self._site.authorised(now, request.method, request.raw_path, form, request.headers, remote):
            return web.Response(status=403, text="The request is not signed as it should be.\n")
        return await self._handler(self._site, {**request.query, **dict(form)}, now)


async def _answer(site: Site, fields: Fields, now: Moment) -> web.Response:
    asked = read_answer_request(fields)
    stream = site.switchboard.asked(asked, now)
    stream.view.bidirectional = site.document.bidirectional
    stream.view.content_type = site.document.content_type
    stream.view.service_url = site.document.url
    if "CallUUID" in asked.missing:
        stream.problem(now, "The answer URL was asked without a CallUUID.")
    return web.Response(text=write_document(site.document), content_type="application/xml")


async def _status(site: Site, fields: Fields, now: Moment) -> web.Response:
    callback = read_callback(fields)
    if not callback.stream_id and not callback.call_uuid:
        text = "A status callback names neither a stream nor a call."
        site.switchboard.log.add(now, "callback", callback.event or "unknown", text, level="warning", data=dict(fields))
    else:
        site.switchboard.callback(callback, now)
    return await _acknowledge(site)


async def _hangup(site: Site, fields: Fields, now: Moment) -> web.Response:
    site.switchboard.hangup(read_hangup(fields), now)
    return await _acknowledge(site)


async def _acknowledge(site: Site) -> web.Response:
    """200 once it is on disk; 503 where it cannot be, so that Plivo repeats it."""
    try:
        await site.records.committed()
    except Exception:
        _log.exception("A callback could not be written to the journal")
        return web.Response(status=503, text="The journal cannot be written: please repeat.\n")
    return web.Response(text="ok\n")


class _Health:
    """For load balancers and people: is the bridge there, and how many streams are live."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def handle(self, request: web.Request) -> web.Response:
        """One request."""
        live = len(self._site.switchboard.live())
        return web.json_response({"status": "ok", "version": bridge.__version__, "live_streams": live})


async def _not_an_upgrade(request: web.Request) -> web.Response:
    text = "Streams connect here with a WebSocket.\n"
    return web.Response(status=426, headers={"Upgrade": "websocket"}, text=text)


class _OneAnswer:
    """Closes the connection after its answer (`public` says why), and tells of requests for what is not here."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @web.middleware
    async def handle(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """One request."""
        try:
            response = await handler(request)
        except web.HTTPException as error:
            what = f"{request.method} {request.path[:_SHOWN_PATH]}"
            text = f"{what} was refused with {error.status}: Plivo's URLs are /answer, /status, /hangup and /stream."
            self._site.complaints.add(moment(), "refused", text, remote=request.remote or "")
            response = web.Response(status=error.status, text=f"{error.reason}\n")
        response.force_close()
        return response


def public_logger(site: Site) -> logging.Logger:
    """What aiohttp says to its logger, where it alone tells of requests that it cannot read."""
    logger = logging.Logger("public port")
    logger.addHandler(_Unreadable(site))
    return logger


class _Unreadable(logging.Handler):
    """Tells of requests that cannot be read; what else is logged goes on to the bridge's log."""

    def __init__(self, site: Site) -> None:
        super().__init__(logging.ERROR)
        self._site = site

    def emit(self, record: logging.LogRecord) -> None:
        """One request."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            why = error.message.partition(":")[0].lower()
            self._site.complaints.add(moment(), "refused", f"A request could not be read: {why}.")
        elif not isinstance(error, web.RequestPayloadError):  # of a bad body the endpoint has told
            _log.handle(record)
