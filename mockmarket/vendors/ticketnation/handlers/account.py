"""An organization's account: its keys, its orders, and its webhooks, which are endpoints; callback URLs of keys and events are such too."""

from dataclasses import replace

import flask

from mockmarket import errors, vendor
from mockmarket.api.context import current
from mockmarket.api.paging import Numbered
from mockmarket.records.views import moment, view, views
from mockmarket.rules.uuids import UUID, is_same
from mockmarket.store import Read, Record, Tx, endpoints, history, keys, outbox, records
from mockmarket.vendors.ticketnation import records as shapes, wire
from mockmarket.vendors.ticketnation.handlers import conventions
from mockmarket.vendors.ticketnation.records import NAME, NOTICES, Answer, DeliveryQuery, OrderQuery, Page, PageQuery
from mockmarket.vendors.ticketnation.rules.events import missing, of_endpoint, of_key
from mockmarket.webhooks import targets
from mockmarket.webhooks.encoding import javascript

SCOPE = "webhooks:manage"


@conventions.CONVENTIONS(answer=Answer[shapes.Account])
def get_account(context: conventions.Context) -> flask.Response:
    """Get the key and its organization; needs no scope."""
    key = context.caller
    id, used_at = wire.uuid_of("key", key.id), moment(context.world.last_use(key))
    api_key = view(shapes.ApiKey, key, id=id, scopes=vendor.visible_scopes(wire.SCOPES, key.scopes), lastUsedAt=used_at)
    return conventions.answer({"apiKey": api_key, "organization": of_key(context.read(), key)})


@conventions.reads(query=OrderQuery, answer=Page[shapes.Order], scope="orders:read")
def list_orders(read: Read, organization: Record, query: OrderQuery) -> flask.Response:
    """List orders, newest first."""
    where: list[records.Condition] = [("organization", "=", organization["id"]), *records.matching(OrderQuery, query)]
    if query["eventId"]:  # an event that is not the organization's has none
        event = records.first(read, wire.EVENT, ("slug", "=", query["eventId"]))
        where.append(("event", "=", event["id"] if event else query["eventId"]))
    return conventions.page(read, wire.ORDER, where, [("placed_at", "desc")], query)


@conventions.reads(answer=Answer[shapes.Order], scope="orders:read")
def get_order(read: Read, organization: Record, order: str) -> Record:
    """Get an order."""
    record = records.get(read, wire.ORDER, order)
    if record is None or records.own(read, wire.ORDER, order)["organization"] != organization["id"]:
        raise missing(wire.ORDER, order)
    return record


@conventions.reads(query=PageQuery, answer=Page[shapes.Webhook], scope=SCOPE)
def list_webhooks(read: Read, organization: Record, query: PageQuery) -> flask.Response:
    """List webhooks with their health, including callback URLs of keys and events."""
    listed = _of_organization(read, organization)
    place = Numbered(len(listed), query["page"], query["take"])
    rows = listed[place.offset : place.offset + place.take]
    return conventions.enveloped([javascript(to_json(read, endpoint)) for endpoint in rows], place)


def _of_organization(read: Read, organization: Record) -> list[endpoints.Endpoint]:
    return [endpoint for endpoint in endpoints.all(read, NAME) if of_endpoint(read, endpoint) == organization["id"]]


def to_json(read: Read, endpoint: endpoints.Endpoint) -> shapes.Webhook:
    """Write an endpoint as the API shows it, without its secret."""
    key = keys.get(read, endpoint.owner) if endpoint.owner else None
    owners = {"apiKeyId": wire.uuid_of("key", key.id) if key else None, "eventId": endpoint.data.get("eventId")}
    return view(shapes.Webhook, endpoint, id=public_id(endpoint.id), events=list(endpoint.types or NOTICES), **owners)


def public_id(id: str) -> str:
    """Return an endpoint's id as the API shows it: a UUID in small letters, whatever control calls it."""
    return id if UUID.fullmatch(id) and id == id.lower() else wire.uuid_of("webhook", id)


@conventions.creates(body=shapes.NewWebhook, answer=Answer[shapes.WebhookWithSecret], scope=SCOPE)
def create_webhook(tx: Tx, organization: Record, body: shapes.NewWebhook) -> Record:
    """Create a webhook; its secret is in this answer only."""
    check_url(body["url"])
    types, secret, id = tuple(body["events"]) if "events" in body else None, tx.ids.secret(48), tx.ids.uuid()
    endpoint = endpoints.Endpoint(id, NAME, body["url"], secret, tx.now, tx.now, owner=organization["id"], types=types)
    endpoints.put(tx, endpoint)
    return {**to_json(tx, endpoint), "secret": secret}


