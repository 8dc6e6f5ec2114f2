"""Running the exam: the paper is written of a world's records, each case is put, and judged by what a correct receiver does."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson

from mockmarket.clock import wall_ms
from mockmarket.errors import NotFound, Refusal
from mockmarket.exam.base import Case, Outcome, Paper, Receiver, Report
from mockmarket.exam.cases import CRASH
from mockmarket.exam.line import Line
from mockmarket.store import Read, Tx, records
from mockmarket.store.outbox import Notice
from mockmarket.vendor import Vendor
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.tampering import Outgoing
from mockmarket.worlds.world import World

SETTLE_S = 0.2
"""Real seconds after which a receiver that acknowledges first and works then is taken to have worked."""
MOST_RECORDS = 50
REFUSES_ALL = "It refuses the good notice too, so this tells nothing."
AS_GOOD = "That of `good`, as far as can be seen: put that right first."
NO_STATE = (
    "Acknowledged. Whether it had a second effect cannot be seen from here: give a URL at which the state can be read."
)
NOBODY = "None that can be seen: nothing listens at this URL. Start the receiver first, or correct its host and port."
UNHAPPY = "What was delivered already, or late, is answered with an error, so that it is sent again and again."
IDLE_STATE = "The state at the URL given did not change with the first notice, so it cannot show a second effect."

Told = Callable[[Outcome], None]


def examine(
    receiver: Receiver, line: Line, pairs: Sequence[tuple[Notice, Notice]], cases: Sequence[Case],
    told: Told = lambda outcome: None, settle_s: float = SETTLE_S,
) -> Report:  # fmt: skip
    """Put every case to a receiver, one after the other, and report; `told` hears of each as soon as it is judged.

    A case of effects has a record of its own as long as there are any, since what was told before may hide an effect.
    """
    outcomes: list[Outcome] = []
    spare = deque(range(1, len(pairs)))
    for case in cases:
        refuses_all = any(one.case.name == "good" and one.verdict == "fail" for one in outcomes)
        place = spare.popleft() if spare and case.wish in ("once", "keep") else 0
        outcome = put(case, Paper(receiver, *pairs[place], wall_ms() // 1000), line, settle_s, refuses_all)
        outcomes.append(outcome)
        told(outcome)
    return Report(receiver, tuple(outcomes))


def put(case: Case, paper: Paper, line: Line, settle_s: float, refuses_all: bool) -> Outcome:
    """Put one case and judge it."""
    messages = case.make(paper)
    if messages is None:
        return Outcome(case, "skipped", f"{paper.receiver.vendor.title} has nothing of the kind.")
    if refuses_all and case.wish != "accept":
        return Outcome(case, "skipped", REFUSES_ALL)
    if case.wish in ("once", "keep") and paper.receiver.state_url:
        return watched(case, paper, line, messages, settle_s)
    exchanges = tuple((out, line.send(out, case.pieces)) for out in messages)
    if case.wish in ("once", "keep"):
        return unwatched(case, paper.receiver, exchanges)
    outcome = judged(case, paper.receiver, exchanges)
    return replace(outcome, bug=AS_GOOD) if refuses_all and outcome.bug else outcome


def judged(case: Case, receiver: Receiver, exchanges: tuple[tuple[Outgoing, Answer], ...]) -> Outcome:
    """Judge a case by the last answer alone."""
    answer = exchanges[-1][1]
    wrong = {"accept": refused, "refuse": let_in, "answer": crashed}[case.wish](receiver, answer)
    seen = words(answer)
    if wrong is None:
        return Outcome(case, "pass", seen, exchanges=exchanges)
    return Outcome(case, "fail", f"{seen} {wrong}".strip(), likely(case, answer), exchanges)


def likely(case: Case, answer: Answer) -> str:
    """Return the bug that is likely: what throws where it should refuse is a bug of its own, and nobody there is none at all."""
    if answer.error in ("refused", "dns"):
        return NOBODY
    if case.wish == "refuse" and (answer.status is None or answer.status >= 500):
        return CRASH
    return case.bug


def refused(receiver: Receiver, answer: Answer) -> str | None:
    """Say why what should have been taken was not, or None."""
    problem = receiver.problem(answer)
    if problem is None:
        return None
    return "It should have been taken." if answer.status is None else f"It should have been taken; {problem}."


def let_in(receiver: Receiver, answer: Answer) -> str | None:
    """Say why what should have been refused with a 4xx was not, or None."""
    if answer.status is None or answer.status >= 500:
        return "It should have been refused with a 4xx."
    return None if answer.status >= 400 else "It should have been refused with a 4xx, and was let in."


def crashed(receiver: Receiver, answer: Answer) -> str | None:
    """Say that a receiver did not cope, or None when it answered anything below 500."""
    return "It should have been answered." if answer.status is None or answer.status >= 500 else None


def unwatched(case: Case, receiver: Receiver, exchanges: tuple[tuple[Outgoing, Answer], ...]) -> Outcome:
    """Judge a case of effects by the answers alone: it fails when they are wrong, and is skipped when they are right."""
    wrong = wrong_answers(case, receiver, exchanges)
    if wrong:
        return Outcome(case, "fail", wrong, UNHAPPY, exchanges)
    return Outcome(case, "skipped", NO_STATE, exchanges=exchanges)


def wrong_answers(case: Case, receiver: Receiver, exchanges: tuple[tuple[Outgoing, Answer], ...]) -> str | None:
    """Say what is wrong with the answers of a case of effects, or None; the very same request may be refused the second time."""
    *first, last = [answer for _, answer in exchanges]
    replay = exchanges[0][0] == exchanges[-1][0] and last.status is not None and 400 <= last.status < 500
    for answer in first if replay else (*first, last):
        wrong = refused(receiver, answer)
        if wrong:
            return f"{words(answer)} {wrong}"
    return None


def watched(case: Case, paper: Paper, line: Line, messages: Sequence[Outgoing], settle_s: float) -> Outcome:
    """Judge a case of effects by the receiver's state before, between and after its two messages."""
    record = paper.earlier.record
    look = watcher(line, record, settle_s)
    before = look(0)
    first = (messages[0], line.send(messages[0]))
    between = look(settle_s)
    second = (messages[1], line.send(messages[1]))
    after = look(settle_s)
    exchanges = (first, second)
    wrong = wrong_answers(case, paper.receiver, exchanges)
    if wrong:
        return Outcome(case, "fail", wrong, case.bug, exchanges)
    if None in (before, between, after):
        return Outcome(case, "skipped", "The state could not be read: its URL did not answer 200.", exchanges=exchanges)
    if before == between:
        return Outcome(case, "skipped", IDLE_STATE, exchanges=exchanges)
    if between != after:
        seen = f"The state was {brief(between)} after the first, and {brief(after)} after the second."
        return Outcome(case, "fail", seen, case.bug, exchanges)
    return Outcome(case, "pass", "The second changed nothing.", exchanges=exchanges)


