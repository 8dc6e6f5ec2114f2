"""What a fixture says under `vendors: ticketnation:`: its shape, and that it speaks only of what the fixture has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from mockmarket.errors import details_of
from mockmarket.seed.planting import Misplanted
from mockmarket.store import events
from mockmarket.vendor import Seeding
from mockmarket.vendors.ticketnation.schemas.events import NewBrand, NewPerformer, NewSchedule
from mockmarket.vendors.ticketnation.wire import NAME

ALONE = {"name": "Mock Presents", "slug": "mock-presents"}
"""Whose everything is in a fixture that names no organization."""

Problem = tuple[tuple[Any, ...], str]


class OrganizationShape(Schema):
    """An organization and, unless it is the first, what is its own: events by id, and all events of venues."""

    name = fields.String(required=True, validate=validate.Length(1, 200))
    slug = fields.String(
        required=True, validate=validate.Regexp(r"[a-z0-9]+(-[a-z0-9]+)*\Z", error="Must be like my-shows.")
    )
    events = fields.List(fields.String(), load_default=list)
    venues = fields.List(fields.String(), load_default=list)


class ThresholdShape(Schema):
    """Below how many ticket.inventory_low fires, for one section of an event."""

    event = fields.String(required=True)
    section = fields.String(required=True)
    at = fields.Integer(required=True, validate=validate.Range(0, 100_000))


class PartsShape(Schema):
    """What an event has besides tickets."""

    event = fields.String(required=True)
    performers = fields.List(fields.Nested(NewPerformer), load_default=list)
    schedules = fields.List(fields.Nested(NewSchedule), load_default=list)
    brands = fields.List(fields.Nested(NewBrand), load_default=list)


class SectionShape(Schema):
    """What a fixture says under `vendors: ticketnation:`."""

    organizations = fields.List(
        fields.Nested(OrganizationShape), load_default=lambda: [ALONE], validate=validate.Length(1)
    )
    thresholds = fields.List(fields.Nested(ThresholdShape), load_default=list)
    about_events = fields.List(fields.Nested(PartsShape), load_default=list)


def read(seeding: Seeding) -> dict[str, Any]:
    """Read the fixture's section for this vendor; Misplanted says where it is wrong."""
    try:
        loaded: dict[str, Any] = SectionShape().load(dict(seeding.section))
    except ValidationError as error:
        field, words = details_of(error)[0]
        path = (int(part) if part.isdigit() else part for part in field.split("."))
        raise Misplanted(("vendors", NAME, *path), words) from error
    for where, words in contradictions(seeding, loaded):
        raise Misplanted(("vendors", NAME, *where), words)
    return loaded


def contradictions(seeding: Seeding, section: dict[str, Any]) -> Iterator[Problem]:
    """Yield what a section speaks of that the fixture does not have, and slugs that are given twice."""
    shows = {show.id for show in seeding.events}
    venues = {venue.id for venue in events.venues(seeding.tx)}
    yield from strangers(section, "events", shows)
    yield from strangers(section, "venues", venues)
    slugs = [one["slug"] for one in section["organizations"]]
    for number, slug in enumerate(slugs):
        if slug in slugs[:number]:
            yield ("organizations", number, "slug"), f"Another organization is {slug!r}."
    for list_name in ("thresholds", "about_events"):
        for number, one in enumerate(section[list_name]):
            if one["event"] not in shows:
                yield (list_name, number, "event"), f"There is no event {one['event']!r}."
    for number, one in enumerate(section["thresholds"]):
        if one["section"] not in {row.section for row in seeding.stock.of(one["event"])}:
            yield ("thresholds", number), f"Event {one['event']} has no section {one['section']!r}."


def strangers(section: dict[str, Any], field: str, known: set[str]) -> Iterator[Problem]:
    """Yield the events or venues of organizations that the fixture does not have."""
    for number, organization in enumerate(section["organizations"]):
        for id in organization.get(field, ()):
            if id not in known:
                yield ("organizations", number, field), f"There is no {id!r}."
