"""The `<Stream>` document that an answer URL returns: written within Plivo's limits, and read for the emulator.

Source: Plivo's `<Stream>` XML reference; what is only on its newer pages is written, with a warning.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

from msgspec import Struct

from bridge.wire.formats import L16_8K, L16_24K, UnknownFormatError, parse_format
from bridge.wire.headers import read_extra_headers, write_extra_headers

MAX_URL_LENGTH = 2048
MAX_EXTRA_HEADERS_BYTES = 512
MAX_DOCUMENT_BYTES = 64 * 1024
NOISE_CANCELLATION_LEVELS = range(60, 101)

_TRACKS = ("inbound", "outbound", "both")
_METHODS = ("GET", "POST")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_URL = re.compile(r"[\s\x00-\x1f\x7f]")


class DocumentError(ValueError):
    """A document that breaks one of Plivo's rules, or cannot be read; the message is a sentence for the user."""


class StreamElement(Struct, kw_only=True):
    """One `<Stream>`; the defaults are Plivo's."""

    url: str
    """`wss://…`, where Plivo connects to."""
    bidirectional: bool = False
    """True: audio and commands may be sent back."""
    audio_track: str = "inbound"
    """`inbound` (the caller), `outbound` (the far end) or `both`."""
    stream_timeout: int = 86400
    """Seconds after which Plivo stops the stream."""
    status_callback_url: str = ""
    status_callback_method: str = "POST"
    content_type: str = L16_8K.content_type
    extra_headers: dict[str, str] = {}
    """Plivo repeats them in `start` and in callbacks."""
    keep_call_alive: bool = False
    """True: the elements after this one run only when the stream has ended."""
    noise_cancellation: bool = False
    noise_cancellation_level: int = 85
    """60 to 100."""


def write_document(stream: StreamElement) -> str:
    """The whole document, with the attributes that differ from Plivo's defaults and those that matter most.

    Raises DocumentError when the stream breaks a rule.
    """
    _check(stream)
    response = ElementTree.Element("Response")
    ElementTree.SubElement(response, "Stream", _attributes(stream)).text = stream.url
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(response, encoding="unicode")


def document_warnings(stream: StreamElement) -> list[str]:
    """Sentences on what Plivo may not take, though nothing forbids it.

    Raises DocumentError when the stream breaks a rule.
    """
    _check(stream)
    warnings = []
    if stream.url.lower().startswith("ws://"):
        warnings.append("The stream's URL is ws://: audio and credentials travel unencrypted; Plivo documents wss://.")
    if parse_format(stream.content_type) == L16_24K:
        warnings.append(f"contentType {L16_24K.content_type} is only on Plivo's newer pages.")
    if stream.noise_cancellation:
        warnings.append("noiseCancellation is only on Plivo's newer pages.")
    warnings += [
        f"The extra header {name!r} has other characters than A-Z, a-z and 0-9, which Plivo may drop."
        for name, value in stream.extra_headers.items()
        if not re.fullmatch("[A-Za-z0-9]*", name + value)
    ]
    return warnings


def read_document(xml: bytes | str) -> StreamElement:
    """The first `<Stream>` of a document, whatever else is in it.

    Raises DocumentError for what is no such document, is longer than 64 KB, has a document type (and so could have
    entities), or breaks a rule of `<Stream>`.
    """
    element = next(parse_response(xml).iter("Stream"), None)
    if element is None:
        raise DocumentError("The document has no <Stream> element.")
    return read_stream(element)


def parse_response(xml: bytes | str) -> ElementTree.Element:
    """The `<Response>` of a document, for those who want all of its elements. Raises DocumentError."""
    response = _parse(xml)
    if response.tag != "Response":
        raise DocumentError(f"The document's outermost element is <{response.tag}>, not <Response>.")
    return response


def read_stream(element: ElementTree.Element) -> StreamElement:
    """A `<Stream>` element. Raises DocumentError when it breaks a rule."""
    stream = StreamElement(
        url=(element.text or "").strip(),
        bidirectional=_flag(element, "bidirectional"),
        audio_track=element.get("audioTrack", "inbound").strip().lower(),
        stream_timeout=_number(element, "streamTimeout", 86400),
        status_callback_url=element.get("statusCallbackUrl", "").strip(),
        status_callback_method=element.get("statusCallbackMethod", "POST").strip().upper(),
        content_type=element.get("contentType", L16_8K.content_type),
        extra_headers=read_extra_headers(element.get("extraHeaders")),
        keep_call_alive=_flag(element, "keepCallAlive"),
        noise_cancellation=_flag(element, "noiseCancellation"),
        noise_cancellation_level=_number(element, "noiseCancellationLevel", 85),
    )
    _check(stream)
    return stream


