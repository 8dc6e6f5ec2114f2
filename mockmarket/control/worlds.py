"""Health, vendors, worlds, reset and settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import flask
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mockmarket import __version__
from mockmarket.api import web
from mockmarket.api.context import current
from mockmarket.clock import parse_iso
from mockmarket.control import answers
from mockmarket.control.speech import blueprint, moment
from mockmarket.errors import Invalid
from mockmarket.seed import reading
from mockmarket.store import keys, outbox
from mockmarket.vendor import Vendor, shown
from mockmarket.worlds import transfer
from mockmarket.worlds.registry import Worlds
from mockmarket.worlds.world import World

blp = blueprint("worlds", "Health, vendors, worlds, reset and settings")


class WorldQuery(Schema):
    """What a new world begins as."""

    fixture = fields.String(
        load_default=None, allow_none=True, metadata={"description": "A shipped fixture's name, or a file's path."}
    )
    now = fields.String(load_default=None, allow_none=True, metadata={"description": "The world's start, ISO 8601."})
    seed = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 2**63 - 1))
    origin = fields.String(
        data_key="from",
        load_default=None,
        allow_none=True,
        metadata={"description": "A world that it is to be a copy of, as that one is now."},
    )
    snapshot = fields.String(
        load_default=None, allow_none=True, metadata={"description": "With from: as it was in this snapshot of it."}
    )

    @validates_schema
    def check_one(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse what cannot both be had: a copy has its original's fixture, start and seed."""
        begun = [name for name in ("fixture", "now", "seed") if data[name] is not None]
        if data["origin"] is not None and begun:
            raise ValidationError(f"A copy has its original's {', '.join(begun)}; leave it out, or leave out from.")
        if data["origin"] is None and data["snapshot"] is not None:
            raise ValidationError("Name the world that the snapshot is of, as from.", "snapshot")


def worlds() -> Worlds:
    """Return the process's worlds."""
    return current().services.registry


def world_dict(world: World) -> dict[str, Any]:
    """Describe a world."""
    meta = world.store.meta()
    return {
        "name": world.name,
        "fixture": reading.name_of(str(meta["fixture"])),
        "start": moment(int(meta["start"])),
        "now": moment(world.clock.now()),
        "frozen": world.clock.frozen,
        "seed": meta["seed"],
    }


@blp.route("/health")
class Health(MethodView):
    """Whether the server is ready."""

    @blp.response(200, answers.Health)
    def get(self) -> flask.Response:
        """Say how the process fares: 200 once fixtures are loaded (503 before), with what its bounds have made it drop.

        `status` is `degraded` while a world is not served because its file is damaged; `files` says which, and what the checks of kept
        files have found.
        """
        there = worlds()
        counted = {} if web.world_name() in there.damaged else counts(web.world())
        return web.answer({
            "status": "degraded" if there.damaged else "ok", "version": __version__, "worlds": there.names(),
            "files": [*checked_files(there)],
            "pruned": current().services.engine.pruned, **counted,
        })  # fmt: skip


def counts(world: World) -> dict[str, Any]:
    """Return how much of what there is in a world."""
    return {
        "deliveries": outbox.counts(world.read()),
        "in_flight": sum(world.in_flight.values()),
        "journal": {"entries": len(world.journal.entries), "dropped": world.journal.dropped},
    }


def checked_files(there: Worlds) -> Iterator[dict[str, Any]]:
    """Describe the files of worlds that were kept, as checks have found them, and each that is damaged."""
    for name, result in there.checks.results.copy().items():
        yield {"world": name, "check": result, "problem": None}
    for name, damage in there.damaged.copy().items():
        yield {"world": name, "check": "damaged", "problem": damage.reason}


@blp.route("/vendors")
class Vendors(MethodView):
    """The emulated APIs."""

    @blp.response(200, answers.Vendors)
    def get(self) -> flask.Response:
        """List the vendors: base URLs, credentials of the fixture, signature, retry timetable, notices, scopes, actions, settings."""
        host = current().base_url()
        return web.answer({"vendors": [vendor_dict(vendor, host) for vendor in web.world().vendors.values()]})


def vendor_dict(vendor: Vendor, host: str) -> dict[str, Any]:
    """Describe a vendor."""
    world = web.world()
    return {
        "name": vendor.name,
        "title": vendor.title,
        "base_url": host + vendor.base,
        "also": [host + alias for alias in vendor.aliases],
        "credentials": credentials(world, vendor),
        "signature": vendor.signature,
        "retries": vendor.timetable,
        "notices": [{"name": one.name, "when": one.when, "fires": one.fires} for one in vendor.notices],
        "scopes": [{"name": one.name, "allows": one.help} for one in vendor.scopes],
        "records": [kind.name for kind in vendor.kinds],
        "actions": [{"name": one.name, "who": one.who, "does": one.help} for one in vendor.actions],
        "settings": settings_dict(world, vendor.name),
    }


