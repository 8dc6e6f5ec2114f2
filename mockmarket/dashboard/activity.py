"""An index of everything that is kept of a world's activity, brought up to date at each look: what a look costs depends on what is new, and
not on what is kept. A chain is what one request led to; its rows are the entries of the timeline."""

import threading
from bisect import bisect_left, bisect_right, insort
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from operator import itemgetter
from typing import NamedTuple
from weakref import WeakKeyDictionary

from mockmarket.clock import SECOND
from mockmarket.dashboard.awaited import Awaited
from mockmarket.dashboard.refusals import Refusals
from mockmarket.store import Read, activity
from mockmarket.store.activity import Change, Delivery, Notice
from mockmarket.store.database import read_snapshot
from mockmarket.store.recent import Key
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

SAFE = ("GET", "HEAD", "OPTIONS")
TROUBLE = ("refused", "retry", "failed", "dropped")
TONES = {"delivered": "ok", "pending": "retry", "sending": "retry", "dropped": "dropped"}
STEPS = (1, 60, 3_600, 86_400)  # seconds
MOST_SEARCHES = 8
MOST_PENDING = 20_000
"""How many searches are remembered of a world, and for how many changed chains since the last look each."""
Mark = tuple[object, ...]  # identifies a change of stock, in the ledger as in the journal
mark = itemgetter("stock", "what", "quantity", "vendor", "record")


class Place(NamedTuple):
    """A row's place in the story: the world's time, the machine's time, what comes first at one moment, and the row's id."""

    at: int
    wall: int
    turn: int
    id: str


class Category(NamedTuple):
    """What the filters ask of a row: `kinds` of what is in it, `plain` for a read that went well, `troubled` for a chain with a failure."""

    vendor: str
    kinds: tuple[str, ...]
    tone: str
    plain: bool
    troubled: bool


class Row(NamedTuple):
    """One row of the timeline: `kinds[0]` is `request`, `hand`, `timer`, `answer`, `notice`, `change` or `delivery`; `number` is its row of
    the database."""

    place: Place
    chain: str
    category: Category
    number: int = 0


@dataclass(slots=True)
class Chain:
    """What is kept of one chain: its request, if any, with the notices, changes of stock and deliveries that it led to."""

    head: Entry | None = None
    notices: dict[int, Notice] = field(default_factory=dict)
    changes: dict[int, Change] = field(default_factory=dict)
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the chain is kept."""
        return not (self.head or self.notices or self.changes or self.deliveries)

    @property
    def effects(self) -> Iterator[Notice | Change]:
        """The notices and changes, in the order of the world's time, changes first."""
        effects: list[Notice | Change] = [*self.changes.values(), *self.notices.values()]
        yield from sorted(effects, key=lambda effect: effect.at)


def tone_of(entry: Entry) -> str:
    """Return a request's result; a request whose fault left it without an answer counts as failed."""
    return "ok" if 0 < entry.status < 400 else "refused" if 400 <= entry.status < 500 else "failed"


def rows_of(id: str, chain: Chain) -> list[Row]:
    """Return a chain's rows: its request with all effects, or each effect by itself; and each delivery that was attempted or given up."""
    sent = [delivery for delivery in chain.deliveries.values() if delivery.last_at or delivery.state == "dropped"]
    tones = {delivery.id: "retry" if delivery.is_open else TONES.get(delivery.state, "failed") for delivery in sent}
    head = tone_of(chain.head) if chain.head else ""
    troubled = any(tone in TROUBLE for tone in (head, *tones.values()))
    rows = [_head_row(chain, chain.head, head, troubled)] if chain.head else _free_rows(id, chain, troubled)
    began = chain.head.wall_at if chain.head else 0
    for delivery in sent:
        moment = (delivery.last_at, delivery.last_wall_at) if delivery.last_at else (delivery.settled_at, began)
        place = Place(moment[0] or delivery.at, moment[1] or began, 3, f"d{delivery.id}")
        vendor = chain.notices[delivery.notice].vendor
        rows.append(Row(place, id, Category(vendor, ("delivery",), tones[delivery.id], False, troubled), delivery.id))
    return rows


