"""The exam's words: the receiver that is examined, a case, what came back, and the verdict on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mockmarket.store.outbox import Notice
from mockmarket.vendor import Vendor
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.signing import Sending
from mockmarket.webhooks.tampering import Outgoing, made

Word = Literal["pass", "fail", "skipped"]
Wish = Literal["accept", "refuse", "answer", "once", "keep"]
"""What a correct receiver does: take it, answer 4xx, answer anything but 5xx, take it with no second effect, or take it and
keep the newer state."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is examined: where it listens, the secret it verifies with, the headers that its subscription asked for, and, when
    given, the URL at which its state can be read (`{record}` in it stands for a record's id)."""

    vendor: Vendor
    settings: Mapping[str, Any]
    url: str
    secret: str
    state_url: str | None = None
    stored_headers: str = ""

    @property
    def deadline_ms(self) -> int:
        """How long a whole exchange may take, in real ms: the vendor's own limit."""
        return self.vendor.deadline_ms(self.settings)

    def problem(self, answer: Answer) -> str | None:
        """Say why the vendor would not count an answer as delivered, or None."""
        return self.vendor.accepts(self.settings)(answer)


@dataclass(frozen=True, slots=True)
class Paper:
    """What a case is made of: two notices about one record, the second of what happens later, and now in epoch seconds."""

    receiver: Receiver
    earlier: Notice
    later: Notice
    now: int

    def sent(self, newer: bool = False, attempt: int = 1, **other: Any) -> Outgoing:
        """Return one attempt of a notice as the vendor would send it; `other` replaces fields of its Sending."""
        notice = self.later if newer else self.earlier
        fields: dict[str, Any] = {
            "type": notice.type, "notice_id": notice.uid, "delivery_id": f"exam-{notice.uid}", "attempt": attempt,
            "body": notice.body, "stamp": self.now, "secrets": (self.receiver.secret,),
            "stored_headers": self.receiver.stored_headers,
        }  # fmt: skip
        return made(Sending(**fields | other), self.receiver.vendor.outgoing_headers)


@dataclass(frozen=True, slots=True)
class Case:
    """One question: what is sent (None from `make` where this vendor has nothing of the kind), what a correct receiver does, the rule
    behind it, the bug that is likely where it fails, and in how many pieces the body arrives."""

    name: str
    title: str
    wish: Wish
    rule: str
    bug: str
    make: Callable[[Paper], Sequence[Outgoing] | None]
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one case: what was seen, in words, the likely bug of a failure, and the exchanges that led to it."""

    case: Case
    verdict: Word
    seen: str
    bug: str | None = None
    exchanges: tuple[tuple[Outgoing, Answer], ...] = ()

    @property
    def elapsed_ms(self) -> float:
        """How long its exchanges took, in real ms."""
        return sum(answer.elapsed_ms for _, answer in self.exchanges)


@dataclass(frozen=True, slots=True)
class Report:
    """The whole exam of one receiver."""

    receiver: Receiver
    outcomes: tuple[Outcome, ...]

    def count(self, verdict: Word) -> int:
        """Return how many cases ended so."""
        return sum(one.verdict == verdict for one in self.outcomes)

    @property
    def passed(self) -> bool:
        """Whether no case failed."""
        return not self.count("fail")
