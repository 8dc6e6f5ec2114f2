"""Orders of every vendor: as a list, and as a board by status; one order's page, with the actions that its vendor allows now."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import flask

from mockmarket.api.context import current
from mockmarket.api.schemas import schema_of
from mockmarket.control.records import get_action
from mockmarket.dashboard import actions, forms, shell, timeline
from mockmarket.dashboard.formats import counted, visible
from mockmarket.errors import NotFound, Refusal
from mockmarket.rules.search import folded
from mockmarket.store import Read, Record, endpoints, history, records
from mockmarket.vendor import Action, OrderLine, OrderView, Vendor
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

PAGE_OF = 50
SEARCHED = 2_000
"""How many of a vendor's newest orders a text search reads; an order's id is found whatever its age."""
BOARD_OF = 60
PHASES = {"new": "New", "open": "In progress", "done": "Fulfilled", "trouble": "Problem", "ended": "Cancelled"}
DELIVERIES = 50
HAPPENINGS = 200
ORDER = {"request": 0, "stock": 1, "notice": 2}  # at the same moment: a request before its effects

Seller = tuple[Vendor, OrderView]  # a vendor that has orders, and how they are shown


@dataclass(frozen=True, slots=True)
class Row:
    """One order in the list: its vendor, its id, its summary, the phase of its status."""

    vendor: Vendor
    id: str
    line: OrderLine
    phase: str


Column = tuple[str, str, Sequence[Row], int]
"""One column of the board: its title (a phase or, for one vendor alone, a status), its phase, its rows, their total number."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of an order's history: `kind` is `placed`, `request`, `stock` or `notice`; `chain` is its chain on the page Now."""

    at: int
    kind: str
    title: str
    detail: str = ""
    tone: str = ""
    chain: str = ""


def table() -> shell.Response:
    """Show the list: the newest orders of all vendors."""
    query = filters()
    most, status, words = PAGE_OF * query["page"] + 1, query["status"], query["words"]
    rows = [row for seller in _sellers_of(query["vendor"]) for row in rows_of(seller, status, words, most)]
    rows.sort(key=lambda row: row.line.at, reverse=True)
    return shell.page("orders.html", view="table", **shell.paged(rows, query["page"], PAGE_OF), **_shared(query))


def board() -> shell.Response:
    """Show the board: a column for each phase, or for each status of a selected vendor."""
    query = filters()
    board = columns(_sellers_of(query["vendor"]), query["status"], query["words"])
    return shell.page("orders.html", view="board", columns=board, **_shared(query))


def filters() -> Record:
    """Return the filters; invalid ones are ignored."""
    vendor, status = shell.argument("vendor", current().world.vendors), flask.request.args.get("status", "")[:100]
    return {"vendor": vendor, "status": status, "words": shell.argument("words"), "page": shell.page_number()}


def _shared(query: Record) -> dict[str, object]:
    chosen = _sellers_of(query["vendor"])
    statuses = list(dict.fromkeys(status for _, view in chosen for status in view.statuses))
    buyable = [vendor for vendor, _ in chosen if vendor.world.action("buy")]
    total = sum(_count(view, *_where(view, query["status"])) for _, view in chosen)
    sellers = [vendor for vendor, _ in _sellers_of("")]
    return {"asked": query, "sellers": sellers, "statuses": statuses, "buyable": buyable, "total": total}


def _sellers_of(name: str) -> list[Seller]:
    vendors = current().world.vendors.values()
    return [(vendor, view) for vendor in vendors if (view := vendor.records.orders) and name in ("", vendor.name)]


def _where(view: OrderView, status: str) -> list[records.Condition]:
    return [(view.column, "=", status)] if status else []


def _count(view: OrderView, *where: records.Condition) -> int:
    return records.count(current().read(), view.kind, where)


def rows_of(seller: Seller, status: str, words: str, most: int) -> list[Row]:
    """Return up to `most` of a vendor's orders, newest first."""
    view, read, limit = seller[1], current().read(), SEARCHED if words else most
    newest = records.find(read, view.kind, *_where(view, status), order=[("rowid", "desc")], limit=limit)
    rows = [_row_of(read, seller, record) for record in newest]
    if not words:
        return rows
    texts = [(row, folded("\n".join((row.id, row.line.number, row.line.event, row.line.buyer)))) for row in rows]
    key = folded(words)
    matching = [row for row, text in texts if key in text]
    exact = records.first(read, view.kind, ("id", "=", words), *_where(view, status))
    if exact and str(exact[view.kind.id]) not in {row.id for row in matching}:
        matching.append(_row_of(read, seller, exact))
    return matching[:most]


def _row_of(read: Read, seller: Seller, record: Record) -> Row:
    line = seller[1].line(read, record)
    return Row(seller[0], str(record[seller[1].kind.id]), line, seller[1].statuses.get(line.status, ""))


def columns(sellers: Sequence[Seller], status: str, words: str) -> list[Column]:
    """Return the board's columns: phases, or the statuses of a single vendor."""
    among = [(seller, name) for seller in sellers for name in seller[1].statuses if status in ("", name)]
    rows = [row for seller, name in among for row in rows_of(seller, name, words, BOARD_OF)]
    rows.sort(key=lambda row: row.line.at, reverse=True)
    if len(sellers) != 1:
        return [_column_of(sellers, phase, [row for row in rows if row.phase == phase]) for phase in PHASES]
    view = sellers[0][1]
    return [
        (status, phase, [row for row in rows if row.line.status == status], _count(view, (view.column, "=", status)))
        for status, phase in view.statuses.items()
    ]


