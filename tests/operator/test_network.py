from __future__ import annotations

import pytest

from bridge.operator.network import why_not


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 1)"), "Connection refused"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 111] Connect call failed"), "refused"),
        (TimeoutError(), "no answer in time"),
        (ConnectionResetError(), "the connection was closed"),
        (ValueError("no host"), "no host"),
    ],
)
def test_a_reason_is_in_words(error: Exception, reason: str) -> None:
    assert why_not(error).endswith(reason)
