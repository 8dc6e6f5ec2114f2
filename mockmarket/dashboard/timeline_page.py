"""The page Timeline: a world's activity, live, as a sequence diagram; and the effects of one request beside it."""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from zlib import crc32

import flask
from markupsafe import escape

from mockmarket.api.context import current
from mockmarket.control.trace import DELIVERIES, NOTICES, CausedNotice, caused_delivery, effects_of
from mockmarket.dashboard import changed_records, lists, sending, sequence_diagram, shell, timeline, zone_switch
from mockmarket.dashboard.activity import activity_of, tone_of
from mockmarket.dashboard.deeds import cause_of
from mockmarket.dashboard.filtering import KINDS, ONLY, Query
from mockmarket.dashboard.lanes import Arrangement, Post, endpoint_post
from mockmarket.dashboard.overview import overview_of
from mockmarket.dashboard.sequence_diagram import ZOOMS, Block, Drawing, Look
from mockmarket.dashboard.timeline import Window
from mockmarket.errors import NotFound
from mockmarket.records.views import view
from mockmarket.store import Read, history
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

OPENED = 50  # most entries that are open at once
TABS = {"": "Chain", "request": "Request", "records": "Before and after", "curl": "curl"}
TABS_OF_DEED = {name: TABS[name] for name in ("", "records")}
PASSING = ("have", "width", zone_switch.INPUT)  # parameters that an address does not keep
LANES = 60  # most lanes that an address names, and most idle endpoints that are listed
FASTEST = 1
CACHED = 8_192  # entries that are rendered already: of some worlds, for some addresses
Picture = dict[str, object]


def show() -> shell.Response:
    """Show the page: filters, the diagram, and the selected chain."""
    return shell.canonical(address(), _page, not _jump().error)


def _page() -> shell.Response:
    world, id = current().world, flask.request.args.get("chain", "")
    try:
        chain = _chain_of(world, id) if id else None
    except NotFound:
        chain = None
    return shell.page("timeline.html", **_picture(), chain=chain)


