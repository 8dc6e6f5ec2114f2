"""Now: a world's activity, live, as a sequence diagram; and the effects of one request beside it."""

from collections.abc import Mapping
from operator import itemgetter

import flask

from mockmarket.api.context import current
from mockmarket.control.trace import DELIVERIES, NOTICES, CausedNotice, caused_delivery, effects_of
from mockmarket.dashboard import sequence_diagram, shell, timeline
from mockmarket.errors import NotFound
from mockmarket.records.views import view
from mockmarket.store import Read, Record, history
from mockmarket.worlds.world import World

LIMITS = (50, 100, 250, 500, 1000)
ONLY = {"": "Everything", "effects": "Without plain reads", "trouble": "Failures and their causes"}


def show() -> shell.Response:
    """Show the page: filters, the diagram, and the selected chain."""
    world, id = current().world, flask.request.args.get("chain", "")
    try:
        chain = _chain_of(world, id) if id else None
    except NotFound:
        chain = None
    return shell.page("now.html", **_picture(), chain=chain)


def diagram() -> shell.Response:
    """Return the diagram alone, which the page requests after each change."""
    return shell.part("now_diagram.html", **_picture())


def chain(id: str) -> shell.Response:
    """Show the effects of one request, or of one notice without a request."""
    return shell.part("now_chain.html", chain=_chain_of(current().world, id))


def _picture() -> dict[str, object]:
    world, limit, density = current().world, shell.number("limit"), flask.request.args.get("density", "")
    among = {"vendor": world.vendors, "record": None, "only": ONLY}
    query: Record = {name: shell.argument(name, values) for name, values in among.items()}
    query["limit"] = limit if limit in LIMITS else 100
    story, chosen = timeline.story_of(world, **query), flask.request.args.get("chain", "")
    example = f"curl {current().base_url()}{next(iter(world.vendors.values())).base}/events"
    filters = {"asked": query, "density": density, "limits": LIMITS, "onlys": ONLY, "selected": chosen}
    drawn = {"drawing": sequence_diagram.draw(story, world.vendors, density), "totals": timeline.totals(story.items)}
    return filters | drawn | {"story": story, "example": example, "dropped": world.journal.dropped}


def _chain_of(world: World, id: str) -> dict[str, object]:
    entry = next(iter(world.journal.find({"id": id})), None)
    effects: Mapping[str, object] = effects_of(world, entry) if entry else effects_without(world.read(), id)
    if entry is None and not effects["notices"]:
        raise NotFound(f"{id} no longer exists: the journal keeps the newest requests of a world until a reset.")
    tone, most = timeline.tone_of(entry) if entry else "", world.config.limits.journal_body
    return {"id": id, "entry": entry, "tone": tone, "kept": most, "now": world.clock.now(), **effects}


def effects_without(read: Read, id: str) -> dict[str, object]:
    """Return the effects of a chain without a journal entry: its notices, and the changes of seats at their moments."""
    rows = history.notices(read, {"cause": id}, NOTICES)[::-1]
    if id[:1] == "n" and id[1:].isdecimal() and len(id) < 19:
        rows = [row for row in history.notices(read, {}, 1, int(id[1:]) + 1) if row["id"] == int(id[1:])]
    notices = []
    for row in rows:
        sent = history.deliveries(read, {"notice": row["id"]}, DELIVERIES)[::-1]
        notices.append(view(CausedNotice, row, deliveries=[caused_delivery(read, delivery) for delivery in sent]))
    moved = (
        row
        for vendor, record, at in {(row["vendor"], row["record"], row["at"]) for row in rows}
        for row in history.stock_changes(read, {"vendor": vendor, "record": record}, DELIVERIES)
        if row["at"] == at
    )
    return {"records": [], "stock": sorted(moved, key=itemgetter("id")), "notices": notices, "left_out": {}}
