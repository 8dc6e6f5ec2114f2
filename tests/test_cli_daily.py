"""The commands of the daily work: what they do to a world, and what they print for programs and for people."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockmarket.cli import main
from mockmarket.rules.quantities import parse_span
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import buy, command, finish, listen, settled
from tests.test_cli_exec import CLEAN

NOBODY = "http://127.0.0.1:9/never"


def target(client: Client) -> list[str]:
    """Return the options that name the test's world."""
    url, _, world = client.base.rpartition("/w/")
    return ["--url", url, "--world", world]


def run(client: Client, *arguments: str) -> Result:
    """Run a command against the test's world."""
    return CliRunner().invoke(main, [*arguments, *target(client)], catch_exceptions=False)


def answer(client: Client, *arguments: str) -> Any:
    """Run a command that succeeds; returns the JSON that it prints where standard output is no terminal."""
    ran = run(client, *arguments)
    assert ran.exit_code == 0, ran.stderr
    return json.loads(ran.output)


def text(client: Client, *arguments: str) -> str:
    """Run a command that succeeds; returns the text that it prints for people."""
    ran = run(client, *arguments, "--no-json")
    assert ran.exit_code == 0, ran.stderr
    return ran.output


def member(page: str, name: str) -> str:
    """Return the value of a member on a page of details."""
    return next(line.split(maxsplit=1)[1] for line in page.splitlines() if line.startswith(f"{name} "))


def on_server(client: Client, *arguments: str) -> Result:
    """Run a command against the test's server."""
    return CliRunner().invoke(main, [*arguments, *target(client)[:2]], catch_exceptions=False)


# Worlds


def test_worlds_are_made_cloned_and_dropped(client: Client) -> None:
    name = client.world.name
    copy, fresh = f"{name}-copy", f"{name}-fresh"
    buy(client)

    created = json.loads(
        on_server(client, "world", "make", fresh, "--fixture", "small", "--seed", "7", "--ttl", "2h").output
    )
    cloned = on_server(client, "world", "clone", name, copy, "--no-json")
    listed = on_server(client, "world", "--no-json").output
    orders = CliRunner().invoke(main, ["records", "portal", "order", "--url", f"{client.base}-copy"]).output
    dropped = on_server(client, "world", "drop", copy, "--no-json")
    rest = json.loads(on_server(client, "world", "drop", "--prefix", f"{name}-").output)

    assert (created["seed"], created["url"], created["ttl_s"]) == (7, f"{client.base}-fresh", 7200)
    assert cloned.output.startswith(f"Made {copy} at {client.base}-copy. It is 20")
    assert {copy, fresh, name} <= {line.split()[0] for line in listed.splitlines()}
    assert len(json.loads(orders)) == client.control("GET", "records/portal/order")["total"]
    assert dropped.output == f"Deleted {copy}.\n"
    assert rest == {"deleted": [fresh]}


@pytest.mark.parametrize("arguments", [[], ["x", "--prefix", "ci-"]])
def test_drop_takes_names_or_a_prefix(client: Client, arguments: list[str]) -> None:
    assert on_server(client, "world", "drop", *arguments).exit_code == 2


