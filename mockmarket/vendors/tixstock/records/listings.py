"""Events and listings: as stored, as sent by resellers, and as shown to resellers and partners; and the feeds of both."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from mockmarket import records as field
from mockmarket.vendors.tixstock.records import values

FEED_COLUMNS = {"event_date": "starts_at", "event_id": "id"}
EVENT_COLUMNS = FEED_COLUMNS | {"venue_name": "venue_key", "performer_name": "performer_key"}
LISTING_COLUMNS = {"listing_id": "id", "event_id": "event", "event_date": "starts_at"}
LISTING_COLUMNS |= {"quantity_sold": "sold", "quantity_available": "available"}
"""The sort names of lists, with the column of each."""


class NotifiedVenue(TypedDict):
    """An event's venue within a notice (public, update event webhook): without its id. Unknown members are empty."""

    name: Annotated[str, field.Body(required=True, type=values.Name)]
    address_line_1: Annotated[str, field.Body(required=True, type=values.Text)]
    address_line_2: Annotated[str, field.Body(default="", type=values.Text)]
    city: Annotated[str, field.Body(default="", type=values.Text)]
    state: Annotated[str, field.Body(default="", type=values.Text)]
    postcode: Annotated[str, field.Body(required=True, type=values.Text)]
    country_code: Annotated[str, field.Body(required=True, type=values.CountryCode)]


_Identified = TypedDict("_Identified", {"id": Annotated[str, field.Body(required=True, type=values.Id)]})


class Venue(_Identified, NotifiedVenue):
    """An event's venue."""


class Performer(TypedDict):
    """A performer, under the vendor's own id."""

    id: Annotated[str, field.Body(required=True, type=values.Id)]
    name: Annotated[str, field.Body(required=True, type=values.Name)]


House = TypedDict("House", {"id": str, "name": str, "sections": list[values.Named]})  # a category of a venue
Parent = Mapping[str, object] | list[object]
EMPTY_LIST = {"type": "array", "items": {}, "maxItems": 0}


def parent_of(members: Mapping[str, object]) -> tuple[field.Check, field.Reads]:
    """Return the markers of a parent with these members, or of the empty list that PHP writes for an object without members."""
    shape = {"type": "object", "required": list(members), "properties": members}
    schema = {"oneOf": [shape, EMPTY_LIST]}

    def checked(value: object) -> None:
        if value != [] and (not isinstance(value, dict) or list(value) != list(members)):
            raise ValueError(f"Must have the members {', '.join(members)}, or be an empty list.")

    return field.Check(checked), field.Reads(values.unread, schema)


NAMED = {"id": values.STRING, "name": values.STRING}
ANY_PARENT = {"oneOf": [{"type": "object"}, EMPTY_LIST]}
NAMED_PARENT = parent_of(NAMED)
COUNTED_PARENT = parent_of(NAMED | {"upcoming_events": {"type": "integer", "minimum": 0}, "parent": ANY_PARENT})


class Category(values.Named):
    """The category of an event, with its parent."""

    upcoming_events: values.Count
    parent: Annotated[Parent, COUNTED_PARENT[0], COUNTED_PARENT[1]]


class CategoryNode(values.Named):
    """A category with its children."""

    upcoming_events: values.Count
    parent: Annotated[Parent, NAMED_PARENT[0], NAMED_PARENT[1]]
    children: list["CategoryNode"]


_Head = TypedDict("_Head", {"id": str, "name": str, "currency": str})
_PricedHead = TypedDict("_PricedHead", {"id": str, "name": str, "currency": str, "commission_percentage_fee": str})
_Described = TypedDict("_Described", {"description": str})
_Happening = TypedDict(
    "_Happening", {"datetime": values.Instant, "status": Annotated[str, field.OneOf(values.EVENT_STATUSES)]}
)


class _Setting(TypedDict):
    use_tixstock_venue_details: values.YesNo
    venue_details: list[House]
    performers: list[Performer]


_Held = TypedDict("_Held", {"venue": Venue})
_HeldNotice = TypedDict("_HeldNotice", {"venue": NotifiedVenue})


class _Show(_Happening, _Held, _Setting):
    pass


class NotifiedEvent(_Head, _Described, _Happening, _HeldNotice, _Setting):
    """One event of a notice, under the reseller's own id (public, update event webhook)."""


class ListedEvent(_PricedHead, _Described, _Show):
    """The event within a listing (public, add ticket webhook)."""


class Event(ListedEvent):
    """One event as stored; answers and notices show parts of it."""

    category: str


