"""Orders as Tixstock's answers and notices show them, and the tickets that are handed over for them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket.vendors.tixstock.wire import formats
from mockmarket.vendors.tixstock.wire.shapes import Order

STATUSES = (
    "Approved", "Commissionable", "Rejected", "Refunded", "Cancelled", "Pending Review", "Sale on Hold",
)  # fmt: skip
"""Public, partner's add order."""

SHOWN = (
    "id", "date", "customer", "items", "quantity", "currency", "sub_total", "grand_total", "status", "shipping_tracking_id",
    "shipping_label",
)  # fmt: skip
"""Public, order resource."""

ADDRESS = ("address_line_1", "address_line_2", "town", "county", "postcode", "country_code")
CUSTOMER = ("id", "first_name", "last_name", "email_address", "contact_number")
PERSONAL = ("dob", "national_id")
TICKET_HOLDER = (
    "first_name", "last_name", "email_address", "dob", "national_id", "contact_number", "address", "nationality",
    "birth_place", "birth_country",
)  # fmt: skip
"""Public, the customer of each item."""


def shown(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order as every answer and notice shows it."""
    return {name: order[name] for name in SHOWN}


def customer(given: Mapping[str, Any]) -> dict[str, Any]:
    """Write who bought; what was not given is null, as in the public samples."""
    written: dict[str, Any] = {
        name: given.get(name) for name in (*CUSTOMER[:4], *(one for one in PERSONAL if one in given))
    }
    written["contact_number"] = given.get("contact_number")
    return written | {name: address(given.get(name) or {}) for name in ("billing_address", "shipping_address")}


def address(given: Mapping[str, Any]) -> dict[str, Any]:
    """Write an address; a reseller's update says `country` for the country code (public)."""
    said = dict(given) | ({"country_code": given["country"]} if given.get("country") else {})
    return {name: said.get(name) for name in ADDRESS}


def item(listing: Mapping[str, Any], theirs: str, holder: Mapping[str, Any]) -> dict[str, Any]:
    """Write one ticket of an order, without whose it is when that was not said."""
    seats = listing["seat_details"]
    written = {
        "listing_id": theirs,
        "general_admission": listing["ticket"]["general_admission"],
        "type": listing["ticket"]["type"],
        "section": seats["section"],
        "row": seats["row"],
        "file": [],
    }
    return written | ({"customer": {name: holder.get(name, "") for name in TICKET_HOLDER}} if holder else {})


def order(
    asked: Mapping[str, Any], id: str, who: tuple[str, str], items: Sequence[dict[str, Any]], unit: Mapping[str, str]
) -> Order:
    """Write an order of `unit` price for each item; `who` is the reseller and the dialect that it speaks."""
    total = formats.amount(formats.minor(unit["amount"]) * len(items))
    return {
        "tixstock_id": id,
        "reseller": who[0],
        "dialect": who[1],
        "id": asked["order_id"],
        "date": formats.offset_iso(asked["datetime"]),
        "customer": customer(asked["customer"]),
        "items": list(items),
        "quantity": len(items),
        "currency": unit["currency"],
        "sub_total": total,
        "grand_total": total,
        "status": asked["order_status"],
        "shipping_tracking_id": None,
        "shipping_label": asked.get("shipping_label"),
        "fulfilled": 0,
    }


def fulfilment(
    order: Mapping[str, Any], listing: str, place: tuple[str, int] | None, pdf: bytes, proofs: Sequence[str]
) -> dict[str, Any]:
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
