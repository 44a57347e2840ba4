"""Plivo's HTTP requests: form-encoded, and signed where there is an auth token."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from bridge.operator.network import why_not
from bridge.wire.document import MAX_DOCUMENT_BYTES
from bridge.wire.signature import signed_headers

_ANSWER_WITHIN = 15.0
"""Seconds that Plivo waits for an answer."""
_TRIES = 3
_RETRY_AFTER = 1.0
"""Seconds before a callback is sent again; doubled each time."""


class RequestError(Exception):
    """A request without an answer; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; its body is cut a little past the longest document that Plivo takes."""

    status: int
    content_type: str
    body: bytes


class Requests:
    """Requests as Plivo makes them: redirects are not followed, as the signature would be another URL's."""

    def __init__(self, http: aiohttp.ClientSession, auth_token: str) -> None:
        self._http = http
        self._auth_token = auth_token

    async def send(self, method: str, url: str, fields: Mapping[str, str]) -> Reply:
        """Send fields once, in the form of a POST or the query of a GET. Raises RequestError for no answer."""
        form = list(fields.items()) if method == "POST" else []
        address = url if method == "POST" else f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
        headers = signed_headers(self._auth_token, method, address, form) if self._auth_token else {}
        try:
            async with (
                asyncio.timeout(_ANSWER_WITHIN),
                self._http.request(
                    method, address, data=form or None, headers=headers, allow_redirects=False
                ) as response,
            ):
                return Reply(response.status, response.content_type, await _read(response.content))
        except TimeoutError as error:
            raise RequestError(f"{url} did not answer within {_ANSWER_WITHIN:.0f} s.") from error
        except (aiohttp.ClientError, OSError) as error:
            reason = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
            raise RequestError(f"{url} could not be reached: {why_not(reason)}.") from error

    async def deliver(self, method: str, url: str, fields: Mapping[str, str]) -> None:
        """Send a callback until it is acknowledged with any 2xx. Raises RequestError after three tries."""
        for tries_left in reversed(range(_TRIES)):
            try:
                reply = await self.send(method, url, fields)
                if 200 <= reply.status < 300:
                    return
                problem = RequestError(f"{url} answered a callback with {reply.status}.")
            except RequestError as error:
                problem = error
            if not tries_left:
                raise problem
            await asyncio.sleep(_RETRY_AFTER * 2 ** (_TRIES - 1 - tries_left))


async def _read(content: aiohttp.StreamReader) -> bytes:
    body = b""
    async for chunk in content.iter_chunked(16 * 1024):
        body += chunk
        if len(body) > MAX_DOCUMENT_BYTES:
            break
    return body
