"""What a fixture may say: its sections, their fields, and what each may hold."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mockmarket.api.auth import read_allowlist
from mockmarket.rules import splits
from mockmarket.seed import moments
from mockmarket.webhooks import targets

ID = validate.Regexp(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", error="Must be letters, digits, dot, dash, underscore; 64 at most."
)
RANGE = re.compile(r"([A-Z])-([A-Z])|(\d{1,4})-(\d{1,4})")
SEATS = re.compile(r"(\d{1,5})-(\d{1,5})")
MONEY = validate.Range(0, 1_000_000)
PRICES = ("face_value", "cost")
"""What of a stock row's `data` vendors read as money of its currency, in its major unit."""
MOST_ROWS = 100_000
SOME_START = 1_767_225_600_000
"""2026-01-01, for trying a relative date before the world's start is known."""


def sentence(check: Any) -> Any:
    """Turn a function that raises ValueError into a validator that says the same."""

    def validator(value: Any) -> None:
        try:
            check(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    return validator


def check_zone(name: str) -> None:
    """Raise ValueError unless this is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (
        ZoneInfoNotFoundError,
        ValueError,
        OSError,
    ):  # OSError: the name of a folder of zones, or a far too long one
        raise ValueError(f"{name!r} is no IANA time zone, such as Asia/Manila.") from None


def labels(value: Any) -> list[str]:
    """Return the sections or rows that a fixture means: one, a list, or a range such as `A-F` or `101-112`."""
    parts = value if isinstance(value, list) else [value]
    return [label for part in parts for label in ranged(str(part))]


def ranged(text: str) -> list[str]:
    """Return what a range such as `A-F` or `101-112` stands for, or the text itself."""
    match = RANGE.fullmatch(text)
    if not match:
        return [text]
    first, last, low, high = match.groups()
    if first:
        return [chr(code) for code in range(ord(first), ord(last) + 1)]
    return [str(number) for number in range(int(low), int(high) + 1)]


def row_id(section: str, row: str) -> str:
    """Return what tells a row of stock from the others of its entry."""
    return f"{section}-{row}".replace(" ", "_")


def seat_range(value: Any) -> tuple[int, int]:
    """Return (first seat, how many) of a fixture's `seats`: a count, numbered from 1, or a range such as `11-18`."""
    match = SEATS.fullmatch(str(value))
    if match:
        return int(match[1]), int(match[2]) - int(match[1]) + 1
    return 1, int(value)


def check_seats(value: Any) -> None:
    """Raise ValueError unless this is a count from 1, or a range upwards."""
    problem = "Must be how many seats (from 1), or their numbers such as 11-18."
    try:
        count = seat_range(value)[1]
    except (TypeError, ValueError):
        raise ValueError(problem) from None
    if isinstance(value, (bool, float)) or not 1 <= count <= 100_000:
        raise ValueError(problem)


def check_labels(value: Any) -> None:
    """Raise ValueError unless this names at least one section or row."""
    parts = value if isinstance(value, list) else [value]
    if not all(
        isinstance(part, (str, int, float)) and not isinstance(part, bool) and ranged(str(part)) for part in parts
    ):
        raise ValueError("Must be a name, a list of names, or a range such as A-F or 101-112.")
    if not parts or not all(labels(value)):
        raise ValueError("Must be a name, a list of names, or a range such as A-F or 101-112.")


def check_moment(value: Any) -> None:
    """Raise ValueError unless this is a date that `moments` reads, or left out."""
    if value is not None:
        moments.moment(value, SOME_START)


def check_data(value: Any) -> None:
    """Raise ValueError unless this can be written as JSON."""
    try:
        orjson.dumps(value)
    except TypeError as error:
        raise ValueError(f"Must be what JSON can say: {error}.") from None


def check_stock_data(value: Any) -> None:
    """Raise ValueError unless this can be written as JSON, its prices are prices and its restrictions a list."""
    check_data(value)
    for name in PRICES:
        price = value.get(name, 0)
        number = isinstance(price, (int, float)) and not isinstance(price, bool)
        if not number or not 0 <= price <= MONEY.max:
            raise ValueError(f"{name} must be a number from 0 to {MONEY.max:,}.")
    if not isinstance(value.get("restrictions", []), list):
        raise ValueError("restrictions must be a list.")


def check_allowlist(value: Any) -> None:
    """Raise ValueError unless this is an allowlist, comma-separated or a list."""
    if not isinstance(value, (str, list)) or not all(isinstance(entry, str) for entry in value):
        raise ValueError("Must be addresses or CIDR blocks, comma-separated or a list.")
    read_allowlist(value)


Moment = sentence(check_moment)
Data = sentence(check_data)


class VenueShape(Schema):
    """A place, with its time zone; anything more under `data`."""

    id = fields.String(required=True, validate=ID)
    name = fields.String(required=True, validate=validate.Length(1, 200))
    city = fields.String(required=True, validate=validate.Length(1, 200))
    zone = fields.String(load_default="UTC", validate=sentence(check_zone))
    data = fields.Dict(load_default=dict, validate=Data)


class EventShape(Schema):
    """A show at a venue."""

    id = fields.String(required=True, validate=ID)
    name = fields.String(required=True, validate=validate.Length(1, 300))
    venue = fields.String(required=True)
    starts = fields.Raw(required=True, validate=Moment)
    lasts = fields.String(load_default="3h", validate=sentence(moments.span))
    status = fields.String(load_default="scheduled", validate=validate.OneOf(("scheduled", "cancelled")))
    data = fields.Dict(load_default=dict, validate=Data)


class StockShape(Schema):
    """Seats for sale: one row of stock for each section and row named. `price` is per seat, in `currency`'s major unit."""

    event = fields.String(required=True)
    section = fields.Raw(required=True, validate=sentence(check_labels))
    row = fields.Raw(load_default="GA", validate=sentence(check_labels))
    seats = fields.Raw(required=True, validate=sentence(check_seats))
    kind = fields.String(load_default="seated", validate=validate.OneOf(("seated", "general")))
    price = fields.Decimal(required=True, places=2, validate=MONEY)
    per_row = fields.Decimal(
        load_default=0, places=2, metadata={"description": "Added to the price for each further row."}
    )
    currency = fields.String(load_default="USD", validate=validate.Regexp(r"[A-Z]{3}\Z", error="Must be like USD."))
    split = fields.String(load_default="any", validate=sentence(splits.parse))
    data = fields.Dict(load_default=dict, validate=sentence(check_stock_data))

    @validates_schema
    def check_rows(self, entry: dict[str, Any], **_: Any) -> None:
        """Refuse an entry that names a row twice, or too many, or prices one below zero."""
        sections, rows = labels(entry["section"]), labels(entry["row"])
        if len(sections) * len(rows) > MOST_ROWS:
            raise ValidationError(f"These are {len(sections) * len(rows):,} rows; {MOST_ROWS:,} at most.", "row")
        if len({row_id(section, row) for section in sections for row in rows}) < len(sections) * len(rows):
            raise ValidationError("A row of a section is named twice.", "row")
        last = entry["price"] + (len(rows) - 1) * entry["per_row"]
        if not 0 <= last <= MONEY.max:
            raise ValidationError(f"The price of row {rows[-1]} would be {last}.", "per_row")


class KeyShape(Schema):
    """A credential. Its secret stands here in clear, so it must be an obvious fake."""

    vendor = fields.String(required=True)
    kind = fields.String(load_default="key")
    name = fields.String(required=True, validate=validate.Length(1, 100))
    description = fields.String(load_default="")
    secret = fields.String(required=True, validate=validate.Length(8, 200))
    scopes = fields.Raw(load_default="all")
    ip_allowlist = fields.Raw(load_default=list, validate=sentence(check_allowlist))
    callback_url = fields.String(load_default=None, allow_none=True, validate=sentence(targets.check_url))
    callback_secret = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 200))
    expires = fields.Raw(load_default=None, allow_none=True, validate=Moment)
    owner = fields.Dict(load_default=dict, validate=Data)

    @validates_schema
    def check_scopes(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse scopes that are neither `all` nor a list of names."""
        scopes = data["scopes"]
        if scopes != "all" and not (isinstance(scopes, list) and all(isinstance(scope, str) for scope in scopes)):
            raise ValidationError("Must be all, or a list of scopes.", "scopes")


class EndpointShape(Schema):
    """A URL that listens from the start."""

    vendor = fields.String(required=True)
    url = fields.String(required=True, validate=sentence(targets.check_url))
    secret = fields.String(required=True, validate=validate.Length(1, 200))
    types = fields.List(fields.String(), load_default=None, allow_none=True)
    owner = fields.String(load_default="")
    headers = fields.String(load_default="")
    basic_auth = fields.String(load_default="")
    active = fields.Boolean(load_default=True)
    data = fields.Dict(load_default=dict, validate=Data)


class OrderShape(Schema):
    """An order that was placed before the world began, in a status of its vendor's."""

    vendor = fields.String(required=True)
    event = fields.String(required=True)
    section = fields.String(required=True)
    row = fields.String(load_default="GA")
    quantity = fields.Integer(required=True, validate=validate.Range(1, 1000))
    status = fields.String(required=True)
    at = fields.Raw(load_default="-1d", validate=Moment)
    name = fields.String(load_default="Alex Buyer", validate=validate.Length(1, 200))
    email = fields.Email(load_default="buyer@example.com")
    phone = fields.String(load_default="5551234567")
    country_code = fields.String(load_default="+1")
    data = fields.Dict(load_default=dict, validate=Data)


class FixtureShape(Schema):
    """A whole fixture."""

    about = fields.String(load_default="")
    start = fields.Raw(load_default=None, allow_none=True, validate=Moment)
    frozen = fields.Boolean(load_default=False)
    venues = fields.List(fields.Nested(VenueShape), load_default=list)
    events = fields.List(fields.Nested(EventShape), load_default=list)
    stock = fields.List(fields.Nested(StockShape), load_default=list)
    keys = fields.List(fields.Nested(KeyShape), load_default=list)
    endpoints = fields.List(fields.Nested(EndpointShape), load_default=list)
    orders = fields.List(fields.Nested(OrderShape), load_default=list)
    settings = fields.Dict(keys=fields.String(), values=fields.Dict(validate=Data), load_default=dict)
    vendors = fields.Dict(keys=fields.String(), values=fields.Dict(validate=Data), load_default=dict)