def test_fixture_is_that_of_the_commands_folder(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text("venues: []\n")
    monkeypatch.chdir(tmp_path)
    name = f"{client.world.name}-mine"

    created = json.loads(on_server(client, "world", "make", name, "--fixture", "mine.yaml").output)
    on_server(client, "world", "drop", name)

    assert created["fixture"] == str(tmp_path / "mine.yaml")


def test_fixture_comes_from_standard_input(client: Client) -> None:
    name = f"{client.world.name}-piped"
    arguments = ["world", "make", name, "--fixture", "-", *target(client)[:2]]

    ran = CliRunner().invoke(main, arguments, input="venues: []", catch_exceptions=False)
    dropped = on_server(client, "world", "drop", name)

    assert (ran.exit_code, dropped.exit_code) == (0, 0)


def test_reset_undoes_what_happened(client: Client) -> None:
    before = client.control("GET", "records/portal/order")["total"]
    buy(client)

    output = text(client, "reset")

    assert output.startswith(f"Reset {client.world.name} to the fixture small. It is ")
    assert client.control("GET", "records/portal/order")["total"] == before


# Clock


@pytest.mark.parametrize(
    ("span", "seconds"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("2h", 7200),
        ("1d", 86_400),
        ("1w", 604_800),
        ("1h30m", 5400),
        ("0.5h", 1800),
        ("250ms", 0.25),
    ],
)
def test_span_is_a_number_of_seconds(span: str, seconds: float) -> None:
    assert parse_span(span) == seconds


@pytest.mark.parametrize("span", ["", "2", "h", "2 h", "2x", "-2h", "1h30", "2h!"])
def test_what_is_no_span_is_a_usage_error(client: Client, span: str) -> None:
    ran = run(client, "clock", "advance", "--", span) if span.startswith("-") else run(client, "clock", "advance", span)

    assert ran.exit_code == 2


def test_clock_is_frozen_advanced_and_run(client: Client) -> None:
    frozen = answer(client, "clock", "freeze")

    advanced = text(client, "clock", "advance", "2h")

    later = answer(client, "clock")
    assert (frozen["frozen"], later["frozen"], later["now_ms"] - frozen["now_ms"]) == (True, True, 7_200_000)
    assert advanced.startswith(f"{later['now']}, frozen. Deliveries attempted: 0. Timers: ")
    assert text(client, "clock", "run").partition(", ")[2].startswith("running.")


def test_clock_advances_until_all_is_delivered(client: Client) -> None:
    listen(client, NOBODY)
    answer(client, "clock", "freeze")
    answer(client, "trigger", "order.accepted")

    walk = answer(client, "clock", "advance", "--until", "delivered")

    assert (walk["complete"], walk["attempts"] >= 5) == (True, True)
    assert [row["state"] for row in answer(client, "deliveries")] == ["failed"]


def test_clock_advances_to_a_moment(client: Client) -> None:
    assert answer(client, "clock", "advance", "--to", "2030-01-01")["now"] == "2030-01-01T00:00:00.000Z"
    assert "Only a reset goes back" in run(client, "clock", "advance", "--to", "2029-01-01").stderr


@pytest.mark.parametrize("arguments", [[], ["2h", "--until", "quiet"], ["--to", "2030-01-01", "--until", "quiet"]])
def test_advance_goes_one_way(client: Client, arguments: list[str]) -> None:
    ran = run(client, "clock", "advance", *arguments)

    assert (ran.exit_code, "Pass one of SPAN, --to and --until" in ran.stderr) == (2, True)


# Faults


def test_fault_is_added_listed_and_removed(client: Client) -> None:
    added = answer(client, "fault", "add", "status", "status=503", "--operation", "POST /orders", "--times", "1")
    listed = text(client, "fault")
    answers = [client.post("/api/v1/orders", {}).status_code for _ in range(2)]
    removed = text(client, "fault", "off", added["id"])

    assert (added["with"]["status"], added["left"]) == (503, 1)
    assert f"{added['id']}  status  status=503" in listed
    assert "operation=POST /orders" in listed
    assert answers == [503, 400]
    assert removed == f"Removed {added['id']}.\n"
    assert answer(client, "fault") == []


def test_all_faults_are_removed(client: Client) -> None:
    ids = [answer(client, "fault", "add", "slow")["id"] for _ in range(2)]

    assert answer(client, "fault", "off", "--all") == {"removed": ids}
    assert text(client, "fault", "off", "--all") == "There were no faults.\n"
    assert text(client, "fault") == "There are no faults. Add one: mockmarket fault add NAME\n"


@pytest.mark.parametrize("arguments", [[], ["f1", "--all"]])
def test_off_names_faults_or_all(client: Client, arguments: list[str]) -> None:
    assert run(client, "fault", "off", *arguments).exit_code == 2


def test_catalogue_has_every_fault(client: Client) -> None:
    names = [fault["name"] for fault in client.control("GET", "faults/catalogue")["faults"]]

    assert [line.split()[0] for line in text(client, "fault", "catalogue").splitlines()[1:]] == names


def test_unknown_fault_is_refused_with_those_there(client: Client) -> None:
    ran = run(client, "fault", "add", "stauts")

    assert (ran.exit_code, "status" in ran.stderr) == (1, True)


# Requests


@pytest.fixture
def seen(client: Client) -> Client:
    """Make a few requests: one good, one refused, one for what is not there."""
    client.get("/api/v1/events")
    client.post("/api/v1/orders", {"customr": 1})
    client.get("/api/v1/nothing")
    return client


@pytest.mark.parametrize(
    ("filters", "statuses"),
    [
        ([], [200, 400, 404]),
        (["--status", "4xx"], [400, 404]),
        (["--status", "404"], [404]),
        (["--method", "POST"], [400]),
        (["--path", "/api/v1/e*"], [200]),
        (["--refused", "true"], [400, 404]),
        (["--refused", "not_found"], [404]),
        (["--where", "path_prefix=/api/v1/o"], [400]),
        (["--where", "body_contains=1", "--vendor", "portal"], [400]),
        (["--limit", "1"], [404]),
        (["--vendor", "skybox"], []),
    ],
)
def test_requests_are_filtered(seen: Client, filters: list[str], statuses: list[int]) -> None:
    assert [row["status"] for row in answer(seen, "requests", *filters)] == statuses


def test_requests_are_a_table_for_people(seen: Client) -> None:
    head, *rows = text(seen, "requests").splitlines()

    assert head.split() == ["ID", "AT", "VENDOR", "METHOD", "STATUS", "MS", "PATH", "REFUSED", "FAULT"]
    assert [row.split()[4] for row in rows] == ["200", "400", "404"]
    assert text(seen, "requests", "--status", "500") == "There are no such requests.\n"


def test_wrong_condition_is_refused(client: Client) -> None:
    ran = run(client, "requests", "--status", "many")

    assert (ran.exit_code, "a status such as 404" in ran.stderr) == (1, True)


def test_request_is_shown_with_its_effects(client: Client) -> None:
    listen(client, NOBODY)
    order = buy(client)
    [created] = answer(client, "requests")
    [sent] = answer(client, "deliveries")

    entry = answer(client, "requests", "show", created["id"])
    page = text(client, "requests", "show", created["id"])

    assert entry["notices"][0]["deliveries"][0]["id"] == sent["id"]
    assert member(page, "status") == "201"
    assert order["orderId"] in page.partition("\nrecords\n")[2]
    assert sent["id"] in page.partition("\ndeliveries\n")[2]


# Deliveries


def test_deliveries_are_listed_and_shown(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    answer(client, "trigger", "order.accepted")
    settled(client, 2)

    rows = answer(client, "deliveries")
    page = text(client, "deliveries", "show", rows[-1]["id"])

    assert [row["type"] for row in rows] == ["order.confirmed", "order.accepted"]
    assert [row["type"] for row in answer(client, "deliveries", "--why", "trigger")] == ["order.accepted"]
    assert [row["type"] for row in answer(client, "deliveries", "-n", "1")] == ["order.accepted"]
    assert answer(client, "deliveries", "--state", "failed") == []
    assert text(client, "deliveries", "--vendor", "skybox") == "There are no deliveries.\n"
    assert member(page, "state") == "delivered"
    assert page.partition("\nattempts_made\n")[2].splitlines()[1].split()[:3] == ["1", "200", "delivered"]


@pytest.fixture
def failed(client: Client, receiver: Receiver) -> list[str]:
    """Let two deliveries fail for good, an hour apart, to a receiver that accepts what comes now; gives their ids."""
    receiver.answer = lambda hook: (500, b"no")
    listen(client, receiver.url)
    answer(client, "clock", "freeze")
    for _ in range(2):
        answer(client, "clock", "advance", "1h")
        answer(client, "trigger", "order.accepted")
        answer(client, "clock", "advance", "--until", "delivered")
    receiver.answer = lambda hook: (200, b"ok")
    return [row["id"] for row in answer(client, "deliveries", "--state", "failed")]


@pytest.mark.parametrize(
    ("conditions", "resent"),
    [([], 2), (["--since", "30m"], 1), (["--since", "2h", "--vendor", "portal"], 2)],
)
def test_failed_deliveries_are_sent_again(
    client: Client, failed: list[str], conditions: list[str], resent: int
) -> None:
    since = answer(client, "deliveries", *conditions, "-n", "1000")

    output = text(client, "deliveries", "resend", "--failed", *conditions)

    settled(client, resent)
    assert (len(failed), output) == (2, f"Sent again: {resent} of {resent}.\n")
    assert [row["id"] for row in since] == failed[2 - resent :]


def test_no_failed_delivery_is_sent_again(client: Client) -> None:
    assert text(client, "deliveries", "resend", "--failed", "--vendor", "skybox") == "Sent again: 0 of 0.\n"


def test_several_deliveries_are_sent_again(client: Client, failed: list[str]) -> None:
    rows = answer(client, "resend", *failed)

    assert [row["id"] for row in rows] == failed
    assert {row["id"] for row in settled(client, 2)} == set(failed)


def test_delivery_that_cannot_be_sent_is_kept_back(client: Client, failed: list[str]) -> None:
    [endpoint] = client.control("GET", "endpoints")["endpoints"]
    client.control("DELETE", f"endpoints/{endpoint['id']}")

    ran = run(client, "deliveries", "resend", "--failed", "--no-json")

    assert (ran.exit_code, ran.stdout.splitlines()[0]) == (1, "Sent again: 0 of 2.")
    assert ran.stdout.splitlines()[1].startswith("2 not sent: ")


@pytest.mark.parametrize(
    "arguments", [[], ["d1", "--failed"], ["d1", "--since", "2h"], ["--failed", "--since", "soon"]]
)
def test_resend_takes_ids_or_failed(client: Client, arguments: list[str]) -> None:
    assert run(client, "resend", *arguments).exit_code == 2


def test_unknown_state_is_refused(client: Client) -> None:
    ran = run(client, "deliveries", "--state", "delivred")

    assert (ran.exit_code, "exhausted" in ran.stderr) == (1, True)


# Records


def test_records_are_listed_by_kind(client: Client) -> None:
    kinds = {row["kind"]: row["records"] for row in answer(client, "records", "portal")}
    orders = client.control("GET", "records/portal/order?limit=1000")

    assert kinds["order"] == orders["total"]
    assert answer(client, "records", "portal", "order", "-n", "1000") == orders["records"]


def test_records_are_the_newest(client: Client) -> None:
    order = buy(client)

    output = text(client, "records", "portal", "order", "-n", "1")

    assert order["orderId"] in output
    assert output.splitlines()[-1].startswith("These are the newest of ")


def test_records_are_filtered_and_shown(client: Client) -> None:
    order = buy(client)["orderId"]

    assert [row["orderId"] for row in answer(client, "records", "portal", "order", "--where", f"orderId={order}")] == [
        order
    ]
    assert member(text(client, "records", "portal", "order", order), "orderId") == order
    assert "no such records" in text(client, "records", "portal", "order", "--where", "status=nothing")


@pytest.mark.parametrize("arguments", [["portal", "--where", "a=b"], ["portal", "order", "x", "--limit", "3"]])
def test_record_takes_no_filters(client: Client, arguments: list[str]) -> None:
    ran = run(client, "records", *arguments)

    assert (ran.exit_code, "needs KIND, and no ID." in ran.stderr) == (2, True)


# Wait


def test_wait_is_over_when_enough_match(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)

    output = text(client, "wait", "deliveries", "--where", "type=order.confirmed")

    assert output.startswith("1 deliveries match.\nID ")
    assert text(client, "wait").startswith("The world is quiet.")


def test_ids_of_digits_are_texts(client: Client) -> None:
    ran = run(client, "wait", "deliveries", "--where", "record=50003", "--timeout", "0")

    assert (ran.exit_code, "record 50003" in ran.stderr) == (1, True)


def test_wait_that_is_over_says_what_was_seen(client: Client) -> None:
    buy(client)

    ran = run(client, "wait", "requests", "--where", "status=404", "--timeout", "0")

    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "lastly POST /api/v1/orders 201" in ran.stderr


def test_quiet_has_no_conditions(client: Client) -> None:
    assert run(client, "wait", "--count", "2").exit_code == 2


# Tail


def test_tail_is_what_has_happened(seen: Client) -> None:
    listen(seen, NOBODY)
    answer(seen, "clock", "freeze")
    (delivery,) = answer(seen, "trigger", "order.accepted")["delivery_ids"]

    lines = text(seen, "tail", "-n", "3").splitlines()
    events = [json.loads(line) for line in run(seen, "tail").output.splitlines()]

    assert lines[0].startswith("→ portal POST /api/v1/orders: 400, refused ")
    assert lines[1] == "→ portal GET /api/v1/nothing: 404, refused not_found, r000003"
    assert lines[2].startswith("← portal order.accepted ")
    assert lines[2].endswith(f", {delivery}")
    assert [event["event"] for event in events] == ["request"] * 3 + ["delivery"]


@contextmanager
def following(client: Client) -> Iterator[subprocess.Popen[str]]:
    """Run `tail -f` until the block ends."""
    process = command("tail", "-f", "--json", *target(client), environ=CLEAN)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def next_event(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Return the kind and the id of the next event that was printed."""
    assert process.stdout
    event = json.loads(process.stdout.readline())
    return event["event"], event["id"]


@pytest.mark.thorough
def test_tail_follows_until_a_signal(seen: Client) -> None:
    with following(seen) as process:
        before = [next_event(process) for _ in range(3)]
        seen.get("/api/v1/events")
        after = next_event(process)
        seen.control("POST", "reset")
        seen.get("/api/v1/nothing")
        again = next_event(process)
        process.send_signal(signal.SIGINT)
        code, _, err = finish(process)

    assert before == [("request", f"r00000{number}") for number in (1, 2, 3)]
    assert after == ("request", "r000004")
    assert again[0] == "request"
    assert (code, err) == (0, "")


# Open


def test_open_starts_the_browser(client: Client, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o700)

    code, out, _ = finish(command("open", *target(client), environ={**CLEAN, "BROWSER": str(browser)}))

    assert (code, json.loads(out)) == (0, {"url": f"{client.base}/_mockmarket/", "opened": True})
    assert opened.read_text() == f"{client.base}/_mockmarket/\n"


def test_open_prints_the_address_alone(client: Client) -> None:
    assert text(client, "open", "--print") == f"{client.base}/_mockmarket/\n"
    assert client.get("/_mockmarket/").status_code == 200


def test_open_needs_a_server() -> None:
    assert CliRunner().invoke(main, ["open", "--url", "http://127.0.0.1:9"]).exit_code == 3
