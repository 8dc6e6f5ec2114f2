"""Keys of every vendor: created with scopes, allowlist, expiry and callback; changed, rotated, deleted. A secret is shown once."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

import flask

from mockmarket.api.context import current
from mockmarket.clock import DAY, HOUR, iso_ms
from mockmarket.control import keys as control
from mockmarket.dashboard import charts, formats, forms, lists, shell
from mockmarket.dashboard.activity import tone_of
from mockmarket.vendor import Vendor

EXPORTED = (
    "id", "vendor", "name", "hint", "scopes", "ip_allowlist", "expires_at", "created_at", "last_used_at",
)  # fmt: skip
RESULTS = {"ok": "accepted", "refused": "refused", "failed": "failed"}
HOURS, BAR, HEIGHT, LEAST = 24, 4, 20, 2
"""How many bars a day of use has; px of each with the space beside it, of all in height, and of the least that is drawn."""
STATUSES = {"refused": "4xx"}  # the filter of requests for a result, where there is one alone
HIDDEN = ("owner", "kind")  # fields of use to programs only
EMPTY: dict[str, Any] = {"description": "", "callback_url": None, "expires_at": None, "ip_allowlist": (), "scopes": []}
"""A key's values for empty inputs; fields that are not sent would stay unchanged."""


def table() -> shell.Response:
    """Show every key, those of one vendor or all."""
    vendor = shell.argument("vendor", current().world.vendors)
    keys = control.list_keys.call(current(), {"vendor": vendor or None})["keys"]
    values = {"use": of_last_day([key["id"] for key in keys]), "day_of": _day_of, "size": (HOURS * BAR, HEIGHT)}
    return shell.page("keys.html", keys=keys, vendor=vendor, **values)


def export(kind: str) -> shell.Response:
    """Return every key, those of one vendor or all, as a file, without secrets."""
    keys = control.list_keys.call(current(), {"vendor": shell.argument("vendor", current().world.vendors) or None})
    return lists.file_of("keys", kind, EXPORTED, (itemgetter(*EXPORTED)(key) for key in keys["keys"]))


def new(vendor: str) -> shell.Response:
    """Show the form of a new key."""
    seller = current().world.vendor(vendor)
    return shell.page("key_new.html", title="New key", seller=seller, form=_new_form(seller))


def create(vendor: str) -> shell.Response:
    """Create a key and show its secret once."""
    form = _new_form(current().world.vendor(vendor))
    return shell.answer("key_made.html", key=form.submit(partial(control.create_key.call, current())))


def _new_form(seller: Vendor) -> forms.Form:
    every = {"scopes": [scope.name for scope in seller.api.scopes if scope.visible]}
    return _form_of(seller, control.NewKey, shell.url("keys.create", vendor=seller.name), "Create the key", every)


def _form_of(seller: Vendor, shape: object, to: str, label: str, values: Mapping[str, object]) -> forms.Form:
    scopes = {scope.name: scope for scope in seller.api.scopes}
    names = [name for name, scope in scopes.items() if scope.visible]
    schema = forms.schema_of(shape, {"scopes": names} if scopes else {})
    schema.fields["name"].required = True
    left_out = HIDDEN if scopes else (*HIDDEN, "scopes")
    looks: dict[str, forms.Look] = {
        "scopes": {"labels": {name: scope.help for name, scope in scopes.items()}},
        "expires_at": {"kind": "moment", "help": ""},
    }
    return forms.of(schema, to, label, values=values, fixed={"vendor": seller.name}, leave_out=left_out, looks=looks)


def _key_of(id: str) -> tuple[control.Key, forms.Form]:
    world = current().world
    key = control.key_dict(world, control.get_or_404(world.read(), id))
    values: dict[str, object] = {**key, "ip_allowlist": ", ".join(key["ip_allowlist"])}
    filled, to = {name: value or "" for name, value in values.items()}, shell.url("keys.change", id=id)
    return key, _form_of(world.vendors[key["vendor"]], control.KeyChange, to, "Change", filled)


