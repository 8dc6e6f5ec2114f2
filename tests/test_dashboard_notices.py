"""The catalogue of notices: every vendor's types with when they are sent, an example with headers and schema, and its button."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import orjson
import pytest

from mockmarket.dashboard.notices import SECRET, example_of, schema_rows
from mockmarket.vendor import Vendor, discover
from mockmarket_client.verifying import check
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import buy, listen, settled
from tests.test_dashboard import UI, send

if TYPE_CHECKING:
    from playwright.sync_api import Page

VENDORS = discover()
TYPES = [(vendor, type) for vendor in VENDORS for type in vendor.webhooks.notices]
every_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.name for vendor in VENDORS])


def text_of(client: Client, vendor: str, type: str) -> str:
    """Return the page of a type of notice."""
    return unescape(client.get(f"{UI}/webhooks/notices/{vendor}/{type}").text)


@every_vendor
def test_catalogue_has_every_type_with_when_it_is_sent(client: Client, vendor: Vendor) -> None:
    text = unescape(re.sub("</?code>", "`", client.get(f"{UI}/webhooks/notices", vendor=vendor.name).text))

    for type in vendor.webhooks.notices:
        assert f"/webhooks/notices/{vendor.name}/{type.name}" in text
        assert type.when in text


@every_vendor
def test_every_type_has_an_example_or_says_why_not(client: Client, vendor: Vendor) -> None:
    for type in vendor.webhooks.notices:
        example, why = example_of(client.world, vendor, type.name)

        assert (example is None) == bool(why)
        assert example is None or orjson.loads(example.body)


@every_vendor
def test_page_shows_the_schema_to_which_notices_are_held(client: Client, vendor: Vendor) -> None:
    type, *_ = vendor.webhooks.notices

    text = text_of(client, vendor.name, type.name)

    for row in schema_rows(vendor.webhooks.payload(type.name)):
        assert f'<td class="mono">{row["path"]}</td><td>{row["type"]}' in text


@every_vendor
def test_example_is_signed_as_its_vendor_signs(client: Client, vendor: Vendor) -> None:
    example = next(filter(None, (example_of(client.world, vendor, type.name)[0] for type in vendor.webhooks.notices)))

    assert check(vendor.webhooks.headers, example.headers, example.body, SECRET).valid is not False


def test_example_changes_nothing_in_the_world(client: Client) -> None:
    before = client.world.store.version, client.control("GET", "notices")

    text_of(client, "portal", "order.confirmed")

    assert (client.world.store.version, client.control("GET", "notices")) == before


def test_example_is_the_notice_that_was_sent_last(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    [row] = settled(client)

    text = text_of(client, "portal", row["type"])

    assert f"/webhooks/delivery/{row['id']}" in text
    assert row["record"] in text


def test_example_is_sent_to_an_endpoint(client: Client, receiver: Receiver) -> None:
    hook = listen(client, receiver.url, types=["order.cancelled"])
    buy(client)

    answer = send(client, "webhooks/notices/portal/order.confirmed", {"endpoint": hook["id"]})

    [row] = settled(client)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/webhooks/delivery/{row['id']}")
    assert (row["type"], row["why"], row["state"]) == ("order.confirmed", "trigger", "delivered")


def test_unknown_endpoint_is_refused_in_the_form(client: Client) -> None:
    buy(client)

    answer = send(client, "webhooks/notices/portal/order.confirmed", {"endpoint": "nobody"})

    assert answer.status_code == 422


def test_unknown_type_is_not_found(client: Client) -> None:
    answer = client.get(f"{UI}/webhooks/notices/portal/order.lost", status=404)

    assert "it has order.confirmed" in answer.text


def test_type_that_is_impossible_says_why(page: Page, client: Client) -> None:
    page.goto("webhooks/notices/zatabox/order.failed")

    button = page.get_by_role("button", name="Send me an example")

    assert button.get_attribute("aria-disabled") == "true"
    page.locator("#example-why", has_text="Do that first").wait_for()


def test_example_is_sent_to_the_built_in_receiver(page: Page, client: Client) -> None:
    buy(client)
    page.goto("webhooks/notices")
    page.get_by_role("region", name="Scraper Portal").get_by_role("link", name="order.confirmed").click()

    page.get_by_role("button", name="Send me an example").click()

    page.locator("#toast", has_text="order.confirmed is being sent.").wait_for()
    page.get_by_role("link", name="order.confirmed").wait_for()
    page.locator("#state", has_text="delivered").wait_for()
    page.goto("webhooks/receiver")
    page.get_by_text("signature right").wait_for()


def test_search_and_endpoint_lead_to_the_catalogue(page: Page, client: Client, receiver: Receiver) -> None:
    hook = listen(client, receiver.url, types=["order.cancelled"])
    page.goto("search?q=order.cancelled")
    hit = page.locator("#main").get_by_role("link", name="order.cancelled").first
    page_of_type = hit.get_attribute("href")

    page.goto(f"webhooks/endpoint/{hook['id']}")
    page.get_by_role("link", name="order.cancelled").click()

    page.get_by_role("heading", name="order.cancelled").wait_for()
    assert "/webhooks/notices/" in (page_of_type or "")


def test_catalogue_is_exported_as_filtered(client: Client) -> None:
    path = f"{UI}/webhooks/notices"

    rows, lines = (client.get(f"{path}/export/{kind}", vendor="portal") for kind in ("json", "csv"))

    types = [type for vendor, type in TYPES if vendor.name == "portal"]
    assert [(row["vendor"], row["type"], row["when"]) for row in rows.json()] == [
        ("portal", type.name, type.when) for type in types
    ]
    assert len(lines.text.splitlines()) == 1 + len(types)
    assert len(client.get(f"{path}/export/json").json()) == len(TYPES)
    assert "notices/export/csv?vendor=portal" in client.get(path, vendor="portal").text