def check_url(url: str) -> None:
    """Raise Invalid for a URL that is not https where the setting asks for that."""
    try:
        targets.check_url(url, current().settings()["require_https"])
    except ValueError as error:
        raise errors.Invalid(str(error), details=[("url", str(error))]) from error


@conventions.reads(answer=Answer[shapes.Webhook], scope=SCOPE)
def get_webhook(read: Read, organization: Record, webhook: str) -> shapes.Webhook:
    """Get a webhook with its health."""
    return to_json(read, _webhook_of(read, organization, webhook))


def _webhook_of(read: Read, organization: Record, id: str) -> endpoints.Endpoint:
    for endpoint in _of_organization(read, organization):
        if is_same(public_id(endpoint.id), id):
            return endpoint
    raise errors.NotFound(f"Webhook not found: {id}")


@conventions.updates(body=shapes.WebhookChange, answer=Answer[shapes.Webhook], scope=SCOPE)
def update_webhook(tx: Tx, organization: Record, body: shapes.WebhookChange, webhook: str) -> shapes.Webhook:
    """Update a webhook; isActive true enables a disabled webhook again."""
    endpoint = replace(_webhook_of(tx, organization, webhook), updated_at=tx.now)
    if "url" in body:
        _check_own(tx, endpoint, "url")
        check_url(body["url"])
        endpoint = replace(endpoint, url=body["url"])
    if "events" in body:
        endpoint = replace(endpoint, types=tuple(body["events"]))
    if body.get("isActive"):  # its failures are forgotten (convention)
        endpoint = replace(endpoint, active=True, failures=0, disabled_reason=None)
    elif "isActive" in body:
        endpoint = replace(endpoint, active=False, disabled_reason="Switched off by its owner.")
    endpoints.put(tx, endpoint)
    return to_json(tx, endpoint)


def _check_own(read: Read, endpoint: endpoints.Endpoint, field: str) -> None:
    if "eventId" in endpoint.data or keys.get(read, endpoint.owner):
        where = "event" if "eventId" in endpoint.data else "API key"
        sentence = f"is the callback URL of an {where}; change it there"
        raise errors.Invalid(f"This webhook {sentence}.", details=[(field, sentence)])


@conventions.acts(answer=Answer[shapes.Removed], scope=SCOPE)
def delete_webhook(tx: Tx, organization: Record, webhook: str) -> Record:
    """Delete a webhook."""  # what still waited for it is dropped when it is due
    endpoint = _webhook_of(tx, organization, webhook)
    _check_own(tx, endpoint, "id")
    endpoints.delete(tx, endpoint.id)
    return {"id": webhook, "deleted": True}


@conventions.CONVENTIONS(answer=Answer[shapes.Delivery], scope=SCOPE, refuses=conventions.NO_BODY)
def send_test_webhook(context: conventions.Context, webhook: str) -> flask.Response:
    """Send a test to a webhook now and answer its result; a success enables a disabled webhook again."""
    world = context.world  # it is sent once, also to one that is disabled, and counts neither way (convention)
    with world.atomic() as tx:
        endpoint = _webhook_of(tx, of_key(tx, context.caller), webhook)
        if reason := endpoints.unreachable(tx, NAME, endpoint):
            raise errors.Invalid(f"Nothing was sent: the webhook {reason}.", details=[("webhook", reason)])
        number = outbox.address(tx, wire.trial_notice(tx, webhook), endpoint, "test")
        claim = world.inline_sender.claim(world, tx, [number])
    world.inline_sender.send(world, claim)
    read = world.read()
    return conventions.answer(
        _delivery(read, webhook, history.deliveries(read, {"endpoint": endpoint.id}, 1, before=number + 1)[0])
    )


@conventions.reads(query=DeliveryQuery, answer=Page[shapes.Delivery], scope=SCOPE)
def list_webhook_deliveries(read: Read, organization: Record, query: DeliveryQuery, webhook: str) -> flask.Response:
    """List a webhook's deliveries with every attempt, newest first."""
    endpoint, status = _webhook_of(read, organization, webhook), query["status"]
    where = {"endpoint": endpoint.id} | ({"state": status.lower()} if status else {})
    place = Numbered(history.deliveries.count(read, where), query["page"], query["take"])
    rows = history.deliveries(read, where, place.take, offset=place.offset)
    return conventions.enveloped([javascript(_delivery(read, public_id(endpoint.id), row)) for row in rows], place)


def _delivery(read: Read, webhook: str, row: Record) -> shapes.Delivery:
    attempts = views(shapes.Attempt, history.attempts(read, row["id"]))
    return view(shapes.Delivery, row, webhookId=webhook, attempts=attempts)
