"""The process's health, for people and for probes: without the control token the status alone."""

from collections.abc import Iterator
from typing import Annotated, Literal, TypedDict

import flask

from mockmarket import __version__
from mockmarket.config import authority, host_of
from mockmarket.control.base import FOR_PROBES, Context, is_probe, operation
from mockmarket.store import outbox
from mockmarket.worlds.registry import Worlds as Registry

Journal = TypedDict("Journal", {"entries": int, "dropped": int})
Problem = Annotated[str | None, "For a world that is damaged or cannot be written: the file and the problem."]
FileCheck = Literal["ok", "under way", "not checked", "damaged", "not writable"]
CheckedFile = TypedDict("CheckedFile", {"world": str, "check": FileCheck, "problem": Problem})


class Https(TypedDict):
    """Where the server speaks HTTPS, by the caller's name for it, the file of the authority to trust, null for a certificate of the user's
    own, and the URL as a proxy, null if it is none."""

    url: str
    ca_file: str | None
    proxy_url: str | None


class Status(TypedDict):
    """What a probe without the control token is told."""

    status: Literal["ok", "degraded"]


class Health(Status, total=False):
    """The process's health; the counts are the world's, and left out when its file is damaged."""

    version: str
    worlds: list[str]
    files: Annotated[
        list[CheckedFile], "With --data: results of the files' checks. Always: files that could not be written."
    ]
    refused_by_limits: Annotated[dict[str, int], "By limit of the server that is set."]
    draining: bool
    pruned: Annotated[int, "Settled deliveries that are no longer kept."]
    deliveries: dict[str, int]
    in_flight: int
    journal: Journal
    https: Https


@operation(answer=Health, conventions=FOR_PROBES)
def get_health(context: Context) -> Health:
    """Return the process's health: 200 once fixtures are loaded (503 before), with counts of dropped entries.

    Without the control token, where the server requires one: `status` alone. It is `degraded` while a world is not served because its file
    is damaged, or while a world's file cannot be written; `files` says which and why, and what the checks of kept files have found."""
    registry = context.services.registry
    files = [*_checked_files(registry)]
    health: Health = {"status": "degraded" if any(file["problem"] for file in files) else "ok"}
    if is_probe(context):
        return health
    health |= {
        "version": __version__,
        "worlds": registry.names(),
        "files": files,
        "refused_by_limits": registry.limits.refused,
        "draining": registry.is_draining,
        "pruned": context.services.engine.pruned,
    }
    if context.world_name not in registry.damaged:
        world = context.world
        health["deliveries"] = dict(outbox.counts(world.read()))
        health["in_flight"] = sum(world.in_flight.values())
        health["journal"] = {"entries": len(world.journal.entries), "dropped": world.journal.dropped}
    if https := https_of(context):
        health["https"] = https
    return health


def https_of(context: Context) -> Https | None:
    """Return where the server speaks HTTPS, or None."""
    if (https := context.server.https) is None:
        return None
    url = f"https://{authority(host_of(flask.request.host), https.port)}"
    return {"url": url, "ca_file": https.ca_file, "proxy_url": https.proxy_url}


def _checked_files(registry: Registry) -> Iterator[CheckedFile]:
    stores = {world.name: world.store for world in registry.all() if world.store.trouble}
    for store in stores.values():
        store.try_to_write()
    for name, result in registry.checks.results.copy().items():
        if name not in stores:
            yield {"world": name, "check": result, "problem": None}
    for name, store in stores.items():
        yield {"world": name, "check": "not writable" if store.trouble else "ok", "problem": store.trouble or None}
    for name, damage in registry.damaged.copy().items():
        yield {"world": name, "check": "damaged", "problem": damage.reason}
