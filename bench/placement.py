"""`python -m bench.placement`: where the worlds of a large fleet are, and how many move when servers come or go. Simulated, seeded."""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import click

from mockmarket.rules.placement import Placement

SEED = 1
HOT = 0.001
"""The share of worlds that get half of all requests."""


def names_of(count: int) -> list[str]:
    """Return names of worlds as CI jobs have them."""
    rng = random.Random(SEED)
    return [f"ci-{rng.randrange(10**9):09}-{number}" for number in range(count)]


def servers_of(count: int) -> list[str]:
    """Return names of servers as nginx's configuration has them."""
    return [f"mock-{number}:8000" for number in range(count)]


def placed(names: Sequence[str], servers: Sequence[str]) -> list[str]:
    """Return the server of each world."""
    placement = Placement(servers)
    return [placement.place_of(name) for name in names]


def rows(servers: int, worlds: int) -> Iterator[tuple[str, str]]:
    """Yield each figure of a fleet of so many servers and worlds: what it is, and its value."""
    names, fleet = names_of(worlds), servers_of(servers)
    before = placed(names, fleet)
    yield from balance(names, before, servers)
    for title, other in changes(fleet):
        after = placed(names, other)
        elsewhere = [new for old, new in zip(before, after, strict=True) if old != new]
        yield f"worlds elsewhere after {title}", f"{len(elsewhere):,} ({len(elsewhere) / worlds:.2%})"
        yield "… most of them on one server", f"{max(Counter(elsewhere).values()):,}"
    yield from drained(names, fleet, before)


def balance(names: Sequence[str], before: Sequence[str], servers: int) -> Iterator[tuple[str, str]]:
    """Yield how evenly worlds, and requests of which a few worlds get half, are spread."""
    counts = Counter(before)
    mean, most, least = len(names) / servers, max(counts.values()), min(counts.values())
    yield "worlds on a server: mean, least, most", f"{mean:,.0f}, {least:,}, {most:,}"
    yield "standard deviation", f"{statistics.pstdev(counts.values()) / mean:.1%} of the mean"
    hot = random.Random(SEED + 1).sample(range(len(names)), max(1, round(len(names) * HOT)))
    requests = Counter(before)  # one of each world, and as many again of the few
    for number in hot:
        requests[before[number]] += len(names) // len(hot)
    busiest = max(requests.values()) * servers / requests.total()
    yield f"busiest server, if {HOT:.1%} of the worlds get half of the requests", f"{busiest:.1f} × the mean"


def changes(fleet: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield changes of a fleet: what happens, and the servers after it."""
    further = servers_of(len(fleet) + max(1, len(fleet) // 10))
    yield "one server more", further[: len(fleet) + 1]
    yield "a tenth more servers", further
    yield "one server less", fleet[1:]


def drained(names: Sequence[str], fleet: Sequence[str], before: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield how many worlds move when a tenth of the servers is drained at once, as for an upgrade, and how many of them to one server."""
    gone = {*fleet[: max(1, len(fleet) // 10)]}
    rest = Placement([server for server in fleet if server not in gone])
    targets = Counter(rest.place_of(name) for name, server in zip(names, before, strict=True) if server in gone)
    yield "worlds moved when a tenth of the servers is drained at once", f"{sum(targets.values()):,}"
    yield "… most of them to one server", f"{max(targets.values()):,}"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--servers", type=click.IntRange(2), default=1_000, show_default=True)
@click.option("--worlds", type=click.IntRange(1_000), default=1_000_000, show_default=True)
def main(servers: int, worlds: int) -> None:
    """Simulate the placement of worlds on servers."""
    began = time.perf_counter()
    for title, value in rows(servers, worlds):
        click.echo(f"{title}: {value}")
    click.echo(f"({time.perf_counter() - began:.0f} s)", err=True)


if __name__ == "__main__":
    main()
