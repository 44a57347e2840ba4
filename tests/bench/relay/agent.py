"""The bot's end of the calls: it takes them and sends `playAudio`."""

from __future__ import annotations

import select
import socket
from multiprocessing.connection import Connection

from websockets.utils import accept_key

from tests.bench.relay.end import CONNECT_WITHIN, READ_BYTES, Call, End
from tests.bench.relay.frames import CLOSE, PLAY_AUDIO, media_of, server_frame


class Agent(End):
    """Takes calls at a free port of this machine."""

    seed = 2

    def __init__(self, commands: Connection) -> None:
        super().__init__(commands)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listening.setblocking(False)
        self.epoll.register(self._listening, select.EPOLLIN)
        self._asking: dict[int, tuple[socket.socket, bytes]] = {}

    def port(self) -> int:
        """Where it takes calls."""
        number: int = self._listening.getsockname()[1]
        return number

    def await_calls(self, count: int) -> None:
        """Wait until so many calls have said `start`. Raises TimeoutError."""
        self.wait(lambda: sum(call.reader.frames > 0 for call in self.calls.values()) >= count, CONNECT_WITHIN)

    def readable(self, number: int, now: int) -> None:
        """A new connection, the rest of its request, or frames."""
        if number == self._listening.fileno():
            connected, _ = self._listening.accept()
            self.epoll.register(connected, select.EPOLLIN)
            self._asking[connected.fileno()] = (connected, b"")
        elif number in self._asking:
            self._upgrade(number)
        elif number in self.calls:
            super().readable(number, now)

    def closing(self, number: int) -> None:
        """Agree, and close."""
        call = self.calls[number]
        try:
            call.socket.send(server_frame(CLOSE, (1000).to_bytes(2, "big")))
        finally:
            self.drop(number)

    def _upgrade(self, number: int) -> None:
        connected, head = self._asking[number]
        data = connected.recv(READ_BYTES)
        head += data
        if data and b"\r\n\r\n" not in head:
            self._asking[number] = (connected, head)
            return
        del self._asking[number]
        if not data:
            connected.close()
            return
        request, _, frames = head.partition(b"\r\n\r\n")
        connected.sendall(_agreement(request))
        call = Call(connected, PLAY_AUDIO, media_of("0" * 36))
        call.reader.stamps(frames)
        self.calls[number] = call


def _agreement(request: bytes) -> bytes:
    fields = (line.decode().partition(":") for line in request.split(b"\r\n")[1:])
    key = next(value.strip() for name, _, value in fields if name.lower() == "sec-websocket-key")
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
    ).encode()
