"""The bodies of notices: their envelope, and the data of those that show neither an event, a listing nor an order as calls do."""

from typing import Generic, NotRequired, TypedDict, TypeVar

from mockmarket.vendors.tixstock.records import values
from mockmarket.vendors.tixstock.records.listings import SeatDetails
from mockmarket.vendors.tixstock.records.orders import Order

T = TypeVar("T")

NoticeMeta = TypedDict("NoticeMeta", {"type": str})


class Notice(TypedDict, Generic[T]):
    """The body of a notice."""

    data: T
    meta: NoticeMeta


class Identifiers(TypedDict, total=False):
    """What the document promises of a listing's notice, in the receiver's own ids: left out with `notice_identifiers` = `without`."""

    event_id: str
    broker_id: str
    seat_details: SeatDetails


ListingIds = TypedDict(
    "ListingIds", {"external_id": str, "id": str}, total=False
)  # `id` alone for a partner, else `external_id` alone
Held = TypedDict("Held", {"hold_quantity": int})
Released = TypedDict("Released", {"release_quantity": int})


class Hold(ListingIds, Held, Identifiers):
    """Data of ticket.hold (public)."""


class Release(ListingIds, Released, Identifiers):
    """Data of ticket.release (public)."""


class Deletion(values.DeletedListing, Identifiers):
    """Data of ticket.delete (public)."""


class Sold(TypedDict):
    """The numbers of a sale; the reseller that pushed the listing sees the order too (public, sold webhook)."""

    listing_id: str
    sold_quantity: int
    quantity: int
    first_seat: int | None
    order_details: NotRequired[Order]


class Sale(Sold, Identifiers):
    """Data of ticket.sold."""


class Fulfilment(TypedDict):
    """Data of both fulfilment notices: one ticket; row and seat are null for general admission (public)."""

    order_id: str
    id: str
    general_admission: int
    row: str | None
    seat: str | None
    file: str
    proof_file_url: list[str]


class Credentials(TypedDict):
    """Data of broker.authenticate: what a reseller checks of a broker, the password in clear (public)."""

    username: str
    password: str
    tixstock_account_is_open: values.YesNo


OwnBroker = TypedDict("OwnBroker", {"broker_id": str})
"""Data of broker.open and broker.closed (public)."""
