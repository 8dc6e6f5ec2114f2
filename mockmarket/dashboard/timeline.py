"""A world's activity as one story: requests with their effects, notices, attempts, in the order of the world's time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import itemgetter
from typing import Any

from mockmarket.clock import SECOND, iso_ms
from mockmarket.dashboard.formats import counted, cut, span, visible
from mockmarket.store import Read, Record, endpoints, history
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

MOST = 1000  # most entries of a story
WAITING_SHOWN = 12
SAFE = ("GET", "HEAD", "OPTIONS")
Mark = tuple[object, ...]  # identifies a change of stock
Lane = tuple[str, str, str]  # an endpoint, present or removed: its vendor, URL and state


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: `kind` is `request`, `change`, `notice`, `attempt`, `dropped` or `waiting`; `tone` a key of `ENDINGS`.
    `chain` is the id of the causing request, or `n` and the number of a notice without a request. `wall` orders entries
    of one moment of a frozen clock, epoch ms; `took` is the real ms until the answer."""

    kind: str
    id: str
    at: int
    wall: int
    chain: str
    vendor: str
    title: str
    tone: str = ""
    result: str = ""
    detail: str = ""
    record: str = ""
    endpoint: str = ""
    inside: tuple["Item", ...] = ()
    took: float | None = None
    mark: Mark = ()

    @property
    def began(self) -> tuple[int, int]:
        """Its position: its own moment or that of its first effect."""
        return min([self.at, *(item.at for item in self.inside)]), self.wall


@dataclass(frozen=True, slots=True)
class Story:
    """Entries oldest first, pending deliveries, the endpoints by id; `left_out` counts older matching entries."""

    items: tuple[Item, ...]
    waiting: tuple[Item, ...]
    lanes: Mapping[str, Lane]
    now: int
    left_out: int = 0


def story_of(world: World, vendor: str = "", record: str = "", only: str = "", limit: int = 100) -> Story:
    """Return the newest entries of a world's story: of a vendor, of a record, `effects` without plain reads, or `trouble` only."""
    read, most = world.read(), min(limit, MOST)
    where = {name: value for name, value in (("vendor", vendor), ("record", record)) if value}
    every = gather(world, read, where, most)
    items = [item for item in every if wanted(item, only)]
    if only == "trouble":
        chains = {item.chain for item in items}
        items = [item for item in every if item.chain in chains]
    lengths = accumulate(1 + len(item.inside) for item in reversed(items))
    newest = items[-(sum(length <= most for length in lengths) or 1) :]
    waiting = () if only else tuple(_waiting_of(read, where))
    return Story(tuple(newest), waiting, lanes_of(read, newest, waiting), read.now, len(items) - len(newest))


def gather(world: World, read: Read, where: Mapping[str, str], most: int) -> list[Item]:
    """Return the newest matching entries of every kind, in order; for a record, with the requests that concern it."""
    start = int(world.store.meta()["start"])
    notices = history.notices(read, where, most)
    causes = {row["cause"] for row in notices}
    vendor, record = where.get("vendor"), where.get("record")
    entries = world.journal.find({"vendor": vendor} if vendor else {})
    if record:
        entries = [entry for entry in entries if entry.id in causes or _mentions(entry, record)]
    changes = [_change_of(row) for row in history.stock_changes(read, where, most) if row["at"] >= start]
    attempts = map(_attempt_of, history.all_attempts(read, where, most))
    kept_back = history.dropped_deliveries(read, where, most)
    dropped = [item_of("dropped", row, row["type"], "dropped", "not sent") for row in kept_back]
    return arranged(entries[-most * 2 :], [*map(_notice_of, notices)], changes, [*attempts, *dropped])


def _mentions(entry: Entry, record: str) -> bool:
    name = record.encode("utf-8", "replace")
    touched = any(touch[2] == record for touch in entry.effects.records)
    return touched or record in entry.path or record in entry.query or name in entry.body or name in entry.answer


def arranged(entries: list[Entry], notices: list[Item], changes: list[Item], sends: list[Item]) -> list[Item]:
    """Order all entries, nesting effects in their requests. Changes of stock come newest first; a change without a
    request has the chain of the notice of the same record and moment."""
    causes, inside = causes_of(entries), {entry.id: list[Item]() for entry in entries}
    chains_of = {(notice.at, notice.record): notice.chain for notice in notices if notice.chain.startswith("n")}
    caused, free = [*notices], list[Item]()
    for change in changes:
        chains = causes.get(change.mark) or [chains_of.get((change.at, change.record), change.chain)]
        caused.append(replace(change, chain=chains.pop()))
    for item in sorted(caused, key=lambda item: (item.at, item.kind != "change", item.wall)):
        inside.get(item.chain, free).append(item)
    requests = [_request_of(entry, tuple(inside[entry.id])) for entry in entries]
    # an entry without a request comes just before its first attempt
    first = {send.chain: send.wall for send in sorted(sends, key=lambda send: send.wall, reverse=True)}
    timed = [replace(item, wall=first.get(item.chain, 0) - (2 if item.kind == "change" else 1)) for item in free]
    return sorted([*requests, *timed, *sends], key=lambda item: item.began)


def causes_of(entries: Iterable[Entry]) -> dict[Mark, list[str]]:
    """Return, by the mark of a change of stock, the requests that made such a change, the newest last."""
    causes: dict[Mark, list[str]] = {}
    for entry in entries:
        for change in entry.effects.stock:
            causes.setdefault(mark(change), []).append(entry.id)
    return causes