class GotEvent(_PricedHead, _Show):
    """One event of `GET /events/get` (public)."""

    category: Category
    mapped_status: values.YesNo


class PlayedEvent(_PricedHead, _Happening):
    """An event of a performer (public, get performers)."""

    use_tixstock_venue_details: values.YesNo
    map_url: str
    venue_details: list[House]


class MappedPerformer(Performer):
    """One performer of `GET /performers/get`."""

    variations: list[str]
    events: list[PlayedEvent]
    mapped_status: values.YesNo


class MappedVenue(Venue):
    """One venue of `GET /venues/get`, with its upcoming events."""

    events: list[PlayedEvent]
    mapped_status: values.YesNo


DOUBLED = "Must be empty when Tixstock's venue details are used."


@field.check(
    field.must(
        lambda body: not (body["use_tixstock_venue_details"] and body.get("venue_details")), DOUBLED, "venue_details"
    )
)
class NewEvent(TypedDict):
    """`POST /events/add/{event_id}`: public."""

    name: Annotated[str, field.Length(1, 300)]
    currency: values.Currency
    datetime: values.Moment
    venue: Annotated[Venue, field.Shaped(field.Create(Venue))]
    use_tixstock_venue_details: values.Truth
    venue_details: NotRequired[list[dict[str, Any]]]
    performers: Annotated[list[Performer], field.Shaped(field.Create(Performer)), field.Length(1, 50)]
    category: NotRequired[Annotated[str, field.Length(most=200)]]


class EventQuery(values.Descending):
    """`GET /events/get`: public."""

    event_id: values.Word
    event_name: Annotated[values.Word, field.Filter(operator="contains", column="name_key")]
    venue_name: Annotated[values.Word, field.Filter(operator="contains", column="venue_key")]
    performer_name: Annotated[values.Word, field.Filter(operator="contains", column="performer_key")]
    category_name: values.Word
    tag: Annotated[values.Word, field.Alias("tags")]
    tags: Annotated[values.Words, field.Alias("tags[]")]
    mapped_status: Annotated[values.Truth | None, field.Default(None)]
    start_date: values.Since
    end_date: Annotated[values.Since, field.Filter(operator="<=", column="starts_at")]
    order_by: Annotated[str, field.OneOf(tuple(EVENT_COLUMNS)), field.Default("event_date")]


class PerformerQuery(values.Descending):
    """`GET /performers/get`: public."""

    id: Annotated[values.Word, field.Filter()]
    name: Annotated[values.Word, field.Filter(operator="contains", column="name_key")]
    mapped_status: Annotated[values.Truth | None, field.Default(None)]
    order_by: Annotated[Literal["name", "id"], field.Default("name")]


class VenueQuery(PerformerQuery):
    """`GET /venues/get`: those of performers, and the place (public)."""

    city: Annotated[values.Word, field.Filter(operator="contains", column="city_key")]
    country_code: Annotated[values.Word, field.Filter(column="country")]


class VenueFeedQuery(values.Ascending):
    """`GET /venues/feed`: a partner's clients' parameters."""

    id: Annotated[values.Word, field.Filter()]
    name: Annotated[values.Word, field.Filter(operator="contains", column="name_key")]
    city: Annotated[values.Word, field.Filter(operator="contains", column="city_key")]
    country_code: Annotated[values.Word, field.Filter(column="country")]
    order_by: Annotated[Literal["name", "id"], field.Default("name")]


class CategoryQuery(values.Ascending):
    """`GET /categories/feed`: public."""

    name: values.Word
    parent: values.Word
    has_listing: Annotated[values.Truth, field.Default(False)]
    order_by: Annotated[Literal["name"], field.Default("name")]


class _TicketKind(TypedDict):
    general_admission: values.YesNo
    type: values.TicketType
    allow_last_minute_sales: values.YesNo
    split_type: values.SplitType


class ResellerTicket(_TicketKind):
    """The `ticket` shown to resellers."""

    eticket: list[dict[str, object]]
    upload_later: values.YesNo


class Ticket(ResellerTicket):
    """The `ticket` as stored."""

    instant_download: values.YesNo


class PartnerTicket(_TicketKind):
    """The `ticket` shown to partners."""

    etickets: list[dict[str, object]]
    upload_later: values.YesNo
    instant_download: values.YesNo


class Quantities(TypedDict):
    """The numbers of a listing's tickets by state."""

    quantity_available: values.Count
    quantity_sold: values.Count
    display_quantity: values.Count
    split_quantity: values.Count
    quantity_on_hold: values.Count


