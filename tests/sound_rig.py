"""A real sound server without hardware: two null sinks are the speaker and the microphone.

The program under test needs only `PULSE_SERVER` in its environment; PortAudio then has a device called `default`.
Without PulseAudio or PortAudio the tests that need it are skipped, or fail where OFFHOOK_REQUIRE_SOUND is 1.
"""

from __future__ import annotations

import asyncio
import ctypes.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

RATE = 48000

# norewinds: without it every new stream stalls for up to 2 s.
_SCRIPT = """\
load-module module-native-protocol-unix socket={socket} auth-anonymous=1
load-module module-null-sink sink_name=spk rate=48000 channels=2 format=float32le norewinds=1
load-module module-null-sink sink_name=mic rate=48000 channels=1 format=float32le norewinds=1
load-module module-cli-protocol-unix socket={cli}
set-default-sink spk
set-default-source mic.monitor
"""

_ALSA = """\
</usr/share/alsa/alsa.conf>
pcm.headset {
    type pulse
    device headset
}
"""

_OPTIONS = [
    "--daemonize=no",
    "--system=false",
    "--exit-idle-time=-1",
    "--disallow-exit=true",
    "--use-pid-file=no",
    "--realtime=yes",
    "--high-priority=yes",
]


class SoundRig:
    """One sound server; `start` and `stop` may be called again and again, as when a device comes and goes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "socket"
        self._script = folder / "script.pa"
        self._cli = folder / "cli"
        self._script.write_text(_SCRIPT.format(socket=self._socket, cli=self._cli))
        self._alsa = folder / "asound.conf"
        self._alsa.write_text(_ALSA)
        self.environment = {"PULSE_SERVER": f"unix:{self._socket}", "ALSA_CONFIG_PATH": str(self._alsa)}
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._server is not None
        return self._server.pid

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                ["pulseaudio", "-n", "-F", self._script, *_OPTIONS],
                env={**os.environ, "HOME": str(self._folder), "XDG_RUNTIME_DIR": str(self._folder)},
                stdout=log,
                stderr=log,
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Kill it, as a crash does."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None
            self._socket.unlink(missing_ok=True)
            self._cli.unlink(missing_ok=True)

    def plug_in(self) -> None:
        """A second output device, which programs know as `headset`."""
        options = "rate=48000 channels=2 format=float32le norewinds=1"
        self.pactl("load-module", "module-null-sink", "sink_name=headset", *options.split())

    def unplug(self) -> None:
        """The headset is gone, and what played there has ended: the server would move it to another device."""
        headset = next(line.split()[0] for line in self._listed("sinks") if "headset" in line)
        playing = [line.split()[0] for line in self._listed("sink-inputs") if line.split()[1] == headset]
        module = next(line.split()[0] for line in self._listed("modules") if "sink_name=headset" in line)
        self.pactl("unload-module", module)
        with socket.socket(socket.AF_UNIX) as cli:
            cli.settimeout(5)
            cli.connect(str(self._cli))
            cli.sendall("".join(f"kill-sink-input {index}\n" for index in playing).encode())
            cli.shutdown(socket.SHUT_WR)
            while cli.recv(4096):
                pass

    @contextmanager
    def another_name(self, name: str) -> Iterator[None]:
        """A device of this name for programs that look for devices from now on, until the block ends."""
        self._alsa.write_text(f"{_ALSA}pcm.{name} {{ type pulse }}\n")
        try:
            yield
        finally:
            self._alsa.write_text(_ALSA)

    def pactl(self, *words: str) -> str:
        """Tell the server something; returns what it says."""
        told = subprocess.run(
            ["pactl", *words], env={**os.environ, **self.environment}, capture_output=True, text=True, timeout=5
        )
        assert told.returncode == 0, told.stderr
        return told.stdout

    def _listed(self, what: str) -> list[str]:
        return self.pactl("list", "short", what).splitlines()

    @asynccontextmanager
    async def speak(self, samples: np.ndarray) -> AsyncIterator[None]:
        """Have these samples (48 kHz) heard by the microphone, beginning now."""
        pacat = await self._tool("pacat", "--playback", "--device=mic", "--latency-msec=200", stdin=subprocess.PIPE)
        assert pacat.stdin is not None
        pacat.stdin.write(samples.astype("<f4").tobytes())
        try:
            yield
        finally:
            await _stop(pacat)

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[Recording]:
        """Record what the speaker plays, until the block ends."""
        parec = await self._tool(
            "parec", "--device=spk.monitor", "--latency-msec=20", channels=2, stdout=subprocess.PIPE
        )
        recording = Recording(parec)
        await recording.next(0.05)
        try:
            yield recording
        finally:
            await _stop(parec)

    async def _tool(self, name: str, *options: str, channels: int = 1, **pipes: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            name,
            *options,
            "--raw",
            "--format=float32le",
            f"--rate={RATE}",
            f"--channels={channels}",
            env={**os.environ, **self.environment},
            limit=2**24,
            **pipes,
        )

    def _wait_until_ready(self) -> None:
        ask = ["pactl", "--server", f"unix:{self._socket}", "info"]
        end = time.monotonic() + 10
        while subprocess.run(ask, capture_output=True, check=False).returncode:
            assert time.monotonic() < end, (self._folder / "log").read_text()
            time.sleep(0.02)


class Recording:
    """What is heard, as it comes."""

    def __init__(self, parec: asyncio.subprocess.Process) -> None:
        self._parec = parec

    async def next(self, seconds: float) -> np.ndarray:
        """The next so many seconds, at 48 kHz, both sides together."""
        return (await self.next_stereo(seconds)).sum(axis=1)

    async def discard(self) -> None:
        """Forget what has been heard up to now."""
        assert self._parec.stdout is not None
        await self._parec.stdout.read(2**24)

    async def next_stereo(self, seconds: float) -> np.ndarray:
        """The next so many seconds, at 48 kHz: the left and the right."""
        assert self._parec.stdout is not None
        return np.frombuffer(await self._parec.stdout.readexactly(int(seconds * RATE) * 8), "<f4").reshape(-1, 2)


async def _stop(tool: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        tool.kill()
    await tool.communicate()


def missing() -> str:
    """What this machine lacks for tests with sound; empty when it has all."""
    lacking = [tool for tool in ("pulseaudio", "pactl", "pacat", "parec") if shutil.which(tool) is None]
    if ctypes.util.find_library("portaudio") is None:
        lacking.append("libportaudio2")
    return ", ".join(lacking)


@pytest.fixture(scope="session")
def sound_server() -> Iterator[SoundRig]:
    """A sound server for the whole run. A test that stops it starts it again."""
    if missing():
        (pytest.fail if os.environ.get("OFFHOOK_REQUIRE_SOUND") == "1" else pytest.skip)(f"no {missing()} here")
    # Not pytest's folder: a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="rig") as folder:
        rig = SoundRig(Path(folder))
        rig.start()
        yield rig
        rig.stop()


@pytest.fixture
def sound_rig(sound_server: SoundRig, monkeypatch: pytest.MonkeyPatch) -> SoundRig:
    """The sound server, with this process's environment, and so that of its children, pointing to it."""
    for name, value in sound_server.environment.items():
        monkeypatch.setenv(name, value)
    return sound_server
