"""What every route needs: the request's world, arguments read strictly, answers from stored JSON, a guard for keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, wraps
from http import HTTPStatus
from typing import Any, Literal, ParamSpec, TypeVar, cast
from urllib.parse import parse_qsl

import flask
import orjson
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import EXCLUDE, INCLUDE, RAISE, Schema, ValidationError, fields
from werkzeug.datastructures import MultiDict

from mockmarket.api import auth
from mockmarket.errors import Invalid, Malformed, UnsupportedMedia, details_of
from mockmarket.faults.active.requests import SWITCHES, on_caller
from mockmarket.store.keys import Key
from mockmarket.worlds.ratelimit import RateOf
from mockmarket.worlds.world import World

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
Location = Literal["json", "query"]
Unknown = Literal["exclude", "include", "raise"]

Granted = Callable[[Key], tuple[str, ...]]


class Blueprint(SmorestBlueprint):  # type: ignore[misc]  # the package has no types; what is used of it gets them here
    """A flask-smorest blueprint that reads arguments by `load`: it documents what they are, and errors are refusals.

    With `strict` what no schema names is refused, so that a slip of the pen is not silently left alone.
    """

    strict = False

    def route(self, rule: str, **options: Any) -> Callable[[T], T]:
        """Register a view under a path below the blueprint's prefix."""
        return cast(Callable[[T], T], super().route(rule, **options))

    def arguments(
        self, schema: Schema, *, location: Location = "json", required: bool = True, strict: bool | None = None
    ) -> Callable[[T], T]:
        """Read and check arguments with a schema, and document them; the view gets them after `self`."""
        described = {"in": location, "required": required, "schema": shape_of(schema)}
        unknown: Unknown = RAISE if (self.strict if strict is None else strict) else EXCLUDE
        if schema.unknown == INCLUDE:  # the view refuses what is not known, in words of its own
            unknown = INCLUDE

        def reading(view: Any) -> Any:
            @wraps(view)
            def wrapper(self: Any, *args: Any, **parts: Any) -> Any:
                return view(self, load(schema, location, unknown), *args, **parts)

            wrapper._apidoc = copied(getattr(view, "_apidoc", {}))  # type: ignore[attr-defined]
            wrapper._apidoc.setdefault("arguments", {}).setdefault("parameters", []).append(described)  # type: ignore[attr-defined]
            return wrapper

        return reading

    def response(
        self, status: int, schema: Any = None, *, description: str | None = None, content_type: str = "application/json"
    ) -> Callable[[T], T]:
        """Document an answer; views return ready bytes, and tests hold them to the schema."""
        described = {"description": description or HTTPStatus(status).phrase, "content_type": content_type}

        def describing(view: Any) -> Any:
            view._apidoc = copied(getattr(view, "_apidoc", {}))
            answers = view._apidoc.setdefault("response", {}).setdefault("responses", {})
            answers.setdefault(status, []).append(
                described if schema is None else described | {"schema": shape_of(schema)}
            )
            return view

        return describing


def shape_of(schema: Any) -> Any:
    """Return a schema as it is documented: by its class where nothing else tells it apart, as classes are not copied deeply."""
    plain = isinstance(schema, Schema) and not (schema.many or schema.only or schema.exclude or schema.partial)
    return type(schema) if plain else schema


def copied(docs: Any) -> Any:
    """Return what a view is documented with so far, for another decorator to add to; schemas stay the ones that they are."""
    if isinstance(docs, dict):
        return {name: copied(value) for name, value in docs.items()}
    return [copied(value) for value in docs] if isinstance(docs, list) else docs


def load(schema: Schema, location: Location, unknown: Unknown = EXCLUDE) -> dict[str, Any]:
    """Return the request's arguments as a schema reads them; Invalid has a (field, message) pair for each error.

    What no schema names is left alone, as the vendors leave it, and noted for the journal; or, with RAISE, refused.
    """
    if location == "query":
        return noted(*read_query(schema, flask.request.environ.get("QUERY_STRING", ""), unknown)).copy()
    return noted(*checked(schema, read_json(flask.request), unknown))


def noted(loaded: T, unread: tuple[str, ...]) -> T:
    """Note down what of a request was read by nothing, for the journal; returns what was read."""
    if unread:
        flask.request.environ["mockmarket.unread"] = unread
    return loaded


