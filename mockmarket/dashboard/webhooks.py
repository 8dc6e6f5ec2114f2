"""Webhooks: every vendor's endpoints with their health; created, changed, enabled, rotated, tested, deleted. A secret is shown once."""

from functools import partial
from typing import Annotated, Any, TypedDict

from marshmallow import Schema

from mockmarket.api.context import current
from mockmarket.control import deliveries as sending, endpoints as control
from mockmarket.dashboard import deliveries, delivery_list, exam, exam_reports, formats, forms, health, shell
from mockmarket.delivery.delivery import secrets_of
from mockmarket.records import Body, Create
from mockmarket.store import history, keys
from mockmarket.store.endpoints import Endpoint
from mockmarket.vendor import Vendor

DELIVERIES_A_PAGE = 25  # most deliveries on an endpoint's page
MOST = 10_000
FIRST = ("url", "secret", "types")  # first inputs of an endpoint's form
LOOKS: dict[str, forms.Look] = {
    "types": {"help": "None ticked: every type."},
    "owner": {"help": "Its owner in the vendor's terms, such as an account; most vendors need none."},
    "headers": {"help": "Sent with every webhook in addition to the vendor's own: Name: value,Name: value."},
    "basic_auth": {"help": "user:password, sent as Authorization: Basic."},
    "client_cert": {
        "kind": "long",
        "help": "For a receiver at an https URL that asks for one: certificate and private key, as PEM.",
    },
    "secret": {"help": "Secret that signs. Empty: generated."},
    "data": {"help": "The vendor's own fields, as JSON."},
}
EMPTY: dict[str, Any] = {"owner": "", "headers": "", "basic_auth": "", "client_cert": "", "types": None, "data": {}}
"""An endpoint's values for empty inputs."""
_Notice = TypedDict("_Notice", {"notice": Annotated[str, Body(required=True)]})


def new(vendor: str) -> shell.Response:
    """Show the form of a new endpoint."""
    seller = current().world.vendor(vendor)
    return shell.page("hook_new.html", title="New endpoint", seller=seller, form=_new_form(seller))


def create(vendor: str) -> shell.Response:
    """Create an endpoint and show its secret once."""
    seller = current().world.vendor(vendor)
    endpoint = _new_form(seller).submit(partial(control.create_endpoint.call, current()))
    return shell.answer("hook_made.html", hook=endpoint, seller=seller)


def _new_form(seller: Vendor) -> forms.Form:
    schema, to = schema_of(seller, control.NewEndpoint), shell.url("webhooks.create", vendor=seller.name)
    own = {"fixed": {"vendor": seller.name}, "leave_out": ("active",)}
    return forms.of(schema, to, "Create the endpoint", looks=LOOKS, **own)


def _change_form(seller: Vendor, endpoint: Endpoint) -> forms.Form:
    stored = control.endpoint_dict(endpoint, 0)
    values = {**stored, "types": endpoint.types or (), "data": forms.typed(endpoint.data, "json")}
    schema, to = schema_of(seller, control.EndpointChange), shell.url("webhooks.change", id=endpoint.id)
    return forms.of(schema, to, "Change", looks=LOOKS, values=values, leave_out=("active", "secret"))


def schema_of(seller: Vendor, shape: object) -> Schema:
    """Return a schema of endpoints with a vendor's types as checkboxes."""
    schema = forms.schema_of(shape, {"types": [notice.name for notice in seller.webhooks.notices]})
    schema.fields = {name: schema.fields[name] for name in dict.fromkeys((*FIRST, *schema.fields))}
    return schema


def _trial_form(seller: Vendor, id: str) -> forms.Form:
    names = [notice.name for notice in seller.webhooks.notices]
    schema = forms.schema_of(Create(_Notice, (sending.TriggerBody,)), {"notice": names})
    return forms.of(schema, shell.url("webhooks.send", id=id), "Send it", fixed={"endpoint": id})


def _endpoint_of(id: str) -> tuple[Vendor, Endpoint]:
    endpoint = control.get_or_404(current().read(), id)
    return current().world.vendors[endpoint.vendor], endpoint


