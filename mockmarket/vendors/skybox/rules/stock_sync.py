"""How brokers' records follow the world's stock: their first records from a fixture, and reactions to other marketplaces."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, TypedDict

from mockmarket.api import schemas
from mockmarket.clock import DAY, later
from mockmarket.errors import Invalid, NotFound, SoldOut
from mockmarket.records import Check, Default, Email, Length, Pattern, Range
from mockmarket.seed.shapes import check_labels, labels
from mockmarket.stock import Change, Stock
from mockmarket.store import Record, Tx, events, records
from mockmarket.store.margins import Margin
from mockmarket.vendor import Seeding, SeedOrder
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records.types import ENUMERATIONS, NAME, Payload, one_of
from mockmarket.vendors.skybox.rules import directory, holds, inventory, invoices, notifications, orders, tickets

STOCKROOM = Actor("Stockroom")  # the actor of purchases before the world's start
BEFORE = 30 * DAY  # when, before the world's start, an account bought its stock; orders came later (convention)
MOST_DAYS = 3650
AT_ONCE = 500  # listings of a fixture whose records are written at once
ACCOUNT_MEMBER = "skybox_account"  # in a stock row's `data`: the owner, which overrides the accounts' claims
STOCK_TYPE_OF = {"Paper": "HARD", "Mobile": "MOBILE_TRANSFER", "Members / Season Card": "PAPERLESS_CARD"}
"""The stock type of a fixture's `ticket_type`, by default ELECTRONIC (convention)."""

Labels = Annotated[object | None, Default(None), Check(check_labels)]
Name = Annotated[str, Length(1, 200)]
StockSection = TypedDict("StockSection", {"event": str, "section": Labels, "row": Labels})
"""An account's part of the world's stock: an event, or sections and rows of it, one, a list or a range such as 101-104."""


class AccountSection(TypedDict):
    """An account of the fixture; without `stock` it owns everything."""

    id: Annotated[int, Range(1, 10**9)]
    name: Name
    email: Annotated[str, Email(), Default("broker@example.com")]
    currency: Annotated[str, one_of("currency"), Default("USD")]
    stock: Annotated[list[StockSection] | None, Default(None)]


Token = Annotated[str, Pattern(r"[!-~]{8,200}\Z", "Must be 8 to 200 visible signs.")]
Mailbox = Annotated[str, Email(), Default("application@example.com")]
ApplicationSection = TypedDict("ApplicationSection", {"token": Token, "name": Name, "email": Mailbox})
"""An application of the fixture: its token, and the address of e-mails about muted webhooks."""


class Section(TypedDict):
    """The fixture's section `vendors: skybox`."""

    accounts: Annotated[list[AccountSection], Default(list)]
    applications: Annotated[list[ApplicationSection], Default(list)]


def _read(seeding: Seeding) -> Record:
    section: Record = schemas.schema_of(Section, "fixture").load(dict(seeding.section))
    shows = {show.id for show in seeding.events}
    for place, account in enumerate(section["accounts"]):
        for number, part in enumerate(account["stock"] or []):
            if part["event"] not in shows:
                where = f"vendors.{NAME}.accounts.{place}.stock.{number}.event"
                raise Invalid(f"{where}: There is no {part['event']}.", details=[(where, "names what is not there")])
    return section


def seed(seeding: Seeding) -> None:
    """Create the records that precede the fixture's first order, so that nothing is sold before it was bought."""
    tx, section = seeding.tx, _read(seeding)
    tx.now = seeding.start - BEFORE
    accounts = [_put_account(tx, account) for account in section["accounts"]]
    for application in section["applications"]:
        # A token identifies an application, and is no secret here.
        records.put(tx, wire.APPLICATION, {"id": application.pop("token"), **application})
    directory.plant(tx, events.venues(tx), seeding.events)
    for owner in records.find(tx, wire.ACCOUNTS):
        directory.add(tx, wire.VENDOR, owner["id"], directory.FIRST_VENDOR)
        directory.add(tx, wire.CUSTOMER, owner["id"], directory.FIRST_CUSTOMER)
    planting, claims_all = Planting(tx, seeding.events), any(account["stock"] is None for account in accounts)
    claimed = {part["event"] for account in accounts for part in account["stock"] or ()}
    for row in seeding.stock if accounts else ():
        if (claims_all or row.event in claimed or ACCOUNT_MEMBER in row.data) and (account := owner_of(accounts, row)):
            planting.add(account, row)
    planting.write()
    tx.now = seeding.start