SeatDetails = TypedDict("SeatDetails", {"category": str, "section": str, "row": str, "first_seat": str})


class Restrictions(TypedDict):
    """Restrictions shown to buyers."""

    options: Annotated[list[str], field.Body(default=list, type=list[values.Text])]
    other: Annotated[str, field.Body(default="", type=values.Text)]


Delivery = TypedDict("Delivery", {"type": str, "hand_delivered": values.YesNo, "ready_shipped": values.YesNo})
"""The stored `delivery`, without the date, which is its event's."""


class ResellerDelivery(Delivery):
    """The `delivery` shown to resellers."""

    shipped_date_or_date_in_hand: Annotated[str, field.Pattern(r"\d{4}-\d\d-\d\d\Z")]


class PartnerDelivery(ResellerDelivery):
    """The `delivery` shown to partners."""

    options: list[dict[str, object]]


class Listing(TypedDict):
    """One listing as stored: the reseller's and the partner's fields together, without its event."""

    id: str
    broker_id: Annotated[str, field.Column("broker", index=False)]
    ticket: Ticket
    number_of_tickets_for_sale: Quantities
    seat_details: SeatDetails
    face_value: values.Money
    display_price: values.Money
    proceed_price: values.Money
    restrictions_benefits: Restrictions
    delivery: Delivery
    push_to_all: bool
    shown_at_most: int | None


class ResellerListing(TypedDict):
    """One listing as shown to a reseller; the id is null until the reseller has published it."""

    id: str | None
    broker_id: str
    ticket: ResellerTicket
    number_of_tickets_for_sale: Quantities
    seat_details: SeatDetails
    face_value: values.Money
    display_price: values.Money
    proceed_price: values.Money
    restrictions_benefits: Restrictions
    delivery: ResellerDelivery
    event: ListedEvent


class PartnerListing(TypedDict):
    """One listing as shown to a partner; `lighter_response` leaves out optional members (convention: no page lists them)."""

    id: str
    seller_id: values.Count
    seller_name: str
    ticket: PartnerTicket
    number_of_tickets_for_sale: Quantities
    seat_details: SeatDetails
    face_value: NotRequired[values.Money]
    display_price: NotRequired[values.Money]
    proceed_price: values.Money
    restrictions_benefits: NotRequired[Restrictions]
    delivery: NotRequired[PartnerDelivery]


class FedEvent(_Head, _Happening):
    """One event of the feed (public, a partner's client)."""

    map_url: str
    venue: Venue
    performers: list[Performer]
    category: Category
    listings: NotRequired[list[PartnerListing]]


class NewTicket(TypedDict):
    """The `ticket` of a reseller's listing."""

    general_admission: values.Truth
    type: values.TicketType
    split_type: values.SplitType
    upload_later: Annotated[values.Truth, field.Default(True)]
    allow_last_minute_sales: Annotated[values.Truth, field.Default(True)]


class NewQuantities(TypedDict):
    """The number of tickets of a reseller's listing, and its split rule."""

    quantity: values.Seats
    display_quantity: NotRequired[values.Seats]
    split_quantity: values.Split


class NewSeatDetails(TypedDict):
    """The seats of a reseller's listing."""

    category: Annotated[str, field.Length(1, 200)]
    section: NotRequired[Annotated[str, field.Length(most=200)]]
    row: NotRequired[Annotated[str | None, field.Length(most=50)]]
    first_seat: NotRequired[Annotated[int | None, field.AnyNumberForm(), field.Range(1, 100_000)]]


NewMoney = TypedDict("NewMoney", {"currency": values.Currency, "amount": values.Cents})


def _check_split(body: Mapping[str, Any]) -> None:
    sale, multiples = body["number_of_tickets_for_sale"], body["ticket"]["split_type"] == values.MULTIPLES
    where = "number_of_tickets_for_sale.split_quantity"
    if not multiples and sale["split_quantity"]:
        raise field.FieldError(f"Must be 0 unless the split type is {values.MULTIPLES}.", where)
    if multiples and not (sale["split_quantity"] and sale["quantity"] % sale["split_quantity"] == 0):
        raise field.FieldError("Must be above 0 and divide the quantity.", where)
    if sale.get("display_quantity", 1) > sale["quantity"]:
        raise field.FieldError("Must not be more than the quantity.", "number_of_tickets_for_sale.display_quantity")


