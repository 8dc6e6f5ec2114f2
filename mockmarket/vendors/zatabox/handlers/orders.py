"""Orders, their payments, promo codes; and check-in: gates scan, doors are watched."""

import hashlib
from collections.abc import Iterable

import flask
import orjson

from mockmarket.api import context, operations as api, sse
from mockmarket.clock import MINUTE, iso_s, later, parse_iso
from mockmarket.errors import Conflict, Invalid, Unauthenticated
from mockmarket.records import Create, Query, Update
from mockmarket.store import Read, Record, Tx, keys, records, timers
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.accounts import me
from mockmarket.vendors.zatabox.handlers.conventions import WRITE, Caller, KeyOrToken, reads, writes
from mockmarket.vendors.zatabox.records import common, orders as shapes
from mockmarket.vendors.zatabox.rules import inventory, notices, orders
from mockmarket.vendors.zatabox.wire import CHECKIN, EVENT, ORDER, PAYMENT, PROMO, TICKET, TICKET_TYPE

RATE_MS = 10 * MINUTE  # over how long the entry rate is taken (convention)
STREAM = api.Answer(shapes.Stats, 200, "`stats` events, one snapshot each.", "text/event-stream")
BY_READER, BY_PAYER = (
    {"query": shapes.TokenQuery, "scope": KeyOrToken(f"orders:{way}"), "with_caller": True} for way in ("read", "write")
)
"""What calls about one order ask of the caller: a key, or the order's own token."""


@writes(body=shapes.NewOrder, answer=shapes.NewOrderAnswer, status=201, scope="orders:write", with_caller=True)
def create_order(tx: Tx, caller: keys.Key, body: shapes.NewOrder) -> Record:
    """Create an order: its seats are held until it is paid, cancelled or expired; a free order is completed at once."""
    speaker = me(caller)
    email = body["guestEmail"] or speaker["email"]
    if not email:
        raise Invalid("guestEmail is needed.", details=[("guestEmail", "is needed: the key is no buyer's")])
    name = body["guestName"] or (speaker["name"] if speaker["email"] else email)
    token = tx.ids.secret(40)
    order = orders.begin(tx, {**body, "guestEmail": email, "guestName": name}, token)
    return _with_tickets(tx, order) | {"accessToken": token}


def _with_tickets(read: Read, order: Record) -> Record:
    return order | {"tickets": records.find(read, TICKET, ("order", "=", order["id"]))}


def _readable(read: Read, id: str, caller: Caller) -> Record:
    if isinstance(caller, str) and keys.digest(caller) != records.own(read, ORDER, id).get("token_hash"):
        raise Unauthenticated("This token does not open this order.", code="INVALID_TOKEN")
    return records.get_or_404(read, ORDER, id)


@reads(**BY_READER, answer=shapes.OrderWithTickets)
def get_order(read: Read, caller: Caller, _query: shapes.TokenQuery, id: str) -> Record:
    """Get an order, with a key or with the order's own token."""
    return _with_tickets(read, _readable(read, id, caller))


@writes(**BY_PAYER, body=Create(shapes.Payment, (shapes.TokenQuery,)), answer=shapes.Payment, status=201)
def pay_order(tx: Tx, caller: Caller, _query: shapes.TokenQuery, body: Record, id: str) -> Record:
    """Start an order's payment with a provider; verifying settles it."""
    order = _readable(tx, id, caller)
    notices.check_status("Order", order, "pending", so="; only a pending one is paid")
    number = wire.new_id(tx, "pay")
    url = f"{context.current().base_url()}/{common.NAME}/api/v1/checkout/{number}"
    owed = {"orderId": id, "status": "pending", "amount": order["total"], "currency": order["currency"]}
    sent = {name: body[name] for name in ("provider", "payCurrency")}
    payment = wire.new(tx, shapes.Payment, number, sent | owed, checkoutUrl=url)
    records.put(tx, PAYMENT, payment)
    if after := tx.store.settings[common.NAME]["settle_after_s"]:
        timers.set(tx, timers.Timer(common.NAME, orders.SETTLES, id, later(tx.now, round(after * 1000))))
    return payment


@writes(**BY_PAYER, answer=shapes.OrderWithTickets)
def cancel_order(tx: Tx, caller: Caller, _query: shapes.TokenQuery, id: str) -> Record:
    """Cancel an unpaid order; its seats are free again."""
    order = orders.finish(tx, _readable(tx, id, caller), "cancelled", cancelReason="requested")
    orders.close_payments(tx, id, status="failed", failureReason="order_cancelled")
    return _with_tickets(tx, order)