def _head_row(chain: Chain, entry: Entry, tone: str, troubled: bool) -> Row:
    kinds = (entry.kind, *(["notice"] if chain.notices else []), *(["change"] if chain.changes else []))
    began = min([entry.at, *(effect.at for effect in chain.effects)])
    plain = tone == "ok" and len(kinds) == 1 and entry.method in SAFE
    vendor = entry.vendor or next((effect.vendor for effect in chain.effects), "")
    category = Category(vendor, kinds, tone, plain, troubled)
    return Row(Place(began, entry.wall_at, 0, entry.id), entry.id, category)


def _free_rows(id: str, chain: Chain, troubled: bool) -> list[Row]:
    """Return rows of effects without a request: just before their first attempt."""
    first = min([each.first_wall_at for each in chain.deliveries.values() if each.first_wall_at], default=0)
    rows = []
    for effect in chain.effects:
        kind, turn = ("notice", 2) if isinstance(effect, Notice) else ("change", 1)
        place = Place(effect.at, max(0, first - 1), turn, f"{kind[0]}{effect.id}")
        rows.append(Row(place, id, Category(effect.vendor, (kind,), "", False, troubled), effect.id))
    return rows


@dataclass(slots=True)
class Seen:
    """How far the database has been read: the newest ids, and the number of the latest change of a delivery."""

    notice: int = 0
    change: int = 0
    delivery: int = 0
    attempt: int = 0
    changed: int = 0


@dataclass(slots=True)
class Heads:
    """The ids of what the journal keeps, in its order, and the place of the first, counted from the first that ever was."""

    first: int = 0
    ids: deque[str] = field(default_factory=deque)

    @property
    def end(self) -> int:
        """The place of what comes next."""
        return self.first + len(self.ids)

    def take(self, first: int, ids: Iterable[str]) -> list[str]:
        """Take in what was added, and return the ids of what is no longer kept: all before the place `first`."""
        gone = [self.ids.popleft() for _ in range(min(len(self.ids), first - self.first))]
        self.first = first
        self.ids.extend(ids)
        return gone


class Rows:
    """Rows by category, each in order, and how many began in each step of the world's time, by the first second of the step."""

    def __init__(self) -> None:
        self.places: dict[Category, list[Place]] = {}
        self.steps: dict[int, dict[Category, Counter[int]]] = {step: defaultdict(Counter) for step in STEPS}

    def put(self, row: Row) -> None:
        """Take in a row."""
        insort(self.places.setdefault(row.category, []), row.place)
        self._count(row, 1)

    def remove(self, row: Row) -> None:
        """Leave out a row."""
        places = self.places[row.category]
        del places[bisect_left(places, row.place)]
        self._count(row, -1)

    def _count(self, row: Row, change: int) -> None:
        second = row.place.at // SECOND
        for step, counts in self.steps.items():
            count, first = counts[row.category], second // step * step
            count[first] += change
            if not count[first]:
                del count[first]


class Search(Rows):
    """The rows that pass a test. Only those of chains that have changed are tested at a look; `pending` has these."""

    def __init__(self, chains: Iterable[str]) -> None:
        super().__init__()
        self.pending = dict.fromkeys(chains)
        self._passed: dict[str, list[Row]] = {}

    def refresh(self, chains: Mapping[str, Chain], passes: Callable[[Row, Chain], bool]) -> None:
        """Test the rows of the chains that have changed."""
        for id in self.pending:
            for row in self._passed.pop(id, ()):
                self.remove(row)
            if id in chains and (passed := [row for row in chains[id].rows if passes(row, chains[id])]):
                self._passed[id] = passed
                for row in passed:
                    self.put(row)
        self.pending.clear()


