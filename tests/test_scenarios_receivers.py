"""A scenario's own receivers, endpoints, faults, triggers and resends, on real sockets, and expectations about them."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import requests

from tests.conftest import Client
from tests.running import until
from tests.scenarios import BUY, LISTEN, SHOP, failure, latest, run_scenario, states, step_message

Row = dict[str, Any]


def expect_received(**expectations: Any) -> Row:
    """Return a step that expects something of the requests at the receiver `shop`."""
    return {"expect": {"received": {"receiver": "shop", **expectations}}}


def set_answer(answer: Any) -> Row:
    """Return a step that sets the answer of the receiver `shop`."""
    return {"receiver": {"name": "shop", "answer": answer}}


def test_receiver_counts_what_came(client: Client) -> None:
    run = run_scenario(
        client, [LISTEN, BUY, BUY, expect_received(count=2, distinct=2, answered=[200, 200])], receivers=SHOP
    )

    assert run["state"] == "passed"
    assert run["receivers"]["shop"]["received"] == 2


def test_receiver_answers_one_after_another(client: Client) -> None:
    answers = {"shop": {"answer": [500, 503, 200]}}

    run = run_scenario(
        client,
        [LISTEN, BUY, {"advance": "1m"}, expect_received(answered=[500, 503, 200], distinct=1)],
        receivers=answers,
    )

    assert run["state"] == "passed", run["failed"]


def test_receiver_refuses_and_comes_back(client: Client) -> None:
    refusal = {
        "expect": {
            "deliveries": {
                "where": {"state": "pending"},
                "attempts": 1,
                "last_status": None,
                "reason": {"contains": "refused"},
            }
        }
    }

    run = run_scenario(
        client,
        [LISTEN, set_answer("refuse"), BUY, refusal, set_answer(200), {"advance": "1m"}, expect_received(count=1)],
        receivers=SHOP,
    )

    assert run["state"] == "passed", run["failed"]


def test_receiver_cuts_the_connection(client: Client) -> None:
    run = run_scenario(client, [LISTEN, set_answer("drop"), BUY, expect_received(answered=[None])], receivers=SHOP)

    assert run["state"] == "passed", run["failed"]


@pytest.mark.thorough
def test_slow_receiver_meets_the_deadline(client: Client) -> None:
    late = {"expect": {"deliveries": {"where": {"receiver": "shop"}, "attempts": 1, "last_status": None}}}
    start = {"settings": {"portal": {"deadline_s": 0.2}}}

    run = run_scenario(
        client, [LISTEN, set_answer({"status": 200, "after": "30s"}), BUY, late], start=start, receivers=SHOP
    )

    assert run["state"] == "passed", run["failed"]


def test_receiver_goes_with_the_run(client: Client) -> None:
    run = run_scenario(client, [LISTEN, BUY], receivers=SHOP)

    with pytest.raises(requests.ConnectionError):
        requests.post(run["receivers"]["shop"]["url"], json={}, timeout=5)


def test_port_stays_while_it_refuses(client: Client) -> None:
    run = run_scenario(client, [LISTEN, set_answer("refuse"), BUY], "step", receivers=SHOP)
    run = client.control("POST", "scenarios/own/step", {})
    port = int(run["receivers"]["shop"]["url"].split(":")[2].split("/")[0])

    with pytest.raises(OSError, match="in use"), socket.socket() as listener:
        listener.bind(("127.0.0.1", port))

    client.control("DELETE", f"scenarios/own/runs/{run['id']}")


def test_receiver_takes_a_callers_webhook(client: Client) -> None:
    run = run_scenario(
        client, [{"wait": {"received": {"receiver": "shop", "count": 1}, "timeout": "60s"}}], "start", receivers=SHOP
    )
    until(client.world, lambda: states(latest(client)) == ["running"])

    answer = requests.post(run["receivers"]["shop"]["url"], json={"hello": 1}, timeout=5)
    until(client.world, lambda: latest(client)["state"] == "passed")

    assert answer.json() == {"success": True}


def test_what_came_is_shown_instead(client: Client) -> None:
    run = run_scenario(
        client, [LISTEN, BUY, expect_received(count=2, last={"event": "order.accepted"})], receivers=SHOP
    )

    assert "2 webhooks at shop should be there; 1 is" in failure(run)
    assert '"event":"order.confirmed"' in failure(run)
    assert 'in the last webhook event should be "order.accepted"; it is "order.confirmed"' in failure(run)


def test_wrong_order_is_shown(client: Client) -> None:
    run = run_scenario(
        client, [LISTEN, BUY, expect_received(sequence={"event": ["order.accepted"], "nothing": [1]})], receivers=SHOP
    )

    assert 'event should be ["order.accepted"] in this order; it is ["order.confirmed"]' in failure(run)
    assert 'nothing should be [1] in this order; it is ["(not there)"]' in failure(run)


def test_endpoint_sends_its_own_headers(client: Client) -> None:
    endpoint = {"vendor": "portal", "receiver": "shop", "headers": "X-Env: ci", "basic_auth": "gate:open"}
    expected = expect_received(headers={"x-env": "ci", "authorization": "Basic Z2F0ZTpvcGVu"})

    run = run_scenario(client, [{"endpoint": endpoint}, BUY, expected], receivers=SHOP)

    assert run["state"] == "passed", run["failed"]


def test_endpoint_is_changed_and_deleted(client: Client) -> None:
    steps: list[Row] = [
        LISTEN,
        {"endpoint": {"id": "${endpoint}", "active": False}},
        {"expect": {"endpoint": {"receiver": "shop", "fields": {"state": "disabled"}}}},
        {"endpoint": {"id": "${endpoint}", "delete": True}},
        BUY,
        expect_received(count=0),
        {"expect": {"endpoint": {"id": "${endpoint}", "fields": {"state": "active"}}}},
    ]

    run = run_scenario(client, steps, receivers=SHOP)

    assert states(run)[:6] == ["passed"] * 6
    assert "there is no endpoint end_" in failure(run)


def test_trigger_reaches_the_receiver(client: Client) -> None:
    trigger = {
        "vendor": "portal",
        "type": "order.refunded",
        "record": "${order}",
        "override": {"order.quantity": 9},
        "count": 2,
    }

    run = run_scenario(
        client,
        [LISTEN, BUY, {"trigger": trigger}, expect_received(count=3, last={"order.quantity": 9})],
        receivers=SHOP,
    )

    assert run["state"] == "passed", run["failed"]
    assert step_message(run, 3) == "2 notices, 2 deliveries"


def test_resend_of_nothing_fails(client: Client) -> None:
    run = run_scenario(client, [LISTEN, {"resend": {"receiver": "shop"}}], receivers=SHOP)

    assert "No delivery matches" in failure(run)


def test_fault_spoils_deliveries_until_off(client: Client) -> None:
    fault = {"fault": "duplicate", "receiver": "shop"}

    run = run_scenario(
        client,
        [LISTEN, {"fault": fault}, BUY, expect_received(count=2), {"fault": "off"}, BUY, expect_received(count=3)],
        receivers=SHOP,
    )

    assert run["state"] == "passed", run["failed"]
    assert client.control("GET", "faults")["faults"] == []


def test_one_fault_is_turned_off(client: Client) -> None:
    status = {"fault": "status", "vendor": "portal", "id": "outage"}
    outage = {"call": {"vendor": "portal", "path": "/events", "status": 503}}
    recovery = {"call": {"vendor": "portal", "path": "/events"}}

    run = run_scenario(
        client, [{"fault": status}, outage, {"fault": {"off": "outage"}}, recovery, {"fault": {"off": "outage"}}]
    )

    assert states(run) == ["passed"] * 4 + ["failed"]
    assert "There is no fault 'outage'" in failure(run)


def test_truncated_answer_is_seen_so(client: Client) -> None:
    fault = {"fault": "truncated", "vendor": "portal", "times": 1}

    run = run_scenario(
        client, [{"fault": fault}, {"call": {"vendor": "portal", "path": "/events", "expect": {"success": True}}}]
    )

    assert "nothing is at success; the whole is null" in failure(run)


def test_race_gives_each_its_answer(client: Client) -> None:
    racer = BUY["call"] | {"times": 8, "status": 201}

    run = run_scenario(client, [{"together": {"calls": [racer], "succeed": 8, "statuses": {"201": 8}}},
                          {"expect": {"stock": {"event": "1001", "section": "Floor", "sold": 8}}}])  # fmt: skip

    assert run["state"] == "passed", run["failed"]
    assert step_message(run, 1) == "answered 201 × 8"


def test_race_tells_how_it_came_out(client: Client) -> None:
    racer = BUY["call"] | {"times": 3, "body": BUY["call"]["body"] | {"quantity": 20}}

    run = run_scenario(client, [{"together": {"calls": [racer], "succeed": 3}}])

    assert failure(run).startswith("3 of the calls should succeed; 2 did. In all: 201 × 2, 409 × 1.")


@pytest.mark.thorough
def test_expectations_look_when_all_is_done(client: Client) -> None:
    steps = [
        LISTEN,
        BUY,
        {"expect": {"deliveries": {"where": {"cause": "${request}", "state": "delivered"}, "count": 1}}},
    ]

    runs = [run_scenario(client, steps, receivers=SHOP)["state"] for _ in range(5)]

    assert runs == ["passed"] * 5
