"""Lays a world's activity out as a sequence diagram: lanes for the client, vendors and endpoints, time from top to bottom. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from mockmarket.clock import SECOND, iso_ms
from mockmarket.dashboard.formats import clock_time, cut, day, span
from mockmarket.dashboard.timeline import Item, Story, describe, outcome_of
from mockmarket.vendor import Vendor

COMPACT_FROM = 60  # number of entries from which the compact density is the default
GAP_MS = 30 * SECOND  # shortest pause that is drawn
LETTER = 6.3  # the width of an average letter of the diagram's text, in pixels
BOLD = 6.9  # the same in chips
FIRST_LANE, LAST_ROOM = 66, 74
WIDEST, NARROWEST, ROOM = 216, 166, 900
EDGE = 7


class _Density(NamedTuple):
    call: int
    chip: int
    gap: int
    paired: bool


ROOMY = _Density(36, 28, 44, False)
COMPACT = _Density(24, 22, 30, True)
Bar = tuple[int, int, int, str]  # the bar of a request on a vendor's lane: x, y, height, chain


@dataclass(frozen=True, slots=True)
class Post:
    """One lane: its kind (`client`, `vendor`, `endpoint`), its position, its label."""

    kind: str
    id: str
    x: int
    name: str
    under: str
    title: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: an `arrow` from x to `to`, a `chip` at x, a `gap`, or the `line` of the present moment. `solid` arrows
    are requests, the others answers. `label` is at the left end, `result` at the right end, with the sign of `tone`."""

    shape: str
    y: int
    height: int
    item: Item | None = None
    x: int = 0
    to: int = 0
    label: str = ""
    result: str = ""
    tone: str = ""
    width: int = 0
    solid: bool = True
    title: str = ""
    time: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template renders."""

    posts: tuple[Post, ...]
    rows: list[Row]
    bars: list[Bar]
    width: int
    height: int
    compact: bool


@dataclass(slots=True)
class Pen:
    """The position of the next row, and the rows so far."""

    x_of: Mapping[str, int]
    density: _Density
    bases: Mapping[str, str]
    y: int = 10
    at: int | None = None
    last_time: str = ""
    rows: list[Row] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)

    def put(self, shape: str, height: int, item: Item | None = None, *parts: Any, **fields: Any) -> None:
        """Add a row below the last; further values are given in the order, or under the names, of `Row`'s fields."""
        if item:
            fields["title"] = describe(item)
        self.rows.append(Row(shape, self.y, height, item, *parts, **fields))
        self.y += height

    def clock(self, at: int) -> str:
        """Return a moment for the times' column: only its milliseconds when the row above has the same second."""
        time = clock_time(at)
        again, self.last_time = time == self.last_time, time
        return f".{at % 1000:03d}" if again else time


def draw(story: Story, vendors: Mapping[str, Vendor], density: str = "") -> Drawing:
    """Lay a story out; `density` is `roomy`, `compact`, or chosen by the number of entries."""
    entries = sum(1 + len(item.inside) for item in story.items)
    compact = density == "compact" or (density != "roomy" and entries > COMPACT_FROM)
    posts = posts_of(story, vendors)
    bases = {vendor.name: vendor.base for vendor in vendors.values()}
    pen = Pen({post.id: post.x for post in posts}, COMPACT if compact else ROOMY, bases)
    for item in story.items:
        silence(pen, item.began[0])
        DRAWN[item.kind](pen, item)
        pen.at = max(pen.at or 0, item.at)
    _present(pen, story)
    return Drawing(posts, pen.rows, pen.bars, posts[-1].x + LAST_ROOM, pen.y + 12, compact)


