"""What a scenario may say: its start, its receivers, its variables, its steps, and what each may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from marshmallow import Schema, ValidationError

from mockmarket.api.schemas import schema_of
from mockmarket.clock import parse_iso
from mockmarket.errors import with_names
from mockmarket.records import Check, Default, Length, Range
from mockmarket.scenarios.base import Fields, Kind, OptionalText, Values, WholeNumber
from mockmarket.scenarios.paths import Json
from mockmarket.scenarios.steps import KINDS
from mockmarket.scenarios.steps.control import ByVendor
from mockmarket.scenarios.steps.receivers import Answers
from mockmarket.scenarios.variables import check_names
from mockmarket.seed.lines import Problem, Where, below
from mockmarket.seed.shapes import Flag, check_moment

MOST_STEPS = 500
MOST_RECEIVERS = 20
MOST_REPEATS = 1_000


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it does, in which line it stands, how often, and when, if not at once (as written: `+2h`, or a moment)."""

    number: int
    line: int
    kind: Kind[Any]
    about: str
    at: str | None
    repeat: int
    fields: Fields

    @property
    def title(self) -> str:
        """What the step is about, in the scenario's words or else in ours."""
        title = self.about or self.kind.title(self.fields)
        return f"{title} ({self.repeat} times)" if self.repeat > 1 else title


class StartShape(TypedDict):
    """How the world begins.

    `fixture` is a shipped one's name, or a file, looked for beside the scenario first; `now` is ISO 8601, the fixture's own start
    without it; `frozen` has the clock stand still but for the scenario's own moves; `settings` are those that are not to have
    their defaults.
    """

    fixture: OptionalText
    now: Annotated[str | None, Check(parse_iso), Default(None)]
    frozen: Annotated[Flag, Default(True)]
    seed: Annotated[WholeNumber | None, Range(0, 2**63 - 1), Default(None)]
    settings: Annotated[ByVendor, Default(dict)]


class ReceiverShape(TypedDict):
    """A webhook receiver on loopback that belongs to the run."""

    answer: Annotated[Answers, Default(200)]


def plain_start() -> StartShape:
    """Return the start of a scenario that says nothing about it."""
    start: StartShape = schema_of(StartShape, "fixture").load({})
    return start


def check_steps(steps: list[object]) -> None:
    """Raise ValueError for no steps, or too many."""
    if not 1 <= len(steps) <= MOST_STEPS:
        raise ValueError(f"Give 1 to {MOST_STEPS} steps.")


class ScenarioShape(TypedDict):
    """A scenario: what happens, for people; its start; its receivers by name; variables, beside those that steps save; and its
    steps, one after the other, each of which has a shape of its own."""

    about: Annotated[str, Default("")]
    start: Annotated[StartShape, Default(plain_start)]
    receivers: Annotated[dict[str, ReceiverShape], Length(most=MOST_RECEIVERS), Check(check_names), Default(dict)]
    variables: Annotated[Values, Check(check_names)]
    steps: Annotated[list[object], Check(check_steps)]


class CommonShape(TypedDict):
    """What every step may have beside the one thing that it does.

    `about` is shown as it runs; `at` is when, +2h after the run's start or ISO 8601, and the clock goes there first; `repeat` is
    how often, one after the other, `${n}` in its texts counting from 1.
    """

    about: Annotated[str, Default("")]
    at: Annotated[str | None, Check(check_moment), Default(None)]
    repeat: Annotated[WholeNumber, Range(1, MOST_REPEATS), Default(1)]


def flattened(messages: object, where: Where = ()) -> Iterator[Problem]:
    """Yield marshmallow's nested messages as (path, sentence); a path's own dots stay within one part."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from flattened(inner, where if name in ("_schema", "value", "key") else (*where, name))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield from flattened(message, where) if isinstance(message, Mapping) else iter([(where, str(message))])


def read_step(number: int, line: int, raw: Json) -> tuple[Step | None, list[Problem]]:
    """Read one step; returns it, or what is wrong with it."""
    kinds = ", ".join(KINDS)
    if not isinstance(raw, Mapping):
        return None, [((), f"A step is a mapping with one of {kinds}.")]
    common = CommonShape.__annotations__
    named = [name for name in raw if name not in common]
    unknown = [name for name in named if name not in KINDS]
    if unknown:
        return None, [((name,), f"There is no step {name!r}; there are {kinds}.") for name in unknown]
    if len(named) != 1:
        return None, [((), f"A step does one thing; this does {len(named)}. Give one of {kinds}.")]
    kind = KINDS[named[0]]
    beside, wrong = loaded(schema_of(CommonShape, "fixture"), {name: raw[name] for name in common if name in raw})
    fields, problems = loaded(schema_of(kind.shape, "fixture"), kind.short(raw[kind.name]))
    if wrong or problems:
        return None, [*wrong, *below((kind.name,), problems)]
    return Step(number, line, kind, beside["about"], beside["at"], beside["repeat"], fields), []


def loaded(schema: Schema, raw: Json) -> tuple[dict[str, Any], list[Problem]]:
    """Return what a schema reads in a value, or what is wrong with it."""
    try:
        return schema.load(raw), []
    except ValidationError as error:
        return {}, [(where, with_names(schema, where, words)) for where, words in flattened(error.messages)]
