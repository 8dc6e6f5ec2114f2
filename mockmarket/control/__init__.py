"""The control plane: what tests and people do to a world that no vendor's API has. Generic: it names no vendor."""

from __future__ import annotations

import flask

from mockmarket.control.base import BASE, Error, check_preflight, formatter
from mockmarket.control.operations import OPERATIONS, SECTIONS

__all__ = ["BASE", "OPERATIONS", "SECTIONS", "Error", "check_preflight", "formatter", "serves_damaged"]

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
    method = "GET" if request.method == "HEAD" else request.method
    return request.url_rule is not None and (method, request.url_rule.rule) in FOR_DAMAGED
