"""The catalogue of notices: every vendor's types, when each is sent, an example with headers and schema, and a button that sends it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict, get_args, is_typeddict

from mockmarket.api.context import current
from mockmarket.control import deliveries as control
from mockmarket.control.base import named
from mockmarket.dashboard import forms, links, lists, receiver, shell
from mockmarket.errors import Refusal
from mockmarket.exam.running import about_any
from mockmarket.records import Body, Description, Member, OneOf, Shape, item_of, members, origin_of
from mockmarket.store import Record, Tx, endpoints, history
from mockmarket.store.endpoints import unreachable
from mockmarket.vendor import NoticeType, Vendor
from mockmarket.webhooks.signing import Sending
from mockmarket.worlds.world import World
from mockmarket_client.scheme import Headers

MOST = 10_000
EXPORTED = ("vendor", "type", "when", "fires", "endpoints", "deliveries")
SECRET = "example-secret"  # noqa: S105 - signs the examples alone
RECEIVER = "receiver"  # the choice of the built-in receiver, beside the ids of endpoints
WORDS: dict[object, str] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "true or false",
    dict: "object",
    list: "list",
}
PLACE = Description("The built-in receiver gets an endpoint of the vendor if it has none.")


class Place(TypedDict):
    """Where an example is sent."""

    endpoint: Annotated[str, Body(required=True), PLACE]


@dataclass(frozen=True, slots=True)
class Example:
    """One notice: its bytes, the headers with which it is sent, what it is about, and the delivery that sent it, if one did. `record`
    is what a trigger of it is about."""

    body: bytes
    headers: Headers
    about: Record
    record: str | None = None
    sent: Record | None = None


class Discarded(Exception):
    """Rolls back a transaction of which nothing is to be kept."""


def catalogue() -> shell.Response:
    """List the types of notice of every vendor, or of a single vendor, with when each is sent and how many deliveries there have been."""
    vendor, (sent, heard) = shell.argument("vendor", current().world.vendors), _counts()
    return shell.page("hooks.html", view="notices", vendor=vendor, listed=_vendors(), sent=sent, heard=heard)


def export_notices(kind: str) -> shell.Response:
    """Return the types of notice of every vendor, or of a single vendor, as a file."""
    sent, heard = _counts()
    types = ((seller.name, type) for seller in _vendors() for type in seller.webhooks.notices)
    rows = (
        (vendor, type.name, type.when, type.fires, heard[vendor, type.name], sent[vendor].get(type.name, 0))
        for vendor, type in types
    )
    return lists.file_of("notices", kind, EXPORTED, rows)


def _vendors() -> list[Vendor]:
    vendors = current().world.vendors
    vendor = shell.argument("vendor", vendors)
    return [seller for seller in vendors.values() if vendor in ("", seller.name)]


def _counts() -> tuple[dict[str, dict[str, int]], Counter[tuple[str, str]]]:
    """Return the deliveries of each type, by vendor, and how many endpoints listen to each."""
    vendors, read = current().world.vendors, current().read()
    sent = {
        seller.name: history.deliveries.spread(read, "type", {"vendor": seller.name}, MOST) for seller in _vendors()
    }
    heard = Counter(
        (endpoint.vendor, type.name)
        for endpoint in endpoints.all(read)
        for type in vendors[endpoint.vendor].webhooks.notices
        if endpoint.wants(type.name)
    )
    return sent, heard


def notice(vendor: str, type: str) -> shell.Response:
    """Show one type of notice."""
    seller, about = _type_of(vendor, type)
    example, why = example_of(current().world, seller, type)
    form = _form(seller, type, why)
    shape = seller.webhooks.payload(type)
    values = {"seller": seller, "type": about, "example": example, "form": form, "secret": SECRET}
    values |= {"schema": [*schema_rows(shape)] if shape else [], "url_of": links.of_notice}
    return shell.page("notice_type.html", title=type, why=why, **values)


def _type_of(vendor: str, type: str) -> tuple[Vendor, NoticeType]:
    seller = current().world.vendor(vendor)
    about: NoticeType = named(seller.webhooks.notices, type, vendor, "notice")
    return seller, about


def example_of(world: World, vendor: Vendor, type: str) -> tuple[Example | None, str]:
    """Return an example of a type, and why none can be sent now, "" when it can: the newest notice that was sent, else one about a record
    of the world, made as a trigger makes it. None where there is neither."""
    rows = history.deliveries(world.read(), {"vendor": vendor.name, "type": type}, 1)
    sent = control.get_or_404(world.read(), rows[0]["uid"]) if rows else None
    sample, why = None, ""
    with suppress(Discarded), world.store.atomic() as tx:
        sample, why = _sample_of(tx, vendor, type)
        raise Discarded
    if sent is None:
        return sample, why
    ids = sent["event_id"], sent["uid"]
    headers = _headers(vendor, type, ids, sent["body"], sent["at"])
    return Example(sent["body"], headers, sent, sample.record if sample else None, sent), why


def _sample_of(tx: Tx, vendor: Vendor, type: str) -> tuple[Example | None, str]:
    """Return a notice about the newest record to which it fits, else about a record to which it can happen; else why there is none."""
    try:
        sample, record = vendor.webhooks.sample(tx, type, None), None
    except Refusal as refusal:
        fallback = about_any(tx, vendor, type)
        if fallback is None:
            return None, refusal.message
        sample, record = fallback, fallback.record or None
    headers = _headers(vendor, type, (sample.uid, sample.delivery_uid(tx)), sample.body, tx.now)
    about = {"vendor": vendor.name, "kind": sample.kind, "record": sample.record}
    return Example(sample.body, headers, about, record), ""


def _headers(vendor: Vendor, type: str, ids: tuple[str, str], body: bytes, at: int) -> Headers:
    """Return the headers of a first attempt, stamped with a moment (epoch ms) and signed with the examples' secret."""
    return vendor.webhooks.headers(Sending(type, *ids, 1, body, at // 1000, (SECRET,)))


def schema_rows(shape: Shape, path: str = "") -> Iterator[Record]:
    """Yield the members of a shape: dotted path (`[]` is any entry of a list), type in words, whether it is required, and meaning."""
    for member in members(shape):
        place, inner, words = f"{path}{member.name}", *_type_in_words(member)
        meaning = member.item.marker(Description)
        yield {"path": place, "type": words, "required": member.required, "help": meaning.text if meaning else ""}
        if inner:
            yield from schema_rows(inner, f"{place}[]." if words.startswith("list") else f"{place}.")


def _type_in_words(member: Member) -> tuple[Shape | None, str]:
    """Return the shape of a member's own members, if it has any, and its type in words."""
    type, origin = member.item.type, origin_of(member.item.type)
    null = " or null" if member.item.null else ""
    listed = member.item.marker(OneOf)
    if words := get_args(type) if origin is Literal else listed.values if listed else ():
        return None, f"{', '.join(map(str, words))}{null}"
    if origin is list:
        inner = item_of(get_args(type)[0]).type
        return (inner if is_typeddict(inner) else None), f"list{null}"
    shape = type if is_typeddict(origin or type) else None
    return shape, f"{'object' if shape else WORDS.get(origin or type, 'any')}{null}"


def _form(seller: Vendor, type: str, why: str) -> forms.Form:
    """Return the form that sends an example: to the built-in receiver, or to an endpoint of the vendor that can be reached."""
    read = current().read()
    urls = {
        endpoint.id: endpoint.url
        for endpoint in endpoints.all(read, seller.name)
        if not unreachable(read, seller.name, endpoint)
    }
    schema = forms.schema_of(Place, {"endpoint": (RECEIVER, *urls)})
    looks = {"endpoint": {"labels": {RECEIVER: "the one of this dashboard", **urls}, "label": "Send it to"}}
    to = shell.url("webhooks.send_example", vendor=seller.name, type=type)
    return forms.of(
        schema, to, "Send me an example", looks=looks, values={"endpoint": RECEIVER}, why=why or None, tone="main"
    )


def send_example(vendor: str, type: str) -> shell.Response:
    """Trigger a notice for one endpoint, as a control call does, and show the delivery."""
    seller, _ = _type_of(vendor, type)
    example, why = example_of(current().world, seller, type)

    def send(body: Any) -> shell.Response:
        chosen = body["endpoint"]
        id = receiver.endpoint_here(seller) if chosen == RECEIVER else chosen
        record = example.record if example else None
        about: control.TriggerBody = {"record": record, "override": {}, "count": 1, "endpoint": id}
        triggered = control.trigger_notice.call(current(), about, seller.name, type)
        place = shell.url("webhooks.delivery", id=triggered["delivery_ids"][0])
        return shell.done(f"{type} is being sent.", place)

    return _form(seller, type, why).submit(send)
