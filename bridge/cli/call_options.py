"""Options of the commands that call a bot: what Plivo would know of the call, and which Plivo it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

FROM, TO = "+12025550100", "+12025550199"
CONTENT_TYPE = "audio/x-mulaw;rate=8000"


@dataclass(frozen=True, slots=True)
class CallOptions:
    """How a bot is called, as far as the flags say."""

    auth_token: str
    hangup_url: str
    headers: tuple[str, ...]
    profile: str
    trouble: str
    fields: tuple[str, ...]
    seed: int


def call_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the flags that all such commands have; the command gets them as `options`."""

    @wraps(command)
    def with_options(
        auth_token: str,
        hangup_url: str,
        headers: tuple[str, ...],
        profile: str,
        trouble: str,
        fields: tuple[str, ...],
        seed: int,
        **others: Any,
    ) -> None:
        command(options=CallOptions(auth_token, hangup_url, headers, profile, trouble, fields, seed), **others)

    for option in reversed(
        (
            click.option(
                *("--auth-token", "auth_token"),
                metavar="TOKEN",
                envvar="PLIVO_AUTH_TOKEN",
                default="",
                help="Requests and the upgrade are signed with it.  [env PLIVO_AUTH_TOKEN]",
            ),
            click.option("--hangup-url", metavar="URL", default="", help="Where the hangup callback is posted to."),
            click.option(
                *("--header", "headers"),
                metavar="NAME=VALUE",
                multiple=True,
                help="A SIP header of the caller's (X-PH-NAME); on a ws:// target, an extra header of the stream.",
            ),
            click.option("--profile", metavar="NAME", default="default", help="Which Plivo it is: docs/emulator.md."),
            click.option("--trouble", metavar="NAME", default="none", help="What goes wrong: docs/emulator.md."),
            click.option(
                *("--set", "fields"),
                metavar="FIELD=VALUE",
                multiple=True,
                help="A field of the profile or of the trouble, e.g. at_clear=late or lost=0.05.",
            ),
            click.option("--seed", metavar="N", default=1, help="The same seed makes the same trouble.  [1]"),
        )
    ):
        option(with_options)
    return with_options


def party_options(command: Callable[..., None]) -> Callable[..., None]:
    """Who calls whom."""
    called = click.option("--to", metavar="NUMBER", default=TO, help=f"The number that is called.  [{TO}]")
    calling = click.option("--from", "from_", metavar="NUMBER", default=FROM, help=f"The caller's number.  [{FROM}]")
    return calling(called(command))


def _path(text: str) -> str:
    if "://" in text:
        raise click.BadParameter("It takes a path: put the target before it, or write --record=PATH.")
    return text


record_option = click.option(
    "--record",
    metavar="[PATH]",
    type=_path,
    is_flag=False,
    flag_value=".",
    help="Keep the call as PATH.wav and PATH.json, or in the folder PATH.  [the current folder]",
)

fail_on_option = click.option(
    "--fail-on",
    metavar="LEVEL",
    type=click.Choice(["info", "warning", "error", "never"]),
    default="error",
    help="Exit with 1 at a finding of this level or above: info, warning, error, never.  [error]",
)
