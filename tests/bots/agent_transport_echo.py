"""An echo by agent-transport, which keeps Plivo's protocol and its pace in Rust; a digit clears what it has queued.

It sets a checkpoint twice a second.
"""

import itertools
import socket
import threading

import click
from agent_transport import AudioStreamEndpoint


def free_port() -> int:
    """The endpoint does not tell which port it took, so that it cannot be asked to take any."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def echo(endpoint: AudioStreamEndpoint, session: str) -> None:
    for frame in itertools.count(1):
        heard = endpoint.recv_audio_bytes_blocking(session, 1000)
        if heard is not None:
            endpoint.send_audio_bytes(session, *heard)
        if frame % 25 == 0:
            endpoint.checkpoint(session)


address = f"127.0.0.1:{free_port()}"
endpoint = AudioStreamEndpoint(listen_addr=address, auto_hangup=False)
click.echo(f"ws://{address}/stream")
while True:
    match endpoint.wait_for_event(1000):
        case {"type": "call_answered", "session": session}:
            threading.Thread(target=echo, args=(endpoint, session.session_id), daemon=True).start()
        case {"type": "dtmf_received", "session_id": session}:
            endpoint.clear_buffer(session)
