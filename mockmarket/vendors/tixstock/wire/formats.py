"""How Tixstock writes records, refusals, money, times and truths; what its words for splits, countries and categories mean."""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Mapping
from functools import lru_cache
from importlib import resources
from typing import TypeVar, cast

from mockmarket.clock import iso_s
from mockmarket.errors import AddressNotAllowed, Refusal, Unauthenticated
from mockmarket.records import members
from mockmarket.rules import splits
from mockmarket.vendors.tixstock.records.values import MULTIPLES, Money

S = TypeVar("S")

SPLIT_OF_RULE = {
    "any": "No Preferences",
    "never_leave_one": "Avoid Leaving One Ticket",
    "all_together": "All Together",
    "multiples": MULTIPLES,
    "default": "Avoid Leaving One Ticket",  # the nearest word that there is (convention)
    "custom": "No Preferences",  # the same; a hold is held to the real rule, and its refusal lists what may be held
}
RULE_OF_SPLIT = {"No Preferences": "any", "All Together": "all_together", "Avoid Leaving One Ticket": "never_leave_one"}

COMMISSION = 10
"""Per cent. Public samples: a proceed price of 150.00 is displayed as 165.00, and a fee of 10.00."""

PER_POUND = {"GBP": 1.0, "USD": 1.25, "EUR": 1.15}
"""Convention: fixed rates, for filters in pounds and for `target_currency`. Another currency counts as pounds."""

CATEGORY_OF_VENUE = {"theatre": "Culture, Theatre & Arts", "open-air park": "Festivals"}
"""Convention, for events whose fixture names no category: Sport for `A vs. B`, else by the kind of venue, else Music."""


def view(record: Mapping[str, object], shape: type[S], **own: object) -> S:
    """Return a record as a shape shows it, with `own` values in place of the record's; KeyError for one that it lacks."""
    values = {**record, **own}
    names = (member.key for member in members(cast(Hashable, shape)) if member.required or member.key in values)
    return cast(S, {name: values[name] for name in names})


def filled(record: Mapping[str, object], shape: type[S], empty: str | None, **own: object) -> S:
    """Return the same, with `empty` for what the record lacks."""
    required = (member.key for member in members(cast(Hashable, shape)) if member.required)
    return view(dict.fromkeys(required, empty) | dict(record), shape, **own)


def yes_no(truth: bool) -> str:
    """Write a truth as text (public: most samples)."""
    return "true" if truth else "false"


def amount(minor: int) -> str:
    """Write minor units as text with two places."""
    return f"{minor // 100}.{minor % 100:02d}"


def minor(text: str | float) -> int:
    """Read an amount, text or number, as minor units."""
    return round(float(text) * 100)


def price(currency: str, cents: int) -> Money:
    """Write a price."""
    return {"currency": currency, "amount": amount(cents)}


def displayed(proceeds: int) -> int:
    """Return what a buyer pays so that the broker gets `proceeds`: the commission on top, both in minor units."""
    return (proceeds * (100 + COMMISSION) + 50) // 100


def converted(cents: int, source: str, target: str) -> int:
    """Return an amount in another currency, at the fixed rates."""
    return round(cents * PER_POUND.get(target, 1.0) / PER_POUND.get(source, 1.0))


def offset_iso(moment: int) -> str:
    """Write epoch ms as `2020-04-05T21:30:00+0000` (public: all samples)."""
    return f"{iso_s(moment)[:-1]}+0000"


def split_words(rule: str) -> tuple[str, int]:
    """Return the split type and split quantity that say a rule of the core's, or the nearest to it."""
    read = splits.parse(rule)
    return SPLIT_OF_RULE[read.name], read.sizes[0] if read.name == "multiples" else 0


def split_rule(type: str, quantity: int) -> str:
    """Return the core's rule for a split type."""
    return RULE_OF_SPLIT.get(type) or f"multiples:{quantity}"


def performer_id(name: str) -> str:
    """Return the number that stands for a performer's name, always the same one."""
    return str(10_000 + zlib.crc32(name.casefold().encode()) % 89_999_999)


def teams(name: str) -> list[str]:
    """Return who plays at an event by its name: both sides of a match, else the name itself (convention)."""
    sides = [side.strip() for side in name.replace(" v ", " vs. ").replace(" vs ", " vs. ").split(" vs. ")]
    return [side for side in sides if side] or [name]


def category_of(name: str, data: Mapping[str, object], venue: Mapping[str, object]) -> tuple[str, str]:
    """Return an event's category and its parent's, which may be empty."""
    if data.get("category"):
        return str(data["category"]), str(data.get("parent_category") or "")
    return "Sport" if len(teams(name)) > 1 else CATEGORY_OF_VENUE.get(str(venue.get("kind")), "Music"), ""


@lru_cache(maxsize=1)
def countries() -> Mapping[str, str]:
    """Return the country code of each IANA time zone that is a place's (the tz database's own table)."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[2]: row[0] for row in rows}


def refuse(refusal: Refusal) -> dict[str, object]:
    """Write an error answer: one with a code and a title, or, for what is wrong with fields, a flat list of sentences."""
    if refusal.details and "code" not in refusal.facts:
        return {"data": [], "meta": {}, "errors": [sentence(field, words) for field, words in refusal.details]}
    return {"data": [], "meta": {}, "errors": {"title": refusal.message, "code": code_of(refusal)}}


def code_of(refusal: Refusal) -> str:
    """Return the code of an error: one of the vendor's own, or the status as text."""
    if isinstance(refusal, Unauthenticated) and refusal.facts.get("reason") == "missing":
        return str(refusal.facts.get("code", 100))
    return "103" if isinstance(refusal, AddressNotAllowed) else str(refusal.facts.get("code", refusal.status))


def sentence(field: str, words: str) -> str:
    """Write what is wrong with a field as the sentence that the public samples show: its name as words first."""
    name = field.replace(".", " ").replace("_", " ").strip().title()
    if words == "Missing data for required field.":
        return f"The {name} field is required."
    return words if words.startswith("The ") else f"The {name} field is wrong: {words[:1].lower()}{words[1:]}"
