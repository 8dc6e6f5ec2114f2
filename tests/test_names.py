"""Names that callers choose: each is one segment of a path, on the server, in the client and in scenarios, or it is refused."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import pytest
import requests

import mockmarket_client.urls
from mockmarket.config import Config
from mockmarket.rules import names
from mockmarket_client import Client, MockmarketError
from tests.conftest import Client as Talker, Served
from tests.running import FLOOR, PORTAL_KEY, buy, control_routes, serving
from tests.scenarios import failure, run_scenario

RULE = "letters, digits, dot, dash and underscore"
NO_NAMES = ["s1/restore", "../reset", "/", "", ".", "..", "a\udcffb"]
NAMED = sorted((method, path) for method, path in control_routes() if "{" in path and not path.startswith("ui/"))


def send_raw(method: str, url: str, headers: Mapping[str, str] | None = None) -> requests.Response:
    """Make a request to a URL without normalising it."""
    with requests.Session() as session:
        prepared = session.prepare_request(requests.Request(method, url, headers, json={}))
        prepared.url = url
        return session.send(prepared, timeout=30)


def test_routes_have_names() -> None:
    assert ("POST", "snapshots/{name}/restore") in NAMED


@pytest.mark.parametrize(("method", "path"), NAMED, ids=map("-".join, NAMED))
def test_slash_in_a_name_is_refused(served: Served, method: str, path: str) -> None:
    route = re.sub(r"{\w+}", "feature%2Flogin", path)

    answer = send_raw(method, f"{served.url}/_mockmarket/{route}")

    assert answer.status_code == 400
    assert RULE in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/w/ci%2F1/api/v1/events", "/w%2Fmain/api/v1/events", "/w/main%2F_mockmarket/clock"])
def test_slash_in_the_worlds_prefix_is_refused(served: Served, path: str) -> None:
    answer = send_raw("GET", served.url + path)

    assert answer.status_code == 400
    assert RULE in answer.text


@pytest.mark.parametrize("vendor", ["ticketnation", "zatabox"])
def test_encoded_slash_is_part_of_an_id(client: Talker, vendor: str) -> None:
    row = next(row for row in client.control("GET", "vendors")["vendors"] if row["name"] == vendor)

    answer = send_raw("GET", f"{row['base_url']}//events/a%2Fb%252f/", row["credentials"][0]["headers"])

    assert answer.status_code == 404
    assert "a/b%2f" in answer.json()["error"]["message"]
    assert "/events/a/b" not in answer.text


@pytest.mark.parametrize(
    "path", ["/api/v1//orders", "/api/v1/orders/", "//api/v1/orders", "/portal//api/v1///orders//"]
)
def test_slashes_too_many_take_the_body(client: Talker, path: str) -> None:
    answer = client.call("POST", path, json=FLOOR, headers=PORTAL_KEY, allow_redirects=False)

    assert answer.status_code == 201
    assert client.control("GET", "requests")["requests"][0]["path"] == "/api/v1/orders"


@pytest.mark.parametrize("path", ["settings/", "/settings", "//vendors//", "records/portal//order/", "snapshots//"])
def test_slashes_too_many_reach_the_control_route(client: Talker, path: str) -> None:
    plain = client.get("/_mockmarket/" + re.sub("/+", "/", path).strip("/"))

    answer = client.call("GET", f"/_mockmarket/{path}", allow_redirects=False)

    assert (answer.status_code, answer.json()) == (200, plain.json())


def test_slashes_too_many_reach_the_world(client: Talker) -> None:
    world = client.base.rpartition("/")[2]

    answers = [
        send_raw("GET", client.base.replace("/w/", prefix) + "/_mockmarket//clock/") for prefix in ("//w/", "/w//")
    ]

    assert [answer.headers["X-Mockmarket-World"] for answer in answers] == [world, world]


@pytest.mark.parametrize("path", ["no/such//path/", "", "/", "%2f", "docs/no%00such"])
def test_no_control_answer_is_a_page(client: Talker, path: str) -> None:
    answer = client.call("GET", f"/_mockmarket/{path}", allow_redirects=False)

    assert (answer.headers["Content-Type"], "Location" in answer.headers) == ("application/json", False)


@pytest.mark.parametrize("name", ["a%3Fb", "a%23b", "a%20b", "%2E%2E", "a%5Cb", "a:b"])
def test_reserved_characters_name_no_world(served: Served, name: str) -> None:
    answers = [send_raw(method, f"{served.url}/_mockmarket/worlds/{name}") for method in ("PUT", "GET", "DELETE")]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert all(repr(unquote(name))[1:-1] in answer.json()["error"]["message"] for answer in answers)


def test_header_names_no_world_with_a_slash(served: Served) -> None:
    answer = requests.get(f"{served.url}/_mockmarket/clock", headers={"X-Mockmarket-World": "a/b"}, timeout=30)

    assert (answer.status_code, RULE in answer.json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize("id", ["a/b", "..", "catalogue", "a b"])
def test_fault_is_called_by_a_name(client: Talker, id: str) -> None:
    answer = client.post("/_mockmarket/faults", {"fault": "drop", "id": id})

    assert (answer.status_code, RULE in answer.json()["error"]["message"]) == (400, True)
    assert client.control("GET", "faults")["faults"] == []


def test_step_of_a_scenario_names_no_other_route(client: Talker) -> None:
    run = run_scenario(client, [{"endpoint": {"id": "end_1/x", "delete": True}}])

    assert RULE in failure(run)


@pytest.mark.parametrize("name", NO_NAMES, ids=ascii)
@pytest.mark.parametrize(
    "call",
    [
        Client.create_world, Client.describe_world, Client.drop_world, Client.in_world,
        Client.save_snapshot, Client.restore_snapshot, Client.delete_snapshot,
        Client.change_key, Client.rotate_key, Client.delete_key,
        Client.change_endpoint, Client.delete_endpoint, Client.delivery, Client.resend,
        Client.fault, Client.remove_fault, Client.request,
        Client.scenario, Client.run_scenario, Client.step_scenario, Client.start_scenario, Client.scenario_runs,
    ],
    ids=lambda call: call.__name__,
)  # fmt: skip
def test_client_refuses_what_is_no_segment(call: Callable[..., Any], name: str) -> None:
    with pytest.raises(MockmarketError, match=RULE):
        call(Client("http://127.0.0.1:9"), name)


@pytest.mark.parametrize(
    ("call", "head"),
    [
        (Client.record, ("portal", "order")),
        (Client.records, ("portal",)),
        (Client.action, ("portal",)),
        (Client.trigger, ("portal",)),
        (Client.clone_world, ()),
        (Client.scenario_run, ("tour",)),
        (Client.stop_scenario, ("tour",)),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_client_refuses_a_later_segment(call: Callable[..., Any], head: tuple[str, ...]) -> None:
    tail = [f"rest-{number}" for number, _ in enumerate(required_arguments(call)[len(head) + 2 :])]

    with pytest.raises(MockmarketError, match=RULE):
        call(Client("http://127.0.0.1:9"), *head, "a/b", *tail)


def required_arguments(call: Callable[..., Any]) -> list[str]:
    """Return the names of a method's positional arguments that have no default."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(call).parameters.values()
    return [
        parameter.name for parameter in parameters if parameter.kind in kinds and parameter.default is parameter.empty
    ]


def test_saving_under_a_path_restores_nothing() -> None:
    with serving(Config(fixture="small")) as served:
        api = Client(served.url)
        api.save_snapshot("s1")
        api.change_settings("portal", retries=1)

        with pytest.raises(MockmarketError, match=RULE):
            api.save_snapshot("s1/restore")

        assert api.settings()["portal"]["retries"]["value"] == 1
        assert [snapshot["name"] for snapshot in api.snapshots()] == ["s1"]


def test_other_characters_reach_that_name(client: Talker) -> None:
    api = Client(client.base)
    order = buy(client)["orderId"]

    with pytest.raises(MockmarketError, match=re.escape("'a?b=1#c d'")):
        api.record("portal", "order", "a?b=1#c d")

    assert api.record("portal", "order", order)["orderId"] == order


def test_client_and_server_say_the_same_rule() -> None:
    assert mockmarket_client.urls.RULE.lower() == f"{names.RULE}."
