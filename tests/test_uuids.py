"""UUIDs are accepted in either case wherever they name a record or an endpoint; answers have lower case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import Clock
from mockmarket.records import Column
from mockmarket.rules.uuids import is_same, spellings
from mockmarket.store import Store, records, schema
from mockmarket.store.records import Kind
from tests.conftest import Client

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
TICKET = Kind("acme", "ticket", "id", (Column("event", path="$.event"),))
SHOUTED = "7C9E6679-7425-40DE-944B-E07FC1F90AE7"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a file with one record of each spelling."""
    schema.prepare(tmp_path / "w.db", (TICKET,), "OFF")
    store = Store(tmp_path / "w.db", Clock(), 0, "OFF")
    with store.atomic() as tx:
        records.put(tx, TICKET, {"id": ID, "event": ID})
        records.put(tx, TICKET, {"id": SHOUTED, "event": SHOUTED})
    yield store
    store.close()


@pytest.mark.parametrize("id", [ID, ID.upper(), ID.title()])
def test_record_is_found_in_any_case(store: Store, id: str) -> None:
    assert records.get(store.read(), TICKET, id) == {"id": ID, "event": ID}
    assert records.find(store.read(), TICKET, ("event", "=", id)) == [{"id": ID, "event": ID}]


def test_record_with_capitals_is_found_by_them(store: Store) -> None:
    assert records.get(store.read(), TICKET, SHOUTED) == {"id": SHOUTED, "event": SHOUTED}
    assert records.count(store.read(), TICKET, [("event", "=", SHOUTED)]) == 1


def test_record_is_deleted_in_any_case(store: Store) -> None:
    with store.atomic() as tx:
        assert records.delete(tx, TICKET, ID.upper())
        assert tx.changed_records == {("acme", "ticket", ID): "deleted"}

    assert records.get(store.read(), TICKET, ID) is None


@pytest.mark.parametrize("id", ["ABC", ID.upper()[:-1], ID.upper().replace("-", "A"), "X" * 36])
def test_other_ids_keep_their_case(id: str) -> None:
    assert spellings(id) == (id,)
    assert not is_same(id, id.lower())


@pytest.fixture
def ids(client: Client) -> dict[str, str]:
    """Create a webhook; returns the ids of an event, a ticket and the webhook by their names in `PATHS`."""
    description = next(
        vendor for vendor in client.control("GET", "vendors")["vendors"] if vendor["name"] == "ticketnation"
    )
    client.key = dict(description["credentials"][0]["headers"])
    url = "https://127.0.0.1:9/hook"
    types = [description["notices"][0]["name"]]
    webhook = client.post(f"{BASE}/webhooks", {"url": url, "events": types}).json()["data"]
    event = next(event for event in client.get(f"{BASE}/events").json()["data"] if "lanterns" in event["slug"])
    ticket = client.get(f"{BASE}/events/{event['id']}/tickets").json()["data"][0]
    return {"event": event["id"], "ticket": ticket["id"], "webhook": webhook["id"]}


BASE = "/ticketnation/open-api/v1"
PATHS = [
    "/events/{event}",
    "/events/{event}/tickets",
    "/tickets/{ticket}",
    "/webhooks/{webhook}",
    "/webhooks/{webhook}/deliveries",
]


def without_request_id(answer: Any) -> Any:
    """Return an answer's JSON without the id of its request."""
    return {name: value for name, value in answer.json().items() if name != "requestId"}


@pytest.mark.parametrize("path", PATHS)
def test_path_takes_any_case(client: Client, ids: dict[str, str], path: str) -> None:
    plain = client.get(BASE + path.format(**ids))
    upper = client.get(BASE + path.format(**{name: id.upper() for name, id in ids.items()}))

    assert (upper.status_code, without_request_id(upper)) == (200, without_request_id(plain))


def test_change_takes_any_case(client: Client, ids: dict[str, str]) -> None:
    change = client.patch(f"{BASE}/tickets/{ids['ticket'].upper()}", {"name": "Early"})
    deletion = client.delete(f"{BASE}/webhooks/{ids['webhook'].upper()}")

    assert (change.status_code, change.json()["data"]["id"]) == (200, ids["ticket"])
    assert deletion.ok
    assert client.get(f"{BASE}/webhooks/{ids['webhook']}").status_code == 404


def test_actions_take_any_case(client: Client, ids: dict[str, str]) -> None:
    buyer = {"buyerName": "Ana", "buyerEmail": "ana@example.com"}
    order = client.control(
        "POST",
        "ticketnation/actions/buy",
        {"eventId": ids["event"].upper(), "ticketId": ids["ticket"].upper(), **buyer},
    )
    refund = client.control("POST", "ticketnation/actions/refund", {"orderId": order["orderId"].upper()})
    orders = client.get(f"{BASE}/orders", eventId=ids["event"].upper()).json()["data"]

    assert refund["orderId"] == order["orderId"]
    assert order["orderId"] in [row["orderId"] for row in orders]


def test_control_takes_any_case(client: Client, ids: dict[str, str]) -> None:
    record = client.control("GET", f"records/ticketnation/ticket/{ids['ticket'].upper()}")
    endpoint = client.control("PATCH", f"endpoints/{ids['webhook'].upper()}", {"active": False})

    assert (record["id"], endpoint["id"]) == (ids["ticket"], ids["webhook"])
