"""Pacing: answers that go out late, in drips, cut short or not at all. The server's own loop keeps their time; no thread waits."""

from __future__ import annotations

import socket
import struct
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, Task, WSGITask

from mockmarket.clock import monotonic, wall_ms
from mockmarket.errors import REFUSED
from mockmarket.faults.base import KEEP, Pace
from mockmarket.server.parsing import RequestParser, refusal_of

AT_ONCE = Pace()
LOOK_S = 1.0
"""After how many seconds it is looked again whether the client of an answer that rests is still there."""

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds: closing throws away what is unsent and resets the connection (POSIX, socket(7))."""


class PacedTask(WSGITask):  # type: ignore[misc]  # waitress has no types
    """One request being answered, which may ask for its answer's pace."""

    close_on_finish: bool = False

    def get_environment(self) -> dict[str, Any]:
        """Return the WSGI environ, with the way to ask for a pace."""
        environ: dict[str, Any] = super().get_environment()
        environ[KEEP] = self.keep_pace
        return environ

    def keep_pace(self, pace: Pace) -> None:
        """Send the answer that is about to be written at this pace; where it is not to be whole, close the connection behind it."""
        self.close_on_finish = self.close_on_finish or bool(pace.drop) or pace.keep is not None
        self.channel.keep_pace(pace)


class RefusalTask(PacedTask):
    """A request that the server could not read, refused by the application in the words of the path's owner."""

    def get_environment(self) -> dict[str, Any]:
        """Return the WSGI environ, with the refusal."""
        return super().get_environment() | {REFUSED: refusal_of(self.request.error)}

    def start(self) -> None:
        """Begin an answer behind which the connection is closed: where the next request begins is not known."""
        super().start()
        self.set_close_on_finish()


def task_of_error(channel: HTTPChannel, request: RequestParser) -> Task:
    """Return what answers a request that was not read, or whose task failed: then it is the server itself."""
    return ErrorTask(channel, request) if request.error.code == 500 else RefusalTask(channel, request)


class PacedChannel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """One connection. An answer with a Pace waits in its buffer, and `rest_s` tells the server's loop for how long."""

    parser_class = RequestParser
    task_class = PacedTask
    error_task_class = staticmethod(task_of_error)

    last_activity: float
    _pace: Pace = AT_ONCE
    _head: int | None = 0
    _body = 0
    _next_at = 0.0
    _until = 0.0

    def keep_pace(self, pace: Pace) -> None:
        """Send the answer that is about to be written at this pace."""
        self._pace, self._head, self._body = pace, None, 0
        self._next_at = monotonic() + pace.wait_s
        self._until = self._next_at + pace.longest_s
        if pace.drop == "reset":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.server.paced.add(self)

    def rest_s(self) -> float:
        """Return for how many seconds nothing is to be sent, 0 for none."""
        return max(0.0, self._next_at - monotonic())

    def look_after(self, now: float) -> None:
        """Keep the connection of an answer that rests open, or close it when its client has left; `now` is epoch seconds."""
        if not self.rest_s() or 0 <= now - self.last_activity < LOOK_S:
            return
        if self.is_left():
            self.handle_close()
        else:
            self.last_activity = now

    def is_left(self) -> bool:
        """Tell whether the client has closed the connection while its answer rests, during which waitress reads nothing."""
        if self.requests:
            return False
        try:
            return not self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def service(self) -> None:
        """Answer one request; an answer before it that is out has its pace to itself."""
        if self._pace is not AT_ONCE and not self.total_outbufs_len:
            self._pace = AT_ONCE
            self.server.paced.discard(self)
        super().service()

    def writable(self) -> bool:
        """Tell whether there is something to be sent now."""
        resting = self._pace is not AT_ONCE and not self.will_close and self.rest_s() > 0
        return not resting and bool(super().writable())

    def write_soon(self, data: Any) -> int:
        """Take in a piece of an answer; of one that is cut short only what is to be sent of it."""
        pace = self._pace
        if pace is AT_ONCE:
            return int(super().write_soon(data))
        if pace.drop:
            return len(data)
        if self._head is None:  # waitress writes the head first, as one piece
            self._head = len(data)
        else:
            self._body += len(data)
        over = 0 if pace.keep is None else max(0, self._body - pace.keep)
        super().write_soon(data[: max(0, len(data) - over)])
        return len(data)

    def _flush_some(self, do_close: bool = True) -> bool:
        if self._pace is not AT_ONCE and self.rest_s():
            return False
        if self._pace.chunk and monotonic() < self._until:
            return self._drip(do_close)
        return bool(super()._flush_some(do_close=do_close))

    def _drip(self, do_close: bool) -> bool:
        """Send what is left of the head, or one piece of the body."""
        while len(self.outbufs) > 1 and not len(self.outbufs[0]):
            self.outbufs.pop(0).close()
        most = self._head or self._pace.chunk
        piece = self.outbufs[0].get(most)[:most]  # a short buffer gives all that it has, whatever it is asked for
        sent: int = self.send(piece, do_close=do_close) if piece else 0
        if not sent:
            return False
        self.outbufs[0].skip(sent, True)
        self.total_outbufs_len -= sent
        self._head = max(0, (self._head or 0) - sent)
        if not self._head:
            self._next_at = monotonic() + self._pace.gap_s
        return True

    def del_channel(self, sockets: Any = None) -> None:
        """Leave the server's loop, which waits for this one no more."""
        self.server.paced.discard(self)
        super().del_channel(sockets)


def patience_s(server: Any, longest_s: float) -> float:
    """Return for how many seconds the server's loop may wait for a socket: no longer than until the next piece is due.

    What rests is not idle, whatever waitress' own limit on silent connections makes of it; a second after its client has
    left it is closed.
    """
    if not server.paced:
        return longest_s
    now = wall_ms() / 1000
    paced: tuple[PacedChannel, ...] = tuple(server.paced)
    for channel in paced:
        channel.look_after(now)
    return min([longest_s, *(rest for channel in paced if (rest := channel.rest_s()))])
