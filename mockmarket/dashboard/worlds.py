"""Worlds and snapshots: created, cloned, reset, dropped; saved, restored, deleted. And the settings of the open world."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import Annotated, Any, TypedDict
from weakref import WeakKeyDictionary

import flask
from marshmallow import Schema, fields, validate

from mockmarket.api.context import current
from mockmarket.control import snapshots, state as control_state, worlds as control
from mockmarket.control.health import https_of
from mockmarket.dashboard import comparison, formats, forms, lists, order_list, shell
from mockmarket.errors import Invalid
from mockmarket.records import Create, Description, Length
from mockmarket.records.views import views
from mockmarket.seed import finding
from mockmarket.store.files import DataError
from mockmarket.vendor import Setting
from mockmarket.worlds import transfer, undo as undo_of
from mockmarket.worlds.registry import Worlds
from mockmarket.worlds.snapshots import Snapshot
from mockmarket.worlds.world import World

PAGE_OF = 50
OFFERED = 200  # most worlds that an input suggests, or that are listed of other servers
EXPORTED = ("name", "fixture", "now", "frozen", "seed", "expires_at")
_ORDERS = WeakKeyDictionary[World, tuple[int, int]]()
"""How many orders a world had at which version of its store: one that has not changed needs no connection, of which few are open."""
AROUND = 10_000  # most bytes of a form beside its file
REPLACED = Description("An earlier snapshot of the same name is replaced.")
_NewSnapshot = TypedDict("_NewSnapshot", {"name": Annotated[str, Length(1, 64), REPLACED]})


def _registry() -> Worlds:
    return current().services.registry


def _form_of(schema: Schema, to: str, label: str, **options: Any) -> forms.Form:
    return forms.of(schema, to, label, prefix=f"{to.replace('/', '-')}-", **options)


def _done(message: str, saved: str = "") -> shell.Response:
    return shell.done(message, shell.url("worlds.show"), shell.url("worlds.undo", name=saved) if saved else "")


@dataclass(frozen=True, slots=True)
class Row:
    """One world as the control plane has it, how many orders it has, or None where its file cannot be read, and its active faults and
    snapshots."""

    about: control.World
    orders: int | None
    faults: int
    snapshots: int


def show() -> shell.Response:
    """Show the worlds, and the snapshots of the open one."""
    worlds, world, words = _registry(), current().world, shell.argument("find")
    page, listed = shell.page_number(), _listed(words)
    described = [(each, _row_of(each)) for each in listed[PAGE_OF * (page - 1) : PAGE_OF * page]]
    rows = [row for each, row in described if worlds.has(each)]  # one that was just found damaged is served no more
    damaged = {name: damage.reason for name, damage in worlds.damaged.copy().items() if _has(name, words)}
    values = {"find": words, "page": page, "more": len(listed) > PAGE_OF * page, "damaged": damaged}
    values |= {"total": len(listed) + len(damaged), "every": len(worlds.names()) + len(worlds.damaged)}
    values |= {"lost": undo_of.undoable(worlds, world.name), "first": PAGE_OF * (page - 1) + 1}
    values |= {"https": https_of(current()), "fleet": _elsewhere() if world.config.peers else None}
    values |= {"comparable": comparison.comparable(), "most": world.config.limits.state_upload}
    kept = views(snapshots.Snapshot, _snapshots_of(world.name))
    return shell.page("worlds.html", shown=rows, snapshots=kept, form=_new_form(), keep=_keep_form(), **values)


def _listed(words: str) -> list[World]:
    """Return the worlds whose names have a text, in any case: the open one first, then the newest first."""
    matching = [world for world in reversed(_registry().all()) if _has(world.name, words)]
    return sorted(matching, key=lambda world: world is not current().world)


def _has(name: str, words: str) -> bool:
    return words.casefold() in name.casefold()


def _row_of(world: World) -> Row:
    faults = sum(rule["left"] != 0 for rule in world.faults.all())
    kept = sum(not undo_of.NAME.fullmatch(name) for name in _registry().shelf.names(world.name))
    return Row(control.world_dict(world), _orders_of(world), faults, kept)


def _orders_of(world: World) -> int | None:
    """Return how many orders a world has; None where its file cannot be read, which is noted as it is for a request to that world."""
    version, orders = _ORDERS.get(world, (None, 0))
    if version != world.store.version:
        version = world.store.version
        try:
            orders = order_list.number_of(world)
        except (DataError, sqlite3.Error) as error:
            world.failed(error)
            return None
        _ORDERS[world] = version, orders
    return orders


def export(kind: str) -> shell.Response:
    """Return the worlds of this process that the list has, under the same filter, as a file."""
    rows = map(_row_of, _listed(shell.argument("find")))
    lines = ((*itemgetter(*EXPORTED)(row.about), row.orders, row.faults, row.snapshots) for row in rows)
    return lists.file_of("worlds", kind, (*EXPORTED, "orders", "faults", "snapshots"), lines)


def _snapshots_of(name: str) -> list[Snapshot]:
    """Return a world's snapshots without those that are kept to undo something."""
    return [snapshot for snapshot in _registry().shelf.all(name) if not undo_of.NAME.fullmatch(snapshot.name)]


