"""Links from a vendor's record to its order's page, where it is an order."""

from __future__ import annotations

from collections.abc import Iterable

from mockmarket.dashboard import shell
from mockmarket.store import records
from mockmarket.worlds.world import World

Named = tuple[str, str]
"""A record by (vendor, id)."""


def order_links(world: World, named: Iterable[Named]) -> dict[Named, str]:
    """Return the address of the page of each of these records that is an order of a vendor that shows its orders."""
    read, asked = world.read(), set(named)
    return {
        (name, id): shell.url("orders.one", vendor=name, id=id)
        for name, vendor in world.vendors.items()
        if vendor.records.orders
        for id in sorted(one for its, one in asked if its == name)
        if records.count(read, vendor.records.orders.kind, [("id", "=", id)])
    }
