"""Echo of the agent in the caller's leg: put in by so many dB and ms, and found again."""

import numpy as np
import pytest

from bridge.audio.codec import decode, encode
from bridge.streams.turns.returns import Returns
from bridge.wire.formats import MULAW_8K
from bridge.wire.turns import Echo
from tests.audio.synthetic import ACTIVE_DBFS, at_level, room, sentences, white

RATE = 8000
SECONDS = 30


def conversation(seed: int) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """An agent and a caller who take turns, saying the recorded sentences; the legs, caller first."""
    random = np.random.default_rng(seed)
    legs = [np.zeros(SECONDS * RATE, np.float32) for _ in range(2)]
    at, number = RATE // 2, 0
    while at < (SECONDS - 5) * RATE:
        sentence = sentences(RATE)[random.integers(len(sentences(RATE)))]
        legs[1 - number % 2][at : at + len(sentence)] = sentence
        at, number = at + len(sentence) + int(RATE * random.uniform(0.3, 1)), number + 1
    return legs[0], legs[1], random


def found(caller: np.ndarray, agent: np.ndarray, offset: float = 0.0) -> Echo | None:
    returns, step = Returns(RATE), RATE // 10
    for at in range(0, len(agent), step):
        returns.agent(agent[at : at + step])
        returns.caller(decode(encode(caller[at : at + step], MULAW_8K), MULAW_8K), offset)
    return returns.echo


def noise(snr: float, random: np.random.Generator) -> np.ndarray:
    return at_level(white(RATE, SECONDS, random), ACTIVE_DBFS - snr)


@pytest.mark.parametrize(("loss_db", "delay_ms", "snr"), [(12, 60, 30), (20, 180, 30), (30, 400, 30), (20, 1200, 20)])
def test_an_echo_is_found_with_its_loss_and_delay(loss_db: int, delay_ms: int, snr: float):
    caller, agent, random = conversation(seed=loss_db)
    late = delay_ms * RATE // 1000
    caller[late:] += 10 ** (-loss_db / 20) * agent[:-late]
    echo = found(caller + noise(snr, random), agent)
    assert echo is not None
    assert echo.heard
    assert echo.loss_db == pytest.approx(loss_db, abs=1)
    assert echo.delay_ms == pytest.approx(delay_ms, abs=10)


def test_the_echo_of_a_room_is_found():
    caller, agent, random = conversation(seed=5)
    caller += 0.3 * np.convolve(agent, room(RATE, random))[: len(agent)].astype(np.float32)
    echo = found(caller + noise(30, random), agent)
    assert echo is not None
    assert echo.heard
    assert echo.loss_db == pytest.approx(20.5, abs=3)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("snr", [10, 30])
def test_two_people_who_take_turns_are_no_echo(seed: int, snr: float):
    caller, agent, random = conversation(seed)
    assert found(caller + noise(snr, random), agent) == Echo(heard=False)


def test_two_people_who_speak_at_once_cannot_be_judged():
    caller = np.resize(np.concatenate(sentences(RATE)), SECONDS * RATE)
    assert found(caller, np.roll(caller, 7 * RATE)) is None


def test_nothing_can_be_judged_while_the_agent_is_silent():
    caller, agent, _ = conversation(seed=1)
    assert found(caller, np.zeros_like(agent)) is None


def test_the_delay_counts_from_the_playout_also_when_media_began_late():
    caller, agent, random = conversation(seed=2)
    late = 300 * RATE // 1000
    caller[late:] += 0.1 * agent[:-late]
    began = RATE // 5
    echo = found((caller + noise(30, random))[began:], agent, offset=0.2)
    assert echo is not None
    assert echo.delay_ms == pytest.approx(300, abs=10)


def test_a_leg_that_runs_far_ahead_is_forgotten_and_judges_nothing():
    returns = Returns(RATE)
    speech = np.resize(np.concatenate(sentences(RATE)), 100 * RATE)
    for at in range(0, len(speech), RATE):
        returns.caller(speech[at : at + RATE], 0.0)
    returns.agent(speech[: 10 * RATE])
    assert returns.echo is None
