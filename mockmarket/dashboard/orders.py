"""One order's page, with its history, its webhooks, and the actions that its vendor allows now."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from mockmarket.api.context import current
from mockmarket.api.schemas import schema_of
from mockmarket.control import order_fixture
from mockmarket.control.records import YAML
from mockmarket.dashboard import changed_records, formats, forms, lists, shell, zone_switch
from mockmarket.dashboard.activity import Activity, activity_of
from mockmarket.dashboard.deeds import cause_of
from mockmarket.dashboard.order_list import row_of
from mockmarket.errors import NotFound, Refusal
from mockmarket.store import Read, Record, endpoints, events, history, records
from mockmarket.vendor import Action, OrderLine, Seller
from mockmarket.worlds.effects import by_hand
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

DELIVERIES = 50
HAPPENINGS = 200
ORDER = {
    "request": 0,
    "hand": 0,
    "timer": 0,
    "answer": 0,
    "stock": 1,
    "notice": 2,
}  # at the same moment: a cause before its effects


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of an order's history: `kind` is `placed`, `request`, `hand`, `timer`, `answer`, `stock` or `notice`; `chain` is its chain
    on the page Timeline."""

    at: int
    kind: str
    title: str
    detail: str = ""
    tone: str = ""
    chain: str = ""


def detail(vendor: str, id: str) -> shell.Response:
    """Show one order; NotFound when it does not exist."""
    read, (seller, record) = current().read(), get_or_404(vendor, id)
    row, changes = row_of(read, seller, record), order_fixture.changes_of(read, seller, id)
    urls = {endpoint.id: endpoint.url for endpoint in endpoints.all(read)}
    deliveries = [
        {**sent, "url": urls.get(sent["endpoint"], "deleted"), "tries": history.attempts(read, sent["id"])}
        for sent in history.deliveries(read, {"vendor": vendor, "record": id}, DELIVERIES)
    ]
    buttons, title = [form for _, form in transitions_of(seller, id).values()], f"Order {row.line.number}"
    values = {"record": record, "buttons": buttons, "history": happened(current().world, seller, row.line, id, changes)}
    values["changes"] = changed_records.history_of(current().world, (vendor, seller[1].kind.name, id))
    places = order_fixture.places_of(changes)
    event = events.get(read, places[0]["event"]) if places else None
    if event:
        zone_switch.at_venue(event.venue.zone)
    about = {
        "title": title,
        "event": event,
        "places": places,
        "obstacle": order_fixture.obstacle(seller, record, changes),
    }
    return shell.page("order.html", row=row, deliveries=deliveries, **about, **values)


def fixture(vendor: str, id: str) -> shell.Response:
    """Return an order as a fixture in YAML; Conflict, with the reason, for an order that no fixture can have."""
    text = order_fixture.text_of(*get_or_404(vendor, id))
    name = f"{vendor}-{re.sub(r'[^A-Za-z0-9_-]+', '-', id)[:80]}.yaml"
    return lists.download(name, text.encode("utf-8", "backslashreplace"), YAML)


def get_or_404(name: str, id: str) -> tuple[Seller, Record]:
    """Return an order with its vendor; NotFound when it does not exist."""
    vendor = current().world.vendor(name)
    view = vendor.records.orders
    record = records.get(current().read(), view.kind, id) if view else None
    if view is None or record is None:
        raise NotFound(f"{vendor.title} has no order {id!r} in this world.")
    return (vendor, view), record


def happened(world: World, seller: Seller, order: OrderLine, id: str, changes: Sequence[Record]) -> list[Happening]:
    """Return an order's history, oldest first, as far as the journal and the store have it; the newest of each kind. `changes` are those of
    its seats, newest first."""
    (vendor, view), activity = seller, activity_of(world)
    with activity.lock:
        activity.refresh(world)
        changers = activity.changes_of((vendor.name, view.kind.name, id), HAPPENINGS)[1]
        refused = activity.refusals.naming(vendor.name, id)[-HAPPENINGS:]
        causes = {entry.id: entry for entry in (*refused, *changers)}
        happenings = [*map(_cause, causes.values()), *_effects(world.read(), activity, (vendor.name, id), changes)]
    first = {line.chain: line.at for line in sorted(happenings, key=lambda line: line.at, reverse=True)}
    placed = Happening(
        order.at, "placed", f"Placed: {formats.counted(order.quantity, 'ticket')}", order.buyer or order.email
    )
    happenings.sort(key=lambda line: (first[line.chain] if line.chain else line.at, line.chain, ORDER[line.kind]))
    return [placed, *happenings]


