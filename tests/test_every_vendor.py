"""Promises that each vendor keeps, stated once, over every vendor that is found and a sixth that is not shipped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests

from mockmarket import __version__
from mockmarket.clock import Clock
from mockmarket.config import Config
from mockmarket.control.endpoints import rotate
from mockmarket.ids import Ids
from mockmarket.seed.templates import Templates
from mockmarket.server.docs import document
from mockmarket.store import Store, history, records
from mockmarket.vendor import Vendor, check_unique
from mockmarket.webhooks.signing import Sending
from mockmarket.worlds.world import World
from mockmarket_client.verifying import check
from tests.conftest import Client, Served
from tests.receiver import Hook, Receiver, receiving
from tests.sixth.serving import VENDORS, fixture_for_all, market

__all__ = ["market"]

METHODS = ("get", "post", "put", "patch", "delete")

every_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.name for vendor in VENDORS])
every_alias = pytest.mark.parametrize(
    ("vendor", "alias"), [pytest.param(vendor, alias, id=alias) for vendor in VENDORS for alias in vendor.aliases]
)


@pytest.fixture
def world(market: Served) -> Iterator[World]:
    """Give the test a world of its own, its clock frozen."""
    world = market.fresh_worlds.take()
    yield world
    market.fresh_worlds.give_back(world)


@pytest.fixture
def client(market: Served, world: World) -> Client:
    """Talk to the test's world, with no key."""
    return Client(market.url, world)


def key_of(client: Client, vendor: Vendor) -> dict[str, str]:
    """Return the headers of a full key of a vendor: the fixture's first, or one made for the test."""
    listed = client.control("GET", "vendors")["vendors"]
    credentials = next(row["credentials"] for row in listed if row["name"] == vendor.name)
    assert credentials, f"the small fixture has no key for {vendor.name}"
    return dict(credentials[0]["headers"])


@cache
def documented_paths() -> dict[str, Any]:
    """Return the paths of the OpenAPI document of every server of these vendors, made once: it takes seconds."""
    paths: dict[str, Any] = json.loads(document(VENDORS))["paths"]
    return paths


def calls_of(client: Client, vendor: Vendor) -> list[tuple[str, str, dict[str, Any]]]:
    """Return a vendor's documented calls as (method, path, operation), with 1 for each part of a path that varies."""
    paths = documented_paths()
    return [
        (method.upper(), re.sub(r"\{[^}]*\}", "1", path), operations[method])
        for path, operations in paths.items()
        if path.startswith(f"{vendor.base}/")
        for method in METHODS
        if method in operations
    ]


def guarded(client: Client, vendor: Vendor) -> list[tuple[str, str]]:
    """Return the calls that are documented to need a key."""
    calls = [
        (method, path)
        for method, path, operation in calls_of(client, vendor)
        if "401" in operation["responses"] and operation.get("security") != []
    ]
    assert calls, f"no call of {vendor.name} documents a 401"
    return calls


def refused(client: Client, vendor: Vendor) -> requests.Response:
    """Return the answer to a call without a key."""
    method, path = guarded(client, vendor)[0]
    return client.call(method, path, json={} if method != "GET" else None)


def listen(client: Client, vendor: Vendor, url: str, **options: Any) -> dict[str, Any]:
    """Make an endpoint."""
    endpoint = client.control("POST", "endpoints", {"vendor": vendor.name, "url": url, **options})
    return dict(endpoint)


def first_firing(vendor: Vendor) -> str:
    """Return the name of a notice that the vendor makes by itself."""
    return next(notice.name for notice in vendor.webhooks.notices if notice.fires)


def only_delivery(client: Client) -> dict[str, Any]:
    """Return the world's one delivery, with its attempts."""
    (row,) = client.control("GET", "deliveries")["deliveries"]
    return dict(client.control("GET", f"deliveries/{row['id']}"))


def failed_to_the_end(client: Client, vendor: Vendor, receiver: Receiver) -> dict[str, Any]:
    """Have a notice's delivery fail as often as its vendor tries; returns it, with the endpoint's secret."""
    receiver.answer = lambda hook: (500, b"no")
    secret = listen(client, vendor, receiver.url, types=[first_firing(vendor)])["secret"]
    client.control("POST", f"{vendor.name}/trigger/{first_firing(vendor)}", {})
    client.control("POST", "clock/advance", {"until": "delivered"})
    return only_delivery(client) | {"secret": secret}


