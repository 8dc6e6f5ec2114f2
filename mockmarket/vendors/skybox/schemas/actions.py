"""What people do at SkyBox's own pages."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from mockmarket.vendors.skybox.schemas.shapes import LONGER, number, price, text, whole


class InventoryAction(Schema):
    """Which inventory."""

    inventory = number(required=True)


class PriceAction(InventoryAction):
    """Which inventory, and its list price from now on."""

    price = price(required=True)


class EditAction(InventoryAction):
    """Which inventory, and what of it changes."""

    publicNotes = text(LONGER, allow_none=True)
    notes = text(LONGER, allow_none=True)
    tags = text(LONGER)
    cost = price()
    broadcast = fields.Boolean()


class SplitAction(InventoryAction):
    """Which inventory, and how many tickets its first part has."""

    size = number(required=True)


class HoldAction(InventoryAction):
    """Which inventory, how many of its tickets, and for how many minutes."""

    quantity = whole(1, 1000, required=True)
    minutes = fields.Float(load_default=60, allow_nan=False, validate=validate.Range(0.01, 1_000_000))


class RemoveAction(Schema):
    """Which hold."""

    hold = number(required=True)


class FulfillAction(Schema):
    """Which invoice."""

    invoice = number(required=True)
