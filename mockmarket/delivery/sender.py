"""POSTs to receivers that may be slow or hostile, many at a time. libcurl does what never waits, and whichever thread has a reason drives
it: the thread that submits a POST, the event loop that watches the sockets, or the sender's own thread.

A POST consists of Host, the given headers, Content-Length and the body. No redirect is followed, no content decoded, no POST retried, with
one exception: a kept connection that the receiver had closed is replaced by a new one; that is still one POST."""

from __future__ import annotations

import logging
import os
import selectors
import socket
import tempfile
import threading
import weakref
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from contextvars import Context
from functools import partial
from itertools import islice
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pycurl

from mockmarket.clock import monotonic
from mockmarket.delivery.exchange import Done, Exchange, Post, failure, fault
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.targets import Policy

if TYPE_CHECKING:
    import asyncio

log = logging.getLogger(__name__)

_WATCHED = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}

RELIEF_S = 0.02
"""Seconds after which the sender's thread looks at sockets that a loop watches: the loop may be busy, or have ended."""
LOOP_WAITS_S = 0.001
"""Seconds for which a loop waits while another thread works, as it would be called for the same sockets again and again."""
Entry = tuple[Post, Done]
BEGUN_AT_ONCE = 4  # most POSTs that are started before running ones have their turn
READ_AT_ONCE = 16  # most exchanges that go on before the driving thread has other work
KEPT_S = 5.0  # without a POST, after which the receivers' connections are closed
RESERVE = 1  # reserve places, as a multiple of the shared ones, for destinations without a running POST


Waiting = dict[object, deque[Entry]]
"""POSTs that wait, by destination; destinations in the order of their turns."""


class Turns:
    """Waiting and running POSTs by destination. Not thread-safe. `places` are shared; a destination without a running
    POST need not wait for one: it gets a reserve place, of which there are as many as shared ones. Destinations take
    turns, those that are last after the others, and each destination's POSTs start in order."""

    def __init__(self, places: int) -> None:
        self._under_way: Counter[object] = Counter()
        self._total = 0
        self._idle: tuple[Waiting, Waiting] = {}, {}  # the second of each pair: destinations that are last
        self._busy: tuple[Waiting, Waiting] = {}, {}
        self._order = [(*pair, places * (1 + RESERVE)) for pair in zip(self._idle, self._busy, strict=True)]
        self._order += [(busy, busy, places) for busy in self._busy]

    def add(self, post: Post, done: Done) -> None:
        """Queue a POST behind those to its destination."""
        first, last = self._busy if self._under_way[post.destination] else self._idle
        is_last = post.destination in last or (post.is_last and post.destination not in first)
        (last if is_last else first).setdefault(post.destination, deque()).append((post, done))

    @property
    def any_waits(self) -> bool:
        """Whether a POST waits, for a place or to be started."""
        return any(queues for queues, _, _ in self._order)

    def next(self) -> Entry | None:
        """Return the next POST to start and count it as running until `over`; None when none may start."""
        for queues, busy, places in self._order:
            if queues and self._total < places:
                destination = next(iter(queues))
                waiting = queues.pop(destination)
                entry = waiting.popleft()
                self._under_way[destination] += 1
                self._total += 1
                if waiting:
                    busy[destination] = waiting
                return entry
        return None

    def over(self, post: Post) -> None:
        """Count a POST as finished."""
        self._total -= 1
        self._under_way[post.destination] -= 1
        if not self._under_way[post.destination]:
            del self._under_way[post.destination]
            for idle, busy in zip(self._idle, self._busy, strict=True):
                if post.destination in busy:
                    idle[post.destination] = busy.pop(post.destination)

    def withdraw(self, unwanted: Callable[[Post], bool]) -> Iterator[Entry]:
        """Remove and yield the waiting POSTs that are no longer wanted."""
        for queues in (*self._idle, *self._busy):
            for destination, waiting in list(queues.items()):
                yield from (entry for entry in waiting if unwanted(entry[0]))
                queues[destination] = deque(entry for entry in waiting if not unwanted(entry[0]))
                if not queues[destination]:
                    del queues[destination]


