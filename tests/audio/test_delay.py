"""The delay to aim for, from how late pieces came: worked out by hand."""

from bridge.audio.delay import BALANCED, SMOOTH, Delay, Profile

RATE = 8000
MS = RATE // 1000
STRICT = Profile(lowest_ms=20, gaps=0, memory_ms=5000)


def learn(delay: Delay, late_ms: dict[int, int], seconds: float, begin: float = 0) -> None:
    """A piece every 20 ms, those with these numbers late."""
    for piece in range(int(begin * 50), int((begin + seconds) * 50)):
        late = late_ms.get(piece, 0) * MS
        delay.arrived(1000 + late, piece * 20 * MS + late)


def test_punctual_pieces_need_the_least():
    for profile, lowest_ms in ((BALANCED, 20), (SMOOTH, 60)):
        delay = Delay(RATE, profile)
        learn(delay, {}, 20)
        assert delay.fastest == 1000
        assert delay.target == lowest_ms * MS


def test_a_single_stall_says_nothing_and_a_second_does():
    delay = Delay(RATE, STRICT)
    learn(delay, {50: 200}, 2)
    assert delay.target == 20 * MS
    learn(delay, {110: 150}, 1, begin=2)
    assert delay.target == 150 * MS


def test_what_is_long_ago_is_forgotten():
    delay = Delay(RATE, STRICT)
    learn(delay, {50: 200, 90: 150}, 2)
    learn(delay, {}, 6, begin=2)
    assert delay.target == 20 * MS


def test_gaps_within_the_share_are_borne():
    delay = Delay(RATE, Profile(lowest_ms=20, gaps=0.01, memory_ms=5000))
    learn(delay, {10: 200, 50: 100, 110: 80}, 3)
    assert delay.target == (100 + 80 - 50) // 2 * MS


def test_there_is_an_end_to_patience():
    delay = Delay(RATE, STRICT)
    learn(delay, {50: 480, 110: 480}, 3)
    assert delay.target == 250 * MS


def test_a_long_pause_is_no_lateness():
    delay = Delay(RATE, STRICT)
    learn(delay, {50: 3000, 110: 4000, 190: 6000}, 4)
    assert delay.target == 20 * MS


def test_another_way_through_the_network_is_the_new_measure_after_two_seconds():
    delay = Delay(RATE, STRICT)
    learn(delay, {}, 3)
    learn(delay, dict.fromkeys(range(150, 400), 100), 5, begin=3)
    assert delay.fastest == 1000 + 100 * MS
    learn(delay, {}, 0.1, begin=8)
    assert delay.fastest == 1000
