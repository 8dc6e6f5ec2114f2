"""The Python client: every route of the control plane, its refusals, and what it says when nothing answers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

import mockmarket_client
from mockmarket.config import Config
from mockmarket.worlds.world import World
from mockmarket_client import Client, MockmarketError, NoServer
from mockmarket_client.urls import is_loopback
from tests.conftest import Served
from tests.receiver import Receiver, run_server
from tests.running import FLOOR, control_routes, serving

ELSEWHERE = ("docs", "openapi.json", "ui")
"""What people look at in a browser, which no client needs."""


@pytest.fixture
def api(served: Served, world: World) -> Iterator[Client]:
    """Talk to the test's world."""
    client = Client(served.url, world=world.name)
    yield client
    client.close()


def buy(api: Client) -> str:
    """Buy one ticket; returns the order's id."""
    return str(api.action("portal", "buy", FLOOR)["orderId"])


def test_health_tells_the_version(api: Client) -> None:
    assert api.health()["status"] == "ok"


def test_vendors_are_listed_unwrapped(api: Client) -> None:
    names = {vendor["name"] for vendor in api.vendors()}

    assert {"portal", "zatabox"} <= names


def test_unknown_vendor_names_those_there(api: Client) -> None:
    with pytest.raises(MockmarketError, match=r"no vendor 'nobody'.* portal"):
        api.vendor("nobody")


def test_base_url_and_credentials_open(api: Client) -> None:
    answer = requests.get(f"{api.base_url('portal')}/events", headers=api.credentials("portal"), timeout=10)

    assert answer.status_code == 200
    assert answer.headers["X-Mockmarket-World"] == api.world


def test_credential_is_chosen_by_name(api: Client) -> None:
    read_only = api.credentials("ticketnation", "Read only")

    assert read_only == {"api-key": "tn_live_test_read_0000000000000001"}


def test_unknown_credential_names_those_there(api: Client) -> None:
    with pytest.raises(MockmarketError, match=r"no key called 'Lost'.*Read only"):
        api.credentials("ticketnation", "Lost")


def test_worlds_are_made_and_dropped(api: Client) -> None:
    api.create_world("from-client", "small", seed=7)
    view = next(world for world in api.worlds() if world["name"] == "from-client")

    api.drop_world("from-client")

    assert view["seed"] == 7
    assert "from-client" not in [world["name"] for world in api.worlds()]


def test_clone_has_what_the_source_has(api: Client) -> None:
    order = buy(api)

    api.clone_world("cloned", str(api.world))

    assert api.in_world("cloned").record("portal", "order", order)["orderId"] == order
    api.drop_world("cloned")


def test_reset_forgets_an_order(api: Client) -> None:
    before = api.count_records("portal", "order")
    buy(api)

    api.reset()

    assert api.count_records("portal", "order") == before


def test_snapshot_brings_a_world_back(api: Client) -> None:
    order = buy(api)
    api.save_snapshot("bought")
    api.reset()

    api.restore_snapshot("bought")

    assert api.record("portal", "order", order)["orderId"] == order
    assert [snapshot["name"] for snapshot in api.snapshots()] == ["bought"]


def test_deleted_snapshot_is_gone(api: Client) -> None:
    api.save_snapshot("short")

    api.delete_snapshot("short")

    assert api.snapshots() == []


def test_state_travels_as_one_file(api: Client) -> None:
    order = buy(api)
    state = api.state()
    api.reset()

    api.put_state(state)

    assert state.startswith(b"SQLite format 3\0")
    assert api.record("portal", "order", order)["orderId"] == order


def test_clock_freezes_and_runs(api: Client) -> None:
    assert api.freeze()["frozen"] is True
    assert api.run()["frozen"] is False


def test_advance_adds_its_units(api: Client) -> None:
    before = api.freeze()["now_ms"]

    walked = api.advance(hours=1, minutes=2, seconds=3)

    assert walked["now_ms"] - before == 3_723_000
    assert api.clock()["now_ms"] == walked["now_ms"]


def test_advance_goes_to_a_moment(api: Client) -> None:
    api.freeze()

    walked = api.advance(to="2040-01-01T00:00:00Z")

    assert walked["now"] == "2040-01-01T00:00:00.000Z"


@pytest.mark.parametrize("span", [{}, {"weeks": 1}, {"seconds": 1, "until": "quiet"}], ids=str)
def test_advance_refuses_an_unclear_way(api: Client, span: dict[str, Any]) -> None:
    with pytest.raises(MockmarketError, match="days"):
        api.advance(**span)


def test_keys_live_their_life(api: Client) -> None:
    key = api.create_key("portal", "CI", scopes=["events:read"])
    renamed = api.change_key(key["id"], name="Nightly")
    rotated = api.rotate_key(key["id"])

    api.delete_key(key["id"])

    assert (renamed["name"], rotated["secret"] != key["secret"]) == ("Nightly", True)
    assert key["id"] not in [row["id"] for row in api.keys("portal")]


