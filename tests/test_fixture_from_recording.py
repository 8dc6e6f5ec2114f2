"""`fixture from-recording`: events, listings and orders of a recording become a fixture that loads, with their ids; the rest is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from mockmarket.cli import main
from mockmarket.recordings.fixtures import recorded_in
from mockmarket.recordings.reading import read
from mockmarket.vendor import discover
from tests.conftest import Client
from tests.running import FLOOR, PORTAL_KEY, buy

Keys = Mapping[str, Mapping[str, str]]
KEYS: Keys = {
    "portal": PORTAL_KEY,
    "ticketnation": {"api-key": "tn_live_test_full_0000000000000001"},
    "zatabox": {"Authorization": "Bearer vt_test_full_0000000000000001"},
    "tixstock": {"Authorization": "Bearer tixstock_test_reseller_a_0000000000000001"},
    "skybox": {
        "X-Account": "1234",
        "X-Api-Token": "skybox_test_user_1234_0000000000000001",
        "X-Application-Token": "skybox_test_application_a_0000000001",
    },
}
DEFAULT_KEYS: Keys = {**KEYS, "portal": {"X-API-Key": "portal_test_full_0000000000000001"}}
"""The first keys of the default fixture, which the made one has."""
PATHS = {
    "portal": ("/events", "/inventory?eventId=1001"),
    "ticketnation": ("/events", "/events/fd278b70-5f04-4695-b7e0-c7bb4630ae2b/tickets", "/orders"),
    "zatabox": ("/events/evt_1001", "/events/evt_1001/tickets"),
    "tixstock": ("/events/get", "/tickets/get?event_id=1001", "/order/get"),
    "skybox": ("/events/1001", "/inventory?eventId=1001&section=101", "/invoices"),
}


def from_recording(*arguments: str | Path) -> Result:
    """Make a fixture from recordings."""
    return CliRunner().invoke(main, ["fixture", "from-recording", *map(str, arguments)], catch_exceptions=False)


def record(client: Client, folder: Path, *vendors: str, keys: Keys = KEYS) -> Path:
    """Make calls of vendors that list what they have; returns the journal's archive of them."""
    client.control("DELETE", "requests")
    for vendor in discover():
        for path in PATHS[vendor.name] if vendor.name in vendors else ():
            answer = client.call("GET", vendor.base + path, headers=keys[vendor.name])
            assert answer.ok, answer.text
    recording = folder / f"{client.world.name}.har"
    recording.write_text(json.dumps(client.control("GET", "requests/har")))
    return recording


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", PATHS)
def test_world_of_the_fixture_shows_what_was_recorded(client: Client, tmp_path: Path, vendor: str) -> None:
    recording, fixture = record(client, tmp_path, vendor), tmp_path / "made.yaml"
    before = recorded_in(read(recording), discover())

    result = from_recording(recording, "-o", fixture)

    assert result.exit_code == 0, result.output
    assert CliRunner().invoke(main, ["fixture", "check", str(fixture)]).output == f"{fixture}: good\n"
    client.control("PUT", f"worlds/{client.world.name}", {"fixture": fixture.read_text()})
    after = recorded_in(read(record(client, tmp_path, vendor, keys=DEFAULT_KEYS)), discover())
    assert after.events.items() >= before.events.items() != {}.items()
    assert len(after.listings) == len(before.listings) > 0
    if vendor != "skybox":
        assert after.listings == before.listings
    assert "skybox: the id of each listing" in result.stderr or vendor != "skybox"


