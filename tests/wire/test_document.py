from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bridge.wire.document import DocumentError, StreamElement, document_warnings, read_document, write_document
from bridge.wire.formats import STREAM_FORMATS

URL = "wss://calls.example.com/stream"
PLAIN = StreamElement(url=URL)
TWO_WAY = {"bidirectional": True}


def attributes(stream: StreamElement) -> dict[str, str]:
    element = ElementTree.fromstring(write_document(stream)).find("Stream")
    assert element is not None
    assert element.text == stream.url
    return element.attrib


ATTRIBUTES: list[tuple[dict[str, Any], str, str]] = [
    ({"bidirectional": True}, "bidirectional", "true"),
    ({"bidirectional": False}, "bidirectional", "false"),
    ({"audio_track": "outbound"}, "audioTrack", "outbound"),
    ({"audio_track": "both"}, "audioTrack", "both"),
    ({"stream_timeout": 1}, "streamTimeout", "1"),
    ({"stream_timeout": 3600}, "streamTimeout", "3600"),
    ({"status_callback_url": "https://a.example/s?x=1&y=2"}, "statusCallbackUrl", "https://a.example/s?x=1&y=2"),
    ({"status_callback_url": "http://a.example/s"}, "statusCallbackUrl", "http://a.example/s"),
    ({"status_callback_method": "GET"}, "statusCallbackMethod", "GET"),
    ({"content_type": "audio/x-l16;rate=8000"}, "contentType", "audio/x-l16;rate=8000"),
    ({"content_type": "audio/x-l16;rate=16000"}, "contentType", "audio/x-l16;rate=16000"),
    ({"content_type": "audio/x-l16;rate=24000"}, "contentType", "audio/x-l16;rate=24000"),
    ({"content_type": "audio/x-mulaw;rate=8000"}, "contentType", "audio/x-mulaw;rate=8000"),
    ({"content_type": "audio/x-mulaw"}, "contentType", "audio/x-mulaw;rate=8000"),
    ({"extra_headers": {"k1": "v1", "k2": "v2"}}, "extraHeaders", "k1=v1,k2=v2"),
    ({"extra_headers": {"a": "b" * 510}}, "extraHeaders", "a=" + "b" * 510),
    ({"keep_call_alive": True}, "keepCallAlive", "true"),
    ({"noise_cancellation": True}, "noiseCancellation", "true"),
    ({"noise_cancellation": True}, "noiseCancellationLevel", "85"),
    ({"noise_cancellation": True, "noise_cancellation_level": 60}, "noiseCancellationLevel", "60"),
    ({"noise_cancellation": True, "noise_cancellation_level": 100}, "noiseCancellationLevel", "100"),
]


@pytest.mark.parametrize(("changes", "name", "value"), ATTRIBUTES)
def test_every_attribute_is_written_and_read(changes: dict[str, Any], name: str, value: str) -> None:
    stream = replace(PLAIN, **changes)
    assert attributes(stream)[name] == value
    assert attributes(read_document(write_document(stream))) == attributes(stream)


def test_what_is_plivos_default_is_not_written() -> None:
    assert attributes(PLAIN) == {"bidirectional": "false", "contentType": "audio/x-l16;rate=8000"}


def test_a_document_without_attributes_has_plivos_defaults() -> None:
    assert read_document(f"<Response><Stream>{URL}</Stream></Response>") == StreamElement(
        url=URL,
        bidirectional=False,
        audio_track="inbound",
        stream_timeout=86400,
        status_callback_method="POST",
        content_type="audio/x-l16;rate=8000",
        keep_call_alive=False,
    )


LIMITS: list[tuple[dict[str, Any], str]] = [
    ({"audio_track": "outbound", **TWO_WAY}, "bidirectional stream has audioTrack inbound only, not outbound"),
    ({"audio_track": "both", **TWO_WAY}, "bidirectional stream has audioTrack inbound only, not both"),
    ({"audio_track": "left"}, "audioTrack is inbound, outbound or both"),
    ({"stream_timeout": 0}, "streamTimeout is a positive number of seconds"),
    ({"stream_timeout": -5}, "streamTimeout is a positive number of seconds"),
    ({"status_callback_url": "calls.example.com/s"}, "statusCallbackUrl is a whole URL that starts with https://"),
    ({"status_callback_url": "wss://a/s"}, "statusCallbackUrl is a whole URL"),
    ({"status_callback_method": "PUT"}, "statusCallbackMethod is GET or POST"),
    ({"content_type": "audio/x-mulaw;rate=16000"}, "contentType: .*known are"),
    ({"content_type": "wav"}, "contentType: .*known are"),
    ({"extra_headers": {"a": "b" * 511}}, "extra headers take 513 bytes; Plivo takes 512"),
    ({"extra_headers": {"ä": "ö" * 300}}, "extra headers take 603 bytes"),
    ({"extra_headers": {"": "b"}}, "cannot be sent"),
    ({"extra_headers": {"a=b": "c"}}, "cannot be sent"),
    ({"extra_headers": {"a": "b,c"}}, "cannot be sent"),
    ({"extra_headers": {"a": "\x00"}}, "cannot be sent"),
    ({"noise_cancellation_level": 59}, "noiseCancellationLevel is 60 to 100, not 59"),
    ({"noise_cancellation_level": 101}, "noiseCancellationLevel is 60 to 100, not 101"),
    ({"url": ""}, "The stream's URL is a whole URL that starts with wss://"),
    ({"url": "https://a/s"}, "The stream's URL is a whole URL"),
    ({"url": "wss:///s"}, "The stream's URL is a whole URL"),
    ({"url": "wss://a/s\nx"}, "The stream's URL is a whole URL"),
    ({"url": "wss://[::1/s"}, "is not a URL"),
    ({"url": "wss://a/" + "x" * 2041}, "has 2049 characters; Plivo takes 2048"),
]


