"""Holding an exam: what was asked for is checked, then case after case is put, until the receiver answers no more or nothing else
could be learned."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from mockmarket.errors import Invalid
from mockmarket.exam.base import EFFECTS, Case, Outcome, Receiver, Report, Subject
from mockmarket.exam.cases import chosen
from mockmarket.exam.connection import Connection
from mockmarket.exam.diagnosis import of_end
from mockmarket.exam.judging import Examination, judge
from mockmarket.exam.subjects import write_subjects
from mockmarket.vendor import Vendor
from mockmarket.webhooks.acceptance import Answer, any_2xx
from mockmarket.webhooks.signing import parse_stored_headers
from mockmarket.webhooks.targets import Policy, check_url
from mockmarket.worlds.world import World

SETTLE_S = 0.2
"""Real seconds after which a receiver that acknowledges first and works then is taken to have worked."""
PROBES, PROBE_GAP_S = 3, 0.1
"""How often, and after how many real seconds, the good notice is sent to one that answered nothing."""

OnOutcome = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class ExamOptions:
    """Which receiver is to be examined, and how: see the options of `mockmarket exam`. `settle_s` is real seconds."""

    vendor: str
    url: str
    secret: str
    notice: str | None = None
    state_url: str | None = None
    headers: str = ""
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    settle_s: float = SETTLE_S


def hold(world: World, options: ExamOptions, on_outcome: OnOutcome = lambda outcome: None) -> Report:
    """Examine a receiver with notices about a world's records, of which nothing is stored; `on_outcome` gets each verdict as it falls.

    Webhooks' own rules on targets hold. NotFound for a vendor or a notice that there is not, Invalid for a URL, a header or a case.
    """
    vendor = world.vendor(options.vendor)
    cases = chosen(options.only, options.skip)
    check(options, vendor)
    own = options.url, options.secret, options.state_url, options.headers
    receiver = Receiver(vendor, world.settings_of(vendor.name), *own)
    connection = Connection(receiver, Policy(allow_private=world.config.allow_private_targets), world.config.ca_file)
    subjects = write_subjects(world, vendor, options.notice)
    exam = Examination(connection, subjects[0], options.settle_s)
    examine(exam, subjects, cases, on_outcome)
    return Report(receiver, tuple(exam.outcomes))


def check(options: ExamOptions, vendor: Vendor) -> None:
    """Raise Invalid for a URL or a header that cannot be used."""
    check_field("url", options.url, partial(check_url, credentials="send them in headers, as Authorization"))
    state_url = (options.state_url or "").replace("{record}", "record")
    check_field("state_url", state_url, partial(check_url, credentials="none are sent there"))
    check_field("headers", options.headers, partial(parse_stored_headers, reserved=vendor.webhooks.headers.reserved))


def check_field(name: str, value: str, test: Callable[[str], object]) -> None:
    """Raise Invalid, naming the field, for a text that a test refuses with a ValueError."""
    try:
        if value:
            test(value)
    except ValueError as error:
        raise Invalid(f"{name}: {str(error).rstrip('.')}.", details=[(name, str(error))]) from error


def examine(exam: Examination, subjects: Sequence[Subject], cases: Sequence[Case], on_outcome: OnOutcome) -> None:
    """Run every case, one after the other.

    A case of effects has a record of its own as long as there are any, since what was told before may hide an effect.
    """
    spare = deque(subjects[1:])
    for case in cases:
        subject = spare.popleft() if spare and case.expects in EFFECTS else exam.subject
        outcome = run(exam, case, subject)
        exam.outcomes.append(outcome)
        on_outcome(outcome)


def run(exam: Examination, case: Case, subject: Subject) -> Outcome:
    """Run one case, unless there is a reason not to."""
    context = exam.context(subject)
    plan = exam.end or futile(exam, case) or case.make(context)
    if isinstance(plan, str):
        return Outcome(case, "skipped", plan)
    outcome = judge(case, context, exam, plan)
    silent = any(answer.status is None for _, answer in outcome.exchanges)
    return after_silence(exam, outcome) if silent else outcome


def futile(exam: Examination, case: Case) -> str | None:
    """Say why a case could tell nothing after what was seen, or None."""
    good = exam.failed_good
    if good and any_2xx(good) is not None and case.expects != "accept":
        return f"The good notice was answered {good.status} too, so this tells nothing."
    refusals = (past for past in exam.outcomes if past.case.expects == "refuse")
    silent = next((past.case.name for past in refusals if past.answer and past.answer.error == "timeout"), None)
    if silent and case.expects == "refuse":
        return f"It never answered in case {silent}: what it makes of other refusals is not waited for."
    return None


def after_silence(exam: Examination, outcome: Outcome) -> Outcome:
    """Find out what a case without an answer means: the exam ends unless the receiver still answers the good notice."""
    before = [past.case for past in exam.outcomes if past.exchanges]
    if not before:
        exam.end = "Not asked, as the good notice got no answer."
        return outcome
    answer = answer_to_good(exam)
    if answer.status is not None:
        return outcome
    last = before[-1] if outcome.exchanges[0][1].error == "refused" else outcome.case
    if answer.error != "refused":
        exam.end = f"It has answered nothing since case {last.name}."
        return replace(outcome, seen=f"{outcome.seen} {exam.end}")
    exam.end = f"It went down in case {last.name}."
    return replace(outcome, seen=f"{outcome.seen} {exam.end}", bug=of_end(last))


def answer_to_good(exam: Examination) -> Answer:
    """Return what the good notice gets now: asked a few times, until it is answered or nobody listens."""
    for probe in range(PROBES):
        threading.Event().wait(PROBE_GAP_S if probe else 0)
        answer = exam.connection.send(exam.context(exam.subject).outgoing())
        if answer.error != "reset":
            break
    return answer