@dataclass(frozen=True)
class Failure:
    """A delivery that failed as often as its vendor tries, and what arrived."""

    delivery: dict[str, Any]
    hooks: list[Hook]


@pytest.fixture(scope="module")
def failures(market: Served) -> dict[str, Failure]:
    """Have a notice of each vendor fail until nothing is tried again, in a world of its own."""
    failures = {}
    for vendor in VENDORS:
        world = market.fresh_worlds.take()
        with receiving() as receiver:
            delivery = failed_to_the_end(Client(market.url, world), vendor, receiver)
            failures[vendor.name] = Failure(delivery, receiver.hooks)
        market.fresh_worlds.give_back(world)
    return failures


def signed_again(vendor: Vendor, delivery: dict[str, Any], attempt: dict[str, Any], secret: str) -> list[list[str]]:
    """Return the headers that an attempt must have had, by nothing but the log and the secret."""
    body = attempt["request"]["body"].encode()
    who = (delivery["type"], delivery["event_id"], delivery["id"])
    return [
        list(pair)
        for pair in vendor.webhooks.headers(Sending(*who, attempt["number"], body, attempt["stamp"], (secret,)))
    ]


def naming(hook: Hook, id: str) -> set[str]:
    """Return the names of the headers in which an id stands."""
    return {name for name, value in hook.headers if id in value}


def test_vendors_share_no_name() -> None:
    with pytest.raises(ValueError, match=r"Two vendors share"):
        check_unique((VENDORS[0], replace(VENDORS[-1], aliases=VENDORS[0].bases)))


@pytest.mark.thorough
@every_vendor
def test_missing_key_is_refused_everywhere(client: Client, vendor: Vendor) -> None:
    answers = {(method, path): client.call(method, path) for method, path in guarded(client, vendor)}

    assert {place: answer.status_code for place, answer in answers.items() if answer.status_code != 401} == {}


@every_vendor
def test_unknown_path_has_its_shape(client: Client, vendor: Vendor) -> None:
    client.key = key_of(client, vendor)

    answer = client.get(f"{vendor.base}/there-is-no-such-path")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/json"
    client.key = {}
    assert list(answer.json()) == list(refused(client, vendor).json())


def slips(path: str) -> list[str]:
    """Return a path with slashes too many: at its end, before each of its segments, and before all of them."""
    return [f"{path}/", f"{path}//", path.replace("/", "//"), f"//{path}", "//".join(path.rsplit("/", 1))]


def outcome(answer: requests.Response) -> tuple[int, bytes]:
    """Return an answer's status and body, without the ids that every request has another of."""
    return answer.status_code, re.sub(rb'(req_|"request_id":")\w+', b"", answer.content)


@pytest.mark.thorough
@every_vendor
def test_slashes_too_many_change_nothing(client: Client, vendor: Vendor) -> None:
    client.key = key_of(client, vendor)
    paths = [path for method, path, _ in calls_of(client, vendor) if method == "GET"]
    assert paths, f"{vendor.name} answers no GET"

    for path in paths:
        plain, *answers = (client.call("GET", slip, allow_redirects=False) for slip in (path, *slips(path)))
        assert {outcome(answer) for answer in answers} == {outcome(plain)}, path


@pytest.mark.thorough
@every_vendor
def test_slashes_too_many_redirect_no_call(client: Client, vendor: Vendor) -> None:
    calls = calls_of(client, vendor)
    assert calls, f"{vendor.name} documents no call"

    for method, path, _ in calls:
        plain, *answers = (client.call(method, slip, json={}, allow_redirects=False) for slip in (path, *slips(path)))
        assert {outcome(answer) for answer in answers} == {outcome(plain)}, path
        assert "Location" not in plain.headers


@every_alias
def test_slashes_too_many_keep_an_alias(client: Client, vendor: Vendor, alias: str) -> None:
    path = guarded(client, vendor)[0][1].replace(vendor.base, alias, 1)

    answers = [client.get(slip) for slip in (path, *slips(path))]

    assert len({outcome(answer) for answer in answers}) == 1


