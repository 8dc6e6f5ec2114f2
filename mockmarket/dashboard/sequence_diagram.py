"""Lays a world's activity out as a sequence diagram: lanes for the client, vendors and endpoints, time from top to bottom. Pure.

Every entry is a drawing of its own, one above the other, so that a page takes over what has changed and leaves the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from mockmarket.clock import SECOND, span
from mockmarket.dashboard import zones
from mockmarket.dashboard.formats import clock_time, day, time_of_day
from mockmarket.dashboard.lanes import (
    AS_AT_FIRST,
    LEFT,
    NARROWEST,
    Arrangement,
    Margins,
    Post,
    lanes_in,
    margins_of,
    positions,
    posts_of,
)
from mockmarket.dashboard.text_width import fitted, width_of
from mockmarket.dashboard.timeline import Item, Story, Try, describe
from mockmarket.vendor import Vendor

COMPACT_FROM = 60  # number of entries from which the compact density is the default
GAP_MS = 30 * SECOND  # shortest pause that is drawn
WIDTHS = (280, 2400)
ZOOMS = (50, 60, 75, 90, 100, 115, 135, 160, 200)  # percent
DEFAULT_WIDTH = 1000
HEAD, LOW_HEAD = 46, 34
EDGE, SIGN, SIGN_SPACE, SPACE = 7, 14, 4, 8
SHORTEST_CUT = 4  # letters of a text that may give way altogether
DOTS_SHOWN, DOTS_FROM = 8, 480  # most dots of a delivery, and the width from which they are drawn


class _Density(NamedTuple):
    call: int
    chip: int
    paired: bool


ROOMY, COMPACT = _Density(34, 28, False), _Density(25, 23, True)


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that is drawn: `shape` is `text`, `time`, `sign`, `wire`, `head`, `stop`, `pill` or `bar`; `tone` its class."""

    shape: str
    x: float
    y: int
    tone: str = ""
    text: str = ""
    width: float = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """One entry: its marks, its sentence, the pause before it. `opens` is its id where it has parts to show; `opened` if they are."""

    id: str
    kind: str
    tone: str
    chain: str
    title: str
    height: int
    marks: tuple[Mark, ...]
    gap: str = ""
    opens: str = ""
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """How a story is drawn: `density` is `roomy`, `compact`, or chosen by the number of entries; the window's width in px, the scale in
    percent, and the lanes."""

    density: str = ""
    width: int = DEFAULT_WIDTH
    zoom: int = 100
    lanes: Arrangement = AS_AT_FIRST


AS_USUAL = Look()


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template renders: `blocks` up to the present, and those that are awaited after it; `lanes` are those of the
    parties, before any share one. Lengths are those of the scale 1; on the page each is `scale` times as long."""

    posts: tuple[Post, ...]
    lanes: tuple[Post, ...]
    blocks: tuple[Block, ...]
    awaited: tuple[Block, ...]
    width: int
    times: int
    head: int
    compact: bool
    scale: float
    present: str = ""
    pause: str = ""
    zone: str = ""  # that of the first moment; where another begins, the pause before it says so


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a row's line: a text of a class, at least `least` px of which stay; a sign stands before it where `sign` names one."""

    text: str
    tone: str
    least: float = 0
    bold: bool = False
    sign: str = ""

    @property
    def width(self) -> float:
        """Its width, with its sign and the space behind it."""
        return (
            width_of(self.text, bold=self.bold) + (SPACE if self.text else 0) + (SIGN + SIGN_SPACE if self.sign else 0)
        )


