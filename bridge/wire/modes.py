"""The modes of a stream: who hears whom, with an operator in the call and without."""

from __future__ import annotations

from typing import Literal

Mode = Literal["direct", "agent", "whisper", "talk", "takeover"]
"""Who hears whom on a stream:

| mode | the caller hears | the agent hears |
|---|---|---|
| `direct` | the operator who talks, or nobody | (there is no agent) |
| `agent` | the agent | the caller |
| `whisper` | the agent | the caller and the operator |
| `talk` | the agent and the operator | the caller |
| `takeover` | the operator | silence, or the caller (a setting) |
"""

SteppedIn = Literal["whisper", "talk", "takeover"]
"""What an operator may ask for. On a `direct` stream there is only `talk`, and it stays `direct`."""
