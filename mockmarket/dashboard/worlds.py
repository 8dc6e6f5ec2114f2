"""Worlds and their snapshots: made, cloned, reset, dropped; kept, put back, deleted. And the settings of the world that is open."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

import flask
from marshmallow import Schema, fields, validate

from mockmarket.api.context import current
from mockmarket.api.schemas import schema_class, schema_of
from mockmarket.control import state as control_state
from mockmarket.control import worlds as control
from mockmarket.control.base import views
from mockmarket.control.snapshots import Snapshot
from mockmarket.dashboard import forms, shell
from mockmarket.dashboard.shell import Page, Route
from mockmarket.errors import Invalid
from mockmarket.records import Description, Length, check
from mockmarket.seed import reading
from mockmarket.vendor import Setting
from mockmarket.worlds import transfer
from mockmarket.worlds.registry import Worlds
from mockmarket.worlds.world import World

WORLDS_SHOWN = 200
AROUND = 10_000
"""How many bytes of a form there may be around the file that it sends."""


class WorldName(TypedDict):
    """A world's name."""

    name: Annotated[str, Description("Letters, digits, dot, dash and underscore.")]


@check(control.check_origin)
class NamedWorld(WorldName, control.NewWorld):
    """A world's name, and what it begins as."""


class NewSnapshot(TypedDict):
    """A snapshot's name."""

    name: Annotated[str, Length(1, 64), Description("One of the same name is replaced.")]


def registry() -> Worlds:
    """Return the process's worlds."""
    return current().services.registry


def show() -> flask.Response:
    """Show every world, and the snapshots of the one that is open."""
    there, here = registry(), current().world
    shown = [control.world_dict(world) for world in there.all()[-WORLDS_SHOWN:]]
    kept = views(Snapshot, there.shelf.all(here.name))
    return shell.page("worlds.html", title="Worlds", there=shown, total=len(there.names()), snapshots=kept,
                      damaged={name: one.reason for name, one in there.damaged.copy().items()},
                      form=new_form(), keep=keep_form(), most=here.config.limits.state_upload)  # fmt: skip


def new_schema() -> Schema:
    """Return what a new world asks for, the choices of where it comes from together."""
    return schema_class(NamedWorld, "body")(only=("name", "fixture", "from", "snapshot", "now", "seed"))


def new_form() -> forms.Form:
    """Return the form of a new world."""
    return forms.of(new_schema(), looks=looks())


def looks() -> dict[str, dict[str, Any]]:
    """Return what helps to fill it in: the fixtures, worlds and snapshots that there are."""
    registered = registry()
    kept = (snapshot.name for name in registered.names()[-WORLDS_SHOWN:] for snapshot in registered.shelf.all(name))
    return {
        "fixture": {"suggestions": tuple(reading.names()), "help": "A shipped fixture, or a file's path on the server's machine."},
        "from": {"label": "Copy of", "suggestions": tuple(registered.names()[-WORLDS_SHOWN:])},
        "snapshot": {"label": "As in snapshot", "suggestions": tuple(dict.fromkeys(kept)), "help": "One of the world it is a copy of."},
        "now": {"label": "Starts at", "help": "UTC, such as 2027-05-01T12:00:00Z; the machine's time when left empty."},
        "seed": {"help": "The same seed gives the same ids and numbers."},
    }  # fmt: skip


def keep_form() -> forms.Form:
    """Return the form that keeps the world as it is."""
    return forms.of(schema_of(NewSnapshot, "body"))


def create() -> flask.Response:
    """Make a world."""
    try:
        given = forms.read(new_schema(), looks=looks())
        typed = forms.filled(new_form(), flask.request.form)
        world = forms.trying(typed, lambda: made(given))
    except forms.Wrong as wrong:
        return shell.answer("world_form.html", 422, form=wrong.form, to=shell.url("worlds.create"), label="Make it")
    return shell.done(f"World {world.name} made.", shell.url("worlds.show"))


def made(given: NamedWorld) -> World:
    """Make a world; Invalid where there is one of this name, which the control route would put to its beginning unasked."""
    name = given["name"]
    if name in registry().names():
        words = f"There is a world {name} already. Open it to reset it, or drop it first."
        raise Invalid(words, details=[("name", words)])
    return control.put(registry(), name, given)[0]


def reset() -> flask.Response:
    """Put the world that is open back to its fixture."""
    registry().reset(current().world_name)
    return shell.done("The world is as its fixture says.", shell.url("worlds.show"))


def mend(name: str) -> flask.Response:
    """Make a world anew whose file is damaged."""
    registry().reset(name)
    return shell.done(f"World {name} is as its fixture says.", shell.url("worlds.show"))


