"""Vendors, worlds, reset and settings."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import flask

from mockmarket.api.bodies import answer, read_json
from mockmarket.api.operations import Answer, Plain
from mockmarket.clock import DAY, SECOND, parse_iso, wall_ms
from mockmarket.config import Config
from mockmarket.control.base import Context, operation
from mockmarket.control.peers import ask_all
from mockmarket.errors import Conflict, Invalid
from mockmarket.records import Default, FieldError, Length, Range, Rows, check
from mockmarket.records.formats import Time
from mockmarket.records.views import From, moment, view
from mockmarket.seed import finding
from mockmarket.vendor import Vendor as VendorSpec, visible_scopes
from mockmarket.worlds import transfer
from mockmarket.worlds.registry import Worlds as Registry
from mockmarket.worlds.world import World as LiveWorld


class Credential(TypedDict):
    """One of the fixture's own keys; they are public, fixed and obvious fakes."""

    name: str
    secret: str
    headers: dict[str, str]
    scopes: list[str]
    ip_allowlist: list[str]
    expires_at: Time


class Scheme(TypedDict):
    """How a vendor signs: `form` is the header's value, with {v} for the HMAC in hex and {t} for the stamp."""

    header: str
    form: str
    algorithm: str
    stamped: bool
    stamp_header: str | None
    all_secrets: bool


class Signing(TypedDict):
    """What verifies a vendor's webhooks; `ids` are the headers that carry the notice's type and ids."""

    scheme: Scheme | None
    ids: dict[str, str]


NoticeType = TypedDict("NoticeType", {"name": str, "when": str, "fires": bool})
Scope = TypedDict("Scope", {"name": str, "allows": Annotated[str, From("help")]})
ActionName = TypedDict("ActionName", {"name": str, "who": str, "does": Annotated[str, From("help")]})


class SettingValue(TypedDict):
    """One setting with its value."""

    value: Any | None
    default: Any | None
    help: str
    choices: NotRequired[list[Any]]


