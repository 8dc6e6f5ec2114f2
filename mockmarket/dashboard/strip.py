"""The strip under every page's header: the world, its clock, active faults, and what failed since the page Timeline was last looked at."""

import flask
from werkzeug import Response

from mockmarket.api.context import current
from mockmarket.clock import SECOND, wall_ms
from mockmarket.dashboard import guard
from mockmarket.delivery import waiting
from mockmarket.store import Record, endpoints, history
from mockmarket.worlds.access import SESSION_MS
from mockmarket.worlds.world import World

LOOKED = "looked"  # name of the page on which failures are seen
ATTEMPTS = 1000  # most attempts that are searched for failures


def values() -> Record:
    """Return what the strip and the navigation show: the clock, the next due moment, active faults, failures, failing endpoints."""
    world, now = current().world, current().world.clock.now()
    faults = [rule for rule in world.faults.all() if rule["left"] != 0]
    failing = sum(endpoint.state(now) != "active" or endpoint.failures > 0 for endpoint in endpoints.all(world.read()))
    clock = {"now": now, "frozen": world.clock.frozen, "next_due": _next_due(world)}
    counts = {"webhooks": (failing, "failing"), "faults": (len(faults), "active")}
    return clock | {"faults": faults, "failures": failures(world, _looked_at()), "counts": counts}


def _next_due(world: World) -> int | None:
    """Return when something is due next, by the rule of `advance` (epoch ms); None when that is now, or never."""
    due = waiting.next_due(world, ())
    return due if due is not None and due > world.clock.now() else None


def failures(world: World, since: int) -> int:
    """Count refused and failed requests and failed attempts since a moment of the machine's clock, in epoch ms."""
    return world.journal.failed_since(since) + history.failed_attempts(world.read(), since, ATTEMPTS)


def _looked_at() -> int:
    mark = flask.request.cookies.get(_cookie(), "")
    return int(mark) if mark.isdecimal() and len(mark) < 16 else 0


def _cookie() -> str:
    return f"{guard.cookie_name()}_{LOOKED}"


def remember(answer: Response) -> Response:
    """Set the mark up to which failures have been seen, for this world alone."""
    path = f"{current().prefix}{guard.ROOT}"
    answer.set_cookie(_cookie(), str(wall_ms()), SESSION_MS // SECOND, path=path, httponly=True, samesite="Strict")
    return answer