def _elsewhere() -> control.Worlds:
    """Return the worlds of the fleet's other servers, and the servers; this one is the first."""
    listed = control.fleet_worlds(current())
    servers = listed["servers"]
    rows = [row for row in listed["worlds"] if row["server"] != servers[0]["url"]]
    return {**listed, "worlds": rows[:OFFERED], "servers": servers[1:]}


def _new_form() -> forms.Form:
    worlds = _registry()
    names = tuple(worlds.names()[-OFFERED:])
    suggestions = dict.fromkeys(snapshot for name in names for snapshot in worlds.shelf.names(name))
    looks: dict[str, forms.Look] = {
        "fixture": {"suggestions": tuple(finding.names()), "help": "A shipped fixture, or a file's path on the server's machine."},
        "text": {"kind": "long", "label": "Or its text", "help": "A fixture as YAML or JSON."},
        "from": {"label": "Copy of", "suggestions": names},
        "snapshot": {"label": "As in snapshot", "suggestions": tuple(suggestions), "help": "A snapshot of the world to copy."},
        "now": {"label": "Starts at", "kind": "moment", "help": "Empty: the machine's time."},
        "seed": {"help": "The same seed gives the same ids and numbers."},
        "ttl_s": {"label": "Time to live", "help": "Seconds without a request after which it is dropped. Empty: it is kept."},
    }  # fmt: skip
    only = ("name", "fixture", "text", "from", "snapshot", "now", "seed", "ttl_s")
    schema = forms.schema_of(Create(forms.Named, (control.NewWorld,)), only=only)
    wanted = {name: shell.argument(name) for name in ("name", "from")}
    return _form_of(schema, shell.url("worlds.create"), "Make it", looks=looks, values=wanted)


def _keep_form() -> forms.Form:
    return _form_of(forms.schema_of(_NewSnapshot), shell.url("worlds.keep"), "Keep it")


def create() -> shell.Response:
    """Make a world."""
    return _done(f"World {_new_form().submit(new_world).name} created.")


def new_world(body: Any) -> World:
    """Create a world; Invalid if the name exists, which the control route would replace without asking."""
    name = body["name"]
    if name in _registry().names():
        words = f"The world {name} already exists. Open it to reset it, or delete it first."
        raise Invalid(words, details=[("name", words)])
    return control.put(_registry(), name, body)[0]


def keep() -> shell.Response:
    """Save the world's current state as a snapshot."""
    snapshot, _ = _keep_form().submit(lambda body: transfer.take(_registry(), current().world, body["name"]))
    return _done(f"Saved as {snapshot.name}.")


mend = shell.button("World {name} was reset to its fixture.", "worlds.show", lambda _, name: _registry().reset(name))


def _undoable(what: str, message: str, call: Callable[..., object]) -> Callable[..., shell.Response]:
    """Return the view of a button that loses data: a snapshot is taken first, and offered to undo it."""

    def view(**parts: str) -> shell.Response:
        world = _registry().get(parts["name"]) if what == "drop" else current().world
        with _kept(what, world) as saved:
            call(current(), **parts)
        return _done(message.format(**parts), saved)

    return view


@contextmanager
def _kept(what: str, world: World) -> Iterator[str]:
    registry, beside = _registry(), current().world.name
    saved = undo_of.save(registry, world, what, beside)
    try:
        yield saved
    except BaseException:
        registry.shelf.delete(beside, saved)
        raise
    undo_of.prune(registry, beside)


