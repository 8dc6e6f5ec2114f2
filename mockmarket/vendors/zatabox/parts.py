"""Zatabox's parts: its API, its webhooks, its records, and its reactions to changes of the world."""

from mockmarket import clock, vendor
from mockmarket.store import Read, Record, keys, records
from mockmarket.vendors.zatabox import actions, scheme, wire
from mockmarket.vendors.zatabox.operations import OPERATIONS
from mockmarket.vendors.zatabox.records.accounts import CATALOG
from mockmarket.vendors.zatabox.records.common import SCOPES
from mockmarket.vendors.zatabox.rules import events, inventory, notices, orders, seeding
from mockmarket.webhooks.acceptance import any_2xx
from mockmarket.webhooks.retry import hours, minutes, timetable

TIMERS = {events.ENDS: events.end, orders.LAPSES: orders.lapse, inventory.HOLD_LAPSES: inventory.lapse_hold}
TIMERS |= {orders.SETTLES: orders.due}  # each timer's function, called with its record's id


def _order_line(read: Read, order: Record) -> vendor.OrderLine:
    event, quantity = records.get(read, wire.EVENT, order["eventId"]), sum(item["quantity"] for item in order["items"])
    title, buyer = event["title"] if event else order["eventId"], order["buyer"]
    at, total, currency = clock.parse_iso(order["createdAt"]), float(order["total"]), order["currency"]
    about = (order["id"], order["status"], title, quantity, at, total, currency)
    return vendor.OrderLine(*about, buyer["name"] or "", buyer["email"])


def _order_of(read: Read, name: str) -> str:
    ticket = records.get(read, wire.TICKET, name)
    return str(ticket["orderId"]) if ticket else ""


def _holder(read: Read, name: str) -> vendor.Holder | None:
    id = name.partition("/")[0]  # a held seat's claim has the hold's id and the seat's
    return vendor.Holder(wire.HOLD, id) if records.get(read, wire.HOLD, id) else None


PHASES: dict[str, vendor.Phase] = {"pending": "new", "completed": "done", "failed": "trouble", "cancelled": "ended"}
ORDERS = vendor.OrderView(wire.ORDER, _order_line, PHASES, "orderId", "completed", order_of=_order_of)

BEARER, SECURITY = keys.in_header("Authorization", "Bearer"), {"zataboxKey": {"type": "http", "scheme": "bearer"}}
API = vendor.Api(
    wire.refuse, BEARER, OPERATIONS, any_content_type=True, scopes=SCOPES, security=SECURITY, mint_key=wire.mint_key
)
WEBHOOKS = vendor.Webhooks(
    notices=CATALOG,
    repeats_share="the event's id",
    capitals_ok="its SDK for Node reads the digits",
    timetable="12 sends on anything but a 2xx: at once, after 1 min, 5 min, 30 min, 2 h, 12 h, then daily; then exhausted",
    headers=scheme.HEADERS,
    accepts=lambda settings: any_2xx,  # document: anything but a 2xx is retried
    # document: after 1 m, 5 m, 30 m, 2 h, 12 h, then daily, 12 attempts in all, then exhausted
    retry=lambda settings: timetable(minutes(1, 5, 30) + hours(2, 12), clock.DAY, settings["attempts"], "exhausted"),
    sample=notices.sample,
    payload=notices.payload,
)
RECORDS = vendor.Records(
    kinds=wire.KINDS,
    orders=ORDERS,
    section=events.FixtureSection,
    seed=events.seed,
    place=seeding.place,
    holder=_holder,
    sells=lambda read, row: inventory.of_section(read, row.event, row.section) is not None,
)
WORLD = vendor.Hooks(
    inventory.stock_changed,
    events.event_changed,
    lambda tx, timer: TIMERS[timer.name](tx, timer.record),
    calendar=(events.ENDS,),
    actions=actions.ACTIONS,
    refresh=inventory.refresh,
    by_section=True,
)
