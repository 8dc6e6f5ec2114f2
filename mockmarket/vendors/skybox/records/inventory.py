"""Inventory and tickets: a broker's listings, the single seats in them, and holds; what finds and changes them."""

from __future__ import annotations

from typing import Annotated, NotRequired, Required, TypedDict

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
    Pattern,
    Query,
    Range,
    Sort,
    Update,
)
from mockmarket.vendors.skybox.records.directory import Event, EventSpan
from mockmarket.vendors.skybox.records.types import (
    ANY_OF,
    AccountId,
    Amount,
    Count,
    CreatedAt,
    Day,
    Id,
    Ids,
    LongText,
    Moment,
    Number,
    Paging,
    Price,
    Quantity,
    SeatType,
    SpanEnd,
    SplitType,
    StockType,
    Tags,
    Text,
    TicketStatus,
    UpdatedAt,
    between,
    by_moment,
    initial,
    one_of,
)

CustomSplit = Annotated[LongText, Pattern(r"[0-9]{0,6}(,[0-9]{0,6})*\Z", "must be like 2,4")]
"""Public: the pattern; numbers of more than six digits are refused, as no listing has so many tickets (convention)."""
VsrOption = Annotated[str, OneOf(("ALL", "VIVIDSEATS", "NONE"))]
"""Convention: the OpenAPI file has the field and no values."""
Place = Annotated[str, Length(1, 100)]
Seat = Annotated[int, AnyNumberForm(), Range(0, 1_000_000)]
Flag = Annotated[bool, Body(default=False)]


class EventMapping(TypedDict):
    """An event by name, venue and date (public)."""

    eventName: Text
    venueName: Text
    eventDate: Text


class Inventory(TypedDict):
    """One inventory: what is left of a listing. Notified: the document's sample of INVENTORY CREATED, in its order."""

    inHandDate: Annotated[Day | None, Body(), Column("in_hand", index=False), Sort(), Notified()]
    id: Annotated[Id, Column("number", "INTEGER"), Filter("inventoryId", "in"), Sort()]
    accountId: AccountId
    eventId: Annotated[Id, Body(), Column("event", "INTEGER"), ANY_OF, Sort(), Notified()]
    quantity: Annotated[
        int,
        Body(update=False, type=Quantity),
        Column(type="INTEGER", index=False),
        *between("Quantity", Id),
        Sort(),
        Notified(),
    ]
    notes: Annotated[LongText | None, Body()]
    section: Annotated[Text, Body(create=False), Column(index=False), Filter(type=str), Sort(), Notified()]
    friendlySection: Annotated[Text | None, Body()]
    row: Annotated[Text, Body(create=False), Column(index=False), Filter(type=str), Sort(), Notified()]
    friendlyRow: Annotated[Text | None, Body()]
    secondRow: Annotated[Text | None, Body()]
    lowSeat: Annotated[Seat | None, Body(update=False), Notified()]
    highSeat: Annotated[Seat | None, Body(update=False), Notified()]
    cost: Annotated[Price, Body(), Column(type="REAL", index=False), Sort(), Notified()]
    taxedCost: Annotated[Price | None, Body()]
    faceValue: Annotated[Price | None, Body()]
    ticketIds: Annotated[list[int], initial(list), Notified()]
    stockType: Annotated[StockType, Body(required=True), Column(index=False), ANY_OF, Notified()]
    splitType: Annotated[SplitType, Body(default="DEFAULT"), Column(index=False), ANY_OF, Notified()]
    customSplit: Annotated[CustomSplit | None, Body()]
    listPrice: Annotated[
        Price, Body(), Column("price", "REAL", index=False), *between("Price", Amount), Sort(), Notified()
    ]
    expectedValue: Annotated[Price | None, Body()]
    publicNotes: Annotated[LongText | None, Body(), Notified()]
    attributes: Annotated[list[Text], Length(most=100), Body(default=list), Notified()]
    status: Annotated[str, one_of("inventoryStatus"), initial("DEPLETED"), Column(index=False), ANY_OF, Sort()]
    inHandDaysBeforeEvent: Annotated[Count | None, Body()]
    lastPriceUpdate: Annotated[str, *by_moment("lastPriceUpdate", "priced_at")]
    createdDate: CreatedAt
    createdBy: str
    lastUpdate: UpdatedAt
    lastUpdateBy: str
    version: Annotated[int, initial(1)]
    tags: Annotated[Tags, Body(default=""), Notified()]
    seatType: Annotated[SeatType, Body(create=False), Column(index=False), ANY_OF]
    eventMapping: Annotated[EventMapping | None, Body(update=False)]
    mappingId: int | None
    exchangePosId: Annotated[Id, Column("position", "INTEGER"), ANY_OF, Notified()]
    broadcast: Annotated[bool, Body(default=True), Notified()]
    zoneSeating: Annotated[Flag, Column("zone", "INTEGER", index=False), Filter(), Notified()]
    electronicTransfer: Flag
    hideSeatNumbers: Annotated[Flag, Notified()]
    vsrOption: Annotated[VsrOption, Body(default="ALL")]
    shownQuantity: Annotated[Count | None, Body(), Notified()]
    filesUploaded: Annotated[bool, initial(False), Notified()]
    barCodesEntered: Annotated[bool, initial(False), Notified()]
    instantTransfer: Flag


