"""Holds: seats of a listing kept for somebody until a date."""

from __future__ import annotations

from typing import Annotated, TypedDict

from mockmarket.records import Body, Column, Create, Default, Filter, Notified, Query, Sort, Update
from mockmarket.vendors.skybox.records.directory import EventSpan
from mockmarket.vendors.skybox.records.types import (
    AccountId,
    CreatedAt,
    Id,
    LongText,
    Number,
    Page,
    Paging,
    Quantity,
    SpanEnd,
    Text,
)


class Hold(TypedDict):
    """One hold."""

    id: Number
    accountId: AccountId
    inventoryId: Annotated[
        Id, Body(update=False), Column("inventory", "INTEGER"), Filter(operator="in"), Sort(), Notified()
    ]
    user: Annotated[str | None, Body(type=Text), Notified()]
    userId: Annotated[Id | None, Column("user", "INTEGER", index=False), Filter(operator="in"), Notified()]
    removedByUserId: int | None
    createdDate: CreatedAt
    expiryDate: Annotated[
        Text,
        Body(required=True),
        Sort(column="expires_at"),
        Filter("expiryDateFrom", ">=", "expires_at", SpanEnd),
        Filter("expiryDateTo", "<=", "expires_at", SpanEnd),
        Notified(),
    ]
    customerId: Annotated[
        Id | None, Body(), Column("customer", "INTEGER", index=False), Filter(operator="in"), Notified()
    ]
    removedDate: str | None
    notes: Annotated[LongText | None, Body(), Notified()]
    externalRef: Annotated[Text | None, Body(), Column("ref", index=False), Filter(type=str), Notified()]
    quantity: Annotated[int, Body(update=False, type=Quantity), Notified()]
    section: Annotated[str, Notified()]
    row: Annotated[str, Notified()]
    seats: Annotated[str, Notified()]
    cost: Annotated[float, Notified()]
    listPrice: Annotated[float, Notified()]
    eventId: Annotated[
        Id, Column("event", "INTEGER"), Filter(operator="in"), Sort("eventDate", "starts_at"), Notified()
    ]


class HoldFilters(EventSpan):
    """What else holds are found by."""

    exchangePosId: Annotated[list[Id], Default(list), Filter(operator="in", column="position")]


class NewHoldPlace(TypedDict):
    """Which seats a new hold takes, besides its listing's id."""

    exchangePosId: Annotated[Id | None, Default(None)]
    lowSeat: Annotated[Id | None, Default(None)]


NewHold = Create(Hold, (NewHoldPlace,))
HoldChange = Update(Hold)
HoldQuery = Query(Hold, (HoldFilters, Paging))
HoldPage = Page[Hold]
