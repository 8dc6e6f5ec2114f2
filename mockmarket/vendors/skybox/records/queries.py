"""The queries of SkyBox's lists (public: the OpenAPI file's parameters). A filter's column may belong to a related record:
`event.name_key` is a column of the record's event, by `filtering.RELATIONS`."""

from functools import partial
from typing import Annotated, TypedDict

from mockmarket.clock import iso_ms
from mockmarket.records import Default, Description, Filter, Pattern, Query, Range, Reads
from mockmarket.vendors.skybox.records import directory, inventory, orders, summaries, types
from mockmarket.vendors.skybox.records.types import DATE_TIME, Paging, read_moment

part, any_of, any_id, any_word, no_word = (
    partial(Filter, None, name) for name in ("contains", "in", "any_id", "any_word", "no_word")
)
is_, least, most, text, empty = (partial(Filter, None, name) for name in ("=", ">=", "<=", "has_text", "empty"))
NONE, EMPTY = Default(None), Default(list)
Text = Annotated[types.Folded | None, NONE]
Word = Annotated[str | None, NONE]
Texts = Annotated[list[str], EMPTY]
Number = Annotated[types.Id | None, NONE]
Numbers = Annotated[list[types.Id], EMPTY]
Amount = Annotated[types.Signed | None, NONE]
Flag = Annotated[bool | None, NONE]
Option = Annotated[bool, Default(False)]
All = Annotated[bool, Default(False), Description("A record has every tag of the list, not one of them.")]
Moment = Annotated[types.SpanEnd, NONE]
Stamp = Annotated[str | None, NONE, Reads(lambda value: iso_ms(read_moment(value)), DATE_TIME)]
Day = Annotated[str | None, NONE, Reads(lambda value: iso_ms(read_moment(value))[:10], DATE_TIME)]
Clock = Annotated[str | None, NONE, Pattern(r"([01]\d|2[0-3]):[0-5]\d\Z", "must be a time such as 19:30")]
Weekday = Annotated[types.Id, Range(1, 7)]
Weekdays = Annotated[list[Weekday], EMPTY, Description("1 is Monday, 7 Sunday.")]
SWITCHES = ("noTags", "excludeParking", "zeroOutstandingBalance")
"""Filters that are off when false."""


class Tagged(TypedDict):
    """Filters by a record's tags; any tag of a list is enough, unless its `…MatchAll` is true."""

    tag: Annotated[Texts, any_word("$.tags")]
    tagsMatchAll: All
    antiTag: Annotated[Texts, no_word("$.tags")]
    antiTagsMatchAll: All


class Untagged(Tagged):
    """Filters by a record's tags, and by their absence."""

    noTags: Annotated[Option, empty("$.tags")]


class ListingTagged(TypedDict):
    """Filters by the tags of the inventory of a line's tickets."""

    tag: Annotated[Texts, any_word("listing.$.tags")]
    tagsMatchAll: All
    antiTag: Annotated[Texts, no_word("listing.$.tags")]
    antiTagsMatchAll: All


class Shows(directory.EventSpan):
    """Filters by a record's event and its date."""

    event: Annotated[Text, part("event.name_key")]
    venue: Annotated[Text, part("event.venue_key")]


class Categories(Shows):
    """Filters by the kind of a record's event."""

    eventType: Annotated[types.EventType | None, NONE, is_("event.type")]
    categoryId: Annotated[Numbers, any_of("event.category")]
    performerId: Annotated[Numbers, any_id("event.performers")]


class Calendar(Categories):
    """Filters by the words, the place and the weekday of a record's event."""

    eventKeywords: Annotated[Texts, part("event.text_key"), Description("Every word is in the event.")]
    state: Annotated[Texts, any_of("event.state")]
    country: Annotated[Texts, any_of("event.country")]
    dayOfWeek: Weekdays
    excludeParking: Annotated[Option, Filter(None, "!=", "event.parking")]


