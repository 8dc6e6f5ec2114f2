"""Sample notices, and the effects of receivers' answers to notices, as the vendor requires (public, each webhook's page)."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from mockmarket import stock
from mockmarket.store import Read, Record, Tx, endpoints, history, keys, outbox, records
from mockmarket.vendor import nothing_fits
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.records.orders import Order
from mockmarket.vendors.tixstock.records.values import Money
from mockmarket.vendors.tixstock.rules import orders, resellers, stock_sync
from mockmarket.webhooks import acceptance
from mockmarket.webhooks.acceptance import YES, Acceptance, Answer

GIVEN_UP = ("failed", "exhausted")


def sample(tx: Tx, type: str, record: str | None) -> outbox.Notice:
    """Return a notice about a record, by default the newest of which it is true, as if its event had just happened: each endpoint
    gets it as it would the real one, or not at all. An answer to it changes nothing."""
    kind, listening = wire.KIND_OF[type.partition(".")[0]], endpoints.all(tx, wire.NAME)
    about = _named(tx, kind, record) if record else _fitting(tx, kind, type)

    def data_at(endpoint: endpoints.Endpoint) -> resellers.Data | None:
        return _data_of(tx, type, about, resellers.at_endpoint(tx, endpoint))

    def body_for(endpoint: endpoints.Endpoint) -> bytes | None:
        data = data_at(endpoint)
        return None if data is None else resellers.body(tx, type, data)

    heard = next(filter(None, map(data_at, listening)), None) or _data_of(tx, type, about, _unlisted(tx, about)) or {}
    return replace(resellers.notice(tx, type, str(about[kind.id]), heard), body_for=body_for)


def _unlisted(tx: Tx, about: Record) -> resellers.Reseller:
    """Return the seller of an order, else one that is not declared."""
    if "reseller" in about:
        return resellers.reseller(tx, about["reseller"], about.get("dialect"))
    return resellers.Reseller("")


def _named(tx: Tx, kind: records.Kind, record: str) -> Record:
    if kind is wire.ORDER:
        return orders.by_id(tx, record)
    return resellers.required(records.get(tx, kind, record), f"There is no {kind.name} {record}.")


def _fitting(tx: Tx, kind: records.Kind, type: str) -> Record:
    """Return the newest record to which a notice fits, of orders one whose seller listens if there is any; Conflict when there is none."""
    where = FITTING.get(type) or FITTING.get(type.partition(".")[0], ())
    conditions = [(column, way, tx.now if value is NOW else value) for column, way, value in where]
    newest = partial(records.find, tx, kind, *conditions, order=[("rowid", "desc")])
    fitting: Iterable[Record] = newest(limit=1)
    if kind is wire.ORDER:
        listening = [resellers.at_endpoint(tx, endpoint).id for endpoint in endpoints.all(tx, wire.NAME)]
        fitting = newest(("reseller", "in", listening), limit=1) or fitting
    elif kind is wire.BROKER:
        fitting = (broker for broker in newest() if broker["open"] == (type != "broker.closed"))
    if record := next(iter(fitting), None):
        return record
    raise nothing_fits(kind.name, type, wire.NOTICES[type])


NOW = object()
UPCOMING: records.Condition = ("starts_at", ">", NOW)
READY: records.Condition = ("status", "in", list(orders.READY))
FITTING: dict[str, tuple[records.Condition, ...]] = {
    "event": (("active", "=", 1),),
    "event.cancel": (("active", "=", 0),),
    "ticket": (("available", ">", 0), UPCOMING),
    "order.eticket_fulfilment": (("type", "=", "eTicket"), READY),
    "order.mobile_ticket_fulfilment": (("type", "=", "Mobile"), READY),
}
"""By type of notice, or by its first word, the conditions of the records to which it fits."""


def _data_of(tx: Tx, type: str, about: Record, seller: resellers.Reseller) -> resellers.Data | None:
    """Return the data of a sample notice, of one ticket where it has a quantity; None for a seller whom the real one does not concern."""
    match type.split("."):
        case ["order", _] if about["reseller"] != seller.id:
            return None
        case ["order", "update"]:
            return wire.view(about, Order)
        case ["order", _]:
            return orders.hand_over(tx, about, orders.places_of(tx, about)[0], 1, ())
        case ["ticket", what]:
            return _of_listing(tx, what, about, seller)
        case _ if seller.is_partner:
            return None
        case ["event", what]:
            status = {"status": "Cancelled" if what == "cancel" else "Active"}
            own_id = resellers.event_id(tx, seller, about["id"])
            return None if own_id is None else wire.notified_event(about | status, own_id)
        case ["broker", "authenticate"]:
            return resellers.credentials(about, about["username"], "password")
        case _:
            return {"broker_id": resellers.broker_id(tx, seller, about["id"]) or about["id"]}


def _of_listing(tx: Tx, kind: str, listing: Record, seller: resellers.Reseller) -> resellers.Data | None:
    event = records.own(tx, wire.LISTING, listing["id"])["event"]
    own_id = resellers.external_id(tx, seller, listing["id"])
    if resellers.event_id(tx, seller, event) is None or (own_id is None and kind != "add"):
        return None
    if kind in ("add", "update"):
        own = {"id": None} if kind == "add" else {}
        return None if seller.is_partner else {**resellers.view(tx, seller, listing), **own}
    ids = resellers.identifiers_of(tx, seller, listing, event)
    if kind == "delete":
        return {"listing_id": own_id, **ids}
    change = stock.Change("sold", stock_sync.stock_of(tx, listing["id"]), 1, wire.NAME, "")
    data_for = resellers.sale(tx, listing, change, None) if kind == "sold" else resellers.difference(kind, 1)
    return {**data_for(seller, own_id or ""), **ids}


def warnings(read: Read, endpoint: endpoints.Endpoint) -> list[str]:
    """Return why a right receiver could not verify an endpoint's webhooks: its reseller's token alone signs them (document)."""
    seller = resellers.at_endpoint(read, endpoint)
    tokens = [key for key in keys.all(read, wire.NAME) if resellers.of_key(read, key).id == seller.id]
    if not endpoint.owner or keys.get(read, endpoint.owner):
        return []
    if not tokens and records.get(read, wire.RESELLER, seller.id) is None:
        return [f"There is no reseller {seller.id!r}, so the endpoint gets what concerns an undeclared one."]
    if all(key.hash != keys.digest(endpoint.secret) for key in tokens):
        return [f"The secret is no token of the reseller {seller.id!r}, with which a receiver verifies signatures."]
    return []


def accepts(settings: Mapping[str, Any]) -> Acceptance:
    """Return the rule by which an answer is a delivery: a 2xx that does not deny success or, unless `unsuccessful_status` reads it as a
    failure, that has an `order_status`, for which the document asks (public receivers deny success while tickets are missing)."""
    return acceptance.says_success if settings["unsuccessful_status"] == "failure" else _answers


def _answers(answer: Answer) -> str | None:
    has_status = acceptance.any_2xx(answer) is None and bool(_text(_reply_of(answer).get("order_status")))
    return None if has_status else acceptance.says_success(answer)


def _reply_of(answer: Answer) -> Record:
    """Return an answer's JSON object; {} for anything else."""
    reply = None
    with suppress(orjson.JSONDecodeError):
        reply = orjson.loads(answer.body)
    return reply if isinstance(reply, dict) else {}


