"""What a bot's playAudio says of its own format, held against the stream's."""

from __future__ import annotations

from bridge.wire.fields import number_field
from bridge.wire.formats import AudioFormat, UnknownFormatError, parse_format

_KEPT = 64

Noted = tuple[tuple[str, str], ...]
"""Codes of findings, each with a detail."""


class SaidFormats:
    """Judges each way of saying it once: a bot says the same with every piece."""

    def __init__(self, stream: AudioFormat) -> None:
        self._stream = stream
        self._judged: dict[tuple[str | None, int | str | None], Noted] = {}

    def judge(self, content_type: str | None, rate: int | str | None) -> Noted:
        """What is to be found on a contentType and a sampleRate as they came, None where they did not."""
        said = (content_type, rate)
        noted = self._judged.get(said)
        if noted is None:
            noted = tuple(self._spelling(content_type, rate) + self._meaning(content_type, rate))
            if len(self._judged) < _KEPT:
                self._judged[said] = noted
        return noted

    def _spelling(self, content_type: str | None, rate: int | str | None) -> list[tuple[str, str]]:
        noted = []
        if isinstance(rate, str):
            noted.append(("play-rate-string", ""))
        if not content_type or rate is None:
            noted.append(("play-no-format", ""))
        if content_type and ";" in content_type:
            noted.append(("play-rate-in-type", ""))
        return noted

    def _meaning(self, content_type: str | None, rate: int | str | None) -> list[tuple[str, str]]:
        try:
            said = parse_format(content_type or self._stream.encoding, number_field(rate) or self._stream.rate)
        except UnknownFormatError:
            return [("play-unknown-format", f"{content_type} at {rate}"[:80])]
        if said == self._stream:
            return []
        return [("play-other-format", f"{said.label} on a stream in {self._stream.label}")]
