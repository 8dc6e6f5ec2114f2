"""Query parameters that SkyBox publishes and the mock does not honour: listed in the journal, refused where a world says so."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockmarket.api.operations import load
from mockmarket.vendors.skybox.vendor import VENDOR
from tests.conftest import Client
from tests.vendors.skybox import BASE, names_of
from tests.vendors.skybox_office import LATER, Office, office
from tests.vendors.skybox_public import calls, models, unnamed

ROWS = [row for row in VENDOR.api.operations if row.built and load(row).unsupported]
NEEDED = {"startTime": LATER}
LEAST: dict[str, Any] = {"invoiceIds": [], "inventoryIds": [], "inventoryId": 1000001, "section": "ZZ", "row": "1"}
IDS = {"purchase": "200001", "line": "4000001"}
rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def ask(desk: Office, row: Any, *names: str) -> Any:
    """Call an operation with parameters, about the first listing where it is about one; returns the answer."""
    path = re.sub(r"{(\w+)[^}]*}", lambda part: IDS.get(part[1], "1000001"), row.path)
    taken = names_of(load(row).query, "query")
    query = {name: value for name, value in NEEDED.items() if name in taken} | dict.fromkeys(names, "1")
    body = {name: value for name, value in LEAST.items() if name in names_of(load(row).body, "body")}
    return desk.client.call(
        row.method, BASE + path, params=query, json=None if row.method == "GET" else body, headers=desk.headers
    )


@pytest.mark.thorough
def test_unsupported_parameter_is_refused(desk: Office) -> None:
    desk.client.control("PATCH", "settings", {"core": {"unsupported": "refuse"}})
    assert ROWS

    for row in ROWS:
        answers = {name: ask(desk, row, name) for name in load(row).unsupported}
        assert {name: (answer.status_code, answer.json()["message"]) for name, answer in answers.items()} == {
            name: (501, f"{name}: published by the vendor and not built in this mock.") for name in answers
        }, row.id


@rows
def test_journal_lists_unsupported_parameters(desk: Office, row: Any) -> None:
    answer = ask(desk, row, *load(row).unsupported)

    entry = desk.client.control("GET", "requests?limit=1&vendor=skybox")["requests"][0]
    assert answer.status_code == 200
    assert (entry["unsupported"], entry["unread"]) == (list(load(row).unsupported), [])


def test_unknown_parameter_is_unread(desk: Office) -> None:
    desk.get("/inventory", colour="red", cooperative="true")

    entry = desk.client.control("GET", "requests?limit=1&vendor=skybox")["requests"][0]
    assert (entry["unsupported"], entry["unread"]) == (["cooperative"], ["colour"])


@rows
def test_unsupported_parameter_is_no_parameter(row: Any) -> None:
    operation = load(row)

    assert set(operation.unsupported) & set(names_of(operation.query, "query")) == set()
    assert len(set(operation.unsupported)) == len(operation.unsupported)


def test_published_members_of_requests_are_known() -> None:
    unknown = {}
    for row in VENDOR.api.operations:
        call = calls().get((row.method, unnamed(row.path)))
        model = re.sub(r"List\[|]", "", call.body) if call else ""
        if row.built and model in models() and model.endswith(("Request", "Bulk", "Upload")):
            operation = load(row)
            unknown[row.id] = models()[model].keys() - {*names_of(operation.body, "body"), *operation.unsupported}

    assert len(unknown) > 8
    assert {id: names for id, names in unknown.items() if names} == {}


def test_supported_query_is_not_refused(desk: Office) -> None:
    desk.client.control("PATCH", "settings", {"core": {"unsupported": "refuse", "unread": "refuse"}})

    assert desk.call("GET", "/inventory", section="101").status_code == 200
