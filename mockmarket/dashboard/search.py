"""Search over a world: orders by any value; events; records; requests; deliveries; endpoints; keys; notices; pages; actions."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import flask

from mockmarket import stock
from mockmarket.api.context import current
from mockmarket.dashboard import search_index, shell
from mockmarket.dashboard.formats import label, local
from mockmarket.errors import NotFound
from mockmarket.faults.catalogue import CATALOGUE
from mockmarket.rules.search import unaccented
from mockmarket.store import Read, activity, endpoints, keys, records
from mockmarket.vendor import Vendor
from mockmarket.worlds.world import World

IN_PALETTE, ON_PAGE = 6, 50
MOST_TERMS = 8


class Hit(NamedTuple):
    """One result: what it is called, what tells it from others, and where it is."""

    title: str
    detail: str
    url: str


class Group(NamedTuple):
    """The best results of one kind, and how many there are."""

    title: str
    hits: list[Hit]
    total: int


def show() -> shell.Response:
    """Show what a search finds: as a page, or as JSON for a client that prefers it."""
    text = shell.argument("q")
    if flask.request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        groups = find(current().world, text, ON_PAGE)
        return flask.jsonify(
            {
                "query": text,
                "groups": [group._asdict() | {"hits": [hit._asdict() for hit in group.hits]} for group in groups],
            }
        )
    return shell.page("search.html", title="Search", here="", text=text, groups=find(current().world, text, ON_PAGE))


def results() -> shell.Response:
    """Return the results alone, for the list that opens over a page."""
    text = shell.argument("q")
    return shell.part("search_results.html", text=text, groups=find(current().world, text, IN_PALETTE))


def find(world: World, text: str, limit: int) -> list[Group]:
    """Return what fits a text: case and accents are folded, every word must occur."""
    terms = unaccented(text).split()[:MOST_TERMS]
    if not terms:
        return []
    groups = [Group(title, *look(world, terms, limit)) for title, look in LOOKS]
    return [group for group in groups if group.hits]


Results = tuple[list[Hit], int]


def fitting(named: Iterable[tuple[str, Hit]], terms: Sequence[str], limit: int) -> Results:
    """Return the hits whose folded text has every term; those whose text begins with the first come first."""
    hits = [(not text.startswith(terms[0]), hit) for text, hit in named if all(term in text for term in terms)]
    return [hit for _, hit in sorted(hits, key=lambda ranked: ranked[0])[:limit]], len(hits)


def of(*hits: Hit) -> Iterator[tuple[str, Hit]]:
    """Yield hits with their folded texts."""
    yield from ((unaccented(f"{hit.title} {hit.detail}"), hit) for hit in hits)


def orders(world: World, terms: Sequence[str], limit: int) -> Results:
    """Find orders by any of their values, the newest first."""
    newest, count = search_index.orders_with(world, terms, limit)
    dated = filter(None, (_order(world, vendor, id) for vendor, id in newest))
    return [hit for _, hit in sorted(dated, key=lambda order: -order[0])[:limit]], count


def _order(world: World, vendor: str, id: str) -> tuple[int, Hit] | None:
    """Return when an order was taken, and its hit; None for one that has just been removed."""
    view, read = world.vendors[vendor].records.orders, world.read()
    record = records.get(read, view.kind, id) if view else None
    if view is None or record is None:
        return None
    line = view.line(read, record)
    detail = " · ".join(filter(None, (line.buyer, line.email, line.event, line.status, world.vendors[vendor].title)))
    return line.at, Hit(line.number or id, detail, shell.url("orders.detail", vendor=vendor, id=id))


def shows(world: World, terms: Sequence[str], limit: int) -> Results:
    """Find events by name, venue or id."""
    rows = search_index.event_names(world.read())
    named = ((words, (name, at, zone, id)) for words, name, at, zone, id in rows)
    hits = [(words.startswith(terms[0]), event) for words, event in named if all(term in words for term in terms)]
    best = sorted(hits, key=lambda hit: not hit[0])[:limit]
    return [Hit(name, local(at, zone), shell.url("stock.event", id=id)) for _, (name, at, zone, id) in best], len(hits)


def listings(world: World, _terms: Sequence[str], _limit: int) -> Results:
    """Find a row of stock by its id."""
    text = shell.argument("q")
    try:
        row = stock.get(world.read(), text)
    except NotFound:
        return [], 0
    return [Hit(row.id, f"{row.section} {row.row}".strip(), shell.url("stock.row", id=row.id))], 1


def named_records(world: World, _terms: Sequence[str], limit: int) -> Results:
    """Find any vendor's record by its id or its name in the ledger, such as a hold, a listing or a ticket; orders are found by `orders`."""
    text = shell.argument("q")
    hits = [hit for vendor in world.vendors.values() for hit in _named(world.read(), vendor, text)]
    return hits[:limit], len(hits)


def _named(read: Read, vendor: Vendor, text: str) -> Iterator[Hit]:
    view, url = vendor.records.orders, shell.url
    if view and (order := view.order_of(read, text)):
        yield Hit(text, f"of order {order} · {vendor.title}", url("orders.detail", vendor=vendor.name, id=order))
    if (holder := vendor.records.holder(read, text)) and holder.id != text:
        place = url("stock.record", vendor=vendor.name, kind=holder.kind.name, id=holder.id)
        yield Hit(text, f"{label(holder.kind.name)} · {vendor.title}", place)
    for kind in vendor.records.kinds:
        if (view is None or kind is not view.kind) and records.count(read, kind, [("id", "=", text)]):
            place = url("stock.record", vendor=vendor.name, kind=kind.name, id=text)
            yield Hit(text, f"{label(kind.name)} · {vendor.title}", place)


