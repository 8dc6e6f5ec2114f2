"""Purchases and invoices: their lines, payments of them, and the reports of what was bought and sold."""

from __future__ import annotations

from typing import Annotated, Generic, NotRequired, TypedDict

from mockmarket.records import (
    AnyNumberForm,
    Body,
    Column,
    Create,
    Default,
    Filter,
    Length,
    Notified,
    OneOf,
    Query,
    Range,
    Shaped,
    Sort,
    Update,
)
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.records.inventory import Inventory, NewInventory
from mockmarket.vendors.skybox.records.types import (
    ANY_OF,
    MONEY,
    MOST_MONEY,
    ORDER_STATUSES,
    TERMS,
    AccountId,
    Amount,
    CreatedAt,
    DeliveryMethod,
    Id,
    Ids,
    LongText,
    MomentText,
    Number,
    Objects,
    Paging,
    PaymentMethod,
    Signed,
    T,
    Tags,
    Text,
    UpdatedAt,
    by_moment,
    initial,
    last_after,
    one_of,
)

LineItemType = Annotated[str, one_of("lineItemType")]
LineQuantity = Annotated[int, AnyNumberForm(), Range(1, 100_000)]


class Line(TypedDict):
    """One line of a purchase or an invoice as it is stored; `amount` is its total (public)."""

    id: Annotated[int, Column("number", "INTEGER")]
    accountId: AccountId
    targetId: Annotated[int, Column("target", "INTEGER"), Notified()]
    quantity: Annotated[int, Notified()]
    description: Annotated[str | None, Notified()]
    amount: Annotated[float, Notified()]
    lineType: Annotated[str, one_of("lineType"), Column("type"), Notified()]
    lineItemType: Annotated[LineItemType, Column("item", index=False), Notified()]
    itemIds: Annotated[list[int], initial(list), Notified()]
    cancelled: Annotated[bool, initial(False), Column(type="INTEGER", index=False), Notified()]
    fillLineId: Annotated[int | None, Notified()]
    inventoryIds: Annotated[list[int], initial(list), Notified()]
    createdDate: str
    createdBy: str
    lastUpdate: str
    lastUpdateBy: str


@last_after("itemIds")
class ShownLine(Line):
    """One line; a purchase's with its inventory (public: clients read `lines[].inventory.id`)."""

    inventory: Inventory | None


class LineChange(TypedDict, total=False):
    """`PUT /purchases/{id}/lines/{lineId}`: public, amount and description only."""

    amount: Signed | None
    description: LongText | None


class InvoiceLineChange(TypedDict, total=False):
    """`PUT /invoices/{id}/lines/{lineId}`: public, quantity too."""

    amount: Amount | None
    description: LongText | None
    quantity: Annotated[int | None, AnyNumberForm(), Range(1, 1000)]


class NewPurchaseLine(TypedDict, total=False):
    """A line of a purchase: with inventory, or of whatever else."""

    lineItemType: LineItemType
    quantity: LineQuantity | None
    description: LongText | None
    amount: Signed | None
    inventory: Annotated[dict[str, object] | None, Shaped(NewInventory)]


class NewInvoiceLine(TypedDict):
    """A line of an invoice: with the tickets that are sold, or of whatever else."""

    lineItemType: LineItemType
    quantity: Annotated[LineQuantity | None, Default(None)]
    description: Annotated[LongText | None, Default(None)]
    amount: Amount
    itemIds: Annotated[Ids | None, Default(None)]


class LineIds(TypedDict):
    """Several lines (public: bulk line update)."""

    lineIds: Ids


Charge = Annotated[Signed, Body(default=0.0), Notified()]
Terms = Annotated[str, OneOf(TERMS), Body(default="NET0"), Notified()]
PaymentStatus = Annotated[
    str, one_of("paymentStatus"), Body(default="UNPAID"), Column("payment", index=False), ANY_OF, Sort(), Notified()
]
ExternalRef = Annotated[Text | None, Body(), Column("ref"), Filter(type=str), Sort(), Notified()]
Currency = Annotated[str, one_of("currency"), Body(default="USD", update=False), Notified()]
Status = Annotated[str | None, OneOf(ORDER_STATUSES), Body(), Column(index=False), Notified()]
Balance = Annotated[float, initial(0.0), Notified()]
InternalId = Annotated[Id | None, Body(), Notified()]


class Transaction(TypedDict):
    """One payment (public: InvoicePayment)."""

    id: Annotated[int, Column("number", "INTEGER")]
    accountId: int
    referenceNumber: str | None
    amount: float
    paymentDate: str
    userId: int
    entityId: int
    paymentType: str
    paymentMethod: str | None
    invoiceId: Annotated[int, Column("invoice", "INTEGER")]