def credentials(world: World, vendor: Vendor) -> list[dict[str, Any]]:
    """Return the fixture's own keys of a vendor with their secrets: they are public, fixed and obviously fake."""
    there = {key.hash: key for key in keys.all(world.read(), vendor.name)}
    return [
        {
            "name": key.name,
            "secret": secret,
            "headers": dict(vendor.credential(key, secret)),
            "scopes": shown(vendor.scopes, key.scopes),
            "ip_allowlist": list(key.ip_allowlist),
            "expires_at": moment(key.expires_at),
        }
        for secret in reading.secrets_of(planted_from(world.store.meta()), vendor.name)
        if (key := there.get(keys.digest(secret)))
    ]


def planted_from(meta: Mapping[str, Any]) -> str:
    """Return the fixture in words that a world's records come from: one that began as a SQLite file says which it was."""
    name = meta.get("planted_from")
    if name:
        with suppress(Invalid):
            return str(reading.find(str(name)))
    return str(meta["fixture"])


@blp.route("/worlds")
class AllWorlds(MethodView):
    """The worlds of the process."""

    @blp.response(200, answers.Worlds)
    def get(self) -> flask.Response:
        """List the worlds."""
        return web.answer({"worlds": [world_dict(world) for world in worlds().all()]})


@blp.route("/worlds/<string:name>")
class OneWorld(MethodView):
    """One world by name."""

    @blp.response(200, answers.World)
    def get(self, name: str) -> flask.Response:
        """Describe a world."""
        return web.answer(world_dict(worlds().get(name)))

    @blp.arguments(WorldQuery())
    @blp.response(201, answers.World)
    @blp.response(200, answers.World, description="The world was there, and has been put to this fixture.")
    def put(self, given: dict[str, Any], name: str) -> flask.Response:
        """Make a world of a fixture or of another world; one that is there is put to it anew, whatever had happened in it."""
        world, created = put(name, given)
        return web.answer(world_dict(world), 201 if created else 200)

    @blp.response(204)
    def delete(self, name: str) -> flask.Response:
        """Drop a world and everything in it."""
        worlds().drop(name)
        return flask.Response(status=204)


def put(name: str, given: dict[str, Any]) -> tuple[World, bool]:
    """Make a world of what was read by WorldQuery, or put the one of this name to it; returns it and whether it is new."""
    if given["origin"] is not None:
        return transfer.clone(worlds(), name, given["origin"], given["snapshot"])
    return worlds().put(name, given["fixture"], start_of(given["now"]), given["seed"])


def start_of(text: str | None) -> int | None:
    """Read a start; Invalid for what is no date."""
    if text is None:
        return None
    try:
        return parse_iso(text)
    except ValueError as error:
        raise Invalid(f"now must be an ISO 8601 date-time: {error}.", details=[("now", str(error))]) from error


@blp.route("/reset")
class Reset(MethodView):
    """Back to the fixture."""

    @blp.response(200, answers.World)
    def post(self) -> flask.Response:
        """Put the world back to its fixture: records, stock, keys, endpoints, settings, deliveries, journal and clock."""
        return web.answer(world_dict(worlds().reset(web.world_name())))


@blp.route("/settings")
class AllSettings(MethodView):
    """What vendors leave to their users."""

    @blp.response(200, answers.SETTINGS)
    def get(self) -> flask.Response:
        """List every setting of the vendors and of the core, with its value, default and meaning."""
        world = web.world()
        return web.answer({vendor: settings_dict(world, vendor) for vendor in ("core", *world.vendors)})

    @blp.response(200, answers.SETTINGS)
    def patch(self) -> flask.Response:
        """Change settings, all or none: `{"<vendor>": {"<setting>": value}}`; null goes back to the default."""
        changes = web.read_json(flask.request)
        if not isinstance(changes, dict) or not all(isinstance(values, dict) for values in changes.values()):
            raise Invalid('Send {"<vendor>": {"<setting>": value}}.')
        web.world().change_settings(changes)
        return self.get()


def settings_dict(world: World, vendor: str) -> dict[str, Any]:
    """Describe a vendor's settings as they are in a world."""
    values = world.settings_of(vendor)
    return {
        name: {"value": values[name], "default": one.default, "help": one.help}
        | ({"choices": list(one.choices)} if one.choices else {})
        for name, one in world.declared(vendor).items()
    }
