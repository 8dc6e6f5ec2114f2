"""Resellers and brokers: as they are kept, as a fixture says them, and what brokers do from their own pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from mockmarket.records import (
    AnyNumberForm,
    Column,
    Default,
    Description,
    FieldError,
    Length,
    Pattern,
    Range,
    check,
)
from mockmarket.vendors.tixstock.records.values import (
    DEFAULT_TYPE,
    MULTIPLES,
    Id,
    Money,
    Name,
    Plain,
    Price,
    Seats,
    Split,
    SplitType,
    Status,
    Text,
    TicketType,
    WebAddress,
)

OrderId = Annotated[
    str,
    Length(1, 200),
    Description("The exchange's own id, tixstock_id, or the reseller's when only one order has it."),
]
Prefix = Annotated[str, Default(""), Length(most=20)]
OwnIds = Annotated[dict[str, str], Default(dict)]


class Reseller(TypedDict):
    """Who sells on the exchange. `events` is `all`, or `added` when it sells only events that it has added itself."""

    id: Plain
    name: Annotated[str, Default(""), Length(most=200)]
    dialect: Annotated[Literal["reseller", "partner"], Default("reseller")]
    events: Annotated[Literal["all", "added"], Default("all")]
    event_prefix: Prefix
    listing_prefix: Prefix


class ResellerSection(Reseller):
    """A reseller of the fixture: `mapped` gives its own ids for events, `unassigned` those that it does not sell."""

    mapped: OwnIds
    unassigned: Annotated[list[str], Default(list)]
    brokers: OwnIds


class Broker(TypedDict):
    """Whose tickets are sold; one whose account is not open can publish nothing."""

    id: Plain
    name: Name
    username: Annotated[Name, Default("broker@example.com")]
    open: Annotated[bool, Default(True)]


FIRST_BROKER: Broker = {"id": "1001", "name": "Quayside Seats", "username": "broker@example.com", "open": True}


class Section(TypedDict):
    """What a fixture says under `vendors: tixstock`."""

    brokers: Annotated[list[Broker], Default(lambda: [FIRST_BROKER])]
    resellers: Annotated[list[ResellerSection], Default(list)]


class EventMapping(TypedDict):
    """Whether an event is assigned to a reseller, and under which id of its own."""

    id: str
    reseller: Annotated[str, Column()]
    tixstock_event_id: Annotated[str, Column("event")]
    event_id: Annotated[str, Column("theirs")]
    status: Annotated[str, Column(index=False)]


class Publication(TypedDict):
    """How a listing stands at a reseller: its own id, null while it is not published, its own price, and what it missed."""

    id: str
    reseller: Annotated[str, Column()]
    listing_id: Annotated[str, Column("listing")]
    external_id: Annotated[str | None, Column("theirs")]
    display_price: Money | None
    missed: NotRequired[dict[str, str] | None]


class Link(TypedDict):
    """Whether a broker's account at a reseller is linked, and under which id of the reseller's."""

    id: str
    reseller: Annotated[str, Column()]
    tixstock_broker_id: Annotated[str, Column("broker")]
    broker_id: Annotated[str, Column("theirs")]
    connected: bool


class StatusAction(TypedDict):
    """Which order, and its status from now on."""

    order: OrderId
    status: Status


class TrackingAction(TypedDict):
    """Which order, and its shipping tracking id."""

    order: OrderId
    tracking: Name


class FulfilAction(TypedDict):
    """Which order, how many of its tickets (all that are left without it), and the links that prove a Mobile transfer."""

    order: OrderId
    count: Annotated[Seats | None, Default(None)]
    proof_file_url: Annotated[list[WebAddress], Default(list)]


class ListingAction(TypedDict):
    """Which listing, by the exchange's own id."""

    listing: Id


class ListingUpdate(ListingAction):
    """Which listing, and what changes of it."""

    price: NotRequired[Annotated[Price, AnyNumberForm()]]
    type: NotRequired[TicketType]
    restrictions: NotRequired[list[Text]]


def check_split(body: Mapping[str, Any]) -> None:
    """Refuse a split quantity that its split type does not have."""
    multiples = body["split_type"] == MULTIPLES
    fits = body["split_quantity"] > 0 and body["quantity"] % body["split_quantity"] == 0 if multiples else True
    if not fits or (not multiples and body["split_quantity"]):
        raise FieldError(f"Must divide the quantity for {MULTIPLES}, else be 0.", "split_quantity")


@check(check_split)
class BrokerListing(TypedDict):
    """A broker's new listing; without a broker it is the first one's."""

    event: Id
    section: Name
    category: NotRequired[Name]
    row: Annotated[str, Default("A"), Length(1, 50)]
    first_seat: Annotated[int, Default(1), Range(1, 100_000)]
    general_admission: Annotated[bool, Default(False)]
    quantity: Seats
    price: Annotated[Price, AnyNumberForm()]
    currency: Annotated[str, Default("USD"), Pattern(r"[A-Z]{3}\Z", "Must be like USD.")]
    type: Annotated[TicketType, Default(DEFAULT_TYPE)]
    split_type: Annotated[SplitType, Default("No Preferences")]
    split_quantity: Split
    broker: NotRequired[Id]


class BrokerAction(TypedDict):
    """Which broker; the first without one."""

    broker: Annotated[Id | None, Default(None)]


class AuthenticateAction(BrokerAction):
    """Which broker signs in at which reseller, with which password; its own username without one."""

    reseller: Annotated[str, Length(most=200)]
    username: NotRequired[Name]
    password: Name
