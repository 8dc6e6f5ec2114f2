"""SkyBox's formats: its kinds of record and look-ups, money, times, ids, new records and error answers."""

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import Any, Literal

from mockmarket import clock, errors
from mockmarket.records import Column, columns, defaults
from mockmarket.store import Read, Record, records
from mockmarket.vendors.skybox.records import directory, inventory, orders, types
from mockmarket.webhooks.encoding import java


def kind(name: str, *columns: Column, id: str = "id", **options: Any) -> records.Kind:
    """Return a kind of record: the columns of its fields, and own columns; `options` are further members."""
    return records.Kind(types.NAME, name, id, columns, java, **options)


def ours(type: Literal["TEXT", "INTEGER"], index: bool, *names: str) -> tuple[Column, ...]:
    """Return own columns: texts for substring filters, numbers, or indexed numbers."""
    return tuple(Column(name, type, index=index) for name in names)


texts, numbers, indexed = partial(ours, "TEXT", False), partial(ours, "INTEGER", False), partial(ours, "INTEGER", True)
STAMPS = indexed("created_at", "updated_at")
PARTY_KEYS = texts("name_key", "email_key", "last_name_key", "company_key", "city_key", "phone_key", "tag_key")

ACCOUNTS = kind("account", *columns(directory.Account))
APPLICATION = kind("application")
PLACE = numbers("starts_at", "venue", "performer", "priced_at", "listed", "held", "origin")
OF_INVENTORY = (*STAMPS, Column("stock"), *indexed("vendor", "purchase"), *PLACE)
INVENTORY = kind("inventory", *columns(inventory.Inventory), *OF_INVENTORY, follows_stock=True)
OF_TICKET = (Column("stock"), *numbers("seat"), *indexed("hold"))
TICKET = kind("ticket", *OF_TICKET, *columns(inventory.Ticket), indexes=(("stock", "seat"),))
"""Of two equally suitable indexes SQLite takes the later one: `inventory`, not `hold`, which is 0 for nearly every ticket."""
PURCHASE = kind("purchase", *columns(orders.Purchase), *STAMPS)
INVOICE = kind("invoice", *columns(orders.Invoice), *STAMPS, Column("source"))
MAPPING = kind("mapping", *columns(inventory.Mapping), *indexed("mapped"))
ASSET = kind("asset", *columns(inventory.Asset), id="key")
LINE = kind("line", *columns(orders.Line), *indexed("event", "inventory"))
OF_HOLD = (Column("source"), *indexed("removed"), *numbers("created_at", "expires_at", "starts_at", "position"))
HOLD = kind("hold", *columns(inventory.Hold), *OF_HOLD)
PRICE = kind("price", *columns(inventory.PriceEntry), *indexed("inventory"))
TRANSACTION = kind("transaction", *columns(orders.Transaction))
EMAIL = kind("email", *columns(directory.Account), Column("application", path="$.application"))
EVENT_KEYS = texts("name_key", "city_key", "venue_key", "category_key", "text_key", "performers")
OF_EVENT = (Column("show"), *indexed("starts_at"), *numbers("parking"), *EVENT_KEYS)
EVENT = kind("event", *columns(directory.Event), *OF_EVENT)
VENUE = kind("venue", *columns(directory.Venue), *texts("name_key", "city_key"))
PERFORMER = kind("performer", *columns(directory.Performer), *texts("name_key"))
CATEGORY = kind("category", *columns(directory.Category))
VENDOR = kind("vendor", *columns(directory.Vendor), *PARTY_KEYS)
CUSTOMER = kind("customer", *columns(directory.Customer), *PARTY_KEYS)
DEFAULT_CUSTOMER = kind("default_customer", *columns(directory.DefaultCustomer), id="key")
"""A default customer has no id of its own; its `key` is never sent."""

KINDS = (
    ACCOUNTS, APPLICATION, INVENTORY, TICKET, ASSET, MAPPING, PURCHASE, INVOICE, LINE, HOLD, PRICE, TRANSACTION, EMAIL, EVENT, VENUE,
    PERFORMER, CATEGORY, VENDOR, CUSTOMER, DEFAULT_CUSTOMER,
)  # fmt: skip
FIRST = {
    INVENTORY: 1_000_001, TICKET: 10_000_001, PURCHASE: 200_001, INVOICE: 300_001, LINE: 4_000_001, HOLD: 50_001,
    PRICE: 1, TRANSACTION: 700_001, EMAIL: 1, VENDOR: 9_001, MAPPING: 60_001, CUSTOMER: 70_001,
}  # fmt: skip
"""The first id of each kind (convention)."""
SHARED = (EVENT, VENUE, PERFORMER, CATEGORY)  # kinds of record that accounts share
ACCOUNT_UNSAID = (VENDOR, CUSTOMER, TICKET, *SHARED)  # kinds whose refusals do not name the account (convention)

moment = clock.iso_ms  # returns epoch ms as a date-time in UTC (convention)


def money(cents: int) -> float:
    """Return minor units as a double, which Java prints with at least one decimal: 70.0 (document, samples)."""
    return cents / 100


def cents(amount: float) -> int:
    """Return an amount in minor units."""
    return round(amount * 100)


def total(rows: Iterable[types.Payload], name: str) -> float:
    """Return the sum of a member of records, to the cent."""
    return money(sum(cents(row[name]) for row in rows))


