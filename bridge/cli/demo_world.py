"""What `offhook demo` shows: a bridge of its own, a bot behind it and emulated calls on it, until standard input ends.

It is a process of its own, so that it ends with the terminal UI however that ends, and costs it no time.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

_END_WITHIN = 10.0


@click.command("demo-world", hidden=True)
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Run a bridge in FOLDER and call it until standard input ends."""
    asyncio.run(_run(folder))


async def _run(folder: Path) -> None:
    from bridge.carrier.bot import talking_bot

    async with talking_bot() as bot, _bridge(folder, bot) as public:
        click.echo("ready")
        await _call(f"{public}/answer")


async def _call(answer_url: str) -> None:
    from bridge.carrier.demo import run_demo_calls

    calls = asyncio.create_task(run_demo_calls(answer_url), name="demo calls")
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.buffer.read), name="end of the demo")
    done, _ = await asyncio.wait({calls, ended}, return_when=asyncio.FIRST_COMPLETED)
    if calls in done:
        calls.result()  # raises: they have no other end
    calls.cancel()
    await asyncio.gather(calls, return_exceptions=True)


@asynccontextmanager
async def _bridge(folder: Path, bot: str) -> AsyncIterator[str]:
    """A bridge on free ports, untouched by this machine's settings; yields its public URL."""
    import msgspec

    from bridge.carrier.demo import BOT_LINE
    from bridge.cli.background import start

    settings = folder / "offhook.toml"
    settings.write_text(f'[[route]]\nto = "{BOT_LINE}"\nagent = "{bot}"\n', encoding="utf-8")
    everywhere = ["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]
    here = ["--data", str(folder), "--config", str(settings)]
    arguments = ["bridge", "--json", *everywhere, *here]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "PLIVO_"))}
    log = folder / "bridge.log"
    bridge, line = await asyncio.to_thread(start, arguments, log, stdin=subprocess.DEVNULL, env=kept)
    try:
        yield msgspec.json.decode(line)["public"]
    finally:
        bridge.terminate()
        await asyncio.to_thread(_wait, bridge)


def _wait(bridge: subprocess.Popen[bytes]) -> None:
    try:
        bridge.wait(_END_WITHIN)
    except subprocess.TimeoutExpired:
        bridge.kill()
