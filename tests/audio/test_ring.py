"""The ring gives back what was put in, in order, and never blocks or grows."""

import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridge.audio.ring import Ring


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=50))
def test_what_was_taken_in_comes_out_in_order(steps: list[tuple[int, int]]):
    ring = Ring(10)
    taken, given_back = 0, 0
    for write, read in steps:
        taken += ring.write(np.arange(taken, taken + write, dtype=np.float32))
        out = np.empty(read, np.float32)
        count = ring.read_into(out)
        assert out[:count].tolist() == list(range(given_back, given_back + count))
        given_back += count
        assert ring.held == taken - given_back <= 10


def test_what_does_not_fit_is_refused_and_what_is_held_stays():
    ring = Ring(4)
    assert ring.write(np.array([1, 2, 3], np.float32)) == 3
    assert ring.write(np.array([4, 5, 6], np.float32)) == 1
    assert ring.read().tolist() == [1, 2, 3, 4]
    assert ring.read().tolist() == []


def test_two_threads_lose_nothing():
    ring = Ring(480)
    count = 50_000
    received: list[np.ndarray] = []

    def write() -> None:
        at = 0
        while at < count:
            at += ring.write(np.arange(at, min(at + 160, count), dtype=np.float32))

    writer = threading.Thread(target=write)
    writer.start()
    while sum(map(len, received[-1:])) or writer.is_alive() or ring.held:
        received.append(ring.read())
    writer.join()
    assert np.array_equal(np.concatenate(received), np.arange(count, dtype=np.float32))


def test_what_was_written_last_is_rewritten_over_the_end_of_the_memory_too():
    ring = Ring(6)
    ring.write(np.array([1, 2, 3, 4], np.float32))
    ring.read_into(np.zeros(3, np.float32))
    ring.write(np.array([5, 6, 7, 8], np.float32))
    ring.rewrite(np.array([-6, -7, -8], np.float32))
    assert ring.read().tolist() == [4, 5, -6, -7, -8]
