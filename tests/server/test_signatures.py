"""With an auth token set, only requests that Plivo signed come in; wrong ones are refused with 403 and told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from bridge.wire.signature import signed_headers
from tests.server.rig import Rig, running

TOKEN = "the auth token"
PUBLIC = "https://voice.example/hook"
CALL = {"CallUUID": "c-1", "From": "+1", "To": "+2", "Event": "StartApp"}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path, auth_token=TOKEN, public_url=PUBLIC + "/") as rig:
        yield rig


async def signed(rig: Rig, path: str, *, token: str = TOKEN, url: str = PUBLIC, **options: Any) -> int:
    headers = signed_headers(token, "POST", url + path, list(CALL.items()))
    async with rig.http.post(rig.ready.public + path, data=CALL, headers=headers, **options) as response:
        return response.status


@pytest.mark.parametrize("path", ["/answer", "/status", "/hangup"])
async def test_only_the_right_token_and_the_public_url_pass(rig: Rig, path: str) -> None:
    assert await signed(rig, path) == 200
    assert await signed(rig, path, url=PUBLIC.replace("https", "http")) == 200
    assert await signed(rig, path, token="another") == 403
    assert await signed(rig, path, url=rig.ready.public) == 403
    assert (await rig.post(path, **CALL))[0] == 403


async def test_a_proxy_may_strip_the_public_path_or_leave_it(rig: Rig) -> None:
    headers = signed_headers(TOKEN, "POST", f"{PUBLIC}/status", list(CALL.items()))
    for path in ("/status", "/hook/status"):
        async with rig.http.post(rig.ready.public + path, data=CALL, headers=headers) as response:
            assert response.status == 200


async def test_a_get_is_signed_over_its_query(rig: Rig) -> None:
    headers = signed_headers(TOKEN, "GET", f"{PUBLIC}/answer?CallUUID=c-1&From=%2B1")
    async with rig.http.get(f"{rig.ready.public}/answer?CallUUID=c-1&From=%2B1", headers=headers) as response:
        assert response.status == 200
    async with rig.http.get(f"{rig.ready.public}/answer?CallUUID=c-2&From=%2B1", headers=headers) as response:
        assert response.status == 403


@pytest.mark.parametrize("scheme", ["wss", "https", "http", "ws"])
async def test_a_signed_upgrade_passes_in_any_form_of_the_url(rig: Rig, scheme: str) -> None:
    headers = signed_headers(TOKEN, "GET", f"{PUBLIC.replace('https', scheme)}/stream")
    async with rig.socket(additional_headers=headers):
        pass


async def test_what_is_refused_is_told_once_with_the_reason(rig: Rig) -> None:
    async with rig.watcher() as watcher:
        for _ in range(3):
            assert (await rig.post("/status", **CALL))[0] == 403
        with pytest.raises(InvalidStatus) as refused:
            async with rig.socket():
                pass
        assert refused.value.response.status_code == 403
        event = await watcher.event("POST /status was refused with 403")
        assert "has no X-Plivo-Signature-V3 header" in event.text
        await watcher.event("GET /stream was refused with 403")
        assert len([event for event in watcher.events if event.event == "refused"]) == 2
        assert watcher.streams == {}


async def test_health_is_told_without_a_signature(rig: Rig) -> None:
    code, body = await rig.get("/healthz")
    assert code == 200
    assert '"live_streams": 0' in body
