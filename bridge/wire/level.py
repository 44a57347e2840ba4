"""How serious something is."""

from __future__ import annotations

from typing import Literal

Level = Literal["info", "warning", "error"]
