"""The beginning: accounts and applications of a fixture, the listings that are theirs, and its orders as invoices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockmarket.clock import DAY, later
from mockmarket.errors import Invalid, NotFound, SoldOut
from mockmarket.stock import Stock
from mockmarket.store import Tx, events, records
from mockmarket.store.records import Record
from mockmarket.vendor import Seeding, SeedOrder
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.records.enumerations import CURRENCIES
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import (
    brokers,
    directory,
    fixture,
    holds,
    inventory,
    invoices,
    lines,
    parties,
    purchases,
    tickets,
)
from mockmarket.vendors.skybox.wire import formats
from mockmarket.vendors.skybox.wire.inventory import STOCK_TYPE_OF
from mockmarket.vendors.skybox.wire.kinds import PURCHASE

STOCKROOM = Actor("Stockroom")
"""Who has bought what an account owns from the start."""
BEFORE = 30 * DAY
"""How long before the world's start an account bought what it owns then; the fixture's orders came later (convention)."""
MOST_DAYS = 3650


def seed(seeding: Seeding) -> None:
    """Make what there was before the first order of the fixture, so that nothing is sold before it was bought."""
    seeding.tx.now = seeding.start - BEFORE
    begin(seeding)
    seeding.tx.now = seeding.start


def begin(seeding: Seeding) -> None:
    """Make accounts, applications, the shared directory, and a listing of every stock row that is an account's."""
    tx, section = seeding.tx, fixture.read(seeding)
    accounts = [brokers.put_account(tx, account) for account in section["accounts"]]
    for application in section["applications"]:
        brokers.put_application(tx, application)
    directory.seed(seeding)
    if not accounts:
        return
    bought: dict[tuple[int, str], Record] = {}
    for row in seeding.stock:
        account = brokers.owner_of(accounts, row)
        if account is not None:
            key = (account["id"], row.event)
            bought[key] = bought.get(key) or purchase_of(tx, account, row)
            listing(tx, account, row, STOCKROOM, bought[key])
    for purchase in bought.values():
        records.update(tx, PURCHASE, lines.balance(tx, "PURCHASE", purchase))


def purchase_of(tx: Tx, account: Payload, row: Stock) -> Record:
    """Store the purchase by which an account came to what it owns of an event, paid and received."""
    vendor = parties.default_vendor(tx, account["id"])
    body = {
        "vendorId": vendor["id"] if vendor else 0,
        "purchaseTerm": "NET0",
        "paymentMethod": "CREDITCARD",
        "deliveryMethod": "EMAIL",
        "paymentStatus": "PAID",
        "received": True,
        "externalRef": f"SEED-{row.event}",
        "currencyCode": row.currency if row.currency in CURRENCIES else account["currencyCode"],
    }
    return purchases.write(tx, account["id"], body, STOCKROOM)


def listing(tx: Tx, account: Payload, row: Stock, by: Actor, purchase: Record | None) -> Record:
    """Store the listing of a stock row with a ticket for each seat, and its line when it was bought before the start."""
    body = body_of(tx, row)
    own = {"vendor": purchase["vendorId"], "purchase": purchase["id"]} if purchase else {}
    record = inventory.add(tx, account["id"], row, body, by, **own)
    seats, line = numbered(row, 0, row.total), None
    if purchase is not None:
        amount = formats.money(formats.cents(body["cost"]) * row.total)
        bought = {"lineItemType": "INVENTORY", "quantity": row.total, "amount": amount, "event": record["eventId"]}
        line = lines.add(tx, purchase, "PURCHASE", bought, by)
    issued = tickets.issue(tx, record, row.id, seats, line["id"] if line else None)
    if line is not None:
        lines.fill(tx, line, issued, record)
    return inventory.fill(tx, record)


def numbered(row: Stock, first: int, end: int) -> list[tuple[int, int | None]]:
    """Return seats of a stock row by their places in it: each one's number for people, and its number in the row."""
    if row.first_seat is None:
        return [(place + 1, None) for place in range(first, end)]
    return [(row.first_seat + place, row.first_seat + place) for place in range(first, end)]