def answered(tx: Tx, endpoint: endpoints.Endpoint, claim: outbox.Claim, answer: Answer) -> str | None:
    """Apply a receiver's answer to a notice; returns what of it could not be used."""
    delivered = accepts(tx.store.settings[wire.NAME])(answer) is None
    act = (ACTS if delivered else ACTS_ON_FAILURE).get(claim.type)
    return act(tx, resellers.at_endpoint(tx, endpoint), claim, _reply_of(answer)) if act else None


def _text(value: object) -> str:
    """Return an answer's id as text; "" for an invalid one."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def event_failed(tx: Tx, seller: resellers.Reseller, claim: outbox.Claim, _reply: Record) -> None:
    """Unassign an event, until it is added again, from a reseller that has failed every attempt to deliver its update."""
    delivery, event = history.delivery(tx, claim.uid), claim.record
    if delivery is not None and delivery["state"] in GIVEN_UP and records.get(tx, wire.EVENT, event):
        resellers.unassign(tx, seller, event)


def event_cancelled(tx: Tx, seller: resellers.Reseller, _claim: outbox.Claim, reply: Record) -> str | None:
    """Record which of its listings a reseller reports as deleted."""
    listings = reply.get("listings")
    if not isinstance(listings, dict):
        return "The answer has no `listings`, so none counts as deleted." if "listings" not in reply else NO_LISTINGS
    for own_id, deleted in listings.items():
        if deleted in YES and (listing := resellers.by_own_id(wire.PUBLICATION, tx, seller, own_id)):
            resellers.publish(tx, seller, listing["id"], external_id=None)
    return None


NO_LISTINGS = "The answer's `listings` is no object of ids, so none counts as deleted."


def listing_added(tx: Tx, seller: resellers.Reseller, claim: outbox.Claim, reply: Record) -> str | None:
    """Publish a listing under the reseller's id and display price; changes since the notice are notified next."""
    own_id = next(filter(None, (_text(reply.get(name)) for name in ("listing_id", "id", "external_id"))), "")
    listing = records.get(tx, wire.LISTING, claim.record)
    if listing is None:
        return "The listing is gone, so it was not published."
    if why := _unusable(tx, seller, claim.record, reply, own_id):
        return f"{why}, so the listing was not published."
    # a reseller that has not published a listing gets none of its changes; earlier ones follow its answer
    stale = resellers.body(tx, "ticket.add", {**resellers.view(tx, seller, listing), "id": None}) != claim.body
    resellers.publish(tx, seller, claim.record, external_id=own_id, display_price=_display_price_of(listing, reply))
    if stale:
        resellers.notify_seller_of_listing(tx, "ticket.update", listing, seller)
    return None


