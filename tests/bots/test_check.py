"""`offhook check` on a bot that is not ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bots.conftest import running_bot


@pytest.fixture(scope="module")
def greeter():
    with running_bot("plivo_sdk_greeter", "plivo_stream") as address:
        yield address


def test_a_bot_with_a_canned_greeting_greets(greeter: str, tmp_path: Path) -> None:
    check = ["check", greeter, "--scenario", "greets", "--json", "--keep", str(tmp_path)]
    told = subprocess.run([sys.executable, "-m", "bridge", *check], capture_output=True, text=True, timeout=30)
    assert (told.returncode, told.stderr) == (0, "")
    (scenario,) = json.loads(told.stdout)["scenarios"]
    report = scenario["calls"][0]["report"]
    assert report["findings"] == []
    assert report["checkpoints"] == [{"name": "greeting", "ended": "played"}]
    assert report["turns"]["greeting_ms"] < 1000
    assert Path(report["recording"]).is_file()
