"""The figures of a measure's rounds, summed up as a row, and rows as an aligned table or as JSON."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from bench.stage import Measure, Sample

FROM_COST: dict[str, Callable[[float], float]] = {
    "req/s": lambda seconds: 1 / seconds,
    "ms": lambda seconds: seconds * 1000,
    "MB": lambda megabytes: megabytes,
}
HEAD = ("", "unit", "mockmarket", "bare Flask", "ratio", "min", "max", "p99 ms", "bare", "CPU µs", "bare")


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: medians of both servers in `unit`, and the ratio (ours to bare, in time or MB) of the paired rounds."""

    name: str
    title: str
    unit: str
    mockmarket: float
    bare: float
    ratio: float
    ratio_min: float
    ratio_max: float
    rounds: int
    p99_ms: float | None
    bare_p99_ms: float | None
    cpu_us: float | None
    bare_cpu_us: float | None


def row_of(measure: Measure, rounds: Sequence[tuple[Sample, Sample]]) -> Row:
    """Sum up paired rounds of (mockmarket, bare Flask)."""
    ratios = sorted(ours.cost / bare.cost for ours, bare in rounds)
    convert = FROM_COST[measure.unit]
    ours, bare = [first for first, _ in rounds], [second for _, second in rounds]
    return Row(
        measure.name, measure.title, measure.unit,
        convert(statistics.median(sample.cost for sample in ours)), convert(statistics.median(sample.cost for sample in bare)),
        statistics.median(ratios), ratios[0], ratios[-1], len(rounds),
        middle([sample.p99_ms for sample in ours]), middle([sample.p99_ms for sample in bare]),
        middle([sample.cpu_us for sample in ours]), middle([sample.cpu_us for sample in bare]),
    )  # fmt: skip


def middle(values: Sequence[float | None]) -> float | None:
    """Return the median of what was measured, or None when nothing was."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def table(rows: Sequence[Row], name: str = "mockmarket") -> str:
    """Lay rows out as an aligned table; `name` heads the column of what is measured beside bare Flask."""
    lines = [("", "unit", name, *HEAD[3:]), *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def cells(row: Row) -> tuple[str, ...]:
    """Write a row as text."""
    return (
        row.title, row.unit, number(row.mockmarket), number(row.bare),
        f"{row.ratio:.2f} ×", f"{row.ratio_min:.2f}", f"{row.ratio_max:.2f}",
        number(row.p99_ms), number(row.bare_p99_ms), number(row.cpu_us), number(row.bare_cpu_us),
    )  # fmt: skip


def number(value: float | None) -> str:
    """Write a figure with about three digits."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def as_dicts(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return rows for JSON."""
    return [asdict(row) for row in rows]
