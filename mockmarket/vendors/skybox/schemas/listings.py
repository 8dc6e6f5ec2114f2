"""Inventory, tickets and holds as calls answer them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from mockmarket.vendors.skybox.schemas.directory import EventSchema
from mockmarket.vendors.skybox.schemas.inventory import MappingBody
from mockmarket.vendors.skybox.schemas.shapes import has, maybe, page
from mockmarket.vendors.skybox.wire.inventory import SEAT_TYPES, SPLIT_TYPES, STATUSES, STOCK_TYPES, TICKET_STATUSES


class TicketSchema(Schema):
    """One ticket."""

    id = has(fields.Integer)
    seatNumber = has(fields.Integer)
    fileName = maybe(fields.String)
    barCode = maybe(fields.String)
    inventoryId = has(fields.Integer)
    invoiceLineId = maybe(fields.Integer)
    purchaseLineId = maybe(fields.Integer)
    section = has(fields.String)
    row = has(fields.String)
    notes = maybe(fields.String)
    cost = has(fields.Float)
    faceValue = has(fields.Float)
    taxedCost = maybe(fields.Float)
    sellPrice = has(fields.Float)
    stockType = has(fields.String)
    eventId = has(fields.Integer)
    accountId = has(fields.Integer)
    status = has(fields.String, validate=validate.OneOf(TICKET_STATUSES))
    createdDate = has(fields.String)
    createdBy = has(fields.String)
    lastUpdate = has(fields.String)
    lastUpdateBy = has(fields.String)
    dateCancelled = maybe(fields.String)


class InventorySchema(Schema):
    """One inventory."""

    inHandDate = maybe(fields.String)
    id = has(fields.Integer)
    accountId = has(fields.Integer)
    eventId = has(fields.Integer)
    quantity = has(fields.Integer)
    notes = maybe(fields.String)
    section = has(fields.String)
    friendlySection = maybe(fields.String)
    row = has(fields.String)
    friendlyRow = maybe(fields.String)
    secondRow = maybe(fields.String)
    lowSeat = maybe(fields.Integer)
    highSeat = maybe(fields.Integer)
    cost = has(fields.Float)
    taxedCost = maybe(fields.Float)
    faceValue = maybe(fields.Float)
    ticketIds = fields.List(fields.Integer(), required=True)
    stockType = has(fields.String, validate=validate.OneOf(STOCK_TYPES))
    splitType = has(fields.String, validate=validate.OneOf(SPLIT_TYPES))
    customSplit = maybe(fields.String)
    listPrice = has(fields.Float)
    expectedValue = maybe(fields.Float)
    publicNotes = maybe(fields.String)
    attributes = fields.List(fields.String(), required=True)
    status = has(fields.String, validate=validate.OneOf(STATUSES))
    inHandDaysBeforeEvent = maybe(fields.Integer)
    lastPriceUpdate = has(fields.String)
    createdDate = has(fields.String)
    createdBy = has(fields.String)
    lastUpdate = has(fields.String)
    lastUpdateBy = has(fields.String)
    version = has(fields.Integer)
    tags = has(fields.String)
    seatType = has(fields.String, validate=validate.OneOf(SEAT_TYPES))
    eventMapping = fields.Nested(MappingBody, required=True, allow_none=True)
    mappingId = maybe(fields.Integer)
    exchangePosId = has(fields.Integer)
    broadcast = has(fields.Boolean)
    zoneSeating = has(fields.Boolean)
    electronicTransfer = has(fields.Boolean)
    hideSeatNumbers = has(fields.Boolean)
    vsrOption = has(fields.String)
    shownQuantity = maybe(fields.Integer)
    filesUploaded = has(fields.Boolean)
    barCodesEntered = has(fields.Boolean)
    instantTransfer = has(fields.Boolean)


class HoldSchema(Schema):
    """One hold."""

    id = has(fields.Integer)
    accountId = has(fields.Integer)
    inventoryId = has(fields.Integer)
    user = maybe(fields.String)
    userId = maybe(fields.Integer)
    removedByUserId = maybe(fields.Integer)
    createdDate = has(fields.String)
    expiryDate = has(fields.String)
    customerId = maybe(fields.Integer)
    removedDate = maybe(fields.String)
    notes = maybe(fields.String)
    externalRef = maybe(fields.String)
    quantity = has(fields.Integer)
    section = has(fields.String)
    row = has(fields.String)
    seats = has(fields.String)
    cost = has(fields.Float)
    listPrice = has(fields.Float)
    eventId = has(fields.Integer)


class InventoryWithTickets(InventorySchema):
    """One inventory with its tickets."""

    tickets = fields.List(fields.Nested(TicketSchema), required=True)


class InventorySummary(InventorySchema):
    """One inventory as lists have it."""

    seatNumbers = has(fields.String)
    listed = has(fields.Boolean)
    holdId = maybe(fields.Integer)
    hold = fields.Nested(HoldSchema, required=True, allow_none=True)
    unitCostAverage = has(fields.Float)
    currencies = fields.List(fields.String(), required=True)
    received = has(fields.String)
    vendorId = fields.List(fields.Integer(), required=True)
    inHand = has(fields.Boolean)
    daysOld = has(fields.Integer)
    event = fields.Nested(EventSchema, required=True, allow_none=True)
    tickets = fields.List(fields.Nested(TicketSchema))


class SoldRow(Schema):
    """One line of an invoice as it was sold."""

    id = maybe(fields.Integer)
    accountId = has(fields.Integer)
    eventId = maybe(fields.Integer)
    quantity = has(fields.Integer)
    section = maybe(fields.String)
    row = maybe(fields.String)
    lowSeat = maybe(fields.Integer)
    highSeat = maybe(fields.Integer)
    seatNumbers = has(fields.String)
    ticketIds = fields.List(fields.Integer(), required=True)
    cost = has(fields.Float)
    stockType = maybe(fields.String)
    invoiceId = has(fields.Integer)
    invoiceLineId = has(fields.Integer)
    invoiceDate = has(fields.String)
    customerId = has(fields.Integer)
    deliveryMethod = maybe(fields.String)
    total = has(fields.Float)
    invoiceExternalRef = maybe(fields.String)
    fulfillmentStatus = has(fields.String)
    paymentStatus = has(fields.String)
    profit = has(fields.Float)
    profitMargin = has(fields.Float)
    roi = has(fields.Float)
    currencyCode = has(fields.String)
    unitTicketSales = has(fields.Float)
    invoiceCreatedBy = has(fields.String)
    invoiceTags = has(fields.String)
    outstandingBalance = has(fields.Float)
    invoiceStatus = maybe(fields.String)


class SoldTotals(Schema):
    """What was sold in all."""

    totalQuantity = has(fields.Integer)
    totalAmount = has(fields.Float)
    totalProfit = has(fields.Float)
    totalProfitMargin = has(fields.Float)
    totalROI = has(fields.Float)


class PriceEntry(Schema):
    """One price of an inventory's history (public)."""

    email = has(fields.String)
    id = has(fields.Integer)
    action = has(fields.String)
    price = has(fields.Float)
    dateOfAction = has(fields.String)


HoldPage = page("HoldPage", HoldSchema)
InventoryPage = page("InventoryPage", InventorySummary)
SoldPage = page("SoldPage", SoldRow, soldInventoryTotals=fields.Nested(SoldTotals, required=True))