def test_endpoints_live_their_life(api: Client) -> None:
    endpoint = api.create_endpoint(
        "portal", "http://127.0.0.1:9/x", types=["order.accepted"], headers="X-Env: ci", basic_auth="u:p"
    )
    assert (endpoint["headers"], endpoint["basic_auth"]) == ("X-Env: ci", "u:(redacted)")
    changed = api.change_endpoint(endpoint["id"], active=False)

    api.delete_endpoint(endpoint["id"])

    assert (endpoint["types"], changed["state"]) == (["order.accepted"], "disabled")
    assert api.endpoints("portal") == []


def test_delivery_is_found_and_resent(api: Client, receiver: Receiver) -> None:
    api.create_endpoint("portal", receiver.url)
    order = buy(api)
    api.wait("deliveries", record=order)
    (row,) = api.deliveries(record=order)

    resent = api.resend(row["id"])

    receiver.wait(2)
    assert resent["id"] == row["id"] == api.delivery(row["id"])["id"]
    assert [notice["record"] for notice in api.notices(record=order)] == [order]


def test_trigger_changes_the_body(api: Client, receiver: Receiver) -> None:
    api.create_endpoint("portal", receiver.url)

    counts = api.trigger("portal", "order.accepted", override={"order.quantity": 3}, count=2)

    assert (counts["notices"], counts["deliveries"]) == (2, 2)
    assert counts["delivery_ids"] == [delivery["id"] for delivery in reversed(api.deliveries())]
    assert receiver.wait(2)[0].json["order"]["quantity"] == 3


def test_records_are_filtered_and_counted(api: Client) -> None:
    order = buy(api)

    orders = api.records("portal", "order", status="confirmed", event="1001")

    assert [record["orderId"] for record in orders] == [order]
    assert api.count_records("portal", "order", status="confirmed", event="1001") == 1


def test_actions_are_listed_for_core(api: Client) -> None:
    assert "cancel_event" in [action["name"] for action in api.actions("core")]


def test_settings_change_and_go_back(api: Client) -> None:
    changed = api.change_settings("portal", retries=1)
    back = api.change_settings("portal", retries=None)

    assert (changed["portal"]["retries"]["value"], back["portal"]["retries"]["value"]) == (1, 5)
    assert api.settings()["portal"]["retries"]["value"] == 5


def test_journal_is_searched_and_cleared(api: Client) -> None:
    url = api.base_url("portal")
    requests.get(f"{url}/events", headers=api.credentials("portal"), timeout=10)
    requests.get(f"{url}/events", timeout=10)

    assert api.count_requests(path="/api/v1/events") == 2
    (refused,) = api.find_requests(refused=True)
    assert refused["status"] == 401
    assert api.request(refused["id"])["id"] == refused["id"]
    assert len(api.requests(vendor="portal")) == 2
    api.clear_requests()
    assert api.requests() == []


def test_unread_fields_are_told(api: Client) -> None:
    requests.post(
        f"{api.base_url('portal')}/orders",
        json=FLOOR | {"colour": "red"},
        headers=api.credentials("portal"),
        timeout=10,
    )

    assert [field["field"] for field in api.unread_fields()] == ["colour"]


def test_wait_that_fails_tells_what_was(api: Client) -> None:
    with pytest.raises(MockmarketError) as caught:
        api.wait("deliveries", timeout_s=0, type="order.accepted")

    assert (caught.value.code, caught.value.status) == ("timed_out", 408)
    assert caught.value.seen["matching"] == 0


def test_wait_for_quiet_returns(api: Client) -> None:
    assert api.wait()["for"] == "quiet"


def test_refusal_carries_fields_and_hint(api: Client) -> None:
    with pytest.raises(MockmarketError) as caught:
        api.create_endpoint("portal", "ftp://example.com")

    assert (caught.value.status, caught.value.code) == (400, "invalid")
    assert caught.value.details[0][0] == "url"


def test_unknown_world_says_its_making(served: Served) -> None:
    with pytest.raises(MockmarketError, match="PUT /_mockmarket/worlds/nowhere"):
        Client(served.url, world="nowhere").clock()


def test_settings_need_a_vendor(api: Client) -> None:
    wrong: Any = {"portal": {"retries": 1}}

    with pytest.raises(MockmarketError, match=r"named first\. Write change_settings"):
        api.change_settings(wrong)


def test_settings_may_be_a_mapping(api: Client) -> None:
    changed = api.change_settings("portal", {"retries": 1}, retry_base_s=2)

    assert [changed["portal"][name]["value"] for name in ("retries", "retry_base_s")] == [1, 2]


def test_name_that_is_no_text_is_refused(api: Client) -> None:
    number: Any = 5

    with pytest.raises(MockmarketError, match="5 is not a name"):
        api.record("portal", "order", number)


