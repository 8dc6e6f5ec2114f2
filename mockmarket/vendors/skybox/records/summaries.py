"""The rows of SkyBox's lists (public: the OpenAPI file's …Summary models): a record with what it belongs to. What no part of
the world sets is null."""

from typing import Annotated, NotRequired, TypedDict

from mockmarket.records import Filter, Sort
from mockmarket.vendors.skybox.records import types
from mockmarket.vendors.skybox.records.directory import Customer, Event
from mockmarket.vendors.skybox.records.inventory import Hold, Inventory, Ticket
from mockmarket.vendors.skybox.records.orders import InvoiceWithLines, PurchaseWithLines
from mockmarket.vendors.skybox.records.types import ANY_OF


class InventorySummary(Inventory):
    """One inventory in lists."""

    vividRetailPrice: float | None
    createdByUserId: int | None
    lastDeltaUpdate: str
    replenishmentGroupId: int | None
    replenishmentGroup: str | None
    integratedListing: bool | None
    optOutAutoPrice: bool | None
    ticketsMerged: bool | None
    ticketsSplit: bool | None
    auditNote: str | None
    seatNumbers: str
    listed: Annotated[bool, Filter()]
    consignmentStatus: str | None
    cooperative: bool | None
    holdId: int | None
    hold: Hold | None
    unitCostAverage: float
    faceValueAverage: float
    currencies: list[str]
    received: str
    vendorId: Annotated[list[int], Filter(operator="in", column="vendor", type=types.Id)]
    inHand: bool
    hasTaxedCost: str
    daysOld: int
    taxTags: object | None
    ticketIdString: str
    event: Annotated[Event | None, *types.OF_EVENT]
    tickets: NotRequired[list[Ticket]]


class SoldRow(InventorySummary):
    """One line of an invoice as it was sold, with its inventory."""

    invoiceId: Annotated[types.Id, ANY_OF, Sort()]
    invoiceLineId: int
    invoiceDate: Annotated[str, Sort()]
    daysListed: int | None
    purchaseDate: str | None
    customerDisplayName: Annotated[str | None, Sort()]
    customerId: Annotated[types.Id, Sort()]
    deliveryMethod: str | None
    total: Annotated[float, Sort()]
    invoiceExternalRef: str | None
    purchaseExternalRef: str | None
    fulfillmentStatus: Annotated[str, Sort()]
    paymentStatus: Annotated[str, Sort()]
    profit: Annotated[float, Sort()]
    profitMargin: Annotated[float, Sort()]
    roi: Annotated[float, Sort()]
    pdfsOrBarcodesAttached: bool
    lastInvoiceNotes: str | None
    lastInvoiceNotesDate: str | None
    invoiceAirbill: str | None
    vendor: str | None
    currencyCode: str
    purchaseIds: list[int]
    fulfillmentDate: str | None
    unitTicketSales: float
    invoiceCreatedBy: str
    invoiceTags: str
    purchaseTags: str | None
    outstandingBalance: float
    eventDayOfWeek: str | None
    invoiceStatus: str | None
    lastInvoiceNotesUser: str | None
    poCreatedBy: str | None
    customerType: str | None
    lastInvoiceStatusDate: str | None
    lastInvoiceStatusUser: str | None


SoldTotals = TypedDict(
    "SoldTotals",
    {"totalQuantity": int, "totalAmount": float, "totalProfit": float, "totalProfitMargin": float, "totalROI": float},
)
SoldPage = TypedDict("SoldPage", {"rows": list[SoldRow], "rowCount": int, "soldInventoryTotals": SoldTotals})


class PurchasedRow(InventorySummary):
    """One line of a purchase, with the current state of its inventory."""

    vendorDisplayName: str | None
    purchase: PurchaseWithLines
    purchaseLineId: Annotated[int, Sort()]
    inventoryIds: list[int]
    invoiceId: list[int]
    ticketStatus: str | None
    invoiceLineIds: list[int]


class PurchaseSummary(PurchaseWithLines):
    """One purchase in lists."""

    displayName: str | None
    consignmentStatus: str | None
    eventName: str | None
    quantity: int
    section: str | None
    row: str | None
    lineCount: int
    lineTotal: float
    total: float
    totalPayments: float
    lastPurchasePaymentNote: str | None
    hasZoneSeatingInventory: bool | None


class InvoiceSummary(InvoiceWithLines):
    """One invoice in lists."""

    displayName: str | None
    lineCount: int
    quantity: int
    section: str | None
    row: str | None
    seats: str | None
    category: str | None
    lineTotal: float
    total: float
    performer: str | None
    invoiceInHandDate: str | None
    eventDate: str | None
    paymentDate: str | None
    totalPayments: float
    received: str | None
    vendor: str | None
    venue: str | None
    chargedCreditCards: list[int]
    lastInvoiceNotes: str | None
    lastInvoiceNotesUser: str | None
    stockType: list[str]
    purchaseId: str | None
    lastInvoiceStatusDate: str | None
    lastInvoiceStatusUser: str | None


class HoldSummary(Hold):
    """One hold in lists."""

    customer: Customer | None
    inventory: Inventory
    event: Event | None


class SalesReport(TypedDict):
    """`GET /quick-report/sales`."""

    quantity: int
    invoices: int
    ticketCost: float
    ticketSales: float
    profit: float
    profitPercentage: float
    roi: float


class PurchasesReport(TypedDict):
    """`GET /quick-report/purchases`."""

    purchases: int
    quantity: int
    ticketCost: float
    outstandingBalance: float
    availableQuantity: int
    soldQuantity: int
