"""The control plane: operations of tests and people on a world for which no vendor's API has a call. Names no vendor."""

import flask

from mockmarket.api.context import current
from mockmarket.control.base import BASE, UPLOADS, Error, check_preflight, check_uploader, refuse
from mockmarket.control.operations import OPERATIONS, SECTIONS
from mockmarket.errors import Refusal, UnknownWorld

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
    "takes_new",
    "with_place",
]

MENDING = {"get_world", "put_world", "delete_world", "reset_world", "restore_snapshot", "import_state"}
FOR_DAMAGED = MENDING | {
    "get_health",
    "get_metrics",
    "drain",
    "end_drain",
    "list_worlds",
    "delete_worlds",
    "list_snapshots",
}
"""The operations that do not read the request's world: those that repair a damaged one, and those of the whole process."""


def takes_new(request: flask.Request) -> bool:
    """Return whether a request creates its world from another server's state."""
    return request.endpoint == f"{BASE}:import_state" and request.args.get("new") == "true"


def with_place(refusal: UnknownWorld) -> Refusal:
    """Return the refusal of a world that is not here as the caller of the current request may read it."""
    from mockmarket.control import fleet  # no other request needs it

    return fleet.with_place(current(), refusal)


def serves_damaged(request: flask.Request) -> bool:
    """Return whether a request can be answered though the file of its world is damaged."""
    base, _, operation = (request.endpoint or "").partition(":")
    return base == BASE and operation in FOR_DAMAGED and request.method != "OPTIONS"
