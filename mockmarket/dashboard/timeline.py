"""What happened in a world as one story: requests with what they caused, notices, attempts, in the order of the world's time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mockmarket.clock import SECOND, iso_ms
from mockmarket.dashboard.formats import cut, span, visible
from mockmarket.store import Read, endpoints, history, timeline
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

MOST = 1000
"""How many entries a story has at most, whatever is asked for."""
WAITING_SHOWN = 12

SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: `kind` is `request`, `change`, `notice`, `attempt`, `dropped` or `waiting`.

    `chain` is the id of the request that it came of, or `n` and the number of a notice that no request caused. `tone` says how
    it ended: `ok`, `refused`, `retry`, `failed`, `dropped`, `waiting` or nothing; `result` says it in words. `wall` orders what
    happened at one moment of a clock that stood still, epoch ms; `took` is how many real ms the answer did.
    """

    kind: str
    id: str
    at: int
    wall: int
    chain: str
    vendor: str
    title: str
    tone: str = ""
    result: str = ""
    more: str = ""
    record: str = ""
    endpoint: str = ""
    inside: tuple[Item, ...] = ()
    took: float | None = None
    mark: tuple[Any, ...] = ()

    @property
    def began(self) -> tuple[int, int]:
        """Where it stands among others: its own moment or the first of what it caused."""
        return min([self.at, *(item.at for item in self.inside)]), self.wall


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the story: of a vendor, of a record, `effects` without plain reads or `trouble` alone, and how many entries."""

    vendor: str = ""
    record: str = ""
    only: str = ""
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Lane:
    """One endpoint that listens or listened: where it is, and how it fares in one word."""

    id: str
    vendor: str
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Story:
    """Entries oldest first, what waits to be sent, the endpoints in it; `left_out` counts older entries that would fit."""

    items: tuple[Item, ...]
    waiting: tuple[Item, ...]
    lanes: Mapping[str, Lane]
    now: int
    left_out: int = 0


@dataclass(slots=True)
class _Found:
    entries: list[Entry]
    notices: list[Item]
    changes: list[Item]
    sends: list[Item] = field(default_factory=list)


def tell(world: World, asked: Asked) -> Story:
    """Return the newest part of a world's story."""
    read = world.read()
    most = min(asked.limit, MOST)
    found = gather(world, read, asked, most)
    items = [item for item in arranged(found) if wanted(item, asked.only)]
    if asked.only == "trouble":
        items = of_chains(arranged(found), {item.chain for item in items})
    kept = cut_to(items, most)
    waiting = [] if asked.only else waiting_of(read, filters(asked))
    return Story(tuple(kept), tuple(waiting), lanes_of(read, kept, waiting), read.now, len(items) - len(kept))


def filters(asked: Asked) -> dict[str, str]:
    """Return what is asked for as the store's filters."""
    return {name: value for name, value in (("vendor", asked.vendor), ("record", asked.record)) if value}


def gather(world: World, read: Read, asked: Asked, most: int) -> _Found:
    """Read the newest entries of every kind that are asked for; of a record's story, the requests that it is in too."""
    where = filters(asked)
    start = int(world.store.meta()["start"])
    told = history.notices(read, where, most)
    causes = {row["cause"] for row in told}
    entries = [entry for entry in world.journal.find({}) if not asked.vendor or entry.vendor == asked.vendor]
    if asked.record:
        entries = [entry for entry in entries if entry.id in causes or mentions(entry, asked.record)]
    made = [change_of(row) for row in timeline.changes(read, where, most) if row["at"] >= start]
    sends = [attempt_of(row) for row in timeline.attempts(read, where, most)]
    sends += [dropped_of(row) for row in timeline.dropped(read, where, most)]
    return _Found(entries[-most * 2 :], [notice_of(row) for row in told], made, sends)


def mentions(entry: Entry, record: str) -> bool:
    """Tell whether a request or its answer names a record."""
    name = record.encode("utf-8", "replace")
    touched = any(touch[2] == record for touch in entry.effects.records)
    return touched or record in entry.path or record in entry.query or name in entry.body or name in entry.answer


