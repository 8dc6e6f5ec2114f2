"""Diagnosis: the likely bug, from the answer and the earlier failed cases."""

from collections.abc import Sequence
from typing import Any

from mockmarket.exam.base import Case, Outcome, Receiver, read_table
from mockmarket.webhooks.acceptance import Answer, any_2xx

MOST_SHOWN = 200  # characters of a redirect's target
ITS_LOG = "Check its log"
CRASH = (
    "It throws where it should refuse: comparing signatures of different lengths, or decoding what is not hex,"
    " raises in most libraries."
)
LOST_ANSWER = "It does not answer invalid webhooks: in many frameworks an exception in asynchronous code is lost, and the answer with it."
SAME_CAUSE = "Same cause as `{}`: fix that first."
UNHAPPY = "A repeated or late webhook is answered with an error, so it is retried again and again."
DOWN = "An error that nothing catches ends its process:"

BUGS: dict[str, dict[Any, str]] = read_table("diagnosis")
"""The likely bugs of a receiver that does not accept the good notice, by its error or its status."""

SIGNATURE_REFUSED = (400, 401, 403)
PATHS_WRONG = (404, 405, 410)


def likely_bug(case: Case, answer: Answer, receiver: Receiver, before: Sequence[Outcome]) -> str:
    """Return the likely bug behind a wrong answer; where an earlier case was answered in the same way, that case's name."""
    explains = case.after if case.expects == "refuse" else ("good", *case.after)
    failures = (past for past in before if past.verdict == "fail" and past.case.name in explains)
    cause = next((past for past in failures if past.answer and kind_of(past.answer) == kind_of(answer)), None)
    return SAME_CAUSE.format(cause.case.name) if cause else same_bug(_bug_of(case, answer, receiver), before)


def same_bug(bug: str, before: Sequence[Outcome]) -> str:
    """Return a bug, or the name of the earlier case that already reported it."""
    cause = next((past for past in before if past.verdict == "fail" and past.bug == bug), None)
    return SAME_CAUSE.format(cause.case.name) if cause else bug


def kind_of(answer: Answer) -> str:
    """Return an answer's category: its error, or its class of status, or the status where that says more."""
    if answer.status is None:
        return answer.error or "none"
    return str(answer.status) if answer.status in PATHS_WRONG else f"{answer.status // 100}xx"


def _bug_of(case: Case, answer: Answer, receiver: Receiver) -> str:
    if case.name == "good":
        return _of_good(case, answer, receiver)
    if case.expects == "refuse":
        return _of_refusal(case, answer)
    if answer.status is None:
        if case.expects == "prompt" and answer.error == "timeout":
            return case.bug
        symptom = "It never answers" if answer.error == "timeout" else "It closes the connection instead of answering"
        return f"{symptom}. {ITS_LOG}. Perhaps: {case.bug}"
    if any_2xx(answer) is None:
        return _uncounted(answer, receiver)
    if answer.status == 429:
        return BUGS["by_status"][429]
    throws = answer.status >= 500 and case.expects != "answer"
    return f"It throws. {ITS_LOG}. Perhaps: {case.bug}" if throws else case.bug


def _of_refusal(case: Case, answer: Answer) -> str:
    if answer.status is None:
        return LOST_ANSWER if answer.error == "timeout" else CRASH
    if 300 <= answer.status < 400:
        return f"It redirects{_target_of(answer)} where it should refuse: a login or an error page in front of it."
    return CRASH if answer.status >= 500 else case.bug


def _of_good(case: Case, answer: Answer, receiver: Receiver) -> str:
    status = answer.status
    if status is None and answer.error == "tls":
        return next(bug for word, bug in BUGS["tls"].items() if word in answer.detail.lower())
    if status is None:
        return BUGS["silence"].get(answer.error or "", f"The exchange failed: {answer.detail or answer.error}.")
    if any_2xx(answer) is None:
        return _uncounted(answer, receiver)
    if 300 <= status < 400:
        return f"A redirect{_target_of(answer)}, which webhooks do not follow: use the final URL."
    if status in SIGNATURE_REFUSED:
        return " ".join(filter(None, (case.bug, BUGS["by_status"].get(status))))
    otherwise = f"It fails at every notice. {ITS_LOG}." if status >= 500 else f"It refuses every notice. {ITS_LOG}."
    return BUGS["by_status"].get(status, otherwise)


def of_end(case: Case) -> str:
    """Return the bug of a receiver that stopped answering during a case."""
    if case.expects == "refuse":
        return f"{DOWN} {CRASH[:1].lower()}{CRASH[1:]}"
    return f"{DOWN} its own log says which. Perhaps: {case.bug}"


def _uncounted(answer: Answer, receiver: Receiver) -> str:
    problem = receiver.problem(answer)
    return f"It accepts the notice with an answer that {receiver.vendor.title} does not count: {problem}."


def _target_of(answer: Answer) -> str:
    location = next((value for name, value in answer.headers if name.lower() == "location"), "")
    target = "".join(letter for letter in location[:MOST_SHOWN] if letter.isprintable())
    return f" to {target}" if target else ""
