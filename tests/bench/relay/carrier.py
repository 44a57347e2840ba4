"""Plivo's end of the calls: it connects, says `start` and sends media."""

from __future__ import annotations

import select
import socket
import time
import uuid

from tests.bench.relay.end import CONNECT_WITHIN, Call, End
from tests.bench.relay.frames import CLOSE, PLAY_AUDIO, client_frame, media_of, start_of


class Carrier(End):
    """Calls whatever is at a port of this machine."""

    seed = 1
    first_frames = 1

    def connect(self, port: int, path: str, count: int) -> None:
        """Open so many calls. Raises OSError (TimeoutError, too) when they are not taken."""
        until = time.monotonic() + CONNECT_WITHIN
        for number in range(count):
            if time.monotonic() > until:
                raise TimeoutError(f"{number} of {count} calls were taken within {CONNECT_WITHIN:.0f} s")
            stream_id = str(uuid.uuid4())
            call = Call(_upgraded(port, path), media_of(stream_id), PLAY_AUDIO)
            call.socket.sendall(start_of(stream_id))
            self.calls[call.socket.fileno()] = call
            self.epoll.register(call.socket, select.EPOLLIN)

    def hang_up(self) -> None:
        """Close all calls."""
        for number in list(self.calls):
            try:
                self.calls[number].socket.send(client_frame(CLOSE, (1000).to_bytes(2, "big")))
            except OSError:
                self.drop(number)
        self.await_end()


def _upgraded(port: int, path: str) -> socket.socket:
    """A WebSocket of a client's. Raises OSError when it is refused."""
    connected = socket.create_connection(("127.0.0.1", port), timeout=CONNECT_WITHIN)
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    connected.sendall(request.encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        # By the byte: what follows the answer is frames.
        byte = connected.recv(1)
        if not byte:
            raise ConnectionError("the call was not taken")
        answer += byte
    if b" 101 " not in answer.partition(b"\r\n")[0]:
        raise ConnectionError(f"the call was refused: {answer.partition(chr(13).encode())[0].decode()}")
    return connected
