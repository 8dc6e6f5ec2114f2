"""Reads scenarios: found by name, path or as text, parsed as YAML or JSON, checked; an error names file, line and field."""

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, TypedDict

import yaml
from marshmallow import validate

from mockmarket.api.schemas import schema_of
from mockmarket.clock import parse_iso
from mockmarket.errors import Invalid, NotFound
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
from mockmarket.seed.problems import Outline, Problem, Where, below, refused
from mockmarket.seed.shapes import Flag, check_moment
from mockmarket.seed.wording import loaded
from mockmarket.vendor import Vendor

ENDINGS = (".yaml", ".yml", ".json")
MOST_STEPS = 500
MOST_REPEATS = 1_000
NUMBER_OF_STEPS = validate.Length(1, MOST_STEPS, error=f"Give 1 to {MOST_STEPS} steps.")


def _read_now(value: object) -> int:
    try:
        return parse_iso(text_of(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a date: use ISO 8601, such as 2027-03-01T12:00:00Z.") from None


class Start(TypedDict):
    """The world's start. `fixture` is a shipped one's name, or a file, searched for beside the scenario first; None for
    the server's own. `now` is written in ISO 8601 and read as epoch ms, None for the fixture's own start; with `frozen`
    only the scenario's steps move the clock; `settings` are those that differ from their defaults."""

    fixture: base.OptionalText
    now: Annotated[int | None, Reads(_read_now), Default(None)]
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
    titles: base.Titles

    @property
    def title(self) -> str:
        """The step's description: the scenario's, or else a generated sentence."""
        title = self.about or self.kind.title(self.fields, self.titles)
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
    raw, outline = lines.read_file(path)
    if not isinstance(raw, dict):
        raise Invalid(f"{path.name}:1: A scenario is a mapping of {', '.join(ScenarioShape.__annotations__)}.")
    content, problems = loaded(ScenarioShape, raw)
    steps, wrong = _read_steps(outline, raw.get("steps"), {vendor.name: vendor.title for vendor in vendors})
    scenario = _scenario_of(path, content, steps, may_read)
    broken = {where[1] for where, _ in wrong}
    problems += [*wrong, *contradictions(scenario, _known_of(scenario, raw, vendors, may_read), may_read, broken)]
    if not problems:
        problems += _unknown_variables(scenario)
    if problems:
        raise refused(outline, [(as_written(outline, where), words) for where, words in problems])
    return scenario


def _scenario_of(path: Path, content: Mapping[str, Any], steps: Sequence[Step], may_read: MayRead) -> Scenario:
    """Return the scenario of what is valid in a file; its fixture is searched beside it first."""
    start: Any = {**schema_of(Start, "fixture").load({}), **content.get("start", {})}
    fixture = start["fixture"] or ""
    beside = path.parent / fixture
    if (
        fixture
        and may_read(beside)
        and (finding.is_file(beside) or (finding.is_folder(beside) and fixture not in finding.names()))
    ):
        start["fixture"] = str(beside)
    about, receivers, variables = content.get("about", ""), content.get("receivers", {}), content.get("variables", {})
    return Scenario(path.stem, " ".join(about.split()), start, receivers, variables, tuple(steps))


def as_written(outline: Outline, where: Where) -> Where:
    """Return a path as it is in the file: what is read as a list of one may be written without the list."""
    node, steps = outline.root, []
    for step in where:
        if isinstance(step, int) and isinstance(node, yaml.MappingNode):
            continue
        steps.append(step)
        node = (outline.child(node, step) or (None, None))[1]
    return tuple(steps)


def _read_steps(outline: Outline, raw: Json, titles: base.Titles) -> tuple[list[Step], list[Problem]]:
    steps: list[Step] = []
    problems: list[Problem] = []
    for index, raw_step in enumerate(raw if isinstance(raw, list) else ()):
        step, wrong = _read_step(index + 1, outline.line_of(("steps", index)), raw_step, titles)
        steps += [step] if step else []
        problems += below(("steps", index), wrong)
    return steps, problems


def _read_step(number: int, line: int, raw: Json, titles: base.Titles) -> tuple[Step | None, list[Problem]]:
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
    about, at, repeat = beside.get("about", ""), beside.get("at"), beside.get("repeat", 1)
    step = Step(number, line, kind, about, at, repeat, fields, titles)
    return step, [*wrong, *below((kind.name,), problems)]


def _known_of(scenario: Scenario, raw: Mapping[str, Any], vendors: Sequence[Vendor], may_read: MayRead) -> Known:
    """Return the names that a scenario may refer to: receivers that are wrong otherwise too, keys if its fixture says them."""
    keys: dict[str, list[str]] = {}
    if scenario.start["fixture"] is not None:
        with suppress(Invalid):  # reported where it is named
            fixture = finding.find(scenario.start["fixture"], may_read)
            if fixture.database is None:
                keys = {vendor.name: [name for name, _ in fixtures.keys_of(fixture, vendor.name)] for vendor in vendors}
    receivers = raw.get("receivers")
    names = tuple(map(str, receivers)) if isinstance(receivers, dict) else ()
    return Known({vendor.name: vendor for vendor in vendors}, keys, names)


def contradictions(
    scenario: Scenario, known: Known, may_read: MayRead, broken: Collection[str | int]
) -> Iterator[Problem]:
    """Yield contradictions: unknown fixtures, vendors, keys and receivers; times that go back. `broken` are the indexes of steps that have
    other problems, of which only names are checked."""
    if scenario.start["fixture"] is not None:
        try:
            finding.find(scenario.start["fixture"], may_read)
        except Invalid as error:
            yield ("start", "fixture"), error.message
    yield from below(("start", "settings"), unknown_settings(known, scenario.start["settings"]))
    for step in scenario.steps:
        names = base.wrong_names(known, item_of(step.kind.shape), step.fields, {})
        others = () if step.number - 1 in broken else step.kind.problems(known, step.fields)
        yield from below(_place_of(step), chain(names, others))
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