CHANGES = {"type": "object", "description": "By vendor (or core) and name.", "additionalProperties": {"type": "object"}}
VALUES = {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/SettingValue"}}
SETTINGS = CHANGES | {"additionalProperties": VALUES}


class Vendor(TypedDict):
    """One emulated API."""

    name: str
    title: str
    base_url: str
    sdk_url: str | None
    also: list[str]
    credentials: list[Credential]
    signature: Annotated[str, From("webhooks.headers", str)]
    signing: Annotated[Signing, From("webhooks.headers")]
    retries: Annotated[str, From("webhooks.timetable")]
    notices: Annotated[list[NoticeType], From("webhooks.notices")]
    scopes: Annotated[list[Scope], From("api.scopes")]
    records: Annotated[list[str], From("records.kinds", lambda kinds: [kind.name for kind in kinds])]
    actions: Annotated[list[ActionName], From("world.actions")]
    settings: dict[str, SettingValue]


class World(TypedDict):
    """One world."""

    name: str
    fixture: str
    start: Time
    now: Time
    frozen: Annotated[bool, From("clock.frozen")]
    seed: int
    ttl_s: float | None
    expires_at: Annotated[Time, "Machine's time at which it is dropped unless it is used before."]
    server: NotRequired[Annotated[str, "With fleet: its server's URL."]]


class Server(TypedDict):
    """A server of the fleet."""

    url: str
    problem: Annotated[str | None, "Why its worlds are not listed."]


class Worlds(TypedDict):
    """Worlds of a server, or of a fleet."""

    worlds: list[World]
    id: Annotated[str, "The answering server's, new at each start."]
    servers: NotRequired[Annotated[list[Server], "With fleet."]]


FleetQuery = TypedDict("FleetQuery", {
    "fleet": Annotated[Literal["true", "false"], Default("false"), "true lists those of all peers."],
})  # fmt: skip


def check_origin(body: Mapping[str, object]) -> None:
    """Refuse a fixture, start or seed together with `from`: a copy has its original's."""
    chosen = [name for name in ("fixture", "text", "now", "seed") if body[name] is not None]
    if body["from"] is not None and chosen:
        raise FieldError(f"A copy has its original's {', '.join(chosen)}; omit it, or omit from.", "_schema")
    if body["from"] is None and body["snapshot"] is not None:
        raise FieldError("Name the snapshot's world in from.", "snapshot")
    if body["fixture"] is not None and body["text"] is not None:
        raise FieldError("Give fixture or text, not both.", "text")


LONGEST_TTL_S = 366 * DAY // SECOND
TTL = "Time to live in real seconds: the world is dropped when no request has used it for so long."
NewWorld = TypedDict("NewWorld", {
    "fixture": Annotated[str | None, Default(None), "A shipped fixture's name, or the path of a file or a folder."],
    "text": Annotated[str | None, Default(None), "A fixture itself, as YAML or JSON, instead of its name."],
    "now": Annotated[str | None, Default(None), "The world's start, ISO 8601."],
    "seed": Annotated[int | None, Default(None), Range(0, 2**63 - 1)],
    "from": Annotated[str | None, Default(None), "World to copy, in its current state."],
    "snapshot": Annotated[str | None, Default(None), "With from: the snapshot of that world to copy."],
    "ttl_s": Annotated[float | None, Default(None), Range(0, LONGEST_TTL_S, open_least=True), TTL],
})  # fmt: skip
"""The origin of a new world."""
check(check_origin)(NewWorld)
PUT_ANEW = Answer(World, 200, "The world existed, and was reset to this fixture.")


def world_dict(world: LiveWorld) -> World:
    """Describe a world."""
    meta, now = world.store.meta(), moment(world.clock.now())
    fixture, start = finding.name_of(str(meta["fixture"])), moment(int(meta["start"]))
    ttl_s, expires_at = (
        (lease.ttl_s, wall_ms() + round(lease.left_s * SECOND)) if (lease := world.lease) else (None, None)
    )
    life = {"ttl_s": ttl_s, "expires_at": moment(expires_at)}
    return view(World, world, fixture=fixture, start=start, now=now, seed=meta["seed"], **life)


@operation(answer=Rows("Vendors", Vendor))
def list_vendors(context: Context) -> dict[str, list[Vendor]]:
    """List the vendors: base URLs, the fixture's credentials, signature, retry schedule, notices, scopes, actions, settings."""
    host, world = context.base_url(), context.world
    return {"vendors": [_vendor_dict(world, vendor, host) for vendor in world.vendors.values()]}


def _vendor_dict(world: LiveWorld, vendor: VendorSpec, host: str) -> Vendor:
    base_url, *also = (host + path for path in (vendor.base, *vendor.aliases))
    own, settings = [*credentials(world, vendor)], _settings_dict(world, vendor.name)
    sdk_url = host + vendor.sdk_base if vendor.sdk_base else None
    return view(Vendor, vendor, base_url=base_url, sdk_url=sdk_url, also=also, credentials=own, settings=settings)


def credentials(world: LiveWorld, vendor: VendorSpec) -> Iterator[Credential]:
    """Yield a vendor's keys of the fixture with their secrets."""
    from mockmarket.seed import reading  # with YAML, which no other call of these needs

    for key, secret in reading.held_keys(world.read(), planted_from(world.store.meta(), world.config), vendor.name):
        headers, scopes = dict(vendor.api.credential(key, secret)), visible_scopes(vendor.api.scopes, key.scopes)
        yield view(Credential, key, secret=secret, headers=headers, scopes=scopes)


def planted_from(meta: Mapping[str, object], config: Config) -> str:
    """Return the text fixture of a world's records; a world that began as a SQLite file stores it."""
    return fixture_here(config, meta.get("planted_from")) or str(meta["fixture"])


def fixture_here(config: Config, *names: object) -> str | None:
    """Return the first of these fixtures that this machine has and a caller may name, or None."""
    for name in filter(None, names):
        with suppress(Invalid):
            return finding.find(str(name), config.may_read).name
    return None


@operation(query=FleetQuery, answer=Worlds)
def list_worlds(context: Context, query: FleetQuery) -> Worlds:
    """List the worlds."""
    return fleet_worlds(context) if query["fleet"] == "true" else own_worlds(context.services.registry)


def own_worlds(registry: Registry) -> Worlds:
    """Return this server's worlds."""
    return {"worlds": [world_dict(world) for world in registry.all()], "id": registry.owner}


def fleet_worlds(context: Context) -> Worlds:
    """Return the worlds of this server and of all that it has as peers, each with its server's URL, and the servers; of one that does not
    answer, the problem."""
    registry = context.services.registry
    own, url = own_worlds(registry), context.base_url().removesuffix(context.prefix)
    replies = ask_all(registry.config, "worlds") if registry.config.peers else []
    lists = {registry.owner: (url, own)}
    lists |= {reply.value.get("id", reply.url): (reply.url, reply.value) for reply in reversed(replies) if reply.value}
    rows = [row | {"server": url} for url, worlds in lists.values() for row in worlds["worlds"]]
    servers = [Server(url=url, problem=None) for url, _ in lists.values()]
    servers += [Server(url=reply.url, problem=reply.problem or "It refuses.") for reply in replies if not reply.value]
    return {"worlds": rows, "id": registry.owner, "servers": servers}


@operation(answer=World)
def get_world(context: Context, name: str) -> World:
    """Describe a world."""
    return world_dict(context.services.registry.get_settled(name))


@operation(body=NewWorld, answer=World, status=201, also=(PUT_ANEW,))
def put_world(context: Context, body: NewWorld, name: str) -> flask.Response:
    """Create a world from a fixture or another world; an existing world is replaced, with all its data."""
    world, created = put(context.services.registry, name, body)
    return answer(world_dict(world), 201 if created else 200)


@operation(status=204)
def delete_world(context: Context, name: str) -> None:
    """Delete a world and all its data."""
    context.services.registry.drop(name)


Deleted = TypedDict("Deleted", {"deleted": list[str]})
PrefixQuery = TypedDict("PrefixQuery", {"prefix": Annotated[str, Length(1), "The beginning of their names."]})


@operation(query=PrefixQuery, answer=Deleted)
def delete_worlds(context: Context, query: PrefixQuery) -> Deleted:
    """Delete every world whose name begins with `prefix`, except `main`, and all their data."""
    return {"deleted": context.services.registry.drop_all(query["prefix"])}


def put(registry: Registry, name: str, body: NewWorld) -> tuple[LiveWorld, bool]:
    """Create a world as a NewWorld says, or replace the world of this name; returns it and whether it is new."""
    if name == "main" and body["ttl_s"] is not None:
        raise Conflict("The world main is never dropped, so it has no time to live.")
    ttl_s = registry.limits.life(body["ttl_s"])
    world, created = _put(registry, name, body)
    registry.lease(world, ttl_s)
    return world, created


def _put(registry: Registry, name: str, body: NewWorld) -> tuple[LiveWorld, bool]:
    if body["from"] is not None:
        return transfer.clone(registry, name, body["from"], body["snapshot"])
    try:
        start = None if body["now"] is None else parse_iso(body["now"])
    except ValueError as error:
        raise Invalid(f"now must be an ISO 8601 date-time: {error}.", details=[("now", str(error))]) from error
    fixture = body["fixture"] if body["text"] is None else finding.text_name(body["text"])
    return registry.put(name, fixture, start, body["seed"])


@operation(answer=World)
def reset_world(context: Context) -> World:
    """Reset the world to its fixture: records, stock, keys, endpoints, settings, deliveries, journal and clock."""
    return world_dict(context.services.registry.reset(context.world_name))


@operation(answer=SETTINGS)
def list_settings(context: Context) -> dict[str, dict[str, SettingValue]]:
    """List every setting of the vendors and of the core, with its value, default and meaning."""
    world = context.world
    return {vendor: _settings_dict(world, vendor) for vendor in ("core", *world.vendors)}


@operation(body=Plain(CHANGES, description="Values by vendor and name; others stay unchanged."), answer=SETTINGS)
def update_settings(context: Context) -> dict[str, dict[str, SettingValue]]:
    """Change settings, all or none: `{"<vendor>": {"<setting>": value}}`; null restores the default."""
    changes = read_json(flask.request)
    if not isinstance(changes, dict) or not all(isinstance(values, dict) for values in changes.values()):
        raise Invalid('Send {"<vendor>": {"<setting>": value}}.')
    context.world.change_settings(changes)
    return list_settings.call(context)


def _settings_dict(world: LiveWorld, vendor: str) -> dict[str, SettingValue]:
    values = world.settings_of(vendor)
    declared = world.declared(vendor)
    choices = {name: {"choices": each.choices} if each.choices else {} for name, each in declared.items()}
    return {name: view(SettingValue, each, value=values[name], **choices[name]) for name, each in declared.items()}
