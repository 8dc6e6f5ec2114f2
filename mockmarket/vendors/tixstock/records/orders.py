"""Holds and orders: as they are kept, sent by resellers and partners, and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from mockmarket.records import (
    Alias,
    Body,
    Column,
    Create,
    Default,
    FieldError,
    Filter,
    Length,
    Shaped,
    Update,
    check,
)
from mockmarket.vendors.tixstock.records.values import (
    MOST_SEATS,
    Amount,
    Count,
    CountryCode,
    Currency,
    Descending,
    Id,
    Instant,
    Moment,
    Notes,
    Paged,
    Quantity,
    Since,
    Status,
    Text,
    TicketType,
    Word,
    YesNo,
)

MaybeText = Annotated[str | None, Body(type=Text | None)]
HolderText = Annotated[str, Body(type=Text)]


class Hold(TypedDict):
    """Tickets kept for one reseller until they are bought, released, or lapse; `quantity` is what is still held."""

    hold_id: str
    listing_id: Annotated[str, Column("listing")]
    quantity: int
    status: Annotated[str, Column()]
    created_at: str
    expires_at: str


class Address(TypedDict):
    """An address; what is not known is null."""

    address_line_1: MaybeText
    address_line_2: MaybeText
    town: MaybeText
    county: MaybeText
    postcode: MaybeText
    country_code: Annotated[str | None, Body(type=CountryCode | None)]


class Country(TypedDict):
    """A reseller's update says `country` for the country code (public)."""

    country: NotRequired[CountryCode | None]


NewAddress = Create(Address, (Country,))
SentAddress = Annotated[Address, Shaped(NewAddress)]


class Customer(TypedDict):
    """Who bought; only the id is needed."""

    id: Annotated[str | None, Body(required=True, type=Id)]
    first_name: MaybeText
    last_name: MaybeText
    email_address: MaybeText
    dob: NotRequired[HolderText]
    national_id: NotRequired[HolderText]
    contact_number: MaybeText
    billing_address: Annotated[Address, Body(type=SentAddress)]
    shipping_address: Annotated[Address, Body(type=SentAddress)]


class Holder(TypedDict):
    """Whose a ticket is (public, the customer of each item)."""

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
    general_admission: YesNo
    type: str
    section: str
    row: str
    file: list[str]
    customer: NotRequired[Holder]


class Order(TypedDict):
    """One order (public, order resource); the id is the reseller's own."""

    id: Annotated[str, Column("order_id")]
    date: Instant
    customer: Customer
    items: list[Item]
    quantity: Count
    currency: str
    sub_total: Amount
    grand_total: Amount
    status: Annotated[Status, Column()]
    shipping_tracking_id: str | None
    shipping_label: str | None


class OrderKey(TypedDict):
    """Whose an order is, and its id at the exchange."""

    tixstock_id: str
    reseller: Annotated[str, Column()]
    dialect: str


class StoredOrder(OrderKey, Order):
    """One order as it is kept, with what only we remember."""

    notes: NotRequired[str]
    fulfilled: int
    answered_status: NotRequired[str]


class Fulfilment(TypedDict):
    """The hand-over of one ticket (public, order fulfilment webhooks)."""

    order_id: str
    id: str
    general_admission: int
    row: str | None
    seat: str | None
    file: str
    proof_file_url: list[str]


class HoldRequest(TypedDict):
    """`POST /tickets/hold/{external_id}`: how many."""

    quantity: Quantity


class PartnerHoldRequest(HoldRequest):
    """`POST /tickets/hold`: of which listing, and how many."""

    listing_id: Id


class Release(TypedDict):
    """`PUT /tickets/release`: of which hold, and how many; all that is held when no quantity is given."""

    hold_id: Id
    release_quantity: NotRequired[Quantity]
    quantity: NotRequired[Quantity]


class NewItem(TypedDict):
    """One ticket of an order: whose it is."""

    customer: Annotated[Mapping[str, str], Shaped(Create(Holder)), Default(dict)]


Items = Annotated[list[NewItem], Length(most=MOST_SEATS)]


class NewOrder(TypedDict):
    """`POST /order/add/…` and `POST /orders/add/…`."""

    order_id: Id
    order_status: Status
    datetime: Moment
    currency: Currency
    customer: Annotated[Mapping[str, Any], Shaped(Create(Customer))]
    items: Annotated[Items, Default(list)]
    shipping_label: NotRequired[Text | None]
    notes: NotRequired[Notes]


def check_change(body: Mapping[str, object]) -> None:
    """Refuse a change that changes nothing (public: a status, unless address details are given)."""
    if not body:
        raise FieldError("Missing data for required field.", "order_status")


@check(check_change)
class OrderChange(TypedDict, total=False):
    """`POST /order/update/…` and `POST /orders/update/…`: a status, or an address, or both."""

    order_status: Status
    shipping_address: SentAddress
    shipping_label: Text | None
    ticket_type: TicketType
    datetime: Moment
    customer: Annotated[Mapping[str, Any], Shaped(Update(Customer))]
    items: Items
    notes: Notes


class OrderQuery(Descending, Paged):
    """`GET /order/get`: public."""

    order_id: Annotated[Word, Filter()]
    event_id: Word
    broker_id: Word
    since: Annotated[Since, Alias("from"), Filter(operator=">=", column="placed_at")]
    until: Annotated[Since, Alias("to"), Filter(operator="<=", column="placed_at")]
    ticket_type: Annotated[TicketType | None, Default(None), Filter(column="type")]
    status: Annotated[Word, Filter()]
    order_by: Annotated[Literal["date", "id", "event_id", "event_date"], Default("date")]