def drop(name: str) -> flask.Response:
    """Drop a world."""
    registry().drop(name)
    return shell.done(f"World {name} is gone.", shell.url("worlds.show"))


def keep() -> flask.Response:
    """Keep the world as it is."""
    try:
        given = forms.read(schema_of(NewSnapshot, "body"))
        typed = forms.filled(keep_form(), flask.request.form)
        one, _ = forms.trying(typed, lambda: transfer.take(registry(), current().world, given["name"]))
    except forms.Wrong as wrong:
        return shell.answer("world_form.html", 422, form=wrong.form, to=shell.url("worlds.keep"), label="Keep it")
    return shell.done(f"Kept as {one.name}.", shell.url("worlds.show"))


def restore(name: str) -> flask.Response:
    """Put the world that is open back to a snapshot."""
    transfer.restore(registry(), current().world_name, name)
    return shell.done(f"The world is as {name} has it.", shell.url("worlds.show"))


def forget(name: str) -> flask.Response:
    """Delete a snapshot."""
    registry().shelf.delete(current().world.name, name)
    return shell.done(f"Snapshot {name} is gone.", shell.url("worlds.show"))


def state() -> flask.Response:
    """Send the world that is open as one SQLite file."""
    return control_state.file_of(registry(), current().world)


def put_state() -> flask.Response:
    """Put the world that is open to a SQLite file that is sent by a form."""
    world = current().world
    flask.request.max_content_length = world.config.limits.state_upload + AROUND
    file = flask.request.files.get("file")
    if file is None or not file.filename:
        raise Invalid("Choose the SQLite file of a world first.")
    control_state.import_world(registry(), world, file.stream)
    return shell.done(f"The world is as {file.filename} has it.", shell.url("worlds.show"))


def settings() -> flask.Response:
    """Show every setting of the world that is open."""
    world = current().world
    asked = [
        (name, world.vendors[name].title if name in world.vendors else "Core", settings_form(name))
        for name in ("core", *world.vendors)
    ]
    return shell.page("settings.html", title="Settings", asked=[setting for setting in asked if setting[2].asks])


def settings_form(vendor: str) -> forms.Form:
    """Return the form of a vendor's settings, or the core's, as they are."""
    values = {
        name: value if isinstance(value, bool) else str(value)
        for name, value in current().world.settings_of(vendor).items()
    }
    return forms.of(settings_schema(vendor), values=values)


def settings_schema(vendor: str) -> Schema:
    """Return the schema of a vendor's settings, or the core's."""
    return Schema.from_dict({name: field_of(one) for name, one in current().world.declared(vendor).items()})()


def field_of(one: Setting) -> fields.Field[Any]:
    """Return a setting as a field; its rules are the setting's own."""
    default = ("off", "on")[one.default] if isinstance(one.default, bool) else one.default
    about = {"description": f"{one.help} Default: {default}."}
    if isinstance(one.default, bool):
        return fields.Boolean(load_default=one.default, metadata=about)
    if one.choices:
        return fields.String(validate=validate.OneOf(one.choices), metadata=about)
    if isinstance(one.default, int):
        return (
            fields.Integer(metadata=about, strict=False)
            if one.least == int(one.least or 0)
            else fields.Float(metadata=about)
        )
    return fields.Float(metadata=about) if isinstance(one.default, float) else fields.String(metadata=about)


def change_settings(vendor: str) -> flask.Response:
    """Change a vendor's settings, or the core's; what is left empty goes back to its default."""
    world = current().world
    try:
        given = forms.read(settings_schema(vendor))
        typed = forms.filled(settings_form(vendor), flask.request.form)
        changes = {name: given.get(name) for name in world.declared(vendor)}
        forms.trying(typed, lambda: world.change_settings({vendor: changes}))
    except forms.Wrong as wrong:
        return shell.answer(
            "world_form.html",
            422,
            form=wrong.form,
            to=shell.url("settings.change_settings", vendor=vendor),
            label="Change",
        )
    return shell.done("The settings were changed.", shell.url("settings.settings"))


PAGE = Page("worlds", "Worlds", "w", (
    Route("worlds", show), Route("worlds", create, "POST"), Route("worlds/reset", reset, "POST"),
    Route("worlds/drop/<string:name>", drop, "POST"), Route("worlds/mend/<string:name>", mend, "POST"), Route("worlds/keep", keep, "POST"),
    Route("worlds/restore/<string:name>", restore, "POST"), Route("worlds/forget/<string:name>", forget, "POST"),
    Route("worlds/state", state), Route("worlds/state", put_state, "POST"),
))  # fmt: skip
SETTINGS = Page("settings", "Settings", "e", (
    Route("settings", settings), Route("settings/<string:vendor>", change_settings, "POST"),
))  # fmt: skip