def shares(amount: float, count: int) -> list[float]:
    """Divide an amount to the cent; the cents left over go to the first shares, one each (convention)."""
    each, rest = divmod(cents(amount), max(count, 1))
    return [money(each + (place < rest)) for place in range(count)]


def divided(amount: float | None, own: Sequence[float | None], path: str) -> list[float | None]:
    """Divide a group's amount over its tickets: those without an amount of their own share the rest. Invalid when the two contradict
    each other, or when a ticket's part is out of range."""
    known = sum(cents(part) for part in own if part is not None)
    rest = None if amount is None else iter(shares(money(cents(amount) - known), own.count(None)))
    parts = [next(rest, None) if rest and part is None else part for part in own]
    if amount is not None and cents(amount) != sum(cents(part or 0) for part in parts):
        raise invalid(path, f"is {amount} in all, and its tickets' own amounts sum to {money(known)}", amount)
    for part in parts:
        if part is not None and not 0 <= part <= types.MOST_PRICE:
            raise invalid(path, f"One ticket's would be {part}; it must be from 0 to {types.MOST_PRICE}.", amount)
    return parts


def local_day(at: int, zone: str) -> str:
    """Return epoch ms as the venue's own date (document, sample: inHandDate)."""
    return clock.to_local(at, zone).strftime("%Y-%m-%d")


def number_of(name: str) -> int:
    """Return a stable number for an id or a name of the world's; digits are kept."""
    if name.isascii() and name.isdigit() and not name.startswith("0") and len(name) < 10:
        return int(name)
    return 10_000_000 + zlib.crc32(name.encode()) % 89_999_999


def next_number(read: Read, kind: records.Kind) -> int:
    """Return the next free id of a kind."""
    return int(records.latest(read, kind, "number") or FIRST[kind] - 1) + 1


blank = cache(defaults)  # a new record's default values


def new_record(shape: type, body: types.Payload, **own: object) -> Record:
    """Return a new record: its defaults, overridden by a body's members, and by own ones."""
    record = {name: list(value) if isinstance(value, list) else value for name, value in blank(shape).items()}
    return record | {name: value for name, value in body.items() if name in record and value is not None} | own


def change_stamp(by: str, now: int) -> Record:
    """Return when and by whom a record was last changed."""
    return {"lastUpdate": moment(now), "lastUpdateBy": by}


def stamps(by: str, now: int) -> Record:
    """Return when and by whom a new record was created and last changed."""
    return {"createdDate": moment(now), "createdBy": by, **change_stamp(by, now)}


INDEX = re.compile(r"(?:^|\.)(\d+)(?=\.|$)")  # public: paths as in Bean Validation, `lines[0].amount`

LEAST = re.compile(r"Must be greater than or equal to (-?\d+(?:\.\d+)?)")


def refuse(refusal: errors.Refusal) -> Any:
    """Return an error answer: `{message}` (convention), or for a 400 with fields a list (public: javax.validation's format)."""
    if refusal.status != 400:
        return {"message": refusal.message}
    sent = refusal.facts.get("sent")
    details = refusal.details or (("body", refusal.message),)
    return [violation(path, sentence, _value_at(sent, path)) for path, sentence in details]


def _value_at(sent: object, path: str) -> object:
    if isinstance(sent, dict) and path in sent:
        return sent[path]
    name, _, rest = path.partition(".")  # such as `lines.0.amount`
    inner = sent.get(name) if isinstance(sent, dict) else None
    if isinstance(sent, list) and name.isdecimal() and int(name) < len(sent):
        inner = sent[int(name)]
    return _value_at(inner, rest) if rest else inner


def violation(path: str, sentence: str, value: object) -> types.Violation:
    """Return the error of one field."""
    if sentence in ("Missing data for required field.", "Field may not be null."):
        sentence = "may not be null"
    name = _constraint(sentence, value)
    template = f"{{javax.validation.constraints.{name}.message}}" if name else sentence
    return {"message": sentence, "messageTemplate": template, "path": INDEX.sub(r"[\1]", path), "invalidValue": value}


def _constraint(sentence: str, value: object) -> str | None:
    # The constraint of Bean Validation that a sentence is about; None where it has none.
    if sentence.startswith(("Length must be", "Longer than", "Shorter than")):
        return "Size"
    if bound := LEAST.match(sentence):
        with suppress(ValueError):  # a value that was not sent as a number
            return "Min" if float(str(value)) < float(bound[1]) else "Max"
    return "NotNull" if sentence == "may not be null" else None


def invalid(path: str, sentence: str, value: object = None) -> errors.Invalid:
    """Return the refusal of one field."""
    return errors.Invalid(f"{path}: {sentence}", details=[(path, sentence)], sent={path: value})


@contextmanager
def blamed_on(path: str, value: object = None) -> Iterator[None]:
    """Turn a refusal of the stock into the refusal of a field."""
    try:
        yield
    except (errors.Conflict, errors.Invalid) as refusal:
        if refusal.details:
            raise
        raise invalid(path, refusal.message, value) from refusal


def get_or_refuse(read: Read, kind: records.Kind, account: int | None, id: int, path: str = "") -> Record:
    """Return an account's record by its id, with None any account's; NotFound, or, for an id in a body, Invalid with its path."""
    record = records.get(read, kind, str(id))
    if record and (account is None or kind in SHARED or record["accountId"] == account):
        return record
    where = "" if account is None or kind in ACCOUNT_UNSAID else f" on account {account}"
    sentence = f"There is no {kind.name} {id}{where}."
    raise invalid(path, sentence, id) if path else errors.NotFound(sentence)
