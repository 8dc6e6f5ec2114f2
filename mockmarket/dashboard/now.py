"""Now: what happens in a world, live, as a sequence diagram; and the whole cause chain of one request beside it."""

from __future__ import annotations

from typing import Any

import flask

from mockmarket.api.context import current
from mockmarket.control.deliveries import notice_dict
from mockmarket.control.trace import DELIVERIES, NOTICES, caused_delivery, effects_of
from mockmarket.dashboard import live, sequence_diagram, shell, timeline
from mockmarket.dashboard.shell import Page, Route
from mockmarket.dashboard.timeline import Asked
from mockmarket.errors import NotFound
from mockmarket.store import Read, history
from mockmarket.store.timeline import changes
from mockmarket.worlds.world import World

LIMITS = (50, 100, 250, 500, 1000)
ONLY = {"": "Everything", "effects": "Without plain reads", "trouble": "Trouble and its causes"}
DENSITIES = {"": "By size", "roomy": "Roomy", "compact": "Compact"}


def show() -> flask.Response:
    """Show the page: filters, the diagram, and beside it the chain that is chosen."""
    return shell.page("now.html", title="Now", **picture(), chain=chain_of_query())


def diagram() -> flask.Response:
    """Show the diagram alone, as the page asks for it whenever something has changed."""
    return shell.part("now_diagram.html", **picture())


def chain(id: str) -> flask.Response:
    """Show what one request, or one notice that no request caused, led to."""
    return shell.part("now_chain.html", chain=chain_dict(current().world, id))


def asked() -> Asked:
    """Read the filters; what cannot be read is as if it had not been given."""
    arguments = flask.request.args
    limit = arguments.get("limit", "100")
    return Asked(
        vendor=arguments.get("vendor", "") if arguments.get("vendor", "") in current().world.vendors else "",
        record=arguments.get("record", "").strip()[:200],
        only=arguments.get("only", "") if arguments.get("only", "") in ONLY else "",
        limit=int(limit) if limit.isdecimal() and int(limit) in LIMITS else 100,
    )


def picture() -> dict[str, Any]:
    """Return what the diagram's template needs."""
    world, what, density = current().world, asked(), flask.request.args.get("density", "")
    story = timeline.tell(world, what)
    host = current().base_url()
    return {
        "asked": what, "density": density, "limits": LIMITS, "onlys": ONLY, "densities": DENSITIES,
        "vendors": list(world.vendors.values()), "selected": flask.request.args.get("chain", ""), "story": story,
        "drawing": sequence_diagram.draw(story, world.vendors, density), "totals": timeline.totals(story.items),
        "example": f"curl {host}{next(iter(world.vendors.values())).base}/events", "dropped": world.journal.dropped,
        "narrowed": bool(what.vendor or what.record or what.only),
    }  # fmt: skip


def chain_of_query() -> dict[str, Any] | None:
    """Return the chain that the address names, if there still is one."""
    id = flask.request.args.get("chain", "")
    try:
        return chain_dict(current().world, id) if id else None
    except NotFound:
        return None


def chain_dict(world: World, id: str) -> dict[str, Any]:
    """Return a chain: its request if the journal has it, and what it led to as `GET requests/{id}` tells it."""
    entry = next(iter(world.journal.find({"id": id})), None)
    effects = effects_of(world, entry) if entry else effects_without(world.read(), id)
    if entry is None and not effects["notices"]:
        raise NotFound(f"{id} is no longer here: the journal keeps the newest requests of a world until it is reset.")
    tone = timeline.tone_of(entry) if entry else ""
    return {
        "id": id,
        "entry": entry,
        "tone": tone,
        "kept": world.config.limits.journal_body,
        "now": world.clock.now(),
        **effects,
    }


def effects_without(read: Read, id: str) -> dict[str, Any]:
    """Return what is known of a chain whose request there is none of: its notices, and the seats that moved at their moments."""
    notices = history.notices(read, {"cause": id}, NOTICES)[::-1]
    if id[:1] == "n" and id[1:].isdecimal() and len(id) < 19:
        notices = [row for row in history.notices(read, {}, 1, int(id[1:]) + 1) if row["id"] == int(id[1:])]
    made = [
        notice_dict(row)
        | {
            "deliveries": [
                caused_delivery(read, delivery)
                for delivery in history.deliveries(read, {"notice": row["id"]}, DELIVERIES)[::-1]
            ]
        }
        for row in notices
    ]
    return {"records": [], "stock": seats_moved(read, notices), "notices": made, "left_out": {}}


def seats_moved(read: Read, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what became of which seats through the records of some notices, at the moments of these."""
    moments = {(row["vendor"], row["record"], row["at"]) for row in told}
    found = [
        row
        for vendor, record, at in sorted(moments)
        for row in changes(read, {"vendor": vendor, "record": record}, DELIVERIES)
        if row["at"] == at
    ]
    return sorted(found, key=lambda row: int(row["id"]))


PAGE = Page("now", "Now", "n", (
    Route("now", show), Route("now/diagram", diagram), Route("now/chain/<string:id>", chain), Route("now/stream", live.stream),
))  # fmt: skip
