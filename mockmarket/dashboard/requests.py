"""One request: what it was and led to, the command that repeats it, and the difference when it is sent again."""

import flask

from mockmarket.api.context import current
from mockmarket.dashboard import changed_records, difference, sending, shell
from mockmarket.dashboard.activity import activity_of, tone_of
from mockmarket.dashboard.request_filters import Filters, requested, rows_of
from mockmarket.errors import NotFound
from mockmarket.store import keys
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World


def _entry(id: str) -> Entry:
    """Return a request; NotFound says which are kept."""
    entries = current().world.journal.find({})
    if (entry := next((entry for entry in entries if entry.id == id), None)) is None:
        kept = f"The journal has {entries[0].id} to {entries[-1].id}." if entries else "The journal is empty."
        raise NotFound(f"There is no request {id!r}, or it is no longer kept.", hint=kept)
    return entry


def detail(id: str) -> shell.Response:
    """Show a request with its answer, what it led to, and the command that repeats it."""
    return _page(_entry(id))


def beside(entry: Entry, filters: Filters, **values: object) -> dict[str, object]:
    """Return what is shown of a request, on its own page and beside the list."""
    world, is_real = current().world, flask.request.args.get("credential") == "real"
    again = sending.repeatable(world, entry)
    [row] = rows_of(world, [entry], {})
    address = current().base_url().removesuffix(current().prefix) + shell.url("requests.detail", id=entry.id)
    command = {"again": again, "command": sending.curl(again, current().base_url(), is_real), "is_real": is_real}
    changes = {
        "changed": changed_records.of_entry(entry),
        "all": shell.url("requests.detail", id=entry.id, records="all"),
    }
    effects = {"row": row, "deliveries": _deliveries(world, entry.id), "tone": tone_of(entry)} | changes
    known = {"key": keys.get(world.read(), entry.key) if entry.key else None, "kept": world.config.body_kept}
    forms = {"draft": sending.draft_of(again), "error": "", "reply": None, "edited": False, "page": 1} | values
    return {"entry": entry, "filters": filters, "request_url": address, **command, **effects, **known, **forms}


def _deliveries(world: World, id: str) -> list[tuple[str, str, str]]:
    """Return the webhooks that a request led to: id, type of notice and state of each."""
    activity = activity_of(world)
    with activity.lock:
        chain = activity.chains.get(id)
        sent = chain.deliveries.values() if chain else ()
        types = {number: notice.type for number, notice in chain.notices.items()} if chain else {}
        return [(delivery.uid, types[delivery.notice], delivery.state) for delivery in sent]


def _page(entry: Entry, status: int = 200, /, **values: object) -> shell.Response:
    chosen = beside(entry, requested(), **values)
    return shell.page("request.html", status, title=f"Request {entry.id}", chosen=chosen)


def _sent(entry: Entry, reply: sending.Came, **values: object) -> shell.Response:
    """Show what came, with the paths at which it differs from the first answer, both as the journal keeps them."""
    kept = next(iter(current().world.journal.find({"id": reply.id})), None)
    sentence, paths = difference.compare(entry.answer, kept.answer if kept else reply.reply.body)
    return _page(entry, reply=reply, sentence=sentence, differences=paths, **values)


def replay(id: str) -> shell.Response:
    """Send a request again, with the same bytes, and show what came this time."""
    entry = _entry(id)
    again = sending.repeatable(current().world, entry)
    return _page(entry, 422, error=again.bar) if again.bar else _sent(entry, sending.send(again))


def edited(id: str) -> shell.Response:
    """Send a request as it was edited, and show what came."""
    entry, form = _entry(id), flask.request.form
    draft = {name: form.get(name, "") for name in ("method", "path", "headers", "body")}
    request, error = sending.read_draft(draft)
    if request is None:
        return _page(entry, 422, draft=draft, error=error, edited=True)
    return _sent(entry, sending.send(request), draft=draft, edited=True)
