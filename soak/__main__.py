"""`python -m soak`: rounds of phases, progress on standard error, a table on standard output, exit code 1 on a figure beyond its bound."""

from __future__ import annotations

import gc
import json
import os
import platform
import random
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import click

from soak.facts import Facts, Usage
from soak.judge import Figure, judge, table, unreasoned
from soak.phases import LARGE, PHASES, Run
from soak.receiving import receiving
from soak.server import Mock

LONGEST_PHASE_S, SHORTEST_PHASE_S = 20.0, 2.0
SETTLING_S = 2.0
ROUNDS = 2  # at least, where there is time for them: growth is measured from the first to the last
NAMES = [*PHASES]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--minutes",
    type=click.FloatRange(0.01),
    default=30.0,
    show_default=True,
    help="How long to load, waits at phases' ends aside.",
)
@click.option("--seconds", type=click.FloatRange(0.1), help="The same in seconds.")
@click.option("--seed", type=int, help="Repeats the dice of a run; drawn and printed by default.")
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="Only this phase; may be given again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(minutes: float, seconds: float | None, seed: int | None, only: tuple[str, ...], as_json: bool) -> None:
    """Load mockmarket, kill it, starve it, and count what is lost, doubled, oversold, forged or late: nothing may be."""
    length = seconds or minutes * 60
    seed = random.randrange(1_000_000) if seed is None else seed
    facts = soak(length, seed, only or tuple(NAMES))
    figures = judge(facts)
    if as_json:
        click.echo(
            json.dumps({"seconds": length, "seed": seed, "figures": [asdict(figure) for figure in figures]}, indent=2)
        )
    else:
        click.echo(f"{machine()}; {length:g} s of load, seed {seed}\n\n{table(figures)}")
    complain(facts, figures)


def machine() -> str:
    """Return what the run was made on."""
    return f"{os.cpu_count()} CPUs, {platform.system()}, {platform.python_implementation()} {platform.python_version()}"


def complain(facts: Facts, figures: list[Figure]) -> None:
    """Print the first unreasoned failures and damages, and exit with 1 when a figure is beyond its bound."""
    for line in [*map(str, unreasoned(facts.failures)[:20]), *facts.damage[:20]]:
        click.echo(line, err=True)
    if not all(figure.is_good for figure in figures):
        sys.exit(1)


def soak(length: float, seed: int, names: tuple[str, ...]) -> Facts:
    """Run rounds of phases, each round in another order, for `length` seconds of load; returns what was recorded."""
    facts, rng = Facts(), random.Random(seed)
    slice_s = min(LONGEST_PHASE_S, max(SHORTEST_PHASE_S, length / len(names) / ROUNDS), length / len(names))
    rounds = max(1, round(length / (slice_s * len(names))))
    with (
        tempfile.TemporaryDirectory(prefix="mockmarket-soak-") as folder,
        receiving(facts.hooks) as receiver,
        Mock(Path(folder) / "log", "--fixture", LARGE) as lasting,
    ):
        run = Run(facts, receiver, rng, Path(folder), lasting)
        for number in range(rounds):
            used = []
            for name in rng.sample(names, len(names)):
                began = time.monotonic()
                PHASES[name](run, slice_s)
                took = time.monotonic() - began
                click.echo(
                    f"round {number + 1} of {rounds}: {name} ({took:.0f} s), {len(facts.orders)} orders", err=True
                )
                used.append(usage_of(lasting))
            facts.usage.append(Usage(min(usage.files for usage in used), used[-1].megabytes))
            click.echo(f"round {number + 1} of {rounds}: {facts.usage[-1]}", err=True)
    return facts


def usage_of(mock: Mock) -> Usage:
    """Return what a server uses once the connections of callers that have ended are closed."""
    gc.collect()  # which closes this process's end of them
    time.sleep(SETTLING_S)
    return Usage(mock.files(), mock.megabytes())


if __name__ == "__main__":
    main()
