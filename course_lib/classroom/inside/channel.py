"""Messages through a pipe or a socket: one line of JSON each."""

import json
import os
import socket
import struct

LENGTH = struct.Struct("!Q")
FDS = 2  # file descriptors that come with a request


def send_line(fd: int, message: dict) -> None:
    """Write one message."""
    data = json.dumps(message).encode("ascii") + b"\n"
    while data:
        data = data[os.write(fd, data) :]


def send_request(control: socket.socket, request: dict, fds: list[int]) -> None:
    """Send a request and the two file descriptors that its answers go to."""
    data = json.dumps(request).encode("ascii")
    socket.send_fds(control, [LENGTH.pack(len(data))], fds)
    control.sendall(data)


def receive_request(control: socket.socket) -> tuple[dict, list[int]] | None:
    """Wait for a request; None when the other side has closed."""
    head, fds, _, _ = socket.recv_fds(control, LENGTH.size, FDS)
    if len(head) < LENGTH.size:
        return None
    left, parts = LENGTH.unpack(head)[0], []
    while left:
        part = control.recv(min(left, 1 << 20))
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return json.loads(b"".join(parts)), fds
