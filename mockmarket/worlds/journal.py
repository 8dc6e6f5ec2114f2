"""The request journal: requests to a world's vendors and their answers. Bounded, in memory, with secrets redacted."""

import re
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice, takewhile
from operator import attrgetter
from typing import Any, Generic, Literal, TypedDict, TypeVar
from urllib.parse import quote, unquote

from mockmarket.clock import changes_always, wall_ms
from mockmarket.config import Limits
from mockmarket.matching.redaction import Hidden, credentials, in_body, in_headers, in_query
from mockmarket.store.contents import Content, Update
from mockmarket.store.recent import Key
from mockmarket.worlds.effects import NO_CONTENTS, NO_EFFECTS, ByHand, Effects, Touched

current: ContextVar[str | None] = ContextVar("mockmarket_request", default=None)
"""The id of the request being answered; notices store it as their cause."""
T = TypeVar("T")
ALIKE_OF_A_CLIENT: Sequence[Literal["path", "target", "query", "headers", "body"]] = (
    "path", "target", "query", "headers", "body",
)  # fmt: skip
"""The parts of an exchange that a client's next request mostly repeats."""
PartName = Literal["path", "target", "query", "headers", "body", "answer_headers", "answer", "message", "unread"]
REQUEST_ID = "X-Mockmarket-Request"
STEP = "mockmarket.step"
"""The key of a request's environment that names the step of a scenario that makes it."""
OWN_ID = re.compile(r"r[0-9]{6,15}")
"""A request's id as `next_id` makes it; an imported file may contain any text instead."""


def request_id(otherwise: str) -> str:
    """Return the id of the request being answered, for use in its answer; outside of requests, `otherwise`."""
    changes_always()
    return current.get() or otherwise


RESERVED = 1_000_000
"""How many ids a kept world reserves at once: no process gives an id again, and a killed process leaves a gap of that many at most."""
READING = threading.Lock()
MARGIN = 4_096
"""Bytes kept beyond the limits until a part is read, so that a secret at the limit is found."""
MOST_CHARACTERS = 8_192
MOST_UNREAD = 200
LONGEST_NAME = 200
"""Most characters of a path, a message and a name, and most names of unread members; further ones are only counted."""
OVERHEAD, OVERHEAD_OF_TEXT = 1_200, 80
"""Bytes of an entry's objects, and of each text, beside their content."""
MOST_PENDING = 512
"""Most requests whose effects wait for their entry; far fewer are answered at the same time."""
MOST_DEEDS = 1_000
SHARE_OF_DEEDS = 8
"""What is done by hand has at most one part in so many of the journal's bytes, beside those of requests; what timers do another, and what
receivers' answers do a third."""
BYTES_OF_RANGE = 120


class Parts(TypedDict):
    """What a request and its answer said. `target` is the request's own, percent-encoded, with world and query (RFC 9112, 3.2)."""

    scheme: str
    path: str
    target: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    answer_headers: Sequence[tuple[str, str]]
    answer: bytes
    message: str | None
    unread: Sequence[str]


