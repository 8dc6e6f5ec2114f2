"""Runs an exam: case after case, until the receiver stops answering or nothing more can be learned."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain

import orjson

from mockmarket.clock import SECOND, wall_ms
from mockmarket.errors import Invalid, NotFound, Refusal
from mockmarket.exam.base import EFFECTS, Case, ExamBody, ExamContext, Exchanges, Outcome, Receiver, Report, Subject
from mockmarket.exam.cases import chosen
from mockmarket.exam.connection import Connection
from mockmarket.exam.diagnosis import UNHAPPY, likely_bug, of_end, same_bug
from mockmarket.exam.reading import lost_notices, reads, slow_api, wait_until, was_read
from mockmarket.store import Tx, outbox, records
from mockmarket.vendor import Vendor, nothing
from mockmarket.webhooks.acceptance import Answer, any_2xx
from mockmarket.webhooks.signing import parse_stored_headers
from mockmarket.webhooks.tampering import Outgoing
from mockmarket.webhooks.targets import Policy, check_url
from mockmarket.worlds.world import World

PROBES, PROBE_GAP_S = 3, 0.1
"""How often, and after how many real seconds, the good notice is sent to a receiver that stopped answering."""

APART_MS = 5 * SECOND  # ms between two notices: more than the second that some vendors round to
MOST_RECORDS = 50
MOST_READS = 20
STATE_GAP_S = 0.1  # real seconds between two reads of a state that is waited for

MOST_SHOWN = 200
NO_STATE = "Acknowledged. A second effect is not visible in the answer: pass a URL from which the state can be read."
NO_READS = "Nor can a read of the record be seen: nothing reads {}'s API from this world."
NO_REACTION = "It acknowledged in time, but read nothing from this world: the case shows nothing."
IDLE_STATE = "The state at the URL given did not change with the first notice, so it cannot show a second effect."

OnOutcome = Callable[[Outcome], None]


def hold(world: World, options: ExamBody, on_outcome: OnOutcome = lambda outcome: None) -> Report:
    """Examine a receiver with notices about a world's records, none of which is stored; `on_outcome` gets each verdict at once. With
    `poll_s` a case changes a record. The target rules of webhooks apply. NotFound for an unknown vendor or notice, Invalid for a URL, a
    header or a case."""
    vendor = world.vendor(options["vendor"])
    cases = chosen(options["only"], options["skip"])
    check(options, vendor)
    receiver = Receiver(vendor, world.settings_of(vendor.name), options)
    connection = Connection(receiver, Policy(allow_private=world.config.allow_private_targets), world.config.ca_file)
    subjects = write_subjects(world, vendor, options["notice"])
    exam = Examination(world, connection, subjects[0], options["settle_s"])
    examine(exam, subjects, cases, on_outcome)
    return Report(receiver, tuple(exam.outcomes))


def check(options: ExamBody, vendor: Vendor) -> None:
    """Raise Invalid, naming the field, for an unusable URL or header."""
    state_url = (options["state_url"] or "").replace("{record}", "record")
    tests: dict[str, tuple[str, Callable[[str], object]]] = {
        "url": (options["url"], partial(check_url, credentials="send them in headers, as Authorization")),
        "state_url": (state_url, partial(check_url, credentials="none are sent there")),
        "headers": (options["headers"], partial(parse_stored_headers, reserved=vendor.webhooks.headers.reserved)),
    }
    for name, (value, test) in tests.items():
        try:
            if value:
                test(value)
        except ValueError as error:
            raise Invalid(f"{name}: {str(error).rstrip('.')}.", details=[(name, str(error))]) from error


@dataclass(slots=True)
class Examination:
    """A running exam: the world, the connection, the record of most cases, the real seconds after which a state is read, the
    outcomes so far, once it has ended early the reason, and the number of the world's latest request before the last message."""

    world: World
    connection: Connection
    subject: Subject
    settle_s: float
    outcomes: list[Outcome] = field(default_factory=list)
    end: str | None = None
    since: int = 0

    @property
    def receiver(self) -> Receiver:
        """The examined receiver."""
        return self.connection.receiver

    @property
    def failed_good(self) -> Answer | None:
        """The answer to the good notice, if it was a failure."""
        good = next((past for past in self.outcomes if past.case.name == "good"), None)
        return good.answer if good and good.verdict == "fail" else None

    def send(self, out: Outgoing, pieces: int) -> Answer:
        """Send a message and return the answer."""
        self.since = self.world.journal.last_number
        return self.connection.send(out, pieces)

    def context(self, subject: Subject) -> ExamContext:
        """Return the current input of a case about a record."""
        return ExamContext(self.receiver, subject, wall_ms() // 1000)

    def failure(self, case: Case, answer: Answer, problem: str | None, exchanges: Exchanges) -> Outcome:
        """Return the outcome of a case with a wrong answer."""
        bug = likely_bug(case, answer, self.receiver, self.outcomes)
        return Outcome(case, "fail", f"{_describe(answer)} {problem}", bug, exchanges)


def examine(exam: Examination, subjects: Sequence[Subject], cases: Sequence[Case], on_outcome: OnOutcome) -> None:
    """Run every case, one after the other."""
    spare = deque(subjects[1:])  # each case of effects has its own record: an earlier notice could hide an effect
    for case in cases:
        own = spare.popleft() if spare and case.expects in EFFECTS else exam.subject
        outcome = run(exam, case, known(exam, subjects) if case.expects == "find" else own)
        exam.outcomes.append(outcome)
        on_outcome(outcome)


def known(exam: Examination, subjects: Sequence[Subject]) -> Subject:
    """Return the notices about a record that the receiver reads when it polls; otherwise those of most cases."""

    def those_read() -> Iterator[Subject]:
        lately = reads(exam.world, exam.receiver.vendor.name)[-MOST_READS:]
        return (each for each in subjects if was_read(lately, each.notice.record))

    wait_until(exam.world, lambda: any(those_read()), exam.receiver.options["poll_s"])
    return next(those_read(), exam.subject)


def run(exam: Examination, case: Case, subject: Subject) -> Outcome:
    """Run one case, unless it does not apply."""
    context = exam.context(subject)
    plan = exam.end or _futile(exam, case) or case.make(context)
    if isinstance(plan, str):
        return Outcome(case, "skipped", plan)
    outcome = _judge(case, context, exam, plan)
    return after_silence(exam, outcome) if any(answer.status is None for _, answer in outcome.exchanges) else outcome


def _futile(exam: Examination, case: Case) -> str | None:
    good = exam.failed_good
    if good and any_2xx(good) is not None and case.expects != "accept":
        return f"The good notice was answered {good.status} too, so this proves nothing."
    refusals = (past for past in exam.outcomes if past.case.expects == "refuse")
    silent = next((past.case.name for past in refusals if past.answer and past.answer.error == "timeout"), None)
    if silent and case.expects == "refuse":
        return f"It never answered in case {silent}: other refusals are not waited for."
    return None


def after_silence(exam: Examination, outcome: Outcome) -> Outcome:
    """Judge a case without an answer: the exam ends unless the receiver still answers the good notice."""
    if not (before := [past.case for past in exam.outcomes if past.exchanges]):
        exam.end = "Not run, because the good notice got no answer."
        return outcome
    for probe in range(PROBES):
        threading.Event().wait(PROBE_GAP_S if probe else 0)
        answer = exam.connection.send(exam.context(exam.subject).outgoing())
        if answer.error != "reset":
            break
    if answer.status is not None:
        return outcome
    last = before[-1] if outcome.exchanges[0][1].error == "refused" else outcome.case
    if answer.error != "refused":
        exam.end = f"It has answered nothing since case {last.name}."
        return replace(outcome, seen=f"{outcome.seen} {exam.end}")
    exam.end = f"It went down in case {last.name}."
    return replace(outcome, seen=f"{outcome.seen} {exam.end}", bug=of_end(last))


def _judge(case: Case, context: ExamContext, exam: Examination, messages: Sequence[Outgoing]) -> Outcome:
    if case.expects == "find":
        return found_by_polling(case, context, exam)
    if case.expects == "prompt":
        return prompt(case, exam, messages)
    if case.expects in EFFECTS:
        outcome = watched(case, context, exam, messages)
        unseen = outcome.verdict == "skipped" and case.expects == "keep" and context.subject.by_reading
        return by_reading(exam, outcome, context.subject.notice.record) if unseen else outcome
    exchanges = tuple((out, exam.send(out, case.pieces)) for out in messages)
    answer = exchanges[-1][1]
    if (problem := PROBLEMS[case.expects](exam.receiver, answer)) is None:
        return Outcome(case, "pass", _describe(answer), exchanges=exchanges)
    return exam.failure(case, answer, problem, exchanges)


def _refused(receiver: Receiver, answer: Answer) -> str | None:
    if (problem := receiver.problem(answer)) is None:
        return None
    return "It should have been accepted." if answer.status is None else f"It should have been accepted; {problem}."


def _let_in(_receiver: Receiver, answer: Answer) -> str | None:
    words = f"It should have been refused with a 4xx{', but was accepted' if any_2xx(answer) is None else ''}."
    return None if _is_4xx(answer) else words


def _crashed(_receiver: Receiver, answer: Answer) -> str | None:
    return "It should have been answered." if answer.status is None or answer.status >= 500 else None


PROBLEMS = {"accept": _refused, "refuse": _let_in, "answer": _crashed}


def _is_4xx(answer: Answer) -> bool:
    return answer.status is not None and 400 <= answer.status < 500


def _wrong_answers(case: Case, exam: Examination, exchanges: Exchanges) -> Outcome | None:
    (first, opening), (second, answer) = exchanges
    if not taken(exam, opening):
        return exam.failure(case, opening, _refused(exam.receiver, opening), exchanges)
    if taken(exam, answer) or (first == second and _is_4xx(answer)):
        return None
    failure = exam.failure(case, answer, _refused(exam.receiver, answer), exchanges)
    return replace(failure, bug=same_bug(UNHAPPY, exam.outcomes)) if answer.status else failure


def taken(exam: Examination, answer: Answer) -> bool:
    """Return whether an answer accepts a message: by the vendor's rule, or by any 2xx where the good notice got an uncounted 2xx too."""
    by_2xx = exam.failed_good is not None and any_2xx(exam.failed_good) is None and any_2xx(answer) is None
    return by_2xx or exam.receiver.problem(answer) is None


def watched(case: Case, context: ExamContext, exam: Examination, messages: Sequence[Outgoing]) -> Outcome:
    """Judge a case of effects by the receiver's state, where it can be read, before, between and after its two messages."""
    record, sees = context.subject.notice.record, bool(context.receiver.options["state_url"])
    states, exchanges = [state_of(exam, record, 0)] if sees else [], []
    for out in messages:
        exchanges.append((out, exam.send(out, case.pieces)))
        states += [state_of(exam, record, exam.settle_s)] if sees else []
    if wrong := _wrong_answers(case, exam, tuple(exchanges)):
        return wrong
    unseen = Outcome(case, "skipped", NO_STATE, exchanges=tuple(exchanges))
    return by_states(context, exam, states, unseen) if sees else unseen


def by_states(context: ExamContext, exam: Examination, states: Sequence[object], unseen: Outcome) -> Outcome:
    """Judge a case with right answers by the states before, between and after; the bug says how repeats or newer states are recognised."""
    before, between, after = states
    if unread := next((state for state in states if isinstance(state, Answer)), None):
        return replace(unseen, seen=f"The state could not be read. {_describe(unread)}")
    if before == between:
        return replace(unseen, seen=IDLE_STATE)
    if between == after:
        return replace(unseen, verdict="pass", seen="The second changed nothing.")
    seen = f"The state was {_brief(between)} after the first, and {_brief(after)} after the second."
    return replace(unseen, verdict="fail", seen=seen, bug=_bug_of_effect(unseen.case, context.subject, exam))


def _bug_of_effect(case: Case, subject: Subject, exam: Examination) -> str:
    vendor, hint = exam.receiver.vendor, ""
    if case.expects == "once":
        hint = f" At {vendor.title} repeats share {vendor.webhooks.repeats_share}."
    elif subject.by_reading:
        hint = f" At {vendor.title} no notice bears a time: read the record back, which has the newer state."
    return same_bug(f"{case.bug}{hint}", exam.outcomes)


def by_reading(exam: Examination, unseen: Outcome, record: str) -> Outcome:
    """Judge a case whose effect could not be seen by whether the receiver has read the record back after the second message."""
    world, vendor = exam.world, exam.receiver.vendor
    if wait_until(world, lambda: was_read(reads(world, vendor.name, exam.since), record), exam.settle_s):
        return replace(unseen, verdict="pass", seen="It read the record back after the second.")
    if not reads(world, vendor.name):
        return replace(unseen, seen=f"{unseen.seen} {NO_READS.format(vendor.title)}")
    seen = (
        f"It did not read the record back within {exam.settle_s:g} s of the second, so it cannot know the newer state."
    )
    return replace(unseen, verdict="fail", seen=seen, bug=same_bug(unseen.case.bug, exam.outcomes))


def prompt(case: Case, exam: Examination, messages: Sequence[Outgoing]) -> Outcome:
    """Judge whether a receiver acknowledges in time while the vendor's API answers late."""
    vendor = exam.receiver.vendor.name
    with slow_api(exam.world, vendor):
        exchanges = tuple((out, exam.send(out, case.pieces)) for out in messages)
        reads_back = wait_until(exam.world, lambda: reads(exam.world, vendor, exam.since), exam.settle_s)
    answer = exchanges[-1][1]
    if problem := _refused(exam.receiver, answer):
        return exam.failure(case, answer, problem, exchanges)
    if not reads_back:
        return Outcome(case, "skipped", NO_REACTION, exchanges=exchanges)
    return Outcome(case, "pass", _describe(answer), exchanges=exchanges)


def found_by_polling(case: Case, context: ExamContext, exam: Examination) -> Outcome:
    """Judge whether a receiver finds a change of which it gets no notice: by its state or, where none can be read, by its reads."""
    world, notice, options = exam.world, context.subject.newer, context.receiver.options
    vendor, since = context.receiver.vendor, exam.world.journal.last_number
    before = state_of(exam, notice.record, 0) if options["state_url"] else None
    if isinstance(before, Answer):
        return Outcome(case, "skipped", f"The state could not be read. {_describe(before)}")

    def has_found() -> bool:
        if options["state_url"]:
            return not isinstance(state := state_of(exam, notice.record, 0), Answer) and state != before
        return was_read(reads(world, vendor.name, since), notice.record)

    with lost_notices(world, vendor.name, options["url"]):
        if why := _change(world, vendor, notice):
            return Outcome(case, "skipped", f"The record could not be changed. {why}")
        if wait_until(world, has_found, options["poll_s"], STATE_GAP_S):
            return Outcome(case, "pass", "It found the change.")
    what = "Its state did not change" if options["state_url"] else "It did not read the record"
    return Outcome(case, "fail", f"{what} within {options['poll_s']:g} s of the change.", case.bug)


def _change(world: World, vendor: Vendor, notice: outbox.Notice) -> str | None:
    # Change the record of a notice; return why that is impossible, or None.
    try:
        (vendor.webhooks.update or nothing)(world, notice.type, notice.record)
    except Refusal as refusal:
        return refusal.message
    return None


def state_of(exam: Examination, record: str, after_s: float) -> object:
    """Return the state after a pause: parsed JSON, or the bytes of another text; the answer itself when it is not 200."""
    threading.Event().wait(after_s)
    answer = exam.connection.state(record)
    if answer.status != 200:
        return answer
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return answer.body


def _brief(state: object) -> str:
    text = (state if isinstance(state, bytes) else orjson.dumps(state)).decode("utf-8", "replace")
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _describe(answer: Answer) -> str:
    if answer.status is None:
        return f"No answer: {answer.detail or answer.error}."
    return f"Answered {answer.status} in {answer.elapsed_ms:.0f} ms."


def write_subjects(world: World, vendor: Vendor, type: str | None = None) -> list[Subject]:
    """Return unstored notices, each about a record of its own; `type` is sent most. NotFound when there is no record."""
    with world.atomic() as tx:
        types = types_of(tx, vendor, type)
        first = about_any(tx, vendor, types[0])
        if first is None:
            raise NotFound(f"The world has no record for {types[0]} of {vendor.name}.")
        kind = vendor.records.kind(first.kind)
        rows = records.find(tx, kind, order=[("rowid", "desc")], limit=MOST_RECORDS) if kind else []
        others = [id for row in rows if kind and (id := str(row[kind.id])) != first.record]
        return [*subjects_about(tx, vendor, types, [first.record or None, *others[: MOST_RECORDS - 1]])]


def about_any(tx: Tx, vendor: Vendor, type: str) -> outbox.Notice | None:
    """Return a notice about the record to which its type fits, else about the newest to which it can happen, or None."""
    newest = (records.first(tx, kind, order=[("rowid", "desc")]) for kind in vendor.records.kinds)
    ids = (str(row[kind.id]) for kind, row in zip(vendor.records.kinds, newest, strict=True) if row)
    for id in chain([None], ids):
        with suppress(Refusal):
            return vendor.webhooks.sample(tx, type, id)
    return None


def subjects_about(tx: Tx, vendor: Vendor, types: tuple[str, str, str], ids: Sequence[str | None]) -> Iterator[Subject]:
    """Yield the notices about each record, the newer as of a little later; records that the types do not fit are left out."""
    wanted, first, last = types
    for id in ids:
        try:
            older = vendor.webhooks.sample(tx, first, id)
            newer = vendor.webhooks.sample(replace(tx, now=tx.now + APART_MS), last, id)
        except Refusal:
            if id == ids[0]:
                raise
        else:
            notice = older if wanted == first else newer
            updates = vendor.webhooks.updates(tx, wanted, notice.record)
            yield Subject(notice, *(updates or (older, newer)), by_reading=bool(updates))


def types_of(tx: Tx, vendor: Vendor, type: str | None) -> tuple[str, str, str]:
    """Return the types to send: the requested one, and an older and a newer one, of which one is the same. Vendors list the types that
    begin a record's life first, so that these can precede any other. A type without a record stands alone."""
    if type is not None and vendor.webhooks.notice(type) is None:
        known = ", ".join(notice.name for notice in vendor.webhooks.notices)
        raise NotFound(f"{vendor.name} has no notice {type!r}; it has {known}.")
    fired = {notice.name: kind_of(tx, vendor, notice.name) for notice in vendor.webhooks.notices if notice.fires}
    kinds = {name: kind for name, kind in fired.items() if kind}
    if not kinds:
        raise NotFound(f"The world has no record for a notice of {vendor.name}; use a fixture that has orders.")
    if type is not None and type not in kinds:
        return type, type, type
    kind = kinds[type] if type else Counter(kinds.values()).most_common(1)[0][0]
    names = [name for name in kinds if kinds[name] == kind]
    return (names[0], names[0], names[-1]) if type in (None, names[0]) else (type, names[0], type)


def kind_of(tx: Tx, vendor: Vendor, type: str) -> str | None:
    """Return the kind of record that a type is about, or None when the world has none of it."""
    notice = about_any(tx, vendor, type)
    return notice.kind or None if notice else None
