"""An order as a fixture: the download loads and shows the same order, at every vendor; the page says why another has none."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockmarket.cli import main
from mockmarket.vendor import discover
from tests.conftest import Client
from tests.test_dashboard import send

UI = "/_mockmarket/ui"
SAME = ("status", "event", "tickets", "total", "currency", "buyer", "email")


def newest(client: Client, vendor: str) -> dict[str, Any]:
    """Return the newest order of a vendor as the list exports it."""
    order: dict[str, Any] = client.get(f"{UI}/orders/export/json", vendor=vendor).json()[0]
    return order


@pytest.mark.parametrize("vendor", [vendor.name for vendor in discover() if vendor.records.orders])
def test_fixture_shows_the_same_order(client: Client, tmp_path: Path, vendor: str) -> None:
    assert send(client, f"orders/{vendor}/test", {}).status_code == 303
    order, file = newest(client, vendor), tmp_path / "order.yaml"

    answer = client.get(f"{UI}/orders/{vendor}/fixture/{order['id']}")
    file.write_bytes(answer.content)

    assert answer.ok, answer.text
    assert answer.headers["Content-Disposition"].startswith(f"attachment; filename={vendor}-")
    assert f"orders/{vendor}/fixture/" in client.get(f"{UI}/orders/{vendor}/id/{order['id']}").text
    check = CliRunner().invoke(main, ["fixture", "check", str(file)])
    assert (check.output, check.exit_code) == (f"{file}: good\n", 0)
    client.control("PUT", f"worlds/{client.world.name}", {"fixture": file.read_text()})
    again = newest(client, vendor)
    assert {name: again[name] for name in SAME} == {name: order[name] for name in SAME}


def test_page_says_why_an_order_is_in_no_fixture(client: Client) -> None:
    every = client.control("GET", "records/ticketnation/ticket?limit=100")["records"]
    kinds = [kind for kind in every if kind["eventId"] == every[0]["eventId"]][:2]
    items = [{"ticketId": kind["id"], "quantity": 1} for kind in kinds]
    client.control("POST", "ticketnation/actions/buy", {"eventId": kinds[0]["eventId"], "items": items})
    order = newest(client, "ticketnation")

    page = client.get(f"{UI}/orders/ticketnation/id/{order['id']}").text
    answer = client.get(f"{UI}/orders/ticketnation/fixture/{order['id']}")

    assert (
        "Not as a fixture: An order of a fixture has seats of one row; the seats of this order are of 2 rows." in page
    )
    assert "Download as a fixture" not in page
    assert answer.status_code == 409


@pytest.mark.thorough
def test_page_and_download_agree(client: Client) -> None:
    orders = {(row["vendor"], row["status"]): row["id"] for row in client.get(f"{UI}/orders/export/json").json()}
    pages = {key: client.get(f"{UI}/orders/{key[0]}/id/{id}").text for key, id in orders.items()}
    refused = [key for key, id in orders.items() if not client.get(f"{UI}/orders/{key[0]}/fixture/{id}").ok]

    assert refused == [key for key, page in pages.items() if "Not as a fixture" in page]
