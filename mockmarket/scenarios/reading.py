"""Reading scenarios: found by name, path or as text, read as YAML or JSON, checked; an error names file, line and field."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from mockmarket.api.schemas import schema_of
from mockmarket.clock import parse_iso
from mockmarket.errors import Invalid, NotFound
from mockmarket.scenarios import shapes, variables
from mockmarket.scenarios.base import Fields, Known, unknown_names
from mockmarket.scenarios.paths import Json
from mockmarket.scenarios.shapes import ReceiverShape, ScenarioShape, Step
from mockmarket.scenarios.steps.control import ByVendor, unknown_settings
from mockmarket.seed import lines, moments
from mockmarket.seed import reading as fixtures
from mockmarket.seed.lines import Problem, Where, below
from mockmarket.vendor import Vendor

ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Start:
    """How the world begins: `now` is epoch ms, None for the fixture's own start; `fixture` None for the server's own."""

    fixture: str | None
    now: int | None
    frozen: bool
    seed: int | None
    settings: ByVendor


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that has been checked."""

    name: str
    about: str
    start: Start
    receivers: Mapping[str, ReceiverShape]
    variables: Mapping[str, Json]
    steps: Sequence[Step]


def folder() -> Path:
    """Return the folder of the scenarios that come with mockmarket."""
    return fixtures.shipped() / "scenarios"


def names() -> list[str]:
    """Return the names of the scenarios that come with mockmarket."""
    return sorted(path.stem for path in folder().iterdir() if path.suffix in ENDINGS)


def find(name: str) -> Path:
    """Return the file of a shipped scenario; NotFound lists those that there are."""
    for ending in ENDINGS:
        path = folder() / f"{name}{ending}"
        if path.parent == folder() and path.is_file():
            return path
    raise NotFound(f"There is no scenario {name!r}; there are {', '.join(names())}.")


def find_file(name: str) -> Path:
    """Return the scenario that a path, or the name of a shipped one, means; NotFound lists those that are shipped.

    Only what is named like a scenario is read: what is wrong with a file quotes it.
    """
    path = Path(name)
    if lines.is_file(path) and path.suffix.lower() in ENDINGS:
        return path.resolve()
    if path.suffix.lower() in ENDINGS or "/" in name:
        raise NotFound(f"There is no file {name!r}, or it is not named like a scenario: {', '.join(ENDINGS)}.")
    return find(name)


def shipped(name: str, vendors: tuple[Vendor, ...]) -> Scenario:
    """Return a shipped scenario, read again when its file has changed; NotFound lists those that there are."""
    path = find(name)
    return load_once(path, path.stat().st_mtime_ns, vendors)


@lru_cache(maxsize=256)
def load_once(path: Path, changed: int, vendors: tuple[Vendor, ...]) -> Scenario:
    """Read and check a scenario; `changed` (its mtime) makes a changed file be read again."""
    return load(path, vendors)


def load_text(name: str, text: str, vendors: Sequence[Vendor]) -> Scenario:
    """Read and check a scenario that was sent as text; Invalid as for a file of this name."""
    with tempfile.TemporaryDirectory(prefix="mockmarket-scenario-") as scratch:
        path = Path(scratch) / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, vendors)


def load(path: Path, vendors: Sequence[Vendor]) -> Scenario:
    """Read and check a scenario. Invalid names every problem as `file:line: field: sentence`."""
    raw, root = lines.read(path)
    if not isinstance(raw, dict):
        raise Invalid(f"{path.name}:1: A scenario is a mapping of {', '.join(ScenarioShape.__annotations__)}.")
    content, problems = shapes.loaded(schema_of(ScenarioShape, "fixture"), raw)
    steps, wrong = read_steps(root, raw.get("steps"))
    problems += wrong
    if problems:
        raise refused(path, root, problems)
    scenario = scenario_of(path, content, steps)
    problems = list(contradictions(path, scenario, vendors))
    if problems:
        raise refused(path, root, problems)
    return scenario


def refused(path: Path, root: Any, problems: Sequence[Problem]) -> Invalid:
    """Return the refusal of a scenario: each problem as `file:line: field: sentence`."""
    return lines.refused(path, root, [(as_written(root, where), words) for where, words in problems])


