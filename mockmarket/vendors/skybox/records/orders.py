"""Purchases and invoices: their lines, payments, and the reports of purchases and sales."""

from typing import Annotated, Generic, NotRequired, Required, TypedDict

from mockmarket.records import Body, Column, Create, Default, Filter, Length, Notified, OneOf, Shaped, Sort, Update
from mockmarket.store import Record
from mockmarket.vendors.skybox.records import types
from mockmarket.vendors.skybox.records.inventory import Inventory, InventoryChange, NewInventory
from mockmarket.vendors.skybox.records.types import ANY_OF, initial, last_after, one_of

LineItemType = Annotated[str, one_of("lineItemType")]


class Line(TypedDict):
    """One line of a purchase or an invoice as stored; `amount` is its total (public)."""

    id: types.Key
    accountId: types.AccountId
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


LineChange = TypedDict("LineChange", {"amount": types.Signed | None, "description": types.LongText | None}, total=False)


class InvoiceLineChange(TypedDict, total=False):
    """`PUT /invoices/{id}/lines/{lineId}`: public, quantity too."""

    amount: types.Signed | None
    description: types.LongText | None
    quantity: types.Quantity | None


class NewPurchaseLine(TypedDict, total=False):
    """A line of a purchase: with inventory, or generic."""

    lineItemType: LineItemType
    quantity: types.LineQuantity | None
    description: types.LongText | None
    amount: types.Signed | None
    inventory: Annotated[dict[str, object] | None, Shaped(NewInventory)]


class ChangedLine(TypedDict, total=False):
    """A line in `PUT /purchases/{id}`, by its id: what the change of a line takes, and its inventory's changes (public: whole entities)."""

    id: types.Id
    amount: types.Signed | None
    description: types.LongText | None
    cancel: bool
    delete: bool
    inventory: Annotated[dict[str, object] | None, Shaped(InventoryChange)]


ChangedLines = TypedDict("ChangedLines", {"lines": NotRequired[Annotated[list[ChangedLine], Length(most=200)]]})


class NewInvoiceLine(TypedDict):
    """A line of an invoice: with the tickets that are sold, or generic; a discount's amount is negative (public: it has no minimum)."""

    lineItemType: LineItemType
    quantity: Annotated[types.LineQuantity | None, Default(None)]
    description: types.OptionalText
    amount: types.Signed
    itemIds: Annotated[types.Ids | None, Default(None)]


LineIds = TypedDict("LineIds", {"lineIds": types.Ids})

Charge = Annotated[types.Signed, Body(default=0.0), Notified()]
Terms = Annotated[str, one_of("purchaseTerm"), Body(default="NET0"), Notified()]
PaymentStatus = Annotated[
    str, one_of("paymentStatus"), Body(default="UNPAID"), Column("payment", index=False), ANY_OF, Sort(), Notified()
]
Fulfillment = Annotated[str, one_of("fulfillmentStatus"), Body(default="PENDING")]
ExternalRef = Annotated[types.Text | None, Body(), Column("ref"), Filter(type=str), Sort(), Notified()]
Currency = Annotated[str, one_of("currency"), Body(default="USD", update=False), Notified()]
Status = Annotated[str | None, one_of("purchaseStatus"), Body(), Column(index=False), Notified()]
Balance = Annotated[float, initial(0.0), Notified()]
Airbill = Annotated[types.Text | None, Body()]
Unset = int | None  # of what the mock does not keep
InternalId = Annotated[types.Id | None, Body(), Notified()]


class Transaction(TypedDict):
    """One payment (public: InvoicePayment)."""

    id: types.Key
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
    """The members common to purchases and invoices, in the same order."""

    paymentMethod: Annotated[types.PaymentMethod | None, Body(), Notified()]
    paymentRef: Annotated[types.Text | None, Body(), Notified()]
    deliveryMethod: Annotated[types.DeliveryMethod | None, Body(), Notified()]
    shippingAddressId: Annotated[types.Id | None, Body()]
    billingAddressId: Annotated[types.Id | None, Body()]
    taxAmount: Charge
    shippingAmount: Charge
    otherAmount: Charge
    internalNotes: Annotated[types.LongText | None, Body(), Notified()]
    publicNotes: Annotated[types.LongText | None, Body(), Notified()]
    createdDate: types.CreatedAt
    lastUpdate: types.UpdatedAt
    dueDate: Annotated[types.MomentText, Body(), Notified()]
    tags: Annotated[types.Tags, Body(default=""), Notified()]
    createdBy: str
    lastUpdateBy: str


