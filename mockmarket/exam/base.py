"""Types of the exam: the examined receiver, a case, its context, and its verdict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import yaml

from mockmarket.records import Default, Length, Range
from mockmarket.seed.lines import Loader
from mockmarket.store.outbox import Notice
from mockmarket.vendor import Settings, Vendor
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.signing import Sending
from mockmarket.webhooks.tampering import Outgoing, outgoing
from mockmarket.webhooks.targets import MAX_URL

Verdict = Literal["pass", "fail", "skipped"]
Expectation = Literal["accept", "refuse", "answer", "once", "keep", "prompt", "find"]
"""The behaviour of a correct receiver: accept, answer 4xx, answer anything but 5xx, accept without a second effect, accept
and keep the newer state, accept in time although the vendor's API is slow, or find by polling what no notice says."""

EFFECTS: tuple[Expectation, ...] = ("once", "keep")  # expectations that answers alone cannot verify

Exchanges = tuple[tuple[Outgoing, Answer], ...]
POLL = "Real seconds within which it polls the vendor's API; 0 skips the case that changes a record without a notice."
TIMEOUT = "Real seconds that an answer may take, if fewer than the vendor's timeout."
STATE = "URL to GET the receiver's state from; {record} is replaced by a record's id."


def read_table(name: str) -> dict[str, dict[Any, Any]]:
    """Return the texts of a YAML file of this folder, by section."""
    text = Path(__file__).with_name(f"{name}.yaml").read_text("utf-8")
    table: dict[str, dict[Any, Any]] = yaml.load(text, Loader)  # noqa: S506 - Loader is a safe one
    return table


class ExamBody(TypedDict):
    """The receiver to examine, and options; `settle_s` is the real seconds that an asynchronous receiver gets to finish its work, `poll_s`
    those within which it polls: 0 skips the one case that changes the world."""

    vendor: Annotated[str, "Vendor whose webhooks it receives."]
    url: Annotated[str, Length(1, MAX_URL)]
    secret: Annotated[str, Length(1, 1000), "Secret that it verifies signatures with."]
    notice: Annotated[str | None, Default(None), "Type of notice used by most cases."]
    state_url: Annotated[str | None, Default(None), Length(1, MAX_URL), STATE]
    headers: Annotated[str, Default(""), "Extra headers of its subscription: Name: value,Name: value."]
    only: Annotated[list[str], Default(list)]
    skip: Annotated[list[str], Default(list)]
    settle_s: Annotated[float, Default(0.2), Range(0, 10)]
    poll_s: Annotated[float, Default(0), Range(0, 600), POLL]
    timeout_s: Annotated[float | None, Default(None), Range(0.05, 600), TIMEOUT]


@dataclass(frozen=True, slots=True)
class Receiver:
    """The examined receiver: its vendor, the settings, and its address."""

    vendor: Vendor
    settings: Settings
    options: ExamBody

    @property
    def deadline_ms(self) -> int:
        """The time that an answer may take, in real ms: the vendor's timeout, or less."""
        own, deadline_ms = self.options["timeout_s"], self.vendor.webhooks.deadline_ms(self.settings)
        return deadline_ms if own is None else min(deadline_ms, round(own * 1000))

    def problem(self, answer: Answer) -> str | None:
        """Return why the vendor would not count an answer as delivered, or None."""
        return self.vendor.webhooks.accepts(self.settings)(answer)


@dataclass(frozen=True, slots=True)
class Subject:
    """Notices about one record: the one that most cases send, and an older and a newer one, of which one is the same unless `by_reading`:
    then they are two updates whose order nothing but a read of the record shows, and the newer has the record's own values."""

    notice: Notice
    older: Notice
    newer: Notice
    by_reading: bool = False


@dataclass(frozen=True, slots=True)
class ExamContext:
    """The input of a case: the receiver, the notices about one record, and the time in epoch seconds."""

    receiver: Receiver
    subject: Subject
    now: int

    @property
    def title(self) -> str:
        """The vendor's display name."""
        return self.receiver.vendor.title

    def outgoing(self, notice: Notice | None = None, **fields: Any) -> Outgoing:
        """Return an attempt of a notice, by default the subject's, as the vendor would send it; `fields` replace those of its Sending."""
        sent, receiver = notice or self.subject.notice, self.receiver
        own = (receiver.options["secret"],), receiver.options["headers"]
        sending = Sending(sent.type, sent.uid, f"exam-{sent.uid}", 1, sent.body, self.now, *own)
        return outgoing(replace(sending, **fields), receiver.vendor.webhooks.headers)


@dataclass(frozen=True, slots=True)
class Case:
    """One question: the correct behaviour, the rule behind it, the likely bug, what is sent (or why the case does not apply to this
    vendor), the cases whose failure would explain this one's, and the number of pieces in which the body is sent."""

    name: str
    title: str
    expects: Expectation
    rule: str
    bug: str
    make: Callable[[ExamContext], Sequence[Outgoing] | str]
    after: Sequence[str] = ()
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one case: what was seen, in words, the likely bug of a failure, and its exchanges."""

    case: Case
    verdict: Verdict
    seen: str
    bug: str | None = None
    exchanges: Exchanges = ()

    @property
    def answer(self) -> Answer | None:
        """The last answer; None where nothing was sent."""
        return self.exchanges[-1][1] if self.exchanges else None

    @property
    def elapsed_ms(self) -> float:
        """The duration of its exchanges in real ms."""
        return sum(answer.elapsed_ms for _, answer in self.exchanges)


@dataclass(frozen=True, slots=True)
class Report:
    """The complete exam of one receiver."""

    receiver: Receiver
    outcomes: tuple[Outcome, ...]

    def count(self, verdict: Verdict) -> int:
        """Return how many cases had this verdict."""
        return sum(outcome.verdict == verdict for outcome in self.outcomes)

    @property
    def passed(self) -> bool:
        """Whether no case failed."""
        return not self.count("fail")