def as_written(root: Any, where: Where) -> Where:
    """Return a path as it stands in the file: what was read as a list of one may be written without the list."""
    node, kept = root, []
    for step in where:
        if isinstance(step, int) and isinstance(node, yaml.MappingNode):
            continue
        kept.append(step)
        node = (lines.child(node, step) or (None, None))[1]
    return tuple(kept)


def read_steps(root: Any, raw: Json) -> tuple[list[Step], list[Problem]]:
    """Read every step; returns those that could be read, and what is wrong with the others."""
    steps: list[Step] = []
    problems: list[Problem] = []
    for index, raw_step in enumerate(raw if isinstance(raw, list) else ()):
        step, wrong = shapes.read_step(index + 1, lines.line_of(root, ("steps", index)), raw_step)
        steps += [step] if step else []
        problems += below(("steps", index), wrong)
    return steps, problems


def scenario_of(path: Path, content: Fields, steps: Sequence[Step]) -> Scenario:
    """Put a scenario together of what was read; a fixture's file is looked for beside it first."""
    start, fixture = content["start"], content["start"]["fixture"]
    if fixture and lines.is_file(path.parent / fixture):
        fixture = str(path.parent / fixture)
    return Scenario(
        path.stem,
        " ".join(content["about"].split()),
        Start(
            fixture,
            None if start["now"] is None else parse_iso(start["now"]),
            start["frozen"],
            start["seed"],
            start["settings"],
        ),
        content["receivers"],
        content["variables"],
        tuple(steps),
    )


def contradictions(path: Path, scenario: Scenario, vendors: Sequence[Vendor]) -> Iterator[Problem]:
    """Yield what is wrong between parts: fixtures, vendors, keys, receivers and variables that there are not; moments that go back."""
    try:
        fixture = None if scenario.start.fixture is None else fixtures.find(scenario.start.fixture)
    except Invalid as error:
        yield ("start", "fixture"), error.message
        fixture = None
    known = Known(
        {vendor.name: vendor for vendor in vendors}, keys_by_vendor(fixture, vendors), tuple(scenario.receivers)
    )
    yield from below(("start", "settings"), unknown_settings(known, scenario.start.settings))
    for step in scenario.steps:
        problems = chain(unknown_names(known, step.kind.shape, step.fields), step.kind.problems(known, step.fields))
        yield from below(place_of(step), problems)
    yield from unknown_variables(scenario)
    yield from backwards(scenario)


def place_of(step: Step) -> Where:
    """Return where in the file a step's own fields stand."""
    return ("steps", step.number - 1, step.kind.name)


def keys_by_vendor(fixture: Path | None, vendors: Sequence[Vendor]) -> dict[str, list[str]]:
    """Return the names of a fixture's keys for each vendor; none for a database, or for one that is not known yet."""
    if fixture is None or fixtures.is_database(fixture):
        return {}
    return {vendor.name: [name for name, _ in fixtures.keys_of(fixture, vendor.name)] for vendor in vendors}


def unknown_variables(scenario: Scenario) -> Iterator[Problem]:
    """Yield the variables that a step names and no earlier one has saved."""
    known = {*scenario.variables, *variables.RESERVED} - {"request", "n"}
    for step in scenario.steps:
        names = known if step.kind.fills and step.repeat == 1 else known | {"n"}
        for where, reference in variables.named_in(dict(step.fields)):
            if variables.name_of(reference) not in names:
                words = f"${{{reference}}} is not known here; there are {', '.join(sorted(names))}."
                yield (*place_of(step), *where), words
        known |= saved_by(step)


def saved_by(step: Step) -> set[str]:
    """Return the variables that a step leaves behind."""
    keeping = (step.fields, *step.fields.get("calls", ()))
    return {*step.kind.saves, *(name for fields in keeping for name in fields.get("save", ()))}


def backwards(scenario: Scenario) -> Iterator[Problem]:
    """Yield the steps whose moment is before that of an earlier one."""
    latest = 0
    for step in scenario.steps:
        if step.at is None or (scenario.start.now is None and not step.at.startswith("+")):
            continue
        due = moments.moment(step.at, scenario.start.now or 0)
        if due < latest:
            yield ("steps", step.number - 1, "at"), "An earlier step has a later moment."
        latest = max(latest, due)
