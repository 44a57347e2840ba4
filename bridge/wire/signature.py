"""Plivo's V3 signatures, on HTTP requests and on the upgrade of a stream's socket: made and checked.

The base string is that of `plivo.utils.signature_v3` of Plivo's Python SDK, oddities included: a query is decoded,
sorted, and written back without quoting; a POST with parameters has a `?` even without a query.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlparse

SIGNATURE = "X-Plivo-Signature-V3"
MAIN_ACCOUNT_SIGNATURE = "X-Plivo-Signature-Ma-V3"
NONCE = "X-Plivo-Signature-V3-Nonce"

Params = Sequence[tuple[str, str]]
"""Names and values in the order they came; a name may be repeated."""

_SCHEMES = ("https", "http", "wss", "ws")


class SignatureError(Exception):
    """A request that was not signed with this auth token; the message is a sentence for the log."""


def sign(auth_token: str, method: str, url: str, nonce: str, params: Params = ()) -> str:
    """The signature (Base64) of a request; `url` as Plivo dials it, with its query; `params` are the form's."""
    base = f"{_base_string(method, url, params)}.{nonce}"
    digest = hmac.digest(auth_token.encode(), base.encode("utf-8", "surrogatepass"), "sha256")
    return base64.b64encode(digest).decode()


def signed_headers(auth_token: str, method: str, url: str, params: Params = ()) -> dict[str, str]:
    """The three headers that Plivo puts on a request, with a new nonce."""
    nonce = "".join(secrets.choice("0123456789") for _ in range(20))
    signature = sign(auth_token, method, url, nonce, params)
    return {SIGNATURE: signature, MAIN_ACCOUNT_SIGNATURE: signature, NONCE: nonce}


def check_signature(auth_token: str, method: str, url: str, params: Params, headers: Mapping[str, str]) -> None:
    """Check a request against the public URL that Plivo was given, in its http, https, ws or wss form.

    Plivo was seen to sign a socket's upgrade over the `http://` form, and callbacks over `https://`. Each header may
    hold several signatures, separated by commas, while a token is being changed. `headers` finds names in any case.
    Raises SignatureError with the reason.
    """
    given = [
        signature.strip().encode("utf-8", "surrogateescape")
        for name in (SIGNATURE, MAIN_ACCOUNT_SIGNATURE)
        for signature in _header(headers, name).split(",")
        if signature.strip()
    ]
    if not given:
        raise SignatureError(f"The request has no {SIGNATURE} header.")
    nonce = _header(headers, NONCE)
    if not nonce:
        raise SignatureError(f"The request has no {NONCE} header.")
    rest = url.partition("://")[2]
    wanted = [sign(auth_token, method, f"{scheme}://{rest}", nonce, params).encode() for scheme in _SCHEMES]
    if not any(hmac.compare_digest(signature, right) for signature in given for right in wanted):
        raise SignatureError(f"The signature is wrong for {url}: another auth token, or another public URL.")


def _base_string(method: str, url: str, params: Params) -> str:
    parts = urlparse(url)
    base = f"{parts.scheme}://{parts.netloc}{parts.path}"
    query = parse_qs(parts.query, keep_blank_values=True)
    if method.upper() == "GET":
        query = {**_by_name(params), **query}
        return f"{base}?{_joined(query, '=', '&')}" if query else base
    if not params:
        return f"{base}?{_joined(query, '=', '&')}" if query else base
    dot = "." if query else ""
    return f"{base}?{_joined(query, '=', '&')}{dot}{_joined(_by_name(params), '', '')}"


def _by_name(params: Params) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in params:
        values.setdefault(name, []).append(value)
    return values


def _joined(values: Mapping[str, list[str]], equals: str, between: str) -> str:
    return between.join(f"{name}{equals}{value}" for name in sorted(values) for value in sorted(values[name]))


def _header(headers: Mapping[str, str], name: str) -> str:
    try:
        return headers[name]
    except LookupError:  # KeyError, or the websockets library's error for a repeated header
        return ""
