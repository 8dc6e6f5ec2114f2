"""Inventory and tickets: a broker's listings, and the single seats in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket.rules import splits
from mockmarket.stock import Stock
from mockmarket.vendors.skybox.wire import formats

Record = dict[str, Any]

STOCK_TYPES = ("HARD", "ELECTRONIC", "FLASH", "PAPERLESS", "PAPERLESS_CARD", "MOBILE_TRANSFER", "MOBILE_SCREENCAP")
SPLIT_TYPES = ("DEFAULT", "ANY", "CUSTOM", "NEVERLEAVEONE")
SEAT_TYPES = ("CONSECUTIVE", "ALTERNATING", "GA", "PIGGYBACK")
STATUSES = ("AVAILABLE", "ON_HOLD", "DEPLETED")
TICKET_STATUSES = ("AVAILABLE", "SOLD", "ERROR", "CANCELLED")
VSR_OPTIONS = ("ALL", "VIVIDSEATS", "NONE")
"""Public, the OpenAPI file's enumerations; the last are convention."""

RULES = {"DEFAULT": "default", "ANY": "any", "NEVERLEAVEONE": "never_leave_one"}
WORDS = {rule: word for word, rule in RULES.items()}
CUSTOM = "CUSTOM"
STOCK_TYPE_OF = {
    "Paper": "HARD", "eTicket": "ELECTRONIC", "Mobile": "MOBILE_TRANSFER", "Members / Season Card": "PAPERLESS_CARD",
}  # fmt: skip
"""What a fixture's `ticket_type` is here (convention)."""
POSITIONS = 20_000_000
"""How far an inventory's exchangePosId is from its id, until it is regenerated (convention)."""

RELEVANT = (
    "inHandDate", "eventId", "quantity", "section", "row", "lowSeat", "highSeat", "cost", "ticketIds", "stockType", "splitType",
    "listPrice", "publicNotes", "attributes", "tags", "exchangePosId", "broadcast", "zoneSeating", "hideSeatNumbers",
    "shownQuantity", "filesUploaded", "barCodesEntered",
)  # fmt: skip
"""Document, sample of INVENTORY CREATED."""


def split_words(rule: str, quantity: int) -> tuple[str, str | None]:
    """Return the split type and custom split that say one of the core's rules of so many tickets."""
    read = splits.parse(rule)
    if read.name in WORDS:
        return WORDS[read.name], None
    return CUSTOM, ",".join(map(str, splits.quantities(rule, quantity)))


def split_rule(type: str, custom: str | None, whole: bool = False) -> str:
    """Return the core's rule for a split type; a custom one without quantities sells as ANY (convention)."""
    if whole:
        return "all_together"
    sizes = sorted({int(part) for part in (custom or "").split(",") if part.isdigit()} - {0})
    if type != CUSTOM or not sizes:
        return RULES.get(type, "any")
    return f"custom:{','.join(map(str, sizes))}"