@every_vendor
def test_encoded_slash_divides_nothing(client: Client, vendor: Vendor) -> None:
    client.key = key_of(client, vendor)
    path = next(path for method, path, _ in calls_of(client, vendor) if method == "GET")

    answers = [client.get(changed) for changed in (f"{path}%2F", f"{vendor.base}/%2F{path[len(vendor.base) + 1 :]}")]

    assert [answer.status_code for answer in answers] == [404, 404]


@every_vendor
def test_no_answer_is_a_page(client: Client, vendor: Vendor) -> None:
    client.key = key_of(client, vendor)

    answers = [
        client.call(method, vendor.base + path, headers={"Accept": "text/html"}, allow_redirects=False)
        for method in ("GET", "POST", "PUT", "HEAD", "OPTIONS", "TRACE", "NONSENSE")
        for path in ("", "/", "//", "/no/such//path/", "/%2F", "/%00", "/..//", "/w/main")
    ]

    assert {answer.headers.get("Content-Type", "none").partition(";")[0] for answer in answers} <= NO_PAGES
    assert [answer.url for answer in answers if "Location" in answer.headers] == []


NO_PAGES = {"application/json", "none"}


@every_vendor
def test_wrong_method_has_its_shape(client: Client, vendor: Vendor) -> None:
    client.key = key_of(client, vendor)
    path = guarded(client, vendor)[0][1]
    methods = {method for method, pattern, _ in calls_of(client, vendor) if pattern == path}

    answer = client.call(next(method for method in ("PUT", "DELETE", "PATCH", "POST") if method not in methods), path)

    assert answer.status_code == 405
    assert methods <= set(answer.headers["Allow"].split(", "))
    client.key = {}
    assert list(answer.json()) == list(refused(client, vendor).json())


@every_vendor
def test_oversized_body_has_its_shape(client: Client, vendor: Vendor) -> None:
    client.key = key_of(client, vendor)
    takes = [(method, path) for method, path, _ in calls_of(client, vendor) if method in ("POST", "PATCH", "PUT")]
    if not takes:
        pytest.skip("takes no body")

    answer = client.call(*takes[0], data=b'"' + b"x" * 2_100_000 + b'"', headers={"Content-Type": "application/json"})

    assert answer.status_code == 413
    client.key = {}
    assert list(answer.json()) == list(refused(client, vendor).json())


@every_vendor
def test_unknown_world_tells_its_making(market: Served, vendor: Vendor) -> None:
    answer = requests.get(f"{market.url}/w/nowhere{vendor.base}/anything", timeout=10)

    assert answer.status_code == 404
    assert "PUT /_mockmarket/worlds/nowhere" in answer.text
    assert answer.headers["Content-Type"] == "application/json"


@every_vendor
def test_header_names_the_world_too(market: Served, world: World, vendor: Vendor) -> None:
    answer = requests.get(f"{market.url}{vendor.base}/x", headers={"X-Mockmarket-World": world.name}, timeout=10)

    assert answer.headers["X-Mockmarket-World"] == world.name


@every_vendor
def test_every_answer_is_marked(client: Client, world: World, vendor: Vendor) -> None:
    answers = [refused(client, vendor), client.get(f"{vendor.base}/no"), client.call("PUT", f"{vendor.base}/no")]
    client.key = key_of(client, vendor)
    answers += [client.call(method, path) for method, path, _ in calls_of(client, vendor)]

    marks = {(answer.headers["X-Mockmarket"], answer.headers["X-Mockmarket-World"]) for answer in answers}

    assert marks == {(__version__, world.name)}


@every_vendor
def test_no_documented_call_fails(client: Client, vendor: Vendor) -> None:
    client.key = key_of(client, vendor)

    answers = {(method, path): client.call(method, path) for method, path, _ in calls_of(client, vendor)}

    assert {place: answer.text for place, answer in answers.items() if answer.status_code == 500} == {}


@pytest.mark.thorough
@every_vendor
@pytest.mark.parametrize("frozen", [True, False], ids=["frozen", "running"])
def test_no_call_fails_when_time_ends(client: Client, receiver: Receiver, vendor: Vendor, frozen: bool) -> None:
    client.control("PUT", "clock", {"frozen": frozen})
    client.control("POST", "clock/advance", {"to": "9999-12-31T23:59:59Z"})
    delivery = failed_to_the_end(client, vendor, receiver)
    client.key = key_of(client, vendor)

    answers = {(method, path): client.call(method, path) for method, path, _ in calls_of(client, vendor)}
    worlds = client.get("/_mockmarket/worlds")

    assert {place: answer.text for place, answer in answers.items() if answer.status_code == 500} == {}
    assert (worlds.status_code, delivery["due"]) == (200, None)