class EventFilters(Untagged, directory.EventSpan):
    """Further filters of events."""

    keywords: Annotated[Texts, part("text_key"), Description("Every word is in the event.")]
    performerId: Annotated[Numbers, any_id("performers")]
    excludeParking: Annotated[Option, Filter(None, "!=", "parking")]
    eventTimeFrom: Clock
    eventTimeTo: Clock
    dayOfWeek: Weekdays
    excludeActiveInventory: Annotated[Option, Description("Leaves out events with inventory of the account for sale.")]
    onlySoldTickets: Annotated[Option, Description("Events with sold tickets of the account.")]


class CatalogQuery(TypedDict):
    """The query of the catalogue (public: a real client's code)."""

    limit: Annotated[int, Default(50), Range(1, 1000)]
    pageNumber: Annotated[int, Default(1), Range(0, 1_000_000)]
    sortDir: types.Direction
    event: Annotated[Text, part("name_key")]
    eventType: Annotated[types.EventType | None, NONE, is_("type")]
    venue: Annotated[Text, part("venue_key")]
    city: Annotated[Text, part("city_key")]
    eventDateFrom: directory.DateFrom
    eventDateTo: directory.DateTo
    keywords: Annotated[Texts, part("text_key"), Description("Every word is in the event.")]
    excludeParking: Annotated[Option, Filter(None, "!=", "parking")]


class InventoryFilters(Untagged, Calendar):
    """Further filters of inventory."""

    eventTimeFrom: Clock
    eventTimeTo: Clock
    city: Annotated[Text, part("event.city_key")]
    venueId: Annotated[Numbers, any_of("venue")]
    purchaseId: Annotated[Numbers, any_of("purchase")]
    purchaseDateFrom: Annotated[Moment, least("bought.created_at")]
    purchaseDateTo: Annotated[Moment, most("bought.created_at")]
    currencyCode: Annotated[Word, is_("bought.$.currencyCode")]
    received: Annotated[Flag, is_("bought.$.received")]
    excludeVendorId: Annotated[Number, Filter(None, "!=", "vendor")]
    ticketStatus: Annotated[list[types.TicketStatus], EMPTY, any_of("ticket.status")]
    lowSeat: Annotated[Number, is_("$.lowSeat")]
    highSeat: Annotated[Number, is_("$.highSeat")]
    notes: Annotated[Text, text("$.notes")]
    publicNotes: Annotated[Text, text("$.publicNotes")]
    filesUploaded: Annotated[Flag, is_("$.filesUploaded")]
    barCodesEntered: Annotated[Flag, is_("$.barCodesEntered")]
    externalTicketIdEntered: Annotated[Flag, is_("$.externalTicketIdEntered")]
    expectedValueSet: Annotated[Flag, Filter(None, "is_set", "$.expectedValue")]
    hiddenSeats: Annotated[Flag, is_("$.hideSeatNumbers")]
    electronicTransfer: Annotated[Flag, is_("$.electronicTransfer")]
    vsrOption: Annotated[Word, is_("$.vsrOption")]
    minShownQuantity: Annotated[Number, least("$.shownQuantity")]
    maxShownQuantity: Annotated[Number, most("$.shownQuantity")]
    minAverageUnitCost: Annotated[Amount, least("$.cost/$.quantity")]
    maxAverageUnitCost: Annotated[Amount, most("$.cost/$.quantity")]
    daysOldFrom: Annotated[Moment, least("created_at")]
    daysOldTo: Annotated[Moment, most("created_at")]
    onHold: Flag
    inHand: Flag
    includeTickets: Option
    skipSorting: Option


