"""The overview above the timeline: everything that is kept as bars over the world's time, long pauses shortened; then what is due. Pure."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from mockmarket.clock import SECOND
from mockmarket.dashboard.activity import STEPS, Rows
from mockmarket.dashboard.filtering import Query, fits
from mockmarket.dashboard.formats import counted, day, span, time_of_day
from mockmarket.dashboard.text_width import width_of

HEIGHT, BAR, WIDEST = 44, 4, 14  # px of the drawing, of a bar with the space behind it, and of the widest bar
PAUSE, PAUSE_S = 10, 30  # px of a pause, and the shortest that is shortened
MOST_PARTS = 24
MOST_STEPS = 2_000  # counts that are drawn: more are those of longer steps
SMALLEST, LARGEST = 4, 9  # px of the radius of an axis's dots
DUE_SHOWN = 8  # moments at which something is due that are drawn
OUTCOMES = ("ok", "refused", "failed")
DUE = ("webhook", "timer")
OF_TONE = {"refused": "refused", "retry": "failed", "failed": "failed", "dropped": "failed"}
Second = int
Counts = Mapping[Second, Mapping[str, int]]  # entries by second of the world's time, by outcome
Steps = tuple[int, Counts]  # the same by steps of so many seconds, each by its first


class Part(NamedTuple):
    """A stretch of time without a long pause: its first second and the one after its last, and where it is drawn."""

    first: Second
    end: Second
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """The entries of some seconds: from a moment to before another, epoch ms, with the heights of the outcomes."""

    x: float
    width: float
    since: int
    until: int
    heights: tuple[tuple[str, float, float], ...]  # outcome, y, height
    title: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Bars in the order of time, then those of what is due, the places of shortened pauses, the brush on what the page has, the present
    where something is due, and the width."""

    bars: tuple[Bar, ...]
    dues: tuple[Bar, ...]
    pauses: tuple[tuple[float, str], ...]
    brush: tuple[float, float]
    present: float | None
    width: int
    title: str
    height: int = HEIGHT
    pause: int = PAUSE

    @property
    def chosen(self) -> tuple[int, int]:
        """The first and the last bar beneath the brush, by their numbers."""
        left, right = self.brush[0], self.brush[0] + self.brush[1]
        under = [turn for turn, bar in enumerate(self.bars) if bar.x < right and bar.x + bar.width > left]
        return (under[0], under[-1]) if under else (0, 0)


def counts_of(rows: Rows, query: Query) -> Steps:
    """Count the entries that pass the filters, by outcome and by the second, minute, hour or day in which they began, whichever gives no
    more than MOST_STEPS; returns its seconds, and the counts by its first second."""
    fitting = [category for category in rows.places if fits(category, query)]
    for step in STEPS:
        steps = {category: rows.steps[step][category] for category in fitting}
        if step == STEPS[-1] or sum(map(len, steps.values())) <= MOST_STEPS:
            break
    counts: dict[Second, Counter[str]] = {}
    for category, firsts in steps.items():
        outcome = OF_TONE.get(category.tone, "ok")
        for first, number in firsts.items():
            counts.setdefault(first, Counter())[outcome] += number
    return step, counts


def parts_of(seconds: Sequence[Second], width: int, step: int = 1) -> list[Part]:
    """Divide the steps in which something happened, by their first seconds, at long pauses, and give each part room by its length."""
    pause = max(PAUSE_S, step)
    while True:
        cuts = [turn for turn in range(1, len(seconds)) if seconds[turn] - seconds[turn - 1] > pause]
        if len(cuts) < MOST_PARTS:
            break
        pause *= 2
    ends = zip([0, *cuts], [*cuts, len(seconds)], strict=True)
    spans = [(seconds[first], seconds[end - 1] + step) for first, end in ends]
    room = max(BAR, width - PAUSE * len(cuts) - BAR * len(spans))
    total, x, parts = sum(end - first for first, end in spans), 0.0, list[Part]()
    for first, end in spans:
        own = BAR + room * (end - first) / total
        parts.append(Part(first, end, x, own))
        x += own + PAUSE
    return parts


def place_of(parts: Sequence[Part], at: int) -> float:
    """Return where a moment, epoch ms, is drawn; one within a pause at its beginning."""
    part = parts[max(0, bisect_right(parts, at / SECOND, key=lambda part: part.first) - 1)]
    share = min(1.0, max(0.0, (at / SECOND - part.first) / (part.end - part.first)))
    return part.x + share * part.width


