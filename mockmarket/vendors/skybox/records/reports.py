"""What was sold and what was bought, a row for each line."""

from __future__ import annotations

from typing import Annotated, TypedDict

from mockmarket.records import Filter, Query, Sort
from mockmarket.vendors.skybox.records.inventory import Inventory
from mockmarket.vendors.skybox.records.orders import Purchase
from mockmarket.vendors.skybox.records.types import Id, Page, Paging, SpanEnd


class SoldRow(TypedDict):
    """One line of an invoice as it was sold."""

    id: Annotated[int | None, Sort()]
    accountId: int
    eventId: Annotated[Id | None, Filter(operator="in"), Sort()]
    quantity: Annotated[int, Sort()]
    section: Annotated[str | None, Sort()]
    row: Annotated[str | None, Sort()]
    lowSeat: int | None
    highSeat: int | None
    seatNumbers: str
    ticketIds: list[int]
    cost: Annotated[float, Sort()]
    stockType: str | None
    invoiceId: Annotated[Id, Filter(operator="in"), Sort()]
    invoiceLineId: int
    invoiceDate: Annotated[
        str, Filter("invoiceDateFrom", ">=", type=SpanEnd), Filter("invoiceDateTo", "<=", type=SpanEnd), Sort()
    ]
    customerId: Annotated[Id, Filter(operator="in"), Sort()]
    deliveryMethod: str | None
    total: Annotated[float, Sort()]
    invoiceExternalRef: str | None
    fulfillmentStatus: Annotated[str, Sort()]
    paymentStatus: Annotated[str, Sort()]
    profit: Annotated[float, Sort()]
    profitMargin: Annotated[float, Sort()]
    roi: Annotated[float, Sort()]
    currencyCode: str
    unitTicketSales: float
    invoiceCreatedBy: str
    invoiceTags: str
    outstandingBalance: float
    invoiceStatus: str | None


class SoldTotals(TypedDict):
    """What was sold in all."""

    totalQuantity: int
    totalAmount: float
    totalProfit: float
    totalProfitMargin: float
    totalROI: float


class SoldPage(TypedDict):
    """A page of what was sold, and the totals of all pages."""

    rows: list[SoldRow]
    rowCount: int
    soldInventoryTotals: SoldTotals


class PurchasedRow(Inventory):
    """One line of a purchase with its inventory as it is now."""

    vendorId: Annotated[list[int], Filter(operator="in", type=Id)]
    purchase: Annotated[Purchase, Filter("purchaseId", "in", type=Id)]
    purchaseLineId: Annotated[int, Sort()]
    inventoryIds: list[int]
    ticketStatus: str | None
    invoiceLineIds: list[int]


SoldQuery = Query(SoldRow, (Paging,))
PurchasedQuery = Query(PurchasedRow, (Paging,), only=("eventId", "inventoryId", "purchaseId", "vendorId"))
PurchasedPage = Page[PurchasedRow]
