"""`offhook devices`: what the phone can speak and hear with."""

from __future__ import annotations

import click


@click.command("devices")
def command() -> None:
    """List this machine's microphones and speakers. The defaults are marked with a star."""
    from bridge.cli.output import table
    from bridge.phone.listing import sound_devices

    found = sound_devices()
    if found.problem:
        raise click.ClickException(found.problem)
    rows = [
        (
            "*" if device.default else " ",
            {"input": "microphone", "output": "speaker"}[device.kind],
            device.name,
            f"{device.channels:>8}",
            f"{device.rate:>5} Hz",
            f"{device.latency_ms:>5.1f} ms",
        )
        for device in found.devices
    ]
    click.echo("\n".join(table((" ", "KIND", "NAME", "CHANNELS", "RATE", "LATENCY"), rows)))
