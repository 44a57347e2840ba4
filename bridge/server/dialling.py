"""Finding an agent for a call: those of its route are dialled one after the other, until one takes it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from websockets.http11 import Request

from bridge.server.agent import AgentError, AgentSocket, AgentUser
from bridge.wire.views import AgentView


class Finder(AgentUser, Protocol):
    """Who is told what comes of it; `agent_opened` when one has taken the call."""

    def agent_failed(self, url: str, error: AgentError) -> None:
        """One did not take the call; the next one is tried."""

    def nobody_took_it(self, failure: AgentError | None) -> None:
        """None is left; this is why the last one did not take the call."""


class Dialling:
    """The agents of one call."""

    def __init__(self, agents: tuple[str, ...], request: Request, user: Finder) -> None:
        self.view = AgentView(url=agents[0])
        """The newest of them, as operators see it."""
        self.awaited = False
        """Whether one is still to come."""
        self.given_up = False
        """Whether all were tried in vain."""
        self._to_come = list(agents)
        self._request = request
        self._user = user
        self._task: asyncio.Task[None] | None = None

    @property
    def any_left(self) -> bool:
        """Whether there are others to be tried."""
        return bool(self._to_come)

    def begin(self) -> None:
        """Dial those that are left."""
        self.awaited = True
        self._task = asyncio.create_task(self._dial(), name="agent's connection")

    def stop(self) -> None:
        """There is no call any more."""
        self.awaited = False
        if self._task is not None:
            self._task.cancel()

    def over(self, code: int | None, reason: str, *, failed: bool) -> None:
        """The agent that took the call closed its socket, with this code and reason."""
        self.view.state = "failed" if failed else "closed"
        self.view.close_code, self.view.close_reason = code, reason

    async def _dial(self) -> None:
        failure = None
        while self._to_come:
            url = self._to_come.pop(0)
            self.view.url, self.view.state = url, "connecting"
            self.view.close_code, self.view.close_reason = None, ""
            try:
                await AgentSocket(url, self._request, self._user).connect()
            except AgentError as error:
                failure = error
                self.view.state, self.view.close_code, self.view.close_reason = "failed", error.status, str(error)
                self.view.tried.append(url)
                self._user.agent_failed(url, error)
            else:
                return
        self.awaited, self.given_up = False, True
        self._user.nobody_took_it(failure)