@writes(**BY_PAYER, body=shapes.OrderToVerify, answer=shapes.OrderPayments)
def verify_payment(tx: Tx, caller: Caller, _query: shapes.TokenQuery, body: shapes.OrderToVerify) -> Record:
    """Verify an order's payment with its provider, and complete the order if it is paid; idempotent."""
    order = _readable(tx, body["orderId"], caller)
    if order["status"] == "pending" and orders.payments_of(tx, order["id"]):
        order = orders.resolve(tx, order)
    return _status_of(tx, order)


@reads(**BY_READER, answer=shapes.OrderPayments)
def get_payment(read: Read, caller: Caller, _query: shapes.TokenQuery, orderId: str) -> Record:
    """Get the state of an order's payment, with every attempt; changes nothing."""
    return _status_of(read, _readable(read, orderId, caller))


def _status_of(read: Read, order: Record) -> Record:
    begun = orders.payments_of(read, order["id"])
    status = {"completed": "succeeded", "failed": "failed"}.get(order["status"], "pending" if begun else "none")
    stands = {"orderId": order["id"], "orderStatus": order["status"], "status": status}
    paid = {"total": order["total"], "currency": order["currency"], "attempts": begun}
    return stands | paid | {"tickets": _with_tickets(read, order)["tickets"]}


@reads(answer=shapes.Coins, scope="orders:read")
def list_coins(_read: Read) -> shapes.Coins:
    """List the crypto currencies that `payCurrency` may name."""
    return {"currencies": list(shapes.COINS)}


@writes(body=shapes.IssueRequest, answer=shapes.Issued, status=201, scope="tickets:write")
def issue_tickets(tx: Tx, body: shapes.IssueRequest, eventId: str) -> Record:
    """Issue tickets that were sold and paid elsewhere; the wallet pays the vendor's fee."""
    records.get_or_404(tx, EVENT, eventId)
    order, fee = orders.issue(tx, eventId, body)
    cost = {"amount": wire.money(fee), "currency": order["currency"]}
    return {"order": order, "tickets": _with_tickets(tx, order)["tickets"], "fee": cost}


@reads(query=Query(shapes.Promo), answer=common.Items[shapes.Promo], scope="events:read")
def list_promo_codes(read: Read, query: Record) -> common.Items[Record]:
    """List all promo codes, or those of one event."""
    return {"items": records.find(read, PROMO, *records.matching(shapes.Promo, query))}


@writes(body=Create(shapes.Promo), answer=shapes.Promo, status=201, scope="events:write")
def create_promo_code(tx: Tx, body: Record) -> Record:
    """Create a promo code."""
    if body["eventId"] is not None:
        notices.open_event(tx, body["eventId"])
    if orders.with_code(tx, body["code"]):
        raise Conflict(f"There is a promo code {body['code'].upper()} already.")
    return orders.store_promo(tx, body)


@writes(body=Update(shapes.Promo), answer=shapes.Promo, scope="events:write")
def update_promo_code(tx: Tx, body: Record, id: str) -> Record:
    """Change a promo code; omitted fields stay unchanged."""
    return orders.revise_promo(tx, records.get_or_404(tx, PROMO, id), body)


@writes(answer=shapes.Promo, scope="events:write")
def delete_promo_code(tx: Tx, id: str) -> Record:
    """Delete a promo code; answers the deleted code."""
    promo = records.get_or_404(tx, PROMO, id)
    records.delete(tx, PROMO, id)
    return promo


@reads(body=shapes.PromoCheck, answer=shapes.PromoPreview, scope="orders:read", refuses=WRITE)
def preview_promo_code(read: Read, body: shapes.PromoCheck) -> Record:
    """Preview a promo code's discount on a cart; the code is not used."""
    promo = orders.with_code(read, body["code"])
    lines = [(records.get_or_404(read, TICKET_TYPE, item["ticketTypeId"]), item["quantity"]) for item in body["items"]]
    subtotal = sum(inventory.cents_of(read, line) * quantity for line, quantity in lines)
    wrong = next(filter(None, (orders.problem(read, promo, line["eventId"]) for line, _ in lines)), None)
    off = 0 if wrong or promo is None else orders.takes_off(promo, subtotal)
    return {"valid": wrong is None, "code": body["code"].upper(), "reason": wrong} | orders.sums(subtotal, off)


@writes(body=shapes.CodeRequest, answer=shapes.Scan, scope="checkin:write")
def check_in_by_code(tx: Tx, body: shapes.CodeRequest, id: str) -> Record:
    """Check in a ticket of this event by a typed code."""
    records.get_or_404(tx, EVENT, id)
    return _scan(tx, {**body, "eventId": id})


