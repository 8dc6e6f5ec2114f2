"""Where ids lead: to the order that a record is or belongs to, else to the record, else to what the timeline has of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from mockmarket.api.context import current
from mockmarket.dashboard import formats, shell
from mockmarket.store import Record, records
from mockmarket.vendor import Vendor

Named = tuple[str, str]  # a record by its vendor and its id, or its name in the ledger


@dataclass(frozen=True, slots=True)
class Link:
    """A page's URL, and who has the seats: an order's buyer, by name or else by e-mail, or whose a hold is."""

    url: str
    who: str = ""


def order_url(vendor: str, id: str) -> str:
    """Return the URL of the order that a record is or belongs to; "" when there is none."""
    seller = current().world.vendors.get(vendor)
    order = _order_of(seller, id) if seller else ""
    return shell.url("orders.detail", vendor=vendor, id=order) if order else ""


def _order_of(vendor: Vendor, name: str) -> str:
    read, view = current().read(), vendor.records.orders
    if view is None:
        return ""
    return name if records.count(read, view.kind, [("id", "=", name)]) else view.order_of(read, name)


def in_text(text: str, ids: Iterable[str]) -> Markup:
    """Return a text in which each of these ids that is of an order, or of what belongs to an order, is a link."""
    named = "|".join(re.escape(id) for id in sorted(ids, key=len, reverse=True) if id in text)
    parts = re.split(rf"(?<![\w-])({named})(?![\w-])", text) if named else [text]
    urls = {id: next(filter(None, (order_url(name, id) for name in current().world.vendors)), "") for id in parts[1::2]}
    link = Markup('<a href="{}">{}</a>')
    pieces = (link.format(url, part) if (url := urls.get(part)) else escape(formats.visible(part)) for part in parts)
    return Markup("").join(pieces)


def of_ledger(named: Iterable[Named]) -> dict[Named, Link]:
    """Return the links of those names in the ledger that are of an order, of what belongs to an order, or of a hold."""
    vendors = current().world.vendors
    every = {(name, id): _link_of(vendors[name], id) for name, id in set(named) if name in vendors}
    return {name: link for name, link in every.items() if link}


def _link_of(vendor: Vendor, name: str) -> Link | None:
    read, view = current().read(), vendor.records.orders
    if view and (record := records.get(read, view.kind, _order_of(vendor, name))):
        line = view.line(read, record)
        who = line.buyer or line.email
        url = shell.url("orders.detail", vendor=vendor.name, id=record[view.kind.id])
        return Link(url, f"{who} ({line.through})" if line.through else who)
    if holder := vendor.records.holder(read, name):
        return Link(shell.url("stock.record", vendor=vendor.name, kind=holder.kind.name, id=holder.id), holder.who)
    return None


def in_timeline(record: str) -> Link:
    """Return the link to what the timeline has of a record, for one that has no page, or none any more."""
    return Link(shell.url("timeline.show", record=record))


def of_notice(notice: Record) -> str:
    """Return the URL of what a notice is about; "" for a notice about nothing."""
    vendor, id = notice["vendor"], notice["record"]
    if not id:
        return ""
    if order := order_url(vendor, id):
        return order
    if _stored(vendor, notice["kind"], id):
        return shell.url("stock.record", vendor=vendor, kind=notice["kind"], id=id)
    return in_timeline(id).url


def _stored(vendor: str, name: str, id: str) -> Record | None:
    kind = current().world.vendor(vendor).records.kind(name)
    return records.get(current().read(), kind, id) if kind else None
