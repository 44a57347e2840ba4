"""`make bench-sound`: the figures of sound beside those of a plain design on the same input.

The plain design is what consoles of voice bots do today: a fixed prebuffer of 300 ms, zeros where media is missing,
no trimming; linear interpolation between rates; no echo canceller. Beside live figures it is a process without a phone,
in the same moments: the libraries that any has to load, a loop that only wakes up, a duplex that does nothing.

Seeds are fixed; only costs and live figures depend on the machine.
A new figure is one more function in `FIGURES`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np

from bridge.audio.codec import decode, encode
from bridge.audio.echo import why_not
from bridge.audio.playout import Playout
from bridge.audio.resample import Resampler
from bridge.wire.formats import L16_16K, L16_24K, MULAW_8K
from tests.audio.figures import echo_loss_db, in_blocks, near_loss_db, recorded, spectrum, synthetic, voice_errors_ms
from tests.audio.synthetic import babble, spoken, tone, white
from tests.audio.traces import PIECE, RATE, Arrivals, Heard, lan, play, stalled, stalling, wifi
from tests.bench import sound_live
from tests.bench.figure import Figure
from tests.bench.plain import LinearResampler, PlainPlayout

SEEDS = range(5)
MINUTE = 60


@cache
def media() -> np.ndarray:
    """A minute of speech without a pause: whatever is missing is missed."""
    samples = spoken(RATE, MINUTE, np.random.default_rng(1))
    return samples[: len(samples) // PIECE * PIECE]


def played(buffer: Playout | PlainPlayout, arrivals: Arrivals, seconds: float = MINUTE) -> Heard:
    return play(buffer, media(), arrivals, seconds)


def playout_depth() -> Iterator[Figure]:
    networks = (
        ("LAN", lan, ((0.5, "35"), (0.95, "60"))),
        ("Wi-Fi", wifi, ((0.5, ""),)),
        ("stalls", stalling, ((0.5, ""),)),
    )
    for name, trace, goals in networks:
        depths = np.zeros((2, 0))
        for seed in SEEDS:
            heard = [played(buffer, trace(MINUTE, np.random.default_rng(seed))) for buffer in _buffers()]
            depths = np.concatenate((depths, [each.depths for each in heard]), axis=1)
        for share, goal in goals:
            yield Figure(f"playout depth, {name}, p{share * 100:.0f}", "ms", goal, *np.quantile(depths, share, axis=1))


def depth_after_a_stall() -> Iterator[Figure]:
    for length, after in ((0.2, 1), (0.4, 5)):
        arrivals = stalled(lan(20, np.random.default_rng(5)), 10.003, length)
        rest = [_depth_left(played(buffer, arrivals, 20), 10 + length + after) for buffer in _buffers()]
        yield Figure(f"depth above before, {after} s after a stall of {length * 1000:.0f} ms", "ms", "20", *rest)


def _depth_left(heard: Heard, at: float) -> float:
    return heard.depth(at, at + 0.2) - heard.depth(8, 10)


def _buffers() -> tuple[Playout, PlainPlayout]:
    return Playout(RATE), PlainPlayout(RATE)


def concealed_speech() -> Iterator[Figure]:
    networks: tuple[tuple[str, str, Callable[[float, np.random.Generator], Arrivals]], ...] = (
        ("LAN", "0.05", lan),
        ("Wi-Fi, 1 % spikes", "0.5", wifi),
        ("a stall every 5 s", "2", stalling),
    )
    for name, goal, trace in networks:
        missing = np.zeros(2)
        for seed in SEEDS:
            for number, buffer in enumerate(_buffers()):
                played(buffer, trace(MINUTE, np.random.default_rng(seed)))
                missing[number] += buffer.concealed / (len(SEEDS) * MINUTE * RATE) * 100
        yield Figure(f"concealed speech, {name}", "%", goal, *missing)


def clocks_that_differ() -> Iterator[Figure]:
    for pace, name in ((1.0001, "+100 ppm"), (0.9999, "-100 ppm")):
        arrivals = lan(600, np.random.default_rng(6), pace)
        buffers = _buffers()
        heard = [played(buffer, arrivals, 600) for buffer in buffers]
        yield Figure(f"concealed in 10 minutes at {name}", "ms", "50", *(b.concealed * 1000 / RATE for b in buffers))
        yield Figure(
            f"depth off its mean in 10 minutes at {name}", "ms", "10", *(_unsteadiness(each) for each in heard)
        )


def _unsteadiness(heard: Heard) -> float:
    by_10_s = np.array(heard.depths[1000:59_000]).reshape(-1, 1000).mean(axis=1)
    return float(np.abs(by_10_s - by_10_s.mean()).max())


def clicks() -> Iterator[Figure]:
    sound = tone(437, RATE, MINUTE)
    steepest = float(np.abs(np.diff(sound)).max())
    arrivals = stalled(wifi(MINUTE, np.random.default_rng(1)), 20.003, 0.4)
    steps = [play(buffer, sound, arrivals, MINUTE).steepest / steepest for buffer in _buffers()]
    yield Figure("steepest step of a tone, Wi-Fi and a stall of 400 ms", "x", "1.05", *steps)


def voice_activity() -> Iterator[Figure]:
    for snr, goal in ((20, "20"), (10, "60")):
        for noise in (white, babble):
            errors = [
                error
                for audio_format in (MULAW_8K, L16_16K, L16_24K)
                for words in (recorded, synthetic)
                for dbfs in (-40, -25, -10)
                for error in voice_errors_ms(audio_format, words, noise, snr, dbfs)
            ]
            name = f"onset and end of speech, {snr} dB over {noise.__name__} noise, p95"
            yield Figure(name, "ms", goal, float(np.quantile(errors, 0.95)))


def resampling() -> Iterator[Figure]:
    yield Figure("resampling 8 to 48 kHz and back: delay", "ms", "3", *map(_resampling_delay, _RESAMPLERS))
    yield Figure("resampling: loss at 3.4 kHz", "dB", "0.5", *(_tone_through(each, 3400)[0] for each in _RESAMPLERS))
    yield Figure("resampling: images of 3 kHz", "dB", "-60", *(_tone_through(each, 3000)[1] for each in _RESAMPLERS))


_RESAMPLERS: tuple[type[Resampler] | type[LinearResampler], ...] = (Resampler, LinearResampler)


def _resampling_delay(resampler: type[Resampler] | type[LinearResampler]) -> float:
    """The longer of the two ways."""
    ways = ((8000, 48000), (48000, 8000))
    given = [sum(map(len, in_blocks(resampler(a, b).process, tone(300, a, 1), a // 100))) / b for a, b in ways]
    return max(1 - seconds for seconds in given) * 1000


def _tone_through(resampler: type[Resampler] | type[LinearResampler], hz: float) -> tuple[float, float]:
    """What a tone loses, and how loud the loudest of what else there is then, in dB."""
    out = np.concatenate(in_blocks(resampler(8000, 48000).process, tone(hz, 8000, 1.2), 80))
    frequencies, decibels = spectrum(out[4800:52_800], 48000)
    own = np.abs(frequencies - hz) < 20
    return float(20 * np.log10(0.5) - decibels[own].max()), float(decibels[~own].max() - decibels[own].max())


def costs() -> Iterator[Figure]:
    arrivals = wifi(MINUTE, np.random.default_rng(1))
    took = [_microseconds(lambda each=buffer: played(each, arrivals), MINUTE * 50) for buffer in _buffers()]
    yield Figure("cost of playout, 20 ms at 8 kHz on Wi-Fi", "us", "", *took)
    took = [_microseconds(lambda each=each: _one_second(each), 50) for each in _RESAMPLERS]
    yield Figure("cost of resampling, 20 ms of 8 to 48 kHz", "us", "", *took)
    piece = encode(tone(440, 8000, 0.02), MULAW_8K)
    took_once = _microseconds(lambda: [encode(decode(piece, MULAW_8K), MULAW_8K) for _ in range(1000)], 1000)
    yield Figure("cost of mu-law, 20 ms there and back", "us", "", took_once)


def _one_second(resampler: type[Resampler] | type[LinearResampler]) -> None:
    in_blocks(resampler(8000, 48000).process, tone(440, 8000, 1), 160)


def _microseconds(work: Callable[[], object], times: int) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) / times * 1e6


def echo() -> Iterator[Figure]:
    if why_not():
        return
    early, late = echo_loss_db(48000)
    yield Figure("echo return loss after 1 s", "dB", "25", early, 0)
    yield Figure("echo return loss after 5 s", "dB", "30", late, 0)
    yield Figure("near-end loss in double talk", "dB", "6", near_loss_db(48000), 0)


FIGURES: tuple[Callable[[], Iterator[Figure]], ...] = (
    playout_depth,
    depth_after_a_stall,
    concealed_speech,
    clocks_that_differ,
    clicks,
    voice_activity,
    resampling,
    costs,
    echo,
)


def main() -> None:
    """Print the table, each line as soon as it is known; an argument is for how many seconds the phone runs live."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 15.0
    _print(f"{'':58}{'goal':>8}{'offhook':>10}{'plain':>10}")
    for measure in (*FIGURES, partial(sound_live.live, seconds)):
        for figure in measure():
            plain = "" if figure.plain is None else f"{figure.plain:.2f}"
            _print(f"{figure.what:58}{figure.goal:>8}{figure.offhook:10.2f}{plain:>10} {figure.unit}")
    for reason in filter(None, (why_not(), sound_live.why_not())):
        _print(reason)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
