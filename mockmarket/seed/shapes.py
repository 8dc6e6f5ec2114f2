"""The shape of a fixture: its sections, their fields, and the values that each may hold."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal, TypedDict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from marshmallow import fields

from mockmarket.api.auth import read_allowlist
from mockmarket.records import Check, Default, Description, Email, FieldError, Length, Pattern, Range, Reads
from mockmarket.rules import splits
from mockmarket.rules.currencies import check_currency, decimals_of
from mockmarket.seed import moments
from mockmarket.webhooks import targets

RANGE = re.compile(r"([A-Z])-([A-Z])|(\d{1,4})-(\d{1,4})")
SEATS = re.compile(r"(\d{1,5})-(\d{1,5})")
MOST_MONEY = 1_000_000
PRICES = ("face_value", "cost")
"""Members of a stock row's `data` that vendors read as money in the major unit of its currency."""
MOST_ROWS = 100_000
SOME_START = 1_767_225_600_000
"""2026-01-01, for checking a relative date before the world's start is known."""
Content = Mapping[str, Any]
"""A fixture's content by section (see `FixtureContent`); a generated one's stock is created on iteration."""


def check_zone(name: str) -> None:
    """Raise ValueError unless the name is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, or too long a name
        raise ValueError(f"{name!r} is not an IANA time zone, such as Asia/Manila.") from None


def labels(value: object) -> list[str]:
    """Return a fixture's sections or rows as a list: one, a list, or a range such as `A-F` or `101-112`."""
    parts = value if isinstance(value, list) else [value]
    return [label for part in parts for label in ranged(str(part))]


def label(value: object) -> str:
    """Return the name of a section or row, which may be a number; ValueError for anything else."""
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return str(value)
    raise ValueError("Must be a name.")


@lru_cache(maxsize=1024)
def ranged(text: str) -> tuple[str, ...]:
    """Return the labels of a range such as `A-F` or `101-112`, or the text itself."""
    match = RANGE.fullmatch(text)
    if not match:
        return (text,)
    first, last, low, high = match.groups()
    if first:
        return tuple(chr(code) for code in range(ord(first), ord(last) + 1))
    return tuple(str(number) for number in range(int(low), int(high) + 1))


@lru_cache(maxsize=4096)
def row_id(section: str, row: str) -> str:
    """Return the part of a stock row's id that distinguishes it within its entry."""
    return f"{section}-{row}".replace(" ", "_")


def seat_range(value: object) -> tuple[int, int]:
    """Return (first seat, number of seats) of a fixture's `seats`: a count, numbered from 1, or a range such as `11-18`."""
    return _seat_range(str(value))


@lru_cache(maxsize=4096)
def _seat_range(text: str) -> tuple[int, int]:
    match = SEATS.fullmatch(text)
    return (int(match[1]), int(match[2]) - int(match[1]) + 1) if match else (1, int(text))


def check_seats(value: object) -> None:
    """Raise ValueError unless the value is a count from 1, or an ascending range."""
    problem = "Must be how many seats (from 1), or their numbers such as 11-18."
    try:
        count = seat_range(value)[1]
    except ValueError:
        raise ValueError(problem) from None
    if isinstance(value, (bool, float)) or not 1 <= count <= 100_000:
        raise ValueError(problem)


def check_labels(value: object) -> None:
    """Raise ValueError unless the value names at least one section or row."""
    parts = value if isinstance(value, list) else [value]
    plain = all(isinstance(part, str | int | float) and not isinstance(part, bool) for part in parts)
    if not (parts and plain and all(ranged(str(part)) for part in parts) and all(labels(value))):
        raise ValueError("Must be a name, a list of names, or a range such as A-F or 101-112.")


def check_moment(value: Any) -> None:
    """Raise ValueError unless `moments` can read the date."""
    moments.moment(value, SOME_START)


def _check_data(value: object) -> None:
    try:
        orjson.dumps(value)
    except TypeError as error:
        raise ValueError(f"Must be a JSON value: {error}.") from None


def check_stock_data(data: Mapping[str, Any]) -> None:
    """Raise ValueError unless the data can be written as JSON, its prices are valid and its restrictions a list."""
    _check_data(data)
    for name in PRICES:
        price = data.get(name, 0)
        if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price <= MOST_MONEY:
            raise ValueError(f"{name} must be a number from 0 to {MOST_MONEY:,}.")
    if not isinstance(data.get("restrictions", []), list):
        raise ValueError("restrictions must be a list.")


def check_allowlist(value: object) -> None:
    """Raise ValueError unless the value is an allowlist, comma-separated or a list."""
    if not isinstance(value, str | list) or not all(isinstance(entry, str) for entry in value):
        raise ValueError("Must be addresses or CIDR blocks, comma-separated or a list.")
    read_allowlist(value)


def check_decimals(entry: Mapping[str, Any]) -> None:
    """Refuse an amount of an entry of stock with more decimals than its currency has."""
    allowed, prices = decimals_of(entry["currency"]), {f"data.{name}": entry["data"].get(name, 0) for name in PRICES}
    for name, amount in ({name: entry[name] for name in ("price", "per_row")} | prices).items():
        if (exact := Decimal(str(amount))) != round(exact, allowed):
            words = f"{amount} has more decimals than {entry['currency']} has: {allowed}."
            raise FieldError(words, name.partition(".")[0])


