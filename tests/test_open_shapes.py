"""Shapes that keep members they do not name, and bodies that update a record and have members beside it."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

import pytest

from mockmarket.api.arguments import load_body, load_query
from mockmarket.api.operations import STRICT
from mockmarket.api.schemas import schema_of
from mockmarket.errors import Invalid
from mockmarket.records import Body, Create, Default, Shaped, Update, open_ended


@open_ended
class AnyFilter(TypedDict):
    """A list's query: whatever it does not name is a filter."""

    limit: Annotated[int, Default(50)]


class Closed(TypedDict):
    """A query that names everything."""

    limit: Annotated[int, Default(50)]


class Parcel(TypedDict):
    """A record."""

    id: str
    owner: Annotated[str, Body()]


class Seal(TypedDict):
    """A member of the call that the record does not have."""

    sealed: NotRequired[bool]


def test_open_query_keeps_what_it_does_not_name() -> None:
    loaded = load_query(schema_of(AnyFilter, "query"), "limit=2&colour=red", STRICT)

    assert loaded.value == {"limit": 2, "colour": "red"}


def test_nothing_of_an_open_query_is_unread() -> None:
    assert load_query(schema_of(AnyFilter, "query"), "colour=red").unread == ()


def test_strict_query_names_what_there_is() -> None:
    with pytest.raises(Invalid, match=r"colour: Unknown field\. There are limit\."):
        load_query(schema_of(Closed, "query"), "colour=red", STRICT)


def test_update_takes_members_beside_its_record() -> None:
    body = {"owner": "somebody", "sealed": True}

    assert load_body(schema_of(Update(Parcel, (Seal,)), "body"), body, STRICT).value == body


class Crate(TypedDict):
    """A record within which another is sent."""

    parcel: Annotated[Parcel, Shaped(Create(Parcel))]


def test_lenient_reading_leaves_a_shared_schema_strict() -> None:
    schema, body = schema_of(Crate, "body"), {"parcel": {"owner": "somebody", "colour": "red"}}

    assert load_body(schema, body).unread == ("parcel.colour",)
    with pytest.raises(Invalid, match="colour"):
        load_body(schema, body, STRICT)
