"""Scenario files: read, refused, and those that ship."""

from pathlib import Path

import numpy as np
import pytest

from bridge.audio.wav import Wav
from bridge.carrier.scenario import (
    Expect,
    Interrupt,
    Press,
    Say,
    ScenarioError,
    find_scenario,
    load_speech,
    read_scenario,
    shipped_scenarios,
)

MINIMAL = 'about = "x"\n[[step]]\ndo = "say"\nspeech = "emma-1"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scenario.toml"
    path.write_text(text)
    return path


def test_the_scenarios_that_ship_are_those_promised_and_can_be_said():
    assert shipped_scenarios() == [
        "answers",
        "dtmf",
        "greets",
        "long-call",
        "stops-when-interrupted",
        "survives-silence",
        "two-streams",
    ]
    for name in shipped_scenarios():
        path = find_scenario(name)
        scenario = read_scenario(path)
        assert scenario.about.endswith(".")
        for step in scenario.step:
            if isinstance(step, Say | Interrupt):
                assert load_speech(step, path.parent, None).rate == 8000


def test_a_scenario_is_read_with_its_defaults(tmp_path):
    scenario = read_scenario(
        written(tmp_path, MINIMAL + '[[step]]\ndo = "press"\ndigits = "1#"\n[expect]\nstops_within_ms = 500\n')
    )
    assert [type(step) for step in scenario.step] == [Say, Press]
    assert scenario.expect == Expect(stops_within_ms=500)
    assert (scenario.repeat, scenario.calls) == (1, 1)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("about = ", "is no scenario"),
        ('about = "x"', "step"),
        (MINIMAL.replace('"say"', '"sing"'), "sing"),
        (MINIMAL.replace("speech", "song"), "song"),
        (MINIMAL + 'text = "also this"', "one of speech, wav and text"),
        (MINIMAL.replace('speech = "emma-1"', ""), "one of speech, wav and text"),
        (MINIMAL + "[expect]\nstops_within_ms = -1\n", "stops_within_ms"),
        (MINIMAL + "[expect]\nanything = 1\n", "anything"),
        (MINIMAL + '[[step]]\ndo = "press"\ndigits = "1x"\n', "DTMF"),
        ('content_type = "audio/mp3"\n' + MINIMAL, "format"),
    ],
)
def test_what_is_wrong_with_a_scenario_is_told(tmp_path, text, wrong):
    with pytest.raises(ScenarioError, match=wrong):
        read_scenario(written(tmp_path, text))


def test_a_scenario_that_is_not_there_is_told_with_those_that_are(tmp_path):
    with pytest.raises(ScenarioError, match="greets"):
        find_scenario(str(tmp_path / "nothing.toml"))
    assert find_scenario(str(written(tmp_path, MINIMAL))) == tmp_path / "scenario.toml"


def test_speech_comes_from_a_file_beside_the_scenario_or_from_text_to_speech(tmp_path):
    spoken = Wav(np.zeros(10, np.float32), 22050)
    assert load_speech(Say(text="Hello"), tmp_path, lambda text: spoken) is spoken
    with pytest.raises(ScenarioError, match="text to speech"):
        load_speech(Say(text="Hello"), tmp_path, None)
    with pytest.raises(ScenarioError, match=r"missing\.wav"):
        load_speech(Say(wav="missing.wav"), tmp_path, None)
