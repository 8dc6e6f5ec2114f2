"""The report of a comparison: by operation and notice, what agrees, what differs, what is unknown. As a dict, as lines, as JUnit XML.

It has counts, paths, and sentences; no value of a recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypedDict
from urllib.parse import urlsplit

from mockmarket.exam.junit import Failure, JUnitCase, document
from mockmarket.recordings.allowing import Allowance
from mockmarket.recordings.comparing import Verdict
from mockmarket.recordings.structure import Difference

MOST_PLACES = 3
"""The number of entries that a report names of each difference."""
DifferenceRow = TypedDict(
    "DifferenceRow", {"kind": str, "at": str, "words": str, "count": int, "entries": list[str], "allowed": str | None}
)
UnknownRow = TypedDict("UnknownRow", {"words": str, "count": int, "entries": list[str]})
Counts = TypedDict("Counts", {"exchanges": int, "compared": int, "agree": int, "differ": int, "unknown": int})


class SubjectRow(TypedDict):
    """An operation or a notice: how many recordings of it were compared, with the mock's own answer too, and how many agree."""

    vendor: str
    subject: str
    compared: int
    played: int
    agree: int
    differences: list[DifferenceRow]
    unknown: list[UnknownRow]


class ReportDict(TypedDict):
    """The whole report. `passed` when something was compared and every difference is allowed."""

    passed: bool
    counts: Counts
    subjects: list[SubjectRow]
    unknown: list[UnknownRow]
    unused_allowances: list[str]


@dataclass
class Places:
    """How often something was seen, and in which entries first."""

    count: int = 0
    entries: list[str] = field(default_factory=list)

    def add(self, place: str) -> None:
        """Count an entry."""
        self.count += 1
        if len(self.entries) < MOST_PLACES:
            self.entries.append(place)


Unknown = dict[str, Places]


@dataclass
class Subject:
    """What was seen of an operation or a notice."""

    vendor: str
    name: str
    compared: int = 0
    played: int = 0
    agree: int = 0
    differences: dict[Difference, Places] = field(default_factory=dict)
    unknown: Unknown = field(default_factory=dict)


class Counter:
    """Counts verdicts. It grows with the number of different differences, not of exchanges."""

    def __init__(self, allowances: Sequence[Allowance] = ()) -> None:
        self._allowances = allowances
        self._subjects: dict[tuple[str, str], Subject] = {}
        self._unknown: Unknown = {}
        self._exchanges = self._differing = 0

    def add(self, verdict: Verdict) -> None:
        """Count a verdict."""
        self._exchanges += 1
        place = verdict.exchange.place
        if not verdict.subject:
            host = urlsplit(verdict.exchange.url).hostname or "no host"
            note(self._unknown, (f"{verdict.vendor or host}: {words}" for words in verdict.unknown), place)
            return
        key = verdict.vendor, verdict.subject
        subject = self._subjects.setdefault(key, Subject(*key))
        subject.compared += verdict.is_compared
        subject.played += verdict.is_played
        subject.agree += verdict.is_compared and not verdict.differences
        self._differing += bool(verdict.differences)
        for difference in verdict.differences:
            subject.differences.setdefault(difference, Places()).add(place)
        note(subject.unknown, verdict.unknown, place)

    def report(self) -> ReportDict:
        """Return the report of everything counted."""
        used: set[Allowance] = set()
        subjects = [self._row(self._subjects[key], used) for key in sorted(self._subjects)]
        differences = [row for subject in subjects for row in subject["differences"]]
        counts: Counts = {
            "exchanges": self._exchanges,
            "compared": sum(subject["compared"] for subject in subjects),
            "agree": sum(subject["agree"] for subject in subjects),
            "differ": self._differing,
            "unknown": sum(places.count for places in self._unknown.values()),
        }
        return {
            "passed": counts["compared"] > 0 and all(row["allowed"] is not None for row in differences),
            "counts": counts,
            "subjects": subjects,
            "unknown": unknown_rows(self._unknown),
            "unused_allowances": [str(allowance) for allowance in self._allowances if allowance not in used],
        }

    def _row(self, subject: Subject, used: set[Allowance]) -> SubjectRow:
        rows: list[DifferenceRow] = []
        for difference, places in subject.differences.items():
            covering = [each for each in self._allowances if each.covers(subject.vendor, subject.name, difference)]
            used.update(covering)
            kind, at, words = difference.kind, difference.at, difference.words
            reason = covering[0].reason if covering else None
            rows.append(
                {
                    "kind": kind,
                    "at": at,
                    "words": words,
                    "count": places.count,
                    "entries": places.entries,
                    "allowed": reason,
                }
            )
        return {
            "vendor": subject.vendor,
            "subject": subject.name,
            "compared": subject.compared,
            "played": subject.played,
            "agree": subject.agree,
            "differences": rows,
            "unknown": unknown_rows(subject.unknown),
        }


