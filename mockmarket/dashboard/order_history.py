"""What happened to one order: when it was placed, requests that touched or named it, seats that moved, notices about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mockmarket.dashboard.formats import counted, visible
from mockmarket.dashboard.timeline import causes_of, mark
from mockmarket.store import history
from mockmarket.store.records import Record
from mockmarket.vendor import OrderLine, Vendor
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

MOST = 200


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of an order's history: `kind` is `placed`, `request`, `stock` or `notice`; `chain` is where it stands on the page Now."""

    at: int
    kind: str
    title: str
    more: str = ""
    tone: str = ""
    chain: str = ""


ORDER = {"request": 0, "stock": 1, "notice": 2}
"""What comes first of things at one moment: the request before what it caused."""


def happened(world: World, vendor: Vendor, line: OrderLine, id: str) -> list[Happening]:
    """Return an order's history, oldest first, as far as the journal and the store remember it."""
    read, where = world.read(), {"vendor": vendor.name, "record": id}
    entries = world.journal.find({"vendor": vendor.name})
    notices = [
        Happening(row["at"], "notice", row["type"], listeners(row["deliveries"]), chain=row["cause"] or f"n{row['id']}")
        for row in history.notices(read, where, MOST)
    ]
    moved = seats(history.stock_changes(read, where, MOST), entries)
    happenings = [*requests(entries, vendor, id), *moved[::-1], *notices[::-1]]
    first: dict[str, int] = {}
    for one in happenings:
        first[one.chain] = min(one.at, first.get(one.chain, one.at))
    placed = Happening(line.at, "placed", f"Placed: {counted(line.quantity, 'ticket')}", line.buyer)
    in_order = sorted(
        happenings, key=lambda one: (first[one.chain] if one.chain else one.at, one.chain, ORDER[one.kind])
    )
    return [placed, *in_order]


def seats(rows: Iterable[Record], entries: Iterable[Entry]) -> list[Happening]:
    """Return lines of the ledger, newest first as they came, each with the request that it came of, if one did."""
    causes = causes_of(entries)
    return [
        Happening(
            row["at"],
            "stock",
            f"{row['quantity']} {row['what'].replace('_', ' ')}",
            " ".join(filter(None, (row["section"], row["row"]))),
            chain=(causes.get(mark(row)) or [""]).pop(),
        )
        for row in rows
    ]


def listeners(count: int) -> str:
    """Say how many endpoints a notice was made for."""
    return f"to {counted(count, 'endpoint')}" if count else "nobody listens"


def requests(entries: Iterable[Entry], vendor: Vendor, id: str) -> Iterable[Happening]:
    """Return the requests that changed an order, or named it and were refused."""
    for entry in entries:
        if any(record[2] == id and record[0] == vendor.name for record in entry.effects.records):
            yield request_of(entry, "ok")
        elif entry.status >= 400 and (id in entry.path or id.encode("utf-8", "replace") in entry.body):
            yield request_of(entry, "warn" if entry.status < 500 else "bad")


def request_of(entry: Entry, tone: str) -> Happening:
    """Make a line of a request; it stands where what it caused does."""
    words = f"{entry.status or 'no answer'}" + (f": {visible(entry.message)}" if entry.message else "")
    return Happening(
        entry.at - round(entry.elapsed_ms), "request", f"{entry.method} {entry.path}", words, tone, entry.id
    )