class Planting:
    """The first records of listings: each with a ticket for each seat, a line of the purchase of its event, and its price. Those of a
    number of listings are written at once, so that a fixture may have any number."""

    def __init__(self, tx: Tx, shows: Sequence[events.Event]) -> None:
        self._tx, self._stamps = tx, wire.stamps(STOCKROOM.name, tx.now)
        self._shows = {show.id: (show, inventory.place_of(show)) for show in shows}
        self._purchases: dict[tuple[int, str], Record] = {}
        kinds = (wire.INVENTORY, wire.PRICE, wire.LINE, wire.TICKET)
        self._rows: dict[records.Kind, list[tuple[Record, Record]]] = {kind: [] for kind in kinds}
        self._next = {kind: wire.next_number(tx, kind) for kind in kinds}

    def add(self, account: Record, row: Stock) -> None:
        """Plant the listing of a stock row that belongs to an account."""
        key = (account["id"], row.event)
        purchase = self._purchases[key] = self._purchases.get(key) or _purchase_of(self._tx, account, row)
        show, place = self._shows[row.event]
        body, seats = _body_of(show, row), _numbered(row, 0, row.total)
        listing = inventory.new(account["id"], row, body, self._numbers(wire.INVENTORY), self._stamps)
        line = self._line(purchase, listing, row)
        issued = tickets.new(
            listing, seats, _ticket_bodies(body, row), line["id"], self._numbers(wire.TICKET, len(seats))
        )
        line |= {"itemIds": [ticket["id"] for ticket in issued], "inventoryIds": [listing["id"]]}
        listing |= inventory.counted(listing, issued, 0)
        own = {"vendor": purchase["vendorId"], "purchase": purchase["id"], "listed": inventory.is_listed(listing)}
        self._rows[wire.INVENTORY].append((listing, inventory.columns_of(row, place, self._tx.now) | own))
        price = inventory.price_entry(listing, "INSERT", self._numbers(wire.PRICE))
        self._rows[wire.PRICE].append((price, {"inventory": listing["id"]}))
        self._rows[wire.LINE].append((line, {"event": listing["eventId"], "inventory": listing["id"]}))
        self._rows[wire.TICKET] += zip(issued, tickets.columns_of(row.id, seats), strict=True)
        if len(self._rows[wire.INVENTORY]) == AT_ONCE:
            self.write()

    def _line(self, purchase: Record, listing: Record, row: Stock) -> Record:
        bought = {"lineItemType": "INVENTORY", "quantity": row.total, "amount": listing["cost"]}
        return orders.new_line(purchase, "PURCHASE", bought, self._numbers(wire.LINE), self._stamps)

    def _numbers(self, kind: records.Kind, count: int = 1) -> int:
        # The first of so many new ids.
        self._next[kind] += count
        return self._next[kind] - count

    def write(self) -> None:
        """Write what was planted and not written yet."""
        for kind, rows in self._rows.items():
            records.put_many(self._tx, kind, rows)
            rows.clear()


def _purchase_of(tx: Tx, account: Payload, row: Stock) -> Record:
    vendor = directory.default_vendor(tx, account["id"])
    body = {"vendorId": vendor["id"] if vendor else 0, "purchaseTerm": "NET0", "externalRef": f"SEED-{row.event}"}
    body |= {"paymentMethod": "CREDITCARD", "deliveryMethod": "EMAIL", "paymentStatus": "PAID", "received": True}
    body["currencyCode"] = _currency_of(row, account["currencyCode"])
    return orders.write(tx, "PURCHASE", account["id"], body, STOCKROOM)


def _put_account(tx: Tx, section: Payload) -> Record:
    account = {name: section[name] for name in ("id", "name", "email")}
    account |= {"currencyCode": section["currency"], "creationDate": wire.moment(tx.now), "stock": section["stock"]}
    records.put(tx, wire.ACCOUNTS, account)
    return account


def owner_of(accounts: Sequence[Record], row: Stock) -> Record | None:
    """Return the account that owns a stock row's listing, or None: named by the row itself, else the first that claims it."""
    if row.total > inventory.MOST_TICKETS:
        return None
    if ACCOUNT_MEMBER in row.data:
        return next((account for account in accounts if str(account["id"]) == str(row.data[ACCOUNT_MEMBER])), None)
    return next((account for account in accounts if _claims(account, row)), None)


