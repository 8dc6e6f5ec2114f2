"""What `.ci/client` runs where mockmarket-client is installed without the server, beside a project's own Flask and marshmallow."""

import asyncio
import importlib.util
from importlib.metadata import version

from mockmarket_client import Client


def test_project_has_its_own_versions():
    assert version("flask").startswith("2.")
    assert version("marshmallow").startswith("3.")
    assert importlib.util.find_spec("mockmarket") is None


def test_purchase_is_told(market):
    inbox = market.inbox("portal")
    listing = market.first("portal", "listing")
    customer = {"email": "mei@example.com", "phone": {"number": "5550100", "countryCode": "+1"}}

    order = market.buy(
        "portal", eventId=listing["eventId"], listingId=listing["listingId"], quantity=1, customer=customer
    )

    assert inbox.expect("order.confirmed").json["orderId"] == order["orderId"]


def test_every_vendor_is_verified(market):
    for vendor in market.vendors():
        fires = [notice["name"] for notice in vendor["notices"] if notice["fires"]]
        inbox = market.inbox(vendor["name"])
        market.trigger(vendor["name"], "event.published" if "event.published" in fires else fires[0])
        assert inbox.next().check.valid, vendor["name"]


def test_coroutines_await(market):
    async def test():
        inbox = await market.aio.inbox("portal")
        await market.aio.trigger("portal", "order.accepted")
        return await inbox.anext()

    assert asyncio.run(test()).type == "order.accepted"


def test_client_needs_no_market(mockmarket_server):
    with Client(mockmarket_server.url) as client:
        assert client.health()["status"] == "ok"
