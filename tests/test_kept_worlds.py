"""Files of earlier versions: a world of each is served whichever way it comes in, and everything in it goes on."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mockmarket.config import Config
from mockmarket.store import schema
from tests.conftest import Client
from tests.running import buy, deliveries, serving, talking_to

FOLDER = Path(__file__).parent / "worlds"
FILES = sorted(FOLDER.glob("schema-*.db.gz"))

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.partition(".")[0])


def unpacked(file: Path, target: Path) -> Path:
    """Write the content of a kept file; returns its path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.decompress(file.read_bytes()))
    return target


@contextmanager
def serving_kept(folder: Path) -> Iterator[Client]:
    """Serve a folder of kept worlds; talks to `main`."""
    with serving(Config(fixture="small", data=folder)) as served:
        assert served.app.worlds.damaged == {}
        yield talking_to(served)


def number_of_orders(client: Client) -> int:
    """Return how many orders the portal has."""
    return len(client.control("GET", "records/portal/order")["records"])


def check_it_goes_on(client: Client) -> None:
    """Read with every vendor's list calls, buy, send what is due, let a day pass."""
    portal = dict(client.key)
    for vendor in client.control("GET", "vendors")["vendors"]:
        client.key = dict(vendor["credentials"][0]["headers"])
        for row in client.world.vendors[vendor["name"]].api.operations:
            if row.method == "GET" and not re.search("[<{]", row.path):
                assert client.get(f"{client.world.vendors[vendor['name']].base}{row.path}").status_code != 500
        for kind in vendor["records"]:
            client.control("GET", f"records/{vendor['name']}/{kind}")
    client.key = portal
    failed, before = [row["attempts"] for row in deliveries(client)], number_of_orders(client)
    buy(client)
    walked = client.control("POST", "clock/advance", {"seconds": 86_400})
    assert (number_of_orders(client), walked["complete"], failed != []) == (before + 1, True, True)
    assert sum(row["attempts"] for row in deliveries(client)) > sum(failed)
    assert client.control("GET", "settings")["core"]["signature_time"]["value"] == "world"


def test_the_present_schema_has_its_file() -> None:
    names = [file.name for file in FILES]

    assert f"schema-{schema.version()}.db.gz" in names, "write it with `python -m tests.worlds`"


@pytest.mark.thorough
@every_file
def test_kept_world_goes_on(tmp_path: Path, file: Path) -> None:
    unpacked(file, tmp_path / "worlds" / "main.db")

    with serving_kept(tmp_path) as client:
        check_it_goes_on(client)
        orders = number_of_orders(client)
    with serving_kept(tmp_path) as client:
        assert number_of_orders(client) == orders


@pytest.mark.thorough
@every_file
def test_uploaded_state_is_taken(client: Client, file: Path) -> None:
    upload(client, file)
    orders = number_of_orders(client)

    buy(client)
    assert number_of_orders(client) == orders + 1


@pytest.mark.thorough
@every_file
def test_uploaded_state_goes_on(client: Client, file: Path) -> None:
    upload(client, file)

    check_it_goes_on(client)


def upload(client: Client, file: Path) -> None:
    """Replace the world by a kept file."""
    headers = {"Content-Type": "application/vnd.sqlite3"}
    answer = client.call("PUT", "/_mockmarket/state", data=gzip.decompress(file.read_bytes()), headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.thorough
@every_file
def test_file_as_fixture_goes_on(client: Client, tmp_path: Path, file: Path) -> None:
    client.begin_as(str(unpacked(file, tmp_path / "w.db")))

    check_it_goes_on(client)


@pytest.mark.thorough
@every_file
def test_restored_snapshot_goes_on(tmp_path: Path, file: Path) -> None:
    unpacked(file, tmp_path / "snapshots" / "main" / "old.db")

    with serving_kept(tmp_path) as client:
        client.control("POST", "snapshots/old/restore")
        check_it_goes_on(client)
