from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.operator.filters import EVENT_TERMS, STREAM_TERMS, Filter
from tests.operator.fake_bridge import a_busy_stream, a_stream, an_event

STREAM = a_busy_stream()
EVENT = an_event(7, level="warning")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4930231250",
        "GOLD",
        "greeting",
        "state:live",
        "STATE:Live",
        "from:+49",
        "to:+1415",
        "id:00000001",
        "call:1111",
        "format:mulaw",
        "format:rate=8000",
        "mode:takeover",
        "operator:alex",
        "!mode:ringing",
        "health:warning",
        "health:read",
        "state:live from:+49 tier=gold",
        "!dropped",
        "!state:ended",
        "!from:+1",
        "state:",
        "!",
        "!from:",
    ],
)
def test_a_stream_matches(text: str) -> None:
    assert Filter(text, STREAM_TERMS).match(STREAM)


@pytest.mark.parametrize(
    "text", ["nobody", "state:ended", "from:+1415", "to:+49", "!state:live", "state:live from:+1", "unknown:live"]
)
def test_a_stream_does_not_match(text: str) -> None:
    assert not Filter(text, STREAM_TERMS).match(STREAM)


def test_a_stream_that_is_well_is_good_and_nothing_else() -> None:
    well = a_stream(1)
    assert Filter("health:good", STREAM_TERMS).match(well)
    assert not Filter("!health:good", STREAM_TERMS).match(well)
    assert not Filter("health:info", STREAM_TERMS).match(well)
    assert Filter("!health:good", STREAM_TERMS).match(STREAM)


@pytest.mark.parametrize(
    "text", ["pressed 7", "event:dtmf", "source:carrier", "level:warning", "id:00000001", "!source:callback", "call:"]
)
def test_an_event_matches(text: str) -> None:
    assert Filter(text, EVENT_TERMS).match(EVENT)


@pytest.mark.parametrize("text", ["pressed 99", "event:start", "source:bridge", "!event:dtmf", "call:1"])
def test_an_event_does_not_match(text: str) -> None:
    assert not Filter(text, EVENT_TERMS).match(EVENT)


def test_how_a_stream_ended_counts_as_its_state() -> None:
    dropped = a_stream(1, state="ended", end_reason="dropped")
    assert Filter("state:dropped", STREAM_TERMS).match(dropped)


@given(st.text(max_size=60))
def test_nothing_that_can_be_typed_is_an_error(text: str) -> None:
    assert Filter(text, STREAM_TERMS).match(STREAM) in {True, False}
    assert Filter(text, EVENT_TERMS).match(EVENT) in {True, False}


@given(st.from_regex(r"[a-z+0-9]{1,8}", fullmatch=True))
def test_an_inverted_word_matches_what_the_word_does_not(word: str) -> None:
    assert Filter(word, STREAM_TERMS).match(STREAM) is not Filter(f"!{word}", STREAM_TERMS).match(STREAM)


def test_every_operator_has_a_code_and_a_line_of_help() -> None:
    for terms in (STREAM_TERMS, EVENT_TERMS):
        assert all(term.help for term in terms)
        assert [term.code for term in terms].count("") == 1
        assert len({term.code for term in terms}) == len(terms)
