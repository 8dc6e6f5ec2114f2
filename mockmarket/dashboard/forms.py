"""Forms made of marshmallow schemas, and what was sent read back by the same schema: one way for every page.

A nested schema's inputs have dotted names (`customer.phone.number`). A list of choices is a row of boxes, any other list is one entry a
line, an object of any shape is JSON, a truth that may be left open is a choice. A form sends what it shows: of an input that is left
empty, and of a field that it leaves out, nothing is sent, so that the schema's own default counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import flask
import orjson
from marshmallow import Schema, ValidationError, fields, missing, validate
from werkzeug.datastructures import MultiDict

from mockmarket.api.fields import TRUTHS
from mockmarket.errors import Refusal, details_of
from mockmarket.records.formats import NUMBER

T = TypeVar("T")
Shape = fields.Field[Any]


@dataclass(frozen=True, slots=True)
class Input:
    """One input: `kind` is `text`, `number`, `email`, `url`, `choice`, `boxes`, `tick`, `lines`, `long`, `json` or `hidden`.

    `labels` says more of some choices and suggestions; `suggestions` is what may well be typed.
    """

    name: str
    label: str
    kind: str
    required: bool = False
    value: Any = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    least: Any = None
    most: Any = None
    step: str = "any"
    longest: int | None = None
    error: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The input's id in its form."""
        return f"f-{self.name.replace('.', '-')}"


@dataclass(frozen=True, slots=True)
class Form:
    """Inputs of a schema, and what is wrong with them as a whole."""

    inputs: tuple[Input, ...]
    error: str = ""

    @property
    def asks(self) -> bool:
        """True when there is anything to fill in."""
        return any(form_input.kind != "hidden" for form_input in self.inputs)


class Wrong(Exception):
    """What was sent cannot be taken: `form` has it as it was typed, with what is wrong where. Show it again in place."""

    def __init__(self, form: Form) -> None:
        super().__init__(form.error)
        self.form = form


def of(
    schema: Schema, *, values: Mapping[str, Any] | None = None, fixed: Mapping[str, Any] | None = None, leave_out: Sequence[str] = (),
    looks: Mapping[str, Mapping[str, Any]] | None = None,
) -> Form:  # fmt: skip
    """Return a schema's form: `values` are filled in, `fixed` sent along unseen, some fields left out; all by dotted name.

    `looks` says by name what of an input is not as its field has it: `{"fixture": {"suggestions": ("small",)}}`.
    """
    given, kept, other = dict(values or {}), fixed or {}, looks or {}
    inputs = [
        replace(form_input, **other.get(form_input.name, {}))
        for form_input in inputs_of(schema)
        if form_input.name not in leave_out
    ]
    return Form(tuple(
        replace(form_input, kind="hidden", value=kept[form_input.name]) if form_input.name in kept
        else replace(form_input, value=given.get(form_input.name, form_input.value))
        for form_input in inputs
    ))  # fmt: skip


def inputs_of(schema: Schema, path: str = "", needed: bool = True) -> list[Input]:
    """Return the inputs of a schema's fields, those of nested schemas in their place."""
    made: list[Input] = []
    for name, shape in schema.fields.items():
        if shape.dump_only:
            continue
        key = f"{path}{shape.data_key or name}"
        if isinstance(shape, fields.Nested) and not shape.many:
            made += inputs_of(shape.schema, f"{key}.", needed and shape.required)
        else:
            made.append(input_of(key, shape, needed))
    return made


def input_of(key: str, shape: Shape, needed: bool) -> Input:
    """Return the input of one field, with the bounds of its validators."""
    default = "" if shape.load_default is missing or callable(shape.load_default) else shape.load_default
    bounds = bounds_of(shape)
    kind, choices = kind_of(shape, bounds.get("choices", ()))
    value = typed(default, kind)
    return Input(
        key, label_of(key), kind, needed and shape.required and kind not in ("tick", "boxes"), value,
        str(shape.metadata.get("description", "")), choices, bounds.get("least"), bounds.get("most"),
        "1" if isinstance(shape, fields.Integer) else "any", bounds.get("longest"),
    )  # fmt: skip


KINDS: tuple[tuple[type[Shape], str], ...] = (
    (fields.Boolean, "tick"), (fields.Integer, "number"), (fields.Decimal, "number"), (fields.Float, "number"),
    (fields.Email, "email"), (fields.Url, "url"), (fields.String, "text"), (fields.List, "lines"), (fields.Dict, "json"),
    (fields.Nested, "json"),
)  # fmt: skip
"""The input of each type of field, the first that fits; of any other, text."""


