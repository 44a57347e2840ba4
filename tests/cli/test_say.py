"""`offhook say` on a real bridge, with the test as Plivo and, mostly, a speech program of the test's own."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.codec import decode
from bridge.wire.formats import MULAW_8K
from tests.cli.conftest import Offhook, Result
from tests.cli.test_play import STREAM, TONE_HZ, heard, live, pitch, write_tone
from tests.server.rig import Rig

SPEAKER = """
import json, pathlib, sys
pathlib.Path("said.json").write_text(json.dumps(sys.argv[1:]))
sys.stdout.buffer.write(pathlib.Path("tone.wav").read_bytes())
"""
TEXT = "--help; $(touch evil) {voice} `id` \u00e9\n"


def speak_with(folder: Path, *command: str) -> None:
    (folder / "offhook.toml").write_text(f"[say]\ncommand = {json.dumps(command)}\n")


async def test_a_text_is_spoken_by_the_command_of_the_settings(offhook: Offhook, rig: Rig) -> None:
    write_tone(offhook.folder / "tone.wav", 0.5)
    (offhook.folder / "speaker.py").write_text(SPEAKER)
    speak_with(offhook.folder, sys.executable, "speaker.py", "--voice={voice}", "{text}")
    async with live(rig) as plivo:
        saying = asyncio.create_task(offhook("say", "--stream", STREAM, "--voice", "{text}", "--", TEXT))
        payloads, _ = await heard(plivo, 25)
        assert await saying == Result(0, "Sent 0.5 s.\n", "")
    assert pitch(b"".join(payloads), MULAW_8K) == pytest.approx(TONE_HZ, abs=2)
    assert json.loads((offhook.folder / "said.json").read_text()) == ["--voice={text}", TEXT]
    assert not (offhook.folder / "evil").exists()


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
async def test_without_settings_espeak_ng_speaks_and_takes_no_text_for_an_option(offhook: Offhook, rig: Rig) -> None:
    async with live(rig) as plivo:
        saying = asyncio.create_task(offhook("say", "--stream", STREAM, "--", "--version"))
        payloads, _ = await heard(plivo, 20)
        result = await saying
    assert (result.code, result.err) == (0, "")
    assert np.abs(decode(b"".join(payloads), MULAW_8K)).max() > 0.1


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("no-such-program", "{text}"), "no-such-program here to speak with: install espeak-ng"),
        ((), "There is no program here to speak with"),
        ((sys.executable, "-c", "import sys; sys.exit('no such\x1b voice')"), "failed: no such\ufffd voice."),
        ((sys.executable, "-c", "import sys; sys.exit('There is no such voice.')"), "There is no such voice.\n"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "failed: exit code 3."),
        ((sys.executable, "-c", "print('hello')"), "wrote no speech on standard output: This is not a WAV file."),
    ],
)
async def test_a_program_that_does_not_speak_is_told(offhook: Offhook, command: tuple[str, ...], sentence: str) -> None:
    speak_with(offhook.folder, *command)
    result = await offhook("say", "hello", "--stream", STREAM, "--json")
    told = json.loads(result.out)
    assert (result.code, told["outcome"], told["stream_id"]) == (1, "failed", STREAM)
    assert sentence in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("toml", ["say = 5", "[say]\nkommand = []", "[say]\ncommand = 'espeak-ng'"])
async def test_a_wrong_table_is_told(offhook: Offhook, toml: str) -> None:
    (offhook.folder / "offhook.toml").write_text(toml)
    result = await offhook("say", "hello", "--stream", STREAM)
    assert result.err.startswith("Error: [say] in the settings is wrong: ")
