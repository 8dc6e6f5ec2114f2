"""Kiosk's records: an offer at the counter, and the pass that somebody holds of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict, TypeVar

from mockmarket.records import Alias, Body, Column, Range

T = TypeVar("T")
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

    pass_no: str
    offer_no: Annotated[str, Body(required=True)]
    bearer: Annotated[str, Body(default="whoever holds it")]
    places: Annotated[list[int], Body(required=True, type=Annotated[int, Range(1, 6)])]
    state: Annotated[str, Column()]
    held_until: str | None


class PassNumber(TypedDict):
    """Which pass."""

    pass_no: str


class PassAnswer(TypedDict):
    """A pass."""

    ok: int
    record: Annotated[Pass, Alias("pass")]


class OfferAnswer(TypedDict):
    """What is left."""

    ok: int
    offers: list[Offer]


class Problem(TypedDict):
    """Every error answer."""

    ok: Literal[0]
    problem: dict[str, Any]