def posts_of(story: Story, vendors: Mapping[str, Vendor]) -> tuple[Post, ...]:
    """Return the lanes: the client's, each vendor's with its endpoints beside it, finally the `core`'s; fewer lanes are wider apart."""
    entries = [*story.items, *story.waiting, *(inner for item in story.items for inner in item.inside)]
    active = {entry.vendor for entry in entries}
    posts = [Post("client", "client", 0, "Client", "your code", "The client of the vendors")]
    for name in (*(vendor for vendor in vendors if vendor in active), *sorted(active - set(vendors))):
        vendor = vendors.get(name)
        title, base = (vendor.title, vendor.base) if vendor else (name.capitalize(), "every vendor")
        posts.append(Post("vendor", f"v-{name}", 0, title, base, f"{title} {base}"))
        posts += [_endpoint_post(id, url, state) for id, (of, url, state) in story.lanes.items() if of == name]
    step = max(NARROWEST, min(WIDEST, ROOM // len(posts)))
    return tuple(replace(post, x=FIRST_LANE + number * step) for number, post in enumerate(posts))


def _endpoint_post(id: str, url: str, state: str) -> Post:
    parts = urlsplit(url)
    name, under = (parts.netloc, parts.path or "/") if url else (id, "removed")
    return Post("endpoint", f"e-{id}", 0, name, under, f"{url or id} ({state})", state)


def silence(pen: Pen, at: int) -> None:
    """Mark a pause without entries, and the start of a new day."""
    if pen.at is not None and at - pen.at >= GAP_MS:
        length, later = span(at - pen.at), f" · {day(at)}" if day(at) != day(pen.at) else ""
        pen.put("gap", pen.density.gap, label=f"{length} later{later}", time=length)
        pen.last_time = ""


def call(pen: Pen, item: Item, x: int, to: int, label: str) -> None:
    """Draw a call and, where the density has no arrow for answers, its answer in the same row."""
    result, tone = (item.result, item.tone) if pen.density.paired else ("", "")
    room = _letters(x, to) - (len(result) + 3 if result else 0)
    pen.put("arrow", pen.density.call, item, x, to, cut(label, room), result, tone, time=pen.clock(item.began[0]))


def answer(pen: Pen, item: Item, x: int, to: int) -> None:
    """Draw an answer as an arrow back, unless the call's row has it."""
    if not pen.density.paired:
        label = cut(outcome_of(item), _letters(x, to) - 3)
        pen.put("arrow", pen.density.call, item, x, to, label, "", item.tone, solid=False, part="-b")


def _letters(x: int, to: int) -> int:
    return max(8, int((abs(to - x) - 20) / LETTER))


def request(pen: Pen, item: Item) -> None:
    """Draw a request, its effects, and its answer; the lane shows the vendor, so the path is shown without its base."""
    client, vendor = pen.x_of["client"], pen.x_of[f"v-{item.vendor}"]
    began, density = pen.y, pen.density
    method, _, path = item.title.partition(" ")
    call(pen, item, client, vendor - EDGE, f"{method} {path.removeprefix(pen.bases.get(item.vendor, '')) or '/'}")
    for entry in item.inside:
        _chip(pen, entry)
    answer(pen, item, vendor - EDGE, client)
    first, last = began + density.call - 12, pen.y - (density.chip // 2 if density.paired and item.inside else 8)
    pen.bars.append((vendor - 5, first, max(12, last - first), item.chain))


def _chip(pen: Pen, item: Item, time: str = "") -> None:
    label = cut(f"{item.title} → {item.result}" if item.result else item.title, 44)
    x, width = pen.x_of[f"v-{item.vendor}"] - 12, round(len(label) * BOLD) + 36
    pen.put("chip", pen.density.chip, item, x, 0, label, width=width, time=time)


def _uncaused(pen: Pen, item: Item) -> None:
    _chip(pen, item, pen.clock(item.at))


def _attempt(pen: Pen, item: Item) -> None:
    vendor, endpoint = pen.x_of[f"v-{item.vendor}"], pen.x_of[f"e-{item.endpoint}"]
    call(pen, item, vendor + EDGE, endpoint, item.title)
    answer(pen, item, endpoint, vendor + EDGE)


def unsent(pen: Pen, item: Item) -> None:
    """Draw a delivery that was not sent, or not yet: an arrow that does not reach its lane."""
    vendor, endpoint = pen.x_of[f"v-{item.vendor}"], pen.x_of[f"e-{item.endpoint}"]
    label, time = cut(item.title, _letters(vendor, endpoint) - len(item.result) - 9), pen.clock(item.at)
    ends = vendor + EDGE, endpoint - 24
    pen.put("arrow", pen.density.call, item, *ends, label, item.result, item.tone, solid=False, time=time)


def _present(pen: Pen, story: Story) -> None:
    if not story.items and not story.waiting:
        return
    silence(pen, story.now)
    pen.put("line", 30, label=f"now, {clock_time(story.now)}", title=iso_ms(story.now))
    for item in story.waiting:
        unsent(pen, item)


DRAWN = {"request": request, "change": _uncaused, "notice": _uncaused, "attempt": _attempt, "dropped": unsent}
"""The function that draws each kind of entry."""