class SoldFilters(ListingTagged, Calendar):
    """Further filters of what was sold: by the line, its invoice, and its tickets' inventory."""

    noTags: Annotated[Option, empty("listing.$.tags")]
    performer: Annotated[Text, text("event.performer_name")]
    inventoryId: Annotated[Numbers, any_of("ticket.inventory")]
    exchangePosId: Annotated[Numbers, any_of("listing.position")]
    purchaseIds: Annotated[Numbers, any_of("listing.purchase")]
    vendorId: Annotated[Number, is_("listing.vendor")]
    venueId: Annotated[Number, is_("event.venue")]
    antiEventTag: Annotated[Texts, no_word("event.$.tags")]
    antiEventTagsMatchAll: All
    eventTag: Annotated[Texts, any_word("event.$.tags")]
    eventTagsMatchAll: All
    invoiceTag: Annotated[Texts, any_word("invoice.$.tags")]
    invoiceTagsMatchAll: All
    purchaseTag: Annotated[Texts, any_word("listing.bought.$.tags")]
    purchaseTagsMatchAll: All
    customerDisplayName: Annotated[Text, part("invoice.party.name_key")]
    customerType: Annotated[Word, is_("invoice.party.type")]
    section: Annotated[Word, is_("ticket.section")]
    row: Annotated[Word, is_("ticket.row")]
    includesSeat: Annotated[Number, is_("ticket.seat_number")]
    currencyCode: Annotated[Word, is_("invoice.$.currencyCode")]
    externalRef: Annotated[Texts, any_of("invoice.ref")]
    purchaseExternalRef: Annotated[Word, is_("listing.bought.ref")]
    paymentStatus: Annotated[list[types.PaymentStatus], EMPTY, any_of("invoice.payment")]
    invoiceStatus: Annotated[list[types.OrderStatus], EMPTY, any_of("invoice.status")]
    fulfillmentStatus: Annotated[types.FulfillmentStatus | None, NONE, is_("invoice.fulfillment")]
    stockType: Annotated[types.StockType | None, NONE, is_("listing.stock_type")]
    zoneSeating: Annotated[Flag, is_("listing.zone")]
    pdfsOrBarcodesAttached: Annotated[Flag, is_("invoice.$.filesUploaded|$.barcodesEntered")]
    filesUploaded: Annotated[Flag, is_("invoice.$.filesUploaded")]
    barcodesEntered: Annotated[Flag, is_("invoice.$.barcodesEntered")]
    electronicTransfer: Annotated[Flag, is_("listing.$.electronicTransfer")]
    internalNotes: Annotated[Text, text("listing.$.notes")]
    publicNotes: Annotated[Text, text("listing.$.publicNotes")]
    invoiceNotes: Annotated[Text, text("invoice.$.internalNotes")]
    inHandDateFrom: Annotated[Day, least("listing.in_hand")]
    inHandDateTo: Annotated[Day, most("listing.in_hand")]
    fulfillmentDateFrom: Annotated[Stamp, least("invoice.$.fulfillmentDate")]
    fulfillmentDateTo: Annotated[Stamp, most("invoice.$.fulfillmentDate")]
    purchaseDateFrom: Annotated[Moment, least("listing.bought.created_at")]
    purchaseDateTo: Annotated[Moment, most("listing.bought.created_at")]
    received: Annotated[Flag, is_("listing.bought.$.received")]
    invoiceCreatedBy: Annotated[Text, text("invoice.$.createdBy")]
    invoiceId: Annotated[Numbers, any_of("target")]
    invoiceDateFrom: Annotated[Moment, least("invoice.created_at")]
    invoiceDateTo: Annotated[Moment, most("invoice.created_at")]
    lastUpdateFrom: Annotated[Moment, least("invoice.updated_at")]
    customerId: Annotated[Numbers, any_of("invoice.customer")]
    eventId: Annotated[Numbers, any_of("event")]
    minTotalCost: Amount
    maxTotalCost: Amount


