"""The beginning: accounts and applications of a fixture, the listings that are theirs, and its orders as invoices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from mockmarket.clock import DAY
from mockmarket.errors import Invalid, NotFound, SoldOut, details_of
from mockmarket.seed.shapes import check_labels, sentence
from mockmarket.stock import Stock
from mockmarket.store import Tx, events, records
from mockmarket.store.records import Record
from mockmarket.vendor import Seeding, SeedOrder
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.rules import (
    brokers,
    directory,
    holds,
    inventory,
    invoices,
    lines,
    parties,
    purchases,
    tickets,
)
from mockmarket.vendors.skybox.wire import formats
from mockmarket.vendors.skybox.wire import inventory as words
from mockmarket.vendors.skybox.wire.formats import NAME
from mockmarket.vendors.skybox.wire.kinds import LINE, PURCHASE
from mockmarket.vendors.skybox.wire.orders import CURRENCIES

STOCKROOM = Actor("Stockroom")
"""Who has bought what an account owns from the start."""
BEFORE = 30 * DAY
"""How long before the world's start an account bought what it owns then; the fixture's orders came later (convention)."""
MOST_DAYS = 3650
TEXT = validate.Length(1, 200)


class StockShape(Schema):
    """What of the world's stock is an account's: an event, or sections and rows of it, one, a list or a range such as 101-104."""

    event = fields.String(required=True)
    section = fields.Raw(load_default=None, allow_none=True, validate=sentence(check_labels))
    row = fields.Raw(load_default=None, allow_none=True, validate=sentence(check_labels))


class AccountShape(Schema):
    """An account of the fixture; without `stock` everything is its own."""

    id = fields.Integer(required=True, strict=True, validate=validate.Range(1, 10**9))
    name = fields.String(required=True, validate=TEXT)
    email = fields.Email(load_default="broker@example.com")
    currency = fields.String(load_default="USD", validate=validate.OneOf(CURRENCIES))
    stock = fields.List(fields.Nested(StockShape), load_default=None, allow_none=True)


class ApplicationShape(Schema):
    """An application of the fixture: its token, and whom e-mails about muted webhooks reach."""

    token = fields.String(
        required=True, validate=validate.Regexp(r"[!-~]{8,200}\Z", error="Must be 8 to 200 visible signs.")
    )
    name = fields.String(required=True, validate=TEXT)
    email = fields.Email(load_default="application@example.com")


class SectionShape(Schema):
    """What a fixture says under `vendors: skybox`."""

    accounts = fields.List(fields.Nested(AccountShape), load_default=list)
    applications = fields.List(fields.Nested(ApplicationShape), load_default=list)


def section(given: Mapping[str, Any], there: set[str]) -> dict[str, Any]:
    """Read a fixture's section for this vendor; Invalid names what is wrong in it."""
    try:
        said: dict[str, Any] = SectionShape().load(given)
    except ValidationError as error:
        details = [(f"vendors.{NAME}.{field}", text) for field, text in details_of(error)]
        raise Invalid("; ".join(f"{field}: {text}" for field, text in details), details=details) from error
    for place, account in enumerate(said["accounts"]):
        for number, one in enumerate(account["stock"] or []):
            if one["event"] not in there:
                where = f"vendors.{NAME}.accounts.{place}.stock.{number}.event"
                raise Invalid(f"{where}: There is no {one['event']}.", details=[(where, "names what is not there")])
    return said


def seed(seeding: Seeding) -> None:
    """Make what there was before the first order of the fixture, so that nothing is sold before it was bought."""
    seeding.tx.now = seeding.start - BEFORE
    begin(seeding)
    seeding.tx.now = seeding.start


def begin(seeding: Seeding) -> None:
    """Make accounts, applications, the shared directory, and a listing of every stock row that is an account's."""
    tx = seeding.tx
    said = section(seeding.section, {show.id for show in seeding.events})
    there = [brokers.put_account(tx, one) for one in said["accounts"]]
    for one in said["applications"]:
        brokers.put_application(tx, one)
    directory.seed(seeding)
    if not there:
        return
    bought: dict[tuple[int, str], Record] = {}
    for row in seeding.stock:
        account = brokers.owner_of(there, row)
        if account is not None:
            key = (account["id"], row.event)
            bought[key] = bought.get(key) or purchase_of(tx, account, row)
            listing(tx, account, row, STOCKROOM, bought[key])
    for purchase in bought.values():
        records.update(tx, PURCHASE, lines.balance(tx, "PURCHASE", purchase))


def purchase_of(tx: Tx, account: Mapping[str, Any], row: Stock) -> Record:
    """Store the purchase by which an account came to what it owns of an event, paid and received."""
    vendor = parties.default_vendor(tx, account["id"])
    said = {
        "vendorId": vendor["id"] if vendor else 0, "purchaseTerm": "NET0", "paymentMethod": "CREDITCARD",
        "deliveryMethod": "EMAIL", "paymentStatus": "PAID", "received": True, "externalRef": f"SEED-{row.event}",
        "currencyCode": row.currency if row.currency in CURRENCIES else account["currencyCode"],
    }  # fmt: skip
    return purchases.write(tx, account["id"], said, STOCKROOM)


