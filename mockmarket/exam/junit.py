"""JUnit XML, as CI systems read it: suites of cases that passed, failed or were skipped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

_NOT_XML = {code: "\ufffd" for code in range(0x20) if code not in (0x09, 0x0A, 0x0D)} | dict.fromkeys(
    (*range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd"
)
"""Characters that XML 1.0 does not allow."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a case failed: a sentence, its kind, and the details."""

    message: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class JUnitCase:
    """One case of a suite; `skipped` is the reason why it was not run."""

    group: str
    name: str
    seconds: float
    failure: Failure | None = None
    skipped: str | None = None


def document(suites: Iterable[tuple[str, Sequence[JUnitCase]]]) -> str:
    """Return a report of suites, each with its name and cases."""
    root = ElementTree.Element("testsuites")
    for name, cases in suites:
        root.append(_suite(name, cases))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(name: str, cases: Sequence[JUnitCase]) -> ElementTree.Element:
    failures, skipped = (sum(getattr(case, name) is not None for case in cases) for name in ("failure", "skipped"))
    numbers = {"tests": len(cases), "failures": failures, "errors": 0, "skipped": skipped}
    counts = {key: str(number) for key, number in numbers.items()}
    seconds = sum(case.seconds for case in cases)
    suite = ElementTree.Element("testsuite", {"name": _clean(name), **counts, "time": f"{seconds:.3f}"})
    suite.extend(_case(case) for case in cases)
    return suite


def _case(case: JUnitCase) -> ElementTree.Element:
    element = ElementTree.Element("testcase", classname=case.group, name=_clean(case.name), time=f"{case.seconds:.3f}")
    if case.failure is not None:
        failure = ElementTree.SubElement(
            element, "failure", message=_clean(case.failure.message), type=case.failure.type
        )
        failure.text = _clean(case.failure.text)
    elif case.skipped is not None:
        ElementTree.SubElement(element, "skipped", message=_clean(case.skipped))
    return element


def _clean(text: str) -> str:
    return text.translate(_NOT_XML)