class Ticket(TypedDict):
    """One ticket."""

    id: Annotated[Id, Column("number", "INTEGER"), Filter("ticketIds", "in")]
    seatNumber: Annotated[Id, Column(type="INTEGER", index=False), ANY_OF]
    fileName: str | None
    barCode: Annotated[str | None, Column("barcode", index=False), Filter("barcode")]
    inventoryId: Annotated[int, Column("inventory", "INTEGER")]
    invoiceLineId: Annotated[int | None, Column("sale", "INTEGER")]
    purchaseLineId: Annotated[int | None, Column("purchase_line", "INTEGER")]
    section: Annotated[str, Column(index=False), Filter()]
    row: Annotated[str, Column(index=False), ANY_OF]
    notes: str | None
    cost: float
    faceValue: float
    taxedCost: float | None
    sellPrice: Annotated[float, initial(0.0)]
    stockType: str
    eventId: Annotated[Id, Column("event", "INTEGER"), ANY_OF]
    accountId: AccountId
    status: Annotated[TicketStatus, initial("AVAILABLE"), Column(index=False)]
    createdDate: str
    createdBy: str
    lastUpdate: str
    lastUpdateBy: str
    dateCancelled: str | None


class InventoryWithTickets(Inventory):
    """One inventory with its tickets."""

    tickets: list[Ticket]


class Hold(TypedDict):
    """One hold."""

    id: Number
    accountId: AccountId
    inventoryId: Annotated[Id, Body(update=False), Column("inventory", "INTEGER"), ANY_OF, Sort(), Notified()]
    user: Annotated[str | None, Body(type=Text), Notified()]
    userId: Annotated[Id | None, Column("user", "INTEGER", index=False), ANY_OF, Notified()]
    removedByUserId: int | None
    createdDate: CreatedAt
    expiryDate: Annotated[Text, Body(required=True), *by_moment("expiryDate", "expires_at"), Notified()]
    customerId: Annotated[Id | None, Body(), Column("customer", "INTEGER", index=False), ANY_OF, Notified()]
    removedDate: str | None
    notes: Annotated[LongText | None, Body(), Notified()]
    externalRef: Annotated[Text | None, Body(), Column("ref", index=False), Filter(type=str), Notified()]
    quantity: Annotated[int, Body(update=False, type=Quantity), Notified()]
    section: Annotated[str, Notified()]
    row: Annotated[str, Notified()]
    seats: Annotated[str, Notified()]
    cost: Annotated[float, Notified()]
    listPrice: Annotated[float, Notified()]
    eventId: Annotated[Id, Column("event", "INTEGER"), ANY_OF, Sort("eventDate", "starts_at"), Notified()]


class HoldFilters(EventSpan):
    """What else holds are found by."""

    exchangePosId: Annotated[list[Id], Default(list), Filter(operator="in", column="position")]


