"""The playout buffer against arrivals as networks make them, on a simulated clock of 10 ms."""

from collections.abc import Callable

import numpy as np
import pytest

from bridge.audio.delay import SMOOTH
from bridge.audio.playout import Playout
from tests.audio.synthetic import sentences, spoken, tone
from tests.audio.traces import PIECE, PULL, RATE, Heard, lan, play, stalled, stalling, steady, wifi

TONE = tone(440, RATE, 60)
LOUDEST_STEP = 0.5 * 2 * np.pi * 440 / RATE * 1.05
"""The steepest that the test's tone gets from one sample to the next; a click is steeper."""
SHARPEST_TURN = 0.5 * (2 * np.pi * 440 / RATE) ** 2
"""The most that the tone's step itself changes from one sample to the next."""


def whole_pieces(samples: np.ndarray) -> np.ndarray:
    return samples[: len(samples) // PIECE * PIECE]


SPEECH = whole_pieces(spoken(RATE, 60, np.random.default_rng(1)))
SENTENCES = whole_pieces(np.concatenate(sentences(RATE)))


def share(playout: Playout, heard: Heard) -> float:
    """Of all that was heard, what was concealed."""
    return playout.concealed / len(heard.samples)


def test_an_even_stream_passes_bit_for_bit():
    playout = Playout(RATE)
    heard = play(playout, SPEECH, steady(60), 60)
    begin = RATE * 20 // 1000
    fade = RATE * 5 // 1000
    assert np.array_equal(heard.samples[begin + fade :], SPEECH[fade : len(heard.samples) - begin])
    assert (playout.underruns, playout.concealed, playout.shortened, playout.lengthened) == (0, 0, 0, 0)


@pytest.mark.parametrize("seed", range(3))
def test_on_a_wired_network_little_is_held_and_nothing_is_missing(seed: int):
    playout = Playout(RATE)
    heard = play(playout, SPEECH, lan(60, np.random.default_rng(seed)), 60)
    assert share(playout, heard) <= 0.0005
    assert np.quantile(heard.depths, 0.5) <= 35
    assert np.quantile(heard.depths, 0.95) <= 60


@pytest.mark.parametrize("media", [SPEECH, SENTENCES, TONE], ids=["speech", "sentences", "tone"])
@pytest.mark.parametrize("seed", range(3))
def test_spikes_as_on_wifi_are_learnt_from(media: np.ndarray, seed: int):
    playout = Playout(RATE)
    heard = play(playout, media, wifi(60, np.random.default_rng(seed)), 60)
    assert share(playout, heard) <= 0.005
    assert np.quantile(heard.depths, 0.5) <= 65


@pytest.mark.parametrize("seed", range(3))
def test_stalls_that_come_again_and_again_are_borne(seed: int):
    playout = Playout(RATE)
    heard = play(playout, SPEECH, stalling(60, np.random.default_rng(seed)), 60)
    assert share(playout, heard) <= 0.02
    assert playout.target_ms <= 250


@pytest.mark.parametrize("trace", [wifi, stalling])
def test_the_smooth_profile_holds_more_and_misses_less(trace: Callable):
    balanced, smooth = Playout(RATE), Playout(RATE, SMOOTH)
    heard = play(balanced, SPEECH, trace(60, np.random.default_rng(4)), 60)
    smoothly = play(smooth, SPEECH, trace(60, np.random.default_rng(4)), 60)
    assert share(smooth, smoothly) < share(balanced, heard) / 2
    assert np.median(smoothly.depths) > np.median(heard.depths)


@pytest.mark.parametrize("media", [SPEECH, SENTENCES, TONE], ids=["speech", "sentences", "tone"])
@pytest.mark.parametrize(("length", "within"), [(0.2, 1), (0.4, 5)])
def test_a_stall_does_not_stay_in_the_delay(media: np.ndarray, length: float, within: float):
    playout = Playout(RATE)
    heard = play(playout, media, stalled(lan(20, np.random.default_rng(5)), 10.003, length), 20)
    after = 10 + length + within
    assert heard.depth(after, after + 0.2) <= heard.depth(8, 10) + 20
    assert playout.underruns == 1


@pytest.mark.parametrize("pace", [1.0001, 0.9999])
def test_clocks_that_differ_are_followed_for_ten_minutes(pace: float):
    playout = Playout(RATE)
    heard = play(playout, SENTENCES, lan(600, np.random.default_rng(6), pace), 600)
    by_10_s = np.array(heard.depths[1000:59_000]).reshape(-1, 1000).mean(axis=1)
    assert playout.concealed <= 0.05 * RATE
    assert np.abs(by_10_s - by_10_s.mean()).max() <= 10


@pytest.mark.parametrize("trace", [lan, wifi, stalling])
def test_nothing_clicks(trace: Callable):
    heard = play(Playout(RATE), TONE, trace(60, np.random.default_rng(7)), 60)
    assert heard.steepest < LOUDEST_STEP
    assert np.abs(np.diff(heard.samples, 2)).max() < 3 * SHARPEST_TURN


@pytest.mark.parametrize("trace", [lan, wifi, stalling])
def test_every_sample_is_accounted_for(trace: Callable):
    """What was heard is what came, less what was left out, and what was put in and concealed, after the first wait."""
    arrivals = trace(60, np.random.default_rng(8))
    playout = Playout(RATE)
    heard = play(playout, TONE, arrivals, 60)
    wait = int(np.argmax(np.abs(heard.samples) > 0)) - 1
    came = sum(at <= 59.99 for at, _ in arrivals) * PIECE - playout.depth_ms * RATE // 1000
    reckoned = wait + came - playout.shortened + playout.lengthened + playout.concealed
    assert reckoned == pytest.approx(len(heard.samples), abs=PULL)


def test_concealment_goes_on_with_the_sound_and_fades_out():
    heard = play(Playout(RATE), TONE, stalled(steady(3), 1.003, 0.5), 3)
    dry = RATE * 1040 // 1000
    loudness = np.abs(heard.samples[dry : dry + RATE // 5]).reshape(-1, PULL).max(axis=1)
    assert loudness[0] > 0.45
    assert loudness[3] < 0.4
    assert (np.diff(loudness) < 0.01).all()
    assert loudness[9:].max() == 0
    assert heard.steepest < LOUDEST_STEP


def test_concealed_silence_is_no_concealed_speech():
    playout = Playout(RATE)
    play(playout, np.zeros(60 * RATE, np.float32), stalled(steady(3), 1.003, 0.3), 3)
    assert playout.underruns == 1
    assert playout.concealed == 0


def test_in_a_pause_delay_is_given_back_at_once():
    media = TONE.copy()
    media[RATE * 11 // 10 : RATE * 2] = 0
    heard = play(Playout(RATE), media, stalled(steady(4), 1.003, 0.3), 4)
    assert heard.depth(1.6, 1.9) < 40


def test_a_sender_that_runs_fast_adds_no_delay():
    playout = Playout(RATE)
    heard = play(playout, TONE, steady(60, pace=1.01), 60)
    assert max(heard.depths) < 60
    assert playout.concealed == 0
    assert playout.shortened == pytest.approx(0.6 * RATE, rel=0.15)
    assert heard.steepest < LOUDEST_STEP


def test_a_sender_that_runs_slow_is_stretched_and_hardly_ever_missed():
    playout = Playout(RATE)
    heard = play(playout, TONE, steady(60, pace=0.99), 60)
    assert share(playout, heard) < 0.002
    assert playout.lengthened == pytest.approx(0.6 * RATE, rel=0.15)
    assert heard.steepest < LOUDEST_STEP


def test_a_burst_never_fills_the_memory():
    heard = play(Playout(RATE), TONE, [(0.5, piece * PIECE) for piece in range(3000)], 5)
    assert max(heard.depths) <= 1000
    assert heard.steepest < LOUDEST_STEP


def test_lost_media_keeps_its_place():
    arrivals = [(at, position) for at, position in steady(4) if not 2.019 < at < 2.021]
    playout = Playout(RATE)
    heard = play(playout, TONE, arrivals, 4)
    assert playout.concealed == PIECE
    assert playout.underruns == 0
    assert np.abs(heard.samples[3 * RATE :] - TONE[3 * RATE - PIECE : 4 * RATE - PIECE]).max() < 1e-6
    assert heard.steepest < LOUDEST_STEP


@pytest.mark.parametrize("most_ms", [1, 10])
def test_positions_that_are_a_little_off_are_no_lost_media(most_ms: int):
    off = np.random.default_rng(1).integers(-8 * most_ms, 8 * most_ms + 1, 200)
    playout = Playout(RATE)
    blocks = [playout.pull(2 * PULL)]
    for number in range(200):
        playout.push(TONE[number * PIECE :][:PIECE], number * PIECE + int(off[number]) // 2)
        blocks += [playout.pull(PULL), playout.pull(PULL)]
    heard = Heard(np.concatenate(blocks))
    assert heard.silent_ms(0.1, 3.9) == 0
    assert heard.steepest < LOUDEST_STEP
    assert playout.concealed == 0


def test_a_long_jump_adds_only_a_little_silence():
    arrivals = [(at, position if at < 2 else position + 60 * RATE) for at, position in steady(4)]
    heard = play(Playout(RATE), TONE, arrivals, 4)
    assert heard.silent_ms(1.5, 4) <= 60
    assert heard.depth(3.5, 4) < 60


def test_a_pause_between_two_turns_is_no_underrun():
    arrivals = [(at, position) for at, position in steady(6) if not 2.0 <= at < 4.0]
    playout = Playout(RATE)
    heard = play(playout, TONE, arrivals, 6)
    assert (playout.underruns, playout.concealed) == (0, 0)
    assert heard.silent_ms(2.11, 4.0) == 1890
    assert heard.silent_ms(4.1, 5.9) == 0
    assert heard.steepest < LOUDEST_STEP


def test_media_that_stops_for_long_and_goes_on_where_it_was_is_heard_whole():
    arrivals = [(at if at < 2 else at + 3, position) for at, position in steady(6)]
    playout = Playout(RATE)
    heard = play(playout, TONE, arrivals, 8)
    assert heard.silent_ms(5.1, 7.9) == 0
    assert playout.shortened == 0
    assert heard.depth(7, 8) < 60


def test_a_single_piece_is_heard():
    heard = play(Playout(RATE), TONE, [(0.1, 0)], 1)
    assert 1000 - heard.silent_ms(0, 1) >= 15


def test_a_position_that_goes_back_is_played_on():
    arrivals = [(at, position if at < 1 else position - RATE) for at, position in steady(2)]
    heard = play(Playout(RATE), TONE, arrivals, 2)
    assert heard.silent_ms(0.1, 1.9) == 0


def test_until_somebody_pulls_nothing_is_held():
    playout = Playout(RATE)
    for number in range(10):
        playout.push(TONE[number * PIECE :][:PIECE], number * PIECE)
    assert playout.depth_ms == 0
    heard = play(playout, TONE, [(at, position + 10 * PIECE) for at, position in steady(3)], 3)
    assert playout.shortened == 0
    assert heard.depth(0.5, 3) <= 40


def test_before_anything_came_there_is_silence():
    playout = Playout(RATE)
    assert not playout.pull(PULL).any()
    assert playout.depth_ms == 0


@pytest.mark.parametrize("rate", [16000, 24000])
def test_wider_bands_are_played_as_well(rate: int):
    media, playout, blocks = tone(440, rate, 4), Playout(rate), []
    for block in range(400):
        number = block // 2
        late = 100 <= number < 107
        if block % 2 == 0 and not late:
            for due in range(100 if number == 107 else number, number + 1):
                playout.push(media[due * rate // 50 :][: rate // 50], due * rate // 50)
        blocks.append(playout.pull(rate // 100))
    assert playout.underruns == 1
    assert playout.depth_ms <= 40
    assert np.abs(np.diff(np.concatenate(blocks))).max() < 0.5 * 2 * np.pi * 440 / rate * 1.05


@pytest.mark.parametrize("seed", range(8))
def test_whatever_comes_and_however_it_is_asked_for_the_sound_goes_on(seed: int):
    random = np.random.default_rng(seed)
    playout, position = Playout(RATE), 0
    for _ in range(1500):
        count = int(random.choice([1, 37, 80, 160, 441]))
        heard = playout.pull(count)
        assert len(heard) == count
        assert np.isfinite(heard).all()
        assert np.abs(heard).max() <= 1
        for _ in range(int(random.choice([0, 0, 1, 1, 2, 12]))):
            piece = random.uniform(-0.4, 0.4, int(random.choice([0, 1, 79, 160, 480]))).astype(np.float32)
            position += int(random.choice([0, 0, 0, 0, 160, 4000, -160, -90_000, 10**9]))
            playout.push(piece, position)
            position += len(piece)
        assert 0 <= playout.depth_ms <= 1000
        assert 0 < playout.target_ms <= 250
