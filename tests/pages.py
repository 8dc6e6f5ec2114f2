"""Every page of the dashboard with something on it, for tests that hold for all of them."""

from __future__ import annotations

from mockmarket.dashboard.site import PAGES
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import buy, deliveries, listen, until


def filled(client: Client, receiver: Receiver) -> list[str]:
    """Have something on every page: an order, a refusal, a failing endpoint, a fault, a snapshot. Returns the paths of the pages, and of
    those about one of these."""
    receiver.answer = lambda hook: (500, b"no")
    endpoint = listen(client, receiver.url)["id"]
    order = buy(client)["orderId"]
    client.post("/api/v1/orders", {"eventId": "needle"})
    until(client.world, lambda: [row for row in deliveries(client, state="pending") if row["attempts"]])
    client.control("POST", "clock/advance", {"seconds": 5})
    client.control("POST", "faults", {"fault": "status", "with": {"status": 503}, "times": 1})
    client.get("/api/v1/events")
    client.control("POST", "snapshots/then")
    request = client.control("GET", "requests")["requests"][0]["id"]
    delivery, key = deliveries(client)[0]["id"], client.control("GET", "keys")["keys"][0]["id"]
    about = [
        f"orders/portal/id/{order}",
        f"webhooks/endpoint/{endpoint}",
        f"webhooks/delivery/{delivery}",
        f"keys/id/{key}",
    ]
    about += [
        f"requests/id/{request}",
        f"requests?request={request}",
        f"timeline?chain={request}",
        "stock/event/1001",
        "orders/board",
    ]
    about += [
        "webhooks/deliveries",
        "webhooks/notices",
        "webhooks/check",
        "webhooks/receiver",
        "webhooks/new/portal",
        "orders/portal/new",
    ]
    about += [
        "faults/new/status",
        "actions/core/move_event",
        "search?q=lanterns",
        "search?q=buyer",
        "scenarios/sold-out-rush",
    ]
    return [*(page.routes[0].path for page in PAGES), *about]
