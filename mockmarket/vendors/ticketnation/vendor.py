"""Ticketnation as the core sees it."""

from __future__ import annotations

from mockmarket.clock import parse_iso
from mockmarket.errors import NotFound
from mockmarket.store import Read, Tx, outbox, records
from mockmarket.store.keys import Key
from mockmarket.store.records import Kind, Record
from mockmarket.vendor import (
    Action,
    Api,
    Hooks,
    NoticeType,
    OrderLine,
    OrderView,
    Records,
    Setting,
    Settings,
    Vendor,
    Webhooks,
)
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.operations import OPERATIONS
from mockmarket.vendors.ticketnation.records import NAME, NOTICES, OrderId, Purchase
from mockmarket.vendors.ticketnation.rules import events, orders, seeding, tickets
from mockmarket.vendors.ticketnation.rules.organizations import notice_of
from mockmarket.vendors.ticketnation.scheme import HEADERS
from mockmarket.webhooks.acceptance import Acceptance, any_2xx
from mockmarket.webhooks.retry import Retry, disabling, exponential
from mockmarket.webhooks.signing import Headers

SETTINGS = {
    "sends": Setting(3, "How often a delivery is sent at most, the first included; 4 reads the document's 3 as retries.", least=1),
    "retry_base_s": Setting(1, "Seconds before the first retry; each later one waits twice as long.", least=0.001),
    "disable_after": Setting(10, "How many failures in a row disable a webhook.", least=1),
    "disable_counts": Setting(
        "deliveries", "What counts as a failure: a delivery that was given up, or each attempt.", ("deliveries", "attempts")
    ),
    "deadline_s": Setting(10, "Seconds that a whole exchange with a receiver may take.", least=0.01),
    "require_https": Setting(False, "Refuse http webhooks."),
    "rate_limit": Setting(0, "How many calls one key may make in a window; 0 is no limit.", least=0),
    "rate_window_s": Setting(60, "Seconds of the world's time that a window of the rate limit is long.", least=1),
}  # fmt: skip


def sample(tx: Tx, type: str, record: str | None) -> outbox.Notice:
    """Make a notice about a record that exists: an order, an event or a ticket type, the newest order or the first of the others."""
    if type == wire.TEST:
        return wire.trial_notice(tx, record)
    kind, _ = wire.DATA[type]
    return notice_of(
        tx, type, orders.order_or_newest(tx, record) if kind is wire.ORDER else get_or_first(tx, kind, record)
    )


def get_or_first(tx: Tx, kind: Kind, id: str | None) -> Record:
    """Return the record with this id, or the first of its kind; NotFound when there is none."""
    record = records.get(tx, kind, id) if id else records.first(tx, kind)
    if record is None:
        raise NotFound(f"There is no {kind.name} {id!r}." if id else f"There is no {kind.name} yet.")
    return record


def line(read: Read, order: Record) -> OrderLine:
    """Read an order for people; its event's name is the event's."""
    event = records.get(read, wire.EVENT, order["eventId"])
    return OrderLine(
        number=order["orderNumber"],
        status=order["status"],
        event=event["name"] if event else order["eventId"],
        quantity=order["quantity"],
        at=parse_iso(order["createdAt"]),
        total=order["totalAmount"],
        currency=order["currency"],
        buyer=order["buyerEmail"],
    )


ORDERS = OrderView(wire.ORDER, line, {"COMPLETED": "done", "REFUNDED": "ended"}, named_by="orderId")
BUY = "Buy tickets of an event, by id, slug or name: order.completed."
REFUND = "Refund an order: order.refunded; its seats go back on sale."
ACTIONS = (
    Action("buy", "buyer", BUY, Purchase, orders.buy),
    Action("refund", "organizer", REFUND, OrderId, orders.refund, orders.barred),
)
"""What buyers and organizers do without a call of the API: a purchase in its shop, a refund from its dashboard."""


def credential(key: Key, secret: str) -> Headers:
    """Return the header that carries a key (document)."""
    return (("api-key", secret),)


def mint_key(tx: Tx) -> str:
    """Return a new key's text (document: it begins with tn_live_)."""
    return f"tn_live_{tx.ids.secret(40)}"


def accepts(settings: Settings) -> Acceptance:
    """Convention, as the vendor's page on partner webhooks has it: any 2xx."""
    return any_2xx


def retry(settings: Settings) -> Retry:
    """Document: up to 3 attempts, exponential; disabled after 10 failures in a row. The base and what counts are convention."""
    backoff = exponential(int(settings["sends"]) - 1, round(settings["retry_base_s"] * 1000))
    return disabling(backoff, int(settings["disable_after"]), settings["disable_counts"])


VENDOR = Vendor(
    name=NAME,
    title="Ticketnation",
    base="/ticketnation/open-api/v1",
    hosts=("api.ticketnation.ph",),
    api=Api(
        refuse=wire.refuse,
        operations=OPERATIONS,
        scopes=wire.SCOPES,
        credential=credential,
        mint_key=mint_key,
        security={"ticketnationKey": {"type": "apiKey", "in": "header", "name": "api-key"}},
    ),
    webhooks=Webhooks(
        notices=(
            *(NoticeType(name, when) for name, when in NOTICES.items()),
            NoticeType(wire.TEST, "a test is asked for (POST /webhooks/{id}/test)"),
        ),
        repeats_share="type, data and timestamp: the whole body",
        timetable="3 sends in all, waiting 1 and 2 s, on any answer but a 2xx; disabled after 10 given up in a row",
        headers=HEADERS,
        accepts=accepts,
        retry=retry,
        test_recovers=True,
        sample=sample,
    ),
    records=Records(
        kinds=(
            wire.ORGANIZATION,
            wire.VENUE,
            wire.EVENT,
            wire.TICKET,
            wire.PERFORMER,
            wire.SCHEDULE,
            wire.BRAND,
            wire.ORDER,
        ),
        orders=ORDERS,
        seed=seeding.seed,
        place=seeding.place,
    ),
    world=Hooks(
        stock_changed=tickets.stock_changed,
        event_changed=events.event_changed,
        timer_fired=tickets.timer_fired,
        actions=ACTIONS,
    ),
    settings=SETTINGS,
)
