"""What happened to one order: when it was placed, requests that touched or named it, seats that moved, notices about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mockmarket.dashboard.formats import counted, visible
from mockmarket.dashboard.timeline import causes_of, mark
from mockmarket.store import history
from mockmarket.vendor import OrderLine, Vendor
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

MOST = 200
ORDER = {"request": 0, "stock": 1, "notice": 2}
"""What comes first of things at one moment: the request before what it caused."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of an order's history: `kind` is `placed`, `request`, `stock` or `notice`; `chain` is where it stands on the page Now."""

    at: int
    kind: str
    title: str
    more: str = ""
    tone: str = ""
    chain: str = ""


def happened(world: World, vendor: Vendor, line: OrderLine, id: str) -> list[Happening]:
    """Return an order's history, oldest first, as far as the journal and the store remember it."""
    entries = world.journal.find({"vendor": vendor.name})
    happenings = [*requests(entries, vendor, id), *changes(world, entries, {"vendor": vendor.name, "record": id})]
    first: dict[str, int] = {}
    for one in happenings:
        first[one.chain] = min(one.at, first.get(one.chain, one.at))
    placed = Happening(line.at, "placed", f"Placed: {counted(line.quantity, 'ticket')}", line.buyer)
    in_order = sorted(
        happenings, key=lambda one: (first[one.chain] if one.chain else one.at, one.chain, ORDER[one.kind])
    )
    return [placed, *in_order]


def changes(world: World, entries: list[Entry], where: dict[str, str]) -> Iterator[Happening]:
    """Yield lines of the ledger, each with the request that it came of, if one did, and notices, both oldest first."""
    read, causes, lines = world.read(), causes_of(entries), []
    for row in history.stock_changes(read, where, MOST):  # the newest first, as the causes are taken
        chain = (causes.get(mark(row)) or [""]).pop()
        place = " ".join(filter(None, (row["section"], row["row"])))
        title = f"{row['quantity']} {row['what'].replace('_', ' ')}"
        lines.append(Happening(row["at"], "stock", title, place, chain=chain))
    yield from reversed(lines)
    for row in reversed(history.notices(read, where, MOST)):
        heard = f"to {counted(row['deliveries'], 'endpoint')}" if row["deliveries"] else "nobody listens"
        yield Happening(row["at"], "notice", row["type"], heard, chain=row["cause"] or f"n{row['id']}")


def requests(entries: Iterable[Entry], vendor: Vendor, id: str) -> Iterator[Happening]:
    """Yield the requests that changed an order, or named it and were refused; each stands where what it caused does."""
    for entry in entries:
        changed = any(record[2] == id and record[0] == vendor.name for record in entry.effects.records)
        refused = entry.status >= 400 and (id in entry.path or id.encode("utf-8", "replace") in entry.body)
        if changed or refused:
            tone = "ok" if changed else "warn" if entry.status < 500 else "bad"
            words = f"{entry.status or 'no answer'}" + (f": {visible(entry.message)}" if entry.message else "")
            began = entry.at - round(entry.elapsed_ms)
            yield Happening(began, "request", f"{entry.method} {entry.path}", words, tone, entry.id)
