"""Inventory and tickets: a broker's listings, their single seats, and holds; their queries and bodies."""

from typing import Annotated, NotRequired, Required, TypedDict

from mockmarket.records import (
    Body,
    Column,
    Create,
    Default,
    Filter,
    Length,
    Notified,
    OneOf,
    Shaped,
    Sort,
    Update,
)
from mockmarket.vendors.skybox.records import types
from mockmarket.vendors.skybox.records.types import ANY_OF, between, by_moment, initial, one_of

VsrOption = Annotated[str, one_of("vsrOption")]
Place = Annotated[str, Length(1, 100)]
OfSeats = Annotated[int, Body(update=False, type=types.Quantity), Column(type="INTEGER", index=False)]
Flag = Annotated[bool, Body(default=False)]
OfStatus = Annotated[types.TicketStatus | None, Default(None)]


class EventMapping(TypedDict):
    """The event of stock, in words (public)."""

    eventName: types.RequiredText
    venueName: types.RequiredText
    eventDate: NotRequired[types.MomentText | None]
    valid: NotRequired[bool]


class Mapping(TypedDict):
    """Stock whose event is not known yet, and when it was mapped to one (public: InventoryMapping)."""

    eventName: str
    venueName: str
    eventDate: str | None
    id: types.Key
    accountId: types.AccountId
    purchaseLineId: Annotated[int, Column("line", "INTEGER")]
    createdDate: str
    responseStatus: int | None
    sendCount: Annotated[int, initial(1)]
    mappedByUserId: int | None
    mappedDate: str | None
    valid: Annotated[bool, initial(True)]


class MappingSummary(Mapping):
    """A mapping in lists, with its purchase and seats (public)."""

    purchaseId: int
    quantity: int
    section: str | None
    row: str | None
    seats: str
    cost: float
    externalRef: str | None
    currencyCode: str


class MappingQuery(TypedDict, total=False):
    """Public; `event` and `venue` are parts of the names (convention)."""

    purchaseId: Annotated[list[types.Id], Default(list)]
    externalRef: Annotated[str | None, Default(None)]
    event: Annotated[str | None, Default(None)]
    venue: Annotated[str | None, Default(None)]
    eventDateFrom: Annotated[types.SpanEnd, Default(None)]
    eventDateTo: Annotated[types.SpanEnd, Default(None)]
    mappingDateFrom: Annotated[types.SpanEnd, Default(None)]
    mappingDateTo: Annotated[types.SpanEnd, Default(None)]


class Inventory(TypedDict):
    """One inventory: what is left of a listing. Notified: the document's sample of INVENTORY CREATED, in its order."""

    inHandDate: Annotated[types.Day | None, Body(), Column("in_hand", index=False), Sort(), Notified()]
    id: Annotated[types.Id, Column("number", "INTEGER"), Filter("inventoryId", "in"), Sort()]
    accountId: types.AccountId
    eventId: Annotated[types.Id, Body(), Column("event", "INTEGER"), ANY_OF, Sort(), Notified()]
    quantity: Annotated[OfSeats, *between("Quantity", types.Id), Sort(), Notified()]
    notes: Annotated[types.LongText | None, Body()]
    section: Annotated[
        types.Text, Body(create=False, type=Place), Column(index=False), Filter(type=str), Sort(), Notified()
    ]
    friendlySection: Annotated[types.Text | None, Body()]
    row: Annotated[
        types.Text, Body(create=False, type=Place), Column(index=False), Filter(type=str), Sort(), Notified()
    ]
    friendlyRow: Annotated[types.Text | None, Body()]
    secondRow: Annotated[types.Text | None, Body()]
    lowSeat: Annotated[types.Seat | None, Body(), Notified()]
    highSeat: Annotated[types.Seat | None, Body(), Notified()]
    cost: Annotated[types.Amount, Body(), Column(type="REAL", index=False), Sort(), Notified()]
    taxedCost: Annotated[types.Amount | None, Body()]
    taxedCostAverage: float | None
    faceValue: Annotated[types.Amount | None, Body()]
    ticketIds: Annotated[list[int], initial(list), Notified()]
    stockType: Annotated[types.StockType, Body(required=True), Column(index=False), ANY_OF, Notified()]
    splitType: Annotated[types.SplitType, Body(default="DEFAULT"), Column(index=False), ANY_OF, Notified()]
    customSplit: Annotated[types.CustomSplit | None, Body()]
    listPrice: Annotated[
        types.Price, Body(), Column("price", "REAL", index=False), *between("Price", types.Amount), Sort(), Notified()
    ]
    expectedValue: Annotated[types.Price | None, Body()]
    publicNotes: Annotated[types.LongText | None, Body(), Notified()]
    attributes: Annotated[list[types.Text], Length(most=100), Body(default=list), Notified()]
    status: Annotated[str, one_of("inventoryStatus"), initial("DEPLETED"), Column(index=False), ANY_OF, Sort()]
    inHandDaysBeforeEvent: Annotated[types.Count | None, Body()]
    lastPriceUpdate: Annotated[str, *by_moment("lastPriceUpdate", "priced_at")]
    createdDate: types.CreatedAt
    createdBy: str
    lastUpdate: types.UpdatedAt
    lastUpdateBy: str
    version: Annotated[int, initial(1)]
    tags: Annotated[types.Tags, Body(default=""), Notified()]
    seatType: Annotated[types.SeatType, Body(create=False), Column(index=False), ANY_OF]
    eventMapping: Annotated[EventMapping | None, Body(update=False)]
    mappingId: int | None
    exchangePosId: Annotated[types.Id, Column("position", "INTEGER"), ANY_OF, Notified()]
    broadcast: Annotated[bool, Body(default=True), Notified()]
    zoneSeating: Annotated[Flag, Column("zone", "INTEGER", index=False), Filter(), Notified()]
    electronicTransfer: Flag
    hideSeatNumbers: Annotated[Flag, Notified()]
    vsrOption: Annotated[VsrOption, Body(default="ALL")]
    shownQuantity: Annotated[types.Count | None, Body(), Notified()]
    filesUploaded: Annotated[bool, initial(False), Notified()]
    barCodesEntered: Annotated[bool, initial(False), Notified()]
    externalTicketIdEntered: Annotated[bool, initial(False)]
    instantTransfer: Flag


