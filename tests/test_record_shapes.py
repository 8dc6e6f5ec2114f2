"""What a record's annotations make of the bodies that set its fields."""

from __future__ import annotations

from typing import Annotated, TypedDict

import pytest
from marshmallow import Schema, ValidationError

from mockmarket.api.schemas import schema_of
from mockmarket.records import Body, Create, Description, Pattern, Range


class Ware(TypedDict):
    """Something with a price: text in answers, a number in calls."""

    price: Annotated[
        str, Pattern(r"\d+\.\d\d\Z"), Description("In pesos."), Body(required=True, type=Annotated[float, Range(0, 9)])
    ]


@pytest.fixture
def body() -> Schema:
    """The body that creates one."""
    return schema_of(Create(Ware), "body")


def test_sent_type_has_own_bounds(body: Schema) -> None:
    assert body.load({"price": 5}) == {"price": 5}
    with pytest.raises(ValidationError, match="less than or equal to 9"):
        body.load({"price": 10})


def test_stored_type_keeps_its_bounds() -> None:
    with pytest.raises(ValidationError, match="does not match"):
        schema_of(Ware, "answer").load({"price": "5"})


def test_sent_type_keeps_the_description(body: Schema) -> None:
    assert body.fields["price"].metadata == {"description": "In pesos."}
