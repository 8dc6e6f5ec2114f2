"""Tixstock's kinds of record and its types of notice."""

from __future__ import annotations

from mockmarket.records import Column, columns
from mockmarket.store.records import Kind
from mockmarket.vendors.tixstock.records.listings import Listing
from mockmarket.vendors.tixstock.records.orders import EventMapping, Hold, Link, Publication, StoredOrder
from mockmarket.webhooks.encoding import php

NAME = "tixstock"

EVENT = Kind(NAME, "event", "id", (
    Column("starts_at", "INTEGER"), Column("active", "INTEGER", index=False), Column("venue"),
    Column("name_key", index=False), Column("venue_key", index=False), Column("performer_key", index=False),
    Column("category_key", index=False), Column("tag_key", index=False),
), php)  # fmt: skip
VENUE = Kind(NAME, "venue", "id", (Column("name_key"),), php)
PERFORMER = Kind(NAME, "performer", "id", (Column("name_key"),), php)
CATEGORY = Kind(NAME, "category", "id", (Column("name_key"), Column("parent_key")), php)
LISTING = Kind(NAME, "listing", "id", (
    *columns(Listing), Column("event"), Column("stock"), Column("origin", index=False),
    Column("starts_at", "INTEGER", index=False), Column("pence", "INTEGER", index=False),
    Column("type", path="$.ticket.type", index=False),
    Column("available", "INTEGER", "$.number_of_tickets_for_sale.quantity_available", index=False),
    Column("sold", "INTEGER", "$.number_of_tickets_for_sale.quantity_sold", index=False),
    Column("category", path="$.seat_details.category", index=False),
    Column("section", path="$.seat_details.section", index=False),
    Column("instant", path="$.ticket.instant_download", index=False),
), php)  # fmt: skip
HOLD = Kind(NAME, "hold", "hold_id", (*columns(Hold), Column("reseller")), php)
ORDER = Kind(NAME, "order", "tixstock_id", (
    *columns(StoredOrder), Column("listing"), Column("event"), Column("event_at", "INTEGER", index=False),
    Column("placed_at", "INTEGER"), Column("broker", index=False), Column("type", index=False),
), php)  # fmt: skip
RESELLER = Kind(NAME, "reseller", "id", (), php)
BROKER = Kind(NAME, "broker", "id", (), php)
MAPPING = Kind(NAME, "mapping", "id", columns(EventMapping), php)
PUBLICATION = Kind(NAME, "publication", "id", columns(Publication), php)
HOLD_NOTICE = Kind(NAME, "hold_notice", "id", (), php)
LINK = Kind(NAME, "link", "id", columns(Link), php)

AT_RESELLERS = (MAPPING, PUBLICATION, HOLD_NOTICE, LINK)
KINDS = (EVENT, VENUE, PERFORMER, CATEGORY, LISTING, HOLD, ORDER, RESELLER, BROKER, *AT_RESELLERS)

NOTICES = {
    "event.update": "an event assigned to the reseller has changed its date or details",
    "event.cancel": "an event assigned to the reseller has been cancelled",
    "ticket.add": "a broker publishes a listing to the reseller",
    "ticket.update": "a listing has changed, or seats of it are back on sale",
    "ticket.delete": "a broker has deleted a listing",
    "ticket.hold": "another reseller holds tickets of a listing",
    "ticket.release": "another reseller's held tickets are free again",
    "ticket.sold": "tickets of a listing were sold elsewhere",
    "order.update": "a broker has changed an order's status or added a shipping tracking id",
    "order.eticket_fulfilment": "a broker has uploaded an eTicket of an order, once for each ticket",
    "order.mobile_ticket_fulfilment": "a broker has uploaded a Mobile ticket of an order, once for each ticket",
    "broker.authenticate": "a broker connects to the reseller and is to be authenticated",
    "broker.open": "a broker's account has been opened",
    "broker.closed": "a broker's account has been closed",
}
"""Document, "Webhook Events": its twelve, two of them as two here. Names: public, but for UNSETTLED."""

UNSETTLED = {"ticket.add": "add_type", "ticket.update": "update_type", "ticket.sold": "sold_type"}
"""Notices whose `meta.type` no public page shows: each with the setting that holds it (convention)."""