@dataclass(slots=True)
class Exchange:
    """A request and its answer, cut to the journal's limits, shared by the entries of repeated requests. Each part is freed of secrets when
    somebody first reads it, so that a request does not wait for that. `limit` is the most bytes of headers, of a query and of a body;
    `is_cut` is true where a body had more."""

    parts: Parts
    limit: int
    known: Callable[[], Hidden]
    size: int = 0
    is_cut: bool = False
    _own: set[str] | None = None
    _read: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Cut the parts, and count their bytes."""
        parts, headers, unread = self.parts, self.parts["headers"], self.parts["unread"]
        answered = parts["answer_headers"]
        length = sum([len(name) + len(value) for name, value in headers])
        if length > self.limit:
            parts["headers"], length = cut_headers(headers, self.limit), self.limit
        self.is_cut = len(parts["body"]) > self.limit or len(parts["answer"]) > self.limit
        parts["body"], parts["answer"] = parts["body"][: self.limit + MARGIN], parts["answer"][: self.limit + MARGIN]
        parts["path"], parts["query"] = parts["path"][: MOST_CHARACTERS + MARGIN], parts["query"][: self.limit + MARGIN]
        parts["target"] = parts["target"][: self.limit + MARGIN]
        texts = [parts["path"], parts["query"], parts["target"], *[value for _, value in answered]]
        if unread:
            parts["unread"] = [name[: LONGEST_NAME + MARGIN] for name in unread[:MOST_UNREAD]]
            texts += parts["unread"]
        if parts["message"]:
            parts["message"] = parts["message"][: MOST_CHARACTERS + MARGIN]
            texts.append(parts["message"])
        content = (
            len(parts["body"])
            + len(parts["answer"])
            + sum([len(text) if text.isascii() else 4 * len(text) for text in texts])
        )
        self.size = OVERHEAD + content + length + OVERHEAD_OF_TEXT * (len(texts) + 2 * len(headers) + len(answered))

    def share(self, earlier: "Exchange") -> None:
        """Refer to an earlier exchange's parts where they are equal, so that a client's requests keep what they have in common once. A part
        that somebody has read has lost its secrets, so that it is equal only where it had none."""
        for name in ALIKE_OF_A_CLIENT:
            part = earlier.parts[name]
            if self.parts[name] == part:
                self.parts[name] = part
        pairs = {pair: pair for pair in earlier.parts["answer_headers"]}
        self.parts["answer_headers"] = [pairs.get(pair, pair) for pair in self.parts["answer_headers"]]

    def read(self, name: PartName, redact: Callable[[Any, Hidden, int], Any]) -> Any:
        """Return a part without secrets."""
        with READING:
            if name not in self._read:
                self.parts[name] = redact(self.parts[name], self._hidden(), self.limit)
                self._read += (name,)
        return self.parts[name]

    def redact(self, text: str) -> bytes:
        """Return JSON of a record, in UTF-8, without the secrets of the request and those that are known."""
        with READING:
            hidden = self._hidden()
        return in_body(text.encode("utf-8", "replace"), hidden)

    def _hidden(self) -> Hidden:
        if self._own is None:  # before any part loses them
            self._own = credentials(self.parts["headers"], self.parts["query"])
        return Hidden(self._own, self.known())


def cut_headers(headers: Iterable[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """Return the first headers, up to a number of bytes in all."""
    cut = []
    for name, value in headers:
        cut.append((name[:most], value[: max(0, most - len(name))]))
        most -= len(name) + len(value)
        if most <= 0:
            break
    return cut


class Part(Generic[T]):
    """A part of an entry's exchange, without secrets; `redact` also cuts it, to the exchange's limit or to one of its own."""

    def __init__(self, name: PartName, redact: Callable[[T, Hidden, int], T]) -> None:
        self._name, self._redact = name, redact

    def __get__(self, entry: "Entry", owner: type) -> T:
        """Return the part of an entry."""
        part: T = entry.exchange.read(self._name, self._redact)
        return part


def redact_text(text: str, hidden: Hidden, _limit: int = 0) -> str:
    """Return a text without secrets, cut."""
    return hidden.text(text)[:MOST_CHARACTERS]


def redact_target(target: str, hidden: Hidden, limit: int) -> str:
    """Return a request's target without secrets, also those that its path has in percent-encoding."""
    path, mark, query = target.partition("?")
    plain = unquote(path)
    safe = hidden.text(path) if hidden.text(plain) == plain else quote(hidden.text(plain))
    return f"{safe}{mark}{in_query(query, hidden)}"[:limit]


def redact_answer_headers(
    headers: Iterable[tuple[str, str]], hidden: Hidden, _limit: int
) -> tuple[tuple[str, str], ...]:
    """Return an answer's headers without secrets, and without the request's id, which differs for each entry of a repeated request."""
    return tuple(pair for pair in in_headers(headers, hidden) if pair[0] != REQUEST_ID)


