"""Shapes derived from records, as schemas load and dump them."""

from __future__ import annotations

from typing import Annotated, TypedDict

import pytest
from marshmallow import ValidationError

from mockmarket.api.schemas import schema_of
from mockmarket.records import Body, Create, Pattern, Range, Rows


class Branch(TypedDict):
    """A shape that contains itself."""

    name: str
    branches: list[Branch]


class Priced(TypedDict):
    """A record whose price is shown as text and sent as a number."""

    price: Annotated[str, Pattern(r"\d+\.\d\d\Z"), Body(required=True, type=Annotated[int, Range(1)])]


def test_shape_may_hold_itself() -> None:
    tree = {"name": "top", "branches": [{"name": "leaf", "branches": []}]}

    assert schema_of(Branch, "answer").load(tree) == tree


def test_sent_type_replaces_the_records_checks() -> None:
    assert schema_of(Create(Priced), "body").load({"price": 5}) == {"price": 5}
    assert schema_of(Priced, "answer").load({"price": "5.00"}) == {"price": "5.00"}


@pytest.mark.parametrize("price", [0, "5.00"])
def test_sent_type_keeps_its_own_checks(price: object) -> None:
    with pytest.raises(ValidationError):
        schema_of(Create(Priced), "body").load({"price": price})


class Described(TypedDict):
    """A record with a text among a field's markers."""

    size: Annotated[int | None, Range(1), "How large it is."]


def test_text_among_markers_describes_a_field() -> None:
    field = schema_of(Described, "body").fields["size"]

    assert field.metadata == {"description": "How large it is."}
    assert schema_of(Described, "body").validate({"size": 0})


def test_rows_list_a_shape_under_one_member() -> None:
    rows, branch_list = Rows("Branches", Branch), Rows("BranchList", Branch, "branches")
    tree = {"branches": [{"name": "leaf", "branches": []}]}

    assert schema_of(rows, "answer").load(tree) == tree
    assert type(schema_of(branch_list, "answer")).__name__ == "BranchList"
    assert schema_of(branch_list, "answer").load(tree) == tree