@dataclass(slots=True)
class Pen:
    """Draws one entry after the other; `x_of` has the lanes' positions by name, `y` is the next row's within the entry."""

    x_of: Mapping[str, int]
    letters: Mapping[str, str]
    bases: Mapping[str, str]
    density: _Density
    width: int
    y: int = 0
    at: int | None = None
    zone: str = ""
    first_zone: str = ""
    last_time: str = ""
    marks: list[Mark] = field(default_factory=list)

    def clock(self, at: int, baseline: int = 0) -> None:
        """Write a moment into the times' column: only its milliseconds when the row above has the same second, and without seconds where it
        is not in the zone of the rows around it."""
        zone = zone_at(at)
        time = clock_time(at)[0 if self.margins.hours else 3 :]
        if zone != self.zone and self.margins.hours:
            time = f"{time[:5]} {zone}"
        again, self.last_time = time == self.last_time, time
        self.marks.append(
            Mark(
                "time",
                self.margins.times - 8,
                self.y + (baseline or self.density.call - 11),
                "again" if again else "",
                f".{at % 1000:03d}" if again else time,
            )
        )

    @property
    def margins(self) -> Margins:
        """The margins of its window."""
        return margins_of(self.width)

    def silence(self, at: int) -> str:
        """Return the words for a pause without entries, the start of a new day and of another zone, or nothing."""
        before, self.at = self.at, max(self.at or at, at)
        zone = self.enter_zone(self.at)
        if before is None or at - before < GAP_MS:
            return zone
        self.last_time = ""
        return " · ".join(filter(None, (f"{span(at - before)} later", day(at) if day(at) != day(before) else "", zone)))

    def enter_zone(self, at: int) -> str:
        """Return the zone of a moment where the rows before have another, or nothing."""
        before, self.zone = self.zone, zone_at(at)
        self.first_zone = self.first_zone or self.zone
        return self.zone if before not in ("", self.zone) else ""

    def line(self, x: float, pieces: Sequence[Piece], baseline: int) -> tuple[float, float]:
        """Write a row's texts side by side from `x` on, or further left where they need the room; returns where they begin and end."""
        start, end = self.margins.times + LEFT, self.width - self.margins.right
        pieces = squeezed(pieces, end - start)
        x = min(max(x, start), end - sum(piece.width for piece in pieces))
        begins = x
        for piece in pieces:
            if piece.sign:
                self.marks.append(Mark("sign", round(x, 1), self.y + baseline - 11, piece.sign))
            if piece.text:
                at = x + (SIGN + SIGN_SPACE if piece.sign else 0)
                width = round(width_of(piece.text, bold=piece.bold), 1)
                self.marks.append(Mark("text", round(at, 1), self.y + baseline, piece.tone, piece.text, width))
            x += piece.width
        return begins, x - SPACE

    def wire(self, x: int, to: int, tone: str, ends: str = "head") -> None:
        """Draw an arrow beneath a row's texts; with `stop` it reaches nobody."""
        y = self.y + self.density.call - 6
        self.marks += [Mark("wire", x, y, tone, width=to - x), Mark(ends, to, y, tone, width=1 if to > x else -1)]


def squeezed(pieces: Sequence[Piece], room: float) -> list[Piece]:
    """Return a row's texts as they fit: the last give way first, each down to its least width, and only then further."""
    fitting = [*pieces]
    for is_hard in (False, True):
        for turn in reversed(range(len(fitting))):
            if (excess := sum(piece.width for piece in fitting) - room) > 0:
                fitting[turn] = _narrowed(fitting[turn], excess, is_hard)
    return [piece for piece in fitting if piece.text or piece.sign]


def _narrowed(piece: Piece, excess: float, is_hard: bool) -> Piece:
    own, least = width_of(piece.text, bold=piece.bold), 0 if is_hard else piece.least
    if own <= least:
        return piece
    text = fitted(piece.text, max(least, own - excess), bold=piece.bold)
    return replace(piece, text=text if least or len(text) > SHORTEST_CUT else "")


