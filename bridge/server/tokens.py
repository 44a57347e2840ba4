"""The operators' tokens: one for everything, one for listening alone, each in a file that only this user can read."""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from websockets.http11 import Request

from bridge.operator.home import READ_TOKEN_FILE, TOKEN_FILE


@dataclass(frozen=True, slots=True)
class Tokens:
    """Who may come in, and for what. With `read_only` nobody may do more than listen."""

    full: str
    reading: str
    read_only: bool

    @classmethod
    def of(cls, data: Path, *, read_only: bool) -> Tokens:
        """The tokens of a data folder, made at the first start."""
        return cls(_token(data / TOKEN_FILE), _token(data / READ_TOKEN_FILE), read_only)

    def admits(self, request: Request) -> bool:
        """Whether a link's upgrade request shows one of them."""
        return _shows(request, self.full) or _shows(request, self.reading)

    def for_reading_alone(self, request: Request) -> bool:
        """Whether a link that was admitted may only see and listen."""
        return self.read_only or not _shows(request, self.full)


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _shows(request: Request, token: str) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    return hmac.compare_digest(given.encode(), token.encode())


def _token(path: Path) -> str:
    if path.exists():
        token = path.read_text(encoding="utf-8").strip()
        if token:
            return token
    token = secrets.token_urlsafe(32)
    write_private(path, token + "\n")
    return token