def listing(id: int, account: int, row: Stock, said: Mapping[str, Any], by: str, now: int) -> Record:
    """Write a new inventory of a stock row; `said` is what is known besides its seats."""
    split, custom = split_words(row.split, row.total)
    if said.get("splitType") == CUSTOM:  # as it was written: 4,2 stays 4,2, and a custom split of nothing stays one
        split, custom = CUSTOM, said.get("customSplit")
    stamp = formats.moment(now)
    return {
        "inHandDate": said.get("inHandDate"), "id": id, "accountId": account, "eventId": formats.number_of(row.event),
        "quantity": 0, "notes": said.get("notes"), "section": row.section, "friendlySection": said.get("friendlySection"),
        "row": row.row, "friendlyRow": said.get("friendlyRow"), "secondRow": said.get("secondRow"),
        "lowSeat": None, "highSeat": None, "cost": float(said["cost"]), "taxedCost": said.get("taxedCost"),
        "faceValue": said.get("faceValue"), "ticketIds": [], "stockType": said["stockType"], "splitType": split,
        "customSplit": custom, "listPrice": formats.money(row.price), "expectedValue": said.get("expectedValue"),
        "publicNotes": said.get("publicNotes"), "attributes": list(said.get("attributes") or []), "status": "DEPLETED",
        "inHandDaysBeforeEvent": said.get("inHandDaysBeforeEvent"), "lastPriceUpdate": stamp, "createdDate": stamp,
        "createdBy": by, "lastUpdate": stamp, "lastUpdateBy": by, "version": 1, "tags": said.get("tags") or "",
        "seatType": said.get("seatType") or ("GA" if row.kind == "general" else "CONSECUTIVE"),
        "eventMapping": said.get("eventMapping"), "mappingId": None,
        "exchangePosId": id + POSITIONS, "broadcast": bool(said.get("broadcast", True)),
        "zoneSeating": bool(said.get("zoneSeating", False)), "electronicTransfer": bool(said.get("electronicTransfer", False)),
        "hideSeatNumbers": bool(said.get("hideSeatNumbers", False)), "vsrOption": said.get("vsrOption") or "ALL",
        "shownQuantity": said.get("shownQuantity"), "filesUploaded": False, "barCodesEntered": False,
        "instantTransfer": bool(said.get("instantTransfer", False)),
    }  # fmt: skip


def ticket(id: int, inventory: Mapping[str, Any], seat: int, purchase_line: int | None) -> Record:
    """Write a new ticket of an inventory."""
    return {
        "id": id, "seatNumber": seat, "fileName": None, "barCode": None, "inventoryId": inventory["id"], "invoiceLineId": None,
        "purchaseLineId": purchase_line, "section": inventory["section"], "row": inventory["row"], "notes": None,
        "cost": inventory["cost"], "faceValue": inventory["faceValue"] or 0.0, "taxedCost": inventory["taxedCost"],
        "sellPrice": 0.0, "stockType": inventory["stockType"], "eventId": inventory["eventId"],
        "accountId": inventory["accountId"], "status": "AVAILABLE", "createdDate": inventory["createdDate"],
        "createdBy": inventory["createdBy"], "lastUpdate": inventory["createdDate"], "lastUpdateBy": inventory["createdBy"],
        "dateCancelled": None,
    }  # fmt: skip


def counted(pool: Sequence[Mapping[str, Any]], held: int) -> Record:
    """Write what follows of an inventory from the tickets that are left in it, and how many more are on hold."""
    seats = [one["seatNumber"] for one in pool]
    return {
        "quantity": len(pool), "lowSeat": min(seats, default=None), "highSeat": max(seats, default=None),
        "ticketIds": [one["id"] for one in pool],
        "status": "AVAILABLE" if pool else "ON_HOLD" if held else "DEPLETED",
    }  # fmt: skip


def average_cost(pool: Sequence[Mapping[str, Any]], otherwise: float) -> float:
    """Return what one of these tickets has cost on average, to the cent."""
    return formats.money(round(sum(formats.cents(one["cost"]) for one in pool) / len(pool))) if pool else otherwise


def relevant(record: Mapping[str, Any]) -> Record:
    """Return the relevant fields of an inventory as notifications have them: attributes are text there (document, sample)."""
    return {name: record[name] for name in RELEVANT} | {"attributes": ",".join(record["attributes"])}


def summary(record: Mapping[str, Any], known: Mapping[str, Any]) -> Record:
    """Write an inventory as lists have it: with what is `known` about it elsewhere (public: InventorySummary)."""
    seats, hold = ",".join(map(str, known["seats"])), known["hold"]
    return {
        **record, "seatNumbers": seats, "listed": bool(record["broadcast"] and record["quantity"]),
        "holdId": hold["id"] if hold else None, "hold": hold, "unitCostAverage": known["unit_cost"],
        "currencies": [known["currency"]], "received": known["received"],
        "vendorId": known["vendors"], "inHand": known["in_hand"], "daysOld": known["days_old"], "event": known["event"],
    }  # fmt: skip
