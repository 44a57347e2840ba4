"""What `offhook demo` shows: a bridge of its own and emulated calls on it, until standard input ends.

It is a process of its own, so that it ends with the terminal UI however that ends, and costs it no time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

_END_WITHIN = 10.0


@click.command("demo-world", hidden=True)
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Run a bridge in FOLDER and call it until standard input ends."""
    import asyncio

    with _bridge(folder) as public:
        click.echo("ready")
        asyncio.run(_call(f"{public}/answer"))


async def _call(answer_url: str) -> None:
    import asyncio

    from bridge.carrier.demo import run_demo_calls

    calls = asyncio.create_task(run_demo_calls(answer_url), name="demo calls")
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.buffer.read), name="end of the demo")
    await asyncio.wait({calls, ended}, return_when=asyncio.FIRST_COMPLETED)
    calls.cancel()
    await asyncio.gather(calls, return_exceptions=True)


@contextmanager
def _bridge(folder: Path) -> Iterator[str]:
    """A bridge on free ports, untouched by this machine's settings; yields its public URL."""
    import msgspec

    from bridge.cli.background import start

    settings = folder / "offhook.toml"
    settings.touch()
    everywhere = ["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]
    here = ["--data", str(folder), "--config", str(settings)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "PLIVO_"))}
    bridge, line = start(
        ["bridge", "--json", *everywhere, *here], folder / "bridge.log", stdin=subprocess.DEVNULL, env=kept
    )
    try:
        yield msgspec.json.decode(line)["public"]
    finally:
        bridge.terminate()
        try:
            bridge.wait(_END_WITHIN)
        except subprocess.TimeoutExpired:
            bridge.kill()