mark = itemgetter("stock", "what", "quantity", "vendor", "record")  # of a change, in the ledger as in the journal


def wanted(item: Item, only: str) -> bool:
    """Return whether an entry passes the filter: `effects` excludes successful reads, `trouble` everything successful."""
    if only == "trouble":
        return item.tone in TROUBLE
    plain = item.kind == "request" and not item.inside and item.tone == "ok" and item.title.split()[0] in SAFE
    return only != "effects" or not plain


def _request_of(entry: Entry, inside: tuple[Item, ...]) -> Item:
    place = entry.id, entry.at, entry.wall_at, entry.id, str(entry.vendor), f"{entry.method} {entry.path}"
    result, detail = str(entry.status or "no answer"), entry.message or (f"Fault: {entry.fault}" if entry.fault else "")
    return Item("request", *place, tone_of(entry), result, detail, inside=inside, took=entry.elapsed_ms)


def tone_of(entry: Entry) -> str:
    """Return a request's result; a request whose fault left it without an answer counts as failed."""
    return "ok" if 0 < entry.status < 400 else "refused" if 400 <= entry.status < 500 else "failed"


def _change_of(row: Record) -> Item:
    seats = " ".join(filter(None, (row["section"], row["row"])))
    title = f"{row['what'].replace('_', ' ')} {row['quantity']}" if row["quantity"] else row["what"]
    detail = f"Stock {row['stock']}, through {row['record']}."
    item = item_of("change", row, f"{title} · {seats}", detail=detail, mark=mark(row))
    return replace(item, chain=item.id)


def _notice_of(row: Record) -> Item:
    detail = f"About {row['kind']} {row['record']}; {row['deliveries']} deliveries."
    heard = counted(row["deliveries"], "endpoint") if row["deliveries"] else "no endpoint"
    return item_of("notice", row, row["type"], "", heard, detail=detail)


def item_of(kind: str, row: Record, title: str, tone: str = "", result: str = "", **fields: Any) -> Item:
    """Return the entry of a row of the log; its chain is named by the causing request, or by its notice."""
    chain = row.get("cause") or f"n{row.get('notice', row['id'])}"
    place = row["at"] or 0, row["wall_at"] if "wall_at" in row else row["id"], chain, row["vendor"]
    fields = {"detail": row.get("reason", ""), "record": row["record"], "endpoint": row.get("endpoint", "")} | fields
    return Item(kind, f"{kind[0]}{row['id']}", *place, title, tone, result, **fields)


TONES = {"delivered": "ok", "pending": "retry", "dropped": "dropped"}


def _attempt_of(row: Record) -> Item:
    again = "" if row["why"] == "event" else f" {row['why']}"
    number = f" #{row['number']}" if row["number"] > 1 else ""
    result = str(row["status"] or visible(row["error"] or "no answer"))
    tone = TONES.get(row["verdict"], "failed")
    return item_of("attempt", row, f"{row['type']}{number}{again}", tone, result, took=row["elapsed_ms"])


def _waiting_of(read: Read, where: Mapping[str, str]) -> Iterator[Item]:
    rows = history.deliveries(read, {**where, "state": "pending"}, 200)
    for row in sorted(rows, key=lambda row: (row["due"], row["id"]))[:WAITING_SHOWN]:
        wait = row["due"] - read.now
        due, title = f"in {span(wait)}" if wait >= SECOND else "now", f"{row['type']} #{row['attempts'] + 1}"
        yield item_of("waiting", {**row, "at": row["due"]}, title, "waiting", due)


def lanes_of(read: Read, items: Iterable[Item], waiting: Iterable[Item]) -> dict[str, Lane]:
    """Return the endpoints that were sent to, and those of the story's vendors; removed ones by their id."""
    lanes = {endpoint.id: (endpoint.vendor, endpoint.url, endpoint.state(read.now)) for endpoint in endpoints.all(read)}
    used = {item.endpoint: item.vendor for item in (*items, *waiting) if item.endpoint}
    vendors = {item.vendor for item in items}
    removals = {id: (vendor, "", "removed") for id, vendor in used.items() if id not in lanes}
    return {id: lane for id, lane in lanes.items() if id in used or lane[0] in vendors} | removals


ENDINGS = {
    "ok": "went well", "refused": "was refused", "retry": "failed and will be retried", "failed": "failed", "dropped": "was not sent",
    "waiting": "is waiting", "": "",
}  # fmt: skip
TROUBLE = ("refused", "retry", "failed", "dropped")


def describe(item: Item) -> str:
    """Describe an entry in one sentence or two, for its tooltip and for screen readers."""
    parts = [f"{item.title} {ENDINGS[item.tone]}".strip(), outcome_of(item), item.detail, iso_ms(item.at)]
    return cut(". ".join(part.rstrip(".") for part in parts if part), 600)


def outcome_of(item: Item) -> str:
    """Return an entry's result with its duration."""
    return f"{item.result} · {item.took:.0f} ms" if item.took is not None else item.result


def totals(items: Sequence[Item]) -> dict[str, int]:
    """Count a story's requests, notices, attempts and failures."""
    every = [*items, *(inner for item in items for inner in item.inside)]
    count = {name: sum(item.kind == name for item in every) for name in ("request", "notice", "attempt")}
    return count | {"trouble": sum(item.tone in TROUBLE for item in every)}
