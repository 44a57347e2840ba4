"""`offhook demo`: the terminal UI on emulated calls."""

from __future__ import annotations

import subprocess
import sys

import click

_END_WITHIN = 15.0


@click.command("demo")
def command() -> None:
    """Show the terminal UI on emulated calls.

    No account, no phone and no sound card are needed. The calls come in through a bridge of their own, with its own
    folder; all of it ends when you leave. A bot answers some of them: take such a call over, and hand it back.
    """
    import tempfile
    from pathlib import Path

    from bridge.cli.background import start
    from bridge.cli.connect import told
    from bridge.cli.terminal import Tables, require_terminal, show
    from bridge.operator.home import local_address
    from bridge.phone.settings import PhoneSettings

    require_terminal()
    with tempfile.TemporaryDirectory(prefix="offhook-demo-", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        world, _ = start(["demo-world", folder], data / "demo.log", stdin=subprocess.PIPE)
        try:
            with told():
                code = show(local_address(data), data, Tables(PhoneSettings(), {}))
        finally:
            _end(world)
    sys.exit(code)


def _end(world: subprocess.Popen[bytes]) -> None:
    """The end of its standard input is its end; it would come, too, if this process were killed."""
    assert world.stdin is not None
    world.stdin.close()
    try:
        world.wait(_END_WITHIN)
    except subprocess.TimeoutExpired:
        world.kill()