def listing(
    tx: Tx, account: Mapping[str, Any], row: Stock, by: Actor, purchase: Record | None
) -> Record:  # fmt: skip
    """Store the listing of a stock row with a ticket for each seat, and its line when it was bought before the start."""
    said = said_of(tx, row)
    own = {"vendor": purchase["vendorId"], "purchase": purchase["id"]} if purchase else {}
    made = inventory.add(tx, account["id"], row, said, by, **own)
    line = None
    if purchase is not None:
        cost = formats.cents(said["cost"]) * row.total
        asked = {
            "lineItemType": "INVENTORY",
            "quantity": row.total,
            "amount": formats.money(cost),
            "event": made["eventId"],
        }
        line = lines.add(tx, purchase, "PURCHASE", asked, by)
    first = 1 if row.first_seat is None else row.first_seat
    seats = [(first + place, None if row.first_seat is None else first + place) for place in range(row.total)]
    there = tickets.issue(tx, made, row.id, seats, line["id"] if line else None)
    if line is not None:
        line |= {"itemIds": [one["id"] for one in there], "inventoryIds": [made["id"]]}
        records.put(tx, LINE, line, event=made["eventId"], inventory=made["id"])
    return inventory.fill(tx, made)


def said_of(tx: Tx, row: Stock) -> dict[str, Any]:
    """Return what is known of a listing besides its seats: the fixture's data, and three quarters of the price as its cost."""
    show = events.get(tx, row.event)
    data = row.data
    day = formats.local_day(show.starts_at - 2 * DAY, show.venue.zone) if show else None
    face = data.get("face_value")
    return {
        "cost": float(data.get("cost", formats.money(row.price * 3 // 4))),
        "faceValue": None if face is None else float(face),
        "stockType": words.STOCK_TYPE_OF.get(str(data.get("ticket_type")), "ELECTRONIC"),
        "publicNotes": text_of(data, "notes"), "tags": str(data.get("tags", "")), "inHandDate": day,
        "attributes": [str(one) for one in data.get("restrictions", [])],
    }  # fmt: skip


def text_of(data: Mapping[str, Any], name: str) -> str | None:
    """Return a member of a fixture's `data` as a text; YAML reads 118 as a number."""
    return None if data.get(name) is None else str(data[name])


def place(tx: Tx, seeded: SeedOrder) -> None:
    """Sell what an order of the fixture says, by the same rules as anybody, and bring it to its status."""
    there = inventory.of_stock(tx, seeded.stock)
    if there is None:
        raise NotFound(f"This row is no SkyBox account's; say so under vendors.{NAME}.accounts.")
    if seeded.status not in WAYS:
        raise Invalid(f"{seeded.status!r} is no order status; there are {', '.join(WAYS)}.")
    pool = tickets.pool(tx, there["id"])[: seeded.quantity]
    if len(pool) < seeded.quantity:
        raise SoldOut(f"Only {len(pool)} of the {seeded.quantity} tickets asked for are left.", available=len(pool))
    said = {"company": None, "email": seeded.email}
    customer = parties.customer_named(tx, there["accountId"], seeded.name, said)
    WAYS[seeded.status](tx, there, pool, customer, seeded)


def sell(tx: Tx, there: Record, pool: list[Record], customer: int, seeded: SeedOrder, **more: Any) -> Record:
    """Invoice tickets to a customer."""
    line = {
        "lineItemType": "INVENTORY", "amount": formats.money(formats.cents(there["listPrice"]) * len(pool)),
        "itemIds": [one["id"] for one in pool],
    }  # fmt: skip
    asked = {
        "customerId": customer, "salesTerm": "NET0", "lines": [line], "externalRef": text_of(seeded.data, "external_ref"), **more,
    }  # fmt: skip
    return invoices.create_in(tx, there["accountId"], asked, False, STOCKROOM)


def sell_and_cancel(tx: Tx, there: Record, pool: list[Record], customer: int, seeded: SeedOrder) -> None:
    """Invoice tickets and take the line off again."""
    made = sell(tx, there, pool, customer, seeded)
    invoice, line = invoices.own_line(tx, there["accountId"], made["id"], made["lines"][0]["id"])
    invoices.cancel(tx, line, STOCKROOM)
    lines.settle(tx, "INVOICE", invoice, invoice, STOCKROOM)


def put_on_hold(tx: Tx, there: Record, pool: list[Record], customer: int, seeded: SeedOrder) -> None:
    """Hold tickets for a customer for seven days, or for as many `days` as the order says."""
    days = seeded.data.get("days", 7)
    if not isinstance(days, (int, float)) or not 0 < days <= MOST_DAYS:
        raise Invalid(f"data.days must be a number of days above 0, at most {MOST_DAYS}.")
    ends = tx.now + round(days * DAY)
    holds.place(tx, there, pool, {"customerId": customer, "expiryDate": formats.moment(ends)}, STOCKROOM)


WAYS: dict[str, Callable[..., Any]] = {
    "UNPAID": sell,
    "PAID": lambda *given: sell(*given, paymentStatus="PAID"),
    "COMPLETE": lambda *given: sell(*given, paymentStatus="PAID", fulfillmentStatus="COMPLETE"),
    "CANCELLED": sell_and_cancel,
    "HOLD": put_on_hold,
}
"""How an order of the fixture comes to its status."""