@every_alias
def test_alias_answers_as_base(client: Client, vendor: Vendor, alias: str) -> None:
    client.key = key_of(client, vendor)
    paths = [path.removeprefix(vendor.base) for method, path, _ in calls_of(client, vendor) if method == "GET"]

    for path in (*paths, "/nothing"):
        (status, body), under_alias = (outcome(client.get(base + path)) for base in (vendor.base, alias))
        assert (under_alias[0], under_alias[1].replace(vendor.base.encode(), alias.encode())) == (
            status,
            body.replace(vendor.base.encode(), alias.encode()),
        )


OWNERS = {"tixstock": {"owner": "northgate"}}
"""Whose endpoint hears of the small fixture's orders, where their seller alone does."""


@every_vendor
def test_every_notice_can_be_triggered(client: Client, world: World, receiver: Receiver, vendor: Vendor) -> None:
    listen(client, vendor, receiver.url, **OWNERS.get(vendor.name, {}))
    types = [notice.name for notice in vendor.webhooks.notices]
    assert types, f"{vendor.name} has no notice"

    for number, type in enumerate(types, start=1):
        triggered = client.control("POST", f"{vendor.name}/trigger/{type}", {})
        sent = receiver.wait(number)[-1].body
        newest, *_ = history.deliveries(world.read(), {}, 1)

        assert triggered == {"notices": 1, "deliveries": 1, "delivery_ids": [newest["uid"]]}, type
        assert client.control("GET", "notices?limit=1")["notices"][0]["type"] == type
        assert newest["body"] == sent, type


@every_vendor
def test_trigger_changes_nothing_else(client: Client, world: World, vendor: Vendor) -> None:
    before = {kind.table: records.find(world.read(), kind) for kind in vendor.records.kinds}
    assert before, f"{vendor.name} has no kind of record"

    for notice in vendor.webhooks.notices:
        client.control("POST", f"{vendor.name}/trigger/{notice.name}", {})
        assert {kind.table: records.find(world.read(), kind) for kind in vendor.records.kinds} == before, notice.name


@every_vendor
def test_unknown_notice_is_not_triggered(client: Client, vendor: Vendor) -> None:
    answer = client.post(f"/_mockmarket/{vendor.name}/trigger/no.such.notice", {})

    assert answer.status_code == 404
    assert vendor.webhooks.notices[0].name in answer.json()["error"]["message"]


@every_vendor
def test_endpoint_hears_its_types_only(client: Client, receiver: Receiver, vendor: Vendor) -> None:
    wanted, last = vendor.webhooks.notices[0].name, vendor.webhooks.notices[-1].name
    listen(client, vendor, receiver.url, types=[wanted])

    unheard = client.control("POST", f"{vendor.name}/trigger/{last}", {})
    heard = client.control("POST", f"{vendor.name}/trigger/{wanted}", {})

    assert (unheard["deliveries"], heard["deliveries"]) == (int(last == wanted), 1)


@every_vendor
def test_signatures_follow_from_the_log(failures: dict[str, Failure], vendor: Vendor) -> None:
    delivery = failures[vendor.name].delivery

    assert delivery["attempts_made"]
    for attempt in delivery["attempts_made"]:
        assert signed_again(vendor, delivery, attempt, delivery["secret"]) == attempt["request"]["headers"]


@every_vendor
def test_another_secret_signs_otherwise(failures: dict[str, Failure], vendor: Vendor) -> None:
    delivery = failures[vendor.name].delivery

    assert delivery["attempts_made"]
    for attempt in delivery["attempts_made"]:
        assert signed_again(vendor, delivery, attempt, "another secret") != attempt["request"]["headers"]


@every_vendor
def test_rotated_secret_signs_alone(client: Client, world: World, receiver: Receiver, vendor: Vendor) -> None:
    endpoint = listen(client, vendor, receiver.url)
    rotated = rotate(world, endpoint["id"])

    client.control("POST", f"{vendor.name}/trigger/{vendor.webhooks.notices[0].name}", {})
    [hook] = receiver.wait(1)

    checks = [check(vendor.webhooks.headers, hook.headers, hook.body, state["secret"]) for state in (rotated, endpoint)]
    assert [verdict.valid for verdict in checks] == [True, False]
    assert checks[0].got == checks[0].expected


