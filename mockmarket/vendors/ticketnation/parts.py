"""Ticketnation's parts: its API, its webhooks, its records, and its reactions to changes of the world."""

from collections.abc import Callable

from mockmarket import clock, errors, vendor
from mockmarket.store import Read, Record, Tx, keys, outbox, records
from mockmarket.vendors.ticketnation import operations, scheme, wire
from mockmarket.vendors.ticketnation.records import NOTICES, OrderId, Purchase
from mockmarket.vendors.ticketnation.rules import events, orders, seeding, tickets
from mockmarket.webhooks.acceptance import any_2xx
from mockmarket.webhooks.retry import Retry, disabling, exponential


def sample(tx: Tx, type: str, record: str | None) -> outbox.Notice:
    """Return a notice about a record, as if it had just happened; by default about one of which it is true: the newest such order, or
    the first such event or ticket type."""
    if type == wire.TEST:
        return wire.trial_notice(tx, record)
    kind = wire.DATA[type][0]
    if kind is wire.ORDER:
        return events.notice_of(tx, type, orders.order_or_newest(tx, record, type))
    if record:
        about = records.get_or_404(tx, kind, record, "There is no {kind} {id!r}.")
        return events.notice_of(tx, type, _reached(type, about))
    if subject := next(filter(TRUE_OF[type], records.find(tx, kind)), None):
        return events.notice_of(tx, type, subject)
    raise vendor.nothing_fits(kind.name, type, NOTICES[type])


def _reached(type: str, record: Record) -> Record:
    """Return a record as if it had just reached what a notice says of it; Conflict for a threshold below which nothing is."""
    if type != "ticket.inventory_low":
        return record
    if not record["lowInventoryThreshold"]:
        raise errors.Conflict(f"The ticket type {record['id']} has the threshold 0, below which no quantity is.")
    return record | {"remaining": min(record["remaining"], record["lowInventoryThreshold"] - 1)}


TRUE_OF: dict[str, Callable[[Record], bool]] = {
    "event.sold_out": lambda event: bool(event["status"] == "SOLD_OUT"),
    "ticket.inventory_low": lambda ticket: bool(0 < ticket["remaining"] < ticket["lowInventoryThreshold"]),
}
"""Of which records a notice is true (document: all tickets sold; remaining below the threshold)."""


def line(read: Read, order: Record) -> vendor.OrderLine:
    """Summarise an order for people, under its event's name."""
    event = records.get(read, wire.EVENT, order["eventId"])
    name, at = event["name"] if event else order["eventId"], clock.parse_iso(order["createdAt"])
    total, currency, buyer = order["totalAmount"], order["currency"], (order["buyerName"], order["buyerEmail"])
    return vendor.OrderLine(order["orderNumber"], order["status"], name, order["quantity"], at, total, currency, *buyer)


PHASES: dict[str, vendor.Phase] = {"COMPLETED": "done", "REFUNDED": "ended"}
ORDERS = vendor.OrderView(wire.ORDER, line, PHASES, "orderId", "COMPLETED", announced="order.completed")
BUY = "Buy tickets of an event, by id, slug or name: order.completed."
REFUND = "Refund an order: order.refunded; its seats go back on sale."
ACTIONS = (
    vendor.Action("buy", "buyer", BUY, Purchase, orders.buy),
    vendor.Action("refund", "organizer", REFUND, OrderId, orders.refund, orders.barred, "REFUNDED"),
)
"""Actions of buyers and organizers without a call of the API: a purchase in the shop, a refund on the dashboard."""


def retry(settings: vendor.Settings) -> Retry:
    """Document: up to 3 attempts, exponential; disabled after 10 failures in a row. The base and what counts are convention."""
    backoff = exponential(int(settings["sends"]) - 1, round(settings["retry_base_s"] * 1000))
    return disabling(backoff, int(settings["disable_after"]), settings["disable_counts"])


def holder(read: Read, name: str) -> vendor.Holder | None:
    """Return the ticket type whose seats are off sale, which the ledger names by the reason, `:` and the type's id."""
    id = name.partition(":")[2]
    return vendor.Holder(wire.TICKET, id) if id and records.get(read, wire.TICKET, id) else None


API = vendor.Api(
    refuse=wire.refuse,
    operations=operations.OPERATIONS,
    scopes=wire.SCOPES,
    credential=keys.in_header("api-key"),
    mint_key=lambda tx: f"tn_live_{tx.ids.secret(40)}",  # document
    security={"ticketnationKey": {"type": "apiKey", "in": "header", "name": "api-key"}},
)
WEBHOOKS = vendor.Webhooks(
    notices=(
        *(vendor.NoticeType(name, when) for name, when in NOTICES.items()),
        vendor.NoticeType(
            wire.TEST, "a test is requested (POST /webhooks/{id}/test), also by a webhook whose `events` do not name it"
        ),
    ),
    repeats_share="type, data and timestamp: the whole body",
    timetable="3 sends in all, waiting 1 and 2 s, on any answer but a 2xx; disabled after 10 given up in a row",
    headers=scheme.HEADERS,
    accepts=lambda settings: any_2xx,  # convention, as the vendor's page on partner webhooks has it
    retry=retry,
    test_recovers=True,
    sample=sample,
    payload=wire.payload,
)
RECORDS = vendor.Records(
    kinds=wire.KINDS,
    orders=ORDERS,
    section=seeding.Section,
    seed=seeding.seed,
    place=seeding.place,
    holder=holder,
    sells=lambda read, row: tickets.ticket_of(read, row) is not None,
)
WORLD = vendor.Hooks(
    tickets.stock_changed,
    events.event_changed,
    tickets.timer_fired,
    actions=ACTIONS,
    refresh=tickets.refresh,
    by_section=True,
)