def note(unknown: Unknown, sentences: Iterable[str], place: str) -> None:
    """Count sentences on what is unknown of an entry."""
    for words in sentences:
        unknown.setdefault(words, Places()).add(place)


def unknown_rows(unknown: Unknown) -> list[UnknownRow]:
    """Return what is unknown, each with its number and first entries."""
    return [{"words": words, "count": places.count, "entries": places.entries} for words, places in unknown.items()]


def place_in(row: DifferenceRow) -> str:
    """Return where a difference is, in words for a whole body or answer."""
    return row["at"] or ("the status" if row["kind"] == "status" else "the body")


def heading(report: ReportDict) -> str:
    """Return a one-line summary."""
    counts = report["counts"]
    return (
        f"{counts['exchanges']} exchanges, {counts['compared']} compared: {counts['agree']} agree, {counts['differ']} differ; "
        f"{counts['unknown']} are unknown to the mock."
    )


def lines(report: ReportDict) -> Iterator[str]:
    """Yield the report for people: what differs in each operation, what is unknown, allowances that allow nothing."""
    for subject in report["subjects"]:
        played = f", {subject['played']} with the mock's own" if subject["played"] else ""
        yield f"{subject['vendor']}  {subject['subject']}  {subject['agree']} of {subject['compared']} agree{played}"
        for row in subject["differences"]:
            mark = "    allowed" if row["allowed"] is not None else "    DIFFERS"
            reason = f" Reason: {row['allowed']}" if row["allowed"] is not None else ""
            yield f"{mark}  {row['kind']} at {place_in(row)}: {row['words']}. {seen(row)}{reason}"
        yield from (f"    unknown  {row['words']}. {seen(row)}" for row in subject["unknown"])
    yield from (f"unknown  {row['words']}. {seen(row)}" for row in report["unknown"])
    yield from (f"unused allowance  {words}" for words in report["unused_allowances"])
    yield heading(report)


def seen(row: DifferenceRow | UnknownRow) -> str:
    """Return how often something was seen, and where first."""
    rest = "" if row["count"] <= len(row["entries"]) else f" and {row['count'] - len(row['entries'])} more"
    return f"({row['count']}: {', '.join(row['entries'])}{rest})"


def junit(report: ReportDict) -> str:
    """Return the report as JUnit XML: a suite for each vendor, a case for each operation or notice, and for what is unknown."""
    vendors = sorted({subject["vendor"] for subject in report["subjects"]})
    suites = [
        (f"mockmarket compare {vendor}", [_case(row) for row in report["subjects"] if row["vendor"] == vendor])
        for vendor in vendors
    ]
    unknown = [JUnitCase("mockmarket.compare", row["words"], 0, skipped=seen(row)) for row in report["unknown"]]
    return document([*suites, ("mockmarket compare unknown", unknown)] if unknown else suites)


def _case(subject: SubjectRow) -> JUnitCase:
    rows = [row for row in subject["differences"] if row["allowed"] is None]
    words = [f"{row['kind']} at {place_in(row)}: {row['words']}. {seen(row)}" for row in rows]
    failure = Failure(f"{len(rows)} differences", rows[0]["kind"], "\n".join(words)) if rows else None
    skipped = None if subject["compared"] or rows else "; ".join(row["words"] for row in subject["unknown"])
    return JUnitCase(f"mockmarket.compare.{subject['vendor']}", subject["subject"], 0, failure, skipped)