def _claims(account: Payload, row: Stock) -> bool:
    return account["stock"] is None or any(
        part["event"] == row.event
        and (part["section"] is None or row.section in labels(part["section"]))
        and (part["row"] is None or row.row in labels(part["row"]))
        for part in account["stock"]
    )


def _currency_of(row: Stock, otherwise: str) -> str:
    return row.currency if row.currency in ENUMERATIONS["currency"] else otherwise


def _add_listing(tx: Tx, account: Payload, row: Stock, by: Actor) -> Record:
    body = _body_of(events.get(tx, row.event), row)
    record = inventory.add(tx, account["id"], row, body, by)
    issued = tickets.issue(tx, record, row.id, _numbered(row, 0, row.total), _ticket_bodies(body, row), None)
    return inventory.fill(tx, record, issued)


def _ticket_bodies(body: Payload, row: Stock) -> list[Record]:
    codes = [*map(str, row.data.get("barcodes", ())), *[None] * row.total]
    return tickets.priced(body, [{"barCode": code} for code in codes[: row.total]], "data.")


def _numbered(row: Stock, first: int, end: int) -> list[tuple[int, int | None]]:
    # Each seat's number for people, and its number in the row.
    start = 1 if row.first_seat is None else row.first_seat
    return [(start + place, None if row.first_seat is None else start + place) for place in range(first, end)]


