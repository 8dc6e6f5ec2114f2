"""Judging a case: by its answers alone, or, where it is about effects, by the receiver's state before, between and after two messages."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import orjson

from mockmarket.clock import wall_ms
from mockmarket.exam.base import EFFECTS, Case, ExamContext, Exchanges, Outcome, Receiver, Subject
from mockmarket.exam.connection import Connection
from mockmarket.exam.diagnosis import UNHAPPY, likely_bug, same_bug
from mockmarket.webhooks.acceptance import Answer, any_2xx
from mockmarket.webhooks.tampering import Outgoing

MOST_SHOWN = 200
NO_STATE = (
    "Acknowledged. Whether it had a second effect cannot be seen from here: give a URL at which the state can be read."
)
IDLE_STATE = "The state at the URL given did not change with the first notice, so it cannot show a second effect."


@dataclass(slots=True)
class Examination:
    """An exam under way: the connection, the record that most cases are about, the real seconds after which a state is read, the
    outcomes so far, and, once there is one, the reason why nothing else is asked."""

    connection: Connection
    subject: Subject
    settle_s: float
    outcomes: list[Outcome] = field(default_factory=list)
    end: str | None = None

    @property
    def receiver(self) -> Receiver:
        """Who is examined."""
        return self.connection.receiver

    @property
    def failed_good(self) -> Answer | None:
        """What came back for the good notice, where that was a failure."""
        good = next((past for past in self.outcomes if past.case.name == "good"), None)
        return good.answer if good and good.verdict == "fail" else None

    def context(self, subject: Subject) -> ExamContext:
        """Return what a case about a record is made of, now."""
        return ExamContext(self.receiver, subject, wall_ms() // 1000)

    def failure(self, case: Case, answer: Answer, problem: str | None, exchanges: Exchanges) -> Outcome:
        """Return the outcome of a case that a wrong answer decides."""
        bug = likely_bug(case, answer, self.receiver, self.outcomes)
        return Outcome(case, "fail", f"{describe(answer)} {problem}", bug, exchanges)


def judge(case: Case, context: ExamContext, exam: Examination, messages: Sequence[Outgoing]) -> Outcome:
    """Send what a case is made of, and judge it; one of effects whose answers are right, and whose effects nobody sees, is skipped."""
    if case.expects in EFFECTS and context.receiver.state_url:
        return watched(case, context, exam, messages)
    exchanges = tuple((out, exam.connection.send(out, case.pieces)) for out in messages)
    if case.expects in EFFECTS:
        return wrong_answers(case, exam, exchanges) or Outcome(case, "skipped", NO_STATE, exchanges=exchanges)
    answer = exchanges[-1][1]
    problem = PROBLEMS[case.expects](exam.receiver, answer)
    if problem is None:
        return Outcome(case, "pass", describe(answer), exchanges=exchanges)
    return exam.failure(case, answer, problem, exchanges)


def refused(receiver: Receiver, answer: Answer) -> str | None:
    """Say why what should have been taken was not, or None."""
    problem = receiver.problem(answer)
    if problem is None:
        return None
    return "It should have been taken." if answer.status is None else f"It should have been taken; {problem}."


def let_in(receiver: Receiver, answer: Answer) -> str | None:
    """Say why what should have been refused with a 4xx was not, or None."""
    if is_4xx(answer):
        return None
    return f"It should have been refused with a 4xx{', and was let in' if any_2xx(answer) is None else ''}."


def crashed(receiver: Receiver, answer: Answer) -> str | None:
    """Say that a receiver did not cope, or None when it answered anything below 500."""
    return "It should have been answered." if answer.status is None or answer.status >= 500 else None


PROBLEMS = {"accept": refused, "refuse": let_in, "answer": crashed}


def is_4xx(answer: Answer) -> bool:
    """Tell whether an answer is a refusal in HTTP's words."""
    return answer.status is not None and 400 <= answer.status < 500


def wrong_answers(case: Case, exam: Examination, exchanges: Exchanges) -> Outcome | None:
    """Return the failure of a case of effects by its answers, or None; the very same request may be refused the second time."""
    (first, opening), (second, answer) = exchanges
    if not taken(exam, opening):
        return exam.failure(case, opening, refused(exam.receiver, opening), exchanges)
    if taken(exam, answer) or (first == second and is_4xx(answer)):
        return None
    failure = exam.failure(case, answer, refused(exam.receiver, answer), exchanges)
    return replace(failure, bug=same_bug(UNHAPPY, exam.outcomes)) if answer.status else failure


def taken(exam: Examination, answer: Answer) -> bool:
    """Tell whether an answer says that a message was taken: as the vendor counts, or by a 2xx where it answers no good notice otherwise."""
    by_2xx = exam.failed_good is not None and any_2xx(exam.failed_good) is None and any_2xx(answer) is None
    return by_2xx or exam.receiver.problem(answer) is None


def watched(case: Case, context: ExamContext, exam: Examination, messages: Sequence[Outgoing]) -> Outcome:
    """Judge a case of effects by the receiver's state before, between and after its two messages."""
    record = context.subject.notice.record
    states, exchanges = [state_of(exam, record, 0)], []
    for out in messages:
        exchanges.append((out, exam.connection.send(out, case.pieces)))
        states.append(state_of(exam, record, exam.settle_s))
    return wrong_answers(case, exam, tuple(exchanges)) or by_states(case, exam, states, tuple(exchanges))


def by_states(case: Case, exam: Examination, states: Sequence[object], exchanges: Exchanges) -> Outcome:
    """Judge a case whose answers are right by the state before, between and after; a repeat's bug says what tells that it is one."""
    before, between, after = states
    unread = next((state for state in states if isinstance(state, Answer)), None)
    if unread:
        return Outcome(case, "skipped", f"The state could not be read. {describe(unread)}", exchanges=exchanges)
    if before == between:
        return Outcome(case, "skipped", IDLE_STATE, exchanges=exchanges)
    if between == after:
        return Outcome(case, "pass", "The second changed nothing.", exchanges=exchanges)
    seen = f"The state was {brief(between)} after the first, and {brief(after)} after the second."
    vendor = exam.receiver.vendor
    shared = f" At {vendor.title} repeats share {vendor.webhooks.repeats_share}." if case.expects == "once" else ""
    return Outcome(case, "fail", seen, same_bug(f"{case.bug}{shared}", exam.outcomes), exchanges)


def state_of(exam: Examination, record: str, after_s: float) -> object:
    """Read the state after a pause: parsed JSON, or the bytes of another text; the answer itself when it is not 200."""
    threading.Event().wait(after_s)
    answer = exam.connection.state(record)
    if answer.status != 200:
        return answer
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return answer.body


def brief(state: object) -> str:
    """Write a state in few letters."""
    text = (state if isinstance(state, bytes) else orjson.dumps(state)).decode("utf-8", "replace")
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def describe(answer: Answer) -> str:
    """Say what came back."""
    if answer.status is None:
        return f"No answer: {answer.detail or answer.error}."
    return f"Answered {answer.status} in {answer.elapsed_ms:.0f} ms."