def test_orders_and_brokers_are_taken(client: Client, tmp_path: Path) -> None:
    recording = record(client, tmp_path, "portal", "skybox")
    order = buy(client)
    recording.write_text(json.dumps(client.control("GET", "requests/har")))

    result = from_recording(recording)

    fixture = yaml.safe_load(result.stdout)
    floor = next(row for row in fixture["stock"] if row["section"] == "Floor")
    bought, invoiced = sorted(fixture["orders"], key=lambda entry: str(entry["vendor"]))
    assert (floor["seats"], floor["kind"]) == (50, "general")  # it was recorded before the order
    assert {
        "vendor": "portal",
        "quantity": 1,
        "status": "confirmed",
        "at": order["createdAt"],
    }.items() <= bought.items()
    assert bought["email"] == FLOOR["customer"]["email"]
    assert (invoiced["vendor"], invoiced["row"], invoiced["data"]["external_ref"][:6]) == ("skybox", "C", "order_")
    assert fixture["vendors"]["skybox"]["accounts"] == [{"id": 1234, "name": "Account 1234"}]
    assert "skybox: the id of each listing is another one than recorded: 1000001, 1000002" in result.stderr


def test_what_cannot_be_taken_is_told(tmp_path: Path) -> None:
    event = {"eventId": "9", "name": "Late", "isoDate": "2030-01-01T19:00:00.000Z", "location": "Hall"}
    listing = {"listingId": "a", "eventId": "9", "section": "1", "row": "A", "quantity": 2, "price": 10.005}
    order = {"orderId": "order_7", "eventId": "9", "section": "2", "row": "A", "quantity": 1, "status": "lost"}
    order |= {"createdAt": "2029-01-01T00:00:00Z", "totalAmount": 5}
    rows = [
        event,
        listing,
        listing | {"listingId": "b", "eventId": "8"},
        listing | {"listingId": "c", "row": "A-C"},
        order,
    ]
    call = {
        "method": "GET",
        "url": "https://x.example/api/v1/events",
        "status": 200,
        "answer": {"data": rows},
        "vendor": "portal",
    }
    path = tmp_path / "run.jsonl"
    path.write_text(json.dumps(call))

    result = from_recording(path)

    assert result.exit_code == 0, result.output
    assert yaml.safe_load(result.stdout)["events"][0]["id"] == "9"
    assert result.stderr.splitlines() == [
        "portal: listing b is left out: its event 8 is not shown",
        "portal: listing c is left out: a fixture reads A-C as several names",
        "row A of section 1, event 9 is left out: 10.005 has more decimals than USD has: 2.",
        "order order_7 of portal is left out: 'lost' is no order status; there are confirmed, accepted, fulfilled, cancelled, "
        "purchase_issues, refunded.",
        "portal: the id of each order is another one than recorded: order_7",
    ]


@pytest.mark.parametrize(
    "change",
    [{"section": 5}, {"quantity": "2"}, {"price": "x"}, {"eventId": ["9"]}, {"row": True}, {"listingId": 7}],
)  # fmt: skip
def test_object_of_other_types_is_told(tmp_path: Path, change: dict[str, Any]) -> None:
    event = {"eventId": "9", "name": "Late", "isoDate": "2030-01-01T19:00:00.000Z", "location": "Hall" * 60}
    listing = {"listingId": "a", "eventId": "9", "section": "1", "row": "A", "quantity": 2, "price": 10, **change}
    order = {"orderId": "o", "eventId": "9", "section": "2", "row": "A", "quantity": 1, "status": "confirmed"}
    rows = [event, listing, order | {"createdAt": "soon", "totalAmount": 5}]
    path = tmp_path / "run.jsonl"
    path.write_text(
        json.dumps({"method": "GET", "url": "https://x.example/api/v1/events", "status": 200, "answer": rows})
    )

    result = from_recording(path, "--vendor", "portal")

    assert result.exit_code == 0, result.output
    assert yaml.safe_load(result.stdout)["stock"] == []
    assert result.stderr.count(": an object is left out: it is none of Scraper Portal's.") == 2
    assert "venue HallHall" in result.stderr


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [("nonsense", 2, "no recording"), ('{"method": "POST", "url": "/", "body": "{}"}', 1, "No vendor's records")],
)
def test_recording_without_records_is_refused(tmp_path: Path, text: str, code: int, words: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(text)

    result = from_recording(path, "-o", tmp_path / "made.yaml")

    assert (result.exit_code, words in result.output) == (code, True)
    assert not (tmp_path / "made.yaml").exists()