def _body_of(show: events.Event | None, row: Stock) -> Record:
    data = row.data
    face, cost = data.get("face_value"), data.get("cost", wire.money(row.price * 3 // 4))  # of one ticket
    return {
        "cost": wire.money(wire.cents(float(cost)) * row.total),
        "faceValue": None if face is None else wire.money(wire.cents(float(face)) * row.total),
        "stockType": STOCK_TYPE_OF.get(str(data.get("ticket_type")), "ELECTRONIC"),
        "publicNotes": _text_of(data, "notes"),
        "tags": str(data.get("tags", "")),
        "inHandDate": wire.local_day(show.starts_at - 2 * DAY, show.venue.zone) if show else None,
        "attributes": [str(restriction) for restriction in data.get("restrictions", [])],
    }


def _text_of(data: Payload, name: str) -> str | None:
    return None if data.get(name) is None else str(data[name])  # YAML reads 118 as a number


def place(tx: Tx, seeded: SeedOrder) -> None:
    """Place an order of the fixture by the usual rules, and bring it to its status."""
    record = inventory.of_stock(tx, seeded.stock)
    if record is None:
        raise NotFound(f"This row is no SkyBox account's; say so under vendors.{NAME}.accounts.")
    if seeded.status not in WAYS:
        raise Invalid(f"{seeded.status!r} is no order status; there are {', '.join(WAYS)}.")
    left = [ticket for ticket in tickets.pool(tx, record["id"]) if ticket["seatNumber"] >= (seeded.seat or 0)]
    pool = left[: seeded.quantity]
    if len(pool) < seeded.quantity:
        raise SoldOut(f"Only {len(pool)} of the {seeded.quantity} tickets asked for are left.", available=len(pool))
    customer = directory.customer_named(tx, record["accountId"], seeded.name, {"company": None, "email": seeded.email})
    WAYS[seeded.status](tx, record, pool, customer, seeded)


def _sell(tx: Tx, listing: Record, pool: list[Record], customer: int, seeded: SeedOrder, **head: str) -> Record:
    amount = wire.money(wire.cents(listing["listPrice"]) * len(pool))
    line = {"lineItemType": "INVENTORY", "amount": amount, "itemIds": [ticket["id"] for ticket in pool]}
    body = {"customerId": customer, "salesTerm": "NET0", "lines": [line], **head}
    body["externalRef"] = _text_of(seeded.data, "external_ref")
    return invoices.create_invoice(Session(tx, listing["accountId"], STOCKROOM), {"force": False}, body)


def _sell_and_cancel(tx: Tx, listing: Record, pool: list[Record], customer: int, seeded: SeedOrder) -> None:
    sale = _sell(tx, listing, pool, customer, seeded)
    invoices.delete_invoice_line(Session(tx, listing["accountId"], STOCKROOM), sale["id"], sale["lines"][0]["id"])


def _put_on_hold(tx: Tx, listing: Record, pool: list[Record], customer: int, seeded: SeedOrder) -> None:
    days = seeded.data.get("days", 7)
    if not isinstance(days, (int, float)) or not 0 < days <= MOST_DAYS:
        raise Invalid(f"data.days must be a number of days above 0, at most {MOST_DAYS}.")
    holds.place(tx, listing, pool, {"customerId": customer}, later(tx.now, round(days * DAY)), STOCKROOM)


WAYS: dict[str, Callable[..., object]] = {
    "UNPAID": _sell,
    "PAID": partial(_sell, paymentStatus="PAID"),
    "COMPLETE": partial(_sell, paymentStatus="PAID", fulfillmentStatus="COMPLETE"),
    "CANCELLED": _sell_and_cancel,
    "HOLD": _put_on_hold,
}
"""How an order of the fixture reaches its status."""


def _source_of(change: Change) -> str:
    return f"{change.vendor}:{change.record}"


def stock_changed(tx: Tx, change: Change) -> Margin | None:
    """Update a listing and its tickets after another vendor's change of seats, or create one for new seats."""
    if change.vendor == NAME:
        return None
    titles = {listener.name: listener.title for listener in tx.store.listeners}
    by = Actor(titles.get(change.vendor, change.vendor))
    if change.what == "added":
        if account := owner_of(records.find(tx, wire.ACCOUNTS), change.stock):
            notifications.created(tx, "INVENTORY", [_add_listing(tx, account, change.stock, by)], by)
    elif listing := inventory.of_stock(tx, change.stock.id):
        FOLLOWING[change.what](tx, listing, change, by)
    else:
        return Margin({})  # nothing follows until the row has a listing
    return None


def sold(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Record another marketplace's sale as an invoice to it: INVOICE and LINE, HOLD if it was on hold, INVENTORY."""
    going = _going_tickets(tx, listing, change)
    on_hold = tickets.holds_of(tx, going)
    amount, source = wire.money(change.stock.price * change.quantity), _source_of(change)
    account = listing["accountId"]
    known = records.first(tx, wire.INVOICE, ("source", "=", source), ("account", "=", account))
    invoice = known or orders.write(tx, "INVOICE", account, _head_of(tx, listing, change, by), by, source=source)
    body = {"lineItemType": "INVENTORY", "quantity": change.quantity, "amount": amount, "event": listing["eventId"]}
    body |= {"itemIds": [ticket["id"] for ticket in going], "inventoryIds": [listing["id"]]}
    line = orders.add(tx, invoice, "INVOICE", body, by)
    tickets.sell(tx, going, line["id"], amount, by)
    if known:
        notifications.created(tx, "LINE", [line], by)
        orders.settle(tx, "INVOICE", invoice, invoice, by)
    else:
        orders.open_target(tx, "INVOICE", invoice, [line], by)
    inventory.refresh(tx, listing["id"], by)
    for hold in on_hold:
        holds.shrink(tx, hold, by)


def _head_of(tx: Tx, listing: Record, change: Change, by: Actor) -> Record:
    customer = directory.customer_for(tx, listing["accountId"], by.name)
    head = {"customerId": customer, "externalRef": change.record, "salesTerm": "NET0", "paymentMethod": "ACH"}
    return head | {"deliveryMethod": "EMAIL", "currencyCode": _currency_of(change.stock, "USD")}


def _going_tickets(tx: Tx, listing: Record, change: Change) -> list[Record]:
    if change.seats:
        return tickets.of_stock(tx, change.stock.id, change.seats)
    # General admission: first its held tickets, then the lowest remaining ones.
    on_hold = [ticket for ticket in tickets.of_stock(tx, change.stock.id) if tickets.hold_of(tx, ticket)]
    from_hold = min(max(len(on_hold) - change.stock.held, 0), change.quantity)
    own = set(_own_holds(tx, change))
    on_hold.sort(key=lambda ticket: tickets.hold_of(tx, ticket) not in own)
    return on_hold[:from_hold] + tickets.pool(tx, listing["id"])[: change.quantity - from_hold]


def _own_holds(tx: Tx, change: Change) -> list[int]:
    own = records.find(tx, wire.HOLD, ("source", "=", _source_of(change)), ("removed", "=", 0))
    return [hold["id"] for hold in own]


def held(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Record another marketplace's hold as a hold of its own, until the event begins unless it ends there."""
    chosen = tickets.of_stock(tx, change.stock.id, change.seats) if change.seats else []
    chosen = chosen or tickets.pool(tx, listing["id"])[: change.quantity]
    own = _own_holds(tx, change)
    active = [hold["id"] for hold in inventory.active_holds(tx, listing["id"]) if hold["id"] in own]
    if active:
        tickets.mark(tx, chosen, by, {}, hold=active[0])
        inventory.refresh(tx, listing["id"], by)
        holds.shrink(tx, active[0], by)
        return
    ends = records.own(tx, wire.INVENTORY, str(listing["id"]))["starts_at"]
    body = {"externalRef": change.record, "customerId": directory.customer_for(tx, listing["accountId"], by.name)}
    holds.place(tx, listing, chosen, body, ends, by, _source_of(change))


def released(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Put seats that another marketplace released back on sale: HOLD UPDATED or DELETED, INVENTORY UPDATED."""
    if change.seats:
        back = tickets.of_stock(tx, change.stock.id, change.seats)
    else:
        candidates = [ticket for hold in _own_holds(tx, change) for ticket in tickets.of(tx, hold=hold)]
        back = [ticket for ticket in candidates if ticket["inventoryId"] == listing["id"]][::-1][: change.quantity]
    on_hold = tickets.holds_of(tx, back)
    tickets.free(tx, back, by, listing["id"])
    for hold in on_hold:
        holds.shrink(tx, hold, by)
    inventory.refresh(tx, listing["id"], by)
    orders.follow(tx, back, by)


def put_back(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Put seats that another marketplace's buyer returned back on sale: LINE and INVOICE UPDATED, INVENTORY UPDATED."""
    back = _returned(tx, change)
    tickets.free(tx, back, by, listing["id"])
    for id in sorted({ticket["invoiceLineId"] for ticket in back if ticket["invoiceLineId"]}):
        line = wire.get_or_refuse(tx, wire.LINE, None, id)
        orders.save(tx, line, line | orders.counted(line, tickets.of(tx, sale=id)), by)
        invoice = wire.get_or_refuse(tx, wire.INVOICE, line["accountId"], line["targetId"])
        orders.settle(tx, "INVOICE", invoice, invoice, by)
    inventory.refresh(tx, listing["id"], by)
    orders.follow(tx, back, by)


def _returned(tx: Tx, change: Change) -> Sequence[Record]:
    if change.seats:
        return tickets.of_stock(tx, change.stock.id, change.seats)
    # General admission: the highest tickets sold to the same record.
    own = records.find(tx, wire.INVOICE, ("source", "=", _source_of(change)))
    ids = [line["id"] for invoice in own for line in orders.all_of(tx, "INVOICE", invoice["id"])]
    of_row = {ticket["id"] for ticket in tickets.of_stock(tx, change.stock.id)}
    sold = [ticket for id in ids for ticket in tickets.of(tx, sale=id) if ticket["id"] in of_row]
    return sorted(sold, key=lambda ticket: -ticket["seatNumber"])[: change.quantity]


def changed(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Take over a price, a split rule and a number of seats changed elsewhere."""
    row = change.stock
    own = tickets.of_stock(tx, row.id)
    count, going = len(own), tickets.pool(tx, listing["id"])[row.total - len(own) :] if row.total < len(own) else []
    if going:  # its highest seats were removed
        tickets.cancel(tx, going, by)
    elif count < row.total <= inventory.MOST_TICKETS:
        like = {name: own[-1][name] for name in tickets.MONEY} if own else {"cost": 0.0}
        tickets.issue(tx, listing, row.id, _numbered(row, count, row.total), [like] * (row.total - count), None)
    before = inventory.refresh(tx, listing["id"], by)
    after = before | {"listPrice": wire.money(row.price)}
    if inventory.split_rule(before["splitType"], before["customSplit"]) != row.split:
        after["splitType"], after["customSplit"] = inventory.split_words(row.split, max(before["quantity"], 1))
    inventory.save(tx, before, after, by)
    orders.follow(tx, going, by)


FOLLOWING = {"sold": sold, "held": held, "released": released, "put_back": put_back, "changed": changed}


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Update an event, and the columns of its listings and holds on its date and venue."""
    directory.put_venue(tx, change.event.venue)
    number, place = wire.number_of(change.event.id), inventory.place_of(change.event)
    before = records.get(tx, wire.EVENT, str(number))
    directory.put_event(tx, change.event, before["tags"] if before else None)
    for kind, own in ((wire.INVENTORY, place), (wire.HOLD, {"starts_at": place["starts_at"]})):
        for record in records.find(tx, kind, ("event", "=", number)):
            records.update(tx, kind, record, **own)
