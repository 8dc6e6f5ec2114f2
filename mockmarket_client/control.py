"""Client: each route of the control plane as a method with the route's name and fields."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mockmarket_client import shapes
from mockmarket_client.calls import Calls, Fields, Record, without_none
from mockmarket_client.credentials import choose
from mockmarket_client.defaults import DEFAULT_URL, PATIENCE_S
from mockmarket_client.failures import MockmarketError

if TYPE_CHECKING:
    from mockmarket_client.aio import AsyncCalls

__tracebackhide__ = True  # a failure shows the test's own lines

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
SQLITE = {"Content-Type": "application/vnd.sqlite3"}
CHOSEN_BY = frozenset({"id", "vendor", "operation", "key", "endpoint", "notice", "times", "probability"})
"""The members of every fault; all others are the fault's own parameters."""


class WorldCalls:
    """The calls on a world that a client and a test share."""

    calls: Calls

    @property
    def aio(self) -> AsyncCalls:
        """The same methods for coroutines: `await client.aio.wait("deliveries")` leaves the event loop running."""
        from mockmarket_client.aio import AsyncCalls  # with asyncio, which most callers do not need

        return AsyncCalls(self)

    def vendors(self) -> list[Record]:
        """List the vendors: base URL, credentials, signature, notices, records, actions, settings."""
        return self.calls.rows("GET", "vendors", row=shapes.VENDOR)

    def vendor(self, name: str) -> Record:
        """Describe a vendor; for an unknown one MockmarketError lists the vendors."""
        vendors = {vendor["name"]: vendor for vendor in self.vendors()}
        if name not in vendors:
            raise MockmarketError(f"There is no vendor {name!r}.", f"There are {', '.join(vendors)}.")
        return vendors[name]

    def base_url(self, vendor: str) -> str:
        """Return the vendor's base URL for an integration, with the world's prefix."""
        return str(self.vendor(vendor)["base_url"])

    def records(self, vendor: str, kind: str, *, limit: int = 1000, offset: int = 0, **where: object) -> list[Record]:
        """List a vendor's records of a kind in its own fields, filtered by column values."""
        params = {"limit": limit, "offset": offset, **where}
        return self.calls.rows("GET", "records", vendor, kind, of="records", params=params)

    def record(self, vendor: str, kind: str, id: str) -> Record:
        """Return one record of a vendor."""
        return dict(self.calls.json("GET", "records", vendor, kind, id))

    def fixture_of(self, vendor: str, kind: str, id: str) -> str:
        """Return an order as a fixture in YAML."""
        return self.calls.call("GET", "records", vendor, kind, id, "fixture").text

    def action(self, vendor: str, name: str, fields: Fields | None = None, /, **extra: object) -> Any:
        """Perform an action with its fields; returns the changed record."""
        return self.calls.json("POST", vendor, "actions", name, body={**(fields or {}), **extra}, shape=object)

    def trigger(
        self, vendor: str, notice: str, *, record: str | None = None, override: Fields | None = None, **options: object
    ) -> Record:
        """Trigger a notice about a record, by default one to which it fits; `override` maps dotted paths of its body to values.

        `count` sends several, `endpoint` only to one. Returns the numbers of notices and deliveries, and `delivery_ids`."""
        body = {"record": record, "override": dict(override or {}), **without_none(options)}
        return dict(self.calls.json("POST", vendor, "trigger", notice, body=body, shape=shapes.TRIGGERED))

    def freeze(self) -> Record:
        """Stop the world's clock."""
        return dict(self.calls.json("PUT", "clock", body={"frozen": True}, shape=shapes.CLOCK))

    def run(self) -> Record:
        """Let the world's clock run from its current time."""
        return dict(self.calls.json("PUT", "clock", body={"frozen": False}, shape=shapes.CLOCK))

    def advance(self, to: str | None = None, until: str | None = None, **span: float) -> Record:
        """Advance the clock, doing all due work: by `days`, `hours`, `minutes` and `seconds`, `to` an ISO 8601
        date-time, `until="delivered"` (no delivery waits) or `until="quiet"` (nothing is due). Returns what fired."""
        return dict(self.calls.json("POST", "clock", "advance", body=_how_far(to, until, span), shape=shapes.WALK))

    def wait(self, what: str = "quiet", *, count: int = 1, timeout_s: float = PATIENCE_S, **where: object) -> Record:
        """Wait, in real time, for `count` matching `deliveries` or `requests`, or until the world is `quiet`.

        Raises MockmarketError at the time limit; its message and `seen` say what was seen instead."""
        wanted: Record = {} if what == "quiet" else {"count": count, "where": where}
        body = {"for": what, "timeout_s": timeout_s, **wanted}
        return dict(self.calls.json("POST", "wait", body=body, shape=shapes.WAITED))


