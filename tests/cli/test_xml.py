from bridge.wire.document import StreamElement, read_document
from tests.cli.conftest import Offhook


async def test_the_document_is_made_of_settings_and_flags(offhook: Offhook) -> None:
    (offhook.folder / "offhook.toml").write_text(
        'public_url = "https://a.example"\n[stream]\nstream_timeout = 600\ncontent_type = "audio/x-l16;rate=8000"\n'
    )
    result = await offhook("xml", "--content-type", "audio/x-l16;rate=16000", "--extra-header", "a=b")
    assert (result.code, result.err) == (0, "")
    assert read_document(result.out) == StreamElement(
        url="wss://a.example/stream",
        bidirectional=True,
        stream_timeout=600,
        status_callback_url="https://a.example/status",
        content_type="audio/x-l16;rate=16000",
        extra_headers={"a": "b"},
        keep_call_alive=True,
    )


async def test_every_attribute_has_a_flag(offhook: Offhook) -> None:
    result = await offhook(
        *("xml", "--public-url", "https://b.example", "--one-way", "--audio-track", "both", "--stream-timeout", "60"),
        *("--no-keep-call-alive", "--status-callback-url", "https://c.example/x", "--status-callback-method", "GET"),
    )
    assert read_document(result.out) == StreamElement(
        url="wss://b.example/stream",
        bidirectional=False,
        audio_track="both",
        stream_timeout=60,
        status_callback_url="https://c.example/x",
        status_callback_method="GET",
        content_type="audio/x-mulaw;rate=8000",
        keep_call_alive=False,
    )


async def test_what_plivo_may_not_take_is_said_beside_the_document(offhook: Offhook) -> None:
    result = await offhook("xml", "--extra-header", "X-Name=b")
    assert read_document(result.out).extra_headers == {"X-Name": "b"}
    assert "Plivo cannot reach this address" in result.err
    assert "'X-Name' has other characters" in result.err
