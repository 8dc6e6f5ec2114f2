"""Zatabox's calls, a module for each chapter of its reference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def blueprints() -> Iterable[Any]:
    """Return the routes, in the order in which the API browser shows them."""
    from mockmarket.vendors.zatabox.routes import (
        checkin,
        events,
        growth,
        keys,
        orders,
        organizer,
        seating,
        unbuilt,
        users,
        webhooks,
    )  # fmt: skip

    chapters = (webhooks, events, seating, organizer, orders, checkin, users, growth, keys, unbuilt)
    return tuple(chapter.blp for chapter in chapters)