@dataclass(slots=True)
class Entry:
    """One request and its answer. `at` is the world's time of the answer, `wall_at` the machine's time of the request, both epoch ms;
    `refused` is the refusal's code. `fault` names the applied fault; `status` is 0 when the connection was closed without an answer.
    `unread` names the first MOST_UNREAD members that nothing read, `unread_in_all` counts them. `step` is the step of a scenario that made
    it, in words. A control route, a form, a timer and a receiver's answer that changed the world have entries of this form, under ids of
    their own."""

    id: str
    at: int
    wall_at: int
    elapsed_ms: float
    exchange: Exchange
    vendor: str | None
    method: str
    status: int
    refused: str | None = None
    unread_in_all: int = 0
    unsupported: tuple[str, ...] = ()
    key: str | None = None
    fault: str | None = None
    step: str = ""
    effects: Effects = NO_EFFECTS
    size: int = 0

    path = Part[str]("path", redact_text)
    target = Part[str]("target", redact_target)
    query = Part[str]("query", lambda query, hidden, limit: in_query(query, hidden)[:limit])
    headers = Part[Sequence[tuple[str, str]]]("headers", lambda headers, hidden, _: in_headers(headers, hidden))
    body = Part[bytes]("body", lambda body, hidden, limit: in_body(body, hidden)[:limit])
    answer_headers = Part[Sequence[tuple[str, str]]]("answer_headers", redact_answer_headers)
    answer = Part[bytes]("answer", lambda body, hidden, limit: in_body(body, hidden)[:limit])
    message = Part[str | None]("message", lambda text, hidden, _: redact_text(text, hidden) if text else text)
    unread = Part[tuple[str, ...]](
        "unread", lambda names, hidden, _: tuple(hidden.text(name)[:LONGEST_NAME] for name in names)
    )

    @property
    def kind(self) -> Literal["request", "hand", "timer", "answer"]:
        """What it is: a request, something done by hand, a timer, or a receiver's answer to a webhook."""
        return KINDS.get(self.id[:1], "request")

    @property
    def scheme(self) -> str:
        """The scheme by which the request came, http or https."""
        return self.exchange.parts["scheme"]

    def again(self, id: str, at: int, wall_at: int, elapsed_ms: float) -> "Entry":
        """Return the entry of a repeated request with the same answer."""
        return Entry(id, at, wall_at, elapsed_ms, *ALIKE(self))


KINDS: Mapping[str, Literal["hand", "timer", "answer"]] = {"h": "hand", "t": "timer", "a": "answer"}
"""By the first character of an id what an entry is that is no request."""
ALIKE = attrgetter(
    *[name for name in Entry.__slots__ if name not in ("id", "at", "wall_at", "elapsed_ms", "effects", "size")]
)
"""Returns the fields that a repeated request shares with the first, in the order of an entry's fields."""


def entry_of_deed(kind: str, path: str, vendor: str, at: int, limit: int, known: Callable[[], Hidden]) -> Entry:
    """Return the entry of a timer that fired, or of a receiver's answer; the path says which."""
    parts: Parts = {
        "scheme": "", "path": path, "target": "", "query": "", "headers": (), "body": b"",
        "answer_headers": (), "answer": b"", "message": None, "unread": (),
    }  # fmt: skip
    return Entry("", at, wall_ms(), 0.0, Exchange(parts, limit, known), vendor, kind.upper(), 200)


class Deeds:
    """The newest of what changed a world without being a request to a vendor, with what it changed, under ids such as `h000003`. Bounded
    by number and bytes."""

    def __init__(self, mark: str, most_bytes: int) -> None:
        self._mark, self._most_bytes = mark, most_bytes
        self._kept: deque[tuple[Entry, ByHand]] = deque()
        self._number = self._removed = self._size = 0
        self._lock = threading.Lock()

    def add(self, entry: Entry, done: ByHand) -> None:
        """Store an entry under a new id, dropping the oldest above the limits."""
        with self._lock:
            self._number += 1
            entry.id, entry.effects = f"{self._mark}{self._number:06d}", done.effects
            entry.size = entry.exchange.size + done.effects.size + BYTES_OF_RANGE * len(done.notices)
            self._kept.append((entry, done))
            self._size += entry.size
            while len(self._kept) > MOST_DEEDS or self._size > self._most_bytes:
                self._size -= self._kept.popleft()[0].size
                self._removed += 1

    @property
    def number(self) -> int:
        """The number of the newest id."""
        return self._number

    def all(self) -> list[tuple[Entry, ByHand]]:
        """Return what is kept, oldest first."""
        with self._lock:
            return [*self._kept]

    def after(self, place: int) -> tuple[int, list[tuple[Entry, ByHand]]]:
        """Return the place of the oldest, counted from the first that ever was, and those from a place on, oldest first."""
        with self._lock:
            return self._removed, _newest(self._kept, self._removed + len(self._kept) - place)

    def clear(self) -> None:
        """Delete all; the numbering continues."""
        with self._lock:
            self._removed += len(self._kept)
            self._kept.clear()
            self._size = 0