class Ticket(TypedDict):
    """One ticket."""

    id: Annotated[types.Id, Body(), Column("number", "INTEGER"), Filter("ticketIds", "in")]
    seatNumber: Annotated[types.Id, Body(type=types.Seat), Column(type="INTEGER", index=False), ANY_OF]
    fileName: Annotated[types.ShortText | None, Body(), Column("file", index=False)]
    barCode: Annotated[types.ShortText | None, Body(), Column("barcode", index=False), Filter("barcode")]
    externalTicketId: Annotated[types.Text | None, Body()]
    inventoryId: Annotated[int, Column("inventory", "INTEGER")]
    invoiceLineId: Annotated[int | None, Column("sale", "INTEGER")]
    purchaseLineId: Annotated[int | None, Column("purchase_line", "INTEGER")]
    friendlySection: Annotated[types.Text | None, Body()]
    section: Annotated[str, Column(index=False), Filter()]
    friendlyRow: Annotated[types.Text | None, Body()]
    row: Annotated[str, Column(index=False), ANY_OF]
    notes: Annotated[types.LongText | None, Body()]
    cost: Annotated[types.Price, Body()]
    faceValue: Annotated[types.Price, Body()]
    taxedCost: Annotated[types.Price | None, Body()]
    sellPrice: Annotated[float, initial(0.0)]
    stockType: Annotated[types.StockType, Body()]
    eventId: Annotated[types.Id, Column("event", "INTEGER"), ANY_OF]
    accountId: types.AccountId
    status: Annotated[types.TicketStatus, initial("AVAILABLE"), Column(index=False)]
    disclosures: Annotated[list[types.Text], Length(most=100), Body(default=list)]
    attributes: Annotated[list[types.Text], Length(most=100), Body(default=list)]
    createdDate: str
    createdBy: str
    lastUpdate: str
    lastUpdateBy: str
    dateCancelled: str | None
    cancelledByUserId: int | None
    auditNote: Annotated[types.Text | None, Body()]


TicketFile = TypedDict("TicketFile", {"base64FileBytes": NotRequired[types.Base64 | None]})
"""The file of a ticket, in writes only (public)."""
TicketBody = Update(Ticket, (TicketFile,))
Tickets = TypedDict(
    "Tickets",
    {"tickets": NotRequired[Annotated[list[dict[str, object]] | None, Shaped(TicketBody), Length(most=1000)]]},
)
"""The tickets of a listing, by their ids or seat numbers."""


Asset = TypedDict(
    "Asset",
    {
        "accountId": types.AccountId,
        "name": str,
        "size": Annotated[int, Column(type="INTEGER", index=False)],
        "content": str,
    },
)
"""The file of a ticket, base64 encoded."""
Upload = TypedDict("Upload", {"pdf": list[types.Base64]})
UploadedFile = TypedDict("UploadedFile", {"pageNumber": int, "pdfUrl": str})
"""Public: PdfUpload, PdfDetails."""
Barcode = TypedDict(
    "Barcode",
    {
        "exchangePosId": int,
        "inventoryId": int,
        "id": int,
        "section": str,
        "row": str,
        "seatNumber": int,
        "barCode": str | None,
        "externalTicketId": str | None,
    },
)
"""Public: InventoryBarcodeResponse; `id` is the ticket's."""
Position = TypedDict("Position", {"exchangePosId": int, "inventoryId": int})
"""Public: ExchangePosIdHistoryResponse."""


class InventoryWithTickets(Inventory):
    """One inventory with its tickets."""

    tickets: list[Ticket]