class Consigned(TypedDict):
    """What a body says of a purchase's consignment (public)."""

    amount: types.Amount
    mode: Annotated[str, OneOf(("FIXED", "PERCENT"))]
    completed: Annotated[bool, Default(False)]


class PurchaseHead(TypedDict):
    """The first members of a purchase."""

    id: types.Number
    vendorId: Annotated[types.Id, Body(required=True), Column("vendor", "INTEGER"), ANY_OF, Notified()]
    accountId: types.AccountId
    internalId: InternalId
    purchaseTerm: Terms


class Purchase(PurchaseHead, OrderDetails):
    """One purchase as stored."""

    externalRef: ExternalRef
    paymentStatus: PaymentStatus
    creditCardId: Unset
    creditCardGroupId: Unset
    currencyCode: Currency
    payments: types.Objects
    notes: types.Objects
    received: Annotated[bool, Body(default=False), Notified()]
    consignment: Annotated[Record | None, Body(type=Annotated[Record | None, Shaped(Consigned)])]
    cooperative: Annotated[bool, initial(False)]
    status: Annotated[Status, Filter("purchaseStatus", "in")]
    airbill: Airbill
    outstandingBalance: Balance
    autoPo: Annotated[bool, initial(False)]


@last_after("internalId")
class PurchaseWithLines(Purchase):
    """One purchase."""

    lines: list[ShownLine]


class InvoiceHead(TypedDict):
    """The first members of an invoice."""

    id: types.Number
    customerId: Annotated[types.Id, Body(required=True), Column("customer", "INTEGER"), ANY_OF, Notified()]
    accountId: types.AccountId
    internalId: InternalId
    salesTerm: Terms


class Invoice(InvoiceHead, OrderDetails):
    """One invoice as stored."""

    paymentStatus: PaymentStatus
    fulfillmentStatus: Annotated[Fulfillment, Column("fulfillment", index=False), ANY_OF, Notified()]
    externalRef: ExternalRef
    airbill: Airbill
    status: Annotated[Status, Filter("invoiceStatus", "in")]
    currencyCode: Currency
    payments: Annotated[list[Transaction], initial(list)]
    invoiceDeliveryLink: object | None
    notes: types.Objects
    fulfillmentDate: Annotated[str | None, Notified()]
    fulfillmentByUserId: Unset
    outstandingBalance: Balance
    barcodesEntered: Annotated[bool, initial(False), Notified()]
    externalTicketIdEntered: Annotated[bool, initial(False)]
    filesUploaded: Annotated[bool, initial(False), Notified()]


@last_after("internalId")
class InvoiceWithLines(Invoice):
    """One invoice."""

    lines: list[ShownLine]


Note = TypedDict("Note", {"text": Annotated[str, Length(1, 10_000)]})
"""Public: PurchaseNote."""
KeptNote = TypedDict(
    "KeptNote",
    {"id": int, "userId": int | None, "accountId": int, "purchaseId": int, "date": str, "text": str, "author": str},
)
RefQuery = TypedDict("RefQuery", {"external-ref": types.RequiredText})
InvoiceTicket = TypedDict(
    "InvoiceTicket",
    {
        "invoiceId": int,
        "ticketId": int,
        "section": str,
        "row": str,
        "seatNumber": int,
        "barCode": str | None,
        "externalTicketId": str | None,
    },
)
"""Public: of `/invoices/external-ref`."""
ForceQuery = TypedDict("ForceQuery", {"force": Annotated[bool, Default(False)]})


class Lines(TypedDict, Generic[types.T]):
    """The lines of a new purchase or invoice (public: required)."""

    lines: Annotated[list[types.T], Length(1, 200)]


Payment = TypedDict(
    "Payment",
    {"amount": types.Positive, "comments": types.OptionalText, "paymentMethod": NotRequired[types.PaymentMethod]},
)
"""`POST /invoices/{id}/payment` (public: amount and comments)."""


class BulkInvoiceChange(TypedDict, total=False):
    """`PUT /invoices/bulk` (public: BulkInvoiceUpdate)."""

    invoiceIds: Required[types.Ids]
    paymentStatus: types.PaymentStatus
    paymentMethod: types.PaymentMethod
    fulfillmentStatus: types.FulfillmentStatus
    paymentRef: types.Text | None
    customerId: types.Id
    invoiceNote: types.LongText | None
    status: types.OrderStatus | None


NewPurchase = Create(Purchase, (Lines[NewPurchaseLine],))
PurchaseChange = Update(Purchase, (ChangedLines,))
NewInvoice = Create(Invoice, (Lines[NewInvoiceLine],))
InvoiceChange = Update(Invoice)
