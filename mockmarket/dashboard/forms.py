"""Forms built from marshmallow schemas, and submitted values loaded by the same schema.

A nested schema's inputs have dotted names (`customer.phone.number`). Empty inputs are not sent: the schema's defaults apply."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Annotated, Any, TypedDict, TypeVar

import flask
import orjson
from marshmallow import Schema, ValidationError, fields, missing, validate
from werkzeug.datastructures import MultiDict

from mockmarket.api.schemas import schema_class
from mockmarket.dashboard import moments, zone_switch, zones
from mockmarket.dashboard.formats import label
from mockmarket.errors import Refusal, details_of
from mockmarket.records import Body, Description
from mockmarket.records.formats import NUMBER, TRUTHS

T = TypeVar("T")
Field = fields.Field[Any]
NOTHING: Mapping[str, Any] = MappingProxyType({})
Look = Mapping[str, Any]  # overrides of an input: members of `Input`


@dataclass(frozen=True, slots=True)
class Input:
    """One input: `kind` is `text`, `number`, `email`, `url`, `choice`, `boxes`, `tick`, `lines`, `long`, `json` or `moment`;
    `labels` are labels of choices and suggestions; a hidden one has a fixed value."""

    name: str
    label: str
    kind: str
    required: bool = False
    value: object = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    least: object = None
    most: object = None
    step: str = "any"
    longest: int | None = None
    error: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def id(self) -> str:
        """The input's id in its form."""
        return f"f-{self.name.replace('.', '-')}"

    def sent(self, data: MultiDict[str, str]) -> object:
        """Return the submitted value; a hidden input keeps its own, whatever was sent."""
        if self.hidden:
            return str(self.value)
        if self.kind == "tick":
            return self.name in data
        return data.getlist(self.name) if self.kind == "boxes" else data.get(self.name, "")


NAME = Description("Letters, digits, dot, dash and underscore.")
Named = TypedDict("Named", {"name": Annotated[str, Body(required=True), NAME]})  # the name of something to create


@dataclass(frozen=True, slots=True)
class Form:
    """A schema's inputs, the URL to submit to, the button's label; `error` is an error of the whole form, `why` says
    why it is disabled, `template` renders it again, `prefix` separates its ids from another form's."""

    schema: Schema
    inputs: tuple[Input, ...]
    to: str = ""
    label: str = ""
    help: str = ""
    why: str | None = None
    tone: str = ""
    prefix: str = ""
    template: str = "form.html"
    error: str = ""

    @property
    def asks(self) -> bool:
        """True when the form has visible inputs."""
        return not all(form_input.hidden for form_input in self.inputs)

    def typed(self) -> "Form":
        """Return the form with the submitted values."""
        data = flask.request.form
        return replace(self, inputs=tuple(replace(entry, value=entry.sent(data)) for entry in self.inputs))

    def submit(self, do: Callable[[Any], T]) -> T:
        """Return the result of `do` with the loaded values; Wrong, with each error at its input, for what the schema or a rule refuses."""
        typed = self.typed()
        try:
            return do(self.schema.load(sent(typed)))
        except ValidationError as error:
            raise Wrong(_complaining(typed, details_of(error))) from error
        except Refusal as refusal:
            raise Wrong(_complaining(typed, refusal.details or [("body", refusal.message)], refusal.hint)) from refusal


class Wrong(Exception):
    """The submitted form is invalid: `form` has the submitted values and the errors. It is rendered again in place."""

    def __init__(self, form: Form) -> None:
        super().__init__(form.error)
        self.form = form


def of(schema: Schema, to: str = "", label: str = "", **options: Any) -> Form:
    """Return a schema's form. By dotted name, `values` are the inputs' values, `fixed` hidden ones, `leave_out` excluded fields; `looks`
    overrides members of inputs: `{"fixture": {"suggestions": ("small",)}}`. Other options are members of the form."""
    fixed, looks, left_out = options.pop("fixed", {}), options.pop("looks", {}), options.pop("leave_out", ())
    known = {**options.pop("values", {}), **fixed}
    inputs = (replace(entry, **looks.get(entry.name, {})) for entry in inputs_of(schema) if entry.name not in left_out)
    filled = (replace(entry, value=known.get(entry.name, entry.value), hidden=entry.name in fixed) for entry in inputs)
    return Form(schema, tuple(filled), to, label, **options)


TYPES: Mapping[type, type[Field]] = {bool: fields.Boolean, int: fields.Integer, float: fields.Float, str: fields.String}
"""The field for each type of default of a setting or a fault's parameter."""


def schema_of(shape: Any, choices: Mapping[str, Iterable[str]] = NOTHING, **options: Any) -> Schema:
    """Return the schema of a body; fields in `choices` are limited to these values: a text is selected, a list ticked."""
    schema: Schema = shape if isinstance(shape, Schema) else schema_class(shape, "body")(**options)
    for name, values in choices.items():
        bound = schema.fields[name]
        bound = bound.inner if isinstance(bound, fields.List) else bound
        bound.validators = [*bound.validators, validate.OneOf(tuple(values))]
    return schema


