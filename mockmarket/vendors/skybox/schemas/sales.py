"""Purchases, invoices, lines and payments as calls answer them."""

from __future__ import annotations

from marshmallow import Schema, fields

from mockmarket.vendors.skybox.schemas.listings import InventorySchema
from mockmarket.vendors.skybox.schemas.shapes import has, maybe, page


class LineSchema(Schema):
    """One line; a purchase's with its inventory."""

    id = has(fields.Integer)
    accountId = has(fields.Integer)
    targetId = has(fields.Integer)
    quantity = has(fields.Integer)
    description = maybe(fields.String)
    amount = has(fields.Float)
    lineType = has(fields.String)
    lineItemType = has(fields.String)
    itemIds = fields.List(fields.Integer(), required=True)
    inventory = fields.Nested(InventorySchema, required=True, allow_none=True)
    cancelled = has(fields.Boolean)
    fillLineId = maybe(fields.Integer)
    inventoryIds = fields.List(fields.Integer(), required=True)
    createdDate = has(fields.String)
    createdBy = has(fields.String)
    lastUpdate = has(fields.String)
    lastUpdateBy = has(fields.String)


class TransactionSchema(Schema):
    """One payment (public: InvoicePayment)."""

    id = has(fields.Integer)
    accountId = has(fields.Integer)
    referenceNumber = maybe(fields.String)
    amount = has(fields.Float)
    paymentDate = has(fields.String)
    userId = has(fields.Integer)
    entityId = has(fields.Integer)
    paymentType = has(fields.String)
    paymentMethod = maybe(fields.String)
    invoiceId = has(fields.Integer)


class PurchaseSchema(Schema):
    """One purchase."""

    id = has(fields.Integer)
    vendorId = has(fields.Integer)
    accountId = has(fields.Integer)
    internalId = maybe(fields.Integer)
    lines = fields.List(fields.Nested(LineSchema), required=True)
    purchaseTerm = has(fields.String)
    paymentMethod = maybe(fields.String)
    paymentRef = maybe(fields.String)
    deliveryMethod = maybe(fields.String)
    taxAmount = has(fields.Float)
    shippingAmount = has(fields.Float)
    otherAmount = has(fields.Float)
    internalNotes = maybe(fields.String)
    publicNotes = maybe(fields.String)
    createdDate = has(fields.String)
    lastUpdate = has(fields.String)
    dueDate = has(fields.String)
    tags = has(fields.String)
    createdBy = has(fields.String)
    lastUpdateBy = has(fields.String)
    externalRef = maybe(fields.String)
    paymentStatus = has(fields.String)
    currencyCode = has(fields.String)
    payments = fields.List(fields.Dict(), required=True)
    notes = fields.List(fields.Dict(), required=True)
    received = has(fields.Boolean)
    consignment = maybe(fields.Dict)
    status = maybe(fields.String)
    outstandingBalance = has(fields.Float)


class PurchaseHead(PurchaseSchema):
    """A purchase without its lines."""

    class Meta:
        """What is left out."""

        exclude = ("lines",)


class InvoiceSchema(Schema):
    """One invoice."""

    id = has(fields.Integer)
    customerId = has(fields.Integer)
    accountId = has(fields.Integer)
    internalId = maybe(fields.Integer)
    lines = fields.List(fields.Nested(LineSchema), required=True)
    salesTerm = has(fields.String)
    paymentMethod = maybe(fields.String)
    paymentRef = maybe(fields.String)
    deliveryMethod = maybe(fields.String)
    taxAmount = has(fields.Float)
    shippingAmount = has(fields.Float)
    otherAmount = has(fields.Float)
    internalNotes = maybe(fields.String)
    publicNotes = maybe(fields.String)
    createdDate = has(fields.String)
    lastUpdate = has(fields.String)
    dueDate = has(fields.String)
    tags = has(fields.String)
    createdBy = has(fields.String)
    lastUpdateBy = has(fields.String)
    paymentStatus = has(fields.String)
    fulfillmentStatus = has(fields.String)
    externalRef = maybe(fields.String)
    status = maybe(fields.String)
    currencyCode = has(fields.String)
    payments = fields.List(fields.Nested(TransactionSchema), required=True)
    notes = fields.List(fields.Dict(), required=True)
    fulfillmentDate = maybe(fields.String)
    outstandingBalance = has(fields.Float)
    barcodesEntered = has(fields.Boolean)
    filesUploaded = has(fields.Boolean)


class PurchasedRow(InventorySchema):
    """One line of a purchase with its inventory as it is now."""

    vendorId = fields.List(fields.Integer(), required=True)
    purchase = fields.Nested(PurchaseHead, required=True)
    purchaseLineId = has(fields.Integer)
    inventoryIds = fields.List(fields.Integer(), required=True)
    ticketStatus = maybe(fields.String)
    invoiceLineIds = fields.List(fields.Integer(), required=True)


PurchasePage = page("PurchasePage", PurchaseSchema)
InvoicePage = page("InvoicePage", InvoiceSchema)
PurchasedPage = page("PurchasedPage", PurchasedRow)
