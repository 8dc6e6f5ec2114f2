"""What every route needs: the request's world, arguments read strictly, answers from stored JSON, a guard for keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar, cast

import flask
import orjson
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import EXCLUDE, Schema, ValidationError
from webargs.flaskparser import FlaskParser

from mockmarket import auth
from mockmarket.errors import Invalid, Malformed, UnsupportedMedia, flatten
from mockmarket.store.keys import Key
from mockmarket.world import World

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

Granted = Callable[[Key], tuple[str, ...]]


class Parser(FlaskParser):
    """Reads arguments for webargs: JSON by its content type, members that no schema names left alone, errors as refusals."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"query": EXCLUDE, "json": EXCLUDE, "path": EXCLUDE}
    DEFAULT_VALIDATION_STATUS = 400

    def load_json(self, req: flask.Request, schema: Schema) -> Any:
        """Return the body read as JSON; UnsupportedMedia and Malformed say what is wrong with it."""
        given = read_json(req)
        if isinstance(given, dict):
            req.environ["mockmarket.unread"] = unread_members(given, schema)
        return given

    def handle_error(
        self, error: ValidationError, req: Any, schema: Any, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        """Raise Invalid with a (field, message) pair for each error."""
        messages = error.messages_dict
        details = [pair for location in messages.values() for pair in flatten(location)]
        raise Invalid("; ".join(f"{field}: {text}" for field, text in details), details=details)


class Blueprint(SmorestBlueprint):  # type: ignore[misc]  # the package has no types; what is used of it gets them here
    """A flask-smorest blueprint whose arguments are read by `Parser`."""

    ARGUMENTS_PARSER = Parser()

    def route(self, rule: str, **options: Any) -> Callable[[T], T]:
        """Register a view under a path below the blueprint's prefix."""
        return cast(Callable[[T], T], super().route(rule, **options))

    def arguments(self, schema: Schema, *, location: str = "json", **more: Any) -> Callable[[T], T]:
        """Read and check arguments with a schema, and document them; the view gets them as its first argument."""
        return cast(Callable[[T], T], super().arguments(schema, location=location, **more))

    def response(self, status: int, schema: Any = None, **more: Any) -> Callable[[T], T]:
        """Document the answer; views return ready bytes, and tests hold them to the schema."""
        return cast(Callable[[T], T], super().response(status, schema, **more))

    def alt_response(self, status: int, **more: Any) -> Callable[[T], T]:
        """Document another answer."""
        return cast(Callable[[T], T], super().alt_response(status, **more))


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
    vendor: str, where: str, find: auth.Find, granted: Granted
) -> Callable[[str | None], Callable[[Callable[P, R]], Callable[P, R]]]:
    """Make a vendor's `needs(scope)` decorator: the view runs only for a known key, from an allowed address, with the scope."""

    def needs(scope: str | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
        def guarded(view: Callable[P, R]) -> Callable[P, R]:
            @wraps(view)
            def checked(*args: P.args, **kwargs: P.kwargs) -> R:
                admit(vendor, where, find, granted, scope)
                return view(*args, **kwargs)

            return checked

        return guarded

    return needs


def admit(vendor: str, where: str, find: auth.Find, granted: Granted, scope: str | None) -> None:
    """Let the caller in, or raise what keeps it out; notes when the key was last used."""
    here, environ = world(), flask.request.environ
    read = here.read()
    key = auth.known(read, vendor, find(environ), where)
    flask.g.caller = key
    environ["mockmarket.key"] = key.id
    here.key_used[key.id] = read.now
    auth.check_address(key, auth.peer_address(environ, here.config.trusted_proxies))
    auth.check_scope(granted(key), scope)


def unread_members(given: Mapping[str, Any], schema: Schema) -> tuple[str, ...]:
    """Return the members of a body that its schema does not name."""
    known = {field.data_key or name for name, field in schema.fields.items()}
    return tuple(name for name in given if name not in known)
