"""Running the exam: case after case, until the receiver answers no more or nothing else could be learned."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from mockmarket.clock import wall_ms
from mockmarket.exam.base import EFFECTS, Case, ExamContext, Outcome, Report, Subject
from mockmarket.exam.connection import Connection
from mockmarket.exam.diagnosis import of_end
from mockmarket.exam.judging import Bench, is_2xx, judge
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.tampering import Outgoing

SETTLE_S = 0.2
"""Real seconds after which a receiver that acknowledges first and works then is taken to have worked."""
PROBES, PROBE_GAP_S = 3, 0.1
"""How often, and after how many real seconds, the good notice is sent to one that answered nothing."""

OnOutcome = Callable[[Outcome], None]


def examine(
    connection: Connection, subjects: Sequence[Subject], cases: Sequence[Case],
    on_outcome: OnOutcome = lambda outcome: None, settle_s: float = SETTLE_S,
) -> Report:  # fmt: skip
    """Run every case on a receiver, one after the other, and report; `on_outcome` gets each as soon as it is judged.

    A case of effects has a record of its own as long as there are any, since what was told before may hide an effect.
    """
    examination = Examination(connection, subjects[0], settle_s)
    spare = deque(subjects[1:])
    for case in cases:
        subject = spare.popleft() if spare and case.expects in EFFECTS else subjects[0]
        on_outcome(examination.run(case, subject))
    return Report(connection.receiver, tuple(examination.outcomes))


class Examination:
    """An exam under way: what was found so far, and, once there is one, the reason why nothing more is asked."""

    def __init__(self, connection: Connection, subject: Subject, settle_s: float) -> None:
        self.outcomes: list[Outcome] = []
        self._connection = connection
        self._subject = subject
        self._settle_s = settle_s
        self._end: str | None = None

    def run(self, case: Case, subject: Subject) -> Outcome:
        """Run one case, unless there is a reason not to, and keep its outcome."""
        context = self._context(subject)
        plan = self._end or self._futile(case) or case.make(context)
        outcome = Outcome(case, "skipped", plan) if isinstance(plan, str) else self._judge(case, context, plan)
        self.outcomes.append(outcome)
        return outcome

    def _context(self, subject: Subject) -> ExamContext:
        return ExamContext(self._connection.receiver, subject, wall_ms() // 1000)

    def _judge(self, case: Case, context: ExamContext, messages: Sequence[Outgoing]) -> Outcome:
        outcome = judge(case, context, Bench(self._connection, self._settle_s, self.outcomes), messages)
        return (
            self._after_silence(outcome) if any(answer.status is None for _, answer in outcome.exchanges) else outcome
        )

    def _futile(self, case: Case) -> str | None:
        """Say why a case could tell nothing after what was seen, or None."""
        good = next((past for past in self.outcomes if past.case.name == "good" and past.verdict == "fail"), None)
        if good and good.answer and not is_2xx(good.answer) and case.expects != "accept":
            return f"The good notice was answered {good.answer.status} too, so this tells nothing."
        silent = next(
            (past for past in self.outcomes if past.case.expects == "refuse" and timed_out(past.answer)), None
        )
        if silent and case.expects == "refuse":
            return f"It never answered in case {silent.case.name}: what it makes of other refusals is not waited for."
        return None

    def _after_silence(self, outcome: Outcome) -> Outcome:
        """Find out what a case without an answer means: the exam ends unless the receiver still answers the good notice."""
        before = [past.case for past in self.outcomes if past.exchanges]
        if not before:
            self._end = "Not asked, as the good notice got no answer."
            return outcome
        answer = self._answer_to_good()
        if answer.status is not None:
            return outcome
        nobody = outcome.exchanges[0][1].error == "refused"
        last = before[-1] if nobody else outcome.case
        if answer.error != "refused":
            self._end = f"It has answered nothing since case {last.name}."
            return replace(outcome, seen=f"{outcome.seen} {self._end}")
        self._end = f"It went down in case {last.name}."
        return replace(outcome, seen=f"{outcome.seen} {self._end}", bug=of_end(last))

    def _answer_to_good(self) -> Answer:
        """Return what the good notice gets now: asked a few times, until it is answered or nobody listens."""
        pause = threading.Event()
        answer = self._connection.send(self._context(self._subject).outgoing())
        for _ in range(PROBES - 1):
            if answer.status is not None or answer.error != "reset":
                break
            pause.wait(PROBE_GAP_S)
            answer = self._connection.send(self._context(self._subject).outgoing())
        return answer


def timed_out(answer: Answer | None) -> bool:
    """Tell whether no answer came in time."""
    return answer is not None and answer.error == "timeout"
