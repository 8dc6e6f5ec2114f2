"""Ticketnation's calls are those of the document; what its page shows to paste works."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mockmarket.api.operations import load
from mockmarket.vendors.ticketnation.vendor import VENDOR
from tests.conftest import Client
from tests.vendors.ticketnation import CALLS, FULL, Desk, data, event_id, opened, ticket_id

PAGE = (Path(__file__).parents[2] / "docs/vendors/ticketnation.md").read_text("utf-8")
ORDER = ["orderId", "orderNumber", "eventId", "totalAmount", "currency", "quantity", "buyerName", "buyerEmail"]
DATA = {
    "order.completed": ORDER,
    "order.refunded": ORDER,
    "event.sold_out": ["eventId", "eventName"],
    "ticket.inventory_low": ["ticketId", "ticketName", "eventId", "remaining", "threshold"],
    "webhook.test": ["webhookId", "message"],
}


def test_calls_and_scopes_are_the_documents() -> None:
    served = [(row.method, row.template, load(row).scope) for row in VENDOR.api.operations]

    assert served == [(call.method, call.path, call.scope) for call in CALLS]


def test_every_notice_has_its_data(client: Client) -> None:
    desk = opened(client)

    records = {"event.sold_out": event_id("fest"), "ticket.inventory_low": ticket_id("fest", "GA")}
    for type in DATA:
        desk.client.control(
            "POST", f"ticketnation/trigger/{type}", {"record": records[type]} if type in records else {}
        )

    sent = [json.loads(notice["body"]) for notice in desk.notices()]
    assert {body["type"]: list(body["data"]) for body in sent} == DATA


@pytest.mark.thorough
def test_purchase_on_the_page_works(client: Client) -> None:
    client.begin_as("default")
    body = json.loads(next(block for block in re.findall(r"```json\n(.*)\n```", PAGE) if "ticketId" in block))

    answer = Desk(client).act("buy", **body)

    assert answer.status_code == 200, answer.text


def test_call_on_the_page_works(client: Client) -> None:
    client.begin_as("default")
    path = re.search(r'8000/ticketnation/open-api/v1(/[^"]*)"', PAGE)

    answer = Desk(client).act_as(FULL).get(path[1] if path else "")

    assert len(data(answer)) == 5
