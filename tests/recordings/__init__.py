"""Recordings that tests read: the samples of the vendors' documents, and one archive of each program that writes HAR.

`python -m tests.recordings` writes the documents' samples anew, and `agreement.json`, from which the vendors' pages say how many recordings
agree with an operation or a notice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mockmarket.cli.compare import fresh_world
from mockmarket.recordings.allowing import Allowance
from mockmarket.recordings.comparing import verdicts
from mockmarket.recordings.finding import Finder
from mockmarket.recordings.fresh import FreshWorld
from mockmarket.recordings.reading import read_all
from mockmarket.recordings.report import Counter, ReportDict
from mockmarket.vendor import discover
from tests.recordings.documents import SECRET

FOLDER = Path(__file__).parent
AGREEMENT = FOLDER / "agreement.json"


def compared(paths: Sequence[Path], world: FreshWorld, allowances: Sequence[Allowance] = ()) -> ReportDict:
    """Return the report of recordings, compared in a world."""
    counter = Counter(allowances)
    for verdict in verdicts(read_all(paths), Finder(discover()), lambda: world, {"": SECRET}):
        counter.add(verdict)
    return counter.report()


def agreement(world: FreshWorld | None = None) -> dict[str, dict[str, int]]:
    """Return how many samples of the documents agree with each operation and notice, by vendor."""
    if world is None:
        with fresh_world() as fresh:
            return agreement(fresh())
    rows = compared(sorted(FOLDER.glob("document-*.jsonl")), world)["subjects"]
    vendors = sorted({row["vendor"] for row in rows})
    return {
        name: {row["subject"]: row["agree"] for row in rows if row["vendor"] == name and row["agree"]}
        for name in vendors
    }