class PurchasedFilters(ListingTagged, Shows):
    """Further filters of what was purchased: by the line, its purchase, and its tickets' inventory."""

    performerId: Annotated[Numbers, any_id("event.performers")]
    performer: Annotated[Text, text("event.performer_name")]
    state: Annotated[Texts, any_of("event.state")]
    country: Annotated[Texts, any_of("event.country")]
    city: Annotated[Text, part("event.city_key")]
    venueIds: Annotated[Numbers, any_of("event.venue")]
    eventId: Annotated[Numbers, any_of("event")]
    inventoryId: Annotated[Numbers, any_of("ticket.inventory")]
    ticketStatus: Annotated[list[types.TicketStatus], EMPTY, any_of("ticket.status")]
    section: Annotated[Word, is_("ticket.section")]
    row: Annotated[Word, is_("ticket.row")]
    stockType: Annotated[types.StockType | None, NONE, is_("listing.stock_type")]
    zoneSeating: Annotated[Flag, is_("listing.zone")]
    notes: Annotated[Text, text("listing.$.notes")]
    inHandDateFrom: Annotated[Day, least("listing.in_hand")]
    inHandDateTo: Annotated[Day, most("listing.in_hand")]
    purchaseId: Annotated[Numbers, any_of("target")]
    purchaseDateFrom: Annotated[Moment, least("purchase.created_at")]
    purchaseDateTo: Annotated[Moment, most("purchase.created_at")]
    vendorId: Annotated[Numbers, any_of("purchase.vendor")]
    displayName: Annotated[Text, part("purchase.party.name_key")]
    externalRef: Annotated[Word, is_("purchase.ref")]
    paymentStatus: Annotated[list[types.PaymentStatus], EMPTY, any_of("purchase.payment")]
    partialPaymentRef: Annotated[Text, text("purchase.$.paymentRef")]
    received: Annotated[Flag, is_("purchase.$.received")]


class OrderFilters(Tagged):
    """Further filters that purchases and invoices share."""

    eventId: Annotated[Numbers, any_of("line.event")]
    deliveryMethod: Annotated[list[types.DeliveryMethod], EMPTY, any_of("$.deliveryMethod")]
    displayName: Annotated[Text, part("party.name_key")]
    currencyCode: Annotated[Word, is_("$.currencyCode")]
    internalId: Annotated[Number, is_("$.internalId")]
    createdBy: Annotated[Text, text("$.createdBy")]
    minOutstandingBalance: Annotated[Amount, least("$.outstandingBalance")]
    maxOutstandingBalance: Annotated[Amount, most("$.outstandingBalance")]


class PurchaseFilters(OrderFilters):
    """Further filters of purchases."""

    eventName: Annotated[Text, part("event.name_key")]
    paymentMethod: Annotated[list[types.PaymentMethod], EMPTY, any_of("$.paymentMethod")]
    vendorType: Annotated[Texts, any_of("party.type")]
    vendorTag: Annotated[Texts, any_word("party.$.tags")]
    vendorTagsMatchAll: All
    vendorTags: Annotated[Texts, any_word("party.$.tags")]
    inventoryId: Annotated[Number, is_("line.ticket.inventory")]
    invoiceLineId: Annotated[Number, is_("line.ticket.sale")]
    zeroOutstandingBalance: Annotated[Option, empty("$.outstandingBalance")]
    includeHasZoneSeatingInventory: Option
    minCost: Amount
    maxCost: Amount


class InvoiceFilters(OrderFilters, Categories):
    """Further filters of invoices."""

    noTags: Annotated[Option, empty("$.tags")]
    performer: Annotated[Text, text("event.performer_name")]
    venueId: Annotated[Number, is_("event.venue")]
    vendorId: Annotated[Numbers, any_of("listing.vendor")]
    purchaseId: Annotated[Number, is_("listing.purchase")]
    purchaseLineId: Annotated[Number, is_("line.ticket.purchase_line")]
    stockType: Annotated[types.StockType | None, NONE, is_("listing.stock_type")]
    zoneSeating: Annotated[Flag, is_("listing.zone")]
    inHandDateFrom: Annotated[Day, least("listing.in_hand")]
    inHandDateTo: Annotated[Day, most("listing.in_hand")]
    paymentDateFrom: Annotated[Stamp, least("transaction.$.paymentDate")]
    paymentDateTo: Annotated[Stamp, most("transaction.$.paymentDate")]
    fulfillmentDateFrom: Annotated[Stamp, least("$.fulfillmentDate")]
    fulfillmentDateTo: Annotated[Stamp, most("$.fulfillmentDate")]
    paymentRef: Annotated[Text, text("$.paymentRef")]
    barcodesEntered: Annotated[Flag, is_("$.barcodesEntered")]
    filesUploaded: Annotated[Flag, is_("$.filesUploaded")]
    minTotal: Amount
    maxTotal: Amount