class Sender:
    """Sends POSTs, at most `limit` at once, plus one for each destination without a running POST, up to twice as many;
    the others wait, destination by destination, and a deadline counts from the start of the exchange. It trusts
    certifi's certificates and those in `ca_file` (PEM). The thread starts with the first POST; `close` ends it. With a `loop`,
    answers are read by the loop: a thread would compete with it for the interpreter."""

    def __init__(
        self,
        policy: Policy,
        ca_file: str | None = None,
        limit: int = 256,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._policy, self._limit = policy, limit
        self._turns = Turns(limit)
        self._trusted = _trusted(ca_file)
        self._forget_trusted = weakref.finalize(self, _remove, self._trusted if ca_file else None)
        self._loop = loop
        self._lock = threading.Lock()
        self._driving = threading.Lock()
        self._looks_at = inf
        self._reporting = threading.local()
        self._active: dict[pycurl.Curl, Exchange] = {}
        self._idle: list[Exchange] = []
        self._thread: threading.Thread | None = None
        self._closed = self._abandoned = self._woken = self._cancelling = False
        self._answered = threading.Event()

    @property
    def in_flight(self) -> int:
        """The number of running exchanges."""
        return len(self._active)

    def submit(self, post: Post, done: Done) -> None:
        """Queue `post` and call `done` once with the answer, on the thread that drives libcurl then: it should be short, as it delays all
        exchanges; exceptions that it raises are logged. After `close` the answer is the error "stopped"."""
        self._submit([(post, done)])

    def _submit(self, entries: Sequence[Entry]) -> None:
        with self._lock:
            is_closed = self._closed
            if not is_closed:
                self._start()
                for entry in entries:
                    self._turns.add(*entry)
        if is_closed:
            for _, done in entries:
                self._report(done, failure("stopped"))
        elif not self._drive():
            with self._lock:
                self._wake()

    def send_all(self, posts: Sequence[Post], came: Callable[[int], None] = lambda index: None) -> list[Answer]:
        """Send all and wait; answers are in the order of `posts`. `came` gets the index of each finished POST, as `done` of `submit`
        would."""
        self._check_may_wait()
        answers: dict[int, Answer] = {}
        all_arrived = threading.Event()

        def keep(index: int, answer: Answer) -> None:
            answers[index] = answer
            came(index)
            if len(answers) == len(posts):
                all_arrived.set()

        self._submit([(post, partial(keep, index)) for index, post in enumerate(posts)])
        if posts:
            all_arrived.wait()
        return [answers[index] for index in range(len(posts))]

    def cancel(self, token: threading.Event) -> None:
        """Cancel every running and waiting exchange of a token: each is answered with the error "stopped"."""
        with self._lock:
            token.set()
            self._cancelling = True
            self._wake()

    def close(self, grace_s: float) -> None:
        """Accept no more POSTs, wait up to `grace_s` seconds for accepted ones, then answer the rest with the error "stopped"."""
        self._check_may_wait()
        with self._lock:
            self._closed = True
            self._wake()
        if self._thread is not None:
            if not self._answered.wait(grace_s):
                self._abandoned = True
                with self._lock:
                    self._wake()
                self._answered.wait()
            self._thread.join(1.0)  # no longer: libcurl may be in a name lookup, which cannot be cancelled
        self._forget_trusted()

    def _check_may_wait(self) -> None:
        if getattr(self._reporting, "now", False):
            raise RuntimeError("What is called with an answer cannot wait for the sender; use submit() there.")

    def _start(self) -> None:
        if self._thread is not None:
            return
        self._alarm, self._bell = socket.socketpair()
        self._alarm.setblocking(False)
        self._bell.setblocking(False)
        self._alarms = selectors.DefaultSelector()
        self._alarms.register(self._alarm, selectors.EVENT_READ)
        self._sockets = selectors.DefaultSelector()  # can be watched as a file itself
        if self._loop is None:
            self._alarms.register(self._sockets, selectors.EVENT_READ)
        else:
            with suppress(RuntimeError):  # the loop has ended
                watch = partial(self._loop.add_reader, self._sockets, self._drive, LOOP_WAITS_S)
                self._loop.call_soon_threadsafe(watch, context=Context())  # not that of a request
        self._multi = self._new_multi()
        self._thread = threading.Thread(target=self._run, name="mockmarket-sender", daemon=True)
        self._thread.start()

    def _new_multi(self) -> pycurl.CurlMulti:
        self._used_at, self._keeps = monotonic(), False
        multi = pycurl.CurlMulti()
        multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        multi.setopt(pycurl.M_MAXCONNECTS, self._limit)
        return multi

    def _wake(self) -> None:
        if self._thread is not None and not self._woken:
            self._woken = True
            with suppress(OSError):  # the thread has ended
                self._bell.send(b"!")

    def _run(self) -> None:
        try:
            while self._step():
                pass
        except Exception:
            log.exception("The sender's loop broke; nothing more is sent.")
        finally:
            self._end()

    def _step(self) -> bool:
        """Work, then wait until a socket is ready, a timer is due or `_wake` is called; False when all is finished."""
        unused = None
        with self._driving:
            wait_s = self._work()
            if self._abandoned or (self._closed and not self._active and not self._turns.any_waits):
                return False
            if self._keeps and not self._active:
                kept_s = self._used_at + KEPT_S - monotonic()
                wait_s = min(wait_s, max(0.0, kept_s))
                if kept_s <= 0:
                    unused, self._multi = self._multi, self._new_multi()
            if self._loop is not None and self._keeps:
                wait_s = min(wait_s, RELIEF_S)
            self._looks_at = monotonic() + wait_s
        if unused is not None:
            unused.close()  # and with it the kept connections; it waits for name lookups that nobody awaits
        for key, _ in self._alarms.select(None if wait_s == inf else wait_s):
            if key.fileobj is self._alarm:
                self._alarm.recv(64)
                self._woken = False
        return True

    def _drive(self, most_s: float = 0.0) -> bool:
        """Work for a moment, unless another thread works for longer than `most_s`: then, and after an error, return False. The sender's
        thread is woken for what it would be late for."""
        if not self._driving.acquire(timeout=most_s):
            return False
        try:
            is_late = not self._answered.is_set() and monotonic() + self._work() < self._looks_at
        except Exception:
            log.exception("What the sender's thread goes on with has failed.")
            return False
        finally:
            self._driving.release()
        if is_late:
            with self._lock:
                self._wake()
        return True

    def _work(self) -> float:
        """Start some waiting POSTs and let libcurl do what never waits; returns the seconds until it has more to do, `inf` for none."""
        if self._cancelling:
            self._cancelling = False  # before the tokens are read: a later cancel causes another pass
            self._give_up(lambda post: post.token.is_set())
        for key, events in self._sockets.select(0)[:READ_AT_ONCE]:
            self._multi.socket_action(key.fd, _ready(events))
        self._collect()
        entries = [*islice(iter(self._next, None), BEGUN_AT_ONCE)]
        for entry in entries:
            self._begin(*entry)
        left_ms: int = self._multi.timeout()  # until libcurl's next timer, which keeps deadlines; below 0: none
        if left_ms == 0:
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
            left_ms = self._multi.timeout()
        if self._collect() or len(entries) == BEGUN_AT_ONCE:  # there may be a place for another, or another for a place
            return 0.0
        return left_ms / 1000 if left_ms >= 0 else inf

    def _next(self) -> Entry | None:
        with self._lock:
            return self._turns.next()

    def _over(self, post: Post, done: Done, answer: Answer) -> None:
        with self._lock:
            self._turns.over(post)
        self._report(done, answer)

    def _report(self, done: Done, answer: Answer) -> None:
        self._reporting.now = True
        try:
            done(answer)
        except Exception:
            log.exception("What was to happen with an answer failed.")
        finally:
            self._reporting.now = False

    def _give_up(self, unwanted: Callable[[Post], bool]) -> None:
        with self._lock:
            waiting = list(self._turns.withdraw(unwanted))
        for _, done in waiting:
            self._report(done, failure("stopped"))
        for exchange in [active for active in self._active.values() if unwanted(active.post)]:
            self._stop(exchange)

    def _stop(self, exchange: Exchange) -> None:
        self._multi.remove_handle(exchange.curl)
        del self._active[exchange.curl]
        self._end_exchange(exchange, failure("stopped", elapsed_ms=exchange.elapsed_ms()))

    def _end_exchange(self, exchange: Exchange, answer: Answer) -> None:
        post, done = exchange.post, exchange.done
        exchange.forget()
        if post.client_cert:
            exchange.curl.close()
        else:
            self._idle.append(exchange)
        self._over(post, done, answer)

    def _watch(self, event: int, fd: int, _multi: object, _data: object) -> None:
        if event not in _WATCHED:
            with suppress(KeyError):
                self._sockets.unregister(fd)
            return
        try:
            self._sockets.modify(fd, _WATCHED[event])
        except KeyError:
            self._sockets.register(fd, _WATCHED[event])

    def _begin(self, post: Post, done: Done) -> None:
        if wrong := failure("stopped") if post.token.is_set() else fault(post):
            return self._over(post, done, wrong)
        exchange = self._idle.pop() if self._idle and not post.client_cert else Exchange(self._policy, self._trusted)
        try:
            exchange.begin(post, done)
            self._multi.add_handle(exchange.curl)
        except (pycurl.error, TypeError, ValueError, OverflowError) as error:
            exchange.curl.close()
            return self._over(post, done, failure("failed", str(error)))
        self._active[exchange.curl] = exchange
        self._used_at, self._keeps = monotonic(), True

    def _collect(self) -> bool:
        """End the exchanges that are over; returns whether there was one."""
        left, any_ended = 1, False
        while left:
            left, complete, failed = self._multi.info_read()
            for curl, code, message in [(curl, 0, "") for curl in complete] + failed:
                self._multi.remove_handle(curl)
                if self._active[curl].renew():
                    self._multi.add_handle(curl)
                else:
                    exchange = self._active.pop(curl)
                    self._end_exchange(exchange, exchange.answer(code, message))
                    any_ended = True
        return any_ended

    def _end(self) -> None:
        with self._lock:
            self._closed = True
        with self._driving:
            self._give_up(lambda post: True)
            self._answered.set()
            for exchange in self._idle:
                exchange.curl.close()
            self._multi.close()
        for alarm in (self._alarms, self._alarm, self._bell):
            alarm.close()
        if self._loop is None:
            self._sockets.close()
        else:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._leave_loop, self._loop)

    def _leave_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self._sockets)
        self._sockets.close()


def _ready(events: int) -> int:
    read = pycurl.CSELECT_IN if events & selectors.EVENT_READ else 0
    return int(read | (pycurl.CSELECT_OUT if events & selectors.EVENT_WRITE else 0))


def _trusted(ca_file: str | None) -> str:
    """Return a file of trusted authorities: certifi's own, or a new temporary one with those of `ca_file` added."""
    if ca_file is None:
        return certifi.where()
    added = Path(ca_file).read_bytes()
    if b"-----BEGIN CERTIFICATE-----" not in added:
        raise ValueError(f"{ca_file} holds no certificate in PEM form.")
    handle, path = tempfile.mkstemp(prefix="mockmarket-ca-", suffix=".pem")
    with os.fdopen(handle, "wb") as file:
        file.write(Path(certifi.where()).read_bytes() + b"\n" + added)
    return path


def _remove(path: str | None) -> None:
    if path is not None:
        Path(path).unlink(missing_ok=True)
