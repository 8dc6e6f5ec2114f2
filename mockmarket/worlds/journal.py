"""The request journal: requests to a world's vendors and their answers. Bounded, in memory, with secrets redacted."""

import re
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any

from mockmarket.clock import changes_always
from mockmarket.config import Limits

current: ContextVar[str | None] = ContextVar("mockmarket_request", default=None)
"""The id of the request being answered; notices store it as their cause."""
SECRET_HEADER = re.compile(r"key|token|auth|secret|cookie|password|signature", re.IGNORECASE)
SECRET_MEMBER = re.compile(
    rb'("(?:[a-z_-]*secret|[a-z_-]*password|[a-z_-]*token|api_?key|key)"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE
)
SECRET_PARAMETER = re.compile(r"key|token|secret|password|signature", re.IGNORECASE)
SECRET_FIELD = re.compile(SECRET_PARAMETER.pattern.encode(), re.IGNORECASE)
PART_NAME = re.compile(rb'\bname="([^"]*)"')
SECRET_PARTS = (b'secret"', b'password"', b'token"', b'key"')
"""Every name that SECRET_MEMBER matches ends in one of these, in lower case; a search for them is many times faster."""
REDACTED = b'\\1"(redacted)"'
OWN_ID = re.compile(r"r[0-9]{6,15}")
"""A request's id as `next_id` makes it; an imported file may contain any text instead."""


def request_id(otherwise: str) -> str:
    """Return the id of the request being answered, for use in its answer; outside of requests, `otherwise`."""
    changes_always()
    return current.get() or otherwise


RESERVED = 1_000_000
"""How many ids a kept world reserves at once: no process gives an id again, and a killed one leaves a gap of that many at most."""
MOST_CHANGES = 200
"""Most changed records, and most changes of stock, stored for one request; further ones are only counted."""
Touched = Mapping[tuple[str, str, str], str]  # changed records: `stored` or `deleted`, by (vendor, kind, id)


@dataclass(frozen=True, slots=True)
class Effects:
    """The changes that one request made to records and stock, up to MOST_CHANGES of each, and the total counts."""

    records: tuple[tuple[str, str, str, str], ...] = ()
    stock: tuple[Mapping[str, Any], ...] = ()
    records_in_all: int = 0
    stock_in_all: int = 0

    def and_then(self, touched: Touched, moved: Sequence[Mapping[str, Any]]) -> "Effects":
        """Return these effects with those of a further transaction; a record changed twice is listed once, with its latest state."""
        known = {record[:3]: record[3] for record in self.records}
        fresh = len(touched.keys() - known.keys())
        merged = tuple((*record, change) for record, change in {**known, **touched}.items())[:MOST_CHANGES]
        counts = self.records_in_all + fresh, self.stock_in_all + len(moved)
        return Effects(merged, (*self.stock, *moved)[:MOST_CHANGES], *counts)


NO_EFFECTS = Effects()


@dataclass(slots=True)
class Entry:
    """One request and its answer. `at` is the world's time of the answer, `wall_at` the machine's time of the request, both epoch ms;
    `refused` is the refusal's code. `fault` names the applied fault; `status` is 0 when the connection was closed without an answer."""

    id: str
    at: int
    wall_at: int
    elapsed_ms: float
    vendor: str | None
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int
    answer: bytes
    refused: str | None = None
    message: str | None = None
    unread: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    key: str | None = None
    fault: str | None = None
    effects: Effects = NO_EFFECTS

    def again(self, id: str, at: int, wall_at: int, elapsed_ms: float) -> "Entry":
        """Return the entry of a repeated request with the same answer."""
        return Entry(id, at, wall_at, elapsed_ms, *ALIKE(self))

    @property
    def size(self) -> int:
        """The approximate size in bytes."""
        count = len(self.effects.records) + len(self.effects.stock)
        return 500 + len(self.body) + len(self.answer) + len(self.path) + len(self.query) + 300 * count


ALIKE = attrgetter(*[name for name in Entry.__slots__ if name not in ("id", "at", "wall_at", "elapsed_ms", "effects")])
"""Returns the fields that a repeated request shares with the first, in the order of an entry's fields."""


