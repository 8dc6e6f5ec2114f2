"""The control plane: what tests and people do to a world that no vendor's API has. Generic: it names no vendor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import flask

from mockmarket.control.speech import BASE, ErrorSchema, speaker

FOR_DAMAGED = {
    ("GET", f"{BASE}/health"),
    ("GET", f"{BASE}/worlds"),
    ("GET", f"{BASE}/worlds/<string:name>"),
    ("PUT", f"{BASE}/worlds/<string:name>"),
    ("DELETE", f"{BASE}/worlds/<string:name>"),
    ("POST", f"{BASE}/reset"),
    ("GET", f"{BASE}/snapshots"),
    ("POST", f"{BASE}/snapshots/<string:name>/restore"),
}
"""The routes that do not look into the request's world: those that mend one whose file is damaged, and those of the whole process."""


def serves_damaged(request: flask.Request) -> bool:
    """Tell whether a request can be answered though the file of its world is damaged."""
    return request.url_rule is not None and (request.method, request.url_rule.rule) in FOR_DAMAGED


def blueprints() -> Iterable[Any]:
    """Return the control routes, in the order in which the API browser shows them."""
    from mockmarket.control import (
        clock,
        deliveries,
        endpoints,
        exam,
        faults,
        keys,
        records,
        requests,
        scenarios,
        snapshots,
        state,
        waits,
        worlds,
    )

    return (
        worlds.blp,
        snapshots.blp,
        state.blp,
        clock.blp,
        keys.blp,
        endpoints.blp,
        deliveries.blp,
        faults.blp,
        records.blp,
        requests.blp,
        waits.blp,
        scenarios.blp,
        exam.blp,
    )


__all__ = ["BASE", "ErrorSchema", "blueprints", "speaker"]