def _scan(tx: Tx, body: shapes.ScanRequest, scanned_at: int | None = None) -> Record:
    code = orders.code_of(body)
    if ticket := with_code(tx, code) if code else None:
        return orders.judge(tx, ticket, body, scanned_at)
    return orders.result(body, "not_found" if code else "no_code", None, iso_s(tx.now))


SCAN = "Scan a QR text, or a door code: admitted, or denied with the reason."
scan_ticket = writes(body=shapes.ScanRequest, answer=shapes.Scan, scope="checkin:write", about=SCAN)(_scan)


def with_code(read: Read, code: str) -> Record | None:
    """Return the ticket with a QR text, a door code or an id, or None."""
    columns = (("qr", code), ("code", code.upper()), ("id", code))
    return next(filter(None, (records.first(read, TICKET, (name, "=", text)) for name, text in columns)), None)


@writes(body=shapes.BatchRequest, answer=shapes.Batch, scope="checkin:write")
def check_in_batch(tx: Tx, body: shapes.BatchRequest) -> Record:
    """Process up to 500 offline scans, in order."""
    results = [_scan(tx, line, line["scannedAt"]) for line in body["scans"]]
    admitted = sum(result["status"] == "admitted" for result in results)
    return {"results": results, "admitted": admitted, "denied": len(results) - admitted}


@reads(query=shapes.ManifestQuery, answer=shapes.Manifest, scope="checkin:write")
def get_manifest(read: Read, query: shapes.ManifestQuery, id: str) -> Record:
    """Get an event's hashed tickets: all, or those changed since a moment."""
    since = query["since"] or 0
    records.get_or_404(read, EVENT, id)
    lines = [
        {f"{name}Hash": hashlib.sha256(ticket[name].encode()).hexdigest() for name in ("qr", "code")}
        | {name: ticket[name] for name in ("ticketTypeName", "status", "updatedAt")}
        for ticket in records.find(read, TICKET, ("event", "=", id))
        if parse_iso(ticket["updatedAt"]) >= since
    ]
    return {"eventId": id, "generatedAt": iso_s(read.now), "algorithm": "sha256", "tickets": lines}


def stats(read: Read, id: str) -> Record:
    """Get an event's check-in totals, share, entry rate, and totals by gate."""
    event = records.get_or_404(read, EVENT, id)
    of_event: records.Condition = ("event", "=", id)
    inside = records.count(read, TICKET, [of_event, ("status", "=", "checked_in")])
    expected = inside + records.count(read, TICKET, [of_event, ("status", "=", "valid")])
    scans = records.find(read, CHECKIN, of_event)
    recent = records.count(read, CHECKIN, [of_event, ("result", "=", "admitted"), ("at", ">", read.now - RATE_MS)])
    seats = {"capacity": event["capacity"], "expected": expected, "checkedIn": inside}
    percent, rate = round(100 * inside / expected, 1) if expected else 0, round(recent * MINUTE / RATE_MS, 2)
    denied = sum(scan["status"] == "denied" for scan in scans)
    pace = {"denied": denied, "percent": percent, "entryRate": rate, "gates": _gates(scans), "at": iso_s(read.now)}
    return {"eventId": id, **seats, **pace}


get_checkin_stats = reads(answer=shapes.Stats, scope="analytics:read")(stats)


def _gates(scans: Iterable[Record]) -> list[shapes.Gate]:
    by_name: dict[str, shapes.Gate] = {}
    for scan in scans:
        name = scan["gate"] or "default"
        gate = by_name.setdefault(name, {"gate": name, "admitted": 0, "denied": 0, "lastScanAt": scan["at"]})
        gate["denied" if scan["status"] == "denied" else "admitted"] += 1
        gate["lastScanAt"] = scan["at"]
    return list(by_name.values())


@reads(answer=shapes.GateStats, scope="analytics:read")
def get_gate_stats(read: Read, id: str, gate: str) -> shapes.GateStats:
    """Get the check-in totals of one gate of an event; zeros for one that has not scanned."""
    records.get_or_404(read, EVENT, id)
    idle: shapes.Gate = {"gate": gate, "admitted": 0, "denied": 0, "lastScanAt": None}
    parts = _gates(records.find(read, CHECKIN, ("event", "=", id)))
    return {"eventId": id, **next((part for part in parts if part["gate"] == gate), idle)}


@reads(answer=STREAM, scope="analytics:read")
def watch_checkin(read: Read, id: str) -> flask.Response:
    """Stream an event's check-in stats as server-sent events: one at once, then every two seconds."""
    world = context.current().world
    records.get_or_404(read, EVENT, id)

    def snapshot() -> bytes:
        view = world.read()
        return orjson.dumps(stats(view, id)) if records.get(view, EVENT, id) else b"null"

    return sse.stream(world, sse.every(read.store.settings[common.NAME]["live_interval_s"], "stats", snapshot))