class Client(WorldCalls):
    """Client of one world of a running mockmarket: `main`, or the named one.

    Answers are the server's JSON as dicts, lists without their envelope. A refusal raises MockmarketError with the
    server's message and hint; NoServer when no server answers. Several threads may use one client."""

    def __init__(self, url: str = DEFAULT_URL, token: str | None = None, world: str | None = None) -> None:
        self.calls = Calls(url, token, world)

    def __repr__(self) -> str:
        return f"Client({self.calls.base!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The server's URL, without a world."""
        return self.calls.url

    @property
    def world(self) -> str | None:
        """The world's name; None for `main`, unprefixed."""
        return self.calls.world

    def in_world(self, name: str) -> Client:
        """Return a client of another world of the same server."""
        return Client(self.calls.url, self.calls.token, name)

    def close(self) -> None:
        """Close the open connections."""
        self.calls.close()

    def health(self) -> Record:
        """Return the server's health: version, worlds, deliveries by state, counts of dropped entries; without the control token of a
        server that requires one, its `status` alone."""
        return dict(self.calls.json("GET", "health", shape=shapes.HEALTH))

    def metrics(self) -> str:
        """Return the server's metrics in Prometheus's text format; a server without the extra `metrics` refuses it."""
        return self.calls.call("GET", "metrics").text

    def credentials(self, vendor: str, name: str | None = None) -> dict[str, str]:
        """Return the headers for a key of the fixture: the key called `name`, else the first without expiry or address limit."""
        return dict(credential(self.vendor(vendor), name)["headers"])

    def worlds(self) -> list[Record]:
        """List the worlds."""
        return self.calls.rows("GET", "worlds", row=shapes.WORLD)

    def fleet(self) -> Record:
        """List the worlds of the server and of its peers, each with its `server`; `servers` says who does not answer."""
        return dict(self.calls.json("GET", "worlds", params={"fleet": "true"}, shape=shapes.FLEET))

    def describe_world(self, name: str) -> Record:
        """Describe a world: its fixture, start, time and seed."""
        return dict(self.calls.json("GET", "worlds", name, shape=shapes.WORLD))

    def create_world(self, name: str, fixture: str | Mapping[str, object] | None = None, **fields: object) -> Record:
        """Create a world from a fixture (`now`, `seed`); an existing world is replaced. The fixture is a shipped one's name, a path on the
        server's machine, or itself: a mapping of sections, or YAML of more than one line. `ttl_s` is its time to live, in real seconds
        since its last use."""
        body = without_none({**_fixture_of(fixture), **fields})
        return dict(self.calls.json("PUT", "worlds", name, body=body, shape=shapes.WORLD))

    def clone_world(self, name: str, source: str, snapshot: str | None = None, *, ttl_s: float | None = None) -> Record:
        """Create a copy of another world, in its current state or as in one of its snapshots."""
        body = without_none({"from": source, "snapshot": snapshot, "ttl_s": ttl_s})
        return dict(self.calls.json("PUT", "worlds", name, body=body, shape=shapes.WORLD))

    def move_world(self, name: str, to: str) -> Record:
        """Move a world to the server at the URL `to`, which has the same control token."""
        return dict(self.calls.json("POST", "worlds", name, "move", body={"to": to}, shape=shapes.MOVED))

    def drain(self) -> Record:
        """Have the server take no new worlds, and move its worlds to its peers."""
        return dict(self.calls.json("POST", "drain", shape=shapes.DRAINED))

    def end_drain(self) -> None:
        """Have the server take new worlds again."""
        self.calls.json("DELETE", "drain", shape=None)

    def drop_world(self, name: str) -> None:
        """Delete a world and all its data."""
        self.calls.json("DELETE", "worlds", name, shape=None)

    def drop_worlds(self, prefix: str) -> list[str]:
        """Delete every world whose name begins with a prefix, except `main`; returns their names."""
        return list(self.calls.json("DELETE", "worlds", params={"prefix": prefix}, shape=shapes.DELETED)["deleted"])

    def reset(self) -> Record:
        """Reset the world to its fixture."""
        return dict(self.calls.json("POST", "reset", shape=shapes.WORLD))

    def state(self) -> bytes:
        """Return the whole world as one SQLite file."""
        return self.calls.call("GET", "state").content

    def put_state(self, state: bytes | Path | IO[bytes], *, new: bool = False, ttl_s: float | None = None) -> Any:
        """Replace the world by a state from `state`, or by any SQLite file of a world; `new` creates it, with a time to live of `ttl_s`."""
        if isinstance(state, Path):
            with state.open("rb") as file:
                return self.put_state(file, new=new, ttl_s=ttl_s)
        content = (
            io.BytesIO(state) if isinstance(state, bytes) else state
        )  # sent in pieces: the time limit is that of each
        params = without_none({"new": "true" if new else None, "ttl_s": ttl_s})
        answer = self.calls.call("PUT", "state", data=content, headers=SQLITE, params=params)
        return self.calls.read(answer, shapes.WORLD)

    def snapshots(self) -> list[Record]:
        """List the world's snapshots."""
        return self.calls.rows("GET", "snapshots", row=shapes.SNAPSHOT)

    def save_snapshot(self, name: str) -> Any:
        """Save the world's current state as a snapshot, replacing an earlier one of that name."""
        return self.calls.json("POST", "snapshots", name, shape=shapes.SNAPSHOT)

    def restore_snapshot(self, name: str) -> Any:
        """Restore the world, including its clock, from a snapshot."""
        return self.calls.json("POST", "snapshots", name, "restore", shape=shapes.WORLD)

    def delete_snapshot(self, name: str) -> None:
        """Delete a snapshot."""
        self.calls.json("DELETE", "snapshots", name, shape=None)

    def clock(self) -> Record:
        """Return the world's time, whether its clock is frozen, and what is due next."""
        return dict(self.calls.json("GET", "clock", shape=shapes.CLOCK))

    def keys(self, vendor: str | None = None) -> list[Record]:
        """List API keys without their secrets."""
        return self.calls.rows("GET", "keys", params={"vendor": vendor})

    def create_key(self, vendor: str, name: str, **fields: object) -> Record:
        """Create a key (scopes, ip_allowlist, callback_url, expires_at, …); its `secret` is in this answer only."""
        return dict(self.calls.json("POST", "keys", body={"vendor": vendor, "name": name, **fields}))

    def change_key(self, id: str, **fields: object) -> Record:
        """Change some fields of a key."""
        return dict(self.calls.json("PATCH", "keys", id, body=fields))

    def rotate_key(self, id: str) -> Record:
        """Give a key a new `secret`, shown in this answer only."""
        return dict(self.calls.json("POST", "keys", id, "rotate"))

    def delete_key(self, id: str) -> None:
        """Delete a key."""
        self.calls.json("DELETE", "keys", id, shape=None)

    def endpoints(self, vendor: str | None = None) -> list[Record]:
        """List endpoints with their health, without their secrets."""
        return self.calls.rows("GET", "endpoints", params={"vendor": vendor})

    def create_endpoint(self, vendor: str, url: str, *, types: Sequence[str] | None = None, **fields: object) -> Record:
        """Create an endpoint for these types of notice, or for all; its `secret` is in this answer only.

        `headers` ("Name: value,Name: value") and `basic_auth` ("user:password") are sent beside the vendor's own;
        `client_cert` (PEM, with its key) is shown to a receiver that asks for one."""
        body = {"vendor": vendor, "url": url, **({} if types is None else {"types": list(types)}), **fields}
        return dict(self.calls.json("POST", "endpoints", body=body, shape=shapes.WITH_SECRET))

    def change_endpoint(self, id: str, **fields: object) -> Record:
        """Change some fields of an endpoint; `active=True` clears its failures and mutes."""
        return dict(self.calls.json("PATCH", "endpoints", id, body=fields))

    def delete_endpoint(self, id: str) -> None:
        """Delete an endpoint; its pending deliveries are dropped."""
        self.calls.json("DELETE", "endpoints", id, shape=None)

    def notices(self, **where: object) -> list[Record]:
        """List notices, newest first: by `vendor`, `type`, `kind`, `record`, `cause`; `limit` and `before` page."""
        return self.calls.rows("GET", "notices", params=where)

    def deliveries(self, **where: object) -> list[Record]:
        """List deliveries, newest first: by `vendor`, `type`, `state`, `record`, `endpoint`, `why`, …; `limit` and `before` page."""
        return self.calls.rows("GET", "deliveries", params=where, row=shapes.SENT)

    def deliveries_har(self, **where: object) -> Record:
        """Return the attempts of what `deliveries` lists as an HTTP archive (HAR 1.2)."""
        return dict(self.calls.json("GET", "deliveries", "har", params=where))

    def delivery(self, id: str) -> Record:
        """Describe a delivery with its body and every attempt."""
        return dict(self.calls.json("GET", "deliveries", id))

    def resend(self, id: str) -> Record:
        """Send a delivery again now: same ids and body, signed anew."""
        return dict(self.calls.json("POST", "deliveries", id, "resend", shape=shapes.DELIVERY))

    def resend_deliveries(self, **where: object) -> Record:
        """Send every matching delivery again; returns how many were `resent`, and how many were `kept_back`, by the reason.

        Conditions are `state` (by default those that ended without success), `vendor`, `type`, `endpoint`, `since` (ISO 8601), …"""
        return dict(self.calls.json("POST", "deliveries", "resend", body=where, shape=shapes.RESENT))

    def drop_deliveries(self, **where: object) -> Record:
        """Drop every matching delivery that waits for an attempt: by `vendor`, `type`, `endpoint`, `since`, …; returns how many."""
        return dict(self.calls.json("POST", "deliveries", "drop", body=where, shape=shapes.DROPPED))

    def count_records(self, vendor: str, kind: str, **where: object) -> int:
        """Count a vendor's records of a kind, those whose columns have these values."""
        params = {"limit": 1, **where}
        return int(self.calls.json("GET", "records", vendor, kind, params=params, shape={"total": int})["total"])

    def actions(self, vendor: str) -> list[Record]:
        """List a vendor's actions, which its API has no call for; `core` has those that concern every vendor."""
        return self.calls.rows("GET", vendor, "actions")

    def settings(self) -> dict[str, dict[str, Record]]:
        """List every setting by vendor (or core) and name: its value, default and meaning."""
        return dict(self.calls.json("GET", "settings", shape=shapes.SETTINGS))

    def change_settings(
        self, vendor: str, values: Fields | None = None, /, **extra: object
    ) -> dict[str, dict[str, Record]]:
        """Change settings of a vendor, or of the core: `change_settings(vendor, retries=1)`; None restores the default."""
        if not isinstance(vendor, str):
            raise MockmarketError(
                "Settings are changed for one vendor, named first.", "Write change_settings(vendor, retries=1)."
            )
        return dict(
            self.calls.json("PATCH", "settings", body={vendor: {**(values or {}), **extra}}, shape=shapes.SETTINGS)
        )

    def fault_catalogue(self) -> list[Record]:
        """List all available faults, with their fields."""
        return self.calls.rows("GET", "faults", "catalogue", of="faults")

    def faults(self) -> list[Record]:
        """List the world's active faults."""
        return self.calls.rows("GET", "faults", row=shapes.FAULT)

    def fault(self, id: str) -> Record:
        """Describe an active fault: how often it was `applied`, and how often it is `left`."""
        return dict(self.calls.json("GET", "faults", id, shape=shapes.FAULT))

    def add_fault(self, fault: str, /, **options: object) -> Record:
        """Add a fault after the active ones: `add_fault("status", operation="POST /orders", times=1, status=503)`.

        It applies where `vendor`, `operation`, `key`, `endpoint` and `notice` fit, `times` times or always, with `probability`.
        Whatever else is given is a parameter of the fault."""
        return dict(self.calls.json("POST", "faults", body=written(fault, options), shape=shapes.FAULT))

    def put_faults(self, faults: Iterable[Fields]) -> list[Record]:
        """Replace all faults by these, each in the route's format: `{"fault": "slow", "with": {"seconds": 2}}`."""
        return self.calls.rows("PUT", "faults", body={"faults": [*map(dict, faults)]}, row=shapes.FAULT)

    def remove_fault(self, id: str) -> None:
        """Remove a fault."""
        self.calls.json("DELETE", "faults", id, shape=None)

    def clear_faults(self) -> None:
        """Remove all faults."""
        self.calls.json("DELETE", "faults", shape=None)

    def requests(self, **where: object) -> list[Record]:
        """List the newest requests, oldest first: by `vendor`, `method`, `path`, `status`, `refused`, …; `limit` bounds."""
        return self.calls.rows("GET", "requests", params=where, row=shapes.REQUEST)

    def request(self, id: str) -> Record:
        """Describe a request with all its effects: records, stock, notices, deliveries, the receivers' answers."""
        return dict(self.calls.json("GET", "requests", id))

    def requests_har(self, **where: object) -> Record:
        """Return what `requests` lists as an HTTP archive (HAR 1.2)."""
        return dict(self.calls.json("GET", "requests", "har", params=where))

    def find_requests(self, *, limit: int = 100, **where: object) -> list[Record]:
        """Return the newest matching requests, oldest first: `path="/api/v1/orders*"`, `status="4xx"`, `refused=True`."""
        body = {"where": where, "limit": limit}
        return self.calls.rows("POST", "requests", "find", of="requests", body=body, row=shapes.REQUEST)

    def count_requests(self, **where: object) -> int:
        """Count the requests that `find_requests` would find."""
        return int(self.calls.json("POST", "requests", "count", body={"where": where}, shape={"count": int})["count"])

    def unread_fields(self) -> list[Record]:
        """List the fields that were sent but not read by anything, most frequent first."""
        return self.calls.rows("GET", "requests", "unread")

    def clear_requests(self) -> None:
        """Clear the journal."""
        self.calls.json("DELETE", "requests", shape=None)

    def scenarios(self) -> list[Record]:
        """List the shipped scenarios."""
        return self.calls.rows("GET", "scenarios")

    def scenario(self, name: str) -> Record:
        """Describe a shipped scenario: its start, and each step."""
        return dict(self.calls.json("GET", "scenarios", name))

    def run_scenario(self, name: str, **fields: object) -> Record:
        """Reset the world to a scenario's start and perform every step; `state` is the result, `failed` has the actual values.

        `text` is a scenario of your own in YAML; `world="new"` plays it in a world of its own."""
        return dict(self.calls.json("POST", "scenarios", name, "run", body=fields, shape=shapes.RUN))

    def step_scenario(self, name: str, **fields: object) -> Record:
        """Perform the next step of a scenario; the first call resets the world to its start."""
        return dict(self.calls.json("POST", "scenarios", name, "step", body=fields, shape=shapes.RUN))

    def start_scenario(self, name: str, **fields: object) -> Record:
        """Reset the world to a scenario's start; its steps then follow the world's clock."""
        return dict(self.calls.json("POST", "scenarios", name, "start", body=fields, shape=shapes.RUN))

    def scenario_runs(self, name: str) -> list[Record]:
        """List the world's runs of a scenario, newest first."""
        return self.calls.rows("GET", "scenarios", name, "runs", row=shapes.RUN)

    def scenario_run(self, name: str, id: str) -> Record:
        """Describe a run with the state of each step."""
        return dict(self.calls.json("GET", "scenarios", name, "runs", id, shape=shapes.RUN))

    def stop_scenario(self, name: str, id: str) -> Record:
        """Stop a run."""
        return dict(self.calls.json("DELETE", "scenarios", name, "runs", id, shape=shapes.RUN))

    def exam(self, vendor: str, url: str, secret: str, **fields: object) -> Record:
        """Examine a receiver of a vendor's webhooks: pass or fail for each case, with the rule and the likely bug."""
        return dict(self.calls.json("POST", "exam", body={"vendor": vendor, "url": url, "secret": secret, **fields}))


