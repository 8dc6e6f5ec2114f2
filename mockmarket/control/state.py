"""The state: export and import of a whole world as one SQLite file."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Annotated, Literal, TypedDict

import flask
from werkzeug.wsgi import FileWrapper

from mockmarket.api.operations import Answer, Plain
from mockmarket.config import Config
from mockmarket.control.base import SQLITE, Context, operation
from mockmarket.control.worlds import LONGEST_TTL_S, World, fixture_here, planted_from, world_dict
from mockmarket.errors import Invalid
from mockmarket.records import Default, Range
from mockmarket.seed import finding
from mockmarket.store.files import create_private, remove
from mockmarket.worlds import transfer
from mockmarket.worlds.registry import Waits, Worlds as Registry
from mockmarket.worlds.world import World as LiveWorld

BLOCK = 262_144
BINARY = {"type": "string", "format": "binary"}
Arrival = TypedDict("Arrival", {
    "new": Annotated[Literal["true", "false"], Default("false"), "true creates the world: 409 if there is one."],
    "ttl_s": Annotated[float | None, Default(None), Range(0, LONGEST_TTL_S, open_least=True), "With new: its time to live."],
})  # fmt: skip
"""Whether a world comes from another server."""


@operation(answer=Answer(BINARY, content_type=SQLITE[0]))
def export_state(context: Context) -> flask.Response:
    """Return the world as a single SQLite file that any SQLite tool opens, and that can be used as a fixture."""
    registry, world = context.services.registry, context.world
    headers = {"Content-Disposition": f'attachment; filename="{world.name}.db"'}
    if flask.request.method == "HEAD":
        return flask.Response(headers=headers, mimetype=SQLITE[0])
    path = exported(registry, world)
    headers["Content-Length"] = str(path.stat().st_size)
    file = FileWrapper(path.open("rb"), BLOCK)
    remove(path)  # the open file stays readable until it is closed
    return flask.Response(file, headers=headers, mimetype=SQLITE[0], direct_passthrough=True)


def exported(registry: Registry, world: LiveWorld) -> Path:
    """Write a world to a temporary file, which the caller removes, with its fixtures by names that other machines know."""
    meta = world.store.meta()
    names = {name: finding.name_of(str(meta[name])) for name in ("fixture", "origin_fixture") if meta.get(name)}
    names["planted_from"] = finding.name_of(planted_from(meta, registry.config))
    return transfer.export(registry, world, **names)


@operation(query=Arrival, body=Plain(BINARY, SQLITE, "The file from GET state."), answer=World)
def import_state(context: Context, query: Arrival) -> World:
    """Replace the world by the SQLite file of a world; the file is checked first, and an invalid file changes nothing."""
    registry, arrives = context.services.registry, context.server.waits if query["new"] == "true" else None
    ttl_s = registry.limits.life(query["ttl_s"])
    if query["ttl_s"] is not None and not arrives:
        raise Invalid("ttl_s is for a new world.", details=[("ttl_s", "Needs new.")])
    flask.request.max_content_length = registry.config.limits.state_upload
    world = import_world(registry, context.world_name, flask.request.stream, arrives)
    if arrives:
        registry.lease(world, ttl_s)
    return world_dict(world)


def import_world(registry: Registry, name: str, source: IO[bytes], arrives: Waits | None = None) -> LiveWorld:
    """Replace a world, damaged or not, by an uploaded SQLite file, or create one that `arrives`; Invalid for an empty or invalid file,
    TooLarge above the limit."""
    own = registry.config.fixture if arrives else registry.fixture_of(name)
    with transfer.scratch(registry) as path:
        create_private(path)
        with path.open("wb") as file:
            shutil.copyfileobj(source, file, BLOCK)
        if not path.stat().st_size:
            raise Invalid("The body is empty; send the SQLite file from GET state.")
        return transfer.upload(registry, name, path, lambda meta: fixtures_of(registry.config, meta, own), arrives)


def fixtures_of(config: Config, meta: Mapping[str, object], own: str) -> dict[str, str]:
    """Return the fixtures that a file names, where this machine has them, else the fixture `own`, that the world is now reset to."""
    origin = meta.get("origin_fixture")
    named = {"fixture": fixture_here(config, meta.get("fixture"), meta.get("planted_from")) or own}
    return named if origin is None else named | {"origin_fixture": fixture_here(config, origin) or own}