def detail(id: str) -> shell.Response:
    """Show an endpoint: its health, its form, its deliveries."""
    world = current().world
    read, (seller, endpoint) = world.read(), _endpoint_of(id)
    key, hook = keys.get(read, endpoint.owner), control.endpoint_dict(endpoint, read.now)
    grace = endpoint.old_secrets[-1][1] if len(secrets_of(world, endpoint, read.now)) > 1 else None
    states = history.deliveries.spread(read, "state", {"endpoint": id}, MOST)
    failed = sum(count for state, count in states.items() if state in sending.UNSUCCESSFUL)
    seen = {"states": states, "grace": grace, "seen_health": health.of_endpoint(read, id), "failed": failed}
    seen |= {"grace_s": world.settings_of(seller.name).get("rotation_grace_s", 0)}
    owner = {"key": key if key and keys.callback_endpoint(key) == id else None, "hook": hook}
    signed = control.signed_by_key(read, world, endpoint)
    rows = deliveries.rows_of(world, history.deliveries(read, {"endpoint": id}, DELIVERIES_A_PAGE))
    forms = {"form": _change_form(seller, endpoint), "trial": _trial_form(seller, id)}
    lists = {"rows": rows, "attempts_url": partial(delivery_list.url_of_attempts, id)}
    lists["examined"] = exam_reports.last(world, id)
    lists["late"] = health.overdue(world).get(id, "")
    return shell.page("hook.html", title="Endpoint", signed_by_key=signed, **lists, **seen, **owner, **forms)


def change(id: str) -> shell.Response:
    """Change an endpoint; an emptied input clears its field."""
    _change_form(*_endpoint_of(id)).submit(lambda body: control.update_endpoint.call(current(), EMPTY | body, id))
    return shell.done("The endpoint was changed.", shell.url("webhooks.detail", id=id))


OFF = {"active": False, "disabled_reason": "Disabled by hand."}
wake = shell.button("The endpoint is active.", "webhooks.detail id", control.update_endpoint.call, {"active": True})
rest = shell.button("The endpoint is disabled.", "webhooks.detail id", control.update_endpoint.call, OFF)
remove = shell.button("The endpoint was deleted.", "webhooks.table", control.delete_endpoint.call)


def resend_failed(id: str) -> shell.Response:
    """Send every delivery to an endpoint again that ended without success."""
    _endpoint_of(id)
    sent = sending.resend_deliveries.call(current(), {"endpoint": id, "state": [*sending.UNSUCCESSFUL]})
    return shell.done(f"{formats.counted(sent['resent'], 'delivery')} sent again.", shell.url("webhooks.detail", id=id))


def cancel_waiting(id: str) -> shell.Response:
    """Drop every delivery to an endpoint that waits for an attempt."""
    _endpoint_of(id)
    dropped = sending.drop_deliveries.call(current(), {"endpoint": id})["dropped"]
    return shell.done(f"{formats.counted(dropped, 'delivery')} dropped.", shell.url("webhooks.detail", id=id))


def examine(id: str) -> shell.Response:
    """Examine the receiver of an endpoint, with the endpoint's own secret."""
    _, endpoint = _endpoint_of(id)
    return exam.report_on(endpoint)


def exam_report(id: str, kind: str) -> shell.Response:
    """Return the last exam report of an endpoint that was examined from its page, as a file."""
    return exam.file_of(_endpoint_of(id)[1], kind)


def rotate(id: str) -> shell.Response:
    """Give an endpoint a new secret and show it once."""
    endpoint = control.rotate(current().world, id)
    return shell.answer("hook_made.html", hook=endpoint, seller=current().world.vendors[endpoint["vendor"]])


def send(id: str) -> shell.Response:
    """Trigger a notice for one endpoint."""
    seller, _ = _endpoint_of(id)

    def trigger(body: Any) -> shell.Response:
        sending.trigger_notice.call(current(), body, seller.name, body["notice"])
        return shell.done(f"{body['notice']} is being sent.", shell.url("webhooks.detail", id=id))

    return _trial_form(seller, id).submit(trigger)
