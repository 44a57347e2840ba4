"""The hangup callback, sent when a call is over."""

from __future__ import annotations

import asyncio
import logging

from bridge.carrier.outcome import Ending, Outcome
from bridge.carrier.plan import CallPlan
from bridge.carrier.requests import RequestError, Requests

_WITHIN = 5.0
"""Seconds after which an emulated call has an end, acknowledged or not."""

# Code, name and source of a hangup, from Plivo's page on hangup causes.
_END_OF_XML = ("4010", "End Of XML Instructions", "Plivo")
_CAUSES = {
    Ending.CALLER: ("4000", "Normal Hangup", "Caller"),
    Ending.NO_ANSWER: ("7011", "Error Reaching Answer URL", "Error"),
    Ending.BAD_DOCUMENT: ("8011", "Invalid Answer XML", "Error"),
}

_log = logging.getLogger(__name__)


async def report_hangup(requests: Requests, plan: CallPlan, outcome: Outcome) -> None:
    """Send it, if anybody wants to know; a failure is logged."""
    if not plan.hangup_url:
        return
    try:
        async with asyncio.timeout(_WITHIN):
            await requests.deliver("POST", plan.hangup_url, _fields(plan, outcome))
    except (RequestError, TimeoutError) as error:
        _log.warning("The hangup of %s was not acknowledged: %s", plan.parties.call_uuid, error)


def _fields(plan: CallPlan, outcome: Outcome) -> dict[str, str]:
    code, name, source = _CAUSES.get(outcome.ending, _END_OF_XML)
    return {
        "Event": "Hangup",
        "CallUUID": plan.parties.call_uuid,
        "From": plan.parties.from_,
        "To": plan.parties.to,
        "Direction": plan.parties.direction,
        "CallStatus": "completed",
        "HangupCause": "NORMAL_CLEARING",
        "HangupCauseCode": code,
        "HangupCauseName": name,
        "HangupSource": source,
        "Duration": str(round(outcome.seconds)),
    }
