"""How calls end: Plivo's hangup causes, and the hangup callback.

Source: Plivo's page on hangup causes.
"""

from __future__ import annotations

import asyncio
import logging

from msgspec import Struct

from bridge.carrier.plan import CallPlan
from bridge.carrier.requests import RequestError, Requests

_WITHIN = 5.0
"""Seconds after which an emulated call has an end, acknowledged or not."""

_log = logging.getLogger(__name__)


class HangupCause(Struct, frozen=True):
    """Code, name and source, as the hangup callback gives them."""

    code: int
    name: str
    source: str


BUSY = HangupCause(3010, "Busy Line", "Answer XML")
REJECTED = HangupCause(3020, "Rejected", "Answer XML")
CALLER_HUNG_UP = HangupCause(4000, "Normal Hangup", "Caller")
HANGUP_ELEMENT = HangupCause(4000, "Normal Hangup", "Answer XML")
END_OF_XML = HangupCause(4010, "End Of XML Instructions", "Plivo")
NO_ANSWER = HangupCause(7011, "Error Reaching Answer URL", "Error")
NO_REDIRECT = HangupCause(7014, "Error Reaching Redirect URL", "Error")
INVALID_REDIRECT_URL = HangupCause(7024, "Invalid Redirect URL", "Error")
INVALID_REDIRECT_METHOD = HangupCause(7034, "Invalid Method For Redirect URL", "Error")
INVALID_ANSWER = HangupCause(8011, "Invalid Answer XML", "Error")
INVALID_REDIRECT = HangupCause(8014, "Invalid Redirect XML", "Error")


async def report_hangup(requests: Requests, plan: CallPlan, cause: HangupCause, seconds: float) -> None:
    """Send the callback, if anybody wants to know; a failure is logged."""
    if not plan.hangup_url:
        return
    try:
        async with asyncio.timeout(_WITHIN):
            await requests.deliver("POST", plan.hangup_url, _fields(plan, cause, seconds))
    except (RequestError, TimeoutError) as error:
        _log.warning("The hangup of %s was not acknowledged: %s", plan.parties.call_uuid, error)


def _fields(plan: CallPlan, cause: HangupCause, seconds: float) -> dict[str, str]:
    return {
        "Event": "Hangup",
        "CallUUID": plan.parties.call_uuid,
        "From": plan.parties.from_,
        "To": plan.parties.to,
        "Direction": plan.parties.direction,
        "CallStatus": "completed",
        "HangupCause": "NORMAL_CLEARING",
        "HangupCauseCode": str(cause.code),
        "HangupCauseName": cause.name,
        "HangupSource": cause.source,
        "Duration": str(round(seconds)),
        **plan.parties.sip_headers,
    }
