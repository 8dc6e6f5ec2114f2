"""Inventory and tickets."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from mockmarket.vendors.skybox.listing import Page, sorted_by
from mockmarket.vendors.skybox.schemas.directory import EventDate
from mockmarket.vendors.skybox.schemas.shapes import (
    LONGER,
    MOST_NUMBER,
    Day,
    amount,
    ids,
    number,
    numbers,
    price,
    text,
    whole,
    word,
    words,
)
from mockmarket.vendors.skybox.wire.inventory import (
    SEAT_TYPES,
    SPLIT_TYPES,
    STATUSES,
    STOCK_TYPES,
    TICKET_STATUSES,
    VSR_OPTIONS,
)

CUSTOM = validate.And(
    validate.Length(max=LONGER), validate.Regexp(r"[0-9]{0,6}(,[0-9]{0,6})*\Z", error="must be like 2,4")
)  # fmt: skip
"""Public: the pattern of customSplit; numbers of more than six digits are refused, as no listing has so many tickets (convention)."""
MERGINGS = ("COMBINE", "WIPE", "NEW")
ORDER = {
    "id": "number", "eventId": "event", "eventDate": "starts_at", "section": "section", "row": "row", "quantity": "quantity",
    "cost": "cost", "listPrice": "price", "createdDate": "created_at", "lastUpdate": "updated_at",
    "lastPriceUpdate": "priced_at", "inHandDate": "in_hand", "status": "status",
}  # fmt: skip
"""By what inventory can be sorted: the vendor's name for it, and the column (names are convention)."""
SOLD_ORDER = (
    "id", "eventId", "section", "row", "quantity", "cost", "invoiceId", "invoiceDate", "customerId", "total", "profit", "profitMargin",
    "roi", "fulfillmentStatus", "paymentStatus",
)  # fmt: skip
PURCHASED_ORDER = (
    "id", "eventId", "section", "row", "quantity", "cost", "listPrice", "createdDate", "lastUpdate", "lastPriceUpdate", "inHandDate",
    "status", "purchaseLineId",
)  # fmt: skip
"""By what the rows that were sold or bought can be sorted (convention)."""


class InventoryQuery(Page):
    """Which inventory."""

    sortedBy = sorted_by(*ORDER)
    sortedByB = sorted_by(*ORDER)
    eventId = numbers()
    inventoryId = numbers()
    exchangePosId = numbers()
    purchaseId = numbers()
    vendorId = numbers()
    performerId = numbers()
    venueId = numbers()
    section = fields.String(load_default=None)
    row = fields.String(load_default=None)
    minQuantity = number(load_default=None)
    maxQuantity = number(load_default=None)
    minPrice = amount(load_default=None)
    maxPrice = amount(load_default=None)
    stockType = words(STOCK_TYPES)
    splitType = words(SPLIT_TYPES)
    seatType = words(SEAT_TYPES)
    status = words(STATUSES)
    ticketStatus = word(TICKET_STATUSES, load_default=None)
    listed = fields.Boolean(load_default=None)
    onHold = fields.Boolean(load_default=None)
    inHand = fields.Boolean(load_default=None)
    zoneSeating = fields.Boolean(load_default=None)
    includeTickets = fields.Boolean(load_default=False)
    tag = fields.String(load_default=None)
    eventDateFrom = EventDate(">=")
    eventDateTo = EventDate("<=")
    lastUpdateFrom = fields.String(load_default=None)
    lastUpdateTo = fields.String(load_default=None)
    lastPriceUpdateFrom = fields.String(load_default=None)
    lastPriceUpdateTo = fields.String(load_default=None)
    createdDateFrom = fields.String(load_default=None)
    createdDateTo = fields.String(load_default=None)


class SoldQuery(Page):
    """Which sales."""

    sortedBy = sorted_by(*SOLD_ORDER)
    sortedByB = sorted_by(*SOLD_ORDER)
    eventId = numbers()
    invoiceId = numbers()
    customerId = numbers()
    invoiceDateFrom = fields.String(load_default=None)
    invoiceDateTo = fields.String(load_default=None)


class PurchasedQuery(Page):
    """Which purchases of inventory."""

    sortedBy = sorted_by(*PURCHASED_ORDER)
    sortedByB = sorted_by(*PURCHASED_ORDER)
    eventId = numbers()
    inventoryId = numbers()
    purchaseId = numbers()
    vendorId = numbers()


class DeltaQuery(Schema):
    """From when to when, in ISO 8601 (public: seconds and Z)."""

    startTime = fields.String(required=True)
    endTime = fields.String(required=True)
    ticketStatus = word(TICKET_STATUSES, load_default=None)


