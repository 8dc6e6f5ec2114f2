"""Inventory split into several listings, and merged into one."""

from __future__ import annotations

import flask

from mockmarket.api.operations import Plain
from mockmarket.vendors.skybox.handlers.conventions import IDS, WRITE, Context, answer, operation, session, whole_number
from mockmarket.vendors.skybox.records.inventory import Inventory, Merging
from mockmarket.vendors.skybox.rules import reshaping


@operation(
    body=Plain({"type": "integer"}, description="How many tickets the first part has."), answer=IDS, refuses=WRITE
)
def split_inventory(context: Context, inventory_id: int) -> flask.Response:
    """Split a listing; answers the ids of the new ones."""
    return answer(reshaping.split(session(context), inventory_id, whole_number()))


@operation(answer=IDS, refuses=WRITE)
def split_inventory_to_consecutive(context: Context, inventory_id: int) -> flask.Response:
    """Split a listing into runs of seats side by side; answers the ids of the new ones."""
    return answer(reshaping.split_to_consecutive(session(context), inventory_id))


@operation(body=Merging, answer=Inventory, refuses=WRITE)
def merge_inventory(context: Context, body: Merging) -> flask.Response:
    """Merge listings of one row whose free seats stand side by side; answers the new one."""
    return answer(reshaping.merge(session(context), body))


@operation(body=Merging, answer=list[Inventory], refuses=WRITE)
def merge_inventory_in_bulk(context: Context, body: Merging) -> flask.Response:
    """Merge those of the listings that can be one, row by row; answers the new ones."""
    return answer(reshaping.merge_all(session(context), body))
