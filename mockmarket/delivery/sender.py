"""POSTs to receivers that may be slow or hostile, many at a time, on one thread that drives libcurl.

A POST consists of Host, the given headers, Content-Length and the body. No redirect is followed, no content decoded, no POST retried, with
one exception: a kept connection that the receiver had closed is replaced by a new one; that is still one POST."""

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
from functools import partial
from itertools import islice
from pathlib import Path

import certifi
import pycurl

from mockmarket.delivery.exchange import Done, Exchange, Post, failure, fault
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.targets import Policy

log = logging.getLogger(__name__)

_WATCHED = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}

Entry = tuple[Post, Done]
BEGUN_AT_ONCE = 4  # most POSTs that are started before running ones have their turn
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
    certifi's certificates and those in `ca_file` (PEM). The thread starts with the first POST; `close` ends it."""

    def __init__(self, policy: Policy, ca_file: str | None = None, limit: int = 256) -> None:
        self._policy, self._limit = policy, limit
        self._turns = Turns(limit)
        self._trusted = _trusted(ca_file)
        self._forget_trusted = weakref.finalize(self, _remove, self._trusted if ca_file else None)
        self._lock = threading.Lock()
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
        """Queue `post` and call `done` once with the answer, on the sender's thread. `done` should be short, as it delays all exchanges;
        exceptions that it raises are logged. After `close`, it is called at once, on the caller's thread, with the error "stopped"."""
        with self._lock:
            if not self._closed:
                self._start()
                self._turns.add(post, done)
                self._wake()
                return
        _report(done, failure("stopped"))

    def send_all(self, posts: Sequence[Post], came: Callable[[int], None] = lambda index: None) -> list[Answer]:
        """Send all and wait; answers are in the order of `posts`. `came` gets the index of each finished POST, on the sender's thread."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("The sender's own thread cannot wait for it; use submit() there.")
        answers: dict[int, Answer] = {}
        arrived = threading.Semaphore(0)

        def keep(index: int, answer: Answer) -> None:
            answers[index] = answer
            came(index)
            arrived.release()

        for index, post in enumerate(posts):
            self.submit(post, partial(keep, index))
        for _ in posts:
            arrived.acquire()
        return [answers[index] for index in range(len(posts))]

    def cancel(self, token: threading.Event) -> None:
        """Cancel every running and waiting exchange of a token: each is answered with the error "stopped"."""
        with self._lock:
            token.set()
            self._cancelling = True
            self._wake()

    def close(self, grace_s: float) -> None:
        """Accept no more POSTs, wait up to `grace_s` seconds for accepted ones, then answer the rest with the error "stopped"."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("The sender's own thread cannot wait for its end; close it from another.")
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

    def _start(self) -> None:
        if self._thread is not None:
            return
        self._alarm, self._bell = socket.socketpair()
        self._alarm.setblocking(False)
        self._bell.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._alarm, selectors.EVENT_READ)
        self._multi = self._new_multi()
        self._thread = threading.Thread(target=self._run, name="mockmarket-sender", daemon=True)
        self._thread.start()

    def _new_multi(self) -> pycurl.CurlMulti:
        self._keeps = False
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
        """Start some waiting POSTs, wait for a socket or a timer, let libcurl work; False when all is finished."""
        if self._cancelling:
            self._cancelling = False  # before the tokens are read: a later cancel causes another pass
            self._give_up(lambda post: post.token.is_set())
        entries = [*islice(iter(self._next, None), BEGUN_AT_ONCE)]
        for entry in entries:
            self._begin(*entry)
        if self._abandoned or (self._closed and not self._active):
            return False
        left: int = self._multi.timeout()  # ms until libcurl's next timer, which keeps deadlines; below 0: none
        if len(entries) == BEGUN_AT_ONCE:  # more may wait
            left = 0
        is_kept = self._keeps and not self._active
        ready = self._selector.select(left / 1000 if left >= 0 else KEPT_S if is_kept else None)
        if is_kept and left < 0 and not ready:
            self._multi.close()  # and with it the kept connections
            self._multi = self._new_multi()
        for key, events in ready:
            if key.fileobj is self._alarm:
                self._alarm.recv(64)
                self._woken = False
            else:
                self._multi.socket_action(key.fd, _ready(events))
        if self._multi.timeout() == 0:
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._collect()
        return True

    def _next(self) -> Entry | None:
        with self._lock:
            return self._turns.next()

    def _over(self, post: Post, done: Done, answer: Answer) -> None:
        with self._lock:
            self._turns.over(post)
        _report(done, answer)

    def _give_up(self, unwanted: Callable[[Post], bool]) -> None:
        with self._lock:
            waiting = list(self._turns.withdraw(unwanted))
        for _, done in waiting:
            _report(done, failure("stopped"))
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
                self._selector.unregister(fd)
            return
        try:
            self._selector.modify(fd, _WATCHED[event])
        except KeyError:
            self._selector.register(fd, _WATCHED[event])

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
        self._keeps = True

    def _collect(self) -> None:
        left = 1
        while left:
            left, complete, failed = self._multi.info_read()
            for curl, code, message in [(curl, 0, "") for curl in complete] + failed:
                self._multi.remove_handle(curl)
                if self._active[curl].renew():
                    self._multi.add_handle(curl)
                else:
                    exchange = self._active.pop(curl)
                    self._end_exchange(exchange, exchange.answer(code, message))

    def _end(self) -> None:
        with self._lock:
            self._closed = True
        self._give_up(lambda post: True)
        self._answered.set()
        for exchange in self._idle:
            exchange.curl.close()
        self._multi.close()
        self._selector.close()
        self._alarm.close()
        self._bell.close()


def _report(done: Done, answer: Answer) -> None:
    try:
        done(answer)
    except Exception:
        log.exception("What was to happen with an answer failed.")


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