class ExportDeltaQuery(DeltaQuery):
    """From when, and until when if not now."""

    endTime = fields.String(load_default=None)


class Described(Schema):
    """What a broker says of a listing, be it there or to come."""

    notes = text(LONGER, allow_none=True)
    publicNotes = text(LONGER, allow_none=True)
    taxedCost = price(allow_none=True)
    faceValue = price(allow_none=True)
    expectedValue = price(allow_none=True)
    listPrice = price(allow_none=True)
    customSplit = fields.String(allow_none=True, validate=CUSTOM)
    inHandDate = Day(allow_none=True)
    inHandDaysBeforeEvent = whole(0, MOST_NUMBER, allow_none=True)
    zoneSeating = fields.Boolean()
    hideSeatNumbers = fields.Boolean()
    shownQuantity = whole(0, MOST_NUMBER, allow_none=True)
    electronicTransfer = fields.Boolean()
    vsrOption = word(VSR_OPTIONS)
    instantTransfer = fields.Boolean()
    friendlySection = text(allow_none=True)
    friendlyRow = text(allow_none=True)
    secondRow = text(allow_none=True)


class InventoryBody(Described):
    """`PUT /inventory/{id}`: what is not named stays."""

    section = text()
    row = text()
    eventId = number()
    cost = price()
    stockType = word(STOCK_TYPES)
    splitType = word(SPLIT_TYPES)
    seatType = word(SEAT_TYPES)
    tags = text(LONGER)
    attributes = fields.List(text(), validate=validate.Length(max=100))
    broadcast = fields.Boolean()


class MappingBody(Schema):
    """An event by name, venue and date (public)."""

    eventName = text(required=True)
    venueName = text(required=True)
    eventDate = text(required=True)


class NewInventory(Described):
    """Inventory as a purchase brings it."""

    eventId = number(allow_none=True)
    eventMapping = fields.Nested(MappingBody, allow_none=True)
    quantity = whole(1, 1000, allow_none=True)
    section = fields.String(required=True, validate=validate.Length(1, 100))
    row = fields.String(required=True, validate=validate.Length(1, 100))
    lowSeat = whole(0, 1_000_000, allow_none=True)
    highSeat = whole(0, 1_000_000, allow_none=True)
    cost = price(allow_none=True)
    stockType = word(STOCK_TYPES, required=True)
    splitType = word(SPLIT_TYPES, load_default="DEFAULT")
    seatType = word(SEAT_TYPES[:3], required=True)
    tags = text(LONGER, allow_none=True)
    attributes = fields.List(text(), allow_none=True, validate=validate.Length(max=100))
    broadcast = fields.Boolean(load_default=True)


class PriceBody(Schema):
    """One entry of `PUT /inventory` (public: bulk price)."""

    id = number(required=True)
    listPrice = price()
    broadcast = fields.Boolean()


class BulkBody(Schema):
    """`PUT /inventory/bulk-update` (public)."""

    inventoryIds = ids(required=True)
    publicNotesToReplace = text(LONGER, allow_none=True)
    publicNotesToAdd = text(LONGER)
    internalNotesToReplace = text(LONGER, allow_none=True)
    internalNotesToAdd = text(LONGER)
    splitType = word(SPLIT_TYPES)
    customSplit = fields.String(allow_none=True, validate=CUSTOM)
    noSplit = fields.Boolean()
    seatType = word(SEAT_TYPES)
    stockType = word(STOCK_TYPES)
    inHandDate = Day(allow_none=True)
    inHandDaysBeforeEvent = whole(0, MOST_NUMBER, allow_none=True)
    zoneSeating = fields.Boolean()
    hideSeatNumbers = fields.Boolean()
    friendlySection = text(allow_none=True)
    friendlyRow = text(allow_none=True)
    inventoryAttribute = text()
    clearAttributes = fields.Boolean()
    faceValue = price(allow_none=True)
    broadcast = fields.Boolean()
    electronicTransfer = fields.Boolean()
    vsrOption = word(VSR_OPTIONS)
    shownQuantity = whole(0, MOST_NUMBER, allow_none=True)
    instantTransfer = fields.Boolean()


class MergeBody(Schema):
    """`POST /inventory/merge` and `/inventory/bulk-merge` (public)."""

    inventoryIds = ids(required=True)
    publicNotes = text(LONGER, allow_none=True)
    mergingType = word(MERGINGS, load_default="COMBINE")
