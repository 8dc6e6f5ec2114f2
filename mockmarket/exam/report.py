"""An exam's report: as a dict, as lines for people, as JUnit XML for CI. Contains no secret."""

from collections.abc import Iterator
from operator import itemgetter
from textwrap import fill
from typing import Annotated, TypedDict

from mockmarket.exam.base import Outcome, Report, Verdict
from mockmarket.exam.cases import CASES
from mockmarket.exam.junit import Failure, JUnitCase, document
from mockmarket.records import OneOf
from mockmarket.records.views import From, Ms, view
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.signing import parse_stored_headers
from mockmarket.webhooks.tampering import Outgoing

NAMES = tuple(case.name for case in CASES)
MOST_SHOWN = 4_000  # bytes of a body that a report shows
MARKS: dict[Verdict, str] = {"pass": "pass", "fail": "FAIL", "skipped": "skip"}


def _beginning(body: bytes) -> str:
    return body[:MOST_SHOWN].decode("utf-8", "replace")


ExamRequest = TypedDict("ExamRequest", {"headers": list[list[str]], "body": str, "bytes": int})


Beginning = Annotated[str, From(write=_beginning)]
ExamAnswer = TypedDict("ExamAnswer", {"status": int | None, "error": str | None, "body": Beginning})
ExamExchange = TypedDict("ExamExchange", {"request": ExamRequest, "answer": ExamAnswer})


class ExamCase(TypedDict):
    """The verdict on one case."""

    case: Annotated[str, OneOf(NAMES), From("case.name")]
    title: Annotated[str, From("case.title")]
    verdict: Verdict
    seen: str
    rule: Annotated[str, From("case.rule")]
    likely_bug: Annotated[str | None, From("bug")]
    elapsed_ms: Ms
    exchanges: list[ExamExchange]


ExamCounts = TypedDict("ExamCounts", {"pass": int, "fail": int, "skipped": int})  # number of cases by verdict


class ExamReport(TypedDict):
    """The whole exam."""

    vendor: Annotated[str, From("receiver.vendor.name")]
    url: Annotated[str, From("receiver.options", itemgetter("url"))]
    passed: bool
    counts: ExamCounts
    signature: Annotated[str, From("receiver.vendor.webhooks.headers", str)]
    cases: list[ExamCase]


def as_dict(report: Report) -> ExamReport:
    """Describe a report with every exchange, request and answer, without the values of the subscription's own headers."""
    own = frozenset(name.lower() for name, _ in parse_stored_headers(report.receiver.options["headers"]))
    exchanges = [[_exchange(out, answer, own) for out, answer in each.exchanges] for each in report.outcomes]
    cases = [view(ExamCase, each, exchanges=own) for each, own in zip(report.outcomes, exchanges, strict=True)]
    return view(ExamReport, report, counts={verdict: report.count(verdict) for verdict in MARKS}, cases=cases)


def _exchange(out: Outgoing, answer: Answer, own: frozenset[str]) -> ExamExchange:
    headers = [[name, "(redacted)" if name.lower() in own else value] for name, value in out.headers]
    request: ExamRequest = {"headers": headers, "body": _beginning(out.body), "bytes": len(out.body)}
    return {"request": request, "answer": view(ExamAnswer, answer)}


def heading(report: Report) -> str:
    """Return a one-line summary."""
    counts = f"{report.count('pass')} passed, {report.count('fail')} failed, {report.count('skipped')} skipped"
    return f"{report.receiver.vendor.title} receiver at {report.receiver.options['url']}: {counts}."


def lines(outcome: Outcome) -> Iterator[str]:
    """Describe the verdict on one case for people: a failure with its rule and the likely bug."""
    yield f"{MARKS[outcome.verdict]}  {outcome.case.name:<20} {outcome.case.title}"
    if outcome.verdict == "pass":
        return
    yield _indented(outcome.seen)
    if outcome.verdict == "fail":
        yield _indented(f"Rule: {outcome.case.rule}")
        yield _indented(f"Likely bug: {outcome.bug}")


def _indented(text: str) -> str:
    return fill(text, 118, initial_indent=" " * 6, subsequent_indent=" " * 8, break_long_words=False)


def junit(report: Report) -> str:
    """Return a report as JUnit XML, one test case for each case."""
    return document(
        [(f"mockmarket exam {report.receiver.vendor.name}", [_junit_case(report, each) for each in report.outcomes])]
    )


def _junit_case(report: Report, outcome: Outcome) -> JUnitCase:
    vendor, name = report.receiver.vendor, outcome.case.name
    details = f"Rule: {outcome.case.rule}\nLikely bug: {outcome.bug}\n{vendor.webhooks.headers}"
    failure = Failure(outcome.seen, name, details) if outcome.verdict == "fail" else None
    skipped = outcome.seen if outcome.verdict == "skipped" else None
    return JUnitCase(f"mockmarket.exam.{vendor.name}", name, outcome.elapsed_ms / 1000, failure, skipped)
