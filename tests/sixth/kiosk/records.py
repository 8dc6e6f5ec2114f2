"""Kiosk's records: an offer at the counter, and the pass that somebody holds of it."""

from typing import Annotated, Any, Literal, TypedDict

from mockmarket.records import Alias, Body, Column, Default, Filter, Notified, Range, Rows, Sort, SortKey, columns
from mockmarket.store.records import Kind
from mockmarket.webhooks.encoding import php

NAME = "kiosk"


class Offer(TypedDict):
    """Seats that can be had at the counter: `cents` each."""

    offer_no: str
    show_title: str
    starts: str
    area: str
    left: Annotated[int, Column(type="INTEGER")]
    cents: int


class Pass(TypedDict):
    """Seats kept for, or sold to, whoever stands at the counter; `held_until` is null once it is over."""

    pass_no: Annotated[str, Column("number"), Sort()]
    offer_no: Annotated[str, Body(required=True, update=False)]
    bearer: Annotated[str, Body(default="whoever holds it"), Column(), Filter(), Sort(), Notified()]
    places: Annotated[list[int], Body(required=True, update=False, type=Annotated[int, Range(1, 6)])]
    state: Annotated[str, Column(), Filter()]
    held_until: str | None


class Order(TypedDict):
    sort: Annotated[str, SortKey(), Default("pass_no")]


class PassNumber(TypedDict):
    pass_no: str


class PassAnswer(TypedDict):
    ok: int
    record: Annotated[Pass, Alias("pass")]


class Problem(TypedDict):
    ok: Literal[0]
    problem: dict[str, Any]


OFFERS, PASSES = Rows("Offers", Offer), Rows("Passes", Pass)
OFFER = Kind(NAME, "offer", "offer_no", (*columns(Offer), Column("stock"), Column("show")), php)
PASS = Kind(NAME, "pass", "pass_no", (*columns(Pass), Column("show"), Column("serial", "INTEGER")), php)
