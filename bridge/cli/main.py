"""The `offhook` command: its subcommands are loaded when they are wanted, one module each, so that all start fast."""

from __future__ import annotations

import sys
from importlib import import_module

import click

import bridge

COMMANDS = (
    *("demo", "bridge", "attach"),
    *("streams", "events", "clear", "checkpoint", "dtmf", "play", "say", "hangup"),
    *("listen", "whisper", "talk", "takeover", "handback"),
    *("record", "recordings", "turns"),
    *("call", "check", "replay"),
    *("xml", "devices"),
)
"""As the help lists them; each is `command` of the module of its name."""

_HIDDEN = {"demo-world": "demo_world"}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = cmd_name if cmd_name in COMMANDS else _HIDDEN.get(cmd_name)
        if module is None:
            return None
        command: click.Command = import_module(f"bridge.cli.{module}").command
        return command


@click.group(cls=_LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--agent", metavar="URL", help="The voice bot's ws:// URL, for a bridge that is started now.")
@click.option("--keep", is_flag=True, help="Leave the bridge running when you leave, without asking.")
@click.option("--data", metavar="DIR", help="Data folder of the bridge.  [env OFFHOOK_DATA]")
@click.option("--config", metavar="FILE", help="Settings file.  [env OFFHOOK_CONFIG; ./offhook.toml]")
@click.version_option(bridge.__version__, message="offhook %(version)s")
@click.pass_context
def offhook(context: click.Context, agent: str | None, keep: bool, data: str | None, config: str | None) -> None:
    """See, hear and step into live Plivo audio streams from a terminal.

    Without a command: the terminal UI on this machine's bridge, which is started when none runs. `offhook demo`
    shows it on emulated calls: no account, no phone, no sound card needed.

    The commands from `streams` to `turns` are for scripts; they talk to the same bridge as the terminal UI. They
    exit with 0, or with 1 and a sentence on standard error; with 2 for wrong usage, with 130 when Ctrl-C cut them
    short.

    `call`, `check` and `replay` need no bridge and no Plivo: they are the caller, towards a bot of yours.
    """
    if context.invoked_subcommand is None:
        from bridge.cli.terminal import open_terminal

        sys.exit(open_terminal(data, config, agent=agent, keep=keep))
    given = {name: value for name, value in {"data": data, "config": config}.items() if value is not None}
    context.default_map = dict.fromkeys(COMMANDS, given)


def main() -> None:
    """Run the command line. Exits with 0, 1 (a sentence on standard error), 2 (wrong usage) or 130 (Ctrl-C)."""
    try:
        sys.exit(offhook.main(prog_name="offhook", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
