"""Accounts: whom a key speaks for, what buyers ask for and are given; the organization's API keys, webhooks and deliveries."""

import re
from dataclasses import replace

import orjson

from mockmarket import clock, errors, stock
from mockmarket.api import context, idempotency, paging
from mockmarket.records import Create, Update
from mockmarket.records.views import view, views
from mockmarket.store import Read, Tx, endpoints, history, keys, outbox, records
from mockmarket.store.records import Condition, Record, get_or_404
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.conventions import read_page, reads, success, writes
from mockmarket.vendors.zatabox.records import accounts as shapes
from mockmarket.vendors.zatabox.records.common import NAME, ORG, Items, NextPage, PageQuery, Person
from mockmarket.vendors.zatabox.records.orders import MyTicket
from mockmarket.vendors.zatabox.rules import attendees, delivery, inventory, notices, orders
from mockmarket.webhooks import targets

SCOPE = "webhooks:manage"
STATES = {"sending": "pending", "delivered": "succeeded", "dropped": "failed", "rejected": "failed"}
"""The core's words for a delivery's state in Zatabox's (convention but for exhausted: document); others are the same."""


@reads(answer=shapes.Me, with_caller=True)
def get_me(_read: Read, caller: keys.Key) -> Record:
    """Get the key's buyer or organization."""
    return me(caller)


def me(key: keys.Key) -> Record:
    """Return whom a key speaks for: the buyer whose address it has, else the organization, which may act for every buyer."""
    email = key.owner.get("email")
    name, role = str(key.owner.get("name") or email or key.name), "buyer" if email else "organizer"
    since = {"organizationId": None if email else ORG, "createdAt": clock.iso_s(key.created_at)}
    return {"id": f"usr_{key.id}", "email": email, "name": name, "role": role, **since}


def _mine(key: keys.Key) -> list[Condition]:
    email = key.owner.get("email")
    return [("email", "=", email)] if email else []


def _my_ticket(read: Read, key: keys.Key, id: str) -> Record:
    ticket = get_or_404(read, wire.TICKET, id)
    if key.owner.get("email") not in (None, ticket["holder"]["email"]):
        raise errors.NotFound(f"There is no ticket {id}.")
    return ticket


@reads(query=PageQuery, answer=NextPage[MyTicket], scope="tickets:read", with_caller=True)
def list_my_tickets(read: Read, caller: keys.Key, query: PageQuery) -> NextPage[Record]:
    """List the buyer's tickets with what they deliver, oldest first; an organization's key sees every buyer's."""
    rows, cursor = read_page(read, wire.TICKET, _mine(caller), "id", query)
    tickets = [orjson.loads(row) for row in rows]
    return {"items": [ticket | delivery.of_ticket(read, ticket) for ticket in tickets], "nextCursor": cursor}


@reads(answer=shapes.Export, with_caller=True)
def export_account(read: Read, caller: keys.Key) -> Record:
    """Export everything on the buyer's account as one document."""
    kinds = {"orders": wire.ORDER, "tickets": wire.TICKET, "reports": wire.REPORT, "messages": wire.MESSAGE}
    mine = {name: records.find(read, kind, *_mine(caller)) for name, kind in kinds.items()}
    refunds = records.find(read, wire.REFUND, ("ticket", "in", [ticket["id"] for ticket in mine["tickets"]]))
    return {"user": me(caller), **mine, "refunds": refunds}


@writes(body=Create(shapes.Refund), answer=shapes.Refund, status=201, scope="orders:write", with_caller=True)
def request_refund(tx: Tx, caller: keys.Key, body: Record) -> Record:
    """Request a refund of a ticket; the organizer approves or denies it."""
    return orders.open_refund(tx, _my_ticket(tx, caller, body["ticketId"]), body["reason"])


@writes(body=Create(shapes.Report), answer=shapes.Report, status=201, scope="attendees:write", with_caller=True)
def file_report(tx: Tx, caller: keys.Key, body: Record) -> Record:
    """File a report against an event or the organizer."""
    if body["eventId"] is not None:
        get_or_404(tx, wire.EVENT, body["eventId"])
    return attendees.file_report(tx, {name: me(caller)[name] for name in ("name", "email")}, body)


