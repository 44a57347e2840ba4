"""`offhook check`, towards a bot that talks and one that says nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from bridge.carrier.bot import talking_bot
from bridge.cli.main import offhook as offhook_command
from bridge.wire.notes import read_notes
from tests.cli.conftest import Offhook
from tests.cli.test_play import write_tone
from tests.server.bot import a_bot

GREETS = """
about = "The bot greets at once."
[[step]]
do = "wait for speech"
within = 1.0
[[step]]
do = "stay silent"
seconds = 0.5
[expect]
greeting_within_ms = 900
"""
SAYS = """
about = "The bot listens to a file of its own."
calls = 2
[[step]]
do = "say"
wav = "tone.wav"
"""


@pytest.fixture
async def talker() -> AsyncIterator[str]:
    async with talking_bot() as url:
        yield url


@pytest.fixture(autouse=True)
def scenarios(offhook: Offhook) -> None:
    (offhook.folder / "hello.toml").write_text(GREETS)
    (offhook.folder / "says.toml").write_text(SAYS)
    write_tone(offhook.folder / "tone.wav", 0.3)


@pytest.mark.realtime
async def test_scenarios_that_pass_are_told_with_their_numbers_and_kept(offhook: Offhook, talker: str) -> None:
    result = await offhook("check", talker, "--scenario", "hello.toml", "--scenario", "says.toml", "--junit", "all.xml")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0].split()[:2] == ["pass", "hello"]
    assert lines[1].strip().startswith("The greeting took ")
    assert lines[-1].startswith("All 2 passed in ")
    kept = sorted((offhook.folder / "offhook-check").glob("*.json"))
    assert [read_notes(path.read_bytes()).seconds < 2 for path in kept] == [True, True, True]
    suites = ElementTree.parse(offhook.folder / "all.xml").getroot()
    assert [suite.get("name") for suite in suites] == ["hello", "says"]
    assert {case.get("name") for case in suites[1]} >= {"steps (caller 1)", "steps (caller 2)"}
    assert suites.findall(".//failure") == []


async def test_a_scenario_that_fails_says_what_was_expected_and_exits_with_1(offhook: Offhook) -> None:
    async with a_bot() as bot:
        check = ["check", bot.url, "--scenario", "hello.toml", "--keep", "failed"]
        told, as_json = await asyncio.gather(offhook(*check, "--junit", "all.xml"), offhook(*check, "--json"))
    assert (told.code, as_json.code) == (1, 1)
    assert told.out.splitlines()[0].split()[:2] == ["FAIL", "hello"]
    assert "There was no greeting; expected was one within 900 ms." in told.out
    assert told.out.splitlines()[-1] == "1 of 1 failed: hello."
    (failed,) = ElementTree.parse(offhook.folder / "all.xml").getroot()
    assert int(failed.get("failures", "")) == len(failed.findall(".//failure")) == 2
    report = json.loads(as_json.out)
    (scenario,) = report["scenarios"]
    assert (report["passed"], scenario["scenario"], scenario["passed"]) == (False, "hello", False)
    (call,) = scenario["calls"]
    assert [check["name"] for check in call["checks"] if not check["passed"]] == ["steps", "greeting"]
    assert (offhook.folder / call["report"]["recording"]).is_file()


def test_a_bot_that_cannot_be_reached_fails_the_scenario(offhook: Offhook) -> None:
    scenario = str(offhook.folder / "hello.toml")
    result = CliRunner().invoke(offhook_command, ["check", "ws://127.0.0.1:1", "--scenario", scenario])
    assert result.exit_code == 1
    assert "The stream's socket ws://127.0.0.1:1 could not be opened" in " ".join(result.output.split())


async def test_recordings_that_cannot_be_kept_are_told(offhook: Offhook, talker: str) -> None:
    result = await offhook("check", talker, "--scenario", "says.toml", "--keep", "tone.wav/below")
    assert result.code == 1
    assert result.err == "Error: The recordings cannot be kept in tone.wav/below: Not a directory.\n"
    assert "Traceback" not in result.err