class NewHoldPlace(TypedDict):
    """Which seats a new hold takes, besides its listing's id."""

    exchangePosId: Annotated[Id | None, Default(None)]
    lowSeat: Annotated[Id | None, Default(None)]


class InventorySummary(Inventory):
    """One inventory as lists have it (public)."""

    seatNumbers: str
    listed: Annotated[bool, Filter()]
    holdId: int | None
    hold: Hold | None
    unitCostAverage: float
    currencies: list[str]
    received: str
    vendorId: Annotated[list[int], Filter(operator="in", column="vendor", type=Id)]
    inHand: bool
    daysOld: int
    event: Annotated[Event | None, Sort("eventDate", "starts_at")]
    tickets: NotRequired[list[Ticket]]


class InventoryFilters(EventSpan):
    """What else inventory is found by."""

    purchaseId: Annotated[list[Id], Default(list), Filter(operator="in", column="purchase")]
    performerId: Annotated[list[Id], Default(list), Filter(operator="in", column="performer")]
    venueId: Annotated[list[Id], Default(list), Filter(operator="in", column="venue")]
    ticketStatus: Annotated[TicketStatus | None, Default(None)]
    onHold: Annotated[bool | None, Default(None)]
    inHand: Annotated[bool | None, Default(None)]
    includeTickets: Annotated[bool, Default(False)]


class PriceEntry(TypedDict):
    """One price of an inventory's history (public)."""

    email: str
    id: Annotated[int, Column("number", "INTEGER")]
    action: str
    price: float
    dateOfAction: str


class NewSeats(TypedDict):
    """Where the seats of inventory are that a purchase brings, and how they stand."""

    section: Place
    row: Place
    seatType: Annotated[str, OneOf(("CONSECUTIVE", "ALTERNATING", "GA"))]


class PriceChange(TypedDict):
    """One entry of `PUT /inventory` (public: bulk price)."""

    id: Id
    listPrice: NotRequired[Price]
    broadcast: NotRequired[bool]


class BulkChange(TypedDict, total=False):
    """`PUT /inventory/bulk-update` (public)."""

    inventoryIds: Required[Ids]
    publicNotesToReplace: LongText | None
    publicNotesToAdd: LongText
    internalNotesToReplace: LongText | None
    internalNotesToAdd: LongText
    splitType: SplitType
    customSplit: CustomSplit | None
    noSplit: bool
    seatType: SeatType
    stockType: StockType
    inHandDate: Day | None
    inHandDaysBeforeEvent: Count | None
    zoneSeating: bool
    hideSeatNumbers: bool
    friendlySection: Text | None
    friendlyRow: Text | None
    inventoryAttribute: Text
    clearAttributes: bool
    faceValue: Price | None
    broadcast: bool
    electronicTransfer: bool
    vsrOption: VsrOption
    shownQuantity: Count | None
    instantTransfer: bool


class Merging(TypedDict):
    """`POST /inventory/merge` and `/inventory/bulk-merge` (public; COMBINE unless said otherwise is convention)."""

    inventoryIds: Ids
    publicNotes: Annotated[LongText | None, Default(None)]
    mergingType: Annotated[str, Default("COMBINE"), OneOf(("COMBINE", "WIPE", "NEW"))]


class DeltaQuery(TypedDict):
    """From when to when (public: seconds and Z)."""

    startTime: Moment
    endTime: Moment
    ticketStatus: Annotated[TicketStatus | None, Default(None)]


class ExportDeltaQuery(TypedDict):
    """From when, and until when if not now."""

    startTime: Moment
    endTime: Annotated[SpanEnd, Default(None)]
    ticketStatus: Annotated[TicketStatus | None, Default(None)]


NewInventory = Create(Inventory, (NewSeats,))
InventoryChange = Update(Inventory)
InventoryQuery = Query(InventorySummary, (InventoryFilters, Paging))
TicketQuery = Query(Ticket)
NewHold = Create(Hold, (NewHoldPlace,))
HoldChange = Update(Hold)
HoldQuery = Query(Hold, (HoldFilters, Paging))
