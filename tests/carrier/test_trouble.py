"""Trouble from a seed: it happens, and it happens again."""

from collections import Counter
from itertools import pairwise

import pytest

from bridge.carrier.outcome import Ending
from bridge.carrier.trouble import Dice, Trouble
from bridge.wire.commands import checkpoint_command


def throws(trouble: Trouble) -> list[object]:
    dice = Dice(trouble, "test")
    return [(dice.stall(), dice.copies(), dice.callback_delays()) for _ in range(500)]


def test_the_same_seed_gives_the_same_trouble_and_another_gives_another():
    trouble = {"stalls_per_minute": 60, "lost": 0.1, "doubled": 0.1, "callbacks_late": 0.3, "callbacks_missing": 0.1}
    assert throws(Trouble(seed=7, **trouble)) == throws(Trouble(seed=7, **trouble))
    assert throws(Trouble(seed=7, **trouble)) != throws(Trouble(seed=8, **trouble))


def test_without_trouble_nothing_goes_wrong():
    assert set(map(str, throws(Trouble()))) == {"(0.0, 1, [0.0])"}


def test_shares_are_kept():
    dice = Dice(Trouble(lost=0.2, doubled=0.25), "test")
    copies = Counter(dice.copies() for _ in range(10_000))
    assert copies[0] == pytest.approx(2000, rel=0.1)
    assert copies[2] == pytest.approx(2000, rel=0.1)


async def test_lost_and_doubled_media_leave_gaps_and_repetitions_in_the_numbers(far_end, ring):
    call = ring(far_end.plan(trouble=Trouble(seed=3, lost=0.2, doubled=0.2)))
    await far_end.until_frames("media", 40)
    await call.hang_up()
    numbers = [frame["sequenceNumber"] for frame in far_end.named("media")]
    assert {later - earlier for earlier, later in pairwise(numbers)} >= {0, 1, 2}
    assert all(
        earlier == later
        for earlier, later in pairwise(far_end.named("media"))
        if earlier["sequenceNumber"] == later["sequenceNumber"]
    ), "what comes twice is the same frame"


async def test_after_a_stall_everything_that_was_due_comes_in_a_burst(far_end, ring):
    trouble = Trouble(seed=3, stalls_per_minute=60, longest_stall=0.3)
    call = ring(far_end.plan(trouble=trouble))
    await far_end.until_frames("media", 100)
    await call.hang_up()
    came = far_end.at("media")
    gaps = [later - earlier for earlier, later in pairwise(came)]
    assert max(gaps) >= 0.09
    assert sum(gap < 0.005 for gap in gaps) >= 4
    assert came[99] - came[0] < 99 * 0.02 + 0.65, "the clock is made up for"


async def test_a_half_open_socket_says_nothing_more_and_ends_without_a_close(far_end, ring):
    call = ring(far_end.plan(seconds=0.6, trouble=Trouble(half_open_after=0.2)))
    await far_end.until_frames("media")
    outcome = await call.over()
    await far_end.until(lambda: far_end.close_codes)
    assert far_end.close_codes == [1006]
    assert outcome.ending is Ending.DROP
    assert len(far_end.named("media")) == pytest.approx(10, abs=2)
    assert far_end.callbacks() == ["StartStream", "DroppedStream"]


async def test_a_carrier_that_reads_slowly_takes_one_command_at_a_time(far_end, ring):
    call = ring(far_end.plan(trouble=Trouble(reads_every=0.1)))
    await far_end.until_frames("media")
    await far_end.send(*[checkpoint_command("", f"{number}") for number in range(4)])
    await far_end.until_frames("playedStream", 4)
    await call.hang_up()
    answered = far_end.at("playedStream")
    assert answered[3] - answered[0] >= 0.25


async def test_callbacks_come_late_and_so_out_of_order(far_end, ring):
    trouble = Trouble(seed=2, callbacks_late=0.5, longest_delay=0.5)
    call = ring(far_end.plan(trouble=trouble))
    await far_end.until_frames("media")
    for number in range(8):
        await far_end.send(checkpoint_command("", f"{number}"))
        await far_end.until_frames("playedStream", number + 1)
    await call.hang_up()
    names = [request.fields["Name"] for request in far_end.requests if "Name" in request.fields]
    assert sorted(names) == [f"{number}" for number in range(8)]
    assert names != sorted(names)


async def test_callbacks_may_be_missing(far_end, ring):
    await ring(far_end.plan(seconds=0.1, trouble=Trouble(callbacks_missing=1.0))).over()
    assert [request.path for request in far_end.requests] == ["/hangup"]
