"""Two worlds, or a world and a snapshot, compared: which records only one of them has, and where the others differ."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from mockmarket.api.context import current
from mockmarket.dashboard import difference, formats, shell
from mockmarket.errors import Invalid
from mockmarket.store.comparing import Differences
from mockmarket.worlds import comparing

WORLDS = 200  # most worlds offered


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one kind that differ."""

    vendor: str
    title: str
    ways: tuple[Differences, ...]


def comparable() -> dict[str, list[str]]:
    """Return the worlds, each with the names of its snapshots."""
    registry = current().services.registry
    return {name: registry.shelf.names(name) for name in registry.names()[-WORLDS:]}


def compare() -> shell.Response:
    """Show what differs from one world, or `world:snapshot`, to another."""
    first, second = shell.argument("first"), shell.argument("second")
    if not first or not second:
        raise Invalid("Choose what to compare: two worlds, or a world and a snapshot.")
    groups = grouped(comparing.compare(current().services.registry, first, second))
    values = {"first": first, "second": second, "groups": groups, "comparable": comparable(), "paths": paths}
    return shell.page("worlds_compared.html", title="Worlds compared", **values)


def grouped(differences: Iterable[Differences]) -> list[Group]:
    """Return the differences by kind of record."""
    by_kind = groupby(differences, lambda each: (each.vendor, each.kind))
    return [Group(vendor, formats.label(kind), (*ways,)) for (vendor, kind), ways in by_kind]


def paths(before: str, after: str) -> list[difference.Change]:
    """Return the paths at which two records, as JSON, differ."""
    return difference.compare(before.encode(), after.encode())[1]
