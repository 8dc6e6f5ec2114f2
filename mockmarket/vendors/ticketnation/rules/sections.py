"""What a fixture says under `vendors: ticketnation:`: its shape, and that it speaks only of what the fixture has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypedDict

from marshmallow import ValidationError

from mockmarket.api.schemas import schema_of
from mockmarket.errors import details_of
from mockmarket.records import Create, Default, Length, Pattern, Range, Shaped
from mockmarket.seed.planting import Misplanted
from mockmarket.store import events
from mockmarket.vendor import Seeding
from mockmarket.vendors.ticketnation.records import NAME, Brand, Performer, Schedule

ALONE = {"name": "Mock Presents", "slug": "mock-presents"}
"""Whose everything is in a fixture that names no organization."""

Problem = tuple[tuple[Any, ...], str]


class OrganizationSection(TypedDict):
    """An organization and, unless it is the first, what is its own: events by id, and all events of venues."""

    name: Annotated[str, Length(1, 200)]
    slug: Annotated[str, Pattern(r"[a-z0-9]+(-[a-z0-9]+)*\Z", "Must be like my-shows.")]
    events: Annotated[list[str], Default(list)]
    venues: Annotated[list[str], Default(list)]


class ThresholdSection(TypedDict):
    """Below how many ticket.inventory_low fires, for one section of an event."""

    event: str
    section: str
    at: Annotated[int, Range(0, 100_000)]


class PartsSection(TypedDict):
    """What an event has besides tickets."""

    event: str
    performers: Annotated[list[dict[str, Any]], Shaped(Create(Performer)), Default(list)]
    schedules: Annotated[list[dict[str, Any]], Shaped(Create(Schedule)), Default(list)]
    brands: Annotated[list[dict[str, Any]], Shaped(Create(Brand)), Default(list)]


class Section(TypedDict):
    """What a fixture says under `vendors: ticketnation:`."""

    organizations: Annotated[list[OrganizationSection], Default(lambda: [ALONE]), Length(1)]
    thresholds: Annotated[list[ThresholdSection], Default(list)]
    about_events: Annotated[list[PartsSection], Default(list)]


def read(seeding: Seeding) -> dict[str, Any]:
    """Read the fixture's section for this vendor; Misplanted says where it is wrong."""
    try:
        loaded: dict[str, Any] = schema_of(Section, "fixture").load(dict(seeding.section))
    except ValidationError as error:
        field, words = details_of(error)[0]
        path = (int(part) if part.isdecimal() else part for part in field.split("."))
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
    slugs = [organization["slug"] for organization in section["organizations"]]
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