def _attributes(stream: StreamElement) -> dict[str, str]:
    attributes = {
        "bidirectional": _word(stream.bidirectional),
        "contentType": parse_format(stream.content_type).content_type,
    }
    if stream.keep_call_alive:
        attributes["keepCallAlive"] = "true"
    if stream.audio_track != "inbound":
        attributes["audioTrack"] = stream.audio_track
    if stream.stream_timeout != 86400:
        attributes["streamTimeout"] = str(stream.stream_timeout)
    if stream.status_callback_url:
        attributes["statusCallbackUrl"] = stream.status_callback_url
    if stream.status_callback_method != "POST":
        attributes["statusCallbackMethod"] = stream.status_callback_method
    if stream.extra_headers:
        attributes["extraHeaders"] = write_extra_headers(stream.extra_headers)
    if stream.noise_cancellation:
        attributes["noiseCancellation"] = "true"
        attributes["noiseCancellationLevel"] = str(stream.noise_cancellation_level)
    return attributes


def _check(stream: StreamElement) -> None:
    _check_url("The stream's URL", stream.url, ("wss", "ws"))
    if stream.status_callback_url:
        _check_url("statusCallbackUrl", stream.status_callback_url, ("https", "http"))
    if stream.status_callback_method not in _METHODS:
        raise DocumentError(f"statusCallbackMethod is GET or POST, not {stream.status_callback_method!r}.")
    if stream.audio_track not in _TRACKS:
        raise DocumentError(f"audioTrack is inbound, outbound or both, not {stream.audio_track!r}.")
    if stream.bidirectional and stream.audio_track != "inbound":
        raise DocumentError(
            f"A bidirectional stream has audioTrack inbound only, not {stream.audio_track}: a one-way stream takes any."
        )
    if stream.stream_timeout < 1:
        raise DocumentError(f"streamTimeout is a positive number of seconds, not {stream.stream_timeout}.")
    if stream.noise_cancellation_level not in NOISE_CANCELLATION_LEVELS:
        raise DocumentError(f"noiseCancellationLevel is 60 to 100, not {stream.noise_cancellation_level}.")
    try:
        parse_format(stream.content_type)
    except UnknownFormatError as error:
        raise DocumentError(f"contentType: {error}.") from error
    _check_extra_headers(stream.extra_headers)


def _check_url(what: str, url: str, schemes: tuple[str, str]) -> None:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise DocumentError(f"{what} {url[:200]!r} is not a URL: {error}.") from error
    if parts.scheme not in schemes or not parts.hostname or _NOT_IN_URL.search(url) or _NOT_IN_XML.search(url):
        raise DocumentError(f"{what} is a whole URL that starts with {schemes[0]}://, not {url[:200]!r}.")
    if len(url) > MAX_URL_LENGTH:
        raise DocumentError(f"{what} has {len(url)} characters; Plivo takes {MAX_URL_LENGTH}.")


def _check_extra_headers(headers: dict[str, str]) -> None:
    for name, value in headers.items():
        if not name or "=" in name or "," in name + value or _NOT_IN_XML.search(name + value):
            raise DocumentError(
                f"The extra header {name!r}: {value!r} cannot be sent: a name is needed, without '=', and no commas."
            )
    size = len(write_extra_headers(headers).encode())
    if size > MAX_EXTRA_HEADERS_BYTES:
        raise DocumentError(f"The extra headers take {size} bytes; Plivo takes {MAX_EXTRA_HEADERS_BYTES}.")


class _NoDoctype(ElementTree.TreeBuilder):
    """Entities are declared in a document type; without one there is nothing to expand or to fetch."""

    def doctype(self, *_: object) -> None:
        raise DocumentError("The document has a document type (<!DOCTYPE>), which no answer needs.")


def _parse(xml: bytes | str) -> ElementTree.Element:
    if len(xml) > MAX_DOCUMENT_BYTES:
        raise DocumentError(f"The document is longer than {MAX_DOCUMENT_BYTES // 1024} KB.")
    try:
        return ElementTree.fromstring(xml, ElementTree.XMLParser(target=_NoDoctype()))  # noqa: S314 - see _NoDoctype
    except DocumentError:
        raise
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise DocumentError(f"The document is not XML: {error}.") from error


def _flag(element: ElementTree.Element, name: str) -> bool:
    value = element.get(name, "false").strip().lower()
    if value not in ("true", "false"):
        raise DocumentError(f"{name} is true or false, not {value!r}.")
    return value == "true"


def _number(element: ElementTree.Element, name: str, default: int) -> int:
    value = element.get(name, str(default)).strip()
    if not re.fullmatch("[0-9]{1,9}", value):
        raise DocumentError(f"{name} is a whole number, not {value!r}.")
    return int(value)


def _word(flag: bool) -> str:
    return "true" if flag else "false"
