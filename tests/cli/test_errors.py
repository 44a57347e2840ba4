import pytest

from tests.cli.conftest import Offhook

CLIENTS = [
    ("streams",),
    ("events", "--follow"),
    ("clear", "--stream", "s"),
    ("checkpoint", "name", "--stream", "s"),
    ("dtmf", "1", "--stream", "s"),
    ("hangup", "--stream", "s"),
]
NO_BRIDGE = "Error: No bridge runs here: start one with `offhook bridge`, or `offhook` for the terminal UI.\n"


@pytest.mark.parametrize("command", CLIENTS, ids=lambda command: command[0])
async def test_without_a_bridge_a_command_says_so(offhook: Offhook, command: tuple[str, ...]) -> None:
    result = await offhook(*command)
    assert (result.code, result.out, result.err) == (1, "", NO_BRIDGE)


async def test_an_address_where_nobody_answers_is_named(offhook: Offhook) -> None:
    refused = await offhook("streams", "--control", "ws://localhost:1", "--token", "t")
    assert refused.err == "Error: No bridge answers at ws://localhost:1: Connection refused.\n"
    for url in ("ws://127.0.0.1:1", "http://127.0.0.1:1", "nonsense", ""):
        result = await offhook("streams", "--control", url or "ws://", "--token", "t")
        assert result.code == 1
        assert result.err.startswith(f"Error: No bridge answers at {url or 'ws://'}")
        assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("play", "missing.wav", "--stream", "s"), "missing.wav cannot be read: No such file or directory."),
        (("play", "noise.wav", "--stream", "s"), "noise.wav: This is not a WAV file."),
        (("streams", "--config", "missing.toml"), "cannot be read: No such file or directory."),
        (("xml", "--audio-track", "both"), "not both: a one-way stream takes any."),
        (("xml", "--extra-header", "a=b,c"), "cannot be sent"),
        (("xml", "--public-url", "ftp://a"), "must begin with https:// or http://"),
        ((), "The terminal UI needs a terminal."),
        (("demo",), "The terminal UI needs a terminal."),
        (("attach", "ws://127.0.0.1:1", "--token", "t"), "The terminal UI needs a terminal."),
    ],
)
async def test_what_cannot_be_done_is_told_in_a_sentence(
    offhook: Offhook, command: tuple[str, ...], sentence: str
) -> None:
    (offhook.folder / "noise.wav").write_bytes(b"noise")
    result = await offhook(*command)
    assert (result.code, result.out) == (1, "")
    assert sentence in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("clear",), "Missing option '--stream'"),
        (("checkpoint", "--stream", "s"), "Missing argument 'NAME'"),
        (("clear", "--stream", "s", "--timeout", "-1"), "Invalid value for '--timeout'"),
        (("nonsense",), "No such command 'nonsense'"),
        (("--nonsense",), "No such option '--nonsense'"),
    ],
)
async def test_wrong_usage_is_told_with_the_way_to_the_help(
    offhook: Offhook, command: tuple[str, ...], sentence: str
) -> None:
    result = await offhook(*command)
    assert result.code == 2
    assert sentence in result.err
    assert "Usage: offhook" in result.err


async def test_flags_before_a_command_count_for_it(offhook: Offhook) -> None:
    result = await offhook("--config", "missing.toml", "streams")
    assert "missing.toml cannot be read" in result.err
    (offhook.folder / "other").mkdir()
    (offhook.folder / "other" / "bridge.json").write_text("{")
    result = await offhook("--data", "other", "streams")
    assert f"The bridge's files in {offhook.folder / 'other'} cannot be read" in result.err