@reads(answer=Items[shapes.Thread], scope="attendees:read", with_caller=True)
def list_message_threads(read: Read, caller: keys.Key) -> Items[Record]:
    """List the buyer's message threads with organizers."""
    by_id: dict[str, Record] = {}
    for message in records.find(read, wire.MESSAGE, *_mine(caller)):
        about = {"id": message["threadId"], **{name: message[name] for name in ("ticketId", "eventId")}}
        thread = by_id.setdefault(message["threadId"], about | {"lastMessageAt": "", "messages": []})
        thread["messages"].append(message)
        thread["lastMessageAt"] = message["createdAt"]
    return {"items": list(by_id.values())}


@writes(body=Create(shapes.Message), answer=shapes.Message, status=201, scope="attendees:write", with_caller=True)
def send_message(tx: Tx, caller: keys.Key, body: Record, ticketId: str) -> Record:
    """Send the organizer a message about a ticket."""
    return attendees.send_message(tx, _my_ticket(tx, caller, ticketId), body["message"])


@writes(body=shapes.Gift, answer=shapes.GivenTickets, status=201, scope="tickets:write")
def give_tickets(tx: Tx, body: shapes.Gift, eventId: str) -> Record:
    """Issue complimentary tickets."""
    ticket_type = gift_type(tx, eventId, body["ticketTypeId"])
    people = [Person(name=person["name"], email=person["email"]) for person in body["recipients"]]
    minted = [ticket for person in people for ticket in give_to(tx, ticket_type, person, body["quantity"])]
    inventory.notify_last_sales(tx, [ticket["ticketTypeId"] for ticket in minted])
    return {"tickets": minted}


def gift_type(read: Read, event_id: str, id: str) -> Record:
    """Return a ticket type of an event whose tickets can be given away."""
    ticket_type, event = get_or_404(read, wire.TICKET_TYPE, id), get_or_404(read, wire.EVENT, event_id)
    if ticket_type["eventId"] != event_id:
        raise errors.Conflict(f"Ticket type {id} is of another event.")
    notices.check_status("Event", event, "published")
    return ticket_type


def give_to(tx: Tx, ticket_type: Record, holder: Person, quantity: int) -> list[Record]:
    """Issue complimentary tickets to one person; SoldOut, and nothing is done, if there are too few."""
    comp = wire.new_id(tx, "cmp")
    inventory.hold(tx, ticket_type, quantity, comp)
    stock.sell_held(tx, NAME, comp)
    units = orders.units_of(tx, comp, quantity)
    return orders.notify_minted(tx, [orders.write_ticket(tx, unit, holder, None, 0) for unit in units])


@writes(body=shapes.TagsRequest, answer=shapes.Tagged, scope="attendees:write")
def add_tags(tx: Tx, body: shapes.TagsRequest) -> Record:
    """Add tags to attendees; the answer lists unknown addresses."""
    tagged, unknown = attendees.tag(tx, body["emails"], body["tags"])
    return {"attendees": tagged, "unknownEmails": unknown}


@writes(body=shapes.TagRequest, answer=shapes.Untagged, scope="attendees:write")
def remove_tag(tx: Tx, body: shapes.TagRequest) -> Record:
    """Remove a tag from attendees."""  # without a notice: there is none for it (document)
    known = filter(None, attendees.with_emails(tx, body["emails"]).values())
    untagged = [attendee for attendee in known if body["tag"] in attendee["tags"]]
    for attendee in untagged:
        attendee["tags"].remove(body["tag"])
        records.update(tx, wire.ATTENDEE, attendee)
    return {"attendees": untagged}


def _describe_key(key: keys.Key) -> Record:
    used = context.current().world.last_use(key)
    return dict(view(shapes.ApiKey, key, expiresAt=wire.iso(key.expires_at), lastUsedAt=wire.iso(used)))


def _describe_once(key: keys.Key, secret: str) -> Record:
    view = _describe_key(key)  # a repeated request gets null in place of the text, of which only a hash may be kept
    idempotency.show_once(success(context.current(), view | {"secret": None}).get_data())
    return view | {"secret": secret}


def check_organization(org: str) -> None:
    """Raise NotFound for any organization but the world's."""
    if org != ORG:
        raise errors.NotFound(f"There is no organization {org}; the one here is {ORG}.")


def _scopes_of(body: Record) -> tuple[str, ...]:
    return tuple(dict.fromkeys(body.get("scopes", ())))


def _key_of(read: Read, org: str, id: str) -> keys.Key:
    check_organization(org)
    if (key := keys.get(read, id)) and key.vendor == NAME:
        return key
    raise errors.NotFound(f"There is no API key {id}.")


