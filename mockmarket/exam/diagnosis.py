"""Diagnosis: the likely bug, from the answer and the earlier failed cases."""

from collections.abc import Sequence

from mockmarket.exam.base import Case, Outcome, Receiver
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

SILENCE = {
    "refused": "None visible: nothing listens at this URL. Start the receiver first, or correct its host and port.",
    "dns": "None visible: the URL's host name cannot be resolved. Correct it.",
    "blocked": "None visible: the exam may not connect to this address. Use an address that the target policy allows.",
    "bad_url": "None visible: nothing was sent to this URL. Correct it.",
    "bad_header": "None visible: nothing was sent. Correct the headers that its subscription asks for.",
    "timeout": "It waits for data that does not arrive, or processes before it answers: acknowledge first, then process.",
    "reset": f"It closes the connection instead of answering: an error that nothing catches, or https where the URL says http. {ITS_LOG}.",
    "protocol": "The server there does not speak HTTP: wrong port, or https where the URL says http.",
    "too_many_headers": "Its answer has more headers than any sender reads.",
}
"""The likely problem when the good notice got no answer, by the exchange's error."""

TLS = {
    "subject name": "Its certificate is for another name than the URL's host: use the name in the certificate.",
    "expired": "Its certificate has expired: no vendor would deliver to it.",
    "certificate": "Its certificate is from an unknown authority: pass the authority's certificate with --ca-file.",
    "": "There is no TLS at this port, or no common version: should the URL begin with http://?",
}
"""The likely problem of a TLS failure, by a part of the library's message; the first match counts."""

BY_STATUS = {
    404: "Wrong path: nothing there accepts webhooks. Correct the URL's path, or route it.",
    405: "Wrong path: it does not accept POST. Correct the URL's path, or route POST too.",
    410: "Wrong path: the resource no longer exists. Correct the URL's path.",
    403: "Or something in front of it refuses: CSRF protection, a firewall, a login.",
    408: "It gave up waiting for the body.",
    413: "A limit on the body's size that even this notice exceeds.",
    415: "Its content type is refused: webhooks come as application/json.",
    429: "A rate limit: accept webhooks at any rate, or run the exam without the limit.",
    502: "A proxy answers, but the receiver behind it does not: start it, or check its log.",
    503: "A proxy or the receiver answers that it is not ready: start it, or check its log.",
    504: "A proxy answers, but the receiver behind it does not in time: check its log.",
}
"""The likely bug by the status of the good notice's answer."""

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
        symptom = "It never answers" if answer.error == "timeout" else "It closes the connection instead of answering"
        return f"{symptom}. {ITS_LOG}. Perhaps: {case.bug}"
    if any_2xx(answer) is None:
        return _uncounted(answer, receiver)
    if answer.status == 429:
        return BY_STATUS[429]
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
        return next(bug for word, bug in TLS.items() if word in answer.detail.lower())
    if status is None:
        return SILENCE.get(answer.error or "", f"The exchange failed: {answer.detail or answer.error}.")
    if any_2xx(answer) is None:
        return _uncounted(answer, receiver)
    if 300 <= status < 400:
        return f"A redirect{_target_of(answer)}, which webhooks do not follow: use the final URL."
    if status in SIGNATURE_REFUSED:
        return " ".join(filter(None, (case.bug, BY_STATUS.get(status))))
    otherwise = f"It fails at every notice. {ITS_LOG}." if status >= 500 else f"It refuses every notice. {ITS_LOG}."
    return BY_STATUS.get(status, otherwise)


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
