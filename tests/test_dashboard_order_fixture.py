"""An order as a fixture: the download loads and shows the same order, at every vendor; the page says why another has none."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from mockmarket import stock
from mockmarket.cli import main
from mockmarket.control.order_fixture import changes_of
from mockmarket.vendor import discover
from tests.conftest import Client
from tests.test_dashboard import send

UI = "/_mockmarket/ui"
SAME = ("status", "event", "tickets", "total", "currency", "buyer", "email")


def newest(client: Client, vendor: str) -> dict[str, Any]:
    """Return the newest order of a vendor as the list exports it."""
    order: dict[str, Any] = client.get(f"{UI}/orders/export/json", vendor=vendor).json()[0]
    return order


def seats_of(client: Client, vendor: str, id: str) -> list[tuple[str, str, str, str]]:
    """Return the section, row and numbers of the seats that an order took, and how, from the ledger."""
    seller, read = client.world.vendors[vendor], client.world.read()
    assert seller.records.orders
    changes = changes_of(read, (seller, seller.records.orders), id)
    return [(change["section"], change["row"], change["what"], change["seats"]) for change in changes]


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", [vendor.name for vendor in discover() if vendor.records.orders])
def test_fixture_shows_the_same_order(client: Client, tmp_path: Path, vendor: str) -> None:
    client.control("PUT", "clock", {"frozen": True})
    (row,) = [row.id for row in stock.of_event(client.world.read(), "1001") if (row.section, row.row) == ("101", "A")]
    for _ in range(2):  # the second has not the first seats of the row
        assert send(client, f"orders/{vendor}/row/{row}", {"quantity": "2"}).status_code == 303
    order, file = newest(client, vendor), tmp_path / "order.yaml"
    kind, seats = client.world.vendors[vendor].records.orders, seats_of(client, vendor, order["id"])
    assert kind

    answer = client.get(f"{UI}/orders/{vendor}/fixture/{order['id']}")
    file.write_bytes(answer.content)

    assert answer.ok, answer.text
    path = f"records/{vendor}/{kind.kind.name}/{quote(order['id'], safe='')}/fixture"
    assert client.call("GET", f"/_mockmarket/{path}").content == answer.content
    command = CliRunner().invoke(main, ["fixture", "from-order", vendor, order["id"], "--url", client.base])
    assert (command.output, command.exit_code) == (answer.text, 0)
    assert answer.headers["Content-Disposition"].startswith(f"attachment; filename={vendor}-")
    assert f"orders/{vendor}/fixture/" in client.get(f"{UI}/orders/{vendor}/id/{order['id']}").text
    check = CliRunner().invoke(main, ["fixture", "check", str(file)])
    assert (check.output, check.exit_code) == (f"{file}: good\n", 0)
    client.control("PUT", f"worlds/{client.world.name}", {"fixture": file.read_text()})
    again = newest(client, vendor)
    assert {name: again[name] for name in SAME} == {name: order[name] for name in SAME}
    assert seats_of(client, vendor, again["id"]) == seats
    assert {taken[-1] for taken in seats} == {"[3,4]"}


def test_row_ends_with_the_order_where_nothing_else_loads(client: Client) -> None:
    read = client.world.read()
    (row,) = [row.id for row in stock.of_event(read, "1001") if (row.section, row.row) == ("101", "A")]
    assert send(client, f"orders/portal/row/{row}", {"quantity": "3"}).status_code == 303
    with client.world.atomic() as tx:
        tx.conn.execute("UPDATE stock SET total = 4 WHERE id = ?", (row,))  # one is left, which its split forbids

    text = client.call("GET", f"/_mockmarket/records/portal/order/{newest(client, 'portal')['id']}/fixture").text

    assert "seats: 3," in text
    assert "quantity: 3," in text


def test_record_that_is_no_order_has_no_fixture(client: Client) -> None:
    listing = client.control("GET", "records/portal/listing")["records"][0]["listingId"]

    answer = client.call("GET", f"/_mockmarket/records/portal/listing/{listing}/fixture")

    assert answer.status_code == 409
    assert "A listing of portal is no order" in answer.text


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
