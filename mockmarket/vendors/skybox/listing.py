"""Lists: limit, page, sorting, and the `{rows, rowCount}` around them (public: real clients' code)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from marshmallow import Schema, fields, validate

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


def unpacked(rows: Sequence[bytes]) -> list[dict[str, Any]]:
    """Return stored records as dicts."""
    return [orjson.loads(row) for row in rows]