@pytest.mark.parametrize(("changes", "sentence"), LIMITS)
def test_every_limit_is_an_error_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DocumentError, match=sentence):
        write_document(replace(PLAIN, **changes))


def test_a_url_as_long_as_plivo_takes_is_written() -> None:
    assert attributes(StreamElement(url="wss://a/" + "x" * 2040))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"url": "ws://localhost/stream"}, "unencrypted"),
        ({"extra_headers": {"X-Name": "b"}}, "'X-Name' has other characters"),
        ({"extra_headers": {"a": "b c"}}, "'a' has other characters"),
        ({"content_type": "audio/x-l16;rate=24000"}, "newer pages"),
        ({"noise_cancellation": True}, "newer pages"),
    ],
)
def test_what_plivo_may_not_take_is_a_warning(changes: dict[str, Any], sentence: str) -> None:
    stream = replace(PLAIN, **changes)
    (warning,) = document_warnings(stream)
    assert sentence in warning
    assert read_document(write_document(stream)).url == stream.url


def test_a_plain_stream_has_no_warnings() -> None:
    assert document_warnings(replace(PLAIN, bidirectional=True, extra_headers={"Booking": "4711"})) == []


def test_other_elements_and_attributes_are_passed_over() -> None:
    document = f"""<?xml version="1.0"?>
    <!-- hello -->
    <Response><Speak voice="a">Hi</Speak>
      <Stream bidirectional="TRUE" keepCallAlive="true" tomorrow="yes" extraHeaders="a=b;c=d">
        {URL}
      </Stream><Hangup/></Response>"""
    assert read_document(document.encode()) == StreamElement(
        url=URL, bidirectional=True, keep_call_alive=True, extra_headers={"a": "b", "c": "d"}
    )


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("", "is not XML"),
        ("{}", "is not XML"),
        (b"\xff\xfe<", "is not XML"),
        ("<Response>", "is not XML"),
        ("\ud800", "is not XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><Response/>', "is not XML"),
        ("<html/>", "outermost element is <html>, not <Response>"),
        ("<Response/>", "no <Stream> element"),
        ("<Response><Stream/></Response>", "The stream's URL"),
        (f'<Response><Stream bidirectional="yes">{URL}</Stream></Response>', "bidirectional is true or false"),
        (f'<Response><Stream keepCallAlive="1">{URL}</Stream></Response>', "keepCallAlive is true or false"),
        (f'<Response><Stream streamTimeout="1.5">{URL}</Stream></Response>', "streamTimeout is a whole number"),
        (f'<Response><Stream streamTimeout="{"9" * 5000}">{URL}</Stream></Response>', "streamTimeout is a whole"),
        (f'<Response><Stream noiseCancellationLevel="x">{URL}</Stream></Response>', "is a whole number"),
        ("<Response>" + "<a>" * 30_000, "longer than 64 KB"),
        ("<Response>" + "<a>" * 10_000, "is not XML"),
        ("<!DOCTYPE html><Response/>", "document type"),
        ('<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Response>&b;</Response>', "document type"),
        ('<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><Response>&a;</Response>', "document type"),
        ('<!DOCTYPE r SYSTEM "http://example.com/x.dtd"><Response/>'.encode("utf-16"), "document type"),
    ],
)
def test_a_broken_or_hostile_document_is_an_error_with_a_sentence(document: str | bytes, sentence: str) -> None:
    with pytest.raises(DocumentError, match=sentence):
        read_document(document)


@given(st.text() | st.binary())
def test_any_text_or_bytes_is_a_document_error(document: str | bytes) -> None:
    with pytest.raises(DocumentError):
        read_document(document)


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Cn", "Co"], exclude_characters=",;={"), min_size=1, max_size=20
)


@given(
    st.builds(
        StreamElement,
        url=WORDS.map(lambda word: f"wss://host/{word}"),
        audio_track=st.sampled_from(["inbound", "outbound", "both"]),
        stream_timeout=st.integers(1, 999_999_999),
        status_callback_url=st.sampled_from(["", "https://host/s?a=b&c='\"<>"]),
        status_callback_method=st.sampled_from(["GET", "POST"]),
        content_type=st.sampled_from([known.content_type for known in STREAM_FORMATS]),
        extra_headers=st.dictionaries(WORDS, WORDS, max_size=3),
        keep_call_alive=st.booleans(),
        noise_cancellation=st.just(True),
        noise_cancellation_level=st.integers(60, 100),
    )
)
def test_a_document_reads_back_as_written(stream: StreamElement) -> None:
    assert read_document(write_document(stream)) == stream