def diagram() -> shell.Response:
    """Return the diagram alone, which the page requests after each change; entries that the page has are only named."""
    answer = shell.part("timeline_diagram.html", **_picture())
    answer.vary.add("Accept-Encoding")
    if flask.request.accept_encodings["gzip"]:
        answer.set_data(gzip.compress(answer.get_data(), FASTEST, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def chain(id: str) -> shell.Response:
    """Show the effects of one request, or of one notice without a request."""
    return shell.part("timeline_chain.html", chain=_chain_of(current().world, id))


def _parsed() -> tuple[Query, Window]:
    """Return the filters and the window that the address names."""
    query = Query(
        shell.argument("vendor", current().world.vendors), shell.argument("kind", KINDS), shell.argument("only", ONLY),
        shell.argument("record"), shell.argument("text"), shell.number("since"), shell.number("until"),
    )  # fmt: skip
    opened = frozenset(flask.request.args.getlist("open")[:OPENED])
    start = _jump().at
    pinned = frozenset(id.removeprefix("e-") for id in _ids("pinned"))
    return query, Window(shell.argument("end"), opened=opened, start=start, pinned=pinned)


def _look() -> Look:
    """Return how the address asks for the drawing."""
    zoom = shell.number("zoom", 3)
    arrangement = Arrangement(_ids("order"), frozenset(_ids("folded")), frozenset(_ids("pinned")))
    width = shell.number("width", 5) or sequence_diagram.DEFAULT_WIDTH
    return Look(shell.argument("density", ("roomy", "compact")), width, zoom if zoom in ZOOMS else 100, arrangement)


def _ids(name: str) -> list[str]:
    """Return the lanes that a parameter names."""
    return [id for id in flask.request.args.get(name, "").split(",")[:LANES] if id]


def _picture() -> Picture:
    world, (query, window), look = current().world, _parsed(), _look()
    story, chosen = timeline.story_of(world, query, window), flask.request.args.get("chain", "")
    picture = sequence_diagram.draw(story, world.vendors, look)
    times = (story.places[0].at, story.places[-1].at) if story.places else None
    filters: Picture = {"asked": query, "window": window, "selected": chosen, "kinds": KINDS, "onlys": ONLY}
    looks = {"density": look.density, "jump": _jump(), "jump_asked": shell.argument("jump"), "address": address}
    drawn: Picture = {
        "between": lambda since, until: address(since=since, until=until, end=None, jump=None),
        "drawing": picture,
        "story": story,
        "entries": _entries(picture, chosen),
        "lanes": _lanes(picture, story, look.lanes),
        "zooms": _zooms(look.zoom),
        "overview": overview_of(story.steps, look.width, times, story.dues, story.now, story.counts.awaited),
    }
    known = {
        "example": f"curl {current().base_url()}{next(iter(world.vendors.values())).base}/events",
        "dropped": world.journal.dropped,
        "missing": _missing(world, chosen) if chosen and chosen not in {item.chain for item in story.items} else None,
        "all_vendors": {"": "All"} | {vendor.name: vendor.title for vendor in world.vendors.values()},
    }
    return filters | looks | drawn | known


def _zooms(zoom: int) -> dict[str, int | None]:
    """Return the scale, in percent, and the next smaller and larger ones; None where there is none."""
    place = ZOOMS.index(zoom)
    return {
        "now": zoom, "out": ZOOMS[place - 1] if place else None, "in": ZOOMS[place + 1] if place + 1 < len(ZOOMS) else None,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class LaneLine:
    """One line of the list of lanes: its lane, and where its buttons lead; `left` and `right` move it, "" where it cannot be moved."""

    post: Post
    folding: str
    pinning: str
    left: str = ""
    right: str = ""


def _lanes(picture: Drawing, story: timeline.Story, arrangement: Arrangement) -> dict[str, list[LaneLine]]:
    """Return the lanes that are shown, in their order, and the endpoints that are idle. A vendor is moved with its endpoints."""
    order = [post.id for post in picture.lanes[1:]]
    vendors = [post.id for post in picture.lanes[1:] if post.kind == "vendor"]

    def line(post: Post) -> LaneLine:
        folding, pinning = (
            address(folded=_toggled(arrangement.folded, post.id)),
            address(pinned=_toggled(arrangement.pinned, post.id)),
        )
        among = vendors if post.kind == "vendor" else order
        at = among.index(post.id) if post.id in among else None
        moves = () if at is None else (_moved(among, at, at - 1), _moved(among, at, at + 1))
        return LaneLine(post, folding, pinning, *moves)

    idle = [endpoint_post(id, *lane) for id, lane in [*story.idle.items()][:LANES]]
    return {"shown": [line(post) for post in picture.lanes[1:]], "idle": [line(post) for post in idle]}


def _toggled(ids: Iterable[str], id: str) -> str:
    return ",".join(sorted({*ids} ^ {id}))


def _moved(order: Sequence[str], at: int, to: int) -> str:
    """Return the address with two lanes exchanged; "" beyond the ends."""
    if not 0 <= to < len(order):
        return ""
    ids = [*order]
    ids[at], ids[to] = ids[to], ids[at]
    return address(order=",".join(ids))


def _jump() -> lists.Moment:
    """Return the moment from which on the address asks for entries."""
    if "jump" not in flask.g:
        flask.g.jump = lists.moment("jump")
    jump: lists.Moment = flask.g.jump
    return jump


def address(**changes: object) -> str:
    """Return the page's address with some of its parameters changed; None takes one away."""
    query = {name: flask.request.args.getlist(name) for name in flask.request.args if name not in PASSING}
    query["jump"] = [_jump().address]
    return shell.url(
        "timeline.show",
        **{name: value for name, value in (query | changes).items() if value not in (None, "", [], [""])},
    )


def _entries(picture: Drawing, chosen: str) -> dict[str, list[str]]:
    """Return the entries as HTML, up to the present and after it; those that the page has, unchanged, are empty elements."""
    known, base = frozenset(flask.request.args.get("have", "").split(".")), address(chain=None)
    base = f"{base}{'&' if '?' in base else '?'}chain="

    def entry(block: Block) -> str:
        size = picture.width, picture.scale
        text, mark = _rendered(block, size, (base, _toggle(block.opens)), block.chain == chosen)
        return f'<li id="{escape(block.id)}" data-same></li>' if mark in known else text

    return {"before": [*map(entry, picture.blocks)], "after": [*map(entry, picture.awaited)]}


def _toggle(id: str) -> str:
    """Return the address at which an entry is opened, or closed again."""
    opened = flask.request.args.getlist("open")
    return address(open=[name for name in opened if name != id] if id in opened else [*opened, id]) if id else ""


@lru_cache(maxsize=CACHED)
def _rendered(block: Block, size: tuple[int, float], links: tuple[str, str], is_lit: bool) -> tuple[str, str]:
    """Return an entry as HTML, and a mark of its content."""
    mark = f"{crc32(repr((block, size, links, is_lit)).encode('utf-8', 'backslashreplace')):08x}"
    values = {
        "block": block,
        "width": size[0],
        "scale": size[1],
        "base": links[0],
        "toggle": links[1],
        "lit": is_lit,
        "mark": mark,
    }
    return shell.environment().get_template("timeline_entry.html").render(values), mark


def _missing(world: World, id: str) -> dict[str, str]:
    """Return why the selected chain is not in the window: the row to go to, or what the journal has instead."""
    activity = activity_of(world)
    with activity.lock:
        rows = activity.chains[id].rows if id in activity.chains else []
        if rows:
            return {"row": max(row.place for row in rows).id, "first": "", "last": ""}
    entries = world.journal.find({})
    first, last = (entries[0].id, entries[-1].id) if entries else ("", "")
    return {"row": "", "first": first, "last": last}


def _chain_of(world: World, id: str) -> dict[str, object]:
    entry, deed = next(iter(world.journal.find({"id": id})), None), _deed(world, id)
    effects: Mapping[str, object] = (
        effects_of(world, entry) if entry else effects_without(world.read(), id, _notices_of(world, id))
    )
    if entry is None and deed is None and not effects["notices"]:
        raise NotFound(f"{id} no longer exists: the journal keeps the newest requests of a world until a reset.")
    head, titles = entry or deed, TABS if entry else TABS_OF_DEED if deed else {}
    tab = shell.argument("tab", titles)
    tabs = {"tab": tab, "tabs": titles, "address": address, "in_all": head.effects.records_in_all if head else 0}
    if head and tab == "records":
        tabs["changed"] = changed_records.of_entry(head)
    if entry and tab == "curl":
        tabs["command"] = sending.curl(sending.repeatable(world, entry), current().base_url(), False)
    tone, most = tone_of(entry) if entry else "", world.config.limits.journal_body
    about = {"id": id, "entry": entry, "tone": tone, "kept": most, "now": world.clock.now(), "deed": deed}
    words = cause_of(deed) if deed else ""
    about["words"] = words[:1].upper() + words[1:]
    return about | tabs | {**effects}


def _deed(world: World, id: str) -> Entry | None:
    """Return what was done under an id by hand, by a timer or by a receiver's answer, or None."""
    kept = (entry for deeds in world.journal.deeds for entry, _ in deeds.all())
    return next((entry for entry in kept if entry.id == id), None)


def _notices_of(world: World, id: str) -> list[int]:
    """Return the notices of a chain, oldest first."""
    activity = activity_of(world)
    with activity.lock:
        activity.refresh(world)
        return sorted(activity.chains[id].notices)[:NOTICES] if id in activity.chains else []


def effects_without(read: Read, id: str, numbers: Sequence[int]) -> dict[str, object]:
    """Return the effects of a chain without a journal entry: its notices, and the changes of seats at their moments."""
    rows = history.notices(read, {"cause": id}, NOTICES)[::-1]
    rows += [
        row
        for number in numbers
        for row in history.notices(read, {}, 1, number + 1)
        if row["id"] == number and row not in rows
    ]
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
