"""Inventory and tickets: a broker's listings, and the single seats in them."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket.rules import splits
from mockmarket.stock import Stock
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.records.inventory import Inventory, Ticket
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.wire import formats

RULES = {"DEFAULT": "default", "ANY": "any", "NEVERLEAVEONE": "never_leave_one"}
WORDS = {rule: word for word, rule in RULES.items()}
CUSTOM = "CUSTOM"
STOCK_TYPE_OF = {
    "Paper": "HARD",
    "eTicket": "ELECTRONIC",
    "Mobile": "MOBILE_TRANSFER",
    "Members / Season Card": "PAPERLESS_CARD",
}
"""What a fixture's `ticket_type` is here (convention)."""
POSITIONS = 20_000_000
"""How far an inventory's exchangePosId is from its id, until it is regenerated (convention)."""
TICKET_SHARES = (
    "section", "row", "cost", "taxedCost", "stockType", "eventId", "accountId", "createdDate", "createdBy",
)  # fmt: skip
"""What a new ticket says as its inventory does."""


def split_words(rule: str, quantity: int) -> tuple[str, str | None]:
    """Return the split type and custom split that say one of the core's rules of so many tickets."""
    name = splits.parse(rule).name
    if name in WORDS:
        return WORDS[name], None
    return CUSTOM, ",".join(map(str, splits.quantities(rule, quantity)))


def split_rule(type: str, custom: str | None, undivided: bool = False) -> str:
    """Return the core's rule for a split type; a custom one without quantities sells as ANY (convention)."""
    if undivided:
        return "all_together"
    sizes = sorted({int(part) for part in (custom or "").split(",") if part.isdecimal()} - {0})
    if type != CUSTOM or not sizes:
        return RULES.get(type, "any")
    return f"custom:{','.join(map(str, sizes))}"


def listing(id: int, account: int, row: Stock, body: Payload, by: str, now: int) -> Record:
    """Write a new inventory of a stock row; `body` is what is known besides its seats."""
    split, custom = split_words(row.split, row.total)
    if body.get("splitType") == CUSTOM:  # as it was written: 4,2 stays 4,2, and a custom split of nothing stays one
        split, custom = CUSTOM, body.get("customSplit")
    seat_type = body.get("seatType") or ("GA" if row.kind == "general" else "CONSECUTIVE")
    own: Record = {
        "id": id,
        "accountId": account,
        "exchangePosId": id + POSITIONS,
        "lastPriceUpdate": formats.moment(now),
    }
    own |= {"eventId": formats.number_of(row.event), "section": row.section, "row": row.row, "seatType": seat_type}
    own |= {
        "splitType": split,
        "customSplit": custom,
        "listPrice": formats.money(row.price),
        "cost": float(body["cost"]),
    }
    return formats.new_record(
        Inventory, body, **own, quantity=0, lowSeat=None, highSeat=None, **formats.stamps(by, now)
    )


def ticket(id: int, inventory: Payload, seat: int, purchase_line: int | None) -> Record:
    """Write a new ticket of an inventory."""
    shared = {name: inventory[name] for name in TICKET_SHARES}
    own = {"id": id, "seatNumber": seat, "inventoryId": inventory["id"], "purchaseLineId": purchase_line}
    own |= {"lastUpdate": inventory["createdDate"], "lastUpdateBy": inventory["createdBy"]}
    return formats.new_record(Ticket, shared, **own, faceValue=inventory["faceValue"] or 0.0)


def counted(pool: Sequence[Payload], held: int) -> Record:
    """Write what follows of an inventory from the tickets that are left in it, and how many more are on hold."""
    seats = [ticket["seatNumber"] for ticket in pool]
    return {
        "quantity": len(pool),
        "lowSeat": min(seats, default=None),
        "highSeat": max(seats, default=None),
        "ticketIds": [ticket["id"] for ticket in pool],
        "status": "AVAILABLE" if pool else "ON_HOLD" if held else "DEPLETED",
    }


def average_cost(pool: Sequence[Payload], otherwise: float) -> float:
    """Return what one of these tickets has cost on average, to the cent."""
    return (
        formats.money(round(sum(formats.cents(ticket["cost"]) for ticket in pool) / len(pool))) if pool else otherwise
    )
