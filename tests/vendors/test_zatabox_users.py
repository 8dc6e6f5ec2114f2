"""Zatabox's buyers and organizers: me, tickets, refunds, reports, messages, comps, tags, and API keys."""

from __future__ import annotations

import re

import pytest

from tests.vendors.zatabox import FULL, Box, issues, refused

KEYS = "/organizer/integrations/org/org_main/api-keys"


def test_me_is_the_keys_owner(box: Box, buyer: Box) -> None:
    assert (buyer.get("/users/me")["email"], buyer.get("/users/me")["role"]) == ("buyer@example.com", "buyer")
    assert (box.get("/users/me")["email"], box.get("/users/me")["organizationId"]) == (None, "org_main")


def test_buyer_sees_own_tickets(box: Box, buyer: Box) -> None:
    box.buy()
    line = {"ticketTypeId": box.type_of("Floor")["id"], "quantity": 1}
    buyer.pay(buyer.post("/orders", {"items": [line]}))

    mine, everybodys = (each.get("/users/me/tickets")["items"] for each in (buyer, box))

    assert ([ticket["holder"]["email"] for ticket in mine], len(everybodys)) == (["buyer@example.com"], 2)


def test_tickets_come_in_pages(box: Box) -> None:
    ids = {ticket["id"] for ticket in box.buy("Floor", 5)}
    seen, cursor = [], None

    while True:
        page = box.get("/users/me/tickets", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [item["id"] for item in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break

    assert (len(seen), set(seen)) == (5, ids)


def test_refund_is_of_the_price(box: Box) -> None:
    [ticket] = box.buy("Balcony")

    refund = box.post("/users/me/refunds", {"ticketId": ticket["id"], "reason": "Plans have changed"})

    assert (refund["status"], refund["amount"], refund["orderId"]) == ("requested", "42.00", ticket["orderId"])


def test_refund_is_asked_once(box: Box) -> None:
    [ticket] = box.buy()
    first = box.post("/users/me/refunds", {"ticketId": ticket["id"]})

    again = box.call("POST", "/users/me/refunds", {"ticketId": ticket["id"]})
    box.acted("deny_refund", refundId=first["id"])
    after = box.call("POST", "/users/me/refunds", {"ticketId": ticket["id"]})

    assert (refused(again), after.status_code) == ((409, "CONFLICT"), 201)


def test_used_ticket_is_not_refunded(box: Box) -> None:
    [ticket] = box.buy()
    box.scan(ticket)

    assert refused(box.call("POST", "/users/me/refunds", {"ticketId": ticket["id"]})) == (409, "CONFLICT")


@pytest.mark.parametrize("path", ["/users/me/refunds", "/users/me/tickets/{id}/message"])
def test_anothers_ticket_is_not_found(box: Box, buyer: Box, path: str) -> None:
    [ticket] = box.buy()

    answer = buyer.call("POST", path.format(id=ticket["id"]), {"ticketId": ticket["id"], "message": "hello"})

    assert refused(answer) == (404, "NOT_FOUND")


def test_report_names_its_reporter(buyer: Box) -> None:
    filed = buyer.post("/users/me/reports", {"eventId": "evt_night", "reason": "scam", "description": "Zu laut"})

    assert (filed["status"], filed["reporter"]) == ("submitted", {"name": "Alex Buyer", "email": "buyer@example.com"})


def test_report_of_no_event(box: Box) -> None:
    assert refused(box.call("POST", "/users/me/reports", {"eventId": "evt_x", "reason": "x"})) == (404, "NOT_FOUND")


def test_messages_make_a_thread(box: Box) -> None:
    first, second = box.buy("Floor", 2)
    for ticket, words in ((first, "¿Cuándo?"), (second, "Where?"), (first, "¡Gracias!")):
        box.post(f"/users/me/tickets/{ticket['id']}/message", {"message": words})

    threads = box.get("/users/me/messages")["items"]

    assert [[message["message"] for message in thread["messages"]] for thread in threads] == [
        ["¿Cuándo?", "¡Gracias!"],
        ["Where?"],
    ]


def test_comps_cost_nothing(box: Box) -> None:
    body = {"ticketTypeId": box.type_of("Balcony")["id"], "quantity": 2,
             "recipients": [{"name": "Ann", "email": "ann@example.com"}, {"name": "Bob", "email": "bob@example.com"}]}  # fmt: skip

    tickets = box.post("/organizer/growth/events/evt_night/comps", body)["tickets"]

    assert [(ticket["holder"]["name"], ticket["price"], ticket["complimentary"]) for ticket in tickets] == [
        ("Ann", "0.00", True), ("Ann", "0.00", True), ("Bob", "0.00", True), ("Bob", "0.00", True),
    ]  # fmt: skip
    assert (box.type_of("Balcony")["quantitySold"], box.notice_types()) == (4, ["ticket.created"] * 4)
    assert refused(box.call("POST", "/users/me/refunds", {"ticketId": tickets[0]["id"]})) == (409, "CONFLICT")


def test_comps_beyond_stock_are_refused(box: Box) -> None:
    body = {
        "ticketTypeId": box.type_of("Last Two")["id"],
        "quantity": 3,
        "recipients": [{"name": "A", "email": "a@example.com"}],
    }

    assert refused(box.call("POST", "/organizer/growth/events/evt_night/comps", body)) == (409, "TICKET_SOLD_OUT")


def test_tags_add_up(box: Box) -> None:
    box.buy()
    box.post("/organizer/growth/tags", {"emails": ["vi@example.com", "nobody@example.com"], "tags": ["vip"]})

    done = box.post("/organizer/growth/tags", {"emails": ["vi@example.com"], "tags": ["vip", "press"]})

    assert done["attendees"][0]["tags"] == ["vip", "press"]
    assert [data["tag"] for type, data in box.notices() if type == "attendee.tagged"] == ["vip", "press"]


def test_strangers_cannot_be_tagged(box: Box) -> None:
    done = box.post("/organizer/growth/tags", {"emails": ["nobody@example.com"], "tags": ["vip"]})

    assert done == {"attendees": [], "unknownEmails": ["nobody@example.com"]}


def test_tag_is_taken_off(box: Box) -> None:
    box.buy()
    box.post("/organizer/growth/tags", {"emails": ["vi@example.com"], "tags": ["vip", "press"]})

    done = box.delete("/organizer/growth/tags", {"emails": ["vi@example.com"], "tag": "vip"})

    assert done["attendees"][0]["tags"] == ["press"]


def test_key_text_is_shown_once(box: Box) -> None:
    key = box.post(KEYS, {"name": "Gate", "scopes": ["checkin:write"]})

    assert re.fullmatch(r"vt_test_[0-9a-f]{40}", key["secret"])
    assert key["secret"] not in box.call("GET", KEYS).text
    assert Box(box.client, key["secret"]).call("GET", "/users/me").status_code == 200


def test_key_text_is_stored_hashed(box: Box) -> None:
    key = box.post(KEYS, {"name": "Gate", "scopes": ["checkin:write"]}, **{"Idempotency-Key": "k-1"})

    read = box.client.world.read()
    stored = "\n".join(read.conn.iterdump())

    assert key["secret"] not in stored


def test_prefixes_tell_keys_apart(box: Box) -> None:
    prefixes = [key["prefix"] for key in box.get(KEYS)["items"]]

    assert len(set(prefixes)) == len(prefixes)


def test_scope_is_kept_once(box: Box) -> None:
    assert box.post(KEYS, {"name": "Gate", "scopes": ["checkin:write"] * 3})["scopes"] == ["checkin:write"]


def test_new_key_has_its_scopes(box: Box) -> None:
    key = box.post(KEYS, {"name": "Gate", "scopes": ["checkin:write"]})

    assert refused(Box(box.client, key["secret"]).call("GET", "/events")) == (403, "INSUFFICIENT_SCOPE")


def test_paused_key_is_inactive(box: Box) -> None:
    key = box.post(KEYS, {"name": "Gate", "scopes": ["events:read"]})
    gate = Box(box.client, key["secret"])

    box.put(f"{KEYS}/{key['id']}", {"active": False})
    paused = gate.call("GET", "/events")
    box.put(f"{KEYS}/{key['id']}", {"active": True, "name": "Door", "scopes": ["events:read", "orders:read"]})

    assert refused(paused) == (403, "API_KEY_INACTIVE")
    assert gate.call("GET", "/events").status_code == 200


def test_rotated_key_loses_its_text(box: Box) -> None:
    key = box.post(KEYS, {"name": "Gate", "scopes": ["events:read"]})

    rotated = box.post(f"{KEYS}/{key['id']}/rotate")

    assert refused(Box(box.client, key["secret"]).call("GET", "/events")) == (401, "API_KEY_INVALID")
    assert Box(box.client, rotated["secret"]).call("GET", "/events").status_code == 200


def test_revoked_key_is_unknown(box: Box) -> None:
    key = box.post(KEYS, {"name": "Gate", "scopes": ["events:read"]})

    box.delete(f"{KEYS}/{key['id']}")

    assert refused(Box(box.client, key["secret"]).call("GET", "/events")) == (401, "API_KEY_INVALID")


def test_revoked_key_takes_its_callback_along(box: Box) -> None:
    key = box.post(KEYS, {"name": "Gate", "scopes": ["events:read"]})
    box.client.control("PATCH", f"keys/{key['id']}", {"callback_url": "http://127.0.0.1:9/hook"})
    before = box.client.control("GET", "endpoints")["endpoints"]

    box.delete(f"{KEYS}/{key['id']}")

    assert [endpoint["owner"] for endpoint in before] == [key["id"]]
    assert box.client.control("GET", "endpoints")["endpoints"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/organizer/integrations/org/org_x/api-keys"), ("PUT", f"{KEYS}/key_x"), ("DELETE", f"{KEYS}/key_portal_1"),
     ("POST", f"{KEYS}/key_x/rotate")],
)  # fmt: skip
def test_unknown_key_is_not_found(box: Box, method: str, path: str) -> None:
    assert refused(box.call(method, path, {} if method == "PUT" else None)) == (404, "NOT_FOUND")


def test_unknown_scope_is_refused(box: Box) -> None:
    assert issues(box.call("POST", KEYS, {"name": "x", "scopes": ["everything"]})) == ["scopes.0"]


def test_key_without_star_manages_none(box: Box) -> None:
    key = box.post(KEYS, {"name": "Most", "scopes": ["events:read", "events:write", "webhooks:manage"]})

    assert refused(Box(box.client, key["secret"]).call("GET", KEYS)) == (403, "INSUFFICIENT_SCOPE")


def test_minted_key_is_of_its_world(box: Box) -> None:
    box.set(environment="any")
    test = box.post(KEYS, {"name": "x", "scopes": ["events:read"]})["secret"]
    box.set(environment="live")
    live = Box(box.client, FULL.replace("test", "live")).post(KEYS, {"name": "x", "scopes": ["events:read"]})["secret"]

    assert (test[:8], live[:8]) == ("vt_test_", "vt_live_")