class OrderDetails(TypedDict):
    """What purchases and invoices say alike, in the same order."""

    paymentMethod: Annotated[PaymentMethod | None, Body(), Notified()]
    paymentRef: Annotated[Text | None, Body(), Notified()]
    deliveryMethod: Annotated[DeliveryMethod | None, Body(), Notified()]
    taxAmount: Charge
    shippingAmount: Charge
    otherAmount: Charge
    internalNotes: Annotated[LongText | None, Body(), Notified()]
    publicNotes: Annotated[LongText | None, Body(), Notified()]
    createdDate: CreatedAt
    lastUpdate: UpdatedAt
    dueDate: Annotated[MomentText, Body(), Notified()]
    tags: Annotated[Tags, Body(default=""), Notified()]
    createdBy: str
    lastUpdateBy: str


class PurchaseHead(TypedDict):
    """What a purchase begins with."""

    id: Number
    vendorId: Annotated[Id, Body(required=True), Column("vendor", "INTEGER"), ANY_OF, Notified()]
    accountId: AccountId
    internalId: InternalId
    purchaseTerm: Terms


class Purchase(PurchaseHead, OrderDetails):
    """One purchase as it is stored."""

    externalRef: ExternalRef
    paymentStatus: PaymentStatus
    currencyCode: Currency
    payments: Objects
    notes: Objects
    received: Annotated[bool, Body(default=False), Notified()]
    consignment: Record | None
    status: Annotated[Status, Filter("purchaseStatus", "in")]
    outstandingBalance: Balance


@last_after("internalId")
class PurchaseWithLines(Purchase):
    """One purchase."""

    lines: list[ShownLine]


class InvoiceHead(TypedDict):
    """What an invoice begins with."""

    id: Number
    customerId: Annotated[Id, Body(required=True), Column("customer", "INTEGER"), ANY_OF, Notified()]
    accountId: AccountId
    internalId: InternalId
    salesTerm: Terms


class Invoice(InvoiceHead, OrderDetails):
    """One invoice as it is stored."""

    paymentStatus: PaymentStatus
    fulfillmentStatus: Annotated[
        str,
        one_of("fulfillmentStatus"),
        Body(default="PENDING"),
        Column("fulfillment", index=False),
        ANY_OF,
        Notified(),
    ]
    externalRef: ExternalRef
    status: Annotated[Status, Filter("invoiceStatus", "in")]
    currencyCode: Currency
    payments: Annotated[list[Transaction], initial(list)]
    notes: Objects
    fulfillmentDate: Annotated[str | None, Notified()]
    outstandingBalance: Balance
    barcodesEntered: Annotated[bool, initial(False), Notified()]
    filesUploaded: Annotated[bool, initial(False), Notified()]


@last_after("internalId")
class InvoiceWithLines(Invoice):
    """One invoice."""

    lines: list[ShownLine]


class OfEvents(TypedDict):
    """Which purchases or invoices, by the events of their lines."""

    eventId: Annotated[list[Id], Default(list)]


class ForceQuery(TypedDict):
    """Whether what is on hold may be sold (public)."""

    force: Annotated[bool, Default(False)]


class Lines(TypedDict, Generic[T]):
    """The lines of a new purchase or invoice (public: needed)."""

    lines: Annotated[list[T], Length(1, 200)]


class Payment(TypedDict):
    """`POST /invoices/{id}/payment` (public: amount and comments)."""

    amount: Annotated[float, MONEY, Range(0.01, MOST_MONEY)]
    comments: Annotated[LongText | None, Default(None)]
    paymentMethod: NotRequired[PaymentMethod]


NewPurchase = Create(Purchase, (Lines[NewPurchaseLine],))
PurchaseChange = Update(Purchase)
PurchaseQuery = Query(Purchase, (OfEvents, Paging))
NewInvoice = Create(Invoice, (Lines[NewInvoiceLine],))
InvoiceChange = Update(Invoice)
InvoiceQuery = Query(Invoice, (OfEvents, Paging))


class SoldRow(TypedDict):
    """One line of an invoice as it was sold."""

    id: Annotated[int | None, Sort()]
    accountId: int
    eventId: Annotated[Id | None, ANY_OF, Sort()]
    quantity: Annotated[int, Sort()]
    section: Annotated[str | None, Sort()]
    row: Annotated[str | None, Sort()]
    lowSeat: int | None
    highSeat: int | None
    seatNumbers: str
    ticketIds: list[int]
    cost: Annotated[float, Sort()]
    stockType: str | None
    invoiceId: Annotated[Id, ANY_OF, Sort()]
    invoiceLineId: int
    invoiceDate: Annotated[str, *by_moment("invoiceDate")]
    customerId: Annotated[Id, ANY_OF, Sort()]
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
