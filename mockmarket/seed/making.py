"""Creates templates: a fixture's content, or a world's file, becomes a database that worlds are copied from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mockmarket.clock import Clock, Setting as ClockSetting
from mockmarket.seed import moments, reading
from mockmarket.seed.planting import Misplanted, default_settings, hosts_in, keys_of, plant
from mockmarket.seed.problems import refused
from mockmarket.store import Store, StoreHooks, schema
from mockmarket.store.files import plain_file
from mockmarket.vendor import Vendor


def own_start(fixture: reading.Fixture, hour: int) -> int | None:
    """Return the start (epoch ms) that a fixture itself gives, or None."""
    own = fixture.content["start"]
    return None if own is None else moments.moment(own, hour)


def credentials_of(fixture: reading.Fixture, vendors: Sequence[Vendor], start: int) -> dict[str, list[dict[str, Any]]]:
    """Return a fixture's keys by vendor, for the command line: name, secret, headers, and restrictions."""
    by_name = {vendor.name: vendor for vendor in vendors}
    credentials: dict[str, list[dict[str, Any]]] = {vendor.name: [] for vendor in vendors}
    for key, entry in keys_of(fixture.content["keys"], by_name, start):
        headers = dict(by_name[key.vendor].api.credential(key, entry["secret"]))
        limits = {"ip_allowlist": key.ip_allowlist, "expires_at": key.expires_at}
        credentials[key.vendor].append({"name": key.name, "secret": entry["secret"], "headers": headers, **limits})
    return credentials


def plant_file(
    target: Path,
    fixture: reading.Fixture,
    vendors: Sequence[Vendor],
    start: int,
    *,
    given_start: int | None,
    seed: int,
    seeded_secrets: bool,
) -> bool:
    """Plant a fixture into a new database file without a log beside it; Invalid when it cannot be planted.
    `given_start` is None for the current hour. Returns whether it contains secrets that the seed does not determine."""
    schema.prepare(target, [kind for vendor in vendors for kind in vendor.records.kinds], "OFF", seed)
    store = Store(target, Clock(ClockSetting(frozen_at=start)), seed, "OFF", seeded_secrets, StoreHooks(vendors))
    try:
        store.use_settings(default_settings(vendors))
        plant(store, fixture.content, vendors, start)
        store.put_meta(fixture=fixture.source.name, start=start, given_start=given_start, **hosts_in(fixture.content))
        store.checkpoint()
    except Misplanted as error:
        raise refused(reading.read(fixture.source)[1], error.problems) from error
    finally:
        store.close()
    with plain_file(target):
        pass
    return store.minted
