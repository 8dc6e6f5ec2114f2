"""Answers of ready bytes: stored JSON goes out as it is."""

from __future__ import annotations

from collections.abc import Sequence

import flask
import orjson


def json_answer(body: bytes, status: int = 200) -> flask.Response:
    """Answer with JSON that is ready to be sent."""
    return flask.Response(body, status, mimetype="application/json")


def answer(value: object, status: int = 200) -> flask.Response:
    """Answer with a value as plain JSON."""
    return json_answer(orjson.dumps(value), status)


def joined(rows: Sequence[bytes]) -> bytes:
    """Return stored records as a JSON array, without reading them."""
    return b"[" + b",".join(rows) + b"]"
