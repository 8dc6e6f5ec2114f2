"""A story laid out as a sequence diagram: a lane each for the client, the vendors and their endpoints, time from top to bottom.

Pure: a Story in, numbers and texts for the template out. Two densities: in the roomy one a call and its answer are two arrows, in the
compact one they share one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from mockmarket.clock import SECOND, iso_ms
from mockmarket.dashboard.formats import clock_time, cut, day, span
from mockmarket.dashboard.timeline import Item, Lane, Story, describe, outcome_of
from mockmarket.vendor import Vendor

COMPACT_FROM = 60
"""From how many entries on the compact density is chosen, unless one is asked for."""
GAP_MS = 30 * SECOND
"""From how long a silence on it is drawn."""
LETTER = 6.3
"""The width of an average letter of the diagram's text, in pixels."""
BOLD = 6.9
"""The same, of what stands in chips."""
FIRST_LANE, LAST_ROOM = 66, 74
WIDEST, NARROWEST, ROOM = 216, 166, 900
EDGE = 7


@dataclass(frozen=True, slots=True)
class Density:
    """How high each thing is, in pixels, and whether an answer has an arrow of its own."""

    call: int
    chip: int
    gap: int
    paired: bool


ROOMY = Density(36, 28, 44, False)
COMPACT = Density(24, 22, 30, True)


@dataclass(frozen=True, slots=True)
class Post:
    """One lane: its kind (`client`, `vendor`, `endpoint`), where it stands, what it is called."""

    kind: str
    id: str
    x: int
    name: str
    under: str
    title: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: an `arrow` from x to `to`, a `chip` at x of some width, a `gap`, or the `line` of the present moment.

    `solid` arrows ask, the others answer. `label` stands at the left end, `result` at the right one, with the sign of `tone`.
    """

    shape: str
    y: int
    height: int
    item: Item | None = None
    x: int = 0
    to: int = 0
    width: int = 0
    label: str = ""
    result: str = ""
    tone: str = ""
    solid: bool = True
    title: str = ""
    time: str = ""
    part: str = ""

    @property
    def left(self) -> int:
        """Where its left end is."""
        return min(self.x, self.to) if self.shape == "arrow" else self.x

    @property
    def right(self) -> int:
        """Where its right end is."""
        return max(self.x, self.to)


@dataclass(frozen=True, slots=True)
class Bar:
    """How long a vendor was busy with a request: drawn on its lane."""

    x: int
    y: int
    height: int
    chain: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template draws."""

    posts: tuple[Post, ...]
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    width: int
    height: int
    compact: bool


@dataclass(slots=True)
class _Pen:
    """Where the next row goes."""

    x_of: Mapping[str, int]
    density: Density
    bases: Mapping[str, str]
    y: int = 10
    at: int | None = None
    shown: str = ""
    rows: list[Row] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)

    def put(self, shape: str, height: int, **more: object) -> Row:
        """Add a row beneath the last."""
        row = Row(shape, self.y, height, **more)  # type: ignore[arg-type]  # the names are Row's own
        self.rows.append(row)
        self.y += height
        return row

    def clock(self, at: int) -> str:
        """Return a moment as the times show it: only its milliseconds where the row above has the same second."""
        time = clock_time(at)
        again, self.shown = time == self.shown, time
        return f".{at % 1000:03d}" if again else time


def draw(story: Story, vendors: Mapping[str, Vendor], density: str = "") -> Drawing:
    """Lay a story out; `density` is `roomy`, `compact`, or chosen by how much there is."""
    entries = sum(1 + len(item.inside) for item in story.items)
    compact = density == "compact" or (density != "roomy" and entries > COMPACT_FROM)
    posts = posts_of(story, vendors)
    pen = _Pen(
        {post.id: post.x for post in posts},
        COMPACT if compact else ROOMY,
        {vendor.name: vendor.base for vendor in vendors.values()},
    )
    for item in story.items:
        silence(pen, item.began[0])
        DRAWN[item.kind](pen, item)
        pen.at = max(pen.at or 0, item.at)
    present(pen, story)
    width = posts[-1].x + LAST_ROOM if posts else 0
    return Drawing(posts, tuple(pen.rows), tuple(pen.bars), width, pen.y + 12, compact)


def posts_of(story: Story, vendors: Mapping[str, Vendor]) -> tuple[Post, ...]:
    """Return the lanes: the client's, then each vendor's with its endpoints beside it; last who acts for everybody, such as the `core`."""
    entries = [*story.items, *story.waiting, *(inner for item in story.items for inner in item.inside)]
    shown = {entry.vendor for entry in entries}
    posts = [Post("client", "client", 0, "Client", "your code", "Whoever calls the vendors")]
    for name in (*(vendor for vendor in vendors if vendor in shown), *sorted(shown - set(vendors))):
        posts.append(vendor_post(name, vendors.get(name)))
        posts += [endpoint_post(lane) for lane in story.lanes.values() if lane.vendor == name]
    return spread(posts)


def vendor_post(name: str, vendor: Vendor | None) -> Post:
    """Return a vendor's lane, not yet placed."""
    title, base = (vendor.title, vendor.base) if vendor else (name.capitalize(), "every vendor")
    return Post("vendor", f"v-{name}", 0, title, base, f"{title} {base}")