@lru_cache(maxsize=2048)
def read_query(schema: Schema, query: str, unknown: Unknown) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a query string as a schema reads it, and what in it no schema names; the same ones come again and again.

    Of a parameter that is given twice the first counts, but of one that is a list, all.
    """
    values = MultiDict(parse_qsl(query, keep_blank_values=True))
    names = ((field.data_key or name, field) for name, field in schema.fields.items())
    lists = [name for name, field in names if isinstance(field, fields.List) and name in values]
    return checked(schema, values.to_dict() | {name: values.getlist(name) for name in lists}, unknown)


def checked(schema: Schema, given: Any, unknown: Unknown) -> tuple[Any, tuple[str, ...]]:
    """Return what a schema reads in a value, and the members that it does not name; Invalid for what it refuses."""
    if unknown == EXCLUDE:
        leave_alone(schema)
    try:
        loaded = schema.load(given, unknown=unknown)
    except ValidationError as error:
        details = details_of(error, schema if unknown == RAISE else None)
        words = "; ".join(f"{field}: {text}" for field, text in details)
        raise Invalid(words, details=details, given=given) from error
    return loaded, tuple(dict.fromkeys(unread_members(given, schema)))


def read_json(req: flask.Request) -> Any:
    """Return a request's body read as JSON (RFC 8259); an empty body is an empty object."""
    raw = req.get_data(cache=True)
    if raw and not (req.is_json or req.environ.get("mockmarket.any_content_type")):
        raise UnsupportedMedia(f"Content-Type {req.content_type or '(none)'} is not supported; send application/json.")
    try:
        return orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is not valid JSON: {error}.") from error


def world() -> World:
    """Return the world that the request is for."""
    found: World = flask.request.environ["mockmarket.world"]
    return found


def json_answer(body: bytes, status: int = 200) -> flask.Response:
    """Answer with JSON that is ready to be sent."""
    return flask.Response(body, status, mimetype="application/json")


def answer(value: Any, status: int = 200) -> flask.Response:
    """Answer with a value as plain JSON."""
    return json_answer(orjson.dumps(value), status)


def joined(rows: list[bytes]) -> bytes:
    """Return stored records as a JSON array, without reading them."""
    return b"[" + b",".join(rows) + b"]"


def caller() -> Key:
    """Return the key that the request was made with."""
    key: Key = flask.g.caller
    return key


def guard(
    vendor: str, where: str, find: auth.Find, granted: Granted, rate: RateOf = lambda settings: None
) -> Callable[[str | None], Callable[[Callable[P, R]], Callable[P, R]]]:
    """Make a vendor's `needs(scope)` decorator: the view runs only for a known key, from an allowed address, with the scope.

    `rate` makes the vendor's settings into how often one key may call; no limit unless it says so.
    """

    def needs(scope: str | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
        def guarded(view: Callable[P, R]) -> Callable[P, R]:
            @wraps(view)
            def checked(*args: P.args, **kwargs: P.kwargs) -> R:
                key = admit(vendor, where, find, rate)
                auth.check_scope(granted(key), scope)
                return view(*args, **kwargs)

            return checked

        return guarded

    return needs


def admit(vendor: str, where: str, find: auth.Find, rate: RateOf) -> Key:
    """Return the caller's key, or raise what keeps it out; notes when the key was last used."""
    here, environ = world(), flask.request.environ
    read = here.read()
    key = auth.known(read, vendor, find(environ), where)
    flask.g.caller = key
    caller_known(key)
    here.key_used[key.id] = read.now
    auth.check_address(key, auth.peer_address(environ, here.config.trusted_proxies))
    allowed = rate(here.settings_of(vendor))
    if allowed:
        here.meter.count(key.id, allowed, read.now)
    return key


def caller_known(key: Key) -> None:
    """Note whose key a request was made with, and raise what a fault that is for this key gives instead of an answer."""
    environ = flask.request.environ
    environ["mockmarket.key"] = key.id
    if environ.get(SWITCHES):
        on_caller(environ, key.id)


def unread_members(given: Any, schema: Schema, within: str = "") -> Iterator[str]:
    """Yield the members of a body that its schema does not name, by dotted path; those in a list without their place in it."""
    if isinstance(given, list):
        for one in given:
            yield from unread_members(one, schema, within)
    elif isinstance(given, Mapping):
        known = members_of(schema)
        for name, value in given.items():
            if name not in known:
                yield within + name
            elif (inner := known[name]) is not None:
                yield from unread_members(value, inner, f"{within}{name}.")


@lru_cache(maxsize=1024)
def members_of(schema: Schema) -> dict[str, Schema | None]:
    """Return the members that a schema names; with each that is an object, or a list of them, the schema that leaves out what is in it
    and has no name there."""
    return {field.data_key or name: schema_left_out_by(field) for name, field in schema.fields.items()}


def schema_left_out_by(field: fields.Field[Any]) -> Schema | None:
    """Return the schema of what is nested in a field, if it leaves out what it does not name."""
    inner = nested_in(field)
    return inner.schema if inner is not None and (inner.unknown or inner.schema.unknown) == EXCLUDE else None


@lru_cache(maxsize=1024)
def leave_alone(schema: Schema) -> None:
    """Have what is nested in a schema leave out what it does not name, as the schema itself is about to: marshmallow would refuse it."""
    for field in schema.fields.values():
        inner = nested_in(field)
        if inner is not None and (inner.unknown or inner.schema.unknown) == RAISE:
            inner.unknown = EXCLUDE
            leave_alone(inner.schema)


def nested_in(field: fields.Field[Any]) -> fields.Nested | None:
    """Return the field of the object that a field is, or is a list of."""
    inner = field.inner if isinstance(field, fields.List) else field
    return inner if isinstance(inner, fields.Nested) else None
