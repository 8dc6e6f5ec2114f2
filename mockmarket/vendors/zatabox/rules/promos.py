"""Promo codes: what a code takes off, and how often it may be used."""

from __future__ import annotations

from mockmarket.clock import iso_s, parse_iso
from mockmarket.errors import Conflict
from mockmarket.records import defaults
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.orders import Promo, PromoCheck, PromoPreview
from mockmarket.vendors.zatabox.rules.notices import get_or_404, invalid
from mockmarket.vendors.zatabox.wire import EVENT, PROMO, TICKET_TYPE
from mockmarket.worlds.world import World


def with_code(read: Read, code: str) -> Record | None:
    """Return the promo code written like this, whatever the case, or None."""
    return next(iter(records.find(read, PROMO, ("code", "=", code.upper()), limit=1)), None)


def problem(read: Read, promo: Record | None, event: str) -> str | None:
    """Say why a code cannot be used for an event now, or None."""
    if promo is None:
        return "unknown"
    if not promo["active"]:
        return "inactive"
    if promo["eventId"] not in (None, event):
        return "other_event"
    if promo["startsAt"] and read.now < parse_iso(promo["startsAt"]):
        return "not_started"
    if promo["endsAt"] and read.now >= parse_iso(promo["endsAt"]):
        return "ended"
    return "used_up" if promo["maxUses"] is not None and promo["uses"] >= promo["maxUses"] else None


def takes_off(promo: Record, subtotal: int) -> int:
    """Return what a code takes off an amount, in cents: a share of it, or a sum, and never more than all of it."""
    value = round(float(promo["value"]) * 100)
    off = subtotal * value // 10_000 if promo["type"] == "percent" else value
    return min(off, subtotal)


def applied(tx: Tx, code: str | None, event: str, subtotal: int) -> tuple[str | None, int]:
    """Use a code for an order; returns it and what it takes off in cents. Invalid says why it cannot be used."""
    if code is None:
        return None, 0
    promo = with_code(tx, code)
    wrong = problem(tx, promo, event)
    if wrong or promo is None:
        raise invalid("promoCode", f"cannot be used: {wrong}")
    records.update(tx, PROMO, promo | {"uses": promo["uses"] + 1, "updatedAt": iso_s(tx.now)})
    return str(promo["code"]), takes_off(promo, subtotal)


def give_back(tx: Tx, code: str | None) -> None:
    """Count one use less of a code whose order came to nothing."""
    promo = with_code(tx, code) if code else None
    if promo is not None:
        records.update(tx, PROMO, promo | {"uses": max(0, promo["uses"] - 1), "updatedAt": iso_s(tx.now)})


def preview(read: Read, body: PromoCheck) -> PromoPreview:
    """Say what a code would take off a cart; nothing is used (public)."""
    lines = [(get_or_404(read, TICKET_TYPE, item["ticketTypeId"]), item["quantity"]) for item in body["items"]]
    subtotal = sum(records.own(read, TICKET_TYPE, line["id"])["cents"] * quantity for line, quantity in lines)
    promo = with_code(read, body["code"])
    wrong = next((why for line, _ in lines if (why := problem(read, promo, line["eventId"]))), None)
    off = 0 if wrong or promo is None else takes_off(promo, subtotal)
    return {
        "valid": wrong is None, "code": body["code"].upper(), "reason": wrong, "subtotal": wire.money(subtotal),
        "discount": wire.money(off), "total": wire.money(subtotal - off),
    }  # fmt: skip


def create(world: World, body: Record) -> Record:
    """Store a promo code; Conflict for one that there is already."""
    with world.atomic() as tx:
        if body["eventId"] is not None:
            get_or_404(tx, EVENT, body["eventId"])
        if with_code(tx, body["code"]):
            raise Conflict(f"There is a promo code {body['code'].upper()} already.")
        return write(tx, body)


def write(tx: Tx, body: Record) -> Record:
    """Store a new promo code."""
    own = {"id": wire.new_id(tx, "prm"), "code": body["code"].upper(), "uses": 0, **wire.times(tx)}
    promo = defaults(Promo) | written(body) | own
    records.put(tx, PROMO, promo)
    return promo


def written(body: Record) -> Record:
    """Return what a call sets of a promo code as it is stored: money and dates as answers have them."""
    dates = {name: wire.iso(body[name]) for name in ("startsAt", "endsAt") if name in body}
    return body | dates | ({"value": wire.money(round(body["value"] * 100))} if "value" in body else {})


def update(world: World, id: str, body: Record) -> Record:
    """Change a promo code; what is not named stays. Its code itself is for good."""
    with world.atomic() as tx:
        promo = get_or_404(tx, PROMO, id) | written(body) | {"updatedAt": iso_s(tx.now)}
        records.put(tx, PROMO, promo)
    return promo


def delete(world: World, id: str) -> Record:
    """Remove a promo code; returns it as it was."""
    with world.atomic() as tx:
        promo = get_or_404(tx, PROMO, id)
        records.delete(tx, PROMO, id)
    return promo