def endpoint_post(lane: Lane) -> Post:
    """Return an endpoint's lane, not yet placed."""
    parts = urlsplit(lane.url)
    name, under = (parts.netloc, parts.path or "/") if lane.url else (lane.id, "removed")
    return Post("endpoint", f"e-{lane.id}", 0, name, under, f"{lane.url or lane.id} ({lane.state})", lane.state)


def spread(posts: Sequence[Post]) -> tuple[Post, ...]:
    """Place lanes side by side: the fewer, the wider apart."""
    step = max(NARROWEST, min(WIDEST, ROOM // len(posts)))
    return tuple(replace(post, x=FIRST_LANE + number * step) for number, post in enumerate(posts))


def silence(pen: _Pen, at: int) -> None:
    """Mark that time passed in which nothing happened, and that a new day began."""
    if pen.at is not None and at - pen.at >= GAP_MS:
        later = day(at) if day(at) != day(pen.at) else ""
        length = span(at - pen.at)
        pen.put("gap", pen.density.gap, label=f"{length} later" + (f" · {later}" if later else ""), time=length)
        pen.shown = ""


def call(pen: _Pen, item: Item, x: int, to: int, label: str) -> None:
    """Draw a call and, where the density has no room for an arrow of its own, its answer on the same row."""
    paired = pen.density.paired
    whole = item.result if paired else ""
    room = letters(x, to) - (len(whole) + 3 if whole else 0)
    pen.put("arrow", pen.density.call, item=item, x=x, to=to, label=cut(label, room), result=whole, tone=item.tone if paired else "",
            title=describe(item), time=pen.clock(item.began[0]))  # fmt: skip


def answer(pen: _Pen, item: Item, x: int, to: int) -> None:
    """Draw an answer as an arrow back, unless the call's row has it."""
    if not pen.density.paired:
        pen.put("arrow", pen.density.call, item=item, x=x, to=to, label=cut(outcome_of(item), letters(x, to) - 3), tone=item.tone,
                solid=False, title=describe(item), part="-b")  # fmt: skip


def letters(x: int, to: int) -> int:
    """Return how many letters fit along an arrow."""
    return max(8, int((abs(to - x) - 20) / LETTER))


def request(pen: _Pen, item: Item) -> None:
    """Draw a request, what it caused, and its answer."""
    client, vendor = pen.x_of["client"], pen.x_of[f"v-{item.vendor}"]
    began = pen.y
    call(pen, item, client, vendor - EDGE, short(item.title, pen.bases.get(item.vendor, "")))
    for entry in item.inside:
        chip(pen, entry)
    answer(pen, item, vendor - EDGE, client)
    first, last = (
        began + pen.density.call - 12,
        pen.y - (pen.density.chip // 2 if pen.density.paired and item.inside else 8),
    )
    pen.bars.append(Bar(vendor - 5, first, max(12, last - first), item.chain))


def short(title: str, base: str) -> str:
    """Return `POST /api/v1/orders` as `POST /orders`: the lane says whose path it is."""
    method, _, path = title.partition(" ")
    return f"{method} {path.removeprefix(base) or '/'}"


def chip(pen: _Pen, item: Item, time: str = "") -> None:
    """Draw something that happened at a vendor: a change of stock, a notice."""
    words = f"{item.title} → {item.result}" if item.result else item.title
    label = cut(words, 44)
    pen.put("chip", pen.density.chip, item=item, x=pen.x_of[f"v-{item.vendor}"] - 12, label=label,
            width=round(len(label) * BOLD) + 36, title=describe(item), time=time)  # fmt: skip


def alone(pen: _Pen, item: Item) -> None:
    """Draw something that no request of the journal caused: with its time, as no request's row says it."""
    chip(pen, item, pen.clock(item.at))


def attempt(pen: _Pen, item: Item) -> None:
    """Draw an attempt and what the receiver answered."""
    vendor, endpoint = pen.x_of[f"v-{item.vendor}"], pen.x_of[f"e-{item.endpoint}"]
    call(pen, item, vendor + EDGE, endpoint, item.title)
    answer(pen, item, endpoint, vendor + EDGE)


def unsent(pen: _Pen, item: Item) -> None:
    """Draw a delivery that is not, or not yet, made: an arrow that does not arrive."""
    vendor, endpoint = pen.x_of[f"v-{item.vendor}"], pen.x_of[f"e-{item.endpoint}"]
    room = letters(vendor, endpoint) - len(item.result) - 9
    pen.put("arrow", pen.density.call, item=item, x=vendor + EDGE, to=endpoint - 24, label=cut(item.title, room), result=item.result,
            tone=item.tone, solid=False, title=describe(item), time=pen.clock(item.at))  # fmt: skip


def present(pen: _Pen, story: Story) -> None:
    """Draw the present moment, and beneath it what is still to come."""
    if not story.items and not story.waiting:
        return
    silence(pen, story.now)
    pen.put("line", 30, label=f"now, {clock_time(story.now)}", title=iso_ms(story.now))
    for item in story.waiting:
        unsent(pen, item)


DRAWN = {"request": request, "change": alone, "notice": alone, "attempt": attempt, "dropped": unsent}
"""How each kind of entry is drawn."""
