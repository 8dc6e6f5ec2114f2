"""Scraper Portal's parts: its API, its webhooks, its records, and its reactions to changes of the world."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any, TypedDict

from mockmarket import errors, stock, vendor
from mockmarket.clock import iso_ms, parse_iso
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Record, Tx, keys, outbox, records
from mockmarket.store.alike import AlikeRecords
from mockmarket.vendors.portal import operations, rules, scheme, wire
from mockmarket.vendors.portal.records import NAME, TRANSFER_NOTES, Customer, NewOrder, OrderId, StatusChange
from mockmarket.webhooks.acceptance import any_2xx, only_200
from mockmarket.webhooks.retry import exponential
from mockmarket.worlds.world import World


class Section(TypedDict):
    """The fixture's section `vendors: portal`, which has nothing of the portal's own."""


def seed(seeding: vendor.Seeding) -> None:
    """Create an event and listings for everything on sale in the world's fixture."""
    tx = seeding.tx
    for show in seeding.events:
        records.put(tx, wire.EVENT, wire.event(show, seeding.free(show.id)), **wire.event_columns(show, seeding.start))
    records.put_written(tx, wire.LISTING, _listings(seeding))


def _listings(seeding: vendor.Seeding) -> Iterator[tuple[object, ...]]:
    alike = AlikeRecords(wire.LISTING)
    for seats in seeding.stock:
        values = wire.varying(_listing_id(seeding, seats), seats)
        columns = wire.listing_columns(seats)
        own = [columns[name] for name in wire.LISTING.own]
        yield *alike.row((seats.split, seats.free), values, partial(wire.varied, seats)), *own


def _listing_id(seeding: vendor.Seeding, seats: stock.Stock) -> str:
    return seats.own_id(NAME) or seeding.tx.ids.object_id(seeding.start)


def place(tx: Tx, seeded: vendor.SeedOrder) -> None:
    """Place an order of the fixture by the usual rules, and bring it to its status."""
    listing = records.find(tx, wire.LISTING, ("stock", "=", seeded.stock), limit=1)[0]
    event, id = listing["eventId"], listing["listingId"]
    customer: Customer = {"email": seeded.email, "phone": {"number": seeded.phone, "countryCode": seeded.country_code}}
    order = rules.buy(tx, {"eventId": event, "listingId": id, "quantity": seeded.quantity, "customer": customer})
    if seeded.status not in rules.WAYS:
        raise errors.Invalid(f"{seeded.status!r} is no order status; there are {', '.join(rules.WAYS)}.")
    for status in rules.WAYS[seeded.status]:
        rules.move(tx, rules.EVERY_FLOW, {"orderId": order["orderId"], "status": status})


def sells(read: Read, row: stock.Stock) -> bool:
    """Return whether a stock row has a listing."""
    return records.count(read, wire.LISTING, [("stock", "=", row.id)]) > 0


def sample(tx: Tx, type: str, record: str | None) -> outbox.Notice:
    """Return a notice about an order, by default the newest that has the notice's status, as if it had just got that status;
    Conflict when none has it."""
    status = type.removeprefix("order.")
    order = rules.get_or_404(tx, record) if record else _newest(tx, type, status)
    if status == "fulfilled":
        order = {"transferMethod": "mobile_transfer", "transferNote": TRANSFER_NOTES["mobile_transfer"]} | order
    if status == "confirmed":  # an order's first status has no previous one
        order.pop("previousStatus", None)
        return wire.notice(tx, type, order | {"status": status, "updatedAt": order["createdAt"]})
    own = filter(None, (order["status"], order.get("previousStatus")))
    before = next(previous for previous in (*own, *rules.MOVES) if status in chain(*rules.MOVES[previous]))
    return wire.notice(tx, type, order | {"status": status, "previousStatus": before, "updatedAt": iso_ms(tx.now)})


def _newest(tx: Tx, type: str, status: str) -> Record:
    if order := records.first(tx, wire.ORDER, ("status", "=", status), order=[("number", "desc")]):
        return order
    raise vendor.nothing_fits("order", type, wire.NOTICES[type])


def _line(_read: Read, order: Record) -> vendor.OrderLine:
    number, status, name, quantity = (order[key] for key in ("orderNumber", "status", "eventName", "quantity"))
    at, total, email = parse_iso(order["createdAt"]), order["totalAmount"], order["customer"]["email"]
    return vendor.OrderLine(number, status, name, quantity, at, total, "USD", email=email)


PHASES: dict[str, vendor.Phase] = {"confirmed": "new", "accepted": "open", "fulfilled": "done"}
PHASES |= {"purchase_issues": "trouble", "cancelled": "ended", "refunded": "ended"}
ORDERS = vendor.OrderView(
    wire.ORDER,
    _line,
    PHASES,
    "orderId",
    "confirmed",
    only_with={"fulfilled": wire.TRANSFER},
    announced="order.confirmed",
)


def _admin_action(name: str, help: str, status: str) -> vendor.Action:
    def by_admin(rule: Callable[[World, StatusChange, Flow], Any]) -> Callable[[World, OrderId], Any]:
        return lambda world, body: rule(world, {"orderId": body["orderId"], "status": status}, rules.ADMIN_FLOW)

    return vendor.Action(name, "admin", help, OrderId, by_admin(rules.change_status), by_admin(rules.barred), status)


SET_STATUS = "Change an order's status from the dashboard: the flow of PATCH /orders."
ACTIONS = (
    vendor.Action("buy", "buyer", "Buy tickets: places an order like POST /orders.", NewOrder, rules.place_order),
    vendor.Action("set_status", "admin", SET_STATUS, StatusChange, rules.change_status, rules.barred),
    _admin_action("report_issue", "Report an issue with an order: order.purchase_issues.", "purchase_issues"),
    _admin_action("refund", "Refund an order: order.refunded; its seats go back on sale.", "refunded"),
)
"""Actions of a buyer or an admin without a call of the API: the buttons of the vendor's dashboard."""

SCOPES = (
    vendor.Scope("events:read", "List events."),
    vendor.Scope("inventory:read", "List an event's inventory."),
    vendor.Scope("orders:write", "Create orders and change their status."),
)
KEY, SECURITY = keys.in_header("X-API-Key"), {"portalKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
API = vendor.Api(wire.refuse, KEY, operations.OPERATIONS, scopes=SCOPES, security=SECURITY)
WEBHOOKS = vendor.Webhooks(
    notices=tuple(vendor.NoticeType(name, when) for name, when in wire.NOTICES.items()),
    repeats_share="the header X-Webhook-Delivery",
    timetable="5 retries after the first send, on any answer but 200, waiting 1, 2, 4, 8 and 16 s",
    headers=scheme.HEADERS,
    accepts=lambda settings: any_2xx if settings["lenient_2xx"] else only_200,  # document: retry any non-200
    retry=lambda settings: exponential(settings["retries"], round(settings["retry_base_s"] * 1000)),
    sample=sample,
    payload=wire.payload,
)
RECORDS = vendor.Records(
    kinds=(wire.EVENT, wire.LISTING, wire.ORDER),
    orders=ORDERS,
    section=Section,
    seed=seed,
    place=place,
    sells=sells,
)
WORLD = vendor.Hooks(rules.stock_changed, rules.event_changed, actions=ACTIONS, refresh=rules.refresh)