@dataclass(slots=True)
class Journal:
    """The newest requests of a world; above the limits of count and size the oldest are dropped and counted; `failed` are those without
    success. Beside them is what was done by hand, what timers did, and what receivers' answers did."""

    limits: Limits
    added: Callable[["Entry"], object] = lambda entry: None
    reserve: Callable[[int], bool] | None = None
    known: Callable[[], Hidden] = Hidden
    entries: deque[Entry] = field(default_factory=deque)
    failed: deque[Entry] = field(default_factory=deque)
    hands: Deeds = field(init=False)
    timers: Deeds = field(init=False)
    answers: Deeds = field(init=False)
    dropped: int = 0
    _removed: int = 0
    _size: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _number: int = 0
    _reserved: int = 0
    _effects: OrderedDict[str, Effects] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        """Bound what is no request by the same limits."""
        self.hands, self.timers, self.answers = [
            Deeds(mark, self.limits.journal_bytes // SHARE_OF_DEEDS) for mark in KINDS
        ]

    @property
    def deeds(self) -> tuple[Deeds, ...]:
        """What is no request, in the order of `KINDS`."""
        return self.hands, self.timers, self.answers

    def next_id(self) -> str:
        """Return a new request id, such as `r000017`."""
        with self._lock:
            self._number += 1
            number = self._number
        if self.reserve and number > self._reserved:
            self._reserve(number)
        return f"r{number:06d}"

    def _reserve(self, number: int) -> None:
        """Store a bound of the ids to come, long before the last bound is exceeded; on a full disk, try again a thousand ids later."""
        self._reserved = number + RESERVED // 2
        if self.reserve and not self.reserve(number + RESERVED):
            self._reserved = number + 1000

    @property
    def last_number(self) -> int:
        """The number of the latest id."""
        return self._number

    def go_on(self, ids: Iterable[str], reserved: int) -> None:
        """Continue numbering above these ids, which notices name as causes, and above a stored bound: those of an earlier process, or of
        another world. Reserves the ids of this process."""
        numbers = (int(id[1:]) for id in ids if OWN_ID.fullmatch(id))
        with self._lock:
            self._number = max((self._number, reserved, *numbers))
        if self.reserve:
            self._reserve(self._number)

    def caused(
        self,
        id: str,
        touched: Touched,
        moved: Sequence[Mapping[str, Any]],
        contents: Mapping[Key, Content | Update] = NO_CONTENTS,
    ) -> None:
        """Store the effects of one transaction of a request that is being answered, until its entry is added."""
        with self._lock:
            self._effects[id] = self._effects.get(id, NO_EFFECTS).and_then(touched, moved, contents)
            while len(self._effects) > MOST_PENDING:
                self._effects.popitem(last=False)

    def add(self, entry: Entry) -> None:
        """Store an entry with its request's effects, dropping the oldest entries above the limits."""
        with self._lock:
            entry.size = entry.exchange.size
            if self.entries and entry.exchange is not self.entries[-1].exchange:
                entry.exchange.share(self.entries[-1].exchange)
            if effects := self._effects.pop(entry.id, None):
                entry.effects = effects
                entry.size += effects.size
            self.entries.append(entry)
            if not 0 < entry.status < 400:
                self.failed.append(entry)
            self._size += entry.size
            while len(self.entries) > self.limits.journal_entries or self._size > self.limits.journal_bytes:
                oldest = self.entries.popleft()
                if self.failed and self.failed[0] is oldest:
                    self.failed.popleft()
                self._size -= oldest.size
                self._removed += 1
                self.dropped += 1
        self.added(entry)

    def added_after(self, place: int) -> tuple[int, list[Entry]]:
        """Return the place of the oldest entry, counted from the first that ever was, and the entries from a place on, oldest first."""
        with self._lock:
            return self._removed, _newest(self.entries, self._removed + len(self.entries) - place)

    def clear(self) -> None:
        """Delete every entry; the numbering continues."""
        with self._lock:
            self._removed += len(self.entries)
            self.entries.clear()
            self.failed.clear()
            self._effects.clear()
            self._size = self.dropped = 0
        for deeds in self.deeds:
            deeds.clear()

    def failed_since(self, moment: int) -> int:
        """Count the refused and failed requests that began after a moment of the machine's clock (epoch ms); reads what has ended since."""
        with self._lock:
            ended = takewhile(lambda entry: entry.wall_at + entry.elapsed_ms > moment, reversed(self.failed))
            return sum(entry.wall_at > moment for entry in ended) if moment else len(self.failed)

    def find(self, where: Mapping[str, Any]) -> list[Entry]:
        """Return the entries, oldest first, whose fields equal every given value."""
        with self._lock:
            entries = list(self.entries)
        return [entry for entry in entries if all(getattr(entry, name) == value for name, value in where.items())]


def _newest(kept: deque[T], count: int) -> list[T]:
    """Return the last elements of a queue, in order."""
    return [*islice(reversed(kept), max(0, count))][::-1]
