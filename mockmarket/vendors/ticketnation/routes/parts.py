"""Performers, schedules and brands of an event: the same four calls for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import flask
from flask.views import MethodView
from marshmallow import Schema

from mockmarket.api import web
from mockmarket.store.records import Kind
from mockmarket.vendors.ticketnation.routes.common import (
    changing,
    chapter,
    data,
    needs,
    organization,
    page,
    read_only,
    removed,
)
from mockmarket.vendors.ticketnation.rules import parts
from mockmarket.vendors.ticketnation.rules.organizations import event_of
from mockmarket.vendors.ticketnation.schemas import events as schemas
from mockmarket.vendors.ticketnation.schemas.shapes import PageQuery, RemovedAnswer
from mockmarket.vendors.ticketnation.wire import BRAND, PERFORMER, SCHEDULE


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of part: its word in the path, what calls take, what they answer."""

    words: str
    kind: Kind
    new: type[Schema]
    change: type[Schema]
    one: type[Schema]
    some: type[Schema]

    @property
    def path(self) -> str:
        """Where an event's parts of this kind are."""
        return f"/events/<string:event>/{self.words}"


PARTS = (
    Part("performers", PERFORMER, schemas.NewPerformer, schemas.PerformerChange, schemas.PerformerAnswer, schemas.PerformerPage),
    Part("schedules", SCHEDULE, schemas.NewSchedule, schemas.ScheduleChange, schemas.ScheduleAnswer, schemas.SchedulePage),
    Part("brands", BRAND, schemas.NewBrand, schemas.BrandChange, schemas.BrandAnswer, schemas.BrandPage),
)  # fmt: skip


def chapter_of(part: Part) -> web.Blueprint:
    """Return the four calls of one kind of part."""
    blp = chapter(part.words, f"an event's {part.words}.")
    add_all(blp, part)
    add_one(blp, part)
    return blp


def add_all(blp: web.Blueprint, part: Part) -> None:
    """Add the calls on all of an event's parts of one kind: list and create."""

    class All(MethodView):
        @needs("events:read")
        @blp.arguments(PageQuery(), location="query")
        @blp.response(200, part.some)
        @read_only(blp)
        def get(self, query: dict[str, Any], event: str) -> flask.Response:
            read = web.world().read()
            return page(read, part.kind, [("event", "=", event_of(read, organization(), event)["id"])], [], query)

        @needs("events:write")
        @blp.arguments(part.new())
        @blp.response(201, part.one)
        @changing(blp)
        def post(self, given: dict[str, Any], event: str) -> flask.Response:
            return data(parts.create(web.world(), organization(), event, part.kind, given), 201)

    All.__name__ = All.__qualname__ = part.words.title()
    All.get.__doc__ = f"List an event's {part.words} in the order they were made."
    All.post.__doc__ = f"Create one of an event's {part.words}."
    blp.route(part.path)(All)


def add_one(blp: web.Blueprint, part: Part) -> None:
    """Add the calls on one part: update and delete."""

    class One(MethodView):
        @needs("events:write")
        @blp.arguments(part.change())
        @blp.response(200, part.one)
        @changing(blp)
        def patch(self, given: dict[str, Any], event: str, id: str) -> flask.Response:
            return data(parts.update(web.world(), organization(), event, part.kind, id, given))

        @needs("events:write")
        @blp.response(200, RemovedAnswer)
        @read_only(blp)
        def delete(self, event: str, id: str) -> flask.Response:
            return removed(parts.delete(web.world(), organization(), event, part.kind, id))

    One.__name__ = One.__qualname__ = f"One{part.kind.name.title()}"
    One.patch.__doc__ = f"Update one of an event's {part.words}; what is not named stays."
    One.delete.__doc__ = f"Delete one of an event's {part.words}."
    blp.route(f"{part.path}/<string:id>")(One)


blueprints = tuple(chapter_of(part) for part in PARTS)
