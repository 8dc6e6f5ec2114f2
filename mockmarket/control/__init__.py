"""The control plane: operations of tests and people on a world for which no vendor's API has a call. Names no vendor."""

import flask

from mockmarket.control.base import BASE, UPLOADS, Error, check_preflight, check_uploader, refuse
from mockmarket.control.operations import OPERATIONS, SECTIONS

__all__ = [
    "BASE",
    "OPERATIONS",
    "SECTIONS",
    "UPLOADS",
    "Error",
    "check_preflight",
    "check_uploader",
    "refuse",
    "serves_damaged",
]

MENDING = {"get_world", "put_world", "delete_world", "reset_world", "restore_snapshot", "import_state"}
FOR_DAMAGED = MENDING | {"get_health", "get_metrics", "list_worlds", "delete_worlds", "list_snapshots"}
"""The operations that do not read the request's world: those that repair a damaged one, and those of the whole process."""


def serves_damaged(request: flask.Request) -> bool:
    """Return whether a request can be answered though the file of its world is damaged."""
    base, _, operation = (request.endpoint or "").partition(":")
    return base == BASE and operation in FOR_DAMAGED and request.method != "OPTIONS"