def check_rows(entry: Mapping[str, Any]) -> None:
    """Refuse an entry of stock that repeats a row, names too many rows, or has a negative price."""
    sections, rows = labels(entry["section"]), labels(entry["row"])
    count = len(sections) * len(rows)
    if count > MOST_ROWS:
        raise FieldError(f"These are {count:,} rows; {MOST_ROWS:,} at most.", "row")
    if len({row_id(section, row) for section in sections for row in rows}) < count:
        raise FieldError("A row of a section is named twice.", "row")
    last = entry["price"] + (len(rows) - 1) * entry["per_row"]
    if not 0 <= last <= MOST_MONEY:
        raise FieldError(f"The price of row {rows[-1]} would be {last:.2f}.", "per_row")


def _check_scopes(scopes: object) -> None:
    if scopes != "all" and not (isinstance(scopes, list) and all(isinstance(scope, str) for scope in scopes)):
        raise ValueError("Must be all, or a list of scopes.")


Flag = Annotated[bool, Reads(fields.Boolean().deserialize, {"type": "boolean"})]
"""A boolean, or a word for it such as `yes`."""
Id = Annotated[
    str, Pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", "Must be letters, digits, dot, dash, underscore; 64 at most.")
]
LABEL = {"type": ["string", "number"]}
Name = Annotated[str, Length(1, 200)]
Empty = Annotated[str, Default("")]
Data = Annotated[dict[str, Any], Check(_check_data), Default(dict)]
Labels = Annotated[object, Check(check_labels)]
Url = Annotated[str, Check(targets.check_url)]


class VenueEntry(TypedDict):
    """A venue with its time zone; further members under `data`."""

    id: Id
    name: Name
    city: Name
    zone: Annotated[str, Check(check_zone), Default("UTC")]
    data: Data


class EventEntry(TypedDict):
    """A show at a venue."""

    id: Id
    name: Annotated[str, Length(1, 300)]
    venue: str
    starts: Annotated[Any, Check(check_moment)]
    lasts: Annotated[str, Check(moments.span), Default("3h")]
    status: Annotated[Literal["scheduled", "cancelled"], Default("scheduled")]
    data: Data


class StockEntry(TypedDict):
    """Seats for sale: one row of stock for each section and row named. `price` is per seat, in `currency`'s major unit."""

    event: str
    section: Labels
    row: Annotated[Labels, Default("GA")]
    seats: Annotated[object, Check(check_seats)]
    kind: Annotated[Literal["seated", "general"], Default("seated")]
    price: Annotated[Decimal, Range(0, MOST_MONEY)]
    per_row: Annotated[Decimal, Default(0), Description("Added to the price for each further row.")]
    currency: Annotated[str, Check(check_currency), Default("USD")]
    split: Annotated[str, Check(splits.parse), Default("any")]
    data: Annotated[dict[str, Any], Check(check_stock_data), Default(dict)]


class KeyEntry(TypedDict):
    """A credential. Its secret is in clear text, so it must be an obvious fake."""

    vendor: str
    kind: Annotated[str, Default("key")]
    name: Annotated[str, Length(1, 100)]
    description: Empty
    secret: Annotated[str, Length(8, 200)]
    scopes: Annotated[Any, Check(_check_scopes), Default("all")]
    ip_allowlist: Annotated[Any, Check(check_allowlist), Default(list)]
    callback_url: Annotated[Url | None, Default(None)]
    callback_secret: Annotated[Name | None, Default(None)]
    expires: Annotated[Any, Check(check_moment), Default(None)]
    owner: Data


class EndpointEntry(TypedDict):
    """A URL that receives webhooks from the start."""

    vendor: str
    url: Url
    secret: Name
    types: Annotated[list[str] | None, Default(None)]
    owner: Empty
    headers: Empty
    basic_auth: Empty
    client_cert: Empty
    active: Annotated[Flag, Default(True)]
    data: Data


class OrderEntry(TypedDict):
    """An order placed before the world's start, in one of its vendor's statuses."""

    vendor: str
    event: str
    section: Annotated[str, Reads(label, LABEL)]
    row: Annotated[str, Reads(label, LABEL), Default("GA")]
    quantity: Annotated[int, Reads(fields.Integer().deserialize, {"type": "integer"}), Range(1, 1000)]
    status: str
    at: Annotated[Any, Check(check_moment), Default("-1d")]
    name: Annotated[Name, Default("Alex Buyer")]
    email: Annotated[str, Email(), Default("buyer@example.com")]
    phone: Annotated[str, Default("5551234567")]
    country_code: Annotated[str, Default("+1")]
    data: Data


ByVendor = Annotated[dict[str, Annotated[dict[str, Any], Check(_check_data)]], Default(dict)]


class FixtureContent(TypedDict):
    """A fixture, section by section."""

    about: Empty
    start: Annotated[Any, Check(check_moment), Default(None)]
    frozen: Annotated[Flag, Default(False)]
    venues: Annotated[list[VenueEntry], Default(list)]
    events: Annotated[list[EventEntry], Default(list)]
    stock: Annotated[list[StockEntry], Default(list)]
    keys: Annotated[list[KeyEntry], Default(list)]
    endpoints: Annotated[list[EndpointEntry], Default(list)]
    orders: Annotated[list[OrderEntry], Default(list)]
    settings: ByVendor
    vendors: ByVendor
