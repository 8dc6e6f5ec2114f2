"""Holds and orders, their resellers and brokers, the fixture's section on these, and the fields of actions."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from mockmarket import records as field
from mockmarket.vendors.tixstock.records import values

Sent = Mapping[str, Any]
MaybeText = Annotated[str | None, field.Body(type=values.Text | None)]
HolderText = Annotated[str, field.Body(type=values.Text)]

ORDER_COLUMNS = {"date": "placed_at", "id": "order_id", "event_id": "event", "event_date": "event_at"}
"""The sort names of orders, with the column of each."""


class Address(TypedDict):
    """An address; unknown members are null."""

    address_line_1: MaybeText
    address_line_2: MaybeText
    town: MaybeText
    county: MaybeText
    postcode: MaybeText
    country_code: Annotated[str | None, field.Body(type=values.CountryCode | None)]


Country = TypedDict("Country", {"country": NotRequired[values.CountryCode | None]})
"""A reseller's update sends `country` for the country code (public)."""
SentAddress = Annotated[Address, field.Shaped(field.Create(Address, (Country,)))]


class Customer(TypedDict):
    """The buyer; only the id is required."""

    id: Annotated[str | None, field.Body(required=True, type=values.Id)]
    first_name: MaybeText
    last_name: MaybeText
    email_address: MaybeText
    dob: NotRequired[HolderText]
    national_id: NotRequired[HolderText]
    contact_number: MaybeText
    billing_address: Annotated[Address, field.Body(type=SentAddress)]
    shipping_address: Annotated[Address, field.Body(type=SentAddress)]


class Holder(TypedDict):
    """A ticket's holder (public, the customer of each item)."""

    first_name: HolderText
    last_name: HolderText
    email_address: HolderText
    dob: HolderText
    national_id: HolderText
    contact_number: HolderText
    address: HolderText
    nationality: HolderText
    birth_place: HolderText
    birth_country: HolderText


class Item(TypedDict):
    """One ticket of an order."""

    listing_id: str
    general_admission: values.YesNo
    type: str
    section: str
    row: str
    file: list[str]
    customer: NotRequired[Holder]


class Order(TypedDict):
    """One order (public, order resource); the id is the reseller's own."""

    id: Annotated[str, field.Column("order_id")]
    date: values.Instant
    customer: Customer
    items: list[Item]
    quantity: values.Count
    currency: str
    sub_total: values.Amount
    grand_total: values.Amount
    status: Annotated[values.Status, field.Column()]
    shipping_tracking_id: str | None
    shipping_label: str | None


class StoredOrder(Order):
    """One order as stored, with its id at the exchange, its reseller, and internal members."""

    tixstock_id: str
    reseller: str
    dialect: str
    notes: NotRequired[str]
    fulfilled: int
    answered_status: NotRequired[str]


HoldRequest = TypedDict("HoldRequest", {"quantity": values.Quantity})

PartnerHoldRequest = TypedDict("PartnerHoldRequest", {"quantity": values.Quantity, "listing_id": values.Id})


class Release(TypedDict):
    """`PUT /tickets/release`: the hold, and the quantity; without a quantity all held tickets."""

    hold_id: values.Id
    release_quantity: NotRequired[values.Quantity]
    quantity: NotRequired[values.Quantity]


NewItem = TypedDict(
    "NewItem", {"customer": Annotated[Mapping[str, str], field.Shaped(field.Create(Holder)), field.Default(dict)]}
)
Items = Annotated[list[NewItem], field.Length(most=values.MOST_SEATS)]


class NewOrder(TypedDict):
    """`POST /order/add/…` and `POST /orders/add/…`; the status in the vendor's words or the reseller's."""

    order_id: values.Id
    order_status: values.Id
    datetime: values.Moment
    currency: values.Currency
    customer: Annotated[Sent, field.Shaped(field.Create(Customer))]
    items: Annotated[Items, field.Default(list)]
    shipping_label: NotRequired[values.Text | None]
    notes: NotRequired[Annotated[str, field.Length(most=5000)]]


WHOLE = ("address_line_1", "town", "postcode")


def _check_change(body: Sent) -> None:
    """Public, update order: a status, an address or people are needed, and an address is whole."""
    if not body.keys() & {"order_status", "shipping_address", "customer", "items"}:
        raise field.FieldError("Missing data for required field.", "order_status")
    address = body.get("shipping_address", {})
    parts = {name: address.get(name) for name in WHOLE} | {
        "country": address.get("country") or address.get("country_code")
    }
    for name in [name for name, part in parts.items() if address and not part]:
        raise field.FieldError("Missing data for required field.", f"shipping_address.{name}")


@field.check(_check_change)
class OrderChange(TypedDict, total=False):
    """`POST /order/update/…` and `POST /orders/update/…`: a status, an address, or both."""

    order_status: values.Id
    shipping_address: SentAddress
    shipping_label: Annotated[str | None, field.Link(), field.Length(most=500)]
    ticket_type: values.TicketType
    datetime: values.Moment
    customer: Annotated[Sent, field.Shaped(field.Update(Customer))]
    items: Items
    notes: Annotated[str, field.Length(most=5000)]


