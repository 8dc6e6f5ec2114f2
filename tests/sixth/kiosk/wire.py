"""Kiosk's words: its offers and passes, its error shape, its bytes and headers. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockmarket.clock import iso_s
from mockmarket.errors import Refusal
from mockmarket.records import Column, columns
from mockmarket.stock import Stock
from mockmarket.store import Tx, outbox
from mockmarket.store.events import Event
from mockmarket.store.records import Kind, Record
from mockmarket.webhooks.encoding import php
from mockmarket.webhooks.signing import SIGNATURE, Scheme, SignedHeaders
from tests.sixth.kiosk.records import NAME, Offer, Pass

OFFER = Kind(NAME, "offer", "offer_no", (*columns(Offer), Column("stock"), Column("show")), php)
PASS = Kind(NAME, "pass", "pass_no", (*columns(Pass), Column("show"), Column("serial", "INTEGER")), php)

NOTICES = {
    "pass.held": "seats are kept for a pass that is still to be paid",
    "pass.paid": "a pass has been paid",
    "pass.lapsed": "a pass was not paid in time; its seats are free again",
    "pass.voided": "an attendant has voided a pass (action void), or its show was called off",
    "offer.gone": "the last seats of an offer went, at whichever counter",
}

SCHEME = Scheme(header="X-Kiosk-Sum", algorithm="sha1")
HEADERS = SignedHeaders(
    SCHEME,
    (
        ("Content-Type", "application/vnd.kiosk+json"),
        SIGNATURE,
        ("X-Kiosk-Notice", "{notice_id}"),
        ("X-Kiosk-Try", "{attempt}"),
    ),
)


def offer(number: str, show: Event, seats: Stock) -> Offer:
    """Write an offer with what is left of it now."""
    return {
        "offer_no": number,
        "show_title": show.name,
        "starts": iso_s(show.starts_at),
        "area": f"{seats.section}/{seats.row}",
        "left": seats.free,
        "cents": seats.price,
    }


def notice(tx: Tx, type: str, record: Mapping[str, Any]) -> outbox.Notice:
    """Make a notice about a pass or an offer."""
    kind = PASS if type.startswith("pass.") else OFFER
    uid = f"kn-{tx.ids.hex(12)}"
    body = php({"notice": uid, "about": type, "at": iso_s(tx.now), kind.name: record})
    return outbox.Notice(NAME, type, uid, kind.name, str(record[kind.id]), body)


def refuse(refusal: Refusal) -> dict[str, Any]:
    """Write an error answer."""
    return {"ok": 0, "problem": {"word": refusal.word, "say": refusal.message, "in": [at for at, _ in refusal.details]}}


def one_pass(record: Record) -> bytes:
    """Write a pass as an answer."""
    return b'{"ok":1,"pass":' + php(record) + b"}"
