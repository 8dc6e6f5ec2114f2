"""An account's directory: events, venues and performers, its vendors and customers, the account itself, its users and webhooks."""

from datetime import date, datetime, time
from functools import partial
from typing import Annotated, TypedDict

from mockmarket.clock import iso_ms, parse_iso
from mockmarket.records import (
    Body,
    Column,
    Create,
    Default,
    Filter,
    Length,
    OneOf,
    Pattern,
    Query,
    Reads,
    Shaped,
    Sort,
    formats,
)
from mockmarket.records.views import From
from mockmarket.store.records import Condition, Operator
from mockmarket.vendors.skybox.records import types
from mockmarket.vendors.skybox.records.types import ANY_OF, initial, one_of

NOT_A_DATE = "must be a date such as 2026-03-01, or a date-time such as 2026-03-01T19:30:00"
DATE = {"type": "string", "description": NOT_A_DATE, "example": "2026-03-01"}


def read_event_date(operator: Operator, value: object) -> Condition:
    """Return an end of a range of dates (public: whole days) as a condition on the venue's time, or with a zone on the moment."""
    text = formats.text(value)
    try:
        at = _event_time(text, time.max if operator == "<=" else time.min)
        if at.tzinfo is not None:
            return ("starts_at", operator, parse_iso(text))
    except ValueError:
        raise ValueError(f"{NOT_A_DATE}{formats.bare_plus(text)}") from None
    return ("local", operator, at.isoformat(timespec="seconds"))


def _event_time(text: str, of_day: time) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), of_day)
    except ValueError:
        return datetime.fromisoformat(text)


def part(column: str, name: str | None = None) -> Filter:
    """Return a case-insensitive substring filter: `column` has the text in lower case."""
    return Filter(name, "contains", column, types.Folded)


Name = Annotated[str, Column(), Sort()]
Numbered = Annotated[types.Id, Column("number", "INTEGER")]


DateFrom = Annotated[Condition | None, Reads(partial(read_event_date, ">="), DATE), Default(None)]
DateTo = Annotated[Condition | None, Reads(partial(read_event_date, "<="), DATE), Default(None)]


class EventSpan(TypedDict):
    """The range of an event's date."""

    eventDateFrom: DateFrom
    eventDateTo: DateTo


Zone = TypedDict("Zone", {"id": str})


class Venue(TypedDict):
    """A venue."""

    id: Annotated[Numbered, Filter(), Sort()]
    name: Annotated[Name, part("name_key")]
    address: str
    city: Annotated[str, Column(index=False), Sort(), part("city_key")]
    state: Annotated[str, Column(index=False), Sort(), ANY_OF]
    country: str
    postalCode: str
    phone: str
    timeZone: Zone


Category = TypedDict("Category", {"id": Numbered, "name": Name, "eventType": types.EventType})


class Performer(TypedDict):
    """A performer, or a team."""

    id: Numbered
    name: Annotated[Name, part("name_key")]
    eventType: types.EventType
    category: Category


class Event(TypedDict):
    """An event; `date` is the venue's own time."""

    id: Annotated[Numbered, Filter("eventId", "in"), Sort()]
    name: Annotated[Name, Sort("eventName"), part("name_key", "event")]
    date: Annotated[str, Column("local"), Sort(), Sort("eventDate")]
    venue: Annotated[
        Venue,
        Column("venue", "INTEGER", "$.venue.id"),
        Column("venue_name", path="$.venue.name", index=False),
        Column("city", path="$.venue.city", index=False),
        Column("state", path="$.venue.state", index=False),
        Column("country", path="$.venue.country", index=False),
        Sort(column="venue_name"),
        Sort("city", "city"),
        Sort("state", "state"),
        Filter("venueId", column="venue", type=types.Id),
        part("venue_key", "venue"),
        part("city_key", "city"),
        Filter("state", "in", "state", str),
        Filter("country", "in", "country", str),
    ]
    performerId: Annotated[int, Column("performer", "INTEGER")]
    performer: Annotated[
        Performer,
        Column("type", path="$.performer.eventType", index=False),
        Column("category", "INTEGER", "$.performer.category.id"),
        Column("performer_name", path="$.performer.name", index=False),
        Sort(column="performer_name"),
        Filter("eventType", column="type", type=types.EventType),
        Filter("categoryId", column="category", type=types.Id),
        part("category_key", "category"),
    ]
    keywords: str
    chartUrl: str | None
    stubhubEventId: int | None
    stubhubEventUrl: str | None
    tags: str
    notes: str | None
    eiEventId: int | None
    optOutReplenishment: bool | None
    ticketCount: int | None
    mySoldTickets: int | None
    myCancelledTickets: int | None
    disabled: bool
    vividSeatsEventUrl: str | None


