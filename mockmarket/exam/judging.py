"""Judging a case: by its answers alone, or, where it is about effects, by the receiver's state before, between and after two messages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from mockmarket.exam.base import EFFECTS, Case, ExamContext, Exchanges, Outcome, Receiver
from mockmarket.exam.connection import Connection
from mockmarket.exam.diagnosis import UNHAPPY, likely_bug, same_bug
from mockmarket.vendor import Vendor
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.tampering import Outgoing

MOST_SHOWN = 200
NO_STATE = (
    "Acknowledged. Whether it had a second effect cannot be seen from here: give a URL at which the state can be read."
)
IDLE_STATE = "The state at the URL given did not change with the first notice, so it cannot show a second effect."


@dataclass(frozen=True, slots=True)
class Bench:
    """What cases are judged with: the connection, the real seconds after which the state is read, and the outcomes so far."""

    connection: Connection
    settle_s: float
    before: Sequence[Outcome]

    @property
    def receiver(self) -> Receiver:
        """Who is examined."""
        return self.connection.receiver

    @property
    def uncounted(self) -> bool:
        """Whether the good notice was answered with a 2xx that the vendor does not count: the receiver took it all the same."""
        good = next((past for past in self.before if past.case.name == "good"), None)
        return good is not None and good.verdict == "fail" and good.answer is not None and is_2xx(good.answer)


def judge(case: Case, context: ExamContext, bench: Bench, messages: Sequence[Outgoing]) -> Outcome:
    """Send what a case is made of, and judge it."""
    if case.expects in EFFECTS and context.receiver.state_url:
        return watched(case, context, bench, messages)
    exchanges = tuple((out, bench.connection.send(out, case.pieces)) for out in messages)
    return unwatched(case, bench, exchanges) if case.expects in EFFECTS else answered(case, bench, exchanges)


def answered(case: Case, bench: Bench, exchanges: Exchanges) -> Outcome:
    """Judge a case by the last answer alone."""
    answer = exchanges[-1][1]
    wrong = {"accept": refused, "refuse": let_in, "answer": crashed}[case.expects](bench.receiver, answer)
    seen = describe(answer)
    if wrong is None:
        return Outcome(case, "pass", seen, exchanges=exchanges)
    return Outcome(case, "fail", f"{seen} {wrong}", likely_bug(case, answer, bench.receiver, bench.before), exchanges)


def refused(receiver: Receiver, answer: Answer) -> str | None:
    """Say why what should have been taken was not, or None."""
    problem = receiver.problem(answer)
    if problem is None:
        return None
    return "It should have been taken." if answer.status is None else f"It should have been taken; {problem}."


def let_in(receiver: Receiver, answer: Answer) -> str | None:
    """Say why what should have been refused with a 4xx was not, or None."""
    if answer.status is not None and 400 <= answer.status < 500:
        return None
    return f"It should have been refused with a 4xx{', and was let in' if is_2xx(answer) else ''}."


def crashed(receiver: Receiver, answer: Answer) -> str | None:
    """Say that a receiver did not cope, or None when it answered anything below 500."""
    return "It should have been answered." if answer.status is None or answer.status >= 500 else None


def is_2xx(answer: Answer) -> bool:
    """Tell whether an answer says that all went well, in HTTP's words."""
    return answer.status is not None and 200 <= answer.status < 300


def unwatched(case: Case, bench: Bench, exchanges: Exchanges) -> Outcome:
    """Judge a case of effects by the answers alone: it fails when they are wrong, and is skipped when they are right."""
    return wrong_answers(case, bench, exchanges) or Outcome(case, "skipped", NO_STATE, exchanges=exchanges)


def wrong_answers(case: Case, bench: Bench, exchanges: Exchanges) -> Outcome | None:
    """Return the failure of a case of effects by its answers, or None; the very same request may be refused the second time."""
    (first, opening), (second, answer) = exchanges
    if not taken(bench, opening):
        bug = likely_bug(case, opening, bench.receiver, bench.before)
        return Outcome(case, "fail", f"{describe(opening)} {refused(bench.receiver, opening)}", bug, exchanges)
    replay = first == second and answer.status is not None and 400 <= answer.status < 500
    if replay or taken(bench, answer):
        return None
    bug = same_bug(UNHAPPY, bench.before) if answer.status else likely_bug(case, answer, bench.receiver, bench.before)
    return Outcome(case, "fail", f"{describe(answer)} {refused(bench.receiver, answer)}", bug, exchanges)


def taken(bench: Bench, answer: Answer) -> bool:
    """Tell whether an answer says that a message was taken: as the vendor counts, or by a 2xx where it answers no good notice otherwise."""
    return bench.receiver.problem(answer) is None or (bench.uncounted and is_2xx(answer))


def watched(case: Case, context: ExamContext, bench: Bench, messages: Sequence[Outgoing]) -> Outcome:
    """Judge a case of effects by the receiver's state before, between and after its two messages."""
    look = watcher(bench.connection, context.subject.notice.record, bench.settle_s)
    states, exchanges = [look(0)], []
    for out in messages:
        exchanges.append((out, bench.connection.send(out, case.pieces)))
        states.append(look(bench.settle_s))
    return wrong_answers(case, bench, tuple(exchanges)) or by_states(case, bench, states, tuple(exchanges))


def by_states(case: Case, bench: Bench, states: Sequence[Any], exchanges: Exchanges) -> Outcome:
    """Judge a case whose answers are right by the state before, between and after."""
    before, between, after = states
    unread = next((state for state in states if isinstance(state, Answer)), None)
    if unread:
        return Outcome(case, "skipped", f"The state could not be read. {describe(unread)}", exchanges=exchanges)
    if before == between:
        return Outcome(case, "skipped", IDLE_STATE, exchanges=exchanges)
    if between == after:
        return Outcome(case, "pass", "The second changed nothing.", exchanges=exchanges)
    seen = f"The state was {brief(between)} after the first, and {brief(after)} after the second."
    return Outcome(case, "fail", seen, same_bug(effect_bug(case, bench.receiver.vendor), bench.before), exchanges)


def effect_bug(case: Case, vendor: Vendor) -> str:
    """Return the bug behind a second effect: for a repeat, with what tells that it is one."""
    return (
        f"{case.bug} At {vendor.title} repeats share {vendor.webhooks.repeats_share}."
        if case.expects == "once"
        else case.bug
    )


def watcher(connection: Connection, record: str, settle_s: float) -> Callable[[float], Any]:
    """Return what reads the state after a pause: parsed JSON, or text; the answer itself when it is not 200."""
    pause = threading.Event()

    def look(after_s: float) -> Any:
        pause.wait(after_s)
        answer = connection.state(record)
        if answer.status != 200:
            return answer
        try:
            return ("json", orjson.loads(answer.body))
        except orjson.JSONDecodeError:
            return ("text", answer.body)

    return look


def brief(state: Any) -> str:
    """Write a state in few letters."""
    kind, value = state
    text = orjson.dumps(value).decode() if kind == "json" else value.decode("utf-8", "replace")
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def describe(answer: Answer) -> str:
    """Say what came back."""
    if answer.status is None:
        return f"No answer: {answer.detail or answer.error}."
    return f"Answered {answer.status} in {answer.elapsed_ms:.0f} ms."
