"""An exam's report: as a dict, as lines for people, as JUnit XML for CI. Contains no secret."""

from collections.abc import Iterator
from operator import itemgetter
from textwrap import fill
from typing import Annotated, TypedDict
from xml.etree import ElementTree

from mockmarket.exam.base import Outcome, Report, Verdict
from mockmarket.exam.cases import CASES
from mockmarket.records import OneOf
from mockmarket.records.views import From, Ms, view
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.signing import parse_stored_headers
from mockmarket.webhooks.tampering import Outgoing

NAMES = tuple(case.name for case in CASES)
MOST_SHOWN = 4_000  # bytes of a body that a report shows
MARKS: dict[Verdict, str] = {"pass": "pass", "fail": "FAIL", "skipped": "skip"}
_NOT_XML = {code: "\ufffd" for code in range(0x20) if code not in (0x09, 0x0A, 0x0D)} | dict.fromkeys(
    (*range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd"
)
"""Characters that XML 1.0 does not allow."""


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
    name, time = report.receiver.vendor.name, sum(outcome.elapsed_ms for outcome in report.outcomes)
    counts = {"failures": report.count("fail"), "errors": 0, "skipped": report.count("skipped")}
    numbers = {key: str(number) for key, number in {"tests": len(report.outcomes), **counts}.items()}
    suites = ElementTree.Element("testsuites")
    attributes = {"name": f"mockmarket exam {name}", **numbers, "time": f"{time / 1000:.3f}"}
    suite = ElementTree.SubElement(suites, "testsuite", attributes)
    suite.extend(_junit_case(report, outcome) for outcome in report.outcomes)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _junit_case(report: Report, outcome: Outcome) -> ElementTree.Element:
    vendor, name = report.receiver.vendor, outcome.case.name
    group, time = f"mockmarket.exam.{vendor.name}", f"{outcome.elapsed_ms / 1000:.3f}"
    case = ElementTree.Element("testcase", classname=group, name=name, time=time)
    if outcome.verdict == "fail":
        failure = ElementTree.SubElement(case, "failure", message=_clean(outcome.seen), type=name)
        failure.text = _clean(f"Rule: {outcome.case.rule}\nLikely bug: {outcome.bug}\n{vendor.webhooks.headers}")
    elif outcome.verdict == "skipped":
        ElementTree.SubElement(case, "skipped", message=_clean(outcome.seen))
    return case


def _clean(text: str) -> str:
    return text.translate(_NOT_XML)