class HoldFilters(Shows):
    """Further filters of holds."""

    exchangePosId: Annotated[Numbers, any_of("position")]
    venueId: Annotated[Number, is_("event.venue")]
    user: Annotated[Text, text("$.user")]


class CustomerFilters(Tagged):
    """Further filters of customers."""

    createdDateFrom: Annotated[Stamp, least("created")]
    createdDateTo: Annotated[Stamp, most("created")]
    invoiceDateFrom: Annotated[Moment, least("invoice.created_at")]
    invoiceDateTo: Annotated[Moment, most("invoice.created_at")]


class TicketFilters(TypedDict):
    """Further filters of tickets."""

    lastUpdateFrom: Annotated[Stamp, least("$.lastUpdate")]
    lastUpdateTo: Annotated[Stamp, most("$.lastUpdate")]


class ExportQuery(TypedDict):
    """What `/inventory/export` leaves out (public: the names; the defaults are convention)."""

    includeZeroPricedListings: Annotated[bool, Default(True)]
    includeHeld: Annotated[bool, Default(True)]
    includeTaxedCosts: Annotated[bool, Default(True)]


class ExportDeltaQuery(ExportQuery):
    """The moment after which inventory has changed."""

    timestamp: Moment


class ReportTags(TypedDict):
    """Filters of reports by the tags of inventory."""

    inventoryTag: Annotated[Texts, any_word("listing.$.tags")]
    inventoryTagsMatchAll: All
    inventoryTags: Annotated[Texts, any_word("listing.$.tags")]


class SalesQuery(ReportTags, Shows):
    """The query of the report of sales."""

    performerId: Annotated[Numbers, any_id("event.performers")]
    categoryId: Annotated[Numbers, any_of("event.category")]
    invoiceDateFrom: Annotated[Moment, least("invoice.created_at")]
    invoiceDateTo: Annotated[Moment, most("invoice.created_at")]
    paymentStatus: Annotated[types.PaymentStatus | None, NONE, is_("invoice.payment")]
    fulfillmentStatus: Annotated[types.FulfillmentStatus | None, NONE, is_("invoice.fulfillment")]


class PurchasesQuery(ReportTags, Shows):
    """The query of the report of purchases."""

    performerId: Annotated[Numbers, any_id("event.performers")]
    categoryId: Annotated[Numbers, any_of("event.category")]
    purchaseDateFrom: Annotated[Moment, least("purchase.created_at")]
    purchaseDateTo: Annotated[Moment, most("purchase.created_at")]
    paymentStatus: Annotated[types.PaymentStatus | None, NONE, is_("purchase.payment")]


class EventPaging(Paging):
    """Page size, page and order of the list of events (public: its maximum)."""

    limit: Annotated[int | None, NONE, Range(1, 1000), Description(types.PAGE_ROWS)]


EventQuery = Query(directory.Event, (EventFilters, EventPaging))
InventoryQuery = Query(summaries.InventorySummary, (InventoryFilters, Paging))
SoldQuery = Query(summaries.SoldRow, (SoldFilters, Paging), only=())
PurchasedQuery = Query(summaries.PurchasedRow, (PurchasedFilters, Paging), only=())
PurchaseQuery = Query(orders.Purchase, (PurchaseFilters, Paging))
InvoiceQuery = Query(orders.Invoice, (InvoiceFilters, Paging))
HoldQuery = Query(inventory.Hold, (HoldFilters, Paging))
VendorQuery = Query(directory.Vendor, (Tagged, Paging))
CustomerQuery = Query(directory.Customer, (CustomerFilters, Paging))
TicketQuery = Query(inventory.Ticket, (TicketFilters,))
