"""A webhook receiver in a process of its own: answers 200 to everything and reports when each request had come in whole.

The first line of its standard output is its port; after it comes, for each request, the monotonic clock in nanoseconds as
eight bytes. That clock is the same for every process of a Linux machine.
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
import sys
import time

from bench.load import is_whole

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"received":true}'
STAMP = struct.Struct("=q")


class Reports:
    """Stamps on their way to who started us; they wait here when the pipe is full, so that no webhook waits for them."""

    def __init__(self) -> None:
        self._pipe = sys.stdout.fileno()
        self._left = b""
        os.set_blocking(self._pipe, False)

    def add(self, moment: int) -> None:
        """Report one moment."""
        self._left += STAMP.pack(moment)
        self.flush()

    def flush(self) -> None:
        """Write what the pipe takes."""
        try:
            while self._left:
                self._left = self._left[os.write(self._pipe, self._left) :]
        except BlockingIOError:
            return


def main() -> None:
    """Receive until the process is ended."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    print(listening.getsockname()[1], flush=True)
    reports = Reports()
    came: dict[socket.socket, bytes] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(listening, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select(0.05):
                if key.fileobj is listening:
                    accept(listening, selector, came)
                else:
                    take(key.fileobj, selector, came, reports)  # type: ignore[arg-type]
            reports.flush()


def accept(listening: socket.socket, selector: selectors.BaseSelector, came: dict[socket.socket, bytes]) -> None:
    """Take a new connection in."""
    sock, _ = listening.accept()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    came[sock] = b""
    selector.register(sock, selectors.EVENT_READ)


def take(
    sock: socket.socket, selector: selectors.BaseSelector, came: dict[socket.socket, bytes], reports: Reports
) -> None:
    """Read what has come, and when the request is whole, note the moment and answer."""
    data = sock.recv(65_536)
    if not data:
        selector.unregister(sock)
        sock.close()
        del came[sock]
        return
    came[sock] += data
    if is_whole(came[sock]):
        moment = time.monotonic_ns()
        came[sock] = b""
        sock.sendall(ANSWER)
        reports.add(moment)


if __name__ == "__main__":
    main()