@dataclass(slots=True)
class Journal:
    """The newest requests of a world; above the limits of count and size the oldest are dropped and counted."""

    limits: Limits
    added: Callable[[], None] = lambda: None
    reserve: Callable[[int], bool] | None = None
    entries: deque[Entry] = field(default_factory=deque)
    dropped: int = 0
    _size: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _number: int = 0
    _reserved: int = 0
    _effects: OrderedDict[str, Effects] = field(default_factory=OrderedDict)

    def next_id(self) -> str:
        """Return a new request id, such as `r000017`."""
        with self._lock:
            self._number += 1
            number = self._number
        if self.reserve and number > self._reserved:
            self._reserve(number)
        return f"r{number:06d}"

    def _reserve(self, number: int) -> None:
        """Store a bound of the ids to come, long before the last one is exceeded; on a full disk, try again a thousand ids later."""
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

    def caused(self, id: str, touched: Touched, moved: Sequence[Mapping[str, Any]]) -> None:
        """Store the effects of one transaction of a request that is being answered, until its entry is added."""
        with self._lock:
            self._effects[id] = self._effects.get(id, NO_EFFECTS).and_then(touched, moved)
            while len(self._effects) > self.limits.journal_entries:
                self._effects.popitem(last=False)

    def add(self, entry: Entry) -> None:
        """Store an entry with its request's effects, dropping the oldest entries above the limits."""
        with self._lock:
            effects = self._effects.pop(entry.id, None)
            entry = entry if effects is None else replace(entry, effects=effects)
            self.entries.append(entry)
            self._size += entry.size
            while len(self.entries) > self.limits.journal_entries or self._size > self.limits.journal_bytes:
                self._size -= self.entries.popleft().size
                self.dropped += 1
        self.added()

    def clear(self) -> None:
        """Delete every entry; the numbering continues."""
        with self._lock:
            self.entries.clear()
            self._effects.clear()
            self._size = self.dropped = 0

    def find(self, where: Mapping[str, Any]) -> list[Entry]:
        """Return the entries, oldest first, whose fields equal every given value."""
        with self._lock:
            entries = list(self.entries)
        return [entry for entry in entries if all(getattr(entry, name) == value for name, value in where.items())]


def redact_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return headers with the values of those that may carry a credential redacted."""
    return tuple((name, "(redacted)" if _is_secret(name) else value) for name, value in headers)


@lru_cache(maxsize=1024)
def _is_secret(header: str) -> bool:
    return SECRET_HEADER.search(header) is not None


def redact_query(query: str) -> str:
    """Return a query with the values of parameters whose name suggests a secret redacted."""
    if not SECRET_PARAMETER.search(query):
        return query
    return _redact_fields(query.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def redact_body(body: bytes, most: int) -> bytes:
    """Return a body cut to `most` bytes, with the values of JSON members or form fields whose name suggests a secret redacted."""
    start = body[:64].lstrip()[:2]
    if start == b"--":
        return _redact_parts(body)[:most]
    if start[:1] not in (b"{", b"[", b'"', b"<", b"%", b""):
        return _redact_fields(body)[:most]
    lowered = body.lower()
    suspect = any(part in lowered for part in SECRET_PARTS)
    return (SECRET_MEMBER.sub(REDACTED, body) if suspect else body)[:most]


def _redact_fields(form: bytes) -> bytes:
    pairs = (part.partition(b"=") for part in form.split(b"&"))
    return b"&".join(
        name + sign + (b"(redacted)" if sign and SECRET_FIELD.search(name) else value) for name, sign, value in pairs
    )


def _redact_parts(body: bytes) -> bytes:
    boundary = body.split(b"\r\n", 1)[0]
    parts = body.split(b"\r\n" + boundary)
    for index, part in enumerate(parts):
        head, ends, _ = part.partition(b"\r\n\r\n")
        named = PART_NAME.search(head)
        if ends and named and SECRET_FIELD.search(named[1]):
            parts[index] = head + ends + b"(redacted)"
    return (b"\r\n" + boundary).join(parts)