def _unusable(tx: Tx, seller: resellers.Reseller, listing: str, reply: Record, own_id: str) -> str | None:
    """Return why an answer's `listing_id` cannot be taken, or None."""
    if reply.get("success") not in YES:
        return "The answer has no `success`" if "success" not in reply else "The answer does not say `success`"
    if not own_id:
        return "The answer has no `listing_id`"
    holder = resellers.by_own_id(wire.PUBLICATION, tx, seller, own_id)
    return None if holder is None or holder["id"] == listing else f"The `listing_id` {own_id} is another listing's"


def _display_price_of(listing: Record, reply: Record) -> Money | None:
    """Return an answer's display price, an object or an amount in the listing's currency, or None."""
    price = reply.get("display_price")
    price = price if isinstance(price, dict) else {"amount": price}
    try:
        cents = wire.minor(price["amount"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    currency = _text(price.get("currency")) or listing["display_price"]["currency"]
    return wire.price(currency, cents) if cents >= 0 else None


def listing_updated(tx: Tx, seller: resellers.Reseller, claim: outbox.Claim, reply: Record) -> str | None:
    """Store a reseller's id and price of a changed listing."""
    own_id, listing = _text(reply.get("listing_id")), records.get(tx, wire.LISTING, claim.record)
    if listing is None:
        return None
    if why := _unusable(tx, seller, claim.record, reply, own_id):
        return f"{why}, so the listing keeps its id."
    price = _display_price_of(listing, reply)
    resellers.publish(tx, seller, claim.record, external_id=own_id, **({"display_price": price} if price else {}))
    return None


def listing_deleted(tx: Tx, seller: resellers.Reseller, claim: outbox.Claim, reply: Record) -> str | None:
    """Delete a reseller's id of a listing that it has deleted."""
    if reply.get("success") not in YES:
        return "The answer has no `success`, so the listing keeps its id."
    resellers.publish(tx, seller, claim.record, external_id=None)
    return None


def order_answered(tx: Tx, seller: resellers.Reseller, claim: outbox.Claim, reply: Record) -> str | None:
    """Take over a reseller's status of an order: stored as sent, and followed where the flow allows."""
    word, order = _text(reply.get("order_status")), records.get(tx, wire.ORDER, claim.record)
    if order is None or order["reseller"] != seller.id:
        return None
    if not word:
        return "The answer has no `order_status`, so the order keeps its own."
    order["answered_status"] = word
    records.update(tx, wire.ORDER, order)
    status = seller.order_status(word)
    if status == order["status"]:
        return None
    if status not in orders.FLOW.moves.get(order["status"], ()):
        return f"The order cannot become {word} from {order['status']}, so the answer's `order_status` was only noted."
    orders.move(tx, order, status)
    return None


def broker_authenticated(tx: Tx, seller: resellers.Reseller, claim: outbox.Claim, reply: Record) -> str | None:
    """Link a broker's account to the reseller's, or remove the link when the reseller does not know it."""
    own_id = _text(reply.get("broker_id"))
    if reply.get("success") not in YES:
        return "The answer has no `success`, so the accounts are not linked."
    if not own_id:
        return "The answer has no `broker_id`, so the accounts are not linked."
    resellers.connect(tx, seller.id, claim.record, own_id, connected=True)
    resellers.notify_missed(tx, seller)
    return None


Act = Callable[[Tx, resellers.Reseller, outbox.Claim, Record], str | None]
ACTS: dict[str, Act] = {
    "event.cancel": event_cancelled,
    "ticket.add": listing_added,
    "ticket.update": listing_updated,
    "ticket.delete": listing_deleted,
    "order.update": order_answered,
    "order.eticket_fulfilment": order_answered,
    "order.mobile_ticket_fulfilment": order_answered,
    "broker.authenticate": broker_authenticated,
}
"""The effect of the answer to each notice that was accepted, which returns what of it could not be used."""
ACTS_ON_FAILURE: dict[str, Act] = {"event.update": event_failed}
"""The effect of an answer by which a notice was not accepted. No other answer has an effect."""
