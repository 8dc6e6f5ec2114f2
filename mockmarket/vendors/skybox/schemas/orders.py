"""Purchases, invoices, their lines, payments, and holds."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from mockmarket.vendors.skybox.listing import Page, sorted_by
from mockmarket.vendors.skybox.schemas.directory import EventDate
from mockmarket.vendors.skybox.schemas.inventory import NewInventory
from mockmarket.vendors.skybox.schemas.shapes import (
    LONGER,
    Moment,
    amount,
    ids,
    number,
    numbers,
    signed,
    text,
    whole,
    word,
    words,
)
from mockmarket.vendors.skybox.wire.enumerations import DELIVERY_METHODS, ORDER_STATUSES, PAYMENT_METHODS
from mockmarket.vendors.skybox.wire.orders import (
    CURRENCIES,
    FULFILLMENT_STATUSES,
    LINE_ITEM_TYPES,
    PAYMENT_STATUSES,
    TERMS,
)

ORDER = {
    "id": "number",
    "createdDate": "created_at",
    "lastUpdate": "updated_at",
    "externalRef": "ref",
    "paymentStatus": "payment",
}
HOLD_ORDER = {
    "id": "number",
    "createdDate": "created_at",
    "expiryDate": "expires_at",
    "inventoryId": "inventory",
    "eventDate": "starts_at",
}
"""By what lists can be sorted: the vendor's name for it, and the column (names are convention)."""
SEVERAL = validate.Length(1, 200)


class OrderQuery(Page):
    """What purchases and invoices are found by alike."""

    sortedBy = sorted_by(*ORDER)
    sortedByB = sorted_by(*ORDER)
    id = numbers()
    externalRef = fields.String(load_default=None)
    paymentStatus = words(PAYMENT_STATUSES)
    eventId = numbers()
    tag = fields.String(load_default=None)
    createdDateFrom = fields.String(load_default=None)
    createdDateTo = fields.String(load_default=None)
    lastUpdateFrom = fields.String(load_default=None)
    lastUpdateTo = fields.String(load_default=None)


class PurchaseQuery(OrderQuery):
    """Which purchases."""

    vendorId = numbers()
    purchaseStatus = words(ORDER_STATUSES)


class InvoiceQuery(OrderQuery):
    """Which invoices."""

    customerId = numbers()
    invoiceStatus = words(ORDER_STATUSES)
    fulfillmentStatus = words(FULFILLMENT_STATUSES)


class HoldQuery(Page):
    """Which holds."""

    sortedBy = sorted_by(*HOLD_ORDER)
    sortedByB = sorted_by(*HOLD_ORDER)
    id = numbers()
    inventoryId = numbers()
    exchangePosId = numbers()
    customerId = numbers()
    userId = numbers()
    eventId = numbers()
    externalRef = fields.String(load_default=None)
    createdDateFrom = fields.String(load_default=None)
    createdDateTo = fields.String(load_default=None)
    expiryDateFrom = fields.String(load_default=None)
    expiryDateTo = fields.String(load_default=None)
    eventDateFrom = EventDate(">=")
    eventDateTo = EventDate("<=")


class ForceQuery(Schema):
    """Whether what is on hold may be sold (public)."""

    force = fields.Boolean(load_default=False)


class OrderBody(Schema):
    """What purchases and invoices say alike; what is not named stays."""

    internalId = number(allow_none=True)
    paymentMethod = word(PAYMENT_METHODS, allow_none=True)
    paymentRef = text(allow_none=True)
    deliveryMethod = word(DELIVERY_METHODS, allow_none=True)
    taxAmount = signed()
    shippingAmount = signed()
    otherAmount = signed()
    internalNotes = text(LONGER, allow_none=True)
    publicNotes = text(LONGER, allow_none=True)
    dueDate = Moment()
    tags = text(LONGER)
    externalRef = text(allow_none=True)
    paymentStatus = word(PAYMENT_STATUSES)
    status = word(ORDER_STATUSES, allow_none=True)


class PurchaseBody(OrderBody):
    """`PUT /purchases/{id}`."""

    vendorId = number()
    purchaseTerm = word(TERMS)
    received = fields.Boolean()


class PurchaseLineBody(Schema):
    """A line of a purchase: with inventory, or of whatever else."""

    lineItemType = word(LINE_ITEM_TYPES)
    quantity = whole(1, 100_000, allow_none=True)
    description = text(LONGER, allow_none=True)
    amount = signed(allow_none=True)
    inventory = fields.Nested(NewInventory, allow_none=True)


class NewPurchase(PurchaseBody):
    """`POST /purchases`: public, the vendor and the lines are needed."""

    vendorId = number(required=True)
    purchaseTerm = word(TERMS, load_default="NET0")
    currencyCode = word(CURRENCIES, load_default="USD")
    lines = fields.List(fields.Nested(PurchaseLineBody), required=True, validate=SEVERAL)


class LineChange(Schema):
    """`PUT /purchases/{id}/lines/{lineId}`: public, amount and description only."""

    amount = signed(allow_none=True)
    description = text(LONGER, allow_none=True)


class InvoiceLineChange(LineChange):
    """`PUT /invoices/{id}/lines/{lineId}`: public, quantity too."""

    amount = amount(allow_none=True)
    quantity = whole(1, 1000, allow_none=True)


class InvoiceBody(OrderBody):
    """`PUT /invoices/{id}`."""

    customerId = number()
    salesTerm = word(TERMS)
    fulfillmentStatus = word(FULFILLMENT_STATUSES)


class InvoiceLineBody(Schema):
    """A line of an invoice: with the tickets that are sold, or of whatever else."""

    lineItemType = word(LINE_ITEM_TYPES, required=True)
    quantity = whole(1, 100_000, allow_none=True)
    description = text(LONGER, allow_none=True)
    amount = amount(required=True)
    itemIds = ids(allow_none=True)


class NewInvoice(InvoiceBody):
    """`POST /invoices`: public, the customer and the lines are needed."""

    customerId = number(required=True)
    salesTerm = word(TERMS, load_default="NET0")
    currencyCode = word(CURRENCIES, load_default="USD")
    lines = fields.List(fields.Nested(InvoiceLineBody), required=True, validate=SEVERAL)


class PaymentBody(Schema):
    """`POST /invoices/{id}/payment` (public: amount and comments)."""

    amount = amount(0.01, required=True)
    comments = text(LONGER, allow_none=True)
    paymentMethod = word(PAYMENT_METHODS)


class LineIds(Schema):
    """Several lines (public: bulk line update)."""

    lineIds = ids(required=True)


class HoldBody(Schema):
    """`PUT /holds/{id}`."""

    expiryDate = text()
    customerId = number(allow_none=True)
    notes = text(LONGER, allow_none=True)
    externalRef = text(allow_none=True)
    user = text()


class NewHold(HoldBody):
    """`POST /holds` (public)."""

    expiryDate = text(required=True)
    inventoryId = number(allow_none=True)
    exchangePosId = number(allow_none=True)
    quantity = whole(1, 1000, allow_none=True)
    lowSeat = number(allow_none=True)