def arranged(found: _Found) -> list[Item]:
    """Put what was found in order: into each request what it caused, attempts where they were made."""
    causes = {entry.id: entry for entry in found.entries}
    inside: dict[str, list[Item]] = {}
    free: list[Item] = []
    for entry in sorted(
        [*with_chains(found), *found.notices], key=lambda item: (item.at, item.kind != "change", item.wall)
    ):
        (inside.setdefault(entry.chain, []) if entry.chain in causes else free).append(entry)
    requests = [request_of(entry, tuple(inside.get(entry.id, ()))) for entry in found.entries]
    return sorted([*requests, *timed(free, found.sends), *found.sends], key=lambda item: item.began)


def with_chains(found: _Found) -> list[Item]:
    """Return the changes of stock, newest first as they came, each with the chain that it is part of.

    A request knows what it changed; of what no request changed, the chain is that of the notice of the same record and moment.
    """
    by_request: dict[tuple[Any, ...], list[str]] = {}
    for entry in found.entries:
        for moved in entry.effects.stock:
            by_request.setdefault(mark(moved), []).append(entry.id)
    told = {(notice.at, notice.record): notice.chain for notice in found.notices if notice.chain.startswith("n")}
    return [
        replace(
            change, chain=(by_request.get(change.mark) or [told.get((change.at, change.record), change.chain)]).pop()
        )
        for change in found.changes
    ]


