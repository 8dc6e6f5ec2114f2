"""The last exam report of each endpoint that was examined from its page: in memory, until its world is reset or ends."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from mockmarket.exam.base import Report
from mockmarket.worlds.world import World

MOST = 20  # endpoints of a world whose report is kept, those examined last
MOST_CHARACTERS = 2_000_000  # of a report's files together; a longer report is not kept


@dataclass(frozen=True, slots=True)
class Kept:
    """A report: when it was made (world's time, epoch ms), its counts by verdict, and its files by extension, `html` and `xml`."""

    at: int
    passed: int
    failed: int
    skipped: int
    files: dict[str, str]


@dataclass(slots=True)
class Shelf:
    """The reports of a world, by endpoint, as long as the world's epoch stays."""

    epoch: int
    reports: OrderedDict[str, Kept] = field(default_factory=OrderedDict)


SHELVES: WeakKeyDictionary[World, Shelf] = WeakKeyDictionary()
LOCK = threading.Lock()


def keep(world: World, epoch: int, endpoint: str, report: Report, files: dict[str, str]) -> None:
    """Keep an endpoint's report in place of its earlier report, unless the world has begun anew since `epoch`; none if that is too long."""
    kept = Kept(world.clock.now(), report.count("pass"), report.count("fail"), report.count("skipped"), files)
    with LOCK:
        shelf = _shelf_of(world)
        if shelf.epoch != epoch:
            return
        reports = shelf.reports
        reports.pop(endpoint, None)
        if sum(map(len, files.values())) <= MOST_CHARACTERS:
            reports[endpoint] = kept
        if len(reports) > MOST:
            reports.popitem(last=False)


def last(world: World, endpoint: str) -> Kept | None:
    """Return an endpoint's report, None when there is none."""
    with LOCK:
        return _shelf_of(world).reports.get(endpoint)


def _shelf_of(world: World) -> Shelf:
    shelf = SHELVES.get(world)
    if shelf is None or shelf.epoch != world.epoch:
        shelf = SHELVES[world] = Shelf(world.epoch)
    return shelf