@every_vendor
def test_log_tells_what_was_sent(failures: dict[str, Failure], vendor: Vendor) -> None:
    failure = failures[vendor.name]
    delivery = failure.delivery

    assert len(failure.hooks) == delivery["attempts"] == len(delivery["attempts_made"])
    for hook, attempt in zip(failure.hooks, delivery["attempts_made"], strict=True):
        assert {tuple(pair) for pair in attempt["request"]["headers"]} <= set(hook.headers)
        assert attempt["request"]["body"].encode() == hook.body
        assert (attempt["answer"]["status"], attempt["answer"]["body"]) == (500, "no")
        assert attempt["reason"]


@every_vendor
def test_retries_repeat_delivery_and_body(failures: dict[str, Failure], vendor: Vendor) -> None:
    failure = failures[vendor.name]
    delivery = failure.delivery

    named = [naming(hook, delivery["id"]) for hook in failure.hooks]

    assert {hook.body for hook in failure.hooks} == {delivery["body"].encode()}
    assert named == named[:1] * delivery["attempts"]
    assert [attempt["number"] for attempt in delivery["attempts_made"]] == list(range(1, delivery["attempts"] + 1))


@every_vendor
def test_given_up_delivery_is_settled(failures: dict[str, Failure], vendor: Vendor) -> None:
    delivery = failures[vendor.name].delivery

    assert delivery["state"] in ("failed", "exhausted", "rejected", "dropped")
    assert (delivery["due"], bool(delivery["settled_at"])) == (None, True)


@every_vendor
def test_resend_repeats_delivery_and_body(client: Client, receiver: Receiver, vendor: Vendor) -> None:
    listen(client, vendor, receiver.url, types=[first_firing(vendor)])
    client.control("POST", f"{vendor.name}/trigger/{first_firing(vendor)}", {})
    client.control("POST", "clock/advance", {"seconds": 1})
    id = only_delivery(client)["id"]

    client.control("POST", f"deliveries/{id}/resend")
    first, second = receiver.wait(2)

    assert second.body == first.body
    assert naming(second, id) == naming(first, id)


OWN = {"headers": "X-Env: ci,X-Teams: red, blue", "basic_auth": "gate:open:sesame"}


@every_vendor
def test_own_headers_go_with_every_attempt(client: Client, receiver: Receiver, vendor: Vendor) -> None:
    receiver.answer = lambda hook: (500, b"no")
    endpoint = listen(client, vendor, receiver.url, types=[first_firing(vendor)], **OWN)
    client.control("POST", f"{vendor.name}/trigger/{first_firing(vendor)}", {})
    client.control("POST", "clock/advance", {"until": "delivered"})

    delivery = only_delivery(client)

    assert len(receiver.hooks) == delivery["attempts"]
    for hook, attempt in zip(receiver.hooks, delivery["attempts_made"], strict=True):
        assert {"X-Env": "ci", "X-Teams": "red, blue", "Authorization": BASIC}.items() <= dict(hook.headers).items()
        theirs = [
            pair for pair in attempt["request"]["headers"] if pair[0] not in ("X-Env", "X-Teams", "Authorization")
        ]
        assert theirs == signed_again(vendor, delivery, attempt, endpoint["secret"])


BASIC = "Basic Z2F0ZTpvcGVuOnNlc2FtZQ=="
"""RFC 7617 of `gate:open:sesame`."""


@every_vendor
def test_credentials_are_not_shown(client: Client, receiver: Receiver, vendor: Vendor) -> None:
    headers = "X-Api-Key: hush-1,X-Env: ci"
    endpoint = listen(client, vendor, receiver.url, headers=headers, basic_auth="gate:hush-2")
    client.control("POST", f"{vendor.name}/trigger/{first_firing(vendor)}", {})
    receiver.wait(1)
    client.control("POST", "clock/advance", {"seconds": 0})

    texts = [
        client.get(f"/_mockmarket/{path}").text for path in ("endpoints", f"deliveries/{only_delivery(client)['id']}")
    ]
    texts += [client.get(f"/_mockmarket/ui/webhooks/{path}").text for path in (
        f"endpoint/{endpoint['id']}", f"delivery/{only_delivery(client)['id']}")]  # fmt: skip

    assert (endpoint["headers"], endpoint["basic_auth"]) == ("X-Api-Key: (redacted),X-Env: ci", "gate:(redacted)")
    assert [text for text in texts if "hush" in text or "Z2F0ZT" in text] == []
    assert dict(receiver.hooks[0].headers)["X-Api-Key"] == "hush-1"