class OrderQuery(values.Descending):
    """`GET /order/get`: public."""

    order_id: Annotated[values.Word, field.Filter()]
    event_id: values.Word
    broker_id: values.Word
    since: Annotated[values.Since, field.Alias("from"), field.Filter(operator=">=", column="placed_at")]
    until: Annotated[values.Since, field.Alias("to"), field.Filter(operator="<=", column="placed_at")]
    ticket_type: Annotated[values.TicketType | None, field.Default(None), field.Filter(column="type")]
    status: Annotated[values.Word, field.Filter()]
    order_by: Annotated[str, field.OneOf(tuple(ORDER_COLUMNS)), field.Default("date")]


OrderId = Annotated[values.Id, "The exchange's own id, tixstock_id, or the reseller's when only one order has it."]
OwnIds = Annotated[dict[str, str], field.Default(dict)]


class ResellerSection(TypedDict):
    """A reseller of the fixture; with `events: added` it sells only those `mapped` and those that it adds, never those `unassigned`."""

    id: values.Plain
    name: Annotated[str, field.Default(""), field.Length(most=200)]
    dialect: Annotated[Literal["reseller", "partner"], field.Default("reseller")]
    events: Annotated[Literal["all", "added"], field.Default("all")]
    event_prefix: Annotated[str, field.Default(""), field.Length(most=20)]
    listing_prefix: Annotated[str, field.Default(""), field.Length(most=20)]
    mapped: OwnIds
    unassigned: Annotated[list[str], field.Default(list)]
    brokers: OwnIds
    order_statuses: Annotated[dict[str, values.Status], field.Default(dict)]


class Broker(TypedDict):
    """A seller of tickets; a broker whose account is not open can publish nothing."""

    id: values.Plain
    name: values.Name
    username: Annotated[values.Name, field.Default("broker@example.com")]
    open: Annotated[bool, field.Default(True)]


FIRST_BROKER: Broker = {"id": "1001", "name": "Quayside Seats", "username": "broker@example.com", "open": True}


class Section(TypedDict):
    """The fixture's section `vendors: tixstock`."""

    brokers: Annotated[list[Broker], field.Default(lambda: [FIRST_BROKER])]
    resellers: Annotated[list[ResellerSection], field.Default(list)]


StatusAction = TypedDict("StatusAction", {"order": OrderId, "status": values.Status})
TrackingAction = TypedDict("TrackingAction", {"order": OrderId, "tracking": values.Name})


class FulfilAction(TypedDict):
    """The order, the number of its tickets (by default all remaining ones), and the links that prove a Mobile transfer."""

    order: OrderId
    count: values.MaybeSeats
    proof_file_url: Annotated[list[Annotated[str, field.Link()]], field.Default(list)]


ListingAction = TypedDict("ListingAction", {"listing": values.Id})  # by the exchange's own id


class EventUpdate(TypedDict):
    """The event, by the exchange's id, and its changes."""

    event: values.Id
    name: NotRequired[values.Name]
    status: NotRequired[Annotated[str, field.OneOf(values.EVENT_STATUSES)]]


class ListingUpdate(ListingAction):
    """The listing, and its changes; the quantity is what is left to be sold."""

    quantity: NotRequired[values.Seats]
    first_seat: NotRequired[Annotated[int, field.Range(1, 100_000)]]
    split_type: NotRequired[values.SplitType]
    split_quantity: NotRequired[Annotated[int, field.Range(0, values.MOST_SEATS)]]
    price: NotRequired[Annotated[values.Price, field.AnyNumberForm()]]
    type: NotRequired[values.TicketType]
    restrictions: NotRequired[list[values.Text]]


def _check_split(body: Sent) -> None:
    size, multiples = body["split_quantity"], body["split_type"] == values.MULTIPLES
    if multiples != (size > 0) or (multiples and body["quantity"] % size):
        raise field.FieldError(f"Must divide the quantity for {values.MULTIPLES}, else be 0.", "split_quantity")


@field.check(_check_split)
class BrokerListing(TypedDict):
    """A broker's new listing; by default the first broker's."""

    event: values.Id
    section: values.Name
    category: NotRequired[values.Name]
    row: Annotated[str, field.Default("A"), field.Length(1, 50)]
    first_seat: Annotated[int, field.Default(1), field.Range(1, 100_000)]
    general_admission: Annotated[bool, field.Default(False)]
    quantity: values.Seats
    price: Annotated[values.Price, field.AnyNumberForm()]
    currency: Annotated[str, field.Default("USD"), field.Pattern(r"[A-Z]{3}\Z", "Must be like USD.")]
    type: Annotated[values.TicketType, field.Default(values.DEFAULT_TYPE)]
    split_type: Annotated[values.SplitType, field.Default("No Preferences")]
    split_quantity: values.Split
    broker: NotRequired[values.Id]


BrokerAction = TypedDict("BrokerAction", {"broker": Annotated[values.Id | None, field.Default(None)]})
"""The broker, by default the first."""


DisconnectAction = TypedDict(
    "DisconnectAction", {"broker": values.Id, "reseller": Annotated[str, field.Length(most=200)]}
)


class AuthenticateAction(BrokerAction):
    """The broker, the reseller, and the credentials; by default the broker's own username."""

    reseller: Annotated[str, field.Length(most=200)]
    username: NotRequired[values.Name]
    password: values.Name
