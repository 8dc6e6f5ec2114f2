"""Which faults are on: put, added, removed, counted, drawn from the seed, refused with what there is, each world's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mockmarket.errors import Invalid, NotFound
from mockmarket.faults import catalogue
from mockmarket.faults.catalogue import CATALOGUE
from mockmarket.worlds.world import World
from tests.conftest import Client, Served

EVENTS = "/api/v1/events"
FOLDER = Path(__file__).parent.parent


def put(client: Client, *faults: dict[str, Any]) -> list[dict[str, Any]]:
    """Have these faults on; returns them as the answer shows them."""
    answer: list[dict[str, Any]] = client.control("PUT", "faults", {"faults": list(faults)})["faults"]
    return answer


def wrong(client: Client, fault: Any) -> dict[str, str]:
    """Return what is wrong with a fault, by field."""
    answer = client.put("/_mockmarket/faults", {"faults": [fault]})
    assert answer.status_code == 400, answer.text
    return {
        detail["field"].removeprefix("faults.0."): detail["message"] for detail in answer.json()["error"]["details"]
    }


def pattern(client: Client, count: int = 40) -> list[bool]:
    """Return which of so many requests go wrong."""
    return [client.get(EVENTS).status_code == 503 for _ in range(count)]


def test_no_fault_is_on_by_default(client: Client) -> None:
    assert client.control("GET", "faults") == {"faults": []}
    assert (client.world.faults.requests, client.world.faults.deliveries) == ((), ())


def test_put_answers_each_faults_state(client: Client) -> None:
    (state,) = put(
        client,
        {"fault": "status", "vendor": "portal", "operation": "POST /orders", "times": 2, "with": {"status": 500}},
    )

    assert state == {
        "id": "f1", "fault": "status", "of": "requests", "vendor": "portal", "operation": "POST /orders", "key": None,
        "endpoint": None, "notice": None, "times": 2, "probability": 1.0,
        "with": {"status": 500, "message": "The fault status is on.", "retry_after_s": 0}, "applied": 0, "left": 2,
    }  # fmt: skip


def test_put_replaces_what_was_on(client: Client) -> None:
    put(client, {"fault": "status"}, {"fault": "slow"})

    put(client, {"fault": "lose", "id": "mine"})

    assert [(fault["id"], fault["fault"]) for fault in client.control("GET", "faults")["faults"]] == [("mine", "lose")]


def test_post_adds_one_more(client: Client) -> None:
    put(client, {"fault": "status"})

    added = client.post("/_mockmarket/faults", {"fault": "slow", "id": "late"})

    assert (added.status_code, added.json()["id"]) == (201, "late")
    assert [fault["id"] for fault in client.control("GET", "faults")["faults"]] == ["f1", "late"]


def test_one_fault_is_shown_and_removed(client: Client) -> None:
    put(client, {"fault": "status", "id": "a"}, {"fault": "lose", "id": "b"})
    client.get(EVENTS)
    rule = client.control("GET", "faults/a")

    client.control("DELETE", "faults/a")

    assert (rule["applied"], rule["left"]) == (1, None)
    assert [fault["id"] for fault in client.control("GET", "faults")["faults"]] == ["b"]


def test_delete_turns_all_off(client: Client) -> None:
    put(client, {"fault": "status"}, {"fault": "lose"})

    client.control("DELETE", "faults")

    assert client.control("GET", "faults")["faults"] == []
    assert client.get(EVENTS).status_code == 200


def test_unknown_id_lists_those_on(client: Client) -> None:
    put(client, {"fault": "status", "id": "a"})

    answer = client.delete("/_mockmarket/faults/b")

    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "There is no fault 'b'; active: a.")


def test_refused_list_changes_nothing(client: Client) -> None:
    put(client, {"fault": "status", "id": "a"})

    answer = client.put("/_mockmarket/faults", {"faults": [{"fault": "slow"}, {"fault": "sloow"}]})

    assert [detail["field"] for detail in answer.json()["error"]["details"]] == ["faults.1.fault"]
    assert [fault["id"] for fault in client.control("GET", "faults")["faults"]] == ["a"]


@pytest.mark.parametrize(
    ("fault", "field", "words"),
    [
        ({"fault": "sloow"}, "fault", "there is no fault 'sloow'; there are altered, delay, drip, drop, duplicate"),
        ({"fault": "slow", "vendor": "ebay"}, "vendor", "there is no vendor 'ebay'; there are portal"),
        ({"fault": "slow", "vendor": "portal", "operation": "GET /x"}, "operation", "there are GET /events, GET /inventory"),
        ({"fault": "slow", "operation": "/events"}, "operation", "there is no operation '/events'; there are"),
        ({"fault": "slow", "vendor": "portal", "key": "Nobody"}, "key", "there is no key 'Nobody'; there are Full access"),
        ({"fault": "lose", "endpoint": "end_0"}, "endpoint", "there is no endpoint 'end_0', nor any other"),
        ({"fault": "lose", "vendor": "portal", "notice": "x"}, "notice", "there are order.confirmed"),
        ({"fault": "slow", "with": {"second": 1}}, "with.second", "there is no parameter 'second'; there are seconds"),
        ({"fault": "lose", "with": {"x": 1}}, "with.x", "there is no parameter 'x', nor any other"),
        ({"fault": "slow", "with": {"seconds": 301}}, "with.seconds", "must be from 0 to 300"),
        ({"fault": "slow", "with": {"seconds": True}}, "with.seconds", "must be a number"),
        ({"fault": "slow", "with": [1]}, "with", "must be an object"),
        ({"fault": "status", "with": {"status": 200}}, "with.status", "must be from 400 to 599"),
        ({"fault": "status", "with": {"status": 500.5}}, "with.status", "must be a whole number"),
        ({"fault": "drop", "with": {"how": "gently"}}, "with.how", "must be one of reset, close"),
        ({"fault": "slow", "vendr": "portal"}, "vendr", "a fault of requests has id, fault, times, probability, with, vendor"),
        ({"fault": "slow", "endpoint": "end_0"}, "endpoint", "slow is filtered by vendor, operation, key"),
        ({"fault": "lose", "operation": "GET /events"}, "operation", "lose is filtered by vendor, endpoint, notice"),
        ({"fault": "slow", "times": 0}, "times", "must be a whole number from 1"),
        ({"fault": "slow", "times": 1.5}, "times", "must be a whole number from 1"),
        ({"fault": "slow", "probability": 0}, "probability", "above 0, and 1 at most"),
        ({"fault": "slow", "probability": 1.1}, "probability", "above 0, and 1 at most"),
        ({"fault": "slow", "id": ""}, "id", "must be a text of 1 to 100 characters"),
        ({"fault": "stale_stamp", "vendor": "ticketnation"}, "vendor", "sends nothing that stale_stamp applies to; it is for portal"),
        ({"fault": ["slow"]}, "fault", "there is no fault"),
        ({"fault": "slow", "vendor": ["portal"]}, "vendor", "there is no vendor ['portal']; there are portal"),
    ],
)  # fmt: skip
def test_what_names_nothing_is_refused(client: Client, fault: Any, field: str, words: str) -> None:
    errors = wrong(client, fault)

    assert list(errors) == [field]
    assert words in errors[field]


def test_post_refuses_unknown_members_too(client: Client) -> None:
    answer = client.post("/_mockmarket/faults", {"fault": "slow", "time": 1})

    assert answer.status_code == 400
    assert "a fault of requests has id, fault, times," in answer.json()["error"]["message"]
    assert client.control("GET", "faults")["faults"] == []


def test_everything_wrong_is_told_at_once(client: Client) -> None:
    errors = wrong(client, {"fault": "slow", "vendor": "ebay", "times": -1, "with": {"x": 1}})

    assert set(errors) == {"vendor", "times", "with.x"}


@pytest.mark.parametrize("body", [{}, {"faults": {}}, {"faults": ["slow"]}, {"faults": [], "more": 1}])
def test_another_shape_is_refused(client: Client, body: Any) -> None:
    assert client.put("/_mockmarket/faults", body).status_code == 400


def test_two_faults_need_two_ids(client: Client) -> None:
    answer = client.put("/_mockmarket/faults", {"faults": [{"fault": "slow", "id": "a"}, {"fault": "drop", "id": "a"}]})

    assert answer.json()["error"]["details"][0]["message"].startswith("'a' is the id of another fault")


def test_new_ids_are_nobody_elses(client: Client) -> None:
    states = put(client, {"fault": "slow", "id": "f2"}, {"fault": "drop"}, {"fault": "lose"})

    assert [state["id"] for state in states] == ["f2", "f3", "f4"]


def test_times_may_be_always(client: Client) -> None:
    (state,) = put(client, {"fault": "status", "times": "always"})

    assert (state["times"], state["left"]) == (None, None)


def test_fault_ends_after_its_times(client: Client) -> None:
    put(client, {"fault": "status", "times": 2})

    assert pattern(client, 4) == [True, True, False, False]
    assert client.control("GET", "faults")["faults"][0]["left"] == 0


def test_same_seed_draws_the_same(client: Client) -> None:
    put(client, {"fault": "status", "probability": 0.5})
    first = pattern(client)

    put(client, {"fault": "status", "probability": 0.5})
    second = pattern(client)

    assert first == second
    assert 5 < sum(first) < 35


def test_two_worlds_draw_the_same(served: Served, client: Client) -> None:
    twin = Client(served.url, served.app.worlds.put(f"{client.world.name}-twin", "small")[0])
    twin.key = client.key
    for caller in (client, twin):
        put(caller, {"fault": "status", "probability": 0.3})

    patterns = pattern(client), pattern(twin)

    assert patterns[0] == patterns[1]
    served.app.worlds.drop(twin.world.name)


def test_two_seeds_draw_differently(served: Served, client: Client) -> None:
    twin = Client(served.url, served.app.worlds.put(f"{client.world.name}-other", "small", seed=7)[0])
    twin.key = client.key
    for caller in (client, twin):
        put(caller, {"fault": "status", "probability": 0.5})

    patterns = pattern(client), pattern(twin)

    assert patterns[0] != patterns[1]
    served.app.worlds.drop(twin.world.name)


def test_two_faults_draw_apart(client: Client) -> None:
    put(client, {"fault": "status", "probability": 0.5})
    first = pattern(client)

    put(client, {"fault": "lose"}, {"fault": "status", "probability": 0.5})

    assert pattern(client) != first


def test_another_world_is_left_alone(served: Served, client: Client) -> None:
    twin = Client(served.url, served.app.worlds.put(f"{client.world.name}-next", "small")[0])
    twin.key = client.key
    put(client, {"fault": "status"}, {"fault": "lose"})

    answer = twin.get(EVENTS)

    assert (answer.status_code, twin.control("GET", "faults")["faults"]) == (200, [])
    served.app.worlds.drop(twin.world.name)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "reset"), ("PUT", "worlds/{name}")], ids=["reset", "put to a fixture"]
)
def test_new_beginning_turns_all_off(client: Client, method: str, path: str) -> None:
    put(client, {"fault": "status"}, {"fault": "lose"})

    client.control(method, path.format(name=client.world.name), {"fixture": "small"} if method == "PUT" else None)

    assert client.control("GET", "faults")["faults"] == []
    assert client.get(EVENTS).status_code == 200


def test_python_has_the_same_switches(world: World, client: Client) -> None:
    world.faults.put([{"fault": "slow", "with": {"seconds": 0}}])
    id = world.faults.add({"fault": "status", "times": 1})

    statuses = [client.get(EVENTS).status_code for _ in range(2)]
    world.faults.remove("f1")

    assert (id, statuses) == ("f2", [503, 200])
    assert [rule["id"] for rule in world.faults.all()] == ["f2"]


def test_python_refuses_in_the_same_words(world: World) -> None:
    with pytest.raises(Invalid, match="there is no fault 'x'; there are altered"):
        world.faults.add({"fault": "x"})
    with pytest.raises(NotFound, match="none is active"):
        world.faults.remove("f1")


def test_clear_turns_all_off(world: World) -> None:
    world.faults.put([{"fault": "status"}, {"fault": "lose"}])

    world.faults.clear()

    assert (world.faults.all(), world.faults.requests, world.faults.deliveries) == ([], (), ())


def test_switch_counts_exactly_at_once(world: World) -> None:
    world.faults.put([{"fault": "status", "times": 100}])
    (switch,) = world.faults.requests

    with ThreadPoolExecutor(16) as pool:
        taken = sum(pool.map(lambda _: switch.take(), range(1000)))

    assert (taken, switch.applied) == (100, 100)


def test_faults_have_a_bound(world: World) -> None:
    with pytest.raises(Invalid, match="at most 1000 faults can be active at once"):
        world.faults.put([{"fault": "slow"}] * 1001)


def test_catalogue_is_listed_whole(client: Client) -> None:
    listed = client.control("GET", "faults/catalogue")["faults"]

    assert [fault["name"] for fault in listed] == sorted(
        fault.name for fault in (*catalogue.OF_REQUESTS, *catalogue.OF_DELIVERIES)
    )


def test_catalogue_is_in_plain_words() -> None:
    texts = [
        text for fault in CATALOGUE.values() for text in (fault.help, *(p.help for p in fault.parameters.values()))
    ]

    assert [text for text in texts if "_" in text] == []


def test_catalogue_tells_what_is_taken(client: Client) -> None:
    listed = client.control("GET", "faults/catalogue")["faults"]

    defaults = [
        {"fault": fault["name"], "with": {parameter["name"]: parameter["default"] for parameter in fault["parameters"]}}
        for fault in listed
    ]
    assert len(put(client, *defaults)) == len(listed)
