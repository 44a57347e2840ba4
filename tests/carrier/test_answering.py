"""The answer's document, carried out element by element."""

import time

import pytest

from bridge.carrier.outcome import Ending
from bridge.carrier.plan import Parties
from bridge.carrier.steps import HangUp, OpenStream, Pause, PressDigits, Redirect, Skipped, read_steps
from bridge.wire.document import DocumentError

STREAM = '<Stream bidirectional="true" keepCallAlive="true">{}</Stream>'


def answers_with(far_end, elements: str) -> str:
    """Let the answer URL return these elements; STREAM in them is the far end's."""
    far_end.document = f"<Response>{elements.replace('STREAM', STREAM.format(far_end.stream().url))}</Response>"
    return f"{far_end.http}/answer"


def hangup(far_end) -> dict[str, str]:
    return far_end.requests[-1].fields


def test_a_document_is_read_in_order_with_what_is_not_emulated():
    steps = read_steps(
        "<Response><Speak>Hello  there</Speak><Wait length='2'/><Record/><Stream>ws://bot/a</Stream><DTMF>12#</DTMF>"
        "<Stream>ws://bot/b</Stream><Say>no</Say><Redirect>http://here/next</Redirect>"
        "<Hangup reason='busy'/></Response>",
        "http://here/answer",
    )
    assert [type(step) for step in steps] == [
        Skipped,
        Pause,
        Skipped,
        OpenStream,
        PressDigits,
        Skipped,
        Skipped,
        Redirect,
        HangUp,
    ]
    assert steps[0] == Skipped("Speak", "nobody speaks it here: Hello there")
    assert steps[1] == Pause(2)
    assert steps[5] == Skipped("Stream", "one stream runs per call")
    assert steps[6] == Skipped("Say", "Plivo has no such element: no")
    assert steps[7] == Redirect("http://here/next", "POST")


@pytest.mark.parametrize(
    ("element", "wrong"),
    [
        ("<Wait length='soon'/>", "length"),
        ("<Redirect>next</Redirect>", "no http"),
        ("<Redirect method='PUT'>http://here</Redirect>", "GET or POST"),
        ("<Stream>http://bot</Stream>", "wss://"),
    ],
)
def test_an_element_that_breaks_a_rule_is_refused_with_a_sentence(element, wrong):
    with pytest.raises(DocumentError, match=wrong):
        read_steps(f"<Response>{element}</Response>", "http://here")


async def test_elements_before_the_stream_are_done_first_and_those_after_it_when_it_has_ended(far_end, ring):
    url = answers_with(far_end, "<Speak>Hi</Speak><Wait length='1'/>STREAM<DTMF>7</DTMF><Hangup/>")
    began = time.monotonic()
    call = ring(far_end.plan(url))
    await far_end.until_frames("media")
    assert far_end.at("start")[0] - began >= 1.0
    await far_end.sockets[0].close(1000, "done")
    outcome = await call.over()
    assert outcome.ending is Ending.FAR_END
    assert outcome.digits == "7"
    assert [sentence.partition(":")[0] for sentence in outcome.steps] == ["Speak", "Wait", "Stream", "DTMF", "Hangup."]
    assert (hangup(far_end)["HangupCauseCode"], hangup(far_end)["HangupSource"]) == ("4000", "Answer XML")


async def test_a_caller_who_hangs_up_ends_the_document(far_end, ring):
    call = ring(far_end.plan(answers_with(far_end, "STREAM<DTMF>7</DTMF>")))
    await far_end.until_frames("media")
    outcome = await call.hang_up()
    assert outcome.digits == ""
    assert hangup(far_end)["HangupSource"] == "Caller"


async def test_a_caller_may_hang_up_while_waiting(far_end, ring):
    call = ring(far_end.plan(answers_with(far_end, "<Wait length='60'/>STREAM")))
    await far_end.until(lambda: far_end.requests)
    outcome = await call.hang_up()
    assert (outcome.ending, outcome.error) == (Ending.CALLER, "")
    assert not far_end.sockets


async def test_a_redirect_is_followed_and_asked_as_plivo_does(far_end, ring):
    far_end.documents["/next"] = f"<Response>{STREAM.format(far_end.stream().url)}</Response>"
    url = answers_with(far_end, f"<Redirect method='GET'>{far_end.http}/next</Redirect>STREAM")
    call = ring(far_end.plan(url))
    await far_end.until_frames("media")
    await call.hang_up()
    asked = next(request for request in far_end.requests if request.path == "/next")
    assert (asked.method, asked.fields["Event"], asked.fields["CallStatus"]) == ("GET", "Redirect", "in-progress")
    assert len(far_end.sockets) == 1


@pytest.mark.parametrize(
    ("next_document", "code", "ending"),
    [
        ("nonsense", "8014", Ending.BAD_DOCUMENT),
        (None, "8014", Ending.BAD_DOCUMENT),
        ("<Response><Redirect>ftp://x</Redirect></Response>", "7024", Ending.BAD_DOCUMENT),
        ("<Response><Hangup reason='busy'/></Response>", "3010", Ending.NO_STREAM),
    ],
)
async def test_what_a_redirect_leads_to_has_causes_of_its_own(far_end, ring, next_document, code, ending):
    if next_document is not None:
        far_end.documents["/next"] = next_document
    outcome = await ring(far_end.plan(answers_with(far_end, f"<Redirect>{far_end.http}/next</Redirect>"))).over()
    assert outcome.ending is ending
    assert outcome.error
    assert hangup(far_end)["HangupCauseCode"] == code


async def test_redirects_in_a_circle_end(far_end, ring):
    outcome = await ring(far_end.plan(answers_with(far_end, f"<Redirect>{far_end.http}/answer</Redirect>"))).over()
    assert "redirect" in outcome.error
    assert hangup(far_end)["HangupCauseCode"] == "7014"


async def test_the_answer_url_may_be_asked_by_get_and_learns_the_sip_headers(far_end, ring):
    parties = Parties(from_="+447700900123", to="+14155550100", sip_headers={"X-PH-Account": "42"})
    call = ring(far_end.plan(answers_with(far_end, "STREAM"), parties=parties, answer_method="GET"))
    await far_end.until_frames("media")
    await call.hang_up()
    assert far_end.requests[0].method == "GET"
    assert [request.fields["X-PH-Account"] for request in far_end.requests] == ["42", "42"]


async def test_a_stream_without_keep_call_alive_is_warned_of(far_end, ring):
    url = answers_with(far_end, f"<Stream>{far_end.stream().url}</Stream>")
    outcome = await ring(far_end.plan(url, seconds=0.1)).over()
    assert "no keepCallAlive" in outcome.steps[0]
