"""Charts over the world's time, as the figures of an SVG that a template writes: stacked bars, and a band with a line. Buckets and labels
are in the request's zone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mockmarket.clock import DAY, HOUR, MINUTE, SECOND, to_local
from mockmarket.dashboard import formats, zones

WIDTH, HEIGHT, LEFT, FOOT = 640, 180, 46, 22
ROOM = 64  # what the longest label of the axis takes
MOST_BUCKETS = 40
STEPS = (
    SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 12 * HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY,
)  # fmt: skip
NICE = (1, 2, 5)
Point = tuple[int, str, float]  # a moment (epoch ms), a series, a value


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a stacked bar in the chart's own units, with its sentence; its bucket begins at `at`."""

    at: int
    x: float
    y: float
    width: float
    height: float
    series: str
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its figures, the labels of its axes as (place, text), its values as a table, a row for each bucket with values, and the
    length of a bucket (ms)."""

    series: tuple[str, ...]
    bars: tuple[Bar, ...]
    lines: Mapping[str, str]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]
    rows: tuple[tuple[int, tuple[float, ...]], ...]
    step: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT

    def end_of(self, at: int) -> int:
        """Return the moment (epoch ms) before which the bucket ends that begins at another."""
        return end_of(at, self.step)


def start_of(at: int, step: int) -> int:
    """Return the beginning of a moment's bucket (epoch ms), by what the zone's clocks show: that of a day at midnight."""
    zone = zones.current()
    wall = zones.wall(at, zone)
    return at - wall % step if step < DAY else zones.midnight(wall // step * step, zone)


def end_of(start: int, step: int) -> int:
    """Return the end of a bucket by its beginning: a day may have 23 or 25 hours."""
    zone = zones.current()
    return start + step if step < DAY else zones.midnight(zones.wall(start, zone) + step, zone)


def step_of(first: int, last: int) -> int:
    """Return the length of the buckets, in ms, that cut a span of time into at most `MOST_BUCKETS`."""
    return next(
        (step for step in STEPS if (last - first) // step < MOST_BUCKETS),
        STEPS[-1] * max(1, (last - first) // STEPS[-1]),
    )


def stacked(points: Iterable[Point], series: Sequence[str], unit: str = "") -> Chart:
    """Return bars that add up the values of each bucket, one on top of another in the order of the series."""
    values = [*points]
    first, last, step = _span(values)
    sums: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for at, name, value in values:
        sums[start_of(at, step)][name] += value
    top = _top(max((sum(parts.values()) for parts in sums.values()), default=0))
    bars = [bar for at in sums for bar in _stack(at, sums[at], series, (first, last, step), (top, unit))]
    rows = tuple((at, tuple(sums[at].get(name, 0) for name in series)) for at in sorted(sums))
    return Chart(tuple(series), tuple(bars), {}, _across(first, last, step), _up(top), rows, step)


def percentiles(points: Iterable[tuple[int, float]], shares: Mapping[str, float]) -> Chart:
    """Return lines through the percentiles of each bucket's values, a line for each share from 0 to 1."""
    values = [(at, "", value) for at, value in points]
    first, last, step = _span(values)
    buckets: dict[int, list[float]] = defaultdict(list)
    for at, _, value in values:
        buckets[start_of(at, step)].append(value)
    ranked = {at: tuple(percentile(parts, share) for share in shares.values()) for at, parts in sorted(buckets.items())}
    top, places = _top(max((max(parts) for parts in ranked.values()), default=0)), {}
    for number, name in enumerate(shares):
        spots = [(_x(at + step / 2, first, last, step), _y(parts[number], top)) for at, parts in ranked.items()]
        places[name] = " ".join(
            f"{x:.1f},{y:.1f}"
            for x, y in (spots if len(spots) > 1 else [(x + dx, y) for x, y in spots for dx in (-4, 4)])
        )
    return Chart(tuple(shares), (), places, _across(first, last, step), _up(top), tuple(ranked.items()), step)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below or at which a share of the values is, by the nearest rank; 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else 0.0


def _span(values: Sequence[Point]) -> tuple[int, int, int]:
    moments = [at for at, _, _ in values] or [0]
    step = step_of(min(moments), max(moments))
    return start_of(min(moments), step), start_of(max(moments), step), step


def _x(at: float, first: int, last: int, step: int) -> float:
    return LEFT + (at - first) / (last - first + step) * (WIDTH - LEFT)


def _y(value: float, top: float) -> float:
    return (HEIGHT - FOOT) * (1 - value / top) if top else HEIGHT - FOOT


def _stack(
    at: int, parts: Mapping[str, float], series: Sequence[str], span: tuple[int, int, int], scale: tuple[float, str]
) -> Iterable[Bar]:
    below, (top, unit) = 0.0, scale
    x, width = _x(at, *span), (WIDTH - LEFT) / ((span[1] - span[0]) // span[2] + 1)
    for name in series:
        if value := parts.get(name, 0):
            y, height = _y(below + value, top), _y(below, top) - _y(below + value, top)
            title = f"{label_of(at, span[2])}{formats.zone_after(at)}: {value:,.10g}{unit} {name}".replace(
                ",", "\u202f"
            )
            place = round(x + 1, 1), round(y, 1), round(max(1.5, min(width - 2, 40)), 1), round(height, 1)
            yield Bar(at, *place, name, title)
        below += parts.get(name, 0)


def _top(value: float) -> float:
    magnitude = 1.0
    while magnitude * 10 <= value:
        magnitude *= 10
    return next((magnitude * nice for nice in (*NICE, 10) if magnitude * nice >= value), magnitude) if value else 1.0


def _up(top: float) -> tuple[tuple[float, str], ...]:
    return tuple(
        (round(_y(top * share, top), 1), f"{top * share:,.10g}".replace(",", "\u202f")) for share in (0, 0.5, 1)
    )


def _across(first: int, last: int, step: int) -> tuple[tuple[float, str], ...]:
    count = (last - first) // step + 1
    every = max(1, -(-count // 6))
    moments = (first + place * step for place in range(0, count, every))
    places = ((round(_x(at, first, last, step) + 1, 1), label_of(at, step)) for at in moments)
    return tuple((x, text) for x, text in places if x < WIDTH - ROOM)


def label_of(at: int, step: int) -> str:
    """Return a bucket's beginning as its axis has it: seconds, minutes, hours or the day."""
    when = to_local(at, zones.current())
    day = f"{when.day} {when:%b}"
    return (
        day
        if step >= DAY
        else f"{day} {when:%H:%M}"
        if step >= HOUR
        else f"{when:%H:%M}"
        if step >= MINUTE
        else f"{when:%H:%M:%S}"
    )
