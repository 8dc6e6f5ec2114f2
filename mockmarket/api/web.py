"""What every route needs: the request's world, arguments read strictly, answers from stored JSON, a guard for keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Literal, ParamSpec, TypeVar, cast

import flask
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import EXCLUDE, INCLUDE, RAISE, Schema

from mockmarket.api import arguments, auth
from mockmarket.api.answers import answer, joined, json_answer
from mockmarket.api.arguments import Unknown
from mockmarket.api.callers import note_caller
from mockmarket.api.context import current
from mockmarket.api.operations import any_content_type
from mockmarket.config import Config
from mockmarket.store.keys import Key
from mockmarket.worlds.ratelimit import RateOf
from mockmarket.worlds.world import World

__all__ = ["answer", "joined", "json_answer"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
Location = Literal["json", "query"]

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


def load(schema: Schema, location: Location, unknown: Unknown = EXCLUDE) -> Any:
    """Return the request's arguments as a schema reads them; what nothing reads is noted for the journal."""
    if location == "query":
        return noted(arguments.load_query(schema, flask.request.environ.get("QUERY_STRING", ""), unknown))
    creates = flask.request.method == "POST"
    return noted(arguments.load_body(schema, read_json(flask.request), unknown, null_is_absent=creates))


def noted(loaded: arguments.Loaded) -> Any:
    """Note down what of a request was read by nothing, for the journal; returns what was read."""
    if loaded.unread:
        current().log.unread = loaded.unread
    return loaded.value


def read_json(request: flask.Request) -> Any:
    """Return a request's body read as JSON (RFC 8259); an empty body is an empty object."""
    return arguments.read_json(request, any_content_type=any_content_type(current()))


def world() -> World:
    """Return the world that the request is for."""
    return current().world


def world_name() -> str:
    """Return the name of the world that the request is for, whether or not it can be served."""
    return current().world_name


def config() -> Config:
    """Return what the process was started with."""
    return current().services.registry.config


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
    note_caller(current(), key)
