"""Scenarios over HTTP: run at once, step by step or along the clock, one at a time in a world; and their descriptions."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import requests

from mockmarket.api.schemas import schema_of
from mockmarket.config import Config, Limits
from mockmarket.control.scenarios import Scenarios
from mockmarket.scenarios import answers, reading, runs
from tests.conftest import Client, Served
from tests.receiver import PATIENCE_S
from tests.running import buy, serving, talking_to, until
from tests.scenarios import BUY, LISTEN, SHOP, failure, latest, run_scenario, scenario_text, states, step_message

Row = dict[str, Any]

SOLD = {"expect": {"stock": {"event": "1001", "section": "Floor", "sold": 1}}}
UNSOLD = {"expect": {"stock": {"event": "1001", "section": "Floor", "sold": 0}}}
ACCEPT = {
    "call": {
        "vendor": "portal",
        "method": "PATCH",
        "path": "/orders",
        "body": {"orderId": "${order}", "status": "accepted"},
    }
}
PATCHED = {"wait": {"requests": {"where": {"method": "PATCH", "path": "/api/v1/orders"}}, "timeout": "60s"}}


def accept(client: Client, order: str) -> requests.Response:
    """Accept an order as an integration under test does."""
    return client.patch("/api/v1/orders", {"orderId": order, "status": "accepted"})


def is_at(client: Client, step: int) -> bool:
    """Return whether the newest run is performing a step."""
    runs = client.control("GET", "scenarios/own/runs")["runs"]
    return bool(runs) and states(runs[0])[step - 1] == "running"


def start_run(client: Client, steps: list[Row], **parts: Any) -> Row:
    """Start a run that follows the clock; returns it after the steps that are due at once."""
    return run_scenario(client, steps, "start", **parts)


@pytest.mark.thorough
def test_list_names_every_shipped_scenario(client: Client) -> None:
    answer = client.control("GET", "scenarios")

    assert [scenario["name"] for scenario in answer["scenarios"]] == reading.names()
    assert answer["under_way"] is None
    assert schema_of(Scenarios, "answer").validate(answer) == {}


def test_description_has_each_step(client: Client) -> None:
    described = client.control("GET", "scenarios/double-sale-race")

    lines = reading.find("double-sale-race").read_text(encoding="utf-8").splitlines()
    race = next(step for step in described["steps"] if step["kind"] == "together")
    assert "Both buyers order it at the same moment" in lines[race["line"] - 1]
    assert schema_of(answers.Scenario, "answer").validate(described) == {}


def test_unknown_scenario_lists_those_there(client: Client) -> None:
    answer = client.post("/_mockmarket/scenarios/nothing/run", {})

    assert answer.status_code == 404
    assert all(name in answer.json()["error"]["message"] for name in reading.names())


def test_run_performs_every_step(client: Client) -> None:
    run = run_scenario(client, [BUY, SOLD, ACCEPT])

    assert (run["state"], run["done"], states(run)) == ("passed", 3, ["passed"] * 3)
    assert run["variables"]["order"].startswith("order_")
    assert schema_of(answers.Run, "answer").validate(run) == {}


def test_failed_expectation_says_what_was_seen(client: Client) -> None:
    run = run_scenario(client, [BUY, UNSOLD, ACCEPT])

    assert (
        failure(run)
        == "stock: 0 of the seats at event 1001, section Floor should be sold; there are 50 total, 49 free, 0 held, 1 sold"
    )
    assert states(run) == ["passed", "failed", "skipped"]


def test_all_that_differs_is_told(client: Client) -> None:
    record = {
        "vendor": "portal",
        "kind": "order",
        "id": "${order}",
        "fields": {"status": "accepted", "quantity": 7, "nothing": 1},
    }

    run = run_scenario(client, [BUY, {"expect": {"record": record}}])

    assert 'status should be "accepted"; it is "confirmed"' in failure(run)
    assert "quantity should be 7; it is 1" in failure(run)
    assert "nothing is at nothing; the whole is an object with orderId" in failure(run)


def test_unexpected_answer_is_shown(client: Client) -> None:
    body = BUY["call"]["body"] | {"quantity": 51}

    run = run_scenario(client, [{"call": BUY["call"] | {"body": body}}])

    assert "portal: POST /orders should be answered 201; it was 4" in failure(run)
    assert '"success":false' in failure(run)


def test_run_begins_at_the_scenarios_start(client: Client) -> None:
    buy(client)
    client.control("PATCH", "settings", {"portal": {"retries": 1}})

    run = run_scenario(client, [UNSOLD], start={"settings": {"zatabox": {"order_ttl_s": 60}}})

    settings = client.control("GET", "settings")
    assert run["state"] == "passed"
    assert run["began_at"] == run["now"] == "2027-03-01T12:00:00.000Z"
    assert settings["portal"]["retries"]["value"] == 5
    assert settings["zatabox"]["order_ttl_s"]["value"] == 60


def test_running_clock_runs_on_after(client: Client) -> None:
    run_scenario(client, [UNSOLD], start={"frozen": False})

    clock = client.control("GET", "clock")

    assert not clock["frozen"]
    assert clock["now"].startswith("2027-03-01T12:0")


def test_new_world_leaves_this_one_alone(client: Client) -> None:
    buy(client)

    run = client.control("POST", "scenarios/own/run", {"text": scenario_text([BUY, SOLD, BUY]), "world": "new"})

    new_client = Client(client.base.partition("/w/")[0], client.world)
    new_client.base = f"{client.base.partition('/w/')[0]}/w/{run['world']}"
    assert run["state"] == "passed"
    assert run["world"].startswith("own-")
    assert new_client.control("GET", "records/portal/order")["total"] == 4
    assert client.control("GET", "records/portal/order")["total"] == 3
    assert new_client.control("GET", "scenarios/own/runs")["runs"][0]["id"] == run["id"]
    client.control("DELETE", f"worlds/{run['world']}")


def test_steps_are_taken_one_by_one(client: Client) -> None:
    first = run_scenario(client, [BUY, SOLD], "step")

    second = client.control("POST", "scenarios/own/step", {})

    assert (first["state"], states(first)) == ("waiting", ["passed", "to do"])
    assert (second["state"], states(second), second["id"]) == ("passed", ["passed", "passed"], first["id"])


def test_step_after_the_last_begins_anew(client: Client) -> None:
    first = run_scenario(client, [BUY], "step")

    second = run_scenario(client, [BUY], "step")

    assert first["state"] == second["state"] == "passed"
    assert second["id"] != first["id"]


def test_second_run_is_told_what_runs(client: Client) -> None:
    run = run_scenario(client, [BUY, SOLD], "step")

    answer = client.post("/_mockmarket/scenarios/portal-happy-path/run", {})

    error = answer.json()["error"]
    assert answer.status_code == 409
    assert f"The scenario own ({run['id']}) is running" in error["message"]
    assert "1 of 2 steps are done" in error["message"]
    assert f"DELETE scenarios/own/runs/{run['id']}" in error["hint"]
    assert client.control("GET", "scenarios")["under_way"] == {"scenario": "own", "run": run["id"], "state": "waiting"}


def test_stopped_run_makes_room(client: Client) -> None:
    run = run_scenario(client, [BUY, SOLD], "step")

    stopped = client.control("DELETE", f"scenarios/own/runs/{run['id']}")

    assert (stopped["state"], states(stopped)) == ("stopped", ["passed", "skipped"])
    assert run_scenario(client, [BUY])["state"] == "passed"


def test_reset_ends_the_run(client: Client) -> None:
    run_scenario(client, [BUY, SOLD], "step")

    client.control("POST", "reset")

    run = latest(client)
    assert run["state"] == "stopped"
    assert run["stopped"] == "The world was reset, restored or replaced."


def test_runs_of_another_scenario_are_apart(client: Client) -> None:
    run = run_scenario(client, [UNSOLD])

    answer = client.get(f"/_mockmarket/scenarios/double-sale-race/runs/{run['id']}")

    assert answer.status_code == 404
    assert "is a run of own" in answer.json()["error"]["message"]
    assert client.control("GET", "scenarios/double-sale-race/runs") == {"runs": []}
    assert client.control("GET", f"scenarios/own/runs/{run['id']}") == run


def test_started_run_follows_an_advance(client: Client) -> None:
    run = start_run(client, [BUY, {"at": "+2h", **ACCEPT}, {"at": "+3h", **SOLD}])
    assert (run["state"], states(run)) == ("waiting", ["passed", "waiting", "to do"])
    assert run["steps"][1]["due"] == "2027-03-01T14:00:00.000Z"

    client.control("POST", "clock/advance", {"seconds": 7200})
    halfway = latest(client)
    client.control("POST", "clock/advance", {"until": "quiet"})

    final = latest(client)
    assert states(halfway) == ["passed", "passed", "waiting"]
    assert final["state"] == "passed"
    assert [step["at"] for step in final["steps"]] == [f"2027-03-01T{hour}:00:00.000Z" for hour in (12, 14, 15)]


def test_step_comes_at_its_own_moment(client: Client) -> None:
    start_run(client, [BUY, {"at": "+2h", **ACCEPT}, LISTEN, {"at": "+4h", **BUY}], receivers=SHOP)

    client.control("POST", "clock/advance", {"seconds": 86400})

    orders = client.control("GET", "records/portal/order")["records"]
    assert orders[-2]["updatedAt"] == "2027-03-01T14:00:00.000Z"
    assert orders[-1]["createdAt"] == "2027-03-01T16:00:00.000Z"
    assert latest(client)["receivers"]["shop"]["received"] == 1


def test_advance_is_waited_out_by_a_follower(client: Client) -> None:
    run = start_run(client, [{"advance": "90m"}, BUY])

    client.control("POST", "clock/advance", {"seconds": 5400})

    assert states(run) == ["waiting", "to do"]
    assert latest(client)["state"] == "passed"
    assert latest(client)["steps"][1]["at"] == "2027-03-01T13:30:00.000Z"


@pytest.mark.thorough
def test_started_run_follows_a_running_clock(client: Client) -> None:
    run_scenario(client, [{"at": "+1s", **BUY}, SOLD], "start", start={"frozen": False})

    until(client.world, lambda: latest(client)["state"] == "passed")

    assert latest(client)["steps"][0]["at"] >= "2027-03-01T12:00:01.000Z"


def test_quiet_cannot_be_followed(client: Client) -> None:
    answer = client.post("/_mockmarket/scenarios/own/start", {"text": scenario_text([BUY, {"advance": "quiet"}])})

    assert answer.status_code == 400
    assert "Step 2 advances until quiet" in answer.json()["error"]["message"]


def test_refused_start_leaves_no_world(served: Served, client: Client) -> None:
    names = served.app.worlds.names()

    answer = client.post(
        "/_mockmarket/scenarios/own/start", {"text": scenario_text([BUY, {"advance": "quiet"}]), "world": "new"}
    )

    assert answer.status_code == 400
    assert served.app.worlds.names() == names


def test_runs_begun_at_once_have_worlds_apart(client: Client) -> None:
    with ThreadPoolExecutor(4) as pool:
        bodies = [{"text": scenario_text([BUY, SOLD]), "world": "new"}] * 4
        runs = list(pool.map(lambda body: client.control("POST", "scenarios/crowd/run", body), bodies))

    assert [run["state"] for run in runs] == ["passed"] * 4
    assert len({run["world"] for run in runs}) == 4
    for run in runs:
        client.control("DELETE", f"worlds/{run['world']}")


def test_snapshot_carries_no_step_to_come(client: Client) -> None:
    start_run(client, [{"at": "+1d", **BUY}])

    client.control("POST", "snapshots/amid")
    client.control("POST", "snapshots/amid/restore")

    assert "core" not in {timer["vendor"] for timer in client.control("GET", "clock")["timers"]}


@pytest.mark.thorough
def test_killed_process_leaves_no_step_to_come(tmp_path: Path) -> None:
    with serving(Config(fixture="small", data=tmp_path / "killed")) as served:
        start_run(talking_to(served), [{"at": "+1d", **BUY}])
        copytree(tmp_path / "killed" / "worlds", tmp_path / "next" / "worlds")  # the files of a killed process
        kept_timers = talking_to(served).control("GET", "clock")["timers"]

    with serving(Config(fixture="small", data=tmp_path / "next")) as served:
        timers = talking_to(served).control("GET", "clock")["timers"]

    assert "core" in {timer["vendor"] for timer in kept_timers}
    assert "core" not in {timer["vendor"] for timer in timers}


def test_waiting_run_outlives_no_drop(served: Served, client: Client) -> None:
    run = client.control("POST", "scenarios/own/start", {"text": scenario_text([{"at": "+1d", **BUY}]), "world": "new"})
    dropped = served.app.worlds.get(run["world"])

    client.control("DELETE", f"worlds/{run['world']}")

    assert runs.of(dropped).current is None


def test_wait_ends_with_the_callers_request(client: Client) -> None:
    run: list[Row] = []
    thread = threading.Thread(target=lambda: run.append(run_scenario(client, [BUY, PATCHED, {"expect": {"records": {
        "vendor": "portal", "kind": "order", "where": {"status": "accepted"}, "count": 2}}}])))  # fmt: skip

    thread.start()
    until(client.world, lambda: is_at(client, 2))
    answer = accept(client, client.control("GET", "records/portal/order")["records"][-1]["orderId"])
    thread.join(PATIENCE_S)

    assert answer.status_code == 200
    assert run[0]["state"] == "passed"


@pytest.mark.thorough
def test_wait_in_vain_says_what_came(client: Client) -> None:
    wait = {"deliveries": {"where": {"type": "order.accepted"}, "count": 1}, "timeout": "1s"}

    run = run_scenario(client, [LISTEN, BUY, {"wait": wait}], receivers=SHOP)

    assert failure(run).startswith("Waited 1.")
    assert "1 deliveries with type order.accepted should be there; 0 are." in failure(run)


def test_wait_can_be_stopped(client: Client) -> None:
    thread = threading.Thread(target=lambda: run_scenario(client, [BUY, PATCHED]))
    thread.start()
    until(client.world, lambda: is_at(client, 2))

    client.control("DELETE", f"scenarios/own/runs/{latest(client)['id']}")
    thread.join(PATIENCE_S)

    assert not thread.is_alive()
    assert latest(client)["state"] == "stopped"


@pytest.mark.thorough
def test_run_takes_no_longer_than_it_may() -> None:
    with serving(Config(fixture="small", limits=Limits(scenario_wall_s=1.0))) as served:
        client = talking_to(served)

        run = run_scenario(client, [BUY, PATCHED])

    assert failure(run).startswith("The run exceeded its time limit.") or failure(run).startswith("Waited 1.")


@pytest.mark.thorough
def test_long_runs_leave_threads_for_others() -> None:
    with serving(Config(fixture="small", workers=1)) as served:
        client = talking_to(served)
        thread = threading.Thread(target=lambda: run_scenario(client, [BUY, PATCHED]))
        thread.start()
        second_client = talking_to(served)

        until(second_client.world, lambda: is_at(second_client, 2))
        answer = accept(second_client, second_client.control("GET", "records/portal/order")["records"][-1]["orderId"])
        thread.join(PATIENCE_S)

        assert answer.status_code == 200
        assert latest(second_client)["state"] == "passed"


@pytest.mark.thorough
def test_run_ends_with_the_server() -> None:
    results: list[Row] = []
    with serving(Config(fixture="small")) as served:
        client = talking_to(served)
        thread = threading.Thread(target=lambda: results.append(run_scenario(client, [BUY, PATCHED])))
        thread.start()
        until(client.world, lambda: is_at(client, 2))
    thread.join(PATIENCE_S)

    assert results[0]["state"] == "stopped"


def test_follower_leaves_no_timer_behind(client: Client) -> None:
    run = start_run(client, [{"at": "+1d", **BUY}])
    timers = client.control("GET", "clock")["timers"]

    client.control("DELETE", f"scenarios/own/runs/{run['id']}")

    assert {"vendor": "core", "timer": "scenario", "record": run["id"], "due": "2027-03-02T12:00:00.000Z"} in timers
    assert "core" not in {timer["vendor"] for timer in client.control("GET", "clock")["timers"]}


def test_receivers_need_leave_to_be_sent_to() -> None:
    with serving(Config(fixture="small", private_targets=False)) as served:
        client = talking_to(served)

        answer = client.post("/_mockmarket/scenarios/own/run", {"text": scenario_text([LISTEN], receivers=SHOP)})

    assert answer.status_code == 409
    assert "where webhooks may not go: 127.0.0.1 is loopback" in answer.json()["error"]["message"]
    assert "--private-targets" in answer.json()["error"]["hint"]


def test_forbidden_receivers_leave_no_world() -> None:
    with serving(Config(fixture="small", private_targets=False)) as served:
        text = scenario_text([LISTEN], receivers=SHOP)

        answer = talking_to(served).post("/_mockmarket/scenarios/own/run", {"text": text, "world": "new"})

        assert answer.status_code == 409
        assert served.app.worlds.names() == ["main"]


@pytest.mark.thorough
def test_control_token_opens_the_steps_too() -> None:
    with serving(Config(fixture="small", control_token="a-token-of-the-tests")) as served:
        client = talking_to(served)
        client.key |= {"Authorization": "Bearer a-token-of-the-tests"}

        run = run_scenario(client, [LISTEN, BUY, {"settings": {"portal": {"retries": 1}}}], receivers=SHOP)

    assert run["state"] == "passed"


def test_calls_stand_in_the_journal(client: Client) -> None:
    run_scenario(client, [BUY, ACCEPT])

    requests = client.control("GET", "requests")["requests"]

    assert [(request["method"], request["path"], request["status"]) for request in requests] == [
        ("POST", "/api/v1/orders", 201), ("PATCH", "/api/v1/orders", 200),
    ]  # fmt: skip
    assert requests[0]["key"] == "key_portal_1"


def test_call_without_key_is_refused(client: Client) -> None:
    run = run_scenario(client, [{"call": {"vendor": "portal", "key": "none", "path": "/events", "status": 401}}])

    assert run["state"] == "passed"


def test_call_may_use_any_key(client: Client) -> None:
    expired = {"vendor": "ticketnation", "key": "Expired", "path": "/me", "status": 401}
    foreign = {
        "vendor": "ticketnation",
        "key": "Another organization",
        "path": "/me",
        "expect": {"data.organization.slug": "side-door-shows"},
    }

    run = run_scenario(client, [{"call": expired}, {"call": foreign}])

    assert run["state"] == "passed", run["failed"]


def test_action_can_be_expected_to_fail(client: Client) -> None:
    refusal = {"vendor": "core", "name": "cancel_event", "fields": {"event": "nowhere"}, "refused": "not_found"}

    run = run_scenario(client, [{"action": refusal}, {"action": refusal | {"refused": "conflict"}}])

    assert "refused (404 not_found): There is no event 'nowhere'." in step_message(run, 1)
    assert 'should be refused as "conflict"; it was refused (404 not_found)' in failure(run)


def test_repeated_step_counts(client: Client) -> None:
    order = BUY["call"] | {"body": BUY["call"]["body"] | {"customer": {
        "email": "buyer-${n}@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}}}  # fmt: skip

    run = run_scenario(client, [{"repeat": 3, "call": order}])

    emails = [record["customer"]["email"] for record in client.control("GET", "records/portal/order")["records"][-3:]]
    assert run["state"] == "passed"
    assert emails == [f"buyer-{number}@example.com" for number in (1, 2, 3)]


def test_variables_like_secrets_stay_hidden(client: Client) -> None:
    run = run_scenario(
        client, [{"endpoint": LISTEN["endpoint"] | {"save": {"secret": "secret", "endpoint": "id"}}}], receivers=SHOP
    )

    assert run["variables"]["secret"] == "(redacted)"
    assert run["variables"]["endpoint"].startswith("end_")


@pytest.mark.parametrize("how", ["run", "step", "start"])
def test_unknown_member_is_refused(client: Client, how: str) -> None:
    answer = client.post(f"/_mockmarket/scenarios/portal-happy-path/{how}", {"wrld": "new"})

    assert answer.status_code == 400
    assert "wrld" in answer.json()["error"]["message"]


def test_only_scenarios_are_read_as_such(client: Client, tmp_path: Path) -> None:
    secret = tmp_path / "passwords"
    secret.write_text("hunter2: yes\n")

    answer = client.post("/_mockmarket/scenarios/own/run", {"file": str(secret)})

    assert answer.status_code == 404
    assert "hunter2" not in answer.text


def test_file_is_run_by_its_path(client: Client, tmp_path: Path) -> None:
    (tmp_path / "tour.yaml").write_text(scenario_text([BUY, SOLD]))

    run = client.control("POST", "scenarios/own/run", {"file": str(tmp_path / "tour.yaml")})

    assert (run["scenario"], run["state"]) == ("own", "passed")


@pytest.mark.parametrize("name", ["\0", "a\0.yaml", "x" * 5_000, "\ud800.yaml", "no/such.yaml", ""])
def test_file_that_cannot_be_is_refused(client: Client, name: str) -> None:
    answers = [
        client.post("/_mockmarket/scenarios/own/run", {"file": name}),
        client.call("PUT", "/_mockmarket/worlds/own", json={"fixture": name or "\0"}),
    ]

    assert all(answer.status_code in (400, 404) and answer.json()["error"]["message"] for answer in answers)


def test_text_and_file_exclude_each_other(client: Client) -> None:
    answer = client.post("/_mockmarket/scenarios/own/run", {"text": scenario_text([BUY]), "file": "own.yaml"})

    assert answer.status_code == 400
    assert re.search("text or file", answer.json()["error"]["message"])
