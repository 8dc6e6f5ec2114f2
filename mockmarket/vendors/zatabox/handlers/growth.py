"""Growth: comps, tags, promo codes."""

from __future__ import annotations

import flask

from mockmarket.records import Create, Update
from mockmarket.store import records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.zatabox.handlers.conventions import READ, WRITE, Context, answer, operation
from mockmarket.vendors.zatabox.records.common import Answer, Items
from mockmarket.vendors.zatabox.records.orders import Promo, PromoCheck, PromoPreview, PromoQuery
from mockmarket.vendors.zatabox.records.users import Gift, GivenTickets, Tagged, TagRequest, TagsRequest, Untagged
from mockmarket.vendors.zatabox.rules import buyers, promos, tickets
from mockmarket.vendors.zatabox.wire import PROMO


@operation(body=Gift, answer=Answer[GivenTickets], status=201, scope="tickets:write", refuses=WRITE)
def give_tickets(context: Context, body: Gift, eventId: str) -> flask.Response:
    """Mint complimentary tickets for people."""
    return answer(context, {"tickets": tickets.give(context.world, eventId, body)}, 201)


@operation(body=TagsRequest, answer=Answer[Tagged], scope="attendees:write", refuses=WRITE)
def add_tags(context: Context, body: TagsRequest) -> flask.Response:
    """Add tags to attendees; addresses of nobody are named in the answer."""
    return answer(context, buyers.tag(context.world, body))


@operation(body=TagRequest, answer=Answer[Untagged], scope="attendees:write", refuses=WRITE)
def remove_tag(context: Context, body: TagRequest) -> flask.Response:
    """Take a tag off attendees."""
    return answer(context, buyers.untag(context.world, body))


@operation(query=PromoQuery, answer=Answer[Items[Promo]], scope="events:read", refuses=READ)
def list_promo_codes(context: Context, query: PromoQuery) -> flask.Response:
    """List promo codes, all or those of one event."""
    where: list[Condition] = [("event", "=", query["eventId"])] if query["eventId"] else []
    return answer(context, {"items": records.find(context.read(), PROMO, *where)})


@operation(body=Create(Promo), answer=Answer[Promo], status=201, scope="events:write", refuses=WRITE)
def create_promo_code(context: Context, body: Record) -> flask.Response:
    """Create a promo code."""
    return answer(context, promos.create(context.world, body), 201)


@operation(body=Update(Promo), answer=Answer[Promo], scope="events:write", refuses=WRITE)
def update_promo_code(context: Context, body: Record, id: str) -> flask.Response:
    """Change a promo code; what is not named stays."""
    return answer(context, promos.update(context.world, id, body))


@operation(answer=Answer[Promo], scope="events:write", refuses=WRITE)
def delete_promo_code(context: Context, id: str) -> flask.Response:
    """Delete a promo code; answers it as it was."""
    return answer(context, promos.delete(context.world, id))


@operation(body=PromoCheck, answer=Answer[PromoPreview], scope="orders:read", refuses=WRITE)
def preview_promo_code(context: Context, body: PromoCheck) -> flask.Response:
    """Say what a promo code would take off a cart; nothing is used."""
    return answer(context, promos.preview(context.read(), body))
