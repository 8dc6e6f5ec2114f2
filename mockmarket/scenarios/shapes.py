"""What a scenario may say: its start, its receivers, its variables, its steps, and what each may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from mockmarket.clock import parse_iso
from mockmarket.errors import with_names
from mockmarket.scenarios.base import Given, Kind, Problem, Where, a_text
from mockmarket.scenarios.saving import RESERVED
from mockmarket.scenarios.steps import KINDS
from mockmarket.scenarios.steps.receivers import an_answer
from mockmarket.scenarios.variables import NAME
from mockmarket.seed import moments
from mockmarket.seed.shapes import SOME_START, sentence

MOST_STEPS = 500
MOST_RECEIVERS = 20
MOST_REPEATS = 1_000
COMMON = ("about", "at", "repeat")
"""What every step may have beside the one thing that it does."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it does, in which line it stands, how often, and when, if not at once (as written: `+2h`, or a moment)."""

    number: int
    line: int
    kind: Kind
    about: str
    at: str | None
    repeat: int
    given: Given

    @property
    def title(self) -> str:
        """What the step is about, in the scenario's words or else in ours."""
        title = self.about or self.kind.title(self.given)
        return f"{title} ({self.repeat} times)" if self.repeat > 1 else title


class StartShape(Schema):
    """How the world begins."""

    fixture = a_text("A shipped fixture's name, or a file, looked for beside the scenario first.", load_default=None)
    now = fields.String(
        load_default=None,
        validate=sentence(lambda text: parse_iso(text)),
        metadata={"description": "When the world begins, ISO 8601; the fixture's own start without it."},
    )
    frozen = fields.Boolean(
        load_default=True, metadata={"description": "Whether the clock stands still but for the scenario's own moves."}
    )
    seed = fields.Integer(
        load_default=None, strict=True, validate=validate.Range(0, 2**63 - 1), metadata={"description": "Of its ids."}
    )
    settings = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String()),
        load_default=dict,
        metadata={"description": "By vendor, or `core`, and name: those that are not to have their defaults."},
    )


class ReceiverShape(Schema):
    """A webhook receiver on loopback that belongs to the run."""

    answer = an_answer(load_default=200)


def check_names(value: Mapping[str, Any]) -> None:
    """Raise ValidationError for names that no variable or receiver can have."""
    wrong = {
        name: ["Use letters, digits and underscores, no digit first."] for name in value if not NAME.fullmatch(name)
    }
    wrong |= {name: ["This name is set by the run itself."] for name in value if name in RESERVED}
    if wrong:
        raise ValidationError(wrong)


class ScenarioShape(Schema):
    """A whole scenario; each of its steps has a shape of its own."""

    about = fields.String(load_default="", metadata={"description": "What happens, for people."})
    start = fields.Nested(StartShape, load_default=lambda: StartShape().load({}))
    receivers = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(ReceiverShape),
        load_default=dict,
        validate=[validate.Length(max=MOST_RECEIVERS), check_names],
        metadata={"description": "Webhook receivers that belong to the run, by name."},
    )
    variables = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        validate=check_names,
        metadata={"description": "Values that texts name as `${name}`, beside those that steps save."},
    )
    steps = fields.List(
        fields.Raw(),
        required=True,
        validate=validate.Length(1, MOST_STEPS, error=f"Give 1 to {MOST_STEPS} steps."),
        metadata={"description": "What happens, one after the other."},
    )


def check_at(text: str) -> None:
    """Raise ValueError for what is no moment."""
    moments.moment(text, SOME_START)


class CommonShape(Schema):
    """What every step may have."""

    about = fields.String(load_default="", metadata={"description": "What the step is for, shown as it runs."})
    at = fields.String(
        load_default=None,
        validate=sentence(check_at),
        metadata={"description": "When: +2h after the run's start, or ISO 8601; the clock goes there first."},
    )
    repeat = fields.Integer(
        load_default=1,
        strict=True,
        validate=validate.Range(1, MOST_REPEATS),
        metadata={"description": "How often, one after the other; `${n}` in its texts counts from 1."},
    )


def flattened(messages: Any, where: Where = ()) -> Iterator[Problem]:
    """Yield marshmallow's nested messages as (path, sentence); a path's own dots stay within one part."""
    if isinstance(messages, Mapping):
        for name, one in messages.items():
            yield from flattened(one, where if name in ("_schema", "value", "key") else (*where, name))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield from flattened(message, where) if isinstance(message, Mapping) else iter([(where, str(message))])


def read_step(number: int, line: int, raw: Any) -> tuple[Step | None, list[Problem]]:
    """Read one step; returns it, or what is wrong with it."""
    kinds = ", ".join(KINDS)
    if not isinstance(raw, Mapping):
        return None, [((), f"A step is a mapping with one of {kinds}.")]
    named = [name for name in raw if name not in COMMON]
    unknown = [name for name in named if name not in KINDS]
    if unknown:
        return None, [((name,), f"There is no step {name!r}; there are {kinds}.") for name in unknown]
    if len(named) != 1:
        return None, [((), f"A step does one thing; this does {len(named)}. Give one of {kinds}.")]
    kind = KINDS[named[0]]
    common, wrong = loaded(CommonShape(), {name: raw[name] for name in COMMON if name in raw}, ())
    given, more = loaded(kind.shape, kind.short(raw[kind.name]), (kind.name,))
    if wrong or more:
        return None, [*wrong, *more]
    return Step(number, line, kind, common["about"], common["at"], common["repeat"], given), []


def loaded(shape: Schema, raw: Any, where: Where) -> tuple[dict[str, Any], list[Problem]]:
    """Return what a shape reads in a value, or what is wrong with it."""
    try:
        read: dict[str, Any] = shape.load(raw)
    except ValidationError as error:
        return {}, [((*where, *path), with_names(shape, path, words)) for path, words in flattened(error.messages)]
    return read, []