PerformerQuery = Query(Performer)
VenueQuery = Query(Venue, (types.Paging,))

OptionalText = Annotated[types.Text | None, Body()]
Needed = Annotated[str | None, Body(required=True, type=types.RequiredText)]
"""A text that a write requires; an account's first vendor and customer may lack it."""


class Address(TypedDict):
    """An address (public: what a write requires)."""

    firstName: OptionalText
    lastName: OptionalText
    company: OptionalText
    address1: Needed
    address2: OptionalText
    city: Needed
    state: Needed
    postalCode: Needed
    country: Needed
    phone1: Needed
    phone2: OptionalText
    fax: OptionalText


PartyTags = Annotated[str, Body(type=types.LongText | None), Column(index=False)]
Outlawed = Annotated[list[str], Body(type=list[types.PaymentMethod] | None)]
NeededTerms = Annotated[types.Terms, Body(required=True)]
NeededDelivery = Annotated[types.DeliveryMethod, Body(required=True)]
NeededPayment = Annotated[types.PaymentMethod, Body(required=True), Column("payment", index=False)]


class Party(TypedDict):
    """The first members of vendors and customers."""

    id: Annotated[types.Number, Body()]
    accountId: types.AccountId
    createdDate: Annotated[str, Column("created", index=False), Sort()]
    lastUpdate: Annotated[str, Column("updated", index=False), Sort()]
    email: Annotated[Needed, Column(index=False), Sort(), part("email_key")]
    email2: OptionalText
    useEmail2: Annotated[bool, Body(type=bool | None)]
    company: Annotated[OptionalText, Column(index=False), Sort(), part("company_key")]
    address: Annotated[
        Address,
        Body(required=True, type=Annotated[dict[str, object], Shaped(Create(Address))]),
        Column("state", path="$.address.state", index=False),
        Column("country", path="$.address.country", index=False),
        part("city_key", "city"),
        Filter("state", "in", "state", str),
        Filter("country", "in", "country", str),
        part("phone_key", "phone"),
    ]
    notes: Annotated[types.LongText | None, Body()]
    firstName: OptionalText
    lastName: Annotated[OptionalText, part("last_name_key")]
    title: OptionalText
    displayName: Annotated[str, Length(1, 100), Body(required=True), Column("name"), Sort(), part("name_key")]


class Vendor(Party):
    """A vendor."""

    type: Annotated[str, one_of("vendorType"), Body(required=True), Column(index=False), Filter("vendorType", "in")]
    paymentMethod: NeededPayment
    purchaseTerm: NeededTerms
    tags: PartyTags
    defaultDeliveryMethod: NeededDelivery
    outlawedPaymentMethods: Outlawed
    deleted: Annotated[bool, initial(False)]
    accountDefault: Annotated[bool, Column("is_default", "INTEGER", index=False)]


class Customer(Party):
    """A customer."""

    outlawedPaymentMethods: Outlawed
    customerType: Annotated[str, one_of("customerType"), Body(required=True), Column("type", index=False), ANY_OF]
    salesTerm: NeededTerms
    paymentMethod: Annotated[NeededPayment, Filter()]
    arThreshold: Annotated[float | None, Body()]
    tags: PartyTags
    defaultDeliveryMethod: NeededDelivery
    lastInvoiceDate: str | None
    deleted: Annotated[bool, initial(False)]
    outstandingBalance: Annotated[float, initial(0.0)]
    creditBalance: Annotated[float, initial(0.0)]


class DefaultCustomer(TypedDict):
    """The customer that an account's sales through a marketplace are billed to."""

    accountId: types.AccountId
    customerId: Annotated[types.Id, Body(required=True)]
    marketplace: Annotated[str, one_of("marketplace"), Body(required=True), Column(index=False)]


NewVendor = Create(Vendor)
NewCustomer = Create(Customer)
NewDefaultCustomer = Create(DefaultCustomer)
Unknown = Annotated[str, initial("")]  # a member that no fixture sets