def detail(id: str) -> shell.Response:
    """Show a key and the form that changes it."""
    key, form = _key_of(id)
    return shell.page(
        "key.html", title=key["name"], key=key, form=form, use=use_of([id])[id], requests_url=partial(_requests, id)
    )


def use_of(ids: Collection[str]) -> dict[str, charts.Chart]:
    """Return the requests of keys over the world's time by their result, of those that the journal keeps."""
    points: dict[str, list[charts.Point]] = {id: [] for id in ids}
    for entry in current().world.journal.find({}):
        if entry.key in points:
            points[entry.key].append((entry.at, RESULTS[tone_of(entry)], 1))
    return {id: charts.stacked(own, tuple(RESULTS.values())) for id, own in points.items()}


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """A key's requests of the last day of the world's time, of those that the journal keeps: their number by result, and for each hour and
    result a bar as (x, y, height, result) in px."""

    counts: Mapping[str, int]
    bars: Sequence[tuple[int, float, float, str]]

    @property
    def words(self) -> str:
        """What the bars say."""
        parts = ", ".join(f"{self.counts[result]} {result}" for result in RESULTS.values() if self.counts[result])
        number = formats.counted(sum(self.counts.values()), "request")
        return f"{number} in the last day: {parts}" if parts else "No request in the last day"


def of_last_day(ids: Collection[str]) -> dict[str, DayOfUse]:
    """Return the use of keys in the last day of the world's time, by hour."""
    now, hours = current().world.clock.now(), {id: Counter[tuple[int, str]]() for id in ids}
    for entry in current().world.journal.find({}):
        if entry.key in hours and (age := max(0, now - entry.at)) < DAY:
            hours[entry.key][HOURS - 1 - age // HOUR, RESULTS[tone_of(entry)]] += 1
    return {id: _drawn(counts) for id, counts in hours.items()}


def _drawn(hours: Mapping[tuple[int, str], int]) -> DayOfUse:
    totals, counts = Counter[int](), Counter[str]()
    for (hour, result), number in hours.items():
        totals[hour] += number
        counts[result] += number
    bars, top = list[tuple[int, float, float, str]](), max(totals.values(), default=0)
    for hour in sorted(totals):
        y = float(HEIGHT)
        for result in RESULTS.values():
            if number := hours.get((hour, result), 0):
                height = max(LEAST, round((HEIGHT - len(RESULTS) * LEAST) * number / top, 1))
                y -= height
                bars.append((hour * BAR, round(y, 1), height, result))
    return DayOfUse(counts, bars)


def _day_of(id: str, result: str = "") -> str:
    """Return the URL of a key's requests of the last day, all or those of a result."""
    now = current().world.clock.now()
    return _requests(id, result, now - DAY + 1, now + 1)


def _requests(id: str, result: str, first: int, end: int) -> str:
    """Return the URL of a key's requests from a moment to before another; `result` may be any, as a bucket may have several."""
    return shell.url("requests.table", key=id, since=iso_ms(first), until=iso_ms(end - 1), status=STATUSES.get(result))


def change(id: str) -> shell.Response:
    """Change a key; an emptied input clears its field."""
    _, form = _key_of(id)
    sent, names = flask.request.form, [field.name for field in form.inputs]
    emptied = {name: EMPTY[name] for name in names if name in EMPTY and not sent.get(name)}
    key = form.submit(lambda body: control.update_key.call(current(), emptied | body, id))
    if "callback_secret" in key:
        return shell.answer("key_made.html", key=key)
    return shell.done("The key was changed.", shell.url("keys.detail", id=id))


def rotate(id: str) -> shell.Response:
    """Give a key a new secret and show it once."""
    return shell.answer("key_made.html", key=control.rotate_key.call(current(), id))


remove = shell.button("The key was deleted.", "keys.table", control.delete_key.call)