@every_vendor
def test_webhooks_name_their_client(failures: dict[str, Failure], vendor: Vendor) -> None:
    hooks = failures[vendor.name].hooks

    assert hooks
    assert [hook for hook in hooks if not (hook.header("User-Agent") and hook.header("Accept"))] == []


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("vendor", "host"), [pytest.param(vendor, host, id=host) for vendor in VENDORS for host in vendor.hosts]
)
@pytest.mark.parametrize("port", ["", ":443"])
def test_documents_paths_work_at_its_own_host(client: Client, vendor: Vendor, host: str, port: str) -> None:
    client.key = key_of(client, vendor)
    path = next(path for method, path, _ in calls_of(client, vendor) if method == "GET")
    documented = vendor.documented_base + path.removeprefix(vendor.base)

    answer = client.get(path)
    at_host = client.call("GET", documented, headers={"Host": f"{host.upper()}{port}"})
    nowhere = client.call("GET", f"{vendor.documented_base}/no/such/path", headers={"Host": host})

    assert outcome(at_host)[0] == outcome(answer)[0]
    client.key = {}
    assert list(nowhere.json()) == list(refused(client, vendor).json())


@every_vendor
def test_vendors_own_headers_are_refused(client: Client, vendor: Vendor) -> None:
    scheme = vendor.webhooks.headers.scheme
    signature = (scheme.header if scheme else "Content-Type").lower()
    assert vendor.webhooks.headers.reserved
    assert signature in vendor.webhooks.headers.reserved | {"content-type"}

    for name in (*vendor.webhooks.headers.reserved, signature, "Host", "content-length", "Proxy-Authorization"):
        body = {"vendor": vendor.name, "url": "http://127.0.0.1:9/", "headers": f"{name}: x"}
        answer = client.post("/_mockmarket/endpoints", body)
        assert answer.status_code == 400, name
        assert answer.json()["error"]["details"][0]["field"] == "headers"


@every_vendor
def test_advice_for_credentials_works(client: Client, receiver: Receiver, vendor: Vendor) -> None:
    url = receiver.url.replace("://", "://gate:open:sesame@")
    refusal = client.post("/_mockmarket/endpoints", {"vendor": vendor.name, "url": url})
    endpoint = listen(client, vendor, receiver.url)

    client.control("PATCH", f"endpoints/{endpoint['id']}", {"basic_auth": "gate:open:sesame"})
    client.control("POST", f"{vendor.name}/trigger/{first_firing(vendor)}", {})

    assert refusal.status_code == 400
    assert '"basic_auth": "user:password" (PATCH /_mockmarket/endpoints/{id})' in refusal.json()["error"]["message"]
    assert dict(receiver.wait(1)[0].headers)["Authorization"] == BASIC


@every_vendor
def test_records_are_reached_by_control(client: Client, vendor: Vendor) -> None:
    assert vendor.records.kinds, f"{vendor.name} has no kind of record"

    for kind in vendor.records.kinds:
        listed = client.control("GET", f"records/{vendor.name}/{kind.name}?limit=1000")
        assert listed["total"] == len(listed["records"]), kind.table
        for record in listed["records"][:3]:
            view = client.control("GET", f"records/{vendor.name}/{kind.name}/{record[kind.id]}")
            assert view == record


@every_vendor
def test_every_column_filters_its_records(client: Client, vendor: Vendor) -> None:
    columns = [(kind.name, column.name) for kind in vendor.records.kinds for column in kind.columns]
    assert columns, f"{vendor.name} has no column"

    for kind, column in columns:
        answer = client.get(f"/_mockmarket/records/{vendor.name}/{kind}", **{column: "no such value"})
        assert (answer.status_code, answer.json()["total"]) == (200, 0), (kind, column)