@reads(answer=Items[shapes.ApiKey], scope="*")
def list_api_keys(read: Read, orgId: str) -> Items[Record]:
    """List API keys, oldest first, without their texts."""
    check_organization(orgId)
    return {"items": [_describe_key(key) for key in keys.all(read, NAME)]}


@writes(body=Create(shapes.ApiKey), answer=shapes.ApiKeyWithSecret, status=201, scope="*")
def create_api_key(tx: Tx, body: Record, orgId: str) -> Record:
    """Create an API key; its text is in this answer only."""
    check_organization(orgId)
    secret = wire.mint_key(tx)
    id, scopes, owner = wire.new_id(tx, "key"), _scopes_of(body), {"active": body["active"]}
    key = keys.Key(id, NAME, body["name"], keys.digest(secret), keys.hint(secret), tx.now, scopes=scopes, owner=owner)
    keys.put(tx, key)
    return _describe_once(key, secret)


@writes(body=Update(shapes.ApiKey), answer=shapes.ApiKey, scope="*")
def update_api_key(tx: Tx, body: Record, orgId: str, keyId: str) -> Record:
    """Rename, pause or re-scope an API key; omitted fields stay unchanged."""
    key = _key_of(tx, orgId, keyId)
    owner = key.owner | {name: body[name] for name in ("active",) if name in body}
    key = replace(key, name=body.get("name", key.name), scopes=_scopes_of(body) or key.scopes, owner=owner)
    keys.put(tx, key)
    return _describe_key(key)


@writes(answer=shapes.ApiKey, scope="*")
def revoke_api_key(tx: Tx, orgId: str, keyId: str) -> Record:
    """Revoke an API key; answers the revoked key."""
    key = _key_of(tx, orgId, keyId)
    keys.delete(tx, keyId)
    return _describe_key(key)


@writes(answer=shapes.ApiKeyWithSecret, scope="*")
def rotate_api_key(tx: Tx, orgId: str, keyId: str) -> Record:
    """Give an API key a new text, shown in this answer only; the old text is invalid at once."""
    secret = wire.mint_key(tx)
    key = replace(_key_of(tx, orgId, keyId), hash=keys.digest(secret), hint=keys.hint(secret))
    keys.put(tx, key)
    return _describe_once(key, secret)


def _endpoint_of(read: Read, id: str) -> endpoints.Endpoint:
    if (endpoint := endpoints.get(read, id)) and endpoint.vendor == NAME:
        return endpoint
    raise errors.NotFound(f"There is no webhook endpoint {id}.")


def _describe(endpoint: endpoints.Endpoint, **secrets: str | None) -> Record:
    return {**view(shapes.Webhook, endpoint), **secrets}


def _changes_of(read: Read, body: Record) -> Record:
    changes: Record = {name: body[name] for name in ("url", "active") if name in body}
    if "url" in body:
        try:
            targets.check_url(body["url"], read.store.settings[NAME]["require_https"])
        except ValueError as error:
            raise errors.Invalid(f"url: {error}", details=[("url", str(error))]) from error
    if "events" in body:
        changes["types"] = tuple(dict.fromkeys(body["events"]))
    if "description" in body:
        changes["data"] = {"description": body["description"]}
    return changes


@writes(body=Create(shapes.Webhook), answer=shapes.WebhookWithSecret, status=201, scope=SCOPE)
def create_webhook(tx: Tx, body: Record) -> Record:
    """Create an endpoint; the signing secret is in this answer only."""
    own = {"owner": ORG, "created_at": tx.now, "updated_at": tx.now, **_changes_of(tx, body)}
    endpoint = endpoints.Endpoint(wire.new_id(tx, "whk"), NAME, secret=f"whsec_{tx.ids.secret(48)}", **own)
    endpoints.put(tx, endpoint)
    return _describe(endpoint, secret=endpoint.secret)


@reads(answer=Items[shapes.Webhook], scope=SCOPE)
def list_webhooks(read: Read) -> Items[Record]:
    """List endpoints, oldest first."""
    return {"items": [_describe(endpoint) for endpoint in endpoints.all(read, NAME)]}


@reads(answer=Items[shapes.CatalogEntry], refuses=(), public=True)
def list_notice_types(_read: Read) -> Items[shapes.CatalogEntry]:
    """List every event type with the top-level keys of its data; needs no key."""
    return {"items": views(shapes.CatalogEntry, shapes.CATALOG)}


