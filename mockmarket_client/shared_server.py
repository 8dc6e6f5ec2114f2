"""One server for all workers of a run: the controller starts it when the first worker asks for it, and ends it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from mockmarket_client.server_process import ServerFailed, ServerProcess

HOST = "127.0.0.1"
LONGEST_QUESTION_S = 10.0
URL, KEEP = "url", "keep"
"""What a worker asks: the server's URL, or that the server runs on after the run."""


class SharedServer:
    """The controller's side: answers workers at a `port` of loopback, and starts the server at the first question."""

    def __init__(self, start: Callable[[], ServerProcess]) -> None:
        self._start = start
        self._answer: dict[str, str] = {}
        self.server: ServerProcess | None = None
        self.kept = ""
        """Once a worker has asked to keep the server: what to say of it at the end of the run."""
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="mockmarket-shared-server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the server, unless it is kept, and answer no more."""
        with suppress(OSError):  # wakes the thread that waits for a question
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self.server:
            self.server.stop()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            with connection, suppress(OSError):
                connection.settimeout(LONGEST_QUESTION_S)
                question = connection.makefile().readline().strip()
                connection.sendall(json.dumps(self._answer_to(question)).encode() + b"\n")

    def _answer_to(self, question: str) -> dict[str, str]:
        if not self._answer:
            try:
                self.server = self._start()
                self._answer = {"url": self.server.url()}
            except Exception as error:  # whatever it is: workers wait for the answer
                self._answer = {"failure": str(error) if isinstance(error, ServerFailed) else repr(error)}
        if question == KEEP and self.server:
            self.kept = self.server.keep()
        return self._answer


class WorkersServer:
    """A worker's side of a shared server, with the calls of a ServerProcess."""

    def __init__(self, port: int) -> None:
        self._port = port

    def url(self) -> str:
        """Return the server's URL as soon as it is ready; ServerFailed when it does not start."""
        return self._ask(URL)

    def keep(self) -> str:
        """Let the server run on after the run; the controller says so."""
        self._ask(KEEP)
        return ""

    def stop(self) -> None:
        """Do nothing: the controller ends the server."""

    def _ask(self, question: str) -> str:
        with socket.create_connection((HOST, self._port)) as connection:
            connection.sendall(f"{question}\n".encode())
            answer = json.loads(connection.makefile().readline() or '{"failure": "The run is ending."}')
        if "failure" in answer:
            raise ServerFailed(answer["failure"])
        return str(answer["url"])