def watcher(line: Line, record: str, settle_s: float) -> Callable[[float], Any]:
    """Return what reads the state after a pause: parsed JSON, or text; None when it cannot be read."""
    pause = threading.Event()

    def look(after_s: float) -> Any:
        pause.wait(after_s)
        answer = line.state(record)
        if answer.status != 200:
            return None
        try:
            return ("json", orjson.loads(answer.body))
        except orjson.JSONDecodeError:
            return ("text", answer.body)

    return look


def brief(state: Any) -> str:
    """Write a state in few letters."""
    kind, value = state
    text = orjson.dumps(value).decode() if kind == "json" else value.decode("utf-8", "replace")
    return text if len(text) <= 200 else f"{text[:200]}…"


def words(answer: Answer) -> str:
    """Say what came back."""
    if answer.status is None:
        return f"No answer: {answer.detail or answer.error}."
    return f"Answered {answer.status} in {answer.elapsed_ms:.0f} ms."


def write_pairs(world: World, vendor: Vendor, type: str | None = None) -> list[tuple[Notice, Notice]]:
    """Write pairs of notices, each about a record of its own that the world has: the earlier, then the later to happen to it.

    They are written as triggers are, and none is stored: nobody is told. NotFound when the world has no record to tell of.
    """
    with world.atomic() as tx:
        earlier, later = types_of(tx, vendor, type)
        kind = vendor.kind(vendor.sample(tx, earlier, None).kind)
        found = records.find(tx, kind, order=[("rowid", "desc")], limit=MOST_RECORDS) if kind else []
        return list(
            pairs_about(tx, vendor, (earlier, later), [None, *(str(one[kind.id]) for one in found[1:] if kind)])
        )


def pairs_about(
    tx: Tx, vendor: Vendor, types: tuple[str, str], ids: Sequence[str | None]
) -> Iterator[tuple[Notice, Notice]]:
    """Yield a pair of notices for each record, leaving out those that the types do not fit."""
    for id in ids:
        try:
            yield vendor.sample(tx, types[0], id), vendor.sample(tx, types[1], id)
        except Refusal:
            if id is None:
                raise


def types_of(tx: Read, vendor: Vendor, type: str | None) -> tuple[str, str]:
    """Return the types of the earlier and the later notice: the first and the last of the kind of record most types tell of."""
    if type is not None and vendor.notice(type) is None:
        there = ", ".join(one.name for one in vendor.notices)
        raise NotFound(f"{vendor.name} has no notice {type!r}; it has {there}.")
    kinds = {one.name: kind for one in vendor.notices if one.fires and (kind := kind_of(tx, vendor, one.name))}
    if not kinds:
        raise NotFound(
            f"The world has no record that {vendor.name} could tell of; begin with a fixture that has orders."
        )
    wanted = kinds.get(type or "") or Counter(kinds.values()).most_common(1)[0][0]
    fitting = [name for name, kind in kinds.items() if kind == wanted]
    return type or fitting[0], fitting[-1]


def kind_of(tx: Any, vendor: Vendor, type: str) -> str | None:
    """Return the kind of record that a type tells of, or None when the world has none of it."""
    try:
        return vendor.sample(tx, type, None).kind or None
    except Refusal:
        return None