class Account(TypedDict):
    """An account."""

    id: types.Key
    company: Unknown
    email: Unknown
    firstName: Unknown
    lastName: Unknown
    phone: Unknown
    address1: Unknown
    address2: Unknown
    city: Unknown
    state: str | None
    postalCode: Unknown
    country: str | None
    externalMerchantId: str | None
    creationDate: str
    lastUpdate: str
    logo: str | None
    deleteCancelledTickets: Annotated[bool, initial(False)]
    accountSettings: types.Objects


class User(TypedDict):
    """A user of an account: the holder of an API token."""

    id: Annotated[int, Sort()]
    accountId: int
    email: Annotated[str, Sort()]
    firstName: Annotated[str, Sort()]
    lastName: Annotated[str, Sort()]
    phone: str
    creationDate: str
    lastUpdate: str
    agreedToTerms: Annotated[bool, initial(True)]
    roles: types.Objects
    deleted: Annotated[bool, initial(False)]
    originalAccount: int


class TagSummary(TypedDict):
    """How many records have a tag (public); its id follows from its text (convention)."""

    id: Annotated[int, Sort()]
    tag: Annotated[str, Sort()]
    tagType: str | None
    inventoryCount: Annotated[int, Sort()]
    invoiceCount: Annotated[int, Sort()]
    poCount: Annotated[int, Sort()]
    eventCount: Annotated[int, Sort()]
    customerCount: Annotated[int, Sort()]
    vendorCount: Annotated[int, Sort()]
    totalCount: Annotated[int, Sort()]


TagRequest = TypedDict("TagRequest", {"tag": Annotated[types.RequiredText, Pattern(r".*[^\s,]", "must have a word")]})
"""Public; a text with spaces or commas is several tags (convention)."""
TaggedKind = Annotated[str, OneOf(("EVENT", "CUSTOMER", "INVENTORY", "VENDOR", "PURCHASE", "INVOICE"))]
Tags = Annotated[list[types.RequiredText] | None, Length(most=1000), Default(None)]


class TagChange(TypedDict):
    """`PUT /tags/bulk` (public: BulkTagRequest)."""

    entityIds: types.Ids
    entityType: TaggedKind
    tagsToAdd: Tags
    tagsToRemove: Tags
    cleanOldTags: Annotated[bool, Default(False)]


TagQuery = TypedDict("TagQuery", {"tag": types.RequiredText})
TagFilters = TypedDict("TagFilters", {"id": types.OptionalId, "tag": Annotated[types.Text, Default("")]})
TaggedIds = TypedDict("TaggedIds", {"id": Annotated[list[types.Id], Length(1, 1000)]})
UserFilters = TypedDict("UserFilters", {"email": Annotated[types.Folded, Default("")]})
SearchQuery = TypedDict("SearchQuery", {"key": Annotated[str, Length(1, 200)]})
Match = TypedDict("Match", {"entityId": int, "entityType": str, "matchedField": str, "externalRef": str | None})


class Webhook(TypedDict):
    """One subscription: document, a write has all four members; the setting `all_webhook_fields` can require fewer."""

    id: int
    topic: Annotated[str, OneOf(tuple(types.TOPICS)), Body(required=True)]
    url: Annotated[str, Length(1, 2048), Body(required=True)]
    headers: Annotated[str, Body(type=Annotated[str | None, Length(most=60_000)])]
    secret: Annotated[str, Body(type=types.Text | None)]
    createdAt: Annotated[str, From("created_at", iso_ms)]
    updatedAt: Annotated[str, From("updated_at", iso_ms)]


NewWebhook = Create(Webhook)
UserQuery = Query(User, (UserFilters, types.Paging))
TagSummaryQuery = Query(TagSummary, (TagFilters, types.Paging))


class CatalogRow(TypedDict):
    """An event of the catalogue (public: the members that a real client reads)."""

    id: int
    name: str
    date: str
    venue: Venue
    performer: Performer
    keywords: str
    stubhubEventId: int | None


Catalog = TypedDict("Catalog", {"rows": list[CatalogRow]})
NotificationType = Annotated[str, OneOf(("MESSAGE", "RELEASE", "MAPPING_QUEUE", "UPCOMING_OPEN_ORDERS", "EVENT_DELTA"))]
Notification = TypedDict(
    "Notification", {"title": str, "message": str, "extra": str | None, "type": NotificationType, "alertId": int | None}
)