def _cause(entry: Entry) -> Happening:
    """Return the line of what changed an order, or named it and was refused, at the position of its effects."""
    tone = "ok" if entry.status < 400 else "warn" if entry.status < 500 else "bad"
    words = f"{entry.status or 'no answer'}" + (f": {formats.visible(entry.message)}" if entry.message else "")
    detail = words if entry.kind == "request" else ""
    return Happening(entry.at - round(entry.elapsed_ms), entry.kind, cause_of(entry), detail, tone, entry.id)


def _effects(read: Read, activity: Activity, order: tuple[str, str], changes: Sequence[Record]) -> Iterator[Happening]:
    """Yield lines of the ledger and notices, each with what caused it, if that is known, both oldest first."""
    for row in reversed(changes):
        place, chain = " ".join(filter(None, (row["section"], row["row"]))), activity.chain_of("change", row["id"])
        yield Happening(row["at"], "stock", f"{row['quantity']} {row['what'].replace('_', ' ')}", place, chain=chain)
    for row in reversed(history.notices(read, {"vendor": order[0], "record": order[1]}, HAPPENINGS)):
        heard = f"to {formats.counted(row['deliveries'], 'endpoint')}" if row["deliveries"] else "no endpoint"
        chain = activity.chain_of("notice", row["id"]) or row["cause"] or f"n{row['id']}"
        yield Happening(row["at"], "notice", row["type"], heard, chain=chain)


def transitions_of(seller: Seller, id: str) -> dict[tuple[str, str], tuple[Action, forms.Form]]:
    """Return the forms of an order's actions, by action and chosen status; those that are possible now first."""
    vendor, view = seller
    transitions = {
        (action.name, choice): (action, form_of(seller, id, action, choice))
        for action in vendor.world.actions
        if view.named_by in (inputs := {field.name: field for field in forms.inputs_of(schema_of(action.body, "body"))})
        for choice in (inputs[view.moves].choices if view.moves in inputs else ()) or ("",)
    }
    return dict(sorted(transitions.items(), key=lambda transition: transition[1][1].why is not None))


def form_of(seller: Seller, id: str, action: Action, choice: str) -> forms.Form:
    """Return the form of an action on an order, disabled where the vendor does not allow it now."""
    vendor, view = seller
    label, fixed, address, left_out = formats.label(action.name), {view.named_by: id}, {}, set[str]()
    if choice:
        label, fixed, address = f"→ {choice.replace('_', ' ')}", {**fixed, view.moves: choice}, {"choice": choice}
        left_out = {name for names in view.only_with.values() for name in names} - {*view.only_with.get(choice, ())}
    to = shell.url("orders.act", vendor=vendor.name, id=id, action=action.name, **address)
    tone, help = "danger" if view.statuses.get(choice) == "ended" else "", f"{action.help} Done by the {action.who}."
    form = forms.of(schema_of(action.body, "body"), to, label, fixed=fixed, leave_out=left_out, help=help, tone=tone)
    return replace(form, why=_reason(action, fixed), prefix="again-", template="order_form.html")


def _reason(action: Action, fixed: dict[str, str]) -> str | None:
    try:
        return action.barred(current().world, fixed) if action.barred else None
    except Refusal as refusal:
        return refusal.message


def act(vendor: str, id: str, action: str, choice: str = "") -> shell.Response:
    """Run the action of a button, and say what came of it."""
    seller, _ = get_or_404(vendor, id)
    transitions = transitions_of(seller, id)
    if (action, choice) not in transitions:
        raise NotFound(f"{seller[0].title} has no action {action} {choice} for an order.".replace("  ", " "))
    entry, form = transitions[action, choice]
    form.submit(partial(entry.run, current().world))
    status = choice or entry.leads_to
    done = f"{label_of(status)}." if status else f"{form.label}: done."
    return shell.done(f"{done}{_announced()}", shell.url("orders.detail", vendor=vendor, id=id))


def label_of(status: str) -> str:
    """Return a vendor's status as a word that begins a sentence: `Accepted`, `Purchase issues`, `Refunded` for `REFUNDED`."""
    words = status.replace("_", " ")
    return words.capitalize() if words.isupper() else words[:1].upper() + words[1:]


def _announced() -> str:
    """Return the sentence on the notices that the form that is being answered has made; "" when it has made none."""
    done = by_hand.get()
    notices = [number for numbers in done.notices for number in numbers] if done else []
    if not notices:
        return ""
    states = history.deliveries.spread(current().read(), "state", {"notice": notices}, DELIVERIES)
    count = sum(states.values()) - states.get("dropped", 0)
    if not count:
        return " No endpoint gets a notice."
    return f" {formats.counted(count, 'notice')} {'is on its' if count == 1 else 'are on their'} way."
