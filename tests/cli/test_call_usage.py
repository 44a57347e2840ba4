"""What cannot be called is told before anybody is."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bridge.cli.durations import duration, rate
from bridge.cli.main import offhook

BOT = "ws://127.0.0.1:1"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("call",), "Missing argument 'TARGET'"),
        (("call", BOT), "Nobody is here to speak and to hang up: give --wav FILE, or --for 10s."),
        (("call", "localhost:7860", "--for", "1s"), "give the bot's socket (ws:// or wss://) or its answer URL"),
        (("call", BOT, "--for", "soon"), "'soon' is no duration: give it like 10s, 500ms or 2m."),
        (("call", BOT, "--for", "0s"), "'0s' is no duration"),
        (("call", BOT, "--calls", "2", "--ramp", "fast"), "'fast' is no rate: give it like 20/s."),
        (
            ("call", "--for", "1s", "--record", BOT),
            "It takes a path: put the target before it, or write --record=PATH.",
        ),
        (("call", BOT, "--calls", "2", "--record"), "--record keeps one call: it does not go with --calls."),
        (("call", BOT, "--for", "1s", "--profile", "odd"), "--profile takes default, strings, sparse"),
        (("call", BOT, "--for", "1s", "--trouble", "odd"), "--trouble takes none, stalls"),
        (("call", BOT, "--for", "1s", "--set", "frames=1"), "--set: there is no field 'frames'."),
        (("call", BOT, "--for", "1s", "--set", "at_clear=never"), "--set: Invalid enum value 'never'"),
        (("call", BOT, "--for", "1s", "--set", "at_clear"), "--set takes NAME=VALUE, not 'at_clear'."),
        (("call", BOT, "--for", "1s", "--header", "x"), "--header takes NAME=VALUE, not 'x'."),
        (("call", BOT, "--for", "1s", "--content-type", "audio/mp3"), "--content-type: 'audio/mp3;rate=8000' is not"),
        (("check", "mailto:bot"), "'mailto:bot' cannot be called"),
        (("check", BOT, "--scenario", "sings"), "There is no scenario sings: give the path of a file, or one of"),
        (("replay", "call.wav"), "Missing option '--to'"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    result = CliRunner().invoke(offhook, arguments)
    assert result.exit_code == 2
    assert sentence in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ('do = "sing"', "scenario.toml is no scenario"),
        ('do = "say"\nwav = "none.wav"', "none.wav cannot be said"),
    ],
)
def test_a_scenario_that_cannot_be_run_is_told(tmp_path: Path, step: str, sentence: str) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(f'about = "x"\n[[step]]\n{step}\n')
    result = CliRunner().invoke(offhook, ["check", BOT, "--scenario", str(scenario)])
    assert result.exit_code == 2
    assert sentence in " ".join(result.output.split())


@pytest.mark.parametrize(("text", "seconds"), [("10s", 10), ("500ms", 0.5), ("2m", 120), ("1h", 3600), ("1.5", 1.5)])
def test_durations_are_read(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(("text", "per_second"), [("20/s", 20), ("90/m", 1.5), ("5", 5)])
def test_rates_are_read(text: str, per_second: float) -> None:
    assert rate(text) == per_second


@pytest.mark.parametrize("text", ["", "s", "-1s", "1 s", "1e3", "\u0661s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no duration"):
        duration(text)
