"""Types that all of SkyBox's records share: enumerations (public, the OpenAPI file), ids, money, texts, times, pages."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Generic, TypedDict, TypeVar

from mockmarket import clock, records as field
from mockmarket.records import formats
from mockmarket.rules.search import folded
from mockmarket.store import Record

T = TypeVar("T")
Shape = TypeVar("Shape", bound=type)
Payload = Mapping[str, Any]  # a loaded body or query

NAME = "skybox"
MOST_NUMBER = 2**53  # the largest whole number that every JSON reader keeps exact
MOST_MONEY = 1_000_000_000
MOST_PRICE = 1_000_000  # of one ticket, as in fixtures and at every other vendor (convention)
DATE_TIME = {"type": "string", "format": "date-time"}
NOT_A_MOMENT = "must be an ISO 8601 date-time such as 2026-03-01T12:00:00Z"


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


def initial(value: object) -> field.Body:
    """Return the marker of a field that no call sets, with its value in a new record."""
    return field.Body(create=False, update=False, default=value)


def _read_money(value: object) -> float:
    amount = formats.number(value)
    # A value out of every range is refused as sent: its cents may exceed a double.
    return amount if abs(amount) > MOST_MONEY else round(amount * 100) / 100


read_moment = partial(formats.moment, sentence=NOT_A_MOMENT)  # as epoch ms, in UTC without a zone


def _read_moment_text(value: object) -> str:
    text = _in_words(value)
    read_moment(text)
    return str(text)


def _in_words(value: object) -> object:
    # Java writes and reads times as epoch ms too (convention: its JSON libraries' default).
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return clock.iso_ms(value) if is_number and 0 <= value <= clock.LATEST else value  # type: ignore[arg-type,operator]


def _read_base64(value: object) -> str:
    """Return base64 in its one form, without line breaks."""
    try:
        return b64encode(b64decode("".join(formats.text(value).split()), validate=True)).decode()
    except binascii.Error:
        raise ValueError("must be base64") from None


def _read_day(value: object) -> str:
    sentence = "must be a date such as 2026-03-01"
    value = str(_in_words(value))[:10] if isinstance(value, int) else value
    formats.moment(value, sentence)
    if len(str(value)) != len("2026-03-01"):
        raise ValueError(sentence)
    return str(value)


TERMS = words("NET0 NET10 NET15 NET25 NET30 NET45 NET60")
ORDER_STATUSES = words("""
    CONTACT_NEEDED COMPLETED DELIVERY_FAILURE EVENT_CANCELLED EVENT_RESCHEDULED INVESTIGATION_CLOSED
    INVESTIGATION_CLOSED_BUYER_FAVOR INVESTIGATION_CLOSED_SELLER_FAVOR INVESTIGATION_PENDING MANAGER_REVIEW
    ORDER_PARTIALLY_VOID_CANCELLED ORDER_VOID_CANCELLED WAITING_FOR_RESPONSE