@writes(body=Update(shapes.Webhook), answer=shapes.Webhook, scope=SCOPE)
def update_webhook(tx: Tx, body: Record, id: str) -> Record:
    """Change an endpoint; what is not named stays, and pending deliveries go to the new URL."""
    changes = _changes_of(tx, body)
    if body.get("active"):
        changes |= {"failures": 0, "disabled_reason": None}
    endpoint = _endpoint_of(tx, id)
    changes["data"] = endpoint.data | changes.get("data", {})
    endpoint = replace(endpoint, updated_at=tx.now, **changes)
    endpoints.put(tx, endpoint)
    return _describe(endpoint)


@writes(answer=shapes.Webhook, scope=SCOPE)
def delete_webhook(tx: Tx, id: str) -> Record:
    """Delete an endpoint; answers the deleted endpoint."""  # what still waited for it is dropped when it is due
    endpoint = _endpoint_of(tx, id)
    endpoints.delete(tx, id)
    return _describe(endpoint)


@writes(body=shapes.TestRequest, answer=shapes.Delivery, status=202, scope=SCOPE)
def send_test_webhook(tx: Tx, body: shapes.TestRequest, id: str) -> Record:
    """Send a signed, synthetic example of a type, by default the first subscribed one, with `data.test` true."""
    endpoint = _endpoint_of(tx, id)
    type = body["type"] or (endpoint.types or tuple(shapes.TYPES))[0]
    outbox.address(tx, wire.notice(tx, type, None, "", notices.example(type) | {"test": True}), endpoint, "test")
    [row] = history.deliveries(tx, {"endpoint": id}, 1)
    return describe_delivery(_row_of(tx, row["uid"]))


@writes(answer=shapes.RotatedWebhook, scope=SCOPE)
def rotate_webhook_secret(tx: Tx, id: str) -> Record:
    """Give an endpoint a new secret, shown in this answer only; it signs from the next attempt on."""
    grace_ms = round(tx.store.settings[NAME]["rotation_grace_s"] * 1000)
    endpoint = _endpoint_of(tx, id).rotated(f"whsec_{tx.ids.secret(48)}", tx.now, grace_ms)
    endpoints.put(tx, endpoint)
    until = clock.later(tx.now, grace_ms) if grace_ms else None
    return _describe(endpoint, secret=endpoint.secret, previousSecretExpiresAt=wire.iso(until))


@reads(query=PageQuery, answer=NextPage[shapes.Delivery], scope=SCOPE)
def list_webhook_deliveries(read: Read, query: PageQuery, id: str) -> NextPage[Record]:
    """List an endpoint's deliveries with their attempts, newest first."""
    limit, place = query["limit"], paging.read_cursor(query["cursor"], "delivery") if query["cursor"] else None
    if place is not None and not re.fullmatch("[0-9]{1,18}", place):
        raise notices.invalid("cursor", "is not one that this list gave")
    _endpoint_of(read, id)
    rows = history.deliveries(read, {"endpoint": id}, limit + 1, None if place is None else int(place))
    items = [describe_delivery(row | {"attempts_made": history.attempts(read, row["id"])}) for row in rows[:limit]]
    return {
        "items": items,
        "nextCursor": paging.cursor(str(rows[limit - 1]["id"]), "delivery") if len(rows) > limit else None,
    }


@writes(answer=shapes.Delivery, status=202, scope=SCOPE)
def replay_delivery(tx: Tx, id: str) -> Record:
    """Send a delivery again now, in any state: same event id and body, a new signature."""
    outbox.resend(tx, _row_of(tx, id))  # Conflict while an attempt is under way, and once the endpoint is gone
    return describe_delivery(_row_of(tx, id))


def _row_of(read: Read, uid: str) -> Record:
    if (row := history.delivery(read, uid)) and row["vendor"] == NAME:
        return row
    raise errors.NotFound(f"There is no delivery {uid}.")


def describe_delivery(row: Record) -> Record:
    """Write a delivery (convention: fields and states; document: exhausted)."""
    status = STATES.get(row["state"], row["state"])
    times = {"nextAttemptAt": row["due"] if status == "pending" else None, "settledAt": row["settled_at"]}
    return dict(view(shapes.Delivery, row, status=status, **{name: wire.iso(at) for name, at in times.items()}))
