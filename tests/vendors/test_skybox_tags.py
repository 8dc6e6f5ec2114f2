"""SkyBox's calls that tag inventory, purchases, invoices, vendors, customers and events, and what they notify."""

from __future__ import annotations

import pytest

from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.skybox import TWO, wrong
from tests.vendors.skybox_office import Office, office

KINDS = ("inventory", "purchases", "invoices", "vendors", "customers", "events")
TOPICS = {"inventory": "INVENTORY", "purchases": "PURCHASE", "invoices": "INVOICE"}


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def path_of(desk: Office, kind: str) -> str:
    """Return the path of a record of a kind, without tags."""
    if kind == "events":
        desk.post("/events/tags/remove", [1001])
        return "/events/1001"
    if kind in ("vendors", "customers"):
        return f"/{kind}/{desk.first(kind)}"
    listing = desk.bought(row=kind)
    if kind == "inventory":
        return f"/inventory/{listing['id']}"
    invoice = desk.sell(listing["ticketIds"][:2])
    return (
        f"/invoices/{invoice['id']}" if kind == "invoices" else f"/purchases/{desk.get('/purchases')['rows'][-1]['id']}"
    )


def test_every_kind_is_tagged_and_untagged(desk: Office) -> None:
    for kind in KINDS:
        path = path_of(desk, kind)
        id = int(path.rpartition("/")[2])

        assert desk.call("POST", f"{path}/tags", [{"tag": "vip"}, {"tag": "late,Ñ vip"}]).content == b""
        assert desk.get(path)["tags"] == "vip late Ñ", kind
        desk.post(f"{path}/tags/actions/delete", [{"tag": "LATE"}, {"tag": "none"}])
        assert desk.get(path)["tags"] == "vip Ñ", kind
        if kind in TOPICS:
            assert desk.call("DELETE", f"{path}/tags/vip").status_code == 200
            assert desk.get(path)["tags"] == "Ñ"
        assert wrong(desk.call("POST", f"/{kind}/tags/remove", [id, 77])) == ["[1]"]
        desk.post(f"/{kind}/tags/remove", [id])
        assert desk.get(path)["tags"] == "", kind


@pytest.mark.parametrize("kind", TOPICS)
def test_changed_tags_are_notified_and_unchanged_ones_are_not(desk: Office, receiver: Receiver, kind: str) -> None:
    path = path_of(desk, kind)
    desk.listen(receiver)

    for _ in range(2):
        desk.post(f"{path}/tags", {"tag": "vip"})
        desk.post(f"{path}/tags/actions/delete", [{"tag": "none"}])
    desk.post(f"/{kind}/tags/remove", [int(path.rpartition("/")[2])])

    notices = desk.notices(receiver)
    assert [(notice.summary, notice.entity, notice.previous) for notice in notices] == [
        (f"{TOPICS[kind]} UPDATED", {"tags": "vip"}, {"tags": ""}),
        (f"{TOPICS[kind]} UPDATED", {"tags": ""}, {"tags": "vip"}),
    ]


def test_tags_of_inventory_in_the_query_are_removed(desk: Office) -> None:
    listings = [desk.bought(tags="vip,aisle"), desk.bought(row="L", tags="vip")]

    answer = desk.call("DELETE", "/inventory/tags", id=[listing["id"] for listing in listings])

    assert (answer.status_code, desk.get("/tags")) == (200, [])


def test_tags_of_an_event_stay_when_it_moves(desk: Office) -> None:
    desk.post("/events/1001/tags", {"tag": "hot"})

    desk.client.control("POST", "core/actions/move_event", {"event": "1001", "to": "2026-03-16T19:30"})

    event = desk.on(TWO).get("/events/1001")
    assert (event["tags"], event["date"]) == ("loud hot", "2026-03-16T19:30:00")


