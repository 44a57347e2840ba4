"""What a timeline is drawn from, without a screen: the axis, the waveform, the lanes."""

from __future__ import annotations

import pytest

from bridge.operator.levels import SILENT_DBFS
from bridge.operator.timeline import Item
from tui.palette import palette
from tui.widgets.lanes import lane
from tui.widgets.time_axis import ZOOMS, TimeAxis, time_label
from tui.widgets.waveform import waveform

COLOURS = palette("offhook-dark")


@pytest.fixture
def axis() -> TimeAxis:
    """Forty columns of 0.2 s: eight seconds."""
    axis = TimeAxis()
    axis.columns = 40
    return axis


def drawn(axis: TimeAxis, *items: Item, now: float = 8.0) -> str:
    return "".join(character for character, _ in lane(items, axis, now, COLOURS))


def checkpoint(start: float, end: float | None, label: str = "menu") -> Item:
    return Item("checkpoint", start, end, label, "")


def dtmf(at: float, digit: str) -> Item:
    return Item("dtmf", at, at, digit, "")


def test_a_column_keeps_its_time_while_the_picture_moves(axis: TimeAxis) -> None:
    assert (axis.column(0), axis.column(0.2), axis.column(0.39)) == (0, 1, 1)
    axis.end_at(20.05)
    assert axis.column(20.05) == 39
    assert axis.seconds(39) == pytest.approx(20.0)


def test_the_picture_moves_as_little_as_it_must_and_not_before_the_beginning(axis: TimeAxis) -> None:
    axis.bring(5)
    assert axis.first == 0
    axis.bring(9)
    assert axis.column(9) == 39
    axis.bring(1)
    assert axis.column(1) == 0
    axis.pan(-1000)
    assert axis.first == 0


@pytest.mark.parametrize("steps", [-20, -1, 1, 20])
def test_zooming_keeps_an_instant_where_it_is_and_ends_at_the_limits(axis: TimeAxis, steps: int) -> None:
    axis.pan(100_000)
    instant = axis.seconds(20)
    axis.zoom(steps, instant)
    assert axis.column(instant) == 20
    assert axis.width in ZOOMS


@pytest.mark.parametrize("seconds", [0.1, 3, 40, 7200, 100_000])
def test_a_whole_recording_fits_with_the_least_that_takes(axis: TimeAxis, seconds: float) -> None:
    axis.fit(seconds)
    assert axis.end >= seconds or axis.width == ZOOMS[-1]
    smaller = [zoom for zoom in ZOOMS if zoom < axis.width]
    assert all(zoom * axis.columns < seconds for zoom in smaller)


def test_the_ruler_has_a_figure_beside_the_tick_at_its_time(axis: TimeAxis) -> None:
    ruler = axis.ruler()
    assert len(ruler) == axis.columns
    for label, seconds in (("0:00", 0), ("0:02", 2), ("0:04", 4), ("0:06", 6)):
        assert ruler[axis.column(seconds)] == "╷"
        assert ruler[axis.column(seconds) + 1 :].startswith(label)


def test_a_figure_without_room_is_left_out(axis: TimeAxis) -> None:
    """Cut off, 0:20 would say 0:2."""
    axis.columns = 14
    assert axis.ruler() == "╷0:00     ╷   "


@pytest.mark.parametrize(
    ("seconds", "fine", "label"),
    [
        (0, False, "0:00"),
        (59.96, True, "1:00.0"),
        (75.25, True, "1:15.2"),
        (3725, False, "1:02:05"),
        (-3, True, "-0:03.0"),
    ],
)
def test_times_are_minutes_and_seconds(seconds: float, fine: bool, label: str) -> None:
    assert time_label(seconds, fine=fine) == label


def test_a_waveform_tells_loud_from_quiet_silent_and_unknown() -> None:
    assert waveform([0, -30, -58, SILENT_DBFS, None], 2) == ["█    ", "██▁▁┈"]


@pytest.mark.parametrize("rows", [1, 3, 8])
def test_a_waveform_has_as_many_rows_as_it_is_given(rows: int) -> None:
    levels = [-70.0, -45.5, -20.0, 0.0, 3.0, None]
    assert [len(row) for row in waveform(levels, rows)] == [len(levels)] * rows


def test_what_has_a_length_has_its_label_within_or_behind_it(axis: TimeAxis) -> None:
    assert drawn(axis, checkpoint(1, 4)).strip() == "▸ menu ────────✓"
    assert drawn(axis, checkpoint(1, 1.8)).strip() == "▸───✓menu"


def step(start: float, end: float | None, label: str = "takeover alex") -> Item:
    return Item("step", start, end, label, "", "alex")


def test_an_intervention_is_seen_without_colours_however_short_it_is(axis: TimeAxis) -> None:
    assert drawn(axis, step(1, 5)).strip() == "▐takeover alex──────▌"
    assert drawn(axis, step(1, 1.5)).strip() == "▐─▌"
    assert drawn(axis, step(1, 1.1)).strip().startswith("▐")
    assert drawn(axis, step(1, None), now=5).strip() == "▐takeover alex╌╌╌╌╌╌╌"


def test_what_overlaps_leaves_the_other_its_room(axis: TimeAxis) -> None:
    clear = Item("clear", 3, 3.4, "clear", "")
    assert drawn(axis, checkpoint(1, 5, "sentence 7"), clear).strip() == "▸ senten… ⌫─┤clear──✓"


def test_what_goes_on_is_drawn_until_now(axis: TimeAxis) -> None:
    row = drawn(axis, checkpoint(1, None), now=4)
    assert row.rstrip().endswith("╌")
    assert len(row.rstrip()) == axis.column(4) + 1


def test_a_label_that_begins_out_of_sight_is_read_all_the_same(axis: TimeAxis) -> None:
    axis.pan(50)
    assert drawn(axis, checkpoint(2, 14)).startswith(" menu ───")


def test_names_are_cut_before_the_next_thing_and_figures_are_left_out(axis: TimeAxis) -> None:
    moment = Item("callback", 1, 1, "PlayedStream", "")
    assert "◇Playe… 5" in drawn(axis, moment, dtmf(2.6, "5"))
    response = Item("response", 1, 1.4, "1410 ms", "")
    assert drawn(axis, response, Item("response", 2.2, 2.6, "820 ms", "")).strip() == "├─┤   ├─┤820 ms"


def test_digits_stand_side_by_side(axis: TimeAxis) -> None:
    assert "42" in drawn(axis, dtmf(1, "4"), dtmf(1.2, "2"))


def test_what_was_cleared_and_what_is_wrong_have_their_own_marks(axis: TimeAxis) -> None:
    assert "✗menu" in drawn(axis, Item("checkpoint", 1, 1, "menu", "", "cleared"))
    assert "!overdue" in drawn(axis, Item("event", 1, 1, "overdue", "", level="warning"))


def test_what_is_out_of_sight_is_not_drawn(axis: TimeAxis) -> None:
    assert not drawn(axis, dtmf(8.0, "1"), checkpoint(9, 12)).strip()