""")
ENUMERATIONS = {
    "stockType": words("HARD ELECTRONIC FLASH PAPERLESS PAPERLESS_CARD MOBILE_TRANSFER MOBILE_SCREENCAP"),
    "splitType": words("DEFAULT ANY CUSTOM NEVERLEAVEONE"),
    "seatType": words("CONSECUTIVE ALTERNATING GA PIGGYBACK"),
    "inventoryStatus": words("AVAILABLE ON_HOLD DEPLETED"),
    "ticketStatus": words("AVAILABLE SOLD ERROR CANCELLED"),
    "purchaseTerm": TERMS,
    "salesTerm": TERMS,
    "paymentStatus": words("UNPAID PAID PARTIAL VOID"),
    "fulfillmentStatus": words("PENDING COMPLETE"),
    "purchaseStatus": ORDER_STATUSES,
    "invoiceStatus": ORDER_STATUSES,
    "paymentMethod": words("""
        CREDITCARD CASH CHECK PAYPAL TRADE VENMO OTHER ACCRUEDCREDIT ACH AR AP EVOPAY MULTIPLE COMPLIMENTARY
        CUSTOMER_CREDIT ZELLE
    """),
    "deliveryMethod": words("""
        COURIER EMAIL USPS UPS FEDEX WILLCALL PAPERLESS MEETANDGREET FLASHSEATS MOBILE_DELIVERY OFFICE_PICKUP OTHER
    """),
    "currency": words("USD CAD EUR GBP JPY BRL XBT AUD MXN"),
    "vsrOption": words("ALL EVENT_INVENTORY OTHER NONE"),
    "lineType": words("PURCHASE INVOICE"),
    "lineItemType": words("GENERIC INVENTORY"),
    "eventType": words("CONCERT THEATER SPORT OTHER"),
    "vendorType": words("MARKETPLACE PRIMARY PERFORMER BROKER INDY MEMBER"),
    "customerType": words("MARKETPLACE PERFORMER BROKER RETAIL CONCIERGE TRAVELAGENT MEMBER"),
    "marketplace": words("""
        VIVID_SEATS STUBHUB TICKET_NETWORK EVENT_INVENTORY FANXCHANGE GAMETIME SEATGEEK TICKET_EVOLUTION TICKPICK
        VIAGOGO TICKET_CITY RAZORGATOR SCOREBIG OTHER
    """),
}
"""By the names of `GET /enumerations/{type}`: the values are public, the names convention (the field's)."""

TOPICS = {
    "INVENTORY": "a listing is CREATED or UPDATED",
    "PURCHASE": "a purchase is CREATED or UPDATED",
    "INVOICE": "an invoice is CREATED or UPDATED",
    "LINE": "a line of a purchase or an invoice is CREATED or UPDATED",
    "HOLD": "a hold is CREATED, UPDATED or DELETED",
}
"""Document, "Topics"."""


def one_of(enumeration: str) -> field.OneOf:
    """Return the marker of a field whose value is one of an enumeration."""
    return field.OneOf(ENUMERATIONS[enumeration])


def last_after(name: str) -> Callable[[Shape], Shape]:
    """Move a record's last field right after another: the order of declaration is that of the keys."""

    def placed(shape: Shape) -> Shape:
        names = list(shape.__annotations__)
        names.insert(names.index(name) + 1, names.pop())
        shape.__annotations__ = {key: shape.__annotations__[key] for key in names}
        return shape

    return placed


def by_moment(name: str, column: str | None = None) -> tuple[field.Sort, field.Filter, field.Filter]:
    """Return the markers of a time that records are sorted by and filtered by range."""
    since, until = field.Filter(f"{name}From", ">=", column, SpanEnd), field.Filter(f"{name}To", "<=", column, SpanEnd)
    return field.Sort(column=column), since, until


OF_EVENT = (
    field.Sort("eventDate", "starts_at"),
    field.Sort("eventName", "event.name"),
    field.Sort("performer", "event.performer_name"),
    field.Sort("venue", "event.venue_name"),
)
"""The names to sort by of what has an event (public: real clients' code)."""


def between(name: str, type: object) -> tuple[field.Filter, field.Filter]:
    """Return the markers of a number that is filtered by `min` and `max` parameters of a name."""
    return field.Filter(f"min{name}", ">=", type=type), field.Filter(f"max{name}", "<=", type=type)


Id = Annotated[int, field.AnyNumberForm(), field.Range(-MOST_NUMBER, MOST_NUMBER)]
Ids = Annotated[list[Id], field.Length(most=1000)]
Text = Annotated[str, field.Length(most=255)]
LongText = Annotated[str, field.Length(most=10_000)]
ShortText = Annotated[str, field.Length(most=45)]  # public: of a file name or barcode
RequiredText = Annotated[str, field.Length(1, 255)]
Folded = Annotated[str, field.Reads(lambda value: folded(formats.text(value)))]  # part of a text in any case
MONEY = field.Reads(_read_money, {"type": "number"})
Amount = Annotated[float, MONEY, field.Range(0, MOST_MONEY)]
Signed = Annotated[float, MONEY, field.Range(-MOST_MONEY, MOST_MONEY)]
Price = Annotated[float, MONEY, field.Range(0, MOST_PRICE)]
Positive = Annotated[float, MONEY, field.Range(0.01, MOST_MONEY)]
Day = Annotated[str, field.Reads(_read_day, {"type": "string", "format": "date"})]
Base64 = Annotated[str, field.Reads(_read_base64, {"type": "string", "format": "byte"})]
Moment = Annotated[int, field.Reads(read_moment, DATE_TIME)]
MomentText = Annotated[str, field.Reads(_read_moment_text, DATE_TIME)]
SpanEnd = Annotated[int | None, field.Reads(lambda value: None if value == "" else read_moment(value), DATE_TIME)]
Count = Annotated[int, field.AnyNumberForm(), field.Range(0, MOST_NUMBER)]
Quantity = Annotated[int, field.AnyNumberForm(), field.Range(1, 1000)]
Seat = Annotated[int, field.AnyNumberForm(), field.Range(0, 1_000_000)]
LineQuantity = Annotated[int, field.AnyNumberForm(), field.Range(1, 100_000)]
CustomSplit = Annotated[LongText, field.Pattern(r"[0-9]{0,6}(,[0-9]{0,6})*\Z", "must be like 2,4")]
"""Public: the pattern; numbers of more than six digits are refused, as no listing has so many tickets (convention)."""
StockType = Annotated[str, one_of("stockType")]
SplitType = Annotated[str, one_of("splitType")]
SeatType = Annotated[str, one_of("seatType")]
TicketStatus = Annotated[str, one_of("ticketStatus")]
EventType = Annotated[str, one_of("eventType")]
Terms = Annotated[str, field.OneOf(TERMS)]
PaymentStatus = Annotated[str, one_of("paymentStatus")]
FulfillmentStatus = Annotated[str, one_of("fulfillmentStatus")]
OrderStatus = Annotated[str, field.OneOf(ORDER_STATUSES)]
PaymentMethod = Annotated[str, one_of("paymentMethod")]
DeliveryMethod = Annotated[str, one_of("deliveryMethod")]
Direction = Annotated[str, field.Default("ASC"), field.OneOf(("ASC", "DESC", "asc", "desc"))]
ANY_OF = field.Filter(operator="in")  # a query may name several values of the field
Number = Annotated[Id, field.Column("number", "INTEGER"), ANY_OF, field.Sort()]  # lists of its kind are filtered by it
Key = Annotated[int, field.Column("number", "INTEGER")]
OptionalText = Annotated[LongText | None, field.Default(None)]
OptionalId = Annotated[Id | None, field.Default(None)]
AccountId = Annotated[int, field.Column("account", "INTEGER")]
Tags = Annotated[LongText, field.Column(index=False)]
CreatedAt = Annotated[str, *by_moment("createdDate", "created_at")]
UpdatedAt = Annotated[str, *by_moment("lastUpdate", "updated_at")]
Objects = Annotated[list[Record], initial(list)]  # always empty; the objects' members are not documented


PAGE_ROWS = "Rows of a page; without it as many as the setting `page_rows` says."


class Paging(TypedDict):
    """Page size, page and order of a list. 20,000 rows are the most that a public client asks for; see the settings
    `page_rows` and `first_page`."""

    limit: Annotated[int | None, field.Default(None), field.Range(1, 20_000), field.Description(PAGE_ROWS)]
    pageNumber: Annotated[int | None, field.Default(None), field.Range(0, 1_000_000)]
    sortDir: Direction
    sortedBy: Annotated[str | None, field.Default(None), field.SortKey()]
    sortDirB: Direction
    sortedByB: Annotated[str | None, field.Default(None), field.SortKey()]


class Page(TypedDict, Generic[T]):
    """A page of a list (public: real clients' code)."""

    rows: list[T]
    rowCount: int


Error = TypedDict("Error", {"message": str})
Violation = TypedDict("Violation", {"message": str, "messageTemplate": str, "path": str, "invalidValue": object | None})
