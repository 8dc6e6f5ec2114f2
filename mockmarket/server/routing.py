"""Routes that start fast: what builds their URLs is compiled when the first is built, which for most is never."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import flask
from werkzeug.routing import Rule

from mockmarket.api import context
from mockmarket.api.operations import load
from mockmarket.errors import NotBuilt
from mockmarket.records import Row

Builder = Callable[..., tuple[str, str]]


class Route(Rule):
    """A werkzeug rule that matches at once and compiles its way back, from a name to a URL, at the first use of it.

    Compiling the way back of each of some hundreds of routes takes a tenth of a start. The method is werkzeug's own and not
    public: were it to go, nothing would be put off and nothing else change.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        build = super()._compile_builder
        compiled = cache(lambda: build(append_unknown))
        return lambda rule, **values: compiled()(rule, **values)


def add(app: flask.Flask, base: str, rows: Iterable[Row]) -> None:
    """Give an application the routes of a table of contents below a base URL; what answers is imported when it is first called."""
    for row in rows:
        view = answering(row) if row.built else refusing(row)
        app.add_url_rule(f"{base}{row.rule}", f"{base}:{row.id}", view, methods=[row.method])


def answering(row: Row) -> Callable[..., flask.Response]:
    """Return the view of an operation."""

    def view(**parts: str | int) -> flask.Response:
        return load(row)(context.current(), **parts)

    return view


def refusing(row: Row) -> Callable[..., flask.Response]:
    """Return the view of a call that is not built: 501, naming it."""

    def view(**_: str | int) -> flask.Response:
        raise NotBuilt(f"{row.method} {row.path} is not built in this mock.")

    return view
