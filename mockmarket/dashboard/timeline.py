"""A world's activity as one story: requests with their effects, notices, deliveries, in the order of the world's time."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice

from mockmarket.clock import SECOND, span
from mockmarket.dashboard import awaited
from mockmarket.dashboard.activity import TONES, Activity, Chain, Place, Row, Selection, activity_of
from mockmarket.dashboard.awaited import Awaited
from mockmarket.dashboard.deeds import cause_of
from mockmarket.dashboard.filtering import Query, choices_of, concerning, selection, troubles, within
from mockmarket.dashboard.formats import counted, cut, exact, visible
from mockmarket.dashboard.overview import DUE_SHOWN, counts_of
from mockmarket.store import Read, activity as log, endpoints, keys, timers
from mockmarket.store.activity import Attempt, Change, Delivery, Notice
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

LIMIT = 100  # entries of a window
MOST_READ = 2_000  # rows that a window goes through, alike reads included
ALIKE_FROM = 3  # how many alike reads in succession are one entry
WAITING_SHOWN = 12
TIMERS_READ = 100  # most timers that the overview has
LONGEST_BODY = 300  # characters of what was done by hand that its tooltip has
Lane = tuple[str, str, str]  # an endpoint, present or removed: its vendor, URL and state
Runs = Sequence[Sequence[Row]]  # a window's rows, each with the alike reads beside it


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt of a delivery: when, and how it ended; `took` is the real ms until the answer."""

    number: int
    at: int
    tone: str
    result: str
    detail: str
    took: float | None


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: `kind` is `request`, `hand`, `timer`, `answer`, `reads`, `change`, `notice`, `delivery` or `waiting`; `tone` a key of
    `ENDINGS`. `chain` is the id of the causing request, or of the effect that has none. `inside` are a request's effects, `tries` a
    delivery's attempts; `opened` asks for a row for each. `count` is how many alike things it stands for."""

    kind: str
    id: str
    at: int
    chain: str
    vendor: str
    title: str
    tone: str = ""
    result: str = ""
    detail: str = ""
    record: str = ""
    endpoint: str = ""
    inside: tuple["Item", ...] = ()
    tries: tuple[Try, ...] = ()
    took: float | None = None
    count: int = 1
    opened: bool = False

    @property
    def began(self) -> int:
        """Its own moment or that of its first effect."""
        return min([self.at, *(item.at for item in self.inside)])


