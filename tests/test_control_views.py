"""Answers of the control plane, made of what they describe by the annotations of their shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NotRequired, TypedDict

from mockmarket.records.formats import Time
from mockmarket.records.views import From, Ms, Text, view, views


@dataclass(frozen=True)
class Wheel:
    """What a wheel is, as it is stored."""

    diameter: float


@dataclass(frozen=True)
class Bicycle:
    """What a bicycle is, as it is stored."""

    name: str
    sold: int | None = None
    label: bytes = b"\xff"
    wheels: tuple[Wheel, ...] = ()


class WheelView(TypedDict):
    """A wheel as it is answered."""

    inches: Annotated[float, From("diameter", lambda cm: cm / 2.54)]


class BicycleView(TypedDict):
    """A bicycle as it is answered."""

    title: Annotated[str, From("name")]
    sold: Time
    label: Text
    price: str
    wheels: list[WheelView]
    secret: NotRequired[str]


def test_members_come_from_where_they_say() -> None:
    bicycle = Bicycle("Roadster", sold=0, wheels=(Wheel(25.4), Wheel(50.8)))

    answer = view(BicycleView, bicycle, price="5.00")

    assert answer == {
        "title": "Roadster", "sold": "1970-01-01T00:00:00.000Z", "label": "\ufffd", "price": "5.00",
        "wheels": [{"inches": 10.0}, {"inches": 20.0}],
    }  # fmt: skip


def test_keys_stand_in_the_order_declared() -> None:
    answer = view(BicycleView, Bicycle("Roadster"), secret="s", price="5.00", title="Mine")

    assert list(answer) == ["title", "sold", "label", "price", "wheels", "secret"]
    assert answer["sold"] is None


def test_rows_are_read_as_objects_are() -> None:
    class Lap(TypedDict):
        number: Annotated[int, From("id")]
        took_ms: Ms

    assert views(Lap, [{"id": 1, "took_ms": 1.23456}]) == [{"number": 1, "took_ms": 1.235}]