reset = _undoable("reset", "The world was reset to its fixture.", control.reset_world.call)
drop = _undoable("drop", "World {name} was deleted.", control.delete_world.call)
restore = _undoable("restore", "The world was restored from {name}.", snapshots.restore_snapshot.call)


def undo(name: str) -> shell.Response:
    """Bring back what a snapshot has that was taken before something was lost; this can be undone too."""
    registry, world = _registry(), current().world
    with _kept("restore", world) as saved:
        restored = undo_of.undo(registry, world.name, name)
    if restored == world.name:
        return _done(f"The world {restored} is as it was before.", saved)
    registry.shelf.delete(world.name, saved)
    return _done(f"The world {restored} is back.")


forget = shell.button("Snapshot {name} was deleted.", "worlds.show", snapshots.delete_snapshot.call)


def state() -> shell.Response:
    """Return the open world as one SQLite file."""
    return control_state.export_state.call(current())


def put_state() -> shell.Response:
    """Replace the open world by a SQLite file submitted in a form."""
    world, registry = current().world, _registry()
    flask.request.max_content_length = world.config.limits.state_upload + AROUND
    file = flask.request.files.get("file")
    if file is None or not file.filename:
        raise Invalid("Choose the SQLite file of a world first.")
    with _kept("replace", world) as saved:
        control_state.import_world(registry, world.name, file.stream)
    return _done(f"The world was replaced by {file.filename}.", saved)


def settings() -> shell.Response:
    """Show every setting of the open world."""
    titles = {"core": "Core", **{name: vendor.title for name, vendor in current().world.vendors.items()}}
    sections = [(title, form) for name, title in titles.items() if (form := _settings_form(name)).asks]
    custom = [
        (title, vendor, name, in_words(value), in_words(default))
        for vendor, title in titles.items()
        for name, value in current().world.settings_of(vendor).items()
        if value != (default := current().world.declared(vendor)[name].default)
    ]
    text = shell.argument("q")
    matching = list(_settings_with(text.casefold(), titles)) if text else []
    return shell.page("settings.html", asked=sections, custom=custom, text=text, matching=matching)


def _settings_with(text: str, titles: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield the settings whose vendor, name, value or meaning has a text: each vendor's title, its name, its value, what it means."""
    for vendor, title in titles.items():
        values = current().world.settings_of(vendor)
        for name, setting in current().world.declared(vendor).items():
            words = title, name, formats.label(name), in_words(values[name]), setting.help
            if any(text in word.casefold() for word in words):
                yield title, name, in_words(values[name]), setting.help


def in_words(value: object) -> str:
    """Return a setting's value in words: `on`, `off`, `none` for an empty text."""
    return ("off", "on")[value] if isinstance(value, bool) else str(value) or "none"


def restore_default(vendor: str, name: str) -> shell.Response:
    """Give one setting its default again."""
    current().world.change_settings({vendor: {name: None}})
    return shell.done(f"{formats.label(name)} has its default again.", shell.url("settings.settings"))


def _settings_form(vendor: str) -> forms.Form:
    world = current().world
    schema = Schema.from_dict({name: _setting_field(setting) for name, setting in world.declared(vendor).items()})()
    settings = world.settings_of(vendor).items()
    values = {name: value if isinstance(value, bool) else str(value) for name, value in settings}
    return _form_of(schema, shell.url("settings.change_settings", vendor=vendor), "Change", values=values)


def _setting_field(setting: Setting) -> forms.Field:
    default, kind = setting.default, type(setting.default)
    about = {"description": f"{setting.help} Default: {in_words(default)}."}
    if kind is bool:
        return fields.Boolean(load_default=default, metadata=about)
    if setting.choices:
        return fields.String(validate=validate.OneOf(setting.choices), metadata=about)
    if kind is int and (setting.least is None or setting.least % 1):
        kind = float
    return forms.TYPES.get(kind, fields.String)(metadata=about)


def change_settings(vendor: str) -> shell.Response:
    """Change settings of a vendor or the core; an empty input restores the default."""
    world = current().world

    def change(body: dict[str, object]) -> None:
        world.change_settings({vendor: {name: body.get(name) for name in world.declared(vendor)}})

    _settings_form(vendor).submit(change)
    return shell.done("The settings were changed.", shell.url("settings.settings"))