@every_vendor
def test_every_shown_member_filters_its_records(client: Client, vendor: Vendor) -> None:
    samples = [
        (kind.name, name, value)
        for kind in vendor.records.kinds
        for record in client.control("GET", f"records/{vendor.name}/{kind.name}?limit=1")["records"]
        for name, value in record.items()
        if isinstance(value, str | int) and value != "" and name not in ("limit", "offset")
    ]
    assert samples, f"{vendor.name} has no record"

    for kind, name, value in samples:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        answer = client.get(f"/_mockmarket/records/{vendor.name}/{kind}", limit="1000", **{name: text}).json()
        assert value in [record.get(name) for record in answer.get("records", ())], (kind, name, answer)


@every_vendor
def test_stored_bytes_are_the_dialects(world: World, vendor: Vendor) -> None:
    for kind in vendor.records.kinds:
        rows = records.page(world.read(), kind, [], [], -1, 0)
        assert [kind.dialect(record) for record in records.find(world.read(), kind)] == rows, kind.table


@every_vendor
def test_settings_refuse_unknown_names(client: Client, vendor: Vendor) -> None:
    before = client.control("GET", "settings")
    known = {name: setting.default for name, setting in vendor.settings.items()}

    answer = client.patch("/_mockmarket/settings", {vendor.name: known | {"no_such_setting": 1}})

    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["field"] == f"{vendor.name}.no_such_setting"
    assert client.control("GET", "settings") == before


@every_vendor
def test_settings_take_their_defaults(client: Client, vendor: Vendor) -> None:
    defaults = {name: setting.default for name, setting in vendor.settings.items()}

    answer = client.patch("/_mockmarket/settings", {vendor.name: defaults})

    assert {name: setting["value"] for name, setting in answer.json()[vendor.name].items()} == defaults


@every_vendor
def test_every_setting_says_its_meaning(vendor: Vendor) -> None:
    assert all(
        setting.help.endswith(".") and setting.check(setting.default) is None for setting in vendor.settings.values()
    )


@every_vendor
def test_every_action_is_listed(client: Client, vendor: Vendor) -> None:
    listed = client.control("GET", f"{vendor.name}/actions")["actions"]

    assert [row["name"] for row in listed] == [action.name for action in vendor.world.actions]
    assert all(row["who"] and row["does"].endswith(".") for row in listed)


@every_vendor
def test_every_action_refuses_nonsense(client: Client, vendor: Vendor) -> None:
    for action in vendor.world.actions:
        answer = client.post(f"/_mockmarket/{vendor.name}/actions/{action.name}", {"no such field": 1})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid"), action.name


@every_vendor
def test_vendors_lists_it_whole(client: Client, vendor: Vendor) -> None:
    listed = next(row for row in client.control("GET", "vendors")["vendors"] if row["name"] == vendor.name)

    assert listed["base_url"] == client.base + vendor.base
    assert listed["also"] == [client.base + alias for alias in vendor.aliases]
    assert [notice["name"] for notice in listed["notices"]] == [notice.name for notice in vendor.webhooks.notices]
    assert listed["signature"]
    assert listed["retries"]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[Any]]]:
    """Plant a fixture three times, the third time with another seed; gives what each vendor has of it."""
    folder = tmp_path_factory.mktemp("seeds")
    fixture = fixture_for_all(folder)
    return {name: seeded(folder / name, fixture, seed) for name, seed in SEEDS}


@every_vendor
def test_same_seed_gives_same_ids(planted: dict[str, dict[str, list[Any]]], vendor: Vendor) -> None:
    first, again, different = (planted[name][vendor.name] for name, _ in SEEDS)

    assert first == again
    assert first != different


SEEDS = (("first", 7), ("again", 7), ("other", 8))


def seeded(folder: Path, fixture: str, seed: int) -> dict[str, list[Any]]:
    """Plant a fixture anew; returns every record of each vendor, and what the world will draw next."""
    path, _, clock = Templates(folder, Config(), VENDORS)(fixture, None, seed)
    store = Store(path, Clock(clock), 0, "OFF")
    try:
        drawn = Ids(seed, int(store.meta()["drawn"])).uuid()
        return {
            vendor.name: [drawn, *(records.find(store.read(), kind) for kind in vendor.records.kinds)]
            for vendor in VENDORS
        }
    finally:
        store.close()