def inputs_of(schema: Schema, path: str = "", needed: bool = True) -> Iterator[Input]:
    """Yield the inputs of a schema's fields, with those of nested schemas in place."""
    for name, shape in schema.fields.items():
        key = f"{path}{shape.data_key or name}"
        if isinstance(shape, fields.Nested) and not shape.many:
            yield from inputs_of(shape.schema, f"{key}.", needed and shape.required)
        else:
            yield _input_of(key, shape, needed)


def _input_of(key: str, shape: Field, needed: bool) -> Input:
    bounds = _bounds_of(shape)
    kind, choices = _kind_of(shape, bounds.get("choices", ()))
    default = "" if shape.load_default is missing or callable(shape.load_default) else shape.load_default
    required = needed and shape.required and kind not in ("tick", "boxes")
    value, help = typed(default, kind), str(shape.metadata.get("description", ""))
    step = "1" if isinstance(shape, fields.Integer) else "any"
    return Input(key, label(key, unit=True), kind, required, value, help, step=step, **{**bounds, "choices": choices})


KINDS: Mapping[str, type[Field] | tuple[type[Field], ...]] = {
    "tick": fields.Boolean,
    "number": fields.Number,
    "email": fields.Email,
    "url": fields.Url,
    "text": fields.String,
    "json": (fields.Dict, fields.Nested),
}
"""The kind of input for each type of field, the first match; text for any other."""


def _kind_of(shape: Field, choices: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    if type(shape) is fields.Raw:
        return "json", ()
    if isinstance(shape, fields.List):
        among = _bounds_of(shape.inner).get("choices", ()) or choices
        plain = not isinstance(shape.inner, (fields.Nested, fields.Dict, fields.List))
        return ("boxes" if among else "lines" if plain else "json"), among
    if choices:
        return "choice", choices
    if isinstance(shape, fields.Boolean) and shape.load_default is missing and not shape.required:
        return "choice", tuple(TRUTHS)
    return next((kind for kind, types in KINDS.items() if isinstance(shape, types)), "text"), ()


def _bounds_of(shape: Field) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    for rule in shape.validators:
        match rule:
            case validate.OneOf():
                bounds["choices"] = tuple(map(str, rule.choices))
            case validate.Range():
                bounds |= {"least": rule.min, "most": rule.max}
            case validate.Length():
                bounds["longest"] = rule.max
    return bounds


def typed(value: Any, kind: str) -> object:
    """Return a field's value as its kind of input shows it."""
    if kind in ("tick", "boxes"):
        return value
    if kind == "lines":
        return "\n".join(str(member) for member in value or ())
    if kind == "json":
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() if value not in ("", None) else ""
    return "" if value is None else str(value)


def _complaining(form: Form, details: Iterable[tuple[str, str]], hint: str = "") -> Form:
    """Return a form with each error at the input of its name, of an enclosing object, or of its last part; else at the top."""
    seen = [form_input.name for form_input in form.inputs if not form_input.hidden]
    placed: dict[str, list[str]] = {}
    for name, text in details:
        last = name.rpartition(".")[2]
        around = (input_name for input_name in seen if name == input_name or name.startswith(f"{input_name}."))
        where = next(around, last if last in seen else "")
        placed.setdefault(where, []).append(text if name == "body" or where in (name, last) else f"{name}: {text}")
    inputs = tuple(replace(form_input, error=" ".join(placed.get(form_input.name, ()))) for form_input in form.inputs)
    return replace(form, inputs=inputs, error=" ".join([*placed.get("", ()), *filter(None, [hint])]))


def sent(form: Form) -> dict[str, Any]:
    """Return a form's values as a program would send them in JSON; unreadable ones are left to the schema."""
    body: dict[str, Any] = {}
    for form_input in form.inputs:
        value = form_input.value
        if isinstance(value, bool) or (value.strip() if isinstance(value, str) else value):
            *path, last = form_input.name.split(".")
            place = body
            for step in path:
                place = place.setdefault(step, {})
            place[last] = as_json(form_input, value)
    return body


def as_json(form_input: Input, value: Any) -> object:
    """Return an input's text as the value that a program would send; an invalid number or invalid JSON stays a text. Raises ValidationError
    for a moment that the zone's clocks skip or repeat."""
    if form_input.choices == tuple(TRUTHS):
        return TRUTHS.get(value, value)
    match form_input.kind:
        case "number" if value.strip().lstrip("-").isdecimal() and len(value) < 20:
            return int(value)
        case "number" if NUMBER.match(value.strip()):
            return float(value)
        case "moment":
            try:
                return moments.as_utc(value, zone_switch.input_zone(zones.current()))
            except moments.UnreadableError as error:
                raise ValidationError({form_input.name: [str(error)]}) from error
        case "lines":
            return [line.strip() for line in value.splitlines() if line.strip()]
        case "long":
            return value.replace("\r\n", "\n")  # a browser's line ends (HTML, 4.10.21.4)
        case "json":
            with suppress(orjson.JSONDecodeError):
                return orjson.loads(value)
    return value