@field.check(_check_split)
class ListingChange(TypedDict):
    """`PUT /tickets/update/{external_id}`: a reseller's complete listing."""

    broker_id: values.Id
    event_id: values.Id
    ticket: NewTicket
    number_of_tickets_for_sale: NewQuantities
    seat_details: NewSeatDetails
    face_value: NewMoney
    display_price: NotRequired[NewMoney]
    proceed_price: NewMoney
    restrictions_benefits: NotRequired[Annotated[Restrictions, field.Shaped(field.Create(Restrictions))]]
    push_to_all: Annotated[values.Truth, field.Default(False)]


@field.check(_check_split)
class NewListing(ListingChange):
    """`POST /tickets/add`: with the reseller's own id for the listing."""

    external_id: values.Id


class ListingQuery(values.Descending):
    """`GET /tickets/get`: public."""

    listing_id: values.Word
    event_id: values.Word
    ticket_type: Annotated[values.TicketType | None, field.Default(None), field.Filter(column="type")]
    order_by: Annotated[str, field.OneOf(tuple(LISTING_COLUMNS)), field.Default("listing_id")]


class FeedQuery(values.Ascending):
    """`GET /feed`: public clients' parameters."""

    category_name: values.Word
    event_id: Annotated[values.Word, field.Filter(column="id")]
    event_name: Annotated[values.Word, field.Filter(operator="contains", column="name_key")]
    venue_name: Annotated[values.Word, field.Filter(operator="contains", column="venue_key")]
    performer_name: Annotated[values.Word, field.Filter(operator="contains", column="performer_key")]
    start_date: Annotated[values.Since, field.Filter(operator=">=", column="starts_at")]
    end_date: Annotated[values.Since, field.Filter(operator="<=", column="starts_at")]
    include_listings: Annotated[values.Truth, field.Default(False)]
    order_by: Annotated[str, field.OneOf(tuple(FEED_COLUMNS)), field.Default("event_date")]


class ListingFeedQuery(TypedDict):
    """`GET /tickets/feed`: public. Without a page, all matching listings."""

    listing_id: Annotated[values.Word, field.Filter(column="id")]
    event_id: Annotated[values.Word, field.Filter(column="event")]
    event_ids: Annotated[values.Words, field.Alias("event_id[]")]
    ticket_type: Annotated[values.Word, field.Alias("ticket_types"), field.Filter(column="type")]
    ticket_types: Annotated[values.Words, field.Alias("ticket_types[]"), field.Filter(operator="in", column="type")]
    sort_order: Annotated[values.Direction, field.Default("asc")]
    category_name: Annotated[values.Word, field.Filter(column="category")]
    category_names: Annotated[
        values.Words, field.Alias("category_name[]"), field.Filter(operator="in", column="category")
    ]
    section_name: Annotated[values.Word, field.Filter(column="section")]
    section_names: Annotated[values.Words, field.Alias("section_name[]"), field.Filter(operator="in", column="section")]
    min_quantity: Annotated[values.MaybeSeats, field.Filter(operator=">=", column="available")]
    proceed_price_min: Annotated[values.Pounds, field.Filter(operator=">=", column="pence")]
    proceed_price_max: Annotated[values.Pounds, field.Filter(operator="<=", column="pence")]
    target_currency: Annotated[Literal["GBP", "USD", "EUR"] | None, field.Default(None)]
    seller_id: Annotated[values.Word, field.Filter(column="broker")]
    instant_download: Annotated[values.Truth, field.Default(False)]
    lighter_response: Annotated[values.Truth, field.Default(False)]
    per_page: Annotated[int | None, field.Default(None), field.Range(1)]
    page: Annotated[int | None, field.Default(None), field.Range(1, values.MOST_PAGES)]


class FeedMeta(values.MetaHead):
    """The `meta` of the ticket feed; with the members of a page only when one was requested."""

    current_page: NotRequired[int]
    first: Annotated[NotRequired[int | None], field.Alias("from")]
    to: NotRequired[int | None]
    last_page: NotRequired[int]
    path: NotRequired[str]
    per_page: NotRequired[int]
    total: NotRequired[int]
    min_price: NotRequired[str | None]
    max_price: NotRequired[str | None]
    total_tickets: NotRequired[int]
    events_meta: NotRequired[Annotated[object, field.Description("By event id, when ids were given as a list.")]]
    request_id: values.RequestId


ListingFeed = TypedDict(
    "ListingFeed", {"data": list[PartnerListing], "meta": FeedMeta, "links": NotRequired[values.Links]}
)