def _fixture_of(fixture: str | Mapping[str, object] | None) -> Record:
    """Return the members of a new world's body for a fixture: its name, or itself as text."""
    if isinstance(fixture, Mapping):
        return {"text": json.dumps(fixture)}
    is_text = fixture is not None and "\n" in fixture
    return {"text" if is_text else "fixture": fixture}


def credential(vendor: Mapping[str, Any], name: str | None = None) -> Record:
    """Choose one of a vendor's credentials: by name, else the first that any address may use and that does not expire."""
    credentials: list[Record] = vendor["credentials"]
    if (chosen := choose(credentials, name)) is None:
        names = ", ".join(key["name"] for key in credentials) or "none"
        wanted = f"called {name!r}" if name else "of its own"
        raise MockmarketError(f"{vendor['name']} has no key {wanted} in this world's fixture.", f"It has {names}.")
    return dict(chosen)


def _how_far(to: str | None, until: str | None, span: dict[str, float]) -> Record:
    unknown = sorted(set(span) - set(SECONDS))
    seconds = sum(SECONDS.get(unit, 0) * value for unit, value in span.items()) if span else None
    ways = without_none({"to": to, "until": until, "seconds": seconds})
    if unknown or len(ways) != 1:
        wrong = f"{', '.join(unknown)} is not a unit." if unknown else "An advance goes one way."
        raise MockmarketError(
            wrong, f'Give {", ".join(SECONDS)}, or to="2026-05-01T12:00:00Z", or until="delivered" or "quiet".'
        )
    return ways


def written(fault: str, options: Fields) -> Record:
    """Return a fault as the route takes it."""
    chosen = {name: value for name, value in options.items() if name in CHOSEN_BY}
    own = {name: value for name, value in options.items() if name not in CHOSEN_BY}
    return {"fault": fault, **chosen} | ({"with": own} if own else {})