def test_client_is_closed_by_its_block(served: Served) -> None:
    closed: list[bool] = []

    with Client(served.url) as client:
        client.calls.session.close = lambda: closed.append(True)  # type: ignore[method-assign]

    assert closed == [True]


def test_names_are_escaped_in_paths(api: Client) -> None:
    with pytest.raises(MockmarketError) as caught:
        api.record("portal", "order", "../../x?y=1#z")

    assert "../../x?y=1#z" in str(caught.value)


def test_token_opens_the_control_routes() -> None:
    with serving(Config(fixture="small", control_token="let me in")) as served:
        with pytest.raises(MockmarketError, match="control token"):
            Client(served.url).worlds()

        assert Client(served.url).health() == {"status": "ok"}
        assert Client(served.url, "let me in").health()["worlds"] == ["main"]


def test_no_server_says_how_to_start() -> None:
    with pytest.raises(NoServer, match=r"No mockmarket answers at http://127.0.0.1:9.*mockmarket serve --port 9"):
        Client("http://127.0.0.1:9").health()


@pytest.mark.parametrize("url", ["nonsense", "localhost:8000", "http://"])
def test_url_without_scheme_says_so(url: str) -> None:
    with pytest.raises(NoServer, match=r"is not a server's URL\. Write it as http://"):
        Client(url).health()


def test_other_server_is_no_mockmarket() -> None:
    with (
        run_server(ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)) as url,
        pytest.raises(NoServer, match="is not mockmarket"),
    ):
        Client(url).health()


def test_loopback_follows_no_proxy(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    assert api.health()["status"] == "ok"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1", True),
        ("http://[::1]:1", True),
        ("http://a.localhost", True),
        ("http://10.0.0.1", False),
        ("http://example.com", False),
    ],
)
def test_loopback_is_told_from_others(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_faults_live_their_life(api: Client) -> None:
    rule = api.add_fault("status", operation="GET /events", times=2, status=503)
    requests.get(f"{api.base_url('portal')}/events", headers=api.credentials("portal"), timeout=10)

    applied, listed = api.fault(rule["id"])["applied"], [fault["id"] for fault in api.faults()]
    api.remove_fault(rule["id"])

    assert (rule["fault"], rule["times"], rule["with"]["status"]) == ("status", 2, 503)
    assert (applied, listed, api.faults()) == (1, [rule["id"]], [])


def test_faults_are_put_and_cleared(api: Client) -> None:
    put = api.put_faults([{"fault": "drop"}, {"fault": "slow", "vendor": "portal"}])

    api.clear_faults()

    assert [rule["fault"] for rule in put] == ["drop", "slow"]
    assert api.faults() == []


def test_every_fault_is_in_the_catalogue(api: Client) -> None:
    assert {"status", "slow", "drop", "signature_flipped"} <= {fault["name"] for fault in api.fault_catalogue()}


def test_unknown_fault_names_those_there(api: Client) -> None:
    with pytest.raises(MockmarketError, match="signature_flipped"):
        api.add_fault("no-such-fault")


def test_scenarios_are_run_and_looked_at(api: Client) -> None:
    name = api.scenarios()[0]["name"]

    ran = api.run_scenario(name)

    assert (ran["state"], api.scenario(name)["name"]) == ("passed", name)
    assert [run["id"] for run in api.scenario_runs(name)] == [ran["id"]]
    assert api.scenario_run(name, ran["id"])["state"] == "passed"


def test_scenarios_go_by_steps_and_stop(api: Client) -> None:
    name = api.scenarios()[0]["name"]
    stepped = api.step_scenario(name)

    stopped = api.stop_scenario(name, stepped["id"])

    assert (stepped["id"], stopped["state"]) == (stopped["id"], "stopped")


def test_started_scenario_follows_the_clock(api: Client) -> None:
    name = api.scenarios()[0]["name"]

    started = api.start_scenario(name)

    assert api.scenario_run(name, started["id"])["how"] == "start"


def test_exam_of_a_receiver_answers(api: Client, receiver: Receiver) -> None:
    report = api.exam("portal", receiver.url, "a secret", only=["good"])

    assert [case["case"] for case in report["cases"]] == ["good"]


def called(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (method, path) of each call that a module of the client makes, with {} for each part that varies."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "self.calls.json",
            "self.calls.rows",
            "self.calls.call",
        ):
            method, *parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.args]
            yield str(method), "/".join(map(str, parts))


def test_client_has_every_route() -> None:
    folder = Path(mockmarket_client.__file__).parent
    ours = {call for path in folder.glob("*.py") for call in called(ast.parse(path.read_text()))}

    theirs = {
        (method, re.sub(r"{\w+}", "{}", path)) for method, path in control_routes() if not path.startswith(ELSEWHERE)
    }

    assert ours == theirs
