"""The request journal: what integrators sent to a world's vendors and what they were answered. Bounded, in memory, redacted."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from mockmarket.config import Limits

current: ContextVar[str | None] = ContextVar("mockmarket_request", default=None)
"""The id of the request being answered, which notices keep as their cause."""

SECRET_HEADER = re.compile(r"key|token|auth|secret|cookie|password|signature", re.IGNORECASE)
SECRET_MEMBER = re.compile(
    rb'("(?:[a-z_-]*secret|[a-z_-]*password|[a-z_-]*token|api_?key|key)"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE
)
SECRET_PARAMETER = re.compile(r"key|token|secret|password|signature", re.IGNORECASE)
SECRET_PARTS = (b'secret"', b'password"', b'token"', b'key"')
"""Every name that SECRET_MEMBER finds ends in one of these, in lower case; looking for them is many times quicker."""
REDACTED = b'\\1"(redacted)"'


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and its answer. `at` is the world's time and `wall_at` the machine's, epoch ms; `refused` is the refusal's word."""

    id: str
    vendor: str | None
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int
    answer: bytes
    at: int
    wall_at: int
    elapsed_ms: float
    refused: str | None = None
    message: str | None = None
    unread: tuple[str, ...] = ()
    key: str | None = None

    @property
    def size(self) -> int:
        """Roughly how many bytes it takes."""
        return 500 + len(self.body) + len(self.answer) + len(self.path) + len(self.query)


@dataclass(slots=True)
class Journal:
    """The newest requests of a world; the oldest go when there are too many or they are too large, and are counted."""

    limits: Limits
    entries: deque[Entry] = field(default_factory=deque)
    dropped: int = 0
    _size: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Any = field(default_factory=lambda: count(1))

    def next_id(self) -> str:
        """Return a new request id, such as `r000017`."""
        return f"r{next(self._numbers):06d}"

    def add(self, entry: Entry) -> None:
        """Keep an entry, dropping the oldest that no longer fit."""
        with self._lock:
            self.entries.append(entry)
            self._size += entry.size
            while len(self.entries) > self.limits.journal_entries or self._size > self.limits.journal_bytes:
                self._size -= self.entries.popleft().size
                self.dropped += 1

    def clear(self) -> None:
        """Forget every entry; the numbering goes on."""
        with self._lock:
            self.entries.clear()
            self._size = 0
            self.dropped = 0

    def find(self, where: Mapping[str, Any]) -> list[Entry]:
        """Return the entries, oldest first, whose fields equal every given value."""
        with self._lock:
            entries = list(self.entries)
        return [entry for entry in entries if all(getattr(entry, name) == value for name, value in where.items())]


def redact_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return headers with the values of those that may carry a credential taken out."""
    return tuple((name, "(redacted)" if SECRET_HEADER.search(name) else value) for name, value in headers)


def redact_query(query: str) -> str:
    """Return a query with the values of parameters that name a secret taken out: credentials put there by mistake."""
    return "&".join(redact_parameter(part) for part in query.split("&"))


def redact_parameter(part: str) -> str:
    """Return one `name=value` of a query, its value taken out when the name is a secret's."""
    name, is_given, _ = part.partition("=")
    return f"{name}=(redacted)" if is_given and SECRET_PARAMETER.search(name) else part


def redact_body(body: bytes, most: int) -> bytes:
    """Return a body cut to `most` bytes, with the values of JSON members that name a secret taken out."""
    lowered = body.lower()
    suspect = any(part in lowered for part in SECRET_PARTS)
    return (SECRET_MEMBER.sub(REDACTED, body) if suspect else body)[:most]