def kind_of(shape: Shape, choices: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the kind of a field's input, and what can be chosen."""
    if type(shape) is fields.Raw:
        return "json", ()
    if isinstance(shape, fields.List):
        among = bounds_of(shape.inner).get("choices", ()) or choices
        plain = not isinstance(shape.inner, (fields.Nested, fields.Dict, fields.List))
        return ("boxes" if among else "lines" if plain else "json"), among
    if choices:
        return "choice", choices
    if isinstance(shape, fields.Boolean) and shape.load_default is missing and not shape.required:
        return "choice", tuple(TRUTHS)
    return next((kind for type_, kind in KINDS if isinstance(shape, type_)), "text"), ()


def bounds_of(shape: Shape) -> dict[str, Any]:
    """Return what a field's validators say that a browser can show: choices, least, most, longest."""
    bounds: dict[str, Any] = {}
    for rule in shape.validators:
        if isinstance(rule, (validate.OneOf, validate.ContainsOnly)):
            bounds["choices"] = tuple(str(choice) for choice in rule.choices)
        elif isinstance(rule, validate.Equal):
            bounds["choices"] = (str(rule.comparable),)
        elif isinstance(rule, validate.Range):
            bounds |= {"least": rule.min, "most": rule.max}
        elif isinstance(rule, validate.Length):
            bounds["longest"] = rule.max
    return bounds


AS_WORDS = {"ip": "IP", "url": "URL", "ttl": "TTL", "https": "HTTPS", "s": "(seconds)", "ms": "(ms)"}
"""Parts of fields' names that are no words."""


def label_of(key: str) -> str:
    """Write a field's name as people read it: `customer.phone.countryCode` is `Customer phone country code`."""
    spaced = "".join(
        f" {letter.lower()}" if letter.isupper() else letter for letter in key.replace(".", " ").replace("_", " ")
    )
    words = [AS_WORDS.get(word, word) for word in spaced.strip().split(" ")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def typed(value: Any, kind: str) -> Any:
    """Return a value as it stands in its input."""
    if kind in ("tick", "boxes"):
        return value
    if kind == "lines":
        return "\n".join(str(member) for member in value or ())
    if kind == "json":
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() if value not in ("", None) else ""
    return "" if value is None else str(value)


def read(schema: Schema, **form: Any) -> Any:
    """Return what was sent, read by the schema; Wrong, with the form as it was typed, for what it refuses.

    The form is made as by `of`, with the same arguments.
    """
    shown = of(schema, **form)
    return trying(filled(shown, flask.request.form), lambda: schema.load(sent(schema, shown, flask.request.form)))


def trying(form: Form, do: Callable[[], T]) -> T:
    """Return what `do` returns; Wrong, each complaint at its input, for what a schema or a rule refuses."""
    try:
        return do()
    except ValidationError as error:
        raise Wrong(complaining(form, details_of(error))) from error
    except Refusal as refusal:
        raise Wrong(complaining(form, refusal.details or (("body", refusal.message),), refusal.hint)) from refusal


def filled(form: Form, data: MultiDict[str, str]) -> Form:
    """Return a form with what was typed in it."""
    return replace(form, inputs=tuple(replace(form_input, value=raw(form_input, data)) for form_input in form.inputs))


def raw(one: Input, data: MultiDict[str, str]) -> Any:
    """Return what was typed into one input; one that is unseen has its own value, whatever was sent in its name."""
    if one.kind == "hidden":
        return str(one.value)
    if one.kind == "tick":
        return one.name in data
    return data.getlist(one.name) if one.kind == "boxes" else data.get(one.name, "")


def complaining(form: Form, details: Sequence[tuple[str, str]], hint: str = "") -> Form:
    """Return a form with each complaint at its input; those of no input that is seen, at its top."""
    seen = {form_input.name for form_input in form.inputs if form_input.kind != "hidden"}
    placed: dict[str, list[str]] = {}
    for name, text in details:
        where = place_of(name, seen)
        plain = name in seen or name == "body" or where == name.rpartition(".")[2]
        placed.setdefault(where, []).append(text if plain else f"{name}: {text}")
    inputs = tuple(replace(form_input, error=" ".join(placed.get(form_input.name, ()))) for form_input in form.inputs)
    return Form(inputs, " ".join([*placed.get("", ()), *([hint] if hint else [])]))


def place_of(name: str, seen: Collection[str]) -> str:
    """Return the input that a complaint is about, by its own name, that of an object around it, or the last part; else nothing."""
    around = next((name_shown for name_shown in seen if name == name_shown or name.startswith(f"{name_shown}.")), "")
    last = name.rpartition(".")[2]
    return around or (last if last in seen else "")


def sent(schema: Schema, form: Form, data: MultiDict[str, str]) -> dict[str, Any]:
    """Return what a schema's form sends, as the JSON that a program would send; what cannot be read is left for the schema to refuse."""
    shown = {form_input.name: raw(form_input, data) for form_input in form.inputs}
    body: dict[str, Any] = {}
    for form_input in inputs_of(schema):
        value = shown.get(form_input.name, "")
        if isinstance(value, bool) or (value.strip() if isinstance(value, str) else value):
            place(body, form_input.name.split("."), as_json(form_input, value))
    return body


def place(body: dict[str, Any], path: list[str], value: Any) -> None:
    """Set a value at a path, making the objects on the way."""
    for step in path[:-1]:
        body = body.setdefault(step, {})
    body[path[-1]] = value


def as_json(one: Input, value: Any) -> Any:
    """Return what was typed as the value that a program would send."""
    if one.kind == "number":
        return number(value)
    if one.choices == tuple(TRUTHS):
        return TRUTHS.get(value, value)
    if one.kind == "lines":
        return [line.strip() for line in value.splitlines() if line.strip()]
    if one.kind == "json":
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def number(text: str) -> Any:
    """Return the number that a text is, or the text."""
    if text.strip().lstrip("-").isdecimal() and len(text) < 20:
        return int(text)
    return float(text) if NUMBER.match(text.strip()) else text


@dataclass(frozen=True, slots=True)
class Button:
    """One thing that can be done, or not: `why` says why not; `form` is what it asks, its target `to`."""

    label: str
    help: str
    to: str
    form: Form
    why: str | None = None
    tone: str = ""
    open: bool = False
