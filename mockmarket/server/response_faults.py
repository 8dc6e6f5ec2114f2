"""Faults of answers: what Flask has answered is buffered, and goes out as the faults of the world leave it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from mockmarket.api.context import SetPace
from mockmarket.faults.active.applying import RequestFaults
from mockmarket.faults.base import NO_ANSWER, Pace, Reply

log = logging.getLogger("mockmarket.faults")

Start = Callable[..., Any]


class BufferedResponse:
    """A `start_response` (PEP 3333) that buffers status and headers until the body is there."""

    def __init__(self, start_response: Start, faults: RequestFaults, set_pace: SetPace | None) -> None:
        self._start, self._faults, self._set_pace = start_response, faults, set_pace
        self._status = ""
        self._headers: list[tuple[str, str]] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        """Buffer what the application begins its answer with."""
        self._status, self._headers = status, headers

    def pass_through(self, body: Iterable[bytes]) -> Iterable[bytes]:
        """Send the answer as it is: one that goes on for as long as it likes is not spoilt."""
        self._start(self._status, self._headers)
        return body

    def apply_faults(self, body: bytes) -> tuple[int, bytes, bytes]:
        """Send the answer as the faults that apply to it leave it; returns its status, its body, and what is sent of the body.

        The status is NO_ANSWER, and nothing is sent, when the connection ends instead.
        """
        reply = self._faults.on_response(Reply(self._status, (*self._headers,), body))
        self._start(reply.status, list(reply.headers))
        if not keeps(self._set_pace, reply.pace):
            return int(reply.status[:3]), reply.body, reply.body
        if reply.pace.drop:
            return NO_ANSWER, reply.body, b""
        return int(reply.status[:3]), reply.body, reply.body[: reply.pace.keep]


def keeps(set_pace: SetPace | None, pace: Pace) -> bool:
    """Have the server send the answer at its pace; False when the server is another's and cannot, which its log says."""
    if pace == Pace():
        return True
    if set_pace is None:
        log.warning("Only mockmarket's own server delays, drips, cuts or drops answers; this one went out whole.")
        return False
    set_pace(pace)
    return True