def test_tags_are_filtered_and_counted(desk: Office) -> None:
    for kind in ("inventory", "vendors", "customers"):
        desk.post(f"{path_of(desk, kind)}/tags", [{"tag": "vip"}])
    desk.post(f"/vendors/{desk.vendor()}/tags", [{"tag": "Viper"}])

    assert desk.get("/tags/filtered", tag="VIP") == ["Viper", "vip"]
    assert desk.get("/tags/filtered", tag="x") == []
    counted = {row["tag"]: row for row in desk.get("/tags/summary")}
    loud, viper, vip = (counted[tag] for tag in ("loud", "Viper", "vip"))
    assert (loud["eventCount"], loud["totalCount"], viper["vendorCount"], viper["totalCount"]) == (1, 1, 1, 1)
    assert (vip["inventoryCount"], vip["customerCount"], vip["vendorCount"], vip["totalCount"]) == (1, 1, 1, 3)
    assert desk.get("/tags/summary", id=vip["id"]) == [vip]
    assert [row["tag"] for row in desk.get("/tags/summary", tag="vip", sortDir="DESC", limit=1)] == ["vip"]


def test_wrong_tags_are_refused(desk: Office) -> None:
    path = path_of(desk, "inventory")

    for tag in ("", " , ", None, 7):
        assert wrong(desk.call("POST", f"{path}/tags", [{"tag": "vip"}, {"tag": tag}])) == ["[1].tag"]
    assert wrong(desk.call("POST", f"{path}/tags", [{}])) == ["[0].tag"]
    assert wrong(desk.call("POST", f"{path}/tags", [{"tag": f"{place:0200d}"} for place in range(60)])) == ["tag"]
    assert desk.call("POST", "/inventory/77/tags", [{"tag": "vip"}]).status_code == 404
    assert desk.get(path)["tags"] == ""


@pytest.mark.parametrize("kind", KINDS)
def test_tags_of_several_records_are_changed_at_once(desk: Office, receiver: Receiver, kind: str) -> None:
    path = path_of(desk, kind)
    id, name = int(path.rpartition("/")[2]), kind if kind == "inventory" else kind[:-1]
    bulk = {"entityIds": [id], "entityType": name.upper()}
    desk.post(f"{path}/tags", {"tag": "late vip"})
    desk.listen(receiver)

    rows = desk.put("/tags/bulk", bulk | {"tagsToAdd": ["new", "vip"], "tagsToRemove": ["LATE", "none"]})

    assert (desk.get(path)["tags"], [(row["tag"], row["totalCount"]) for row in rows]) == (
        "vip new",
        [("new", 1), ("vip", 1)],
    )
    desk.put("/tags/bulk", bulk | {"tagsToAdd": ["last"], "cleanOldTags": True})
    assert desk.get(path)["tags"] == "last"
    assert desk.summaries(receiver) == ([f"{TOPICS[kind]} UPDATED"] * 2 if kind in TOPICS else [])
    wrong_id = desk.call("PUT", "/tags/bulk", bulk | {"entityIds": [id, 77], "tagsToAdd": ["worse"]})
    assert (wrong(wrong_id), desk.get(path)["tags"]) == (["entityIds[1]"], "last")
    assert wrong(desk.call("PUT", "/tags/bulk", bulk | {"entityType": "LINE"})) == ["entityType"]


def test_tags_are_deleted_from_everything_of_the_account(desk: Office) -> None:
    paths = {kind: path_of(desk, kind) for kind in KINDS}
    for path in paths.values():
        desk.post(f"{path}/tags", {"tag": "vip late"})

    answer = desk.call("POST", "/tags/actions/delete", [{"tag": "VIP"}, {"tag": "none"}])

    assert (answer.status_code, answer.content, desk.get("/tags")) == (200, b"", ["late"])
    assert {kind: desk.get(path)["tags"] for kind, path in paths.items()} == dict.fromkeys(KINDS, "late") | {
        "events": "vip late"
    }