class Activity(Rows):
    """A world's rows by category, each in order, and its chains. Use it within `lock`, after `refresh`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.epoch = -1
        self._begin()

    def _begin(self) -> None:
        super().__init__()
        self.chains: dict[str, Chain] = {}
        self.searches: OrderedDict[tuple[str, ...], Search] = OrderedDict()
        self.rows: dict[str, Row] = {}
        self._chain_of: dict[int, str] = {}  # by notice, these three in the order of their ids
        self._chain_of_change: dict[int, str] = {}
        self._chain_of_delivery: dict[int, str] = {}
        self.awaited: dict[str, Awaited] = {}  # deliveries that are not settled, by vendor
        self._awaited_of: dict[str, set[int]] = {}  # the same by record
        self._orphans: dict[Mark, list[Change]] = {}  # changes whose request is not known
        self._changers: dict[
            Key, dict[str, Entry]
        ] = {}  # what changed a record, by its id, in the order in which it was added
        self.refusals = Refusals()
        self._requests, self._deeds = Heads(), (Heads(), Heads(), Heads())
        self._touched: dict[str, None] = {}  # in order: rows of the newest last are put in their places fastest
        self._seen = Seen()

    def refresh(self, world: World) -> None:
        """Take in what has changed since the last look, and leave out what is no longer kept."""
        number, changed = world.store.recent_deliveries.since(self._seen.changed)
        if self.epoch != world.epoch or changed is None:
            self.epoch, changed = world.epoch, []
            self._begin()
        first, entries = world.journal.added_after(
            self._requests.end
        )  # its effects are stored before a request's entry
        kept = zip(self._deeds, world.journal.deeds, strict=True)
        deeds = [(heads, *which.after(heads.end)) for heads, which in kept]
        read = world.read()
        with read_snapshot(read):
            changes = activity.changes_after(read, self._seen.change, int(world.store.meta()["start"]))
            self._take_changes(changes)
            self._take_notices(activity.notices_after(read, self._seen.notice), changes)
            self._take_deliveries(read, {*changed})
            self._forget(*activity.oldest_kept(read))
        self._seen.changed = number
        gone = self._requests.take(first, [entry.id for entry in entries])
        for heads, first_deed, done in deeds:
            gone += heads.take(first_deed, [entry.id for entry, _ in done])
        notices = {entry.id: each.notices for _, _, done in deeds for entry, each in done}
        entries = sorted(
            [*entries, *(entry for _, _, done in deeds for entry, _ in done)], key=lambda entry: entry.wall_at
        )
        self._take_entries(entries, notices)
        for entry in entries:
            self.refusals.add(entry)
            for record in entry.effects.records:
                self._changers.setdefault(record[:3], {})[entry.id] = entry
        for id in gone:
            self._leave_out(self._chain(id))
        self._arrange()

    def _leave_out(self, chain: Chain) -> None:
        """Leave out the head of a chain, which is no longer kept."""
        if entry := chain.head:
            self.refusals.remove(entry)
            for record in entry.effects.records:
                self._changers[record[:3]].pop(entry.id)
                if not self._changers[record[:3]]:
                    del self._changers[record[:3]]
        chain.head = None

    def _chain(self, id: str) -> Chain:
        self._touched[id] = None
        return self.chains[id] if id in self.chains else self.chains.setdefault(id, Chain())

    def _take_changes(self, changes: list[Change]) -> None:
        for change in changes:
            self._move(change, f"c{change.id}")
            self._orphans.setdefault(mark(change._asdict()), []).append(change)
            self._seen.change = change.id

    def _take_notices(self, notices: list[Notice], changes: list[Change]) -> None:
        """Take in notices; a change of stock has the chain of a notice of the same record and moment where neither has a request."""
        moved: dict[tuple[int, str], list[Change]] = {}
        for change in changes:
            moved.setdefault((change.at, change.record), []).append(change)
        for notice in notices:
            id = notice.cause or f"n{notice.id}"
            self._chain(id).notices[notice.id] = notice
            self._chain_of[notice.id] = id
            self._seen.notice = notice.id
            for change in moved.pop((notice.at, notice.record), []) if notice.cause is None else ():
                self._take_orphan(mark(change._asdict()), change)
                self._move(change, id)

    def _take_orphan(self, mark: Mark, change: Change | None = None) -> Change | None:
        """Return a change, by default the newest with a mark, that waits for its request no longer; None without one."""
        waiting = self._orphans.get(mark, [])
        if not waiting:
            return None
        change = waiting.pop(-1 if change is None else waiting.index(change))
        if not waiting:
            del self._orphans[mark]
        return change

    def _move(self, change: Change, id: str) -> None:
        """Move a change of stock into a chain, from the one that it is in, if any."""
        if earlier := self._chain_of_change.get(change.id):
            self._chain(earlier).changes.pop(change.id, None)
        self._chain(id).changes[change.id] = change
        self._chain_of_change[change.id] = id

    def _take_deliveries(self, read: Read, changed: set[int]) -> None:
        """Take in new deliveries and those that have changed, and leave out those that are no longer kept."""
        fresh = activity.deliveries_after(read, self._seen.delivery)
        tried, attempt = activity.attempted_after(read, self._seen.attempt)
        again = (tried | changed) - {delivery.id for delivery in fresh}
        known = (*fresh, *activity.deliveries_of(read, again))
        self._seen.attempt = attempt
        for number in (again & self._chain_of_delivery.keys()) - {delivery.id for delivery in known}:
            self._await(self._chain(self._chain_of_delivery.pop(number)), number, None)
        for delivery in known:
            self._seen.delivery = max(self._seen.delivery, delivery.id)
            id = self._chain_of_delivery[delivery.id] = self._chain_of[delivery.notice]
            if self.chains[id].deliveries.get(delivery.id) != delivery:
                self._await(self._chain(id), delivery.id, delivery)

    def _await(self, chain: Chain, number: int, delivery: Delivery | None) -> None:
        """Replace a delivery of a chain, or remove it, also among those that are not settled."""
        before = chain.deliveries.pop(number, None)
        if before and before.is_open:
            notice = chain.notices[before.notice]
            self.awaited[notice.vendor].remove(notice, before)
            self._awaited_of[notice.record].discard(number)
            if not self._awaited_of[notice.record]:
                del self._awaited_of[notice.record]
        if delivery:
            chain.deliveries[number] = delivery
        if delivery and delivery.is_open:
            notice = chain.notices[delivery.notice]
            self.awaited.setdefault(notice.vendor, Awaited()).add(notice, delivery)
            self._awaited_of.setdefault(notice.record, set()).add(number)

    def _take_entries(self, entries: list[Entry], notices: Mapping[str, Iterable[range]]) -> None:
        for entry in reversed(entries):  # the newest first: of alike changes the oldest may have lost their request
            self._chain(entry.id).head = entry
            self._adopt(entry)
            self._adopt_notices(entry.id, notices.get(entry.id, ()))

    def _adopt(self, entry: Entry) -> None:
        """Move the changes that a request made from chains of their own into its chain."""
        for change in entry.effects.stock:
            if orphan := self._take_orphan(mark(change)):
                self._move(orphan, entry.id)

    def _adopt_notices(self, id: str, ranges: Iterable[range]) -> None:
        """Move the notices that something that is no request made into its chain, with their deliveries and changes."""
        chain = self._chain(id)
        for number in (number for numbers in ranges for number in numbers):
            own = self.chains.get(f"n{number}") if self._chain_of.get(number) == f"n{number}" else None
            if own:
                self._touched[f"n{number}"] = None
                self._chain_of[number] = id
                chain.notices |= own.notices
                chain.changes |= own.changes
                chain.deliveries |= own.deliveries
                self._chain_of_change |= dict.fromkeys(own.changes, id)
                self._chain_of_delivery |= dict.fromkeys(own.deliveries, id)
                own.notices, own.changes, own.deliveries = {}, {}, {}

    def _forget(self, notice: int, change: int) -> None:
        """Leave out notices and changes of stock before these ids, which are no longer kept."""
        for number in [*takewhile(lambda number: number < notice, self._chain_of)]:
            del self._chain(self._chain_of.pop(number)).notices[number]
        for number in [*takewhile(lambda number: number < change, self._chain_of_change)]:
            gone = self._chain(self._chain_of_change.pop(number)).changes.pop(number)
            waiting = self._orphans.get(mark(gone._asdict()), [])
            if waiting and waiting[0] is gone:
                self._take_orphan(mark(gone._asdict()), gone)

    def _arrange(self) -> None:
        """Replace the rows of each chain that was touched."""
        for id in self._touched:
            chain = self.chains[id]
            for row in chain.rows:
                self.remove(row)
                del self.rows[row.place.id]
            chain.rows = rows_of(id, chain)
            for row in chain.rows:
                self.put(row)
                self.rows[row.place.id] = row
            if chain.is_empty:
                del self.chains[id]
        for name, search in [*self.searches.items()]:
            search.pending |= self._touched
            if len(search.pending) > MOST_PENDING:  # nobody looks at it any more
                del self.searches[name]
        self._touched.clear()

    def searched(self, name: tuple[str, ...], passes: Callable[[Row, Chain], bool]) -> Search:
        """Return the rows that pass a test, which has a name; the tests asked for last are remembered."""
        search = self.searches.pop(name, None) or Search(self.chains)
        self.searches[name] = search
        if len(self.searches) > MOST_SEARCHES:
            self.searches.popitem(last=False)
        search.refresh(self.chains, passes)
        return search

    def changes_of(self, record: Key, most: int) -> tuple[int, list[Entry]]:
        """Return how many requests, deeds by hand, timers and answers changed a record, and the newest of them, newest first."""
        changers = self._changers.get(record, {})
        newest = sorted(islice(reversed(changers.values()), 2 * most), key=lambda entry: entry.wall_at, reverse=True)
        return len(changers), newest[:most]

    def chain_of(self, effect: str, number: int) -> str:
        """Return the id of the chain of a `notice` or a `change` of stock; "" where it is not known."""
        id = (self._chain_of if effect == "notice" else self._chain_of_change).get(number, "")
        return "" if id == f"c{number}" else id

    def awaited_by(self, vendor: str, record: str) -> list[Awaited]:
        """Return the deliveries that are not settled of a vendor, or of all vendors, and about a record, or about all records."""
        vendors = [vendor] if vendor else [*self.awaited]
        if record:
            own = [self.member(number) for number in self._awaited_of.get(record, ())]
            return [Awaited(pair for pair in own if pair[0].vendor in vendors)]
        return [self.awaited[name] for name in vendors if name in self.awaited]

    def member(self, number: int) -> tuple[Notice, Delivery]:
        """Return a delivery with its notice."""
        chain = self.chains[self._chain_of_delivery[number]]
        return chain.notices[chain.deliveries[number].notice], chain.deliveries[number]


ACTIVITIES: WeakKeyDictionary[World, Activity] = WeakKeyDictionary()
"""The index of each world that somebody has looked at."""
MAKING = threading.Lock()


def activity_of(world: World) -> Activity:
    """Return a world's index, not yet brought up to date."""
    with MAKING:
        return ACTIVITIES.get(world) or ACTIVITIES.setdefault(world, Activity())


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows that fit the filters, in lists that are each in order."""

    lists: Sequence[list[Place]]

    @property
    def count(self) -> int:
        """How many rows fit."""
        return sum(map(len, self.lists))

    def count_before(self, place: Place) -> int:
        """Return how many rows come before a place."""
        return sum(bisect_left(places, place) for places in self.lists)

    def backward(self, end: Place | None = None) -> Iterator[Place]:
        """Yield the rows from the newest on, or from a place on, which counts."""
        return self._walk([bisect_right(places, end) if end else len(places) for places in self.lists], -1)

    def forward(self, start: Place) -> Iterator[Place]:
        """Yield the rows after a place, the oldest first."""
        return self._walk([bisect_right(places, start) for places in self.lists], 1)

    def _walk(self, ends: list[int], way: int) -> Iterator[Place]:
        """Merge the lists from these places on; `way` is 1 or -1."""
        choose = min if way > 0 else max
        at = [end if way > 0 else end - 1 for end in ends]
        while left := [turn for turn, places in enumerate(self.lists) if 0 <= at[turn] < len(places)]:
            turn = choose(left, key=lambda turn: self.lists[turn][at[turn]])
            yield self.lists[turn][at[turn]]
            at[turn] += way
