"""Tables of `offhook.toml`, read into what they describe."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from bridge.operator.home import SettingsError

_Table = TypeVar("_Table")


def table(toml: dict[str, Any], name: str, kind: type[_Table]) -> _Table:
    """The table `[name]` as a `kind`; a table that is not there is an empty one. Raises SettingsError."""
    try:
        return msgspec.convert(toml.get(name, {}), kind)
    except msgspec.ValidationError as error:
        raise SettingsError(f"[{name}] in the settings is wrong: {error}.") from error
