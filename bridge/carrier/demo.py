"""The demo's calls: a small switchboard's morning, in which everything that a stream can do happens in a minute.

All numbers are from ranges set aside for fiction: 555-01xx in the US, Ofcom's and the Bundesnetzagentur's for drama.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from urllib.parse import urlsplit

from msgspec import structs

from bridge.carrier.call import Call
from bridge.carrier.plan import CallPlan, Parties
from bridge.carrier.trouble import Trouble
from bridge.carrier.voice import Parrot, Talker, VoiceOf
from bridge.wire.document import StreamElement
from bridge.wire.formats import L16_8K, L16_16K, MULAW_8K

BOT_LINE = "+14155550101"
"""The number that a bot is to answer."""

_SWITCHBOARD = "+14155550100"
_REGIONS = (("+120255501", 2), ("+447700900", 3), ("+493023125", 3))
"""Fictional numbers: how they begin, and how many digits follow."""
_NAMES = ("Alex Morgan", "Priya Nair", "Jonas Weber", "Maria Lopez", "Tom Baker", "Aisha Khan", "Lena Vogt", "Sam Reed")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Scene:
    """Where the demo's calls go, and the chance they are drawn by."""

    answer_url: str
    auth_token: str
    random: Random

    def parties(self) -> Parties:
        start, digits = self.random.choice(_REGIONS)
        number = f"{start}{self.random.randrange(10**digits):0{digits}}"
        return Parties(from_=number, to=_SWITCHBOARD, caller_name=self.random.choice(_NAMES))

    def at(self, path: str) -> str:
        """An address of the bridge's."""
        return urlsplit(self.answer_url)._replace(path=path, query="", fragment="").geturl()

    def stream(self) -> StreamElement:
        """A stream to the bridge whose document another server returned."""
        url = self.at("/stream").replace("http", "ws", 1)
        return StreamElement(url=url, status_callback_url=self.at("/status"), keep_call_alive=True)

    def call(self, target: str | StreamElement) -> CallPlan:
        """A silent call that lasts until somebody ends it."""
        return CallPlan(
            parties=self.parties(), target=target, hangup_url=self.at("/hangup"), auth_token=self.auth_token
        )


Caller = Callable[[_Scene], CallPlan]
"""Somebody who calls again and again: a plan for each time."""


def _talker(scene: _Scene, who: str) -> VoiceOf:
    return partial(Talker, who=who, seed=scene.random.randrange(2**32))


def _customer(scene: _Scene, who: str = "emma") -> CallPlan:
    """Calls the bot, through the answer URL, in the format of the bridge's settings."""
    plan = scene.call(scene.answer_url)
    return replace(
        plan,
        parties=replace(plan.parties, to=BOT_LINE),
        caller=_talker(scene, who),
        seconds=scene.random.uniform(90, 150),
    )


def _subscriber(scene: _Scene) -> CallPlan:
    """Another one for the bot."""
    return _customer(scene, "omar")


def _echo(scene: _Scene) -> CallPlan:
    """Says back what it hears, as long as it is let: who talks to it hears their own voice."""
    plan = scene.call(scene.answer_url)
    return replace(plan, caller=Parrot)


def _conversation(scene: _Scene) -> CallPlan:
    """Two people, on a one-way stream with both of their tracks."""
    plan = scene.call(structs.replace(scene.stream(), audio_track="both", content_type=L16_8K.content_type))
    return replace(
        plan, caller=_talker(scene, "jack"), far_end=_talker(scene, "sam"), seconds=scene.random.uniform(80, 120)
    )


def _wideband(scene: _Scene) -> CallPlan:
    """L16 at 16 kHz, with extra headers."""
    headers = {"customer": f"c{scene.random.randrange(10_000):04}", "tier": "gold", "language": "en"}
    stream = structs.replace(
        scene.stream(), bidirectional=True, content_type=L16_16K.content_type, extra_headers=headers
    )
    return replace(scene.call(stream), caller=_talker(scene, "ruth"), seconds=scene.random.uniform(60, 100))


def _menu(scene: _Scene) -> CallPlan:
    """A short call that presses digits."""
    stream = structs.replace(scene.stream(), bidirectional=True, content_type=MULAW_8K.content_type)
    plan = scene.call(stream)
    digits = ((3.0, "2"), (6.5, "1"), (7.2, "4"), (7.9, "#"))
    return replace(plan, caller=_talker(scene, "omar"), digits=digits, seconds=scene.random.uniform(14, 20))


def _timed(scene: _Scene) -> CallPlan:
    """A one-way stream that runs into its timeout."""
    stream = structs.replace(scene.stream(), content_type=MULAW_8K.content_type, stream_timeout=45)
    return replace(scene.call(stream), caller=_talker(scene, "jack"))


def _unlucky(scene: _Scene) -> CallPlan:
    """A connection that breaks, and callbacks that are repeated."""
    stream = structs.replace(scene.stream(), bidirectional=True, content_type=L16_8K.content_type)
    plan = scene.call(stream)
    return replace(
        plan,
        caller=_talker(scene, "emma"),
        seconds=scene.random.uniform(25, 40),
        drops=True,
        trouble=Trouble(callbacks_doubled=1.0),
    )


_CALLERS: tuple[tuple[float, Caller], ...] = (
    (0.0, _customer),
    (0.7, _conversation),
    (1.5, _echo),
    (2.5, _wideband),
    (3.2, _subscriber),
    (4.0, _menu),
    (6.0, _timed),
    (8.0, _unlucky),
)
"""Who calls, and after how many seconds for the first time."""


async def run_demo_calls(answer_url: str, *, auth_token: str = "", seed: int = 1) -> None:
    """Call the bridge behind an answer URL until cancelled; then every call is hung up.

    The same seed gives the same callers and pauses. A bridge that cannot be reached is called again.
    """
    async with asyncio.TaskGroup() as group:
        for first_ring, caller in _CALLERS:
            scene = _Scene(answer_url, auth_token, Random(f"{seed} {caller.__name__}"))
            group.create_task(_keep_calling(scene, caller, first_ring), name=f"demo caller{caller.__name__}")


async def _keep_calling(scene: _Scene, caller: Caller, first_ring: float) -> None:
    await asyncio.sleep(first_ring)
    while True:
        outcome = await Call(caller(scene)).run()
        if outcome.error:
            _log.warning("A demo call failed: %s", outcome.error)
        await asyncio.sleep(scene.random.uniform(3, 8))
