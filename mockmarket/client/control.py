"""Client: each route of the control plane as a method, by the route's own name and fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockmarket.client.calls import Calls, Record
from mockmarket.client.choosing import credential
from mockmarket.client.deliveries import Deliveries
from mockmarket.client.failures import MockmarketError
from mockmarket.client.faults import Faults
from mockmarket.client.requests import Requests
from mockmarket.client.scenarios import Scenarios
from mockmarket.client.shapes import HEALTH, SETTINGS, VENDORS, rows
from mockmarket.client.worlds import Worlds

DEFAULT_URL = "http://127.0.0.1:8000"


class Client(Worlds, Deliveries, Faults, Requests, Scenarios):
    """Talks to the control plane of one world of a running mockmarket: `main`, or the world that is named.

    Answers are the server's JSON as dicts, lists without their envelope. A refusal raises MockmarketError with the
    server's message and hint; NoServer when nothing answers. One client may be used by several threads.
    """

    def __init__(self, url: str = DEFAULT_URL, token: str | None = None, world: str | None = None) -> None:
        self.calls = Calls(url, token, world)

    def __repr__(self) -> str:
        return f"Client({self.calls.base!r})"

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
        """Close the connections that are kept."""
        self.calls.close()

    def health(self) -> Record:
        """Say how the server fares: version, worlds, deliveries by state, what its bounds have made it drop."""
        return dict(self.calls.json("GET", "health", shape=HEALTH))

    def vendors(self) -> list[Record]:
        """List the vendors: base URL, credentials, signature, notices, records, actions, settings."""
        return list(self.calls.json("GET", "vendors", shape=VENDORS)["vendors"])

    def vendor(self, name: str) -> Record:
        """Describe one vendor; MockmarketError names those that there are."""
        vendors = self.vendors()
        found = next((vendor for vendor in vendors if vendor["name"] == name), None)
        if found is None:
            raise MockmarketError(
                f"There is no vendor {name!r}.", f"There are {', '.join(v['name'] for v in vendors)}."
            )
        return found

    def base_url(self, vendor: str) -> str:
        """Return the URL, the world's prefix within, to give to an integration as the vendor's base URL."""
        return str(self.vendor(vendor)["base_url"])

    def credentials(self, vendor: str, name: str | None = None) -> dict[str, str]:
        """Return the headers that carry a key of the fixture: the one called `name`, else the first that opens without limit."""
        return dict(credential(self.vendor(vendor), name)["headers"])

    def keys(self, vendor: str | None = None) -> list[Record]:
        """List API keys without their secrets."""
        return list(self.calls.json("GET", "keys", params={"vendor": vendor}, shape=rows("keys"))["keys"])

    def create_key(self, vendor: str, name: str, **fields: Any) -> Record:
        """Make a key (scopes, ip_allowlist, callback_url, expires_at, …); its `secret` is in this answer only."""
        return dict(self.calls.json("POST", "keys", body={"vendor": vendor, "name": name, **fields}))

    def change_key(self, id: str, **fields: Any) -> Record:
        """Change the fields of a key that are given."""
        return dict(self.calls.json("PATCH", "keys", id, body=fields))

    def rotate_key(self, id: str) -> Record:
        """Give a key a new `secret`, shown in this answer only."""
        return dict(self.calls.json("POST", "keys", id, "rotate"))

    def delete_key(self, id: str) -> None:
        """Delete a key."""
        self.calls.json("DELETE", "keys", id, shape=None)

    def records(self, vendor: str, kind: str, *, limit: int = 1000, offset: int = 0, **where: Any) -> list[Record]:
        """List a vendor's records of a kind in its own fields, those whose columns have these values."""
        params = {"limit": limit, "offset": offset, **where}
        return list(self.calls.json("GET", "records", vendor, kind, params=params, shape=rows("records"))["records"])

    def count_records(self, vendor: str, kind: str, **where: Any) -> int:
        """Count a vendor's records of a kind, those whose columns have these values."""
        params = {"limit": 1, **where}
        return int(self.calls.json("GET", "records", vendor, kind, params=params, shape={"total": int})["total"])

    def record(self, vendor: str, kind: str, id: str) -> Record:
        """Return one record of a vendor."""
        return dict(self.calls.json("GET", "records", vendor, kind, id))

    def actions(self, vendor: str) -> list[Record]:
        """List what can be done that the vendor's API has no call for; of `core`, what concerns every vendor."""
        return list(self.calls.json("GET", vendor, "actions", shape=rows("actions"))["actions"])

    def action(self, vendor: str, name: str, fields: Mapping[str, Any] | None = None, /, **more: Any) -> Any:
        """Carry out an action with its fields; returns the changed record."""
        return self.calls.json("POST", vendor, "actions", name, body={**(fields or {}), **more}, shape=object)

    def settings(self) -> dict[str, dict[str, Record]]:
        """List every setting by vendor (or core) and name: its value, default and meaning."""
        return dict(self.calls.json("GET", "settings", shape=SETTINGS))

    def change_settings(self, vendor: str, **values: Any) -> dict[str, dict[str, Record]]:
        """Change settings of a vendor, or of the core; None goes back to the default."""
        return dict(self.calls.json("PATCH", "settings", body={vendor: values}, shape=SETTINGS))
