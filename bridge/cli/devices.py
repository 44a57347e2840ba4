"""`offhook devices`: what the phone can speak and hear with."""

from __future__ import annotations

import click


@click.command("devices", short_help="List this machine's microphones and speakers.")
@click.option("--test", "try_them", is_flag=True, help="Record half a second with the chosen microphone and play it.")
@click.option("--config", metavar="FILE", help="Settings file.  [env OFFHOOK_CONFIG; ./offhook.toml]")
def command(try_them: bool, config: str | None) -> None:
    """List this machine's microphones and speakers, with their delay. The defaults are marked with a star.

    Those that were chosen for the phone are marked with an arrowhead.
    """
    from bridge.operator.home import SettingsError, read_toml
    from bridge.phone.settings import Memory, phone_settings

    try:
        settings = Memory().applied_to(phone_settings(read_toml(config)))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    if try_them:
        _try(settings.input, settings.output)
    else:
        _list({"input": settings.input, "output": settings.output})


def _list(chosen: dict[str, str]) -> None:
    from bridge.cli.output import say, table
    from bridge.phone.listing import sound_devices
    from bridge.phone.sentences import missing_devices

    found = sound_devices()
    if found.problem:
        raise click.ClickException(found.problem)
    rows = [
        (
            ("*" if device.default else " ") + (">" if chosen[device.kind] == device.name else " "),
            {"input": "microphone", "output": "speaker"}[device.kind],
            device.name,
            f"{device.channels:>8}",
            f"{device.rate:>5} Hz",
            f"{device.latency_ms:>5.1f} ms",
        )
        for device in found.devices
    ]
    say("\n".join(table(("", "KIND", "NAME", "CHANNELS", "RATE", "LATENCY"), rows)))
    for sentence in missing_devices(chosen, [(device.kind, device.name) for device in found.devices]):
        say(sentence)


def _try(input_name: str, output_name: str) -> None:
    from bridge.cli.output import printable, say
    from bridge.phone.trial import try_devices

    say("Speak now: half a second is recorded, then played.")
    trial = try_devices(input_name, output_name)
    if trial.input:
        level = "silence" if trial.heard_dbfs is None else f"{trial.heard_dbfs:.0f} dBFS"
        say(printable(f"Heard {level} with {trial.input}, {trial.input_latency_ms:.0f} ms after it was said."))
    if trial.output:
        say(printable(f"Played with {trial.output}, heard {trial.output_latency_ms:.0f} ms after it was sent."))
    if trial.problems:
        raise click.ClickException(printable(" ".join(trial.problems)))
    say("All is well if you heard yourself.")
