"""`offhook bridge`: run the bridge in the foreground."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import click
import msgspec


@click.command("bridge", short_help="Run a bridge in the foreground.")
@click.option("--listen", metavar="HOST:PORT", help="Where Plivo or your tunnel connects to.  [127.0.0.1:7480]")
@click.option("--control", metavar="HOST:PORT", help="Where operators connect to, with the token.  [127.0.0.1:7481]")
@click.option("--public-url", metavar="URL", help="How Plivo reaches the bridge: your tunnel's https:// URL.")
@click.option("--auth-token", metavar="TOKEN", help="Plivo's auth token: unsigned requests are refused.")
@click.option("--agent", metavar="URL", help="The voice bot's ws:// URL: the bridge stands between Plivo and it.")
@click.option("--when-lost", type=click.Choice(["hang up", "ring"]), help="When the bot refuses or dies.  [hang up]")
@click.option("--record", is_flag=True, help="Record every stream.")
@click.option("--read-only", is_flag=True, help="Operators see and listen, and can do nothing else.")
@click.option("--data", metavar="DIR", help="Folder of the journal, the tokens, the recordings and the log.")
@click.option("--config", metavar="FILE", help="Settings file.  [./offhook.toml, else the user's own]")
@click.option("--started-by-offhook", is_flag=True, hidden=True)
@click.option(
    "--json", "as_json", is_flag=True, help="JSON lines: `ready` when both ports accept, `stopped` at the end."
)
def command(
    listen: str | None,
    control: str | None,
    public_url: str | None,
    auth_token: str | None,
    agent: str | None,
    when_lost: str | None,
    record: bool,
    read_only: bool,
    data: str | None,
    config: str | None,
    started_by_offhook: bool,
    as_json: bool,
) -> None:
    """Run a bridge: Plivo's calls come in on one port, operators on another.

    Point the answer URL of a Plivo number at PUBLIC-URL/answer, and `offhook` on this machine shows its streams.
    Callbacks go to PUBLIC-URL/status by themselves; the hangup URL is PUBLIC-URL/hangup.

    With --agent the call goes on to your bot, which notices nothing: operators can listen, whisper to it, talk along,
    take over and hand back. Several bots are set in offhook.toml as tables `[[route]]`, by `to`, `path` or `header`.

    All but --config and --json can also be set in offhook.toml (`public_url = "https://…"`, and a table `[stream]` with
    the attributes of the document), and some of it in the environment: OFFHOOK_LISTEN, OFFHOOK_CONTROL_LISTEN,
    OFFHOOK_PUBLIC_URL, OFFHOOK_DATA, OFFHOOK_AGENT, OFFHOOK_CONFIG, PLIVO_AUTH_TOKEN.

    Ctrl-C ends it: it closes its streams first.
    """
    given: dict[str, Any] = {
        "listen": listen,
        "control": control,
        "public_url": public_url,
        "auth_token": auth_token,
        "agent": agent,
        "when_lost": when_lost,
        "record": record or None,
        "read_only": read_only or None,
        "data": data,
        "started_by_offhook": started_by_offhook or None,
    }
    _run({name: value for name, value in given.items() if value is not None}, config, as_json)


def _run(given: dict[str, Any], config: str | None, as_json: bool) -> None:
    import asyncio
    import gc

    from bridge.operator.home import SettingsError
    from bridge.server.loop import new_event_loop
    from bridge.server.run import BridgeError, Ready, run_bridge
    from bridge.server.settings import load
    from bridge.streams.journal import JournalError

    def ready(where: Ready) -> None:
        # A collection of everything stops every call: it is put off, and what was there at the start left out of it.
        gc.set_threshold(50_000, 20, 100)
        gc.freeze()
        if as_json:
            print(msgspec.json.encode(where).decode(), flush=True)
            return
        click.echo(f"Plivo:     {where.public}  (the answer URL is {where.public_url}/answer)")
        click.echo(f"Operators: {where.control}  (the token is in {where.token_file})")
        click.echo("Ctrl-C ends it.")

    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(run_bridge(load(given, config), ready))
        if as_json:
            _print_if_anybody_reads('{"event":"stopped"}')
    except (SettingsError, BridgeError, JournalError) as error:
        raise click.ClickException(str(error)) from error


def _print_if_anybody_reads(line: str) -> None:
    with suppress(BrokenPipeError):
        print(line, flush=True)
