"""What a reseller missed of listings while it did not sell them: told once it does again, each listing as it is by then."""

from __future__ import annotations

from mockmarket.store import Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock.rules import resellers, selling, telling
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire.kinds import LISTING, PUBLICATION


def tell(tx: Tx, who: Reseller) -> None:
    """Bring a reseller up to date on every listing that changed while it did not sell it, and that it sells now."""
    for publication in records.find(tx, PUBLICATION, ("reseller", "=", who.id)):
        missed = publication.get("missed")
        if missed and selling.sells(tx, who, missed["broker_id"], missed["event"]):
            resellers.publish(tx, who, publication["listing_id"], missed=None)
            tell_of(tx, who, publication)


def tell_all(tx: Tx) -> None:
    """Bring every reseller up to date."""
    for who in resellers.known(tx):
        tell(tx, who)


def tell_of(tx: Tx, who: Reseller, publication: Record) -> None:
    """Tell a reseller of one listing: that it is new or has changed, or, if it has it, that it is gone."""
    id, theirs = publication["listing_id"], publication["external_id"]
    listing = records.get(tx, LISTING, id)
    if listing is not None:
        telling.tell_of(tx, "ticket.add" if theirs is None else "ticket.update", listing, who)
    elif theirs is not None:
        data = {"listing_id": theirs}
        telling.tell(tx, "ticket.delete", LISTING, id, lambda hearer: data if hearer.id == who.id else None)
