"""What is derived from a record's annotations: its query, sort names, columns and schemas."""

from __future__ import annotations

from typing import Annotated, TypedDict

import pytest

from mockmarket.api.arguments import load_query
from mockmarket.api.schemas import schema_of
from mockmarket.errors import Invalid
from mockmarket.records import (
    Body,
    Column,
    Default,
    Filter,
    Length,
    OneOf,
    Query,
    Sort,
    SortKey,
    columns,
    filters,
    formats,
    members,
)


class Place(TypedDict):
    """The place of a parcel."""

    city: str


class Parcel(TypedDict):
    """A record with filters."""

    id: Annotated[int, Column("number", "INTEGER"), Filter(operator="in"), Sort()]
    label: Annotated[str, Length(most=3), Column(), Filter(type=str), Filter("short"), Sort("name")]
    state: Annotated[str, OneOf(("new", "sent")), Body(default="new"), Column(index=False), Filter(operator="in")]
    place: Annotated[Place, Column("city", path="$.place.city"), Filter("city", "contains", "city")]


class Extra(TypedDict):
    """Query parameters beside the record's filters."""

    weight: Annotated[int | None, Default(None), Filter("weight", ">=")]
    sortedBy: Annotated[str | None, Default(None), SortKey()]


EVERY, SOME = Query(Parcel, (Extra,)), Query(Parcel, (Extra,), only=("id",))


def refused_parameters(query: str) -> list[str]:
    """Return the parameters for which a query is refused."""
    with pytest.raises(Invalid) as raised:
        load_query(schema_of(EVERY, "query"), query)
    return [field for field, _ in raised.value.details]


def test_query_has_its_records_filters() -> None:
    assert [member.name for member in members(EVERY)] == ["id", "label", "short", "state", "city", "weight", "sortedBy"]


def test_query_may_have_some_filters() -> None:
    assert [member.name for member in members(SOME)] == ["id", "weight", "sortedBy"]
    assert dict(filters(SOME)) == {"id": ("number", "in"), "weight": ("weight", ">=")}


def test_filter_keeps_its_fields_checks() -> None:
    assert refused_parameters("short=long") == ["short"]
    assert refused_parameters("state=new&state=lost") == ["state.1"]


def test_filter_may_take_another_type() -> None:
    assert load_query(schema_of(EVERY, "query"), "label=long").value["label"] == "long"


def test_sort_key_takes_the_records_names() -> None:
    assert load_query(schema_of(EVERY, "query"), "sortedBy=name").value["sortedBy"] == "name"
    assert refused_parameters("sortedBy=label") == ["sortedBy"]


def test_column_may_lead_into_its_field() -> None:
    assert [(column.name, column.path) for column in columns(Parcel)] == [
        ("number", "$.id"), ("label", "$.label"), ("state", "$.state"), ("city", "$.place.city"),
    ]  # fmt: skip


@pytest.mark.parametrize(("sent", "number"), [(5, 5.0), ("5.5", 5.5), ("1e2", 100.0), ("-.5", -0.5)])
def test_number_is_read_as_text_too(sent: object, number: float) -> None:
    assert formats.number(sent) == number


@pytest.mark.parametrize("sent", [True, None, "", "x", "1_0", "١٢", "0x10", "nan", "1e999", [1]])
def test_anything_else_is_no_number(sent: object) -> None:
    with pytest.raises(ValueError, match=r"Not a valid number|not permitted"):
        formats.number(sent)
