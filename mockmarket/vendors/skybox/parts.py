"""SkyBox's parts: its API, its webhooks, its records, and its reactions to changes of the world."""

from mockmarket.store import Read, Record, records
from mockmarket.vendor import Api, Holder, Hooks, NoticeType, OrderLine, OrderView, Records, Webhooks
from mockmarket.vendors.skybox import actions, callers, scheme, vendor
from mockmarket.vendors.skybox.operations import OPERATIONS
from mockmarket.vendors.skybox.records.types import TOPICS
from mockmarket.vendors.skybox.rules import holds, inventory, notifications, orders, stock_sync
from mockmarket.vendors.skybox.wire import CUSTOMER, EVENT, HOLD, INVENTORY, INVOICE, KINDS, LINE, refuse
from mockmarket.webhooks import acceptance, encoding
from mockmarket.webhooks.retry import muting


def summary(read: Read, invoice: Record) -> OrderLine:
    """Summarise an invoice for people: its status is its tickets' fulfilment, its event that of its first line with tickets."""
    id = invoice["id"]
    lines = records.find(read, LINE, ("target", "=", id), ("type", "=", "INVOICE"), ("cancelled", "=", 0))
    ids = [records.own(read, LINE, str(line["id"])).get("event") for line in lines]
    events = (records.get(read, EVENT, str(id)) for id in ids if id)
    customer = records.get(read, CUSTOMER, str(invoice["customerId"]))
    event = next((str(event["name"]) for event in events if event), "Other than tickets")
    quantity, at = sum(line["quantity"] for line in lines), records.own(read, INVOICE, str(id))["created_at"]
    total = sum(line["amount"] for line in lines) + sum(invoice[name] or 0 for name in orders.CHARGES)
    status, currency = invoice["fulfillmentStatus"], invoice["currencyCode"]
    buyer, email, kind = (
        (customer or {}).get("displayName"),
        (customer or {}).get("email"),
        (customer or {}).get("customerType"),
    )
    through = "marketplace" if kind == "MARKETPLACE" else ""
    return OrderLine(str(id), status, event, quantity, at, total, currency, buyer or "", email or "", through)


def invoice_of(read: Read, name: str) -> str:
    """Return the invoice of a line, which the ledger names `line:` and its id; "" for other records."""
    kind, _, id = name.partition(":")
    line = records.first(read, LINE, ("id", "=", id), ("type", "=", "INVOICE")) if kind == "line" else None
    return str(line["targetId"]) if line else ""


def _names_of(read: Read, invoice: str) -> list[str]:
    return [f"line:{line['id']}" for line in orders.all_of(read, "INVOICE", int(invoice))]


def _objects(read: Read, invoice: Record) -> list[Record]:
    answer = orders.with_lines("INVOICE", read, invoice)
    ids = {id for line in answer["lines"] for id in line["inventoryIds"]}
    listings = [records.get(read, INVENTORY, str(id)) for id in ids]
    return [answer, *filter(None, listings)]


def holder(read: Read, name: str) -> Holder | None:
    """Return the hold that the ledger names `hold:` and its id, with its customer, or the user who made it."""
    kind, _, id = name.partition(":")
    hold = records.get(read, HOLD, id) if kind == "hold" else None
    customer = records.get(read, CUSTOMER, str(hold["customerId"])) if hold else None
    return Holder(HOLD, id, (customer or {}).get("displayName") or hold["user"] or "") if hold else None


ORDERS = OrderView(
    INVOICE,
    summary,
    {"PENDING": "open", "COMPLETE": "done"},
    "invoice",
    "UNPAID",
    column="fulfillment",
    order_of=invoice_of,
    names=_names_of,
    objects=_objects,
)

API = Api(refuse, callers.credential, OPERATIONS, security=callers.SECURITY, mint_key=lambda tx: tx.ids.secret(36))
WEBHOOKS = Webhooks(
    dialect=encoding.java,
    notices=tuple(NoticeType(name, when) for name, when in TOPICS.items()),
    repeats_share="topic, id and action: a record is CREATED once",
    capitals_ok="its page shows no verifier",
    timetable="sent once; after 5 failures in a row muted for 1, 5, 15 min, 1, 4, 12, 24 h, and what happens meanwhile is dropped",
    headers=scheme.HEADERS,
    accepts=lambda settings: acceptance.any_2xx,  # convention; within the second that the document gives
    # document: no retries are mentioned, but mutes that grow up to 24 hours; the steps are convention
    retry=lambda settings: muting(settings["failures_until_mute"], vendor.steps_of(settings["mute_minutes"])),
    sample=notifications.sample,
    payload=notifications.payload,
    updates=notifications.updates,
    update=actions.update,
    check_override=notifications.check_override,
    mute_notice=notifications.mute_notice,
)
RECORDS = Records(
    kinds=KINDS,
    section=stock_sync.Section,
    seed=stock_sync.seed,
    place=stock_sync.place,
    orders=ORDERS,
    holder=holder,
    sells=lambda read, row: inventory.of_stock(read, row.id) is not None,
)
WORLD = Hooks(stock_sync.stock_changed, stock_sync.event_changed, holds.timer_fired, actions=actions.ACTIONS)
