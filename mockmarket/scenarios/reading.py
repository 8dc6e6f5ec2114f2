"""Reads scenarios: found by name, path or as text, parsed as YAML or JSON, checked; an error names file, line and field."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, TypedDict

import yaml
from marshmallow import ValidationError, validate

from mockmarket.api.schemas import schema_of
from mockmarket.clock import parse_iso
from mockmarket.errors import Invalid, NotFound, flatten, with_names
from mockmarket.matching.paths import Json
from mockmarket.records import Check, Default, Length, Range, Reads, item_of
from mockmarket.records.formats import text as text_of
from mockmarket.scenarios import base, variables
from mockmarket.scenarios.base import Fields, Known
from mockmarket.scenarios.steps import KINDS
from mockmarket.scenarios.steps.control import ByVendor, unknown_settings
from mockmarket.scenarios.steps.failures import Answers
from mockmarket.seed import finding, lines, moments, reading as fixtures
from mockmarket.seed.finding import MayRead
from mockmarket.seed.lines import Outline, Problem, Where, below
from mockmarket.seed.shapes import Flag, check_moment
from mockmarket.vendor import Vendor

ENDINGS = (".yaml", ".yml", ".json")
MOST_STEPS = 500
MOST_REPEATS = 1_000
NUMBER_OF_STEPS = validate.Length(1, MOST_STEPS, error=f"Give 1 to {MOST_STEPS} steps.")


class Start(TypedDict):
    """The world's start. `fixture` is a shipped one's name, or a file, searched for beside the scenario first; None for
    the server's own. `now` is written in ISO 8601 and read as epoch ms, None for the fixture's own start; with `frozen`
    only the scenario's steps move the clock; `settings` are those that differ from their defaults."""

    fixture: base.OptionalText
    now: Annotated[int | None, Reads(lambda value: parse_iso(text_of(value))), Default(None)]
    frozen: Annotated[Flag, Default(True)]
    seed: Annotated[base.WholeNumber | None, Range(0, 2**63 - 1), Default(None)]
    settings: Annotated[ByVendor, Default(dict)]


ReceiverShape = TypedDict("ReceiverShape", {"answer": Annotated[Answers, Default(200)]})  # on loopback


class ScenarioShape(TypedDict):
    """A scenario: its description, its start, receivers and variables by name, and its steps, each of a shape of its own."""

    about: Annotated[str, Default("")]
    start: Annotated[Start, Default(lambda: schema_of(Start, "fixture").load({}))]
    receivers: Annotated[dict[str, ReceiverShape], Length(most=20), Check(variables.check_names), Default(dict)]
    variables: Annotated[base.Values, Check(variables.check_names)]
    steps: Annotated[list[object], Check(NUMBER_OF_STEPS)]


