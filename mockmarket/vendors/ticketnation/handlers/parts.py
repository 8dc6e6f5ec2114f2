"""Performers, schedules and brands of an event: the same four operations for each."""

from __future__ import annotations

from typing import Any

import flask

from mockmarket.api.operations import Operation
from mockmarket.records import Create, Update
from mockmarket.store.records import Kind
from mockmarket.vendors.ticketnation.handlers.conventions import (
    READ,
    WRITE,
    Context,
    data,
    operation,
    organization,
    page,
    removed,
)
from mockmarket.vendors.ticketnation.records import Answer, Brand, Page, PageQuery, Performer, Removed, Schedule
from mockmarket.vendors.ticketnation.rules import parts
from mockmarket.vendors.ticketnation.rules.organizations import event_of
from mockmarket.vendors.ticketnation.wire import BRAND, PERFORMER, SCHEDULE


def operations_on(kind: Kind, record: type, names: str) -> tuple[Operation, Operation, Operation, Operation]:
    """Return the four operations on one kind of part: list, create, update, delete."""

    def list_parts(context: Context, query: PageQuery, event: str) -> flask.Response:
        event_id = event_of(context.read(), organization(context), event)["id"]
        return page(context, kind, [("event", "=", event_id)], [], query)

    def create_part(context: Context, body: dict[str, Any], event: str) -> flask.Response:
        return data(parts.create(context.world, organization(context), event, kind, body), 201)

    def update_part(context: Context, body: dict[str, Any], event: str, id: str) -> flask.Response:
        return data(parts.update(context.world, organization(context), event, kind, id, body))

    def delete_part(context: Context, event: str, id: str) -> flask.Response:
        return removed(parts.delete(context.world, organization(context), event, kind, id))

    one, several = Answer[record], Page[record]  # type: ignore[valid-type]  # one of three, known at run time
    list_parts.__doc__ = f"List an event's {names} in the order they were made."
    create_part.__doc__ = f"Create one of an event's {names}."
    update_part.__doc__ = f"Update one of an event's {names}; what is not named stays."
    delete_part.__doc__ = f"Delete one of an event's {names}."
    return (
        operation(query=PageQuery, answer=several, scope="events:read", refuses=READ)(list_parts),
        operation(body=Create(record), answer=one, status=201, scope="events:write", refuses=WRITE)(create_part),
        operation(body=Update(record), answer=one, null_is_absent=False, scope="events:write", refuses=WRITE)(
            update_part
        ),
        operation(answer=Answer[Removed], scope="events:write", refuses=READ)(delete_part),
    )


list_performers, create_performer, update_performer, delete_performer = operations_on(
    PERFORMER, Performer, "performers"
)
list_schedules, create_schedule, update_schedule, delete_schedule = operations_on(SCHEDULE, Schedule, "schedules")
list_brands, create_brand, update_brand, delete_brand = operations_on(BRAND, Brand, "brands")