def mark(moved: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what tells a change of stock from others, in the ledger as in the journal."""
    return tuple(moved[name] for name in ("stock", "what", "quantity", "vendor", "record"))


def timed(free: Iterable[Item], sends: Iterable[Item]) -> list[Item]:
    """Give what no request caused its place among others of the same moment: just before the first attempt that came of it."""
    first: dict[str, int] = {}
    for send in sends:
        first[send.chain] = min(send.wall, first.get(send.chain, send.wall))
    return [replace(item, wall=first.get(item.chain, 0) - (2 if item.kind == "change" else 1)) for item in free]


def wanted(item: Item, only: str) -> bool:
    """Tell whether an entry passes the filter: `effects` leaves out reads that went well, `trouble` all that went well."""
    if only == "trouble":
        return item.tone in ("refused", "retry", "failed", "dropped")
    return (
        only != "effects"
        or item.kind != "request"
        or bool(item.inside)
        or item.tone != "ok"
        or item.title.split()[0] not in SAFE
    )


def of_chains(items: Iterable[Item], chains: set[str]) -> list[Item]:
    """Return the entries of some chains."""
    return [item for item in items if item.chain in chains]


def cut_to(items: Sequence[Item], most: int) -> list[Item]:
    """Return the newest entries, so many with what is inside them."""
    kept: list[Item] = []
    for item in reversed(items):
        most -= 1 + len(item.inside)
        if most < 0 and kept:
            break
        kept.append(item)
    return kept[::-1]


def chain_of(cause: str | None, notice: int) -> str:
    """Name a chain by the request that began it, or by its notice."""
    return cause or f"n{notice}"


def request_of(entry: Entry, inside: tuple[Item, ...]) -> Item:
    """Make an entry of a request and its answer."""
    spoilt = f"Fault: {entry.fault}" if entry.fault else ""
    return Item(
        "request", entry.id, entry.at, entry.wall_at, entry.id, str(entry.vendor),
        f"{entry.method} {entry.path}", tone_of(entry), str(entry.status or "no answer"), entry.message or spoilt, inside=inside,
        took=entry.elapsed_ms,
    )  # fmt: skip


def tone_of(entry: Entry) -> str:
    """Return how a request ended; without an answer, by a fault, it failed."""
    return "ok" if 0 < entry.status < 400 else "refused" if 400 <= entry.status < 500 else "failed"


def change_of(row: Mapping[str, Any]) -> Item:
    """Make an entry of a line of the ledger."""
    seats = " ".join(part for part in (row["section"], row["row"]) if part)
    title = f"{row['what'].replace('_', ' ')} {row['quantity']}" if row["quantity"] else row["what"]
    return Item(
        "change", f"c{row['id']}", row["at"], row["id"], f"c{row['id']}", row["vendor"], f"{title} · {seats}",
        more=f"Stock {row['stock']}, through {row['record']}.", record=row["record"], mark=mark(row),
    )  # fmt: skip


def notice_of(row: Mapping[str, Any]) -> Item:
    """Make an entry of a notice."""
    listening = (
        f"{row['deliveries']} {'endpoint' if row['deliveries'] == 1 else 'endpoints'}"
        if row["deliveries"]
        else "nobody listens"
    )
    return Item(
        "notice", f"n{row['id']}", row["at"], row["id"], chain_of(row["cause"], row["id"]), row["vendor"], row["type"],
        result=listening, more=f"About {row['kind']} {row['record']}; {row['deliveries']} deliveries.", record=row["record"],
    )  # fmt: skip


TONES = {"delivered": "ok", "pending": "retry", "dropped": "dropped"}


def attempt_of(row: Mapping[str, Any]) -> Item:
    """Make an entry of an attempt and what came back."""
    tone = TONES.get(row["verdict"], "failed")
    again = "" if row["why"] == "event" else f" {row['why']}"
    number = f" #{row['number']}" if row["number"] > 1 else ""
    return Item(
        "attempt", f"a{row['id']}", row["at"], row["wall_at"], chain_of(row["cause"], row["notice"]), row["vendor"],
        f"{row['type']}{number}{again}", tone, result_of(row), row["reason"], row["record"], row["endpoint"], took=row["elapsed_ms"],
    )  # fmt: skip


def result_of(row: Mapping[str, Any]) -> str:
    """Say what a receiver answered, or why nothing came."""
    return str(row["status"] or visible(row["error"] or "no answer"))


def dropped_of(row: Mapping[str, Any]) -> Item:
    """Make an entry of a delivery that was given up before it was sent."""
    return Item(
        "dropped", f"d{row['id']}", row["at"] or 0, row["id"], chain_of(row["cause"], row["notice"]), row["vendor"], row["type"],
        "dropped", "not sent", row["reason"], row["record"], row["endpoint"],
    )  # fmt: skip


def waiting_of(read: Read, where: Mapping[str, str]) -> list[Item]:
    """Return what waits to be sent, earliest first."""
    rows = history.deliveries(read, where, 200, states=("pending",))
    rows = sorted(rows, key=lambda row: (row["due"], row["id"]))[:WAITING_SHOWN]
    return [
        Item("waiting", f"w{row['id']}", row["due"], row["id"], chain_of(row["cause"], row["notice"]), row["vendor"],
             f"{row['type']} #{row['attempts'] + 1}", "waiting", due_in(row["due"] - read.now), row["reason"],
             row["record"], row["endpoint"])
        for row in rows
    ]  # fmt: skip


def due_in(ms: int) -> str:
    """Say when something is due."""
    return f"in {span(ms)}" if ms >= SECOND else "now"


def lanes_of(read: Read, items: Iterable[Item], waiting: Iterable[Item]) -> dict[str, Lane]:
    """Return the endpoints that were sent to, and those that listen to the vendors in the story; removed ones by their id."""
    there = {
        endpoint.id: Lane(endpoint.id, endpoint.vendor, endpoint.url, endpoint.state(read.now))
        for endpoint in endpoints.all(read)
    }
    used = {item.endpoint: item.vendor for item in (*items, *waiting) if item.endpoint}
    vendors = {item.vendor for item in items}
    gone = {id: Lane(id, vendor, "", "removed") for id, vendor in used.items() if id not in there}
    return {id: lane for id, lane in there.items() if id in used or lane.vendor in vendors} | gone


ENDINGS = {
    "ok": "went well", "refused": "was refused", "retry": "failed and will be tried again", "failed": "failed", "dropped": "was not sent",
    "waiting": "is waiting", "": "",
}  # fmt: skip


def describe(item: Item) -> str:
    """Say an entry in one sentence or two, for the pointer that rests on it and for screen readers."""
    parts = [f"{item.title} {ENDINGS[item.tone]}".strip(), outcome_of(item), item.more, iso_ms(item.at)]
    return cut(". ".join(part.rstrip(".") for part in parts if part), 600)


def outcome_of(item: Item) -> str:
    """Return how an entry ended, with how long it took."""
    return f"{item.result} · {item.took:.0f} ms" if item.took is not None else item.result


def totals(items: Sequence[Item]) -> dict[str, int]:
    """Count a story's requests, notices, attempts and what went wrong."""
    every = [*items, *(inner for item in items for inner in item.inside)]
    count = {name: sum(item.kind == name for item in every) for name in ("request", "notice", "attempt")}
    return count | {"trouble": sum(item.tone in ("refused", "retry", "failed", "dropped") for item in every)}
