"""`offhook devices`: what the phone can speak and hear with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bridge.cli.options import json_option

if TYPE_CHECKING:
    from bridge.phone.device import Device
    from bridge.phone.trial import Trial

_HEADINGS = ("", "KIND", "NAME", "CHANNELS", "RATE", "LATENCY")


@click.command("devices", short_help="List this machine's microphones and speakers.")
@click.option("--test", "try_them", is_flag=True, help="Record half a second with the chosen microphone and play it.")
@json_option
@click.option("--config", metavar="FILE", help="Settings file.  [env OFFHOOK_CONFIG; ./offhook.toml]")
def command(try_them: bool, as_json: bool, config: str | None) -> None:
    """List this machine's microphones and speakers, with their delay. The defaults are marked with a star.

    Those that were chosen for the phone are marked with an arrowhead.

    With --json: an array of objects, one a device; with --test the outcome.
    """
    from bridge.operator.home import SettingsError, read_toml
    from bridge.phone.settings import Memory, phone_settings

    try:
        settings = Memory().applied_to(phone_settings(read_toml(config)))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    if try_them:
        _try(settings.input, settings.output, as_json)
    else:
        _list({"input": settings.input, "output": settings.output}, as_json)


def _list(chosen: dict[str, str], as_json: bool) -> None:
    from msgspec import json
    from msgspec.structs import asdict

    from bridge.cli.output import say, table
    from bridge.phone.listing import sound_devices
    from bridge.phone.sentences import missing_devices

    found = sound_devices()
    if found.problem:
        raise click.ClickException(found.problem)
    if as_json:
        devices = [{**asdict(device), "chosen": chosen[device.kind] == device.name} for device in found.devices]
        click.echo(json.encode(devices))
    else:
        say("\n".join(table(_HEADINGS, [_row(device, chosen) for device in found.devices])))
    for sentence in missing_devices(chosen, [(device.kind, device.name) for device in found.devices]):
        click.echo(sentence, err=as_json)


def _row(device: Device, chosen: dict[str, str]) -> tuple[str, ...]:
    return (
        ("*" if device.default else " ") + (">" if chosen[device.kind] == device.name else " "),
        {"input": "microphone", "output": "speaker"}[device.kind],
        device.name,
        f"{device.channels:>8}",
        f"{device.rate:>5} Hz",
        f"{device.latency_ms:>5.1f} ms",
    )


def _try(input_name: str, output_name: str, as_json: bool) -> None:
    from msgspec.structs import asdict

    from bridge.cli.output import printable
    from bridge.cli.report import reporting
    from bridge.phone.trial import try_devices

    with reporting(as_json) as report:
        click.echo("Speak now: half a second is recorded, then played.", err=as_json)
        trial = try_devices(input_name, output_name)
        report.know(**asdict(trial))
        if not as_json:
            _tell(trial)
        if trial.problems:
            raise click.ClickException(printable(" ".join(trial.problems)))
        report.outcome("done", "All is well if you heard yourself.")


def _tell(trial: Trial) -> None:
    from bridge.cli.output import printable, say

    if trial.input:
        level = "silence" if trial.heard_dbfs is None else f"{trial.heard_dbfs:.0f} dBFS"
        say(printable(f"Heard {level} with {trial.input}, {trial.input_latency_ms:.0f} ms after it was said."))
    if trial.output:
        say(printable(f"Played with {trial.output}, heard {trial.output_latency_ms:.0f} ms after it was sent."))
