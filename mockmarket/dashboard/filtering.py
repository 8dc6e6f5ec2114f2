"""The timeline's filters: applied to everything that is kept, before a window is cut, with a true count for each choice."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from mockmarket.dashboard.activity import TROUBLE, Activity, Category, Chain, Place, Row, Rows, Selection
from mockmarket.rules.search import folded
from mockmarket.store.activity import Delivery, Notice
from mockmarket.worlds.journal import Entry

Places = Mapping[Category, list[Place]]
ONLY = {
    "": "Everything", "effects": "Without plain reads", "trouble": "Failures and their causes", "refused": "Refused",
    "retry": "To be retried", "failed": "Failed or not sent",
}  # fmt: skip
KINDS = {
    "": "All", "request": "Requests", "hand": "By hand", "timer": "Timers", "answer": "Receivers' answers",
    "notice": "Notices", "delivery": "Deliveries", "change": "Changes of stock",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """The filters; empty ones are not set. `only` is a key of ONLY, `kind` of KINDS; `since` and `until` bound the world's time (ms)."""

    vendor: str = ""
    kind: str = ""
    only: str = ""
    record: str = ""
    text: str = ""
    since: int | None = None
    until: int | None = None

    @property
    def is_set(self) -> bool:
        """Whether any filter is set."""
        return self != Query()


def fits(category: Category, query: Query) -> bool:
    """Return whether rows of a category pass the filters by vendor, kind and result."""
    return (
        query.vendor in ("", category.vendor)
        and (not query.kind or query.kind in category.kinds)
        and WANTED[query.only](category)
    )


WANTED: Mapping[str, Callable[[Category], bool]] = {
    "": lambda category: True,
    "effects": lambda category: not category.plain,
    "trouble": lambda category: category.troubled,
    "refused": lambda category: category.tone == "refused",
    "retry": lambda category: category.tone == "retry",
    "failed": lambda category: category.tone in ("failed", "dropped"),
}


def concerning(activity: Activity, query: Query) -> Rows:
    """Return the rows that pass the filters by record and text. Without these it is the index itself, whatever is kept; a search that was
    looked at before tests what has changed since."""
    if not (query.record or query.text):
        return activity
    test = Words(query.record, folded(query.text))
    return activity.searched((test.record, test.text), test.passes)


def within(places: Places, query: Query) -> Places:
    """Return the rows that pass the filters by time, too."""
    if query.since is not None:
        places = {category: rows[bisect_left(rows, (query.since,)) :] for category, rows in places.items()}
    if query.until is not None:
        places = {category: rows[: bisect_left(rows, (query.until + 1,))] for category, rows in places.items()}
    return places


def selection(places: Places, query: Query) -> Selection:
    """Return the rows that pass the remaining filters, too."""
    return Selection([rows for category, rows in places.items() if rows and fits(category, query)])


def choices_of(places: Places, query: Query, vendors: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return how many rows each value of a filter would give under the other filters, by the filter."""
    return {
        "vendor": {name: selection(places, replace(query, vendor=name)).count for name in ("", *vendors)},
        "kind": {name: selection(places, replace(query, kind=name)).count for name in KINDS},
        "only": {name: selection(places, replace(query, only=name)).count for name in ONLY},
    }


def troubles(selected: Places, query: Query) -> int:
    """Return how many rows that pass the filters are in trouble."""
    return sum(len(rows) for category, rows in selected.items() if category.tone in TROUBLE and fits(category, query))


@dataclass(frozen=True, slots=True)
class Words:
    """Tests whether a row is about a record, and contains a text, case and accents folded."""

    record: str
    text: str

    def passes(self, row: Row, chain: Chain) -> bool:
        """Return whether a row of a chain passes both."""
        return (not self.record or self._concerns(row, chain)) and (not self.text or self._contains(row, chain))

    def _concerns(self, row: Row, chain: Chain) -> bool:
        if row.category.kinds[0] == "delivery":
            return chain.notices[chain.deliveries[row.number].notice].record == self.record
        own = any(effect.record == self.record for effect in chain.effects)
        return own or bool(chain.head and mentions(chain.head, self.record))

    def _contains(self, row: Row, chain: Chain) -> bool:
        if row.category.kinds[0] == "delivery":
            delivery = chain.deliveries[row.number]
            return self.text in _of_delivery(delivery, chain.notices[delivery.notice])
        words = "\n".join(f"{effect[2]} {effect.vendor} {effect.record}" for effect in chain.effects)
        return self.text in folded(words) or bool(chain.head and contains(chain.head, self.text))


def _of_delivery(delivery: Delivery, notice: Notice) -> str:
    return folded(" ".join((delivery.uid, delivery.endpoint, delivery.reason, notice.type, notice.record)))


def mentions(entry: Entry, record: str) -> bool:
    """Return whether a request changed a record, or names it."""
    name = record.encode("utf-8", "replace")
    touched = any(touch[2] == record for touch in entry.effects.records)
    return touched or record in entry.path or record in entry.query or name in entry.body or name in entry.answer


def contains(entry: Entry, text: str) -> bool:
    """Return whether a request's line, message, key or body contains a folded text; secrets are redacted before."""
    target, reason = f"{entry.method} {entry.path}?{entry.query}", f"{entry.refused or ''} {entry.message or ''}"
    line = f"{entry.id} {target} {entry.status} {reason} {entry.key or ''}"
    return text in folded(line) or text in folded(entry.body.decode("utf-8", "replace"))