class CommonShape(TypedDict):
    """The fields common to all steps. `about` is shown when it runs; `at` is the time, +2h after the run's start or ISO 8601, to which the
    clock is moved first; `repeat` is the number of repetitions, with `${n}` in its texts counting from 1."""

    about: Annotated[str, Default("")]
    at: Annotated[str | None, Check(check_moment), Default(None)]
    repeat: Annotated[base.WholeNumber, Range(1, MOST_REPEATS), Default(1)]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its kind, fields, line, repetitions, and its time, if any (as written: `+2h`, or a moment)."""

    number: int
    line: int
    kind: base.Kind[Any]
    about: str
    at: str | None
    repeat: int
    fields: Fields

    @property
    def title(self) -> str:
        """The step's description: the scenario's, or else a generated one."""
        title = self.about or self.kind.title(self.fields)
        return f"{title} ({self.repeat} times)" if self.repeat > 1 else title


@dataclass(frozen=True, slots=True)
class Scenario:
    """A checked scenario."""

    name: str
    about: str
    start: Start
    receivers: Mapping[str, ReceiverShape]
    variables: Mapping[str, Json]
    steps: Sequence[Step]


def folder() -> Path:
    """Return the folder of the shipped scenarios."""
    return finding.shipped() / "scenarios"


def names() -> list[str]:
    """Return the names of the shipped scenarios."""
    return sorted(path.stem for path in folder().iterdir() if path.suffix in ENDINGS)


def find(name: str) -> Path:
    """Return the file of a shipped scenario; NotFound lists the existing ones."""
    for ending in ENDINGS:
        path = folder() / f"{name}{ending}"
        if path.parent == folder() and finding.is_file(path):
            return path
    raise NotFound(f"There is no scenario {name!r}; there are {', '.join(names())}.")


def find_file(name: str, may_read: MayRead = finding.any_file) -> Path:
    """Return the scenario of a path or of a shipped name; NotFound lists the shipped ones."""
    path = Path(name)  # only files named like a scenario are read, since errors quote the file
    if may_read(path) and finding.is_file(path) and path.suffix.lower() in ENDINGS:
        return path.resolve()
    if path.suffix.lower() in ENDINGS or "/" in name:
        words = f"There is no file {name!r}, or it is not named like a scenario: {', '.join(ENDINGS)}."
        raise NotFound(words if may_read(path) else f"{words} {finding.NOT_HERE}")
    return find(name)


def shipped(name: str, vendors: tuple[Vendor, ...]) -> Scenario:
    """Return a shipped scenario, read again when its file has changed; NotFound lists the existing ones."""
    path = find(name)
    return load_once(path, path.stat().st_mtime_ns, vendors)


@lru_cache(maxsize=256)
def load_once(path: Path, _changed: int, vendors: tuple[Vendor, ...]) -> Scenario:
    """Read and check a scenario, cached by its mtime (`changed`)."""
    return load(path, vendors)


def load_text(name: str, text: str, vendors: Sequence[Vendor], may_read: MayRead = finding.any_file) -> Scenario:
    """Read and check a scenario sent as text; Invalid as for a file of this name."""
    with tempfile.TemporaryDirectory(prefix="mockmarket-scenario-") as scratch:
        path = Path(scratch) / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, vendors, may_read)


def load(path: Path, vendors: Sequence[Vendor], may_read: MayRead = finding.any_file) -> Scenario:
    """Read and check a scenario. Invalid names every problem as `file:line: field: sentence`."""
    raw, outline = lines.read(path)
    if not isinstance(raw, dict):
        raise Invalid(f"{path.name}:1: A scenario is a mapping of {', '.join(ScenarioShape.__annotations__)}.")
    content, problems = loaded(ScenarioShape, raw)
    steps, wrong = _read_steps(outline, raw.get("steps"))
    refuse(path, outline, [*problems, *wrong])
    start, about = content["start"], " ".join(content["about"].split())
    beside = path.parent / (start["fixture"] or "")
    if start["fixture"] and may_read(beside) and finding.is_file(beside):
        start["fixture"] = str(beside)
    scenario = Scenario(path.stem, about, start, content["receivers"], content["variables"], tuple(steps))
    refuse(path, outline, contradictions(scenario, vendors, may_read))
    return scenario


def refuse(path: Path, outline: Outline, problems: Iterable[Problem]) -> None:
    """Raise Invalid if there are problems, each as `file:line: field: sentence`."""
    if written := [(as_written(outline, where), words) for where, words in problems]:
        raise lines.refused(path, outline, written)


def as_written(outline: Outline, where: Where) -> Where:
    """Return a path as it is in the file: what is read as a list of one may be written without the list."""
    node, steps = outline.root, []
    for step in where:
        if isinstance(step, int) and isinstance(node, yaml.MappingNode):
            continue
        steps.append(step)
        node = (outline.child(node, step) or (None, None))[1]
    return tuple(steps)


def _read_steps(outline: Outline, raw: Json) -> tuple[list[Step], list[Problem]]:
    steps: list[Step] = []
    problems: list[Problem] = []
    for index, raw_step in enumerate(raw if isinstance(raw, list) else ()):
        step, wrong = _read_step(index + 1, outline.line_of(("steps", index)), raw_step)
        steps += [step] if step else []
        problems += below(("steps", index), wrong)
    return steps, problems


def _read_step(number: int, line: int, raw: Json) -> tuple[Step | None, list[Problem]]:
    kinds = ", ".join(KINDS)
    if not isinstance(raw, Mapping):
        return None, [((), f"A step is a mapping with one of {kinds}.")]
    common = CommonShape.__annotations__
    named = [name for name in raw if name not in common]
    if unknown := [name for name in named if name not in KINDS]:
        return None, [((name,), f"There is no step {name!r}; there are {kinds}.") for name in unknown]
    if len(named) != 1:
        return None, [((), f"A step does one thing; this does {len(named)}. Give one of {kinds}.")]
    kind = KINDS[named[0]]
    beside, wrong = loaded(CommonShape, {name: raw[name] for name in common if name in raw})
    fields, problems = loaded(kind.shape, kind.short(raw[kind.name]))
    if wrong or problems:
        return None, [*wrong, *below((kind.name,), problems)]
    return Step(number, line, kind, beside["about"], beside["at"], beside["repeat"], fields), []


def loaded(shape: Any, raw: Json) -> tuple[dict[str, Any], list[Problem]]:
    """Return what a shape loads from a value, and its errors."""
    schema = schema_of(shape, "fixture")
    try:
        return schema.load(raw), []
    except ValidationError as error:
        own = ("value", "key")  # marshmallow's names within a mapping
        pairs = ((tuple(part for part in path if part not in own), text) for path, text in flatten(error.messages))
        return {}, [(where, with_names(schema, where, text)) for where, text in pairs]


def contradictions(scenario: Scenario, vendors: Sequence[Vendor], may_read: MayRead) -> Iterator[Problem]:
    """Yield contradictions: unknown fixtures, vendors, keys, receivers and variables; times that go back."""
    fixture_name = scenario.start["fixture"]
    try:
        fixture = None if fixture_name is None else finding.find(fixture_name, may_read)
    except Invalid as error:
        yield ("start", "fixture"), error.message
        fixture = None
    keys: dict[str, list[str]] = {}
    if fixture is not None and not finding.is_database(fixture):
        keys = {vendor.name: [name for name, _ in fixtures.keys_of(fixture, vendor.name)] for vendor in vendors}
    known = Known({vendor.name: vendor for vendor in vendors}, keys, tuple(scenario.receivers))
    yield from below(("start", "settings"), unknown_settings(known, scenario.start["settings"]))
    for step in scenario.steps:
        names = base.wrong_names(known, item_of(step.kind.shape), step.fields, {})
        yield from below(_place_of(step), chain(names, step.kind.problems(known, step.fields)))
    yield from _unknown_variables(scenario)
    yield from _backwards(scenario)


def _place_of(step: Step) -> Where:
    return ("steps", step.number - 1, step.kind.name)


def _unknown_variables(scenario: Scenario) -> Iterator[Problem]:
    known = {*scenario.variables, *variables.RESERVED} - {"request", "n"}
    for step in scenario.steps:
        names = known if step.kind.fills and step.repeat == 1 else known | {"n"}
        for where, reference in variables.named_in(dict(step.fields)):
            if variables.name_of(reference) not in names:
                words = f"${{{reference}}} is not known here; there are {', '.join(sorted(names))}."
                yield (*_place_of(step), *where), words
        saving = (step.fields, *step.fields.get("calls", ()))
        known |= {*step.kind.saves, *(name for fields in saving for name in fields.get("save", ()))}


def _backwards(scenario: Scenario) -> Iterator[Problem]:
    latest, start = 0, scenario.start["now"]
    for step in scenario.steps:
        if step.at is None or (start is None and not step.at.startswith("+")):
            continue
        due = moments.moment(step.at, start or 0)
        if due < latest:
            yield ("steps", step.number - 1, "at"), "An earlier step has a later time."
        latest = max(latest, due)