def draw(story: Story, vendors: Mapping[str, Vendor], look: Look = AS_USUAL) -> Drawing:
    """Lay a story out in a window."""
    entries = sum(1 + len(item.inside) for item in story.items)
    compact = look.density == "compact" or (look.density != "roomy" and entries > COMPACT_FROM)
    width = min(max(look.width * 100 // look.zoom, WIDTHS[0]), WIDTHS[1])
    lanes = posts_of(story, vendors, look.lanes)
    posts = lanes_in(lanes, width)
    letters = {id: letter for post in posts for id, letter in post.letters.items()}
    bases = {vendor.name: vendor.base for vendor in vendors.values()}
    pen = Pen(positions(posts), letters, bases, COMPACT if compact else ROOMY, width)
    blocks = tuple(block(pen, item) for item in story.items)
    pause = pen.silence(story.now)
    awaited = tuple(block(pen, item) for item in story.waiting)
    head = HEAD if posts[0].width >= NARROWEST - 8 else LOW_HEAD
    present = f"now, {time_of_day(story.now)}"
    layout = width, pen.margins.times, head, compact, look.zoom / 100
    return Drawing(posts, tuple(lanes), blocks, awaited, *layout, present, pause, pen.first_zone)


def zone_at(at: int) -> str:
    """Return what the request's zone is called at a moment (epoch ms)."""
    return zones.abbreviation(at, zones.current())


def block(pen: Pen, item: Item) -> Block:
    """Draw an entry."""
    pen.y, pen.marks = 0, []
    gap = pen.silence(item.began) if item.kind != "waiting" else pen.enter_zone(item.at)
    DRAWN[item.kind](pen, item)
    opens = item.id if item.kind == "reads" or len(item.tries) > 1 else ""
    return Block(
        f"s-{item.id}",
        item.kind,
        item.tone,
        item.chain,
        describe(item),
        pen.y,
        tuple(pen.marks),
        gap,
        opens,
        item.opened,
    )


def request(pen: Pen, item: Item) -> None:
    """Draw a request, its effects, and its answer; the lane says the vendor, so the path is written without its base."""
    client, vendor = pen.x_of["client"], pen.x_of[f"v-{item.vendor}"]
    pen.clock(item.began)
    method, _, path = item.title.partition(" ")
    label = f"{method} {path.removeprefix(pen.bases.get(item.vendor, '')) or '/'}"
    times = [Piece(f"× {item.count}", "dim", 1)] if item.kind == "reads" else []
    took = [Piece(f"{item.took:.0f} ms", "dim")] if item.took is not None and item.kind != "reads" else []
    answer = [result_of(item), *([Piece(item.detail, "dim")] if item.detail else []), *took]
    paired = pen.density.paired or (item.kind == "reads")
    top = Mark("bar", vendor - 5, pen.density.call - 9)
    place = len(pen.marks)
    call(pen, client, vendor - EDGE, [Piece(label, "began", 60), *times, *(answer if paired else [])], item.tone)
    for effect in item.inside:
        chip(pen, effect)
    if not paired:
        call(pen, vendor - EDGE, client, answer, f"back {item.tone}")
    height = max(8, pen.y - top.y - (pen.density.chip // 2 if paired and item.inside else 1))
    pen.marks.insert(place, replace(top, height=height))


def call(pen: Pen, x: int, to: int, pieces: Sequence[Piece], tone: str, ends: str = "head") -> None:
    """Draw an arrow with its texts above it, as a row."""
    pen.wire(x, to, tone, ends)
    pen.line(min(x, to) + 6, pieces, pen.density.call - 11)
    pen.y += pen.density.call


def result_of(item: Item | Try) -> Piece:
    """Return an entry's result: its first words stay, however narrow the window is."""
    first = item.result.partition(" · ")[0]
    least = width_of(item.result if first == item.result else f"{first}…", bold=True)
    return Piece(item.result, f"ended {item.tone}", least, True, item.tone)


def chip(pen: Pen, item: Item, lane: str = "") -> None:
    """Draw an effect at its vendor's lane, or another."""
    label = f"{item.title} → {item.result}" if item.result else item.title
    place, baseline = len(pen.marks), pen.density.chip // 2 + 4
    pieces = [Piece(label, item.kind, width_of(item.title), False, item.kind)]
    begins, ends = pen.line(pen.x_of[lane or f"v-{item.vendor}"] - 6, pieces, baseline)
    pill = Mark(
        "pill", round(begins - 6, 1), pen.y + 2, item.kind, "", round(ends - begins + 13, 1), pen.density.chip - 4
    )
    pen.marks.insert(place, pill)
    pen.y += pen.density.chip


def effect(pen: Pen, item: Item) -> None:
    """Draw an effect that no request led to."""
    pen.clock(item.began, pen.density.chip // 2 + 4)
    chip(pen, item)


def hand(pen: Pen, item: Item) -> None:
    """Draw what was done by hand, at the client's lane, or by a timer or an answer, at its vendor's; and its effects."""
    pen.clock(item.began, pen.density.chip // 2 + 4)
    chip(pen, item, "client" if item.kind == "hand" else "")
    for inner in item.inside:
        chip(pen, inner)


def delivery(pen: Pen, item: Item) -> None:
    """Draw a delivery: one row with a dot for each attempt, then, when it is open, a row for each."""
    pen.clock(item.at)
    several = len(item.tries) > 1
    numbers = [Piece(f"#1 … #{len(item.tries)}", "dim", 1)] if several else []
    dots = [Piece("", "", sign=attempt.tone) for attempt in item.tries[-DOTS_SHOWN:-1] if pen.width >= DOTS_FROM]
    took = [Piece(f"{item.took:.0f} ms", "dim")] if item.took is not None and not several else []
    pieces = [*label_of(pen, item), *numbers, *dots, result_of(item), *took]
    send(pen, item, pieces, "head" if item.tries else "stop")
    for attempt in item.tries if item.opened else ():
        pen.clock(attempt.at)
        detail = [Piece(attempt.detail, "dim")]
        send(pen, item, [Piece(f"#{attempt.number}", "began", 1), result_of(attempt), *detail], tone=attempt.tone)


def label_of(pen: Pen, item: Item) -> list[Piece]:
    """Return the type of a notice, always whole, after the letter of an endpoint that shares its lane."""
    letter = pen.letters.get(f"e-{item.endpoint}")
    return [
        *([Piece(letter, "letter", 1, True)] if letter else []),
        Piece(item.title, "began sent", width_of(item.title)),
    ]


def send(pen: Pen, item: Item, pieces: Sequence[Piece], ends: str = "head", tone: str = "") -> None:
    """Draw an arrow from a vendor to an endpoint; one that reaches nobody ends before it."""
    vendor, endpoint = pen.x_of[f"v-{item.vendor}"] + EDGE, pen.x_of[f"e-{item.endpoint}"]
    if endpoint < vendor:
        vendor -= 2 * EDGE
    short = max(vendor + 4, endpoint - 20) if endpoint > vendor else min(vendor - 4, endpoint + 20)
    to = endpoint if ends == "head" else short
    call(pen, vendor, to, pieces, tone or item.tone, ends)


def waiting(pen: Pen, item: Item) -> None:
    """Draw what is to be sent."""
    pen.clock(item.at)
    send(pen, item, [*label_of(pen, item), result_of(item)], "stop", f"back {item.tone}")


DRAWN = {
    "request": request, "hand": hand, "timer": hand, "answer": hand, "reads": request, "change": effect, "notice": effect,
    "delivery": delivery, "waiting": waiting,
}  # fmt: skip
"""The function that draws each kind of entry."""
