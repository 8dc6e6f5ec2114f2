"""Purchases, invoices and payments."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired, TypedDict

from mockmarket.records import (
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
    Sort,
    Update,
)
from mockmarket.vendors.skybox.records.enumerations import (
    CURRENCIES,
    FULFILLMENT_STATUSES,
    ORDER_STATUSES,
    PAYMENT_STATUSES,
    TERMS,
)
from mockmarket.vendors.skybox.records.lines import Lines, NewInvoiceLine, NewPurchaseLine
from mockmarket.vendors.skybox.records.types import (
    MONEY,
    MOST_MONEY,
    AccountId,
    CreatedAt,
    DeliveryMethod,
    Id,
    LongText,
    MomentText,
    Number,
    Page,
    Paging,
    PaymentMethod,
    Signed,
    Tags,
    Text,
    UpdatedAt,
    initial,
)

Charge = Annotated[Signed, Body(default=0.0), Notified()]
Terms = Annotated[str, OneOf(TERMS), Body(default="NET0"), Notified()]
PaymentStatus = Annotated[
    str,
    OneOf(PAYMENT_STATUSES),
    Body(default="UNPAID"),
    Column("payment", index=False),
    Filter(operator="in"),
    Sort(),
    Notified(),
]
ExternalRef = Annotated[Text | None, Body(), Column("ref"), Filter(type=str), Sort(), Notified()]
Currency = Annotated[str, OneOf(CURRENCIES), Body(default="USD", update=False), Notified()]
Status = Annotated[str | None, OneOf(ORDER_STATUSES), Body(), Column(index=False), Notified()]
Balance = Annotated[float, initial(0.0), Notified()]
InternalId = Annotated[Id | None, Body(), Notified()]
Notes = Annotated[list[dict[str, Any]], initial(list)]


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
    vendorId: Annotated[Id, Body(required=True), Column("vendor", "INTEGER"), Filter(operator="in"), Notified()]
    accountId: AccountId
    internalId: InternalId


class PurchaseDetails(OrderDetails):
    """What a purchase ends with."""

    externalRef: ExternalRef
    paymentStatus: PaymentStatus
    currencyCode: Currency
    payments: Annotated[list[dict[str, Any]], initial(list)]
    notes: Notes
    received: Annotated[bool, Body(default=False), Notified()]
    consignment: dict[str, Any] | None
    status: Annotated[Status, Filter("purchaseStatus", "in")]
    outstandingBalance: Balance


class PurchaseTerm(TypedDict):
    """The terms of a purchase."""

    purchaseTerm: Terms


class Purchase(PurchaseHead, PurchaseTerm, PurchaseDetails):
    """One purchase as it is stored."""


class PurchaseWithLines(PurchaseHead, Lines, PurchaseTerm, PurchaseDetails):
    """One purchase."""


class InvoiceHead(TypedDict):
    """What an invoice begins with."""

    id: Number
    customerId: Annotated[Id, Body(required=True), Column("customer", "INTEGER"), Filter(operator="in"), Notified()]
    accountId: AccountId
    internalId: InternalId


class SalesTerm(TypedDict):
    """The terms of an invoice."""

    salesTerm: Terms


class InvoiceDetails(OrderDetails):
    """What an invoice ends with."""

    paymentStatus: PaymentStatus
    fulfillmentStatus: Annotated[
        str,
        OneOf(FULFILLMENT_STATUSES),
        Body(default="PENDING"),
        Column("fulfillment", index=False),
        Filter(operator="in"),
        Notified(),
    ]
    externalRef: ExternalRef
    status: Annotated[Status, Filter("invoiceStatus", "in")]
    currencyCode: Currency
    payments: Annotated[list[Transaction], initial(list)]
    notes: Notes
    fulfillmentDate: Annotated[str | None, Notified()]
    outstandingBalance: Balance
    barcodesEntered: Annotated[bool, initial(False), Notified()]
    filesUploaded: Annotated[bool, initial(False), Notified()]


class Invoice(InvoiceHead, SalesTerm, InvoiceDetails):
    """One invoice as it is stored."""


class InvoiceWithLines(InvoiceHead, Lines, SalesTerm, InvoiceDetails):
    """One invoice."""


class OfEvents(TypedDict):
    """Which purchases or invoices, by the events of their lines."""

    eventId: Annotated[list[Id], Default(list)]


class ForceQuery(TypedDict):
    """Whether what is on hold may be sold (public)."""

    force: Annotated[bool, Default(False)]


class PurchaseLines(TypedDict):
    """The lines of a new purchase (public: needed)."""

    lines: Annotated[list[NewPurchaseLine], Length(1, 200)]


class InvoiceLines(TypedDict):
    """The lines of a new invoice (public: needed)."""

    lines: Annotated[list[NewInvoiceLine], Length(1, 200)]


class Payment(TypedDict):
    """`POST /invoices/{id}/payment` (public: amount and comments)."""

    amount: Annotated[float, MONEY, Range(0.01, MOST_MONEY)]
    comments: Annotated[LongText | None, Default(None)]
    paymentMethod: NotRequired[PaymentMethod]


NewPurchase = Create(Purchase, (PurchaseLines,))
PurchaseChange = Update(Purchase)
PurchaseQuery = Query(Purchase, (OfEvents, Paging))
NewInvoice = Create(Invoice, (InvoiceLines,))
InvoiceChange = Update(Invoice)
InvoiceQuery = Query(Invoice, (OfEvents, Paging))
PurchasePage = Page[PurchaseWithLines]
InvoicePage = Page[InvoiceWithLines]
