"""`trigger`, `resend` and `snapshot`: what they do to a world, what they print for people, how they fail."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from mockmarket.cli import main
from mockmarket.control.deliveries import overridden
from mockmarket.errors import Invalid
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import buy, listen, notices, settled


def run(client: Client, *arguments: str) -> Result:
    """Run a command against the test's world, its answer being for people."""
    url, _, world = client.base.rpartition("/w/")
    environ = {"MOCKMARKET_JSON": "0"}
    return CliRunner().invoke(main, [*arguments, "--url", url, "--world", world], env=environ, catch_exceptions=False)


def test_trigger_makes_as_many_as_asked(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    result = run(client, "trigger", "order.accepted", "--vendor", "portal", "--override", "order.quantity=3", "--count", "5")  # fmt: skip

    heading, *ids = result.output.splitlines()
    hooks = receiver.wait(5)
    assert (result.exit_code, heading) == (0, "Notices created: 5. Deliveries: 5.")
    assert {id.strip() for id in ids} == {hook.header("X-Webhook-Delivery") for hook in hooks}
    assert [hook.json["order"]["quantity"] for hook in hooks] == [3] * 5


def test_trigger_tells_of_one_record(client: Client) -> None:
    first = buy(client)["orderId"]
    buy(client)

    run(client, "trigger", "order.accepted", "--vendor", "portal", "--record", first)

    assert notices(client)[0]["record"] == first


def test_trigger_sends_to_one_endpoint(client: Client, receiver: Receiver) -> None:
    listen(client, "http://127.0.0.1:9/never")
    wanted = listen(client, receiver.url)["id"]

    result = run(client, "trigger", "order.accepted", "--vendor", "portal", "--endpoint", wanted, "--json")

    answer = json.loads(result.output)
    assert (answer["notices"], answer["deliveries"]) == (1, 1)
    assert receiver.wait(1)[0].header("X-Webhook-Delivery") == answer["delivery_ids"][0]


def test_trigger_finds_the_only_vendor(client: Client) -> None:
    result = run(client, "trigger", "order.accepted")

    assert result.exit_code == 0
    assert notices(client)[0]["type"] == "order.accepted"


def test_notice_of_several_vendors_asks_which(client: Client) -> None:
    result = run(client, "trigger", "order.refunded")

    assert result.exit_code == 2
    assert "choose a vendor with --vendor" in result.stderr


def test_unknown_notice_is_a_usage_error(client: Client) -> None:
    result = run(client, "trigger", "no.such")

    assert result.exit_code == 2
    assert "No vendor has a notice 'no.such'" in result.stderr


def test_unknown_notice_of_vendor_names_those_there(client: Client) -> None:
    result = run(client, "trigger", "no.such", "--vendor", "portal")

    assert result.exit_code == 1
    assert "order.accepted" in result.stderr


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ('"3"', "3"), ("three", "three"), ("null", None), ("a=b", "a=b"), ("", "")]
)
def test_override_is_json_or_text(client: Client, text: str, value: object) -> None:
    run(client, "trigger", "order.accepted", "--vendor", "portal", "--override", f"order.section={text}")

    assert json.loads(notices(client)[0]["body"])["order"]["section"] == value


def test_override_without_value_is_refused(client: Client) -> None:
    result = run(client, "trigger", "order.accepted", "--vendor", "portal", "--override", "order.quantity")

    assert result.exit_code == 2
    assert "write order.quantity=3" in result.stderr


@pytest.mark.parametrize(("path", "added"), [("note", {"note": 1}), ("a.b", {"a": {"b": 1}})])
def test_override_adds_a_key(path: str, added: dict[str, object]) -> None:
    assert overridden({"event": "x"}, {path: 1}) == {"event": "x", **added}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("order.quantity.x", "in order.quantity nothing is inside."),
        ("order..quantity", "in order there are "),
    ],
)
def test_override_that_leads_nowhere_is_refused(client: Client, path: str, words: str) -> None:
    result = run(client, "trigger", "order.accepted", "--vendor", "portal", "--override", f"{path}=1")

    assert result.exit_code == 1
    assert words in result.stderr


@pytest.mark.parametrize(
    ("path", "words"), [("items.0", ""), ("items.7", "in items there are 0, 1"), ("items.x", "in items")]
)
def test_override_reaches_into_lists(path: str, words: str) -> None:
    body = {"items": [{"price": 1}, {"price": 2}]}

    if words:
        with pytest.raises(Invalid, match=words):
            overridden(body, {f"{path}.price": 9})
    else:
        assert overridden(body, {f"{path}.price": 9}) == {"items": [{"price": 9}, {"price": 2}]}


def test_trigger_without_listeners_says_so(client: Client) -> None:
    result = run(client, "trigger", "order.accepted", "--vendor", "portal")

    assert "No endpoint subscribes" in result.output


@pytest.mark.parametrize("command", ["resend", "deliveries resend"])
def test_resend_sends_once_more(client: Client, receiver: Receiver, command: str) -> None:
    listen(client, receiver.url)
    buy(client)
    (sent,) = settled(client)

    result = run(client, *command.split(), sent["id"])

    assert result.output.startswith(f"Delivery {sent['id']} (order.confirmed")
    assert len(receiver.wait(2)) == 2


def test_resend_of_nothing_is_refused(client: Client) -> None:
    result = run(client, "resend", "dlv_none")

    assert (result.exit_code, "There is no delivery 'dlv_none'" in result.stderr) == (1, True)


def test_resend_to_nobody_is_refused(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)
    buy(client)
    (sent,) = settled(client)
    client.control("DELETE", f"endpoints/{endpoint['id']}")

    result = run(client, "resend", sent["id"])

    assert (result.exit_code, result.stdout) == (1, "")
    assert "Nothing was sent: the endpoint was removed." in result.stderr


def test_snapshots_are_kept_and_restored(client: Client) -> None:
    saved = run(client, "snapshot", "save", "before")
    order = buy(client)["orderId"]

    restored = run(client, "snapshot", "restore", "before")

    assert (saved.output, restored.output) == ("Saved before.\n", "Restored before.\n")
    assert client.get(f"/_mockmarket/records/portal/order/{order}").status_code == 404


def test_snapshots_are_listed_and_deleted(client: Client) -> None:
    none = run(client, "snapshot", "list")
    run(client, "snapshot", "save", "one")
    listed = run(client, "snapshot", "list")
    as_json = json.loads(run(client, "snapshot", "list", "--json").output)

    deleted = run(client, "snapshot", "delete", "one")

    assert none.output == "There are no snapshots.\n"
    assert listed.output.splitlines()[1].startswith("one   20")
    assert [row["name"] for row in as_json] == ["one"]
    assert deleted.output == "Deleted one.\n"
    assert json.loads(run(client, "snapshot", "list", "--json").output) == []


def test_unknown_snapshot_is_refused(client: Client) -> None:
    result = run(client, "snapshot", "restore", "never")

    assert result.exit_code == 1
    assert "never" in result.stderr
