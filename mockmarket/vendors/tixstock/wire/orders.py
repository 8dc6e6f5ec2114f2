"""Orders as Tixstock's answers and notices show them, and the tickets that are handed over for them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket.store.records import Record
from mockmarket.vendors.tixstock.records.orders import (
    Address,
    Customer,
    Fulfilment,
    Holder,
    Item,
    NewOrder,
    Order,
    StoredOrder,
)
from mockmarket.vendors.tixstock.records.values import Money
from mockmarket.vendors.tixstock.wire import formats
from mockmarket.vendors.tixstock.wire.formats import filled, view


def shown(order: Record) -> Order:
    """Return an order as every answer and notice shows it."""
    return view(order, Order)


def customer(body: Mapping[str, Any]) -> Customer:
    """Write who bought; what was not given is null, as in the public samples."""
    addresses = {name: address(body.get(name) or {}) for name in ("billing_address", "shipping_address")}
    return filled(body, Customer, None, **addresses)


def address(body: Mapping[str, Any]) -> Address:
    """Write an address; a reseller's update says `country` for the country code (public)."""
    country = body.get("country") or body.get("country_code")
    return filled(body, Address, None, country_code=country)


def holder(body: Mapping[str, object]) -> Holder:
    """Write whose a ticket is; what was not given is empty."""
    return filled(body, Holder, "")


def item(listing: Record, own_id: str, customer: Mapping[str, str]) -> Item:
    """Write one ticket of an order, without whose it is when that was not said."""
    ticket, seats = listing["ticket"], listing["seat_details"]
    written: Item = {
        "listing_id": own_id,
        "general_admission": ticket["general_admission"],
        "type": ticket["type"],
        "section": seats["section"],
        "row": seats["row"],
        "file": [],
    }
    if customer:
        written["customer"] = holder(customer)
    return written


def order(body: NewOrder, id: str, seller: tuple[str, str], items: Sequence[Item], unit: Money) -> StoredOrder:
    """Write an order of `unit` price for each item; `seller` is the reseller and the dialect that it speaks."""
    total = formats.amount(formats.minor(unit["amount"]) * len(items))
    return {
        "tixstock_id": id,
        "reseller": seller[0],
        "dialect": seller[1],
        "id": body["order_id"],
        "date": formats.offset_iso(body["datetime"]),
        "customer": customer(body["customer"]),
        "items": list(items),
        "quantity": len(items),
        "currency": unit["currency"],
        "sub_total": total,
        "grand_total": total,
        "status": body["order_status"],
        "shipping_tracking_id": None,
        "shipping_label": body.get("shipping_label"),
        "fulfilled": 0,
    }


def fulfilment(
    order: Record, listing: str, place: tuple[str, int] | None, pdf: bytes, proofs: Sequence[str]
) -> Fulfilment:
    """Write the hand-over of one ticket: `place` is its row and seat, None for general admission, which has neither."""
    row, seat = place or (None, None)
    return {
        "order_id": order["id"],
        "id": listing,
        "general_admission": int(place is None),
        "row": row,
        "seat": None if seat is None else str(seat),
        "file": b64encode(pdf).decode(),
        "proof_file_url": list(proofs),
    }
