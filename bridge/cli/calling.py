"""One call from a command: shown while it goes on, hung up at Ctrl-C, kept and summed up when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

import click

from bridge.audio.wav import Wav
from bridge.carrier.call import Call
from bridge.carrier.expectations import SEVERITY
from bridge.carrier.keeping import keep
from bridge.carrier.outcome import Outcome
from bridge.carrier.plan import CallPlan
from bridge.carrier.recital import frames_of
from bridge.carrier.report import measure_turns, report
from bridge.carrier.scenario import Say, Scenario, WaitForSilence
from bridge.carrier.scripted_caller import ScriptedCaller
from bridge.carrier.voice import Voice, VoiceOf
from bridge.cli.call_words import call_lines
from bridge.wire.formats import AudioFormat
from bridge.wire.level import Level
from bridge.wire.link.messages import encode
from bridge.wire.turns import TurnsView

KEPT_SECONDS = 3600.0
"""How much of a call is kept for a recording: an hour, of which the turns are measured, too."""
_TICK = 0.2
_SILENCE_AT_THE_END = 5.0
"""Seconds for which a bot says nothing before a caller who has nothing more to say hangs up."""

Show = Callable[[Outcome], None]
"""Shows a call that goes on, some five times a second."""


async def carry_out(call: Call, show: Show) -> Outcome:
    """Run a call to its end; when cancelled, it is hung up as a caller would, and its outcome returned."""
    running = asyncio.create_task(call.run(), name="call")
    try:
        while not (await asyncio.wait({running}, timeout=_TICK))[0]:
            show(call.outcome)
    except asyncio.CancelledError:
        hang_up(call, running)
        await asyncio.wait({running})
    if not running.cancelled():
        running.result()
    return call.outcome


def hang_up(call: Call, running: asyncio.Task[Outcome]) -> None:
    """Hang up as a caller would; a call that has no stream yet is given up."""
    if call.outcome.started is None and not running.done():
        call.outcome.error = "The caller hung up before there was a stream."
        running.cancel()
    call.hang_up()


def says_and_waits(wav: Wav, call: Callable[[], Call]) -> VoiceOf:
    """A voice that says a recording, waits until the bot has been silent for five seconds, and hangs up `call()`."""
    scenario = Scenario(about="", step=[Say(wav="-"), WaitForSilence(of=_SILENCE_AT_THE_END, within=600.0)])

    def begin(audio_format: AudioFormat) -> Voice:
        return ScriptedCaller(
            scenario,
            audio_format,
            {0: frames_of(wav.samples, wav.rate, audio_format)},
            press=call().press,
            hang_up=call().hang_up,
            tell=lambda _: None,
        )

    return begin


def tell(outcome: Outcome, plan: CallPlan, record: str | None, *, fail_on: str, as_json: bool) -> int:
    """Keep a call that is over, and print what became of it; returns the exit code.

    `record`: the WAV file or folder it is kept in, None: it is not kept. Raises click.ClickException, when all is
    told, where it cannot be.
    """
    turns = measure_turns(outcome)
    recording, problem = "", ""
    try:
        if record is not None and outcome.said:
            recording = str(_keep(outcome, plan, turns, Path(record)))
    except OSError as error:
        problem = f"The call cannot be kept in {record}: {error.strerror}."
    told = report(outcome, turns, recording)
    click.echo(encode(told) if as_json else "\n".join(call_lines(told)))
    if problem:
        raise click.ClickException(problem)
    return int(bool(told.error) or worst_reached((found.level for found in told.findings), fail_on))


def _keep(outcome: Outcome, plan: CallPlan, turns: TurnsView | None, path: Path) -> Path:
    if path.suffix.lower() != ".wav":
        return keep(outcome, plan.parties, turns, path)
    kept = keep(outcome, plan.parties, turns, path.parent)
    kept.with_suffix(".json").replace(path.with_suffix(".json"))
    return kept.replace(path)


def worst_reached(levels: Iterable[Level], fail_on: str) -> bool:
    """Whether any of these levels is one to fail at: `fail_on` or above, which may be `never`."""
    return fail_on != "never" and any(SEVERITY[level] >= SEVERITY[cast(Level, fail_on)] for level in levels)