class Hold(TypedDict):
    """One hold."""

    id: types.Number
    accountId: types.AccountId
    inventoryId: Annotated[types.Id, Body(update=False), Column("inventory", "INTEGER"), ANY_OF, Sort(), Notified()]
    user: Annotated[str | None, Body(type=types.Text), Notified()]
    userId: Annotated[types.Id | None, Body(update=False), Column("user", "INTEGER", index=False), ANY_OF, Notified()]
    removedByUserId: int | None
    createdDate: types.CreatedAt
    expiryDate: Annotated[types.MomentText, Body(required=True), *by_moment("expiryDate", "expires_at"), Notified()]
    customerId: Annotated[types.Id | None, Body(), Column("customer", "INTEGER", index=False), ANY_OF, Notified()]
    removedDate: str | None
    notes: Annotated[types.LongText | None, Body(), Notified()]
    externalRef: Annotated[types.Text | None, Body(), Column("ref", index=False), Filter(type=str), Notified()]
    quantity: Annotated[int, Body(update=False, type=types.Quantity), Notified()]
    section: Annotated[str, Notified()]
    row: Annotated[str, Notified()]
    seats: Annotated[str, Notified()]
    cost: Annotated[float, Notified()]
    listPrice: Annotated[float, Notified()]
    eventId: Annotated[types.Id, Column("event", "INTEGER"), ANY_OF, *types.OF_EVENT, Notified()]


NewHoldPlace = TypedDict("NewHoldPlace", {"exchangePosId": types.OptionalId, "lowSeat": types.OptionalId})


PriceEntry = TypedDict(
    "PriceEntry", {"email": str, "id": types.Key, "action": str, "price": float, "dateOfAction": str}
)
NewSeats = TypedDict("NewSeats", {"section": Place, "row": Place, "seatType": types.SeatType})
"""The seats of inventory that a purchase brings: their place and arrangement."""
PriceChange = TypedDict(
    "PriceChange", {"id": types.Id, "listPrice": NotRequired[types.Price], "broadcast": NotRequired[bool]}
)


class BulkChange(TypedDict, total=False):
    """`PUT /inventory/bulk-update` (public)."""

    inventoryIds: Required[types.Ids]
    publicNotesToReplace: types.LongText | None
    publicNotesToAdd: types.LongText
    internalNotesToReplace: types.LongText | None
    internalNotesToAdd: types.LongText
    splitType: types.SplitType
    customSplit: types.CustomSplit | None
    noSplit: bool
    seatType: types.SeatType
    stockType: types.StockType
    inHandDate: types.Day | None
    inHandDaysBeforeEvent: types.Count | None
    zoneSeating: bool
    hideSeatNumbers: bool
    section: Place
    row: Place
    friendlySection: types.Text | None
    friendlyRow: types.Text | None
    inventoryAttribute: types.Text
    clearAttributes: bool
    removeBarcode: bool
    removePdf: bool
    removeExternalTicketId: bool
    ticketDisclosure: types.Text
    clearDisclosures: bool
    faceValue: types.Price | None
    received: bool
    broadcast: bool
    electronicTransfer: bool
    vsrOption: VsrOption
    shownQuantity: types.Count | None
    instantTransfer: bool


ExpectedValueChange = TypedDict("ExpectedValueChange", {"id": types.Id, "expectedValue": types.Price})
FaceValueChange = TypedDict("FaceValueChange", {"id": types.Id, "newFaceValue": types.Price})
TaxedCostChange = TypedDict("TaxedCostChange", {"id": types.Id, "newTaxedCost": types.Price})
"""Public: ExpectedValueUpdateBulk, InventoryFaceValueUpdateBulk, InventoryTaxedCostUpdateBulk."""
Syncing = TypedDict("Syncing", {"inventoryIds": types.Ids})
"""`PUT /inventory/sync` (public: SyncInventoryRequest)."""


class Moving(TypedDict, total=False):
    """`POST /inventory/actions/edit-section-row` (public: UpdatePurchaseInventoryRequest). A purchase's line knows its inventory."""

    inventoryId: types.Id
    section: Required[Place]
    row: Required[Place]
    friendlySection: types.Text | None
    friendlyRow: types.Text | None
    secondRow: types.Text | None


EventSwap = TypedDict("EventSwap", {"inventoryIds": types.Ids, "eventId": types.Id})
"""`POST /inventory/bulk-swap-event` (public)."""


class Merging(TypedDict):
    """`POST /inventory/merge` and `/inventory/bulk-merge` (public; the default COMBINE is convention)."""

    inventoryIds: types.Ids
    publicNotes: types.OptionalText
    mergingType: Annotated[str, Default("COMBINE"), OneOf(("COMBINE", "WIPE", "NEW"))]


DeltaQuery = TypedDict("DeltaQuery", {"startTime": types.Moment, "endTime": types.Moment, "ticketStatus": OfStatus})
"""The period (public: seconds and Z)."""

NewInventory = Create(Inventory, (NewSeats, Tickets))
OwnId = TypedDict("OwnId", {"id": NotRequired[types.Id]})
InventoryChange = Update(Inventory, (Tickets, OwnId))
SeatsQuery = TypedDict("SeatsQuery", {"changeSeatNumbers": Annotated[bool, Default(False)]})
"""Public: whether the numbers of the seats may change; without it `lowSeat` and `highSeat` of an update count for nothing (convention)."""
NewHold = Create(Hold, (NewHoldPlace,))
HoldChange = Update(Hold)
