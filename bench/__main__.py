"""`python -m bench`: run measures in paired rounds, print a table on standard output and the progress on standard error."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bench.load import WrongAnswer
from bench.measures import MEASURES
from bench.peers import installed
from bench.processes import BARE, MOCKMARKET, pin, receiving, serving, silence
from bench.recording import record
from bench.stage import USUAL_S, Measure, Sample, Stage
from bench.table import Row, as_dicts, row_of, table

NAMES = [measure.name for measure in MEASURES]
WARM_UP_S = 0.2
FOOT = (
    "Ratio: time (or MB) of mockmarket to that of bare Flask on waitress, the same bytes; medians of {} paired rounds."
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="Paired rounds of each measure.")
@click.option(
    "--seconds", type=click.FloatRange(0.05), default=USUAL_S, show_default=True, help="How long a turn loads a server."
)
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="Only this measure; may be given again.")
@click.option(
    "--pin",
    "pinned",
    is_flag=True,
    help="Servers on one core, the load on another (Linux): steadier, and not what users have.",
)
@click.option("--peers", is_flag=True, help="Other mock servers too, as far as their commands are on PATH.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(rounds: int, seconds: float, only: tuple[str, ...], pinned: bool, peers: bool, as_json: bool) -> None:
    """Measure mockmarket as ratios to bare Flask answering the same bytes in the same run."""
    chosen = [measure for measure in MEASURES if measure.name in only or not (only or measure.on_demand)]
    try:
        with staged() as stage:
            if pinned:
                part_cores(stage)
            rows = [run(stage, measure, rounds, seconds) for measure in chosen]
            others = [run(stage, measure, rounds, seconds) for measure in installed()] if peers else []
    except WrongAnswer as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        figures = {"rounds": rounds, "seconds": seconds, "rows": as_dicts(rows), "peers": as_dicts(others)}
        click.echo(json.dumps(figures, indent=2))
    else:
        tables = [table(rows)] + ([table(others, "peer")] if others else [])
        click.echo("\n\n".join([*tables, FOOT.format(rounds)]))


@contextmanager
def staged() -> Iterator[Stage]:
    """Start mockmarket, record what it answers, start bare Flask with that, and the receiver of both."""
    with (
        tempfile.TemporaryDirectory(prefix="mockmarket-bench-") as folder,
        receiving() as receiver,
        silence() as silent_url,
        serving("mockmarket", *MOCKMARKET) as ours,
    ):
        recorded = record(ours.address, receiver.url)
        recorded.write(file := Path(folder) / "answers.json")
        with serving("bare Flask", *BARE, str(file)) as bare:
            yield Stage(ours, bare, receiver, recorded, silent_url)


def part_cores(stage: Stage) -> None:
    """Give the servers one core and those who load them another."""
    first, *_, last = sorted(os.sched_getaffinity(0))
    for process, core in ((stage.ours, first), (stage.bare, first), (stage.receiver, last)):
        pin(process.process.pid, core)
    pin(os.getpid(), last)


def run(stage: Stage, measure: Measure, rounds: int, seconds: float) -> Row:
    """Run a measure's rounds, one server's turn after the other's, each once before it counts."""
    measure.prepare(stage)
    turn(stage, measure, min(WARM_UP_S, seconds))
    pairs = []
    for number in range(rounds):
        pairs.append(turn(stage, measure, seconds))
        ratio = pairs[-1][0].cost / pairs[-1][1].cost
        print(f"{measure.name} {number + 1}/{rounds}: {ratio:.2f} × bare Flask", file=sys.stderr, flush=True)
    return row_of(measure, pairs)


def turn(stage: Stage, measure: Measure, seconds: float) -> tuple[Sample, Sample]:
    """Measure mockmarket, then bare Flask."""
    return measure.sample(stage, stage.ours, seconds), measure.sample(stage, stage.bare, seconds)


if __name__ == "__main__":
    main()