def _column_of(sellers: Sequence[Seller], phase: str, rows: list[Row]) -> Column:
    statuses = [(view, [status for status, its in view.statuses.items() if its == phase]) for _, view in sellers]
    total = sum(_count(view, (view.column, "in", names)) for view, names in statuses)
    return PHASES[phase], phase, rows[:BOARD_OF], total


def detail(vendor: str, id: str) -> shell.Response:
    """Show one order; NotFound when it does not exist."""
    read, (seller, record) = current().read(), _get_or_404(vendor, id)
    row = _row_of(read, seller, record)
    urls = {endpoint.id: endpoint.url for endpoint in endpoints.all(read)}
    deliveries = [
        {**sent, "url": urls.get(sent["endpoint"], "deleted"), "tries": history.attempts(read, sent["id"])}
        for sent in history.deliveries(read, {"vendor": vendor, "record": id}, DELIVERIES)
    ]
    buttons, title = [form for _, form in _transitions_of(seller, id).values()], f"Order {row.line.number}"
    values = {"record": record, "buttons": buttons, "history": happened(current().world, seller[0], row.line, id)}
    return shell.page("order.html", title=title, row=row, deliveries=deliveries, **values)


def _get_or_404(name: str, id: str) -> tuple[Seller, Record]:
    vendor = current().world.vendor(name)
    view = vendor.records.orders
    record = records.get(current().read(), view.kind, id) if view else None
    if view is None or record is None:
        raise NotFound(f"{vendor.title} has no order {id!r} in this world.")
    return (vendor, view), record


def happened(world: World, vendor: Vendor, order: OrderLine, id: str) -> list[Happening]:
    """Return an order's history, oldest first, as far as the journal and the store have it."""
    entries = world.journal.find({"vendor": vendor.name})
    happenings = [*requests_of(entries, vendor, id), *caused(world, entries, {"vendor": vendor.name, "record": id})]
    first = {line.chain: line.at for line in sorted(happenings, key=lambda line: line.at, reverse=True)}
    placed = Happening(order.at, "placed", f"Placed: {counted(order.quantity, 'ticket')}", order.buyer)
    happenings.sort(key=lambda line: (first[line.chain] if line.chain else line.at, line.chain, ORDER[line.kind]))
    return [placed, *happenings]


def caused(world: World, entries: list[Entry], where: dict[str, str]) -> Iterator[Happening]:
    """Yield lines of the ledger, each with the request that caused it, if any, and notices, both oldest first."""
    read, causes, lines = world.read(), timeline.causes_of(entries), []
    for row in history.stock_changes(read, where, HAPPENINGS):  # newest first, in the order in which causes are popped
        chain = (causes.get(timeline.mark(row)) or [""]).pop()
        place = " ".join(filter(None, (row["section"], row["row"])))
        title = f"{row['quantity']} {row['what'].replace('_', ' ')}"
        lines.append(Happening(row["at"], "stock", title, place, chain=chain))
    yield from reversed(lines)
    for row in reversed(history.notices(read, where, HAPPENINGS)):
        heard = f"to {counted(row['deliveries'], 'endpoint')}" if row["deliveries"] else "no endpoint"
        yield Happening(row["at"], "notice", row["type"], heard, chain=row["cause"] or f"n{row['id']}")


def requests_of(entries: Iterable[Entry], vendor: Vendor, id: str) -> Iterator[Happening]:
    """Yield the requests that changed an order, or named it and were refused, each at the position of its effects."""
    for entry in entries:
        changed = any(record[2] == id and record[0] == vendor.name for record in entry.effects.records)
        refused = entry.status >= 400 and (id in entry.path or id.encode("utf-8", "replace") in entry.body)
        if changed or refused:
            tone = "ok" if changed else "warn" if entry.status < 500 else "bad"
            words = f"{entry.status or 'no answer'}" + (f": {visible(entry.message)}" if entry.message else "")
            began = entry.at - round(entry.elapsed_ms)
            yield Happening(began, "request", f"{entry.method} {entry.path}", words, tone, entry.id)


def _transitions_of(seller: Seller, id: str) -> dict[tuple[str, str], tuple[Action, forms.Form]]:
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
    label, fixed, address, left_out = forms.label_of(action.name), {view.named_by: id}, {}, set[str]()
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
    """Run the action of a button."""
    seller, _ = _get_or_404(vendor, id)
    transitions = _transitions_of(seller, id)
    if (action, choice) not in transitions:
        raise NotFound(f"{seller[0].title} has no action {action} {choice} for an order.".replace("  ", " "))
    entry, form = transitions[action, choice]
    form.submit(partial(entry.run, current().world))
    return shell.done(f"{form.label}: done.", shell.url("orders.detail", vendor=vendor, id=id))


def _buy_form(vendor: str) -> tuple[Action, forms.Form]:
    action = get_action(current().world, vendor, "buy")
    return action, actions.form_of(vendor, action, shell.url("orders.buy", vendor=vendor), "Buy")


def buying(vendor: str) -> shell.Response:
    """Show the form of a vendor's action `buy`."""
    action, form = _buy_form(vendor)
    return shell.page("order_new.html", title="New order", seller=shell.vendor_title(vendor), action=action, form=form)


def buy(vendor: str) -> shell.Response:
    """Place an order as a vendor's action `buy` does, and show it."""
    action, form = _buy_form(vendor)
    order = actions.order_of(vendor, form.submit(partial(action.run, current().world)))
    return shell.done("Ordered.", order or shell.url("orders.table"))
