"""Tixstock's parts: its API, its webhooks, its records, and its reactions to changes of the world."""

from mockmarket import ids, stock
from mockmarket.store import Read, Record, keys, records
from mockmarket.vendor import Api, Holder, Hooks, NoticeType, OrderLine, OrderView, Phase, Records, Webhooks
from mockmarket.vendors.tixstock import actions, operations, scheme, wire
from mockmarket.vendors.tixstock.records.orders import Section
from mockmarket.vendors.tixstock.rules import stock_sync, webhooks
from mockmarket.webhooks import encoding, retry


def _order_line(read: Read, order: Record) -> OrderLine:
    own = records.own(read, wire.ORDER, order["tixstock_id"])
    event = records.get(read, wire.EVENT, own["event"])
    name, customer = event["name"] if event else own["event"], order["customer"]
    buyer = " ".join(filter(None, (customer["first_name"], customer["last_name"])))
    total, currency, at = float(order["grand_total"]), order["currency"], ids.moment_of(order["tixstock_id"])
    about, email = (order["id"], order["status"], name, order["quantity"], at), customer["email_address"] or ""
    return OrderLine(*about, total, currency, buyer, email, dated=own["placed_at"])


def _objects(read: Read, order: Record) -> list[Record]:
    event = records.get(read, wire.EVENT, records.own(read, wire.ORDER, order["tixstock_id"])["event"])
    return [*filter(None, (event,)), order]


def _holder(read: Read, name: str) -> Holder | None:
    if records.get(read, wire.HOLD, name) is None:
        return None
    id = records.own(read, wire.HOLD, name)["reseller"]
    return Holder(wire.HOLD, name, (records.get(read, wire.RESELLER, id) or {}).get("name") or id)


def _sells(read: Read, row: stock.Stock) -> bool:
    return records.count(read, wire.LISTING, [("stock", "=", row.id)]) > 0


PHASES: dict[str, Phase] = {
    "Pending Review": "new",
    "Approved": "open",
    "Sale on Hold": "trouble",
    "Commissionable": "done",
    **dict.fromkeys(("Rejected", "Cancelled", "Refunded"), "ended"),
}
ORDERS = OrderView(wire.ORDER, _order_line, PHASES, "order", "Pending Review", objects=_objects)

BEARER, SECURITY = keys.in_header("Authorization", "Bearer"), {"tixstockToken": {"type": "http", "scheme": "bearer"}}
API = Api(wire.refuse, BEARER, operations.OPERATIONS, security=SECURITY, mint_key=lambda tx: tx.ids.secret(60))
WEBHOOKS = Webhooks(
    dialect=encoding.php,
    key_signs=True,
    notices=tuple(NoticeType(name, when) for name, when in wire.NOTICES.items()),
    capitals_ok="its page shows no verifier",
    timetable="3 attempts in all, 60 and 120 s after the one before, on anything but a 2xx that does not deny success; none after 401",
    headers=scheme.HEADERS,
    accepts=webhooks.accepts,
    # convention: two retries at growing gaps; none after a 401, with which a receiver rejects the signature (document)
    retry=lambda settings: retry.stopping_on(
        retry.exponential(settings["retries"], round(settings["retry_base_s"] * 1000)), (401,)
    ),
    sample=webhooks.sample,
    payload=wire.payload,
    answered=webhooks.answered,
    warnings=webhooks.warnings,
)
RECORDS = Records(
    kinds=wire.KINDS,
    orders=ORDERS,
    section=Section,
    seed=stock_sync.seed,
    place=stock_sync.place,
    holder=_holder,
    sells=_sells,
)
WORLD = Hooks(
    stock_sync.stock_changed,
    stock_sync.event_changed,
    stock_sync.timer_fired,
    actions=actions.ACTIONS,
    refresh=stock_sync.refresh,
)