@dataclass(frozen=True, slots=True)
class Window:
    """What part of the story is asked for: up to `limit` entries, the last of which is the row `end`, or the newest; without `end`, those
    from the moment `start` (epoch ms) on. `opened` names the entries of which every part has a row of its own, `pinned` the endpoints
    that have a lane even when nothing is sent to them."""

    end: str = ""
    limit: int = LIMIT
    opened: frozenset[str] = frozenset()
    start: int | None = None
    pinned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows fit the filters: before a window, after it, in all, in trouble; how many are kept; how many deliveries are awaited."""

    older: int = 0
    newer: int = 0
    matching: int = 0
    trouble: int = 0
    kept: int = 0
    awaited: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """A window: entries oldest first, what is awaited, the endpoints that act, by id, and those that are `idle`; `places` are those of the
    entries' last rows. `newer_end` is the last row of the window that is half a window further on. `choices` are the counts of the
    filters' values, `steps` those of everything that passes the filters but those of time, with the seconds of a step, `dues` of what is
    awaited."""

    items: tuple[Item, ...]
    waiting: tuple[Item, ...]
    lanes: Mapping[str, Lane]
    now: int
    counts: Counts = Counts()
    places: tuple[Place, ...] = ()
    newer_end: str = ""
    choices: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    steps: tuple[int, Mapping[int, Mapping[str, int]]] = (1, {})
    dues: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    idle: Mapping[str, Lane] = field(default_factory=dict)


def story_of(world: World, query: Query | None = None, window: Window | None = None) -> Story:
    """Return a window of a world's story: the newest entries that fit the filters, or those up to a row."""
    activity, query, window = activity_of(world), query or Query(), window or Window()
    with activity.lock:
        activity.refresh(world)
        every = concerning(activity, query)
        narrow = within(every.places, query)
        selected = selection(narrow, query)
        window = _started(selected, window)
        runs = _window_of(activity, selected, window)
        reader = _reader(world.read(), activity, runs, window)
        items, places = tuple(reader.item_of(run) for run in runs), tuple(run[-1].place for run in runs)
        older = selected.count_before(runs[0][0].place) if runs else 0
        newer = selected.count - older - sum(map(len, runs))
        due = [] if query.only or query.kind else activity.awaited_by(query.vendor, query.record)
        waiting = [] if newer else waiting_items(world, activity, due)
        counts = Counts(
            older, newer, selected.count, troubles(narrow, query), sum(map(len, activity.places.values())),
            sum(vendor.count for vendor in due),
        )  # fmt: skip
        lanes, idle = lanes_of(world.read(), (*items, *waiting), window.pinned)
        further = [*islice(selected.forward(places[-1]), window.limit // 2)] if newer and places else []
        return Story(
            items, tuple(waiting), lanes, world.clock.now(), counts, places,
            further[-1].id if further else "", choices_of(narrow, query, world.vendors), counts_of(every, query),
            dues_of(world, due, query), idle,
        )  # fmt: skip


def _started(selected: Selection, window: Window) -> Window:
    """Return a window with its last row, where only its beginning is asked for."""
    if window.start is None or window.end:
        return window
    ahead = [*islice(selected.forward(Place(window.start, -1, 0, "")), window.limit)]
    return replace(window, end=ahead[-1].id if ahead else "")


def _window_of(activity: Activity, selected: Selection, window: Window) -> Runs:
    """Return the rows of a window, oldest first; reads that are alike, in succession and went well are one run."""

    def alike(row: Row) -> object:
        entry = activity.chains[row.chain].head
        return (entry.vendor, entry.method, entry.path, entry.query) if entry and row.category.plain else row.place.id

    end, runs = activity.rows.get(window.end), list[Sequence[Row]]()
    newest = islice(selected.backward(end.place if end else None), MOST_READ)
    for _, group in groupby((activity.rows[place.id] for place in newest), alike):
        rows = [*group]
        together = len(rows) >= ALIKE_FROM and rows[-1].place.id not in window.opened
        runs += [rows[::-1]] if together else [[row] for row in rows]
        if len(runs) >= window.limit:
            break
    return runs[: window.limit][::-1]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Makes entries of rows; the attempts and the keys of the window have been read."""

    activity: Activity
    attempts: Mapping[int, Sequence[Attempt]]
    key_names: Mapping[str, str]
    opened: frozenset[str]
    now: int

    def item_of(self, rows: Sequence[Row]) -> Item:
        """Return the entry of a row, or of alike reads."""
        row, chain = rows[-1], self.activity.chains[rows[-1].chain]
        kind = row.category.kinds[0]
        if kind == "delivery":
            delivery = chain.deliveries[row.number]
            return self._delivery(row, delivery, chain.notices[delivery.notice])
        if chain.head and kind in ("hand", "timer", "answer"):
            return self._deed(row, chain.head, chain)
        if chain.head and kind == "request":
            request = self._request(row, chain.head, chain)
            return replace(request, kind="reads", id=rows[0].place.id, count=len(rows)) if len(rows) > 1 else request
        return effect_of((chain.notices if kind == "notice" else chain.changes)[row.number], chain, row.chain)

    def _request(self, row: Row, entry: Entry, chain: Chain) -> Item:
        inside = tuple(effect_of(effect, chain, row.chain) for effect in chain.effects)
        title = f"{entry.method} {entry.path}{'?' if entry.query else ''}{entry.query}"
        place = entry.id, entry.at, row.chain, row.category.vendor, title
        result = " · ".join(filter(None, (str(entry.status or "no answer"), entry.message)))
        detail = " · ".join(filter(None, (f"Fault: {entry.fault}" if entry.fault else "", entry.step)))
        if row.category.tone == "refused":
            detail = " · ".join(filter(None, (detail, self.key_names.get(entry.key or "", "no known key"))))
        return Item("request", *place, row.category.tone, result, detail, inside=inside, took=entry.elapsed_ms)

    def _deed(self, row: Row, entry: Entry, chain: Chain) -> Item:
        inside = tuple(effect_of(effect, chain, row.chain) for effect in chain.effects)
        detail = cut(entry.body.decode("utf-8", "replace"), LONGEST_BODY)
        place = entry.id, entry.at, row.chain, row.category.vendor, cause_of(entry)
        return Item(entry.kind, *place, detail=detail, inside=inside, took=entry.elapsed_ms)

    def _delivery(self, row: Row, delivery: Delivery, notice: Notice) -> Item:
        tries = tuple(map(try_of, self.attempts.get(delivery.id, ())))
        tone, opened = row.category.tone, row.place.id in self.opened and len(tries) > 1
        parts = [tries[-1].result if tries else "not sent"]
        if tone == "retry" and delivery.due is not None:
            parts.append(
                f"next in {span(delivery.due - self.now)}" if delivery.due - self.now >= SECOND else "next now"
            )
        elif tone == "dropped" and tries:
            parts.append("not sent again")
        detail = delivery.reason or (tries[-1].detail if tries else "")
        place = row.place.id, row.place.at, row.chain, notice.vendor, notice.type
        texts = tone, " · ".join(parts), detail, notice.record, delivery.endpoint
        return Item("delivery", *place, *texts, tries=tries, took=tries[-1].took if tries else None, opened=opened)


def _reader(read: Read, activity: Activity, runs: Runs, window: Window) -> _Reader:
    rows = [row for run in runs for row in run]
    attempts = log.attempts_of(read, [row.number for row in rows if row.category.kinds[0] == "delivery"])
    refused = any(row.category.tone == "refused" for row in rows)
    names = {key.id: f"key {key.name} {key.hint}" for key in keys.all(read)} if refused else {}
    return _Reader(activity, attempts, names, window.opened, read.now)


def try_of(attempt: Attempt) -> Try:
    """Return an attempt as its dot and its row say it."""
    result = str(attempt.status or visible(attempt.error or "no answer"))
    detail = attempt.reason if attempt.why == "event" else f"{attempt.why}: {attempt.reason}"
    return Try(attempt.number, attempt.at, TONES.get(attempt.verdict, "failed"), result, detail, attempt.elapsed_ms)


def effect_of(effect: Notice | Change, chain: Chain, id: str) -> Item:
    """Return the entry of a notice or of a change of stock."""
    if isinstance(effect, Notice):
        heard = sum(delivery.notice == effect.id for delivery in chain.deliveries.values())
        result = counted(heard, "endpoint") if heard else "no endpoint"
        detail = f"About {effect.kind} {effect.record}; {counted(heard, 'delivery')}."
        return Item(
            "notice", f"n{effect.id}", effect.at, id, effect.vendor, effect.type, "", result, detail, effect.record
        )
    seats = " ".join(filter(None, (effect.section, effect.row)))
    title = f"{effect.what.replace('_', ' ')} {effect.quantity or ''}".rstrip() + (f" · {seats}" if seats else "")
    detail = f"Stock {effect.stock}, through {effect.record}."
    return Item("change", f"c{effect.id}", effect.at, id, effect.vendor, title, "", "", detail, effect.record)


def dues_of(world: World, due: Sequence[Awaited], query: Query) -> dict[int, Counter[str]]:
    """Return how many webhooks and timers are due in the next seconds of the world's time in which any are; what is late is due at
    once."""
    now, dues = world.clock.now(), dict[int, Counter[str]]()
    for group in (*awaited.late(due, now), *awaited.coming(due, now, DUE_SHOWN)):
        dues.setdefault(group.second, Counter())["webhook"] += group.number
    for timer in timers.upcoming(world.read(), TIMERS_READ) if not (query.only or query.kind or query.text) else ():
        if query.vendor in ("", timer.vendor) and query.record in ("", timer.record):
            dues.setdefault(max(timer.due, now) // SECOND, Counter())["timer"] += 1
    return dues


def waiting_items(world: World, activity: Activity, due: Sequence[Awaited]) -> list[Item]:
    """Return the entries of what is to be sent: of each endpoint what is late, then what comes, alike deliveries of one moment together."""
    now = world.clock.now()
    groups = [*awaited.late(due, now), *awaited.coming(due, now, WAITING_SHOWN)][:WAITING_SHOWN]
    return [_awaited_item(world, group, *activity.member(group.first[1])) for group in groups]


def _awaited_item(world: World, group: awaited.Group, notice: Notice, delivery: Delivery) -> Item:
    count, is_coming, now = group.number, bool(group.type), world.clock.now()
    due = delivery.due or now
    number = f" #{delivery.attempts + 1}" if count == 1 and delivery.attempts else ""
    title = (
        f"{notice.type}{number}"
        if count == 1
        else f"{count} × {notice.type}"
        if is_coming
        else counted(count, "webhook")
    )
    result = f"in {span(due - now)}" if is_coming else lateness(now - due, count, world.in_flight[delivery.endpoint])
    place = f"w{delivery.id}", due, notice.cause or f"n{notice.id}", notice.vendor
    tone = "waiting" if is_coming or now - due < SECOND else "late"
    return Item("waiting", *place, title, tone, result, record=notice.record, endpoint=delivery.endpoint, count=count)


def lateness(late: int, count: int, flying: int) -> str:
    """Return by how much deliveries to an endpoint are late (ms), and why: how many of them are on their way."""
    if late < SECOND:
        return "now"
    on_their_way = f"{flying} on the way" + (f", {counted(count - flying, 'webhook')} behind" if count > flying else "")
    return f"overdue {span(late)}" + (f": {on_their_way}" if flying else "")


def lanes_of(read: Read, items: Iterable[Item], pinned: Iterable[str] = ()) -> tuple[dict[str, Lane], dict[str, Lane]]:
    """Return the endpoints that something is sent to or that are pinned, removed ones without a URL; and the others."""
    known = {endpoint.id: (endpoint.vendor, endpoint.url, endpoint.state(read.now)) for endpoint in endpoints.all(read)}
    used = {item.endpoint: item.vendor for item in items if item.endpoint}
    used |= {id: known[id][0] for id in pinned if id in known}
    lanes = {id: known.get(id, (vendor, "", "removed")) for id, vendor in sorted(used.items())}
    return lanes, {id: lane for id, lane in known.items() if id not in lanes}


ENDINGS = {
    "ok": "went well", "refused": "was refused", "retry": "failed and will be retried", "failed": "failed", "dropped": "was not sent",
    "waiting": "is waiting", "late": "is late", "": "",
}  # fmt: skip


def describe(item: Item) -> str:
    """Describe an entry in one sentence or two, for its tooltip and for screen readers."""
    title = f"{item.title} × {item.count}" if item.kind == "reads" else item.title
    tries = f"{len(item.tries)} attempts" if len(item.tries) > 1 else ""
    parts = [f"{title} {ENDINGS[item.tone]}".strip(), outcome_of(item), tries, item.detail, exact(item.at)]
    return cut(". ".join(part.rstrip(".") for part in parts if part), 600)


def outcome_of(item: Item) -> str:
    """Return an entry's result with its duration."""
    return f"{item.result} · {item.took:.0f} ms" if item.took is not None else item.result
