"""Lists: limit, page, sorting, and the `{rows, rowCount}` around them (public: real clients' code)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

import flask
import orjson
from marshmallow import Schema, fields, validate

from mockmarket.api import web
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Kind
from mockmarket.webhooks.encoding import java

LIMIT = 50
MOST = 1000
MOST_PAGES = 1_000_000


class Page(Schema):
    """How much of a list, from where, in which order. Pages count from 1; 0 is the first too (convention)."""

    limit = fields.Integer(load_default=LIMIT, validate=validate.Range(1, MOST))
    pageNumber = fields.Integer(load_default=1, validate=validate.Range(0, MOST_PAGES))
    sortDir = fields.String(load_default="ASC", validate=validate.OneOf(("ASC", "DESC", "asc", "desc")))
    sortedBy = fields.String(load_default=None)
    sortDirB = fields.String(load_default="ASC", validate=validate.OneOf(("ASC", "DESC", "asc", "desc")))
    sortedByB = fields.String(load_default=None)


def sorted_by(*names: str) -> fields.String:
    """Return the `sortedBy` of a list that can be sorted by these."""
    return fields.String(load_default=None, validate=validate.OneOf(names))


def direction(given: str) -> Literal["asc", "desc"]:
    """Read the direction of a sort."""
    return "desc" if given.lower() == "desc" else "asc"


def order_of(query: Mapping[str, Any], columns: Mapping[str, str]) -> list[tuple[str, Literal["asc", "desc"]]]:
    """Return by which columns a list is sorted; `columns` gives the column of each of the vendor's names."""
    asked = ((query["sortedBy"], query["sortDir"]), (query["sortedByB"], query["sortDirB"]))
    return [(columns[name], direction(way)) for name, way in asked if name in columns]


def offset_of(query: Mapping[str, Any]) -> int:
    """Return how many rows come before a page."""
    return (max(int(query["pageNumber"]), 1) - 1) * int(query["limit"])


def page_of(
    read: Read, kind: Kind, where: Sequence[Condition], query: Mapping[str, Any], columns: Mapping[str, str]
) -> tuple[list[bytes], int]:
    """Return one page of stored records, each as its bytes, and how many there are in all."""
    rows = records.page(read, kind, where, order_of(query, columns), query["limit"], offset_of(query))
    return rows, records.count(read, kind, where)


def page_answer(
    kind: Kind, where: Sequence[Condition], query: Mapping[str, Any], columns: Mapping[str, str]
) -> flask.Response:
    """Answer with one page of stored records, joined from their bytes."""
    rows, count = page_of(web.world().read(), kind, where, query, columns)
    return web.json_answer(b'{"rows":' + web.joined(rows) + b',"rowCount":%d}' % count)


def rows_answer(rows: Sequence[Any], count: int, **more: Any) -> flask.Response:
    """Answer with one page of rows that were made for it, and what goes beside them."""
    return web.json_answer(java({"rows": list(rows), "rowCount": count, **more}))


def arranged(rows: Sequence[Mapping[str, Any]], query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return rows that are all at hand as a query sorts them; what has no value comes first."""
    there = list(rows)
    for name, way in ((query["sortedByB"], query["sortDirB"]), (query["sortedBy"], query["sortDir"])):
        if name:
            there.sort(key=partial(rank, name), reverse=direction(way) == "desc")
    return there


def rank(name: str, row: Mapping[str, Any]) -> tuple[bool, Any]:
    """Return where a row stands in a sort by one of its fields."""
    return row[name] is not None, row[name]


def sliced(rows: Sequence[Any], query: Mapping[str, Any]) -> flask.Response:
    """Answer with one page of rows that are all at hand."""
    return rows_answer(rows[offset_of(query) : offset_of(query) + query["limit"]], len(rows))


def answer(value: Any) -> flask.Response:
    """Answer with a record, or with a plain list, as Java writes it."""
    return web.json_answer(java(value))


def unpacked(rows: Sequence[bytes]) -> list[dict[str, Any]]:
    """Return stored records as dicts."""
    return [orjson.loads(row) for row in rows]