def requests(world: World, terms: Sequence[str], limit: int) -> Results:
    """Find requests by id, or by method, path and reason, the newest first."""
    fitting_entries = [
        entry
        for entry in reversed(world.journal.find({}))
        if all(
            term in _line(entry.id, entry.method, entry.path, str(entry.status), entry.message or "") for term in terms
        )
    ]
    hits = [
        Hit(
            f"{entry.method} {entry.path}",
            f"{entry.id} · {entry.status or 'no answer'}",
            shell.url("requests.detail", id=entry.id),
        )
        for entry in fitting_entries[:limit]
    ]
    return hits, len(fitting_entries)


def _line(*parts: str) -> str:
    return unaccented(" ".join(parts))


def paths(world: World, terms: Sequence[str], limit: int) -> Results:
    """Find the paths that were requested, the most frequent first."""
    counts = Counter((entry.method, entry.path) for entry in world.journal.find({}))
    ranked = ((method, path, count) for (method, path), count in counts.most_common())
    hits = (
        Hit(f"{method} {path}", f"{count} requests", shell.url("requests.table", method=method, path=path))
        for method, path, count in ranked
        if all(term in _line(method, path) for term in terms) and count > 1
    )
    every = [*hits]
    return every[:limit], len(every)


def deliveries(world: World, _terms: Sequence[str], limit: int) -> Results:
    """Find deliveries whose id begins with the text."""
    rows, count = activity.deliveries_named(world.read(), shell.argument("q"), limit)
    url = shell.url
    hits = (
        Hit(uid, f"{type} · {record} · {state}", url("webhooks.delivery", id=uid)) for uid, type, record, state in rows
    )
    return [*hits], count


def hooks(world: World, terms: Sequence[str], limit: int) -> Results:
    """Find endpoints by URL, id or vendor."""
    rows = endpoints.all(world.read())
    hits = (
        Hit(row.url, f"{shell.vendor_title(row.vendor)} · {row.id}", shell.url("webhooks.detail", id=row.id))
        for row in rows
    )
    return fitting(of(*hits), terms, limit)


def credentials(world: World, terms: Sequence[str], limit: int) -> Results:
    """Find API keys by name, hint or id."""
    rows = keys.all(world.read())
    title = shell.vendor_title
    hits = (
        Hit(row.name, f"{row.hint} · {title(row.vendor)} · {row.id}", shell.url("keys.detail", id=row.id))
        for row in rows
    )
    return fitting(of(*hits), terms, limit)


def notices(world: World, terms: Sequence[str], limit: int) -> Results:
    """Find types of notice; each leads to its page in the catalogue."""
    hits = (
        Hit(
            type.name,
            f"{vendor.title}: {type.when}",
            shell.url("webhooks.notice", vendor=vendor.name, type=type.name),
        )
        for vendor in world.vendors.values()
        for type in vendor.webhooks.notices
    )
    return fitting(of(*hits), terms, limit)


def pages(_world: World, terms: Sequence[str], limit: int) -> Results:
    """Find pages by their titles."""
    every: tuple[shell.Page, ...] = flask.current_app.extensions["mockmarket.pages"]
    return fitting(of(*(Hit(page.title, page.group, shell.url(page.endpoint)) for page in every)), terms, limit)


def commands(world: World, terms: Sequence[str], limit: int) -> Results:
    """Find what can be done: vendors' actions, new endpoints and keys, faults, the clock."""
    return fitting(of(*_commands(world)), terms, limit)


def _commands(world: World) -> Iterator[Hit]:
    url = shell.url
    yield Hit("Freeze the clock", "Clock: freeze, run, advance", url("clock.show"))
    yield Hit("Catalogue of notices", "Webhooks: every type, when it is sent, an example", url("webhooks.catalogue"))
    yield Hit("New world", "Worlds: from a fixture, or a copy", url("worlds.show"))
    for vendor in world.vendors.values():
        yield Hit(f"New endpoint at {vendor.title}", "Webhooks", url("webhooks.new", vendor=vendor.name))
        yield Hit(f"New key at {vendor.title}", "Keys", url("keys.new", vendor=vendor.name))
        for action in vendor.world.actions:
            name = action.name.replace("_", " ").capitalize()
            yield Hit(
                f"{name} at {vendor.title}", action.help, url("actions.detail", vendor=vendor.name, action=action.name)
            )
    for name, fault in CATALOGUE.items():
        yield Hit(f"Fault: {name}", fault.help, url("faults.new", name=name))


LOOKS: Sequence[tuple[str, Callable[[World, Sequence[str], int], Results]]] = (
    ("Orders", orders), ("Events", shows), ("Stock", listings), ("Records", named_records), ("Requests", requests), ("Paths", paths),
    ("Deliveries", deliveries),
    ("Endpoints", hooks), ("Keys", credentials), ("Notices", notices), ("Pages", pages), ("Actions", commands),
)  # fmt: skip
"""What is searched, in the order of the groups."""