def overview_of(
    steps: Steps,
    width: int,
    window: tuple[int, int] | None,
    dues: Counts | None = None,
    now: int = 0,
    webhooks: int = 0,
) -> Overview | None:
    """Draw the overview; `window` is the first and last moment of what the page has, `dues` what is due by second and kind, of which the
    next moments are drawn after the present, `now` (epoch ms), and `webhooks` how many of these are due in all. None when nothing is
    kept."""
    step, counts = steps
    coming = {second: (dues or {})[second] for second in sorted(dues or {})[:DUE_SHOWN]}
    if not counts:
        return None
    parts = parts_of(sorted({*counts, *coming}), width, step)
    bars, later = _bars(parts, counts, OUTCOMES, step), _bars(parts, coming, DUE)
    pauses = tuple(
        (after.x - PAUSE, f"{span((after.first - before.end) * SECOND)} without an entry")
        for before, after in pairwise(parts)
    )
    left, right = [place_of(parts, at // SECOND * SECOND) for at in window] if window else (0.0, 0.0)
    brush, present = (round(left, 1), round(right - left + BAR, 1)), round(_present(parts, now), 1) if coming else None
    total = sum(map(Counter, counts.values()), Counter[str]())
    timers = sum(number.get("timer", 0) for number in (dues or {}).values())
    due = f", {webhooks + timers} due" if webhooks + timers else ""
    title = f"{counted(total.total(), 'entry')}, {_troubles(total)} in trouble{due}, {_times(min(counts), max(counts))}"
    return Overview(bars, later, pauses, brush, present, width, title)


class Dot(NamedTuple):
    """A moment of an axis, epoch ms: where it is, how large, and its sentence."""

    at: int
    x: float
    radius: float
    title: str


@dataclass(frozen=True, slots=True)
class Axis:
    """What is due over the world's time: the present and each moment as a dot, and the pauses that are shortened, with their lengths."""

    present: float
    dots: tuple[Dot, ...]
    pauses: tuple[tuple[float, str], ...]
    width: int
    height: int = HEIGHT


def axis_of(counts: Mapping[int, int], now: int, width: int) -> Axis:
    """Draw an axis of what is due: how much, by the moment (epoch ms); a dot's area is its share of the most. Words of a pause that would
    touch others are left out."""
    inner = width - 2 * LARGEST
    parts = parts_of(sorted({at // SECOND for at in (now, *counts)}), inner)
    most = max(counts.values(), default=1)
    dots = tuple(
        Dot(
            at, round(place_of(parts, at) + LARGEST, 1), round(SMALLEST + (LARGEST - SMALLEST) * (count / most) ** 0.5, 1),
            f"{day(at)} {time_of_day(at)}: {count} due",
        )
        for at, count in counts.items()
    )  # fmt: skip
    pauses, free = list[tuple[float, str]](), 0.0
    for before, after in pairwise(parts):
        words, x = span((after.first - before.end) * SECOND), after.x - PAUSE / 2 + LARGEST
        if x - width_of(words) / 2 > free:
            free = x + width_of(words) / 2 + PAUSE
            pauses.append((round(x, 1), words))
    return Axis(round(place_of(parts, now) + LARGEST, 1), dots, tuple(pauses), width)


def _present(parts: Sequence[Part], now: int) -> float:
    """Return where the present is drawn: within a pause in its middle."""
    part = parts[max(0, bisect_right(parts, now / SECOND, key=lambda part: part.first) - 1)]
    return place_of(parts, now) if now / SECOND <= part.end else part.x + part.width + PAUSE / 2


def _bars(parts: Sequence[Part], counts: Counts, kinds: Sequence[str], step: int = 1) -> tuple[Bar, ...]:
    bins = _bins(parts, counts, step)
    highest = max((number.total() for _, _, number in bins), default=0)
    return tuple(_bar(parts, (first, end), number, highest, kinds) for first, end, number in bins)


def _troubles(number: Counter[str]) -> int:
    return number["refused"] + number["failed"]


def _bins(parts: Sequence[Part], counts: Counts, step: int) -> list[tuple[Second, Second, Counter[str]]]:
    """Return the seconds of each bar, which has whole steps, the second after it, and its counts."""
    bins: dict[tuple[Second, Second], Counter[str]] = {}
    for second in sorted(counts):
        part = parts[bisect_right(parts, second, key=lambda part: part.first) - 1]
        wide = max(1, round((part.end - part.first) * BAR / part.width / step)) * step
        first = part.first + (second - part.first) // wide * wide
        bins.setdefault((first, min(first + wide, part.end)), Counter()).update(counts[second])
    return [(first, end, number) for (first, end), number in bins.items()]


def _bar(
    parts: Sequence[Part], seconds: tuple[Second, Second], number: Counter[str], highest: int, kinds: Sequence[str]
) -> Bar:
    first, end = seconds
    x, y, heights = place_of(parts, first * SECOND), float(HEIGHT), list[tuple[str, float, float]]()
    for kind in kinds:
        if number[kind]:
            height = max(2.0, (HEIGHT - 6) * number[kind] / highest)
            y -= height
            heights.append((kind, round(y, 1), round(height, 1)))
    width = min(WIDEST, max(2.0, place_of(parts, end * SECOND - 1) - x - 1))
    return Bar(
        round(x, 1), round(width, 1), first * SECOND, end * SECOND - 1, tuple(heights), _sentence(seconds, number)
    )


def _sentence(seconds: tuple[Second, Second], number: Counter[str]) -> str:
    """Return what a bar says: how many entries there were, or what is due."""
    if due := [counted(number[kind], kind) for kind in DUE if number[kind]]:
        return f"{_times(*seconds)}: {', '.join(due)} due"
    trouble = f", {_troubles(number)} in trouble" if _troubles(number) else ""
    return f"{_times(*seconds)}: {counted(number.total(), 'entry')}{trouble}"


def _times(first: Second, end: Second) -> str:
    return f"{day(first * SECOND)} {time_of_day(first * SECOND)} to {time_of_day(end * SECOND)}"