def body_of(tx: Tx, row: Stock) -> Record:
    """Return what is known of a listing besides its seats: the fixture's data, and three quarters of the price as its cost."""
    show, data = events.get(tx, row.event), row.data
    face = data.get("face_value")
    return {
        "cost": float(data.get("cost", formats.money(row.price * 3 // 4))),
        "faceValue": None if face is None else float(face),
        "stockType": STOCK_TYPE_OF.get(str(data.get("ticket_type")), "ELECTRONIC"),
        "publicNotes": text_of(data, "notes"),
        "tags": str(data.get("tags", "")),
        "inHandDate": formats.local_day(show.starts_at - 2 * DAY, show.venue.zone) if show else None,
        "attributes": [str(restriction) for restriction in data.get("restrictions", [])],
    }


def text_of(data: Payload, name: str) -> str | None:
    """Return a member of a fixture's `data` as a text; YAML reads 118 as a number."""
    return None if data.get(name) is None else str(data[name])


def place(tx: Tx, seeded: SeedOrder) -> None:
    """Sell what an order of the fixture says, by the same rules as anybody, and bring it to its status."""
    record = inventory.of_stock(tx, seeded.stock)
    if record is None:
        raise NotFound(f"This row is no SkyBox account's; say so under vendors.{NAME}.accounts.")
    if seeded.status not in WAYS:
        raise Invalid(f"{seeded.status!r} is no order status; there are {', '.join(WAYS)}.")
    pool = tickets.pool(tx, record["id"])[: seeded.quantity]
    if len(pool) < seeded.quantity:
        raise SoldOut(f"Only {len(pool)} of the {seeded.quantity} tickets asked for are left.", available=len(pool))
    contact = {"company": None, "email": seeded.email}
    customer = parties.customer_named(tx, record["accountId"], seeded.name, contact)
    WAYS[seeded.status](tx, record, pool, customer, seeded)


def sell(tx: Tx, listing: Record, pool: list[Record], customer: int, seeded: SeedOrder, **head: str) -> Record:
    """Invoice tickets to a customer."""
    amount = formats.money(formats.cents(listing["listPrice"]) * len(pool))
    line = {"lineItemType": "INVENTORY", "amount": amount, "itemIds": [ticket["id"] for ticket in pool]}
    body = {"customerId": customer, "salesTerm": "NET0", "lines": [line], **head}
    body["externalRef"] = text_of(seeded.data, "external_ref")
    return invoices.create_in(tx, listing["accountId"], body, False, STOCKROOM)


def sell_and_cancel(tx: Tx, listing: Record, pool: list[Record], customer: int, seeded: SeedOrder) -> None:
    """Invoice tickets and take the line off again."""
    sale = sell(tx, listing, pool, customer, seeded)
    invoice, line = invoices.own_line(tx, listing["accountId"], sale["id"], sale["lines"][0]["id"])
    invoices.cancel(tx, line, STOCKROOM)
    lines.settle(tx, "INVOICE", invoice, invoice, STOCKROOM)


def put_on_hold(tx: Tx, listing: Record, pool: list[Record], customer: int, seeded: SeedOrder) -> None:
    """Hold tickets for a customer for seven days, or for as many `days` as the order says."""
    days = seeded.data.get("days", 7)
    if not isinstance(days, (int, float)) or not 0 < days <= MOST_DAYS:
        raise Invalid(f"data.days must be a number of days above 0, at most {MOST_DAYS}.")
    ends = formats.moment(later(tx.now, round(days * DAY)))
    holds.place(tx, listing, pool, {"customerId": customer, "expiryDate": ends}, STOCKROOM)


WAYS: dict[str, Callable[..., Any]] = {
    "UNPAID": sell,
    "PAID": lambda *order: sell(*order, paymentStatus="PAID"),
    "COMPLETE": lambda *order: sell(*order, paymentStatus="PAID", fulfillmentStatus="COMPLETE"),
    "CANCELLED": sell_and_cancel,
    "HOLD": put_on_hold,
}
"""How an order of the fixture comes to its status."""
