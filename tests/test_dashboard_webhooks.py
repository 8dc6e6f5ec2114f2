"""The Webhooks pages in a real browser: endpoints with their health, deliveries with every attempt, signatures step by step."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import subprocess
from html import unescape
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest

from mockmarket.clock import HOUR
from mockmarket.control.endpoints import rotate
from mockmarket.dashboard import delivery_list, health
from mockmarket.dashboard.deliveries import hexdump
from mockmarket.errors import Conflict
from mockmarket.store import endpoints, history
from mockmarket.vendor import Vendor, discover
from mockmarket.webhooks.retry import Health, Verdict
from tests.browser import NARROW, fits
from tests.conftest import FITTING, Client
from tests.receiver import Receiver
from tests.running import buy, deliveries, delivery, listen, settled, until
from tests.test_dashboard import UI, send

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


SCRIPT = "<script>alert(1)</script>"


VENDORS = discover()

every_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.name for vendor in VENDORS])


@pytest.fixture
def sent(client: Client, receiver: Receiver) -> tuple[Any, ...]:
    """Let a receiver be told of an order; returns the endpoint with its secret, the order and the delivery."""
    hook = listen(client, receiver.url)
    order = buy(client)
    [row] = settled(client)
    return hook, order, row


def stored(client: Client, hook: dict[str, Any]) -> Any:
    """Return an endpoint as it is stored."""
    return endpoints.get(client.world.read(), hook["id"])


def fault(client: Client, kind: Any, **options: Any) -> Any:
    """Turn a fault on."""
    return client.control("PUT", "faults", {"faults": [{"fault": kind, **options}]})


def open_tools(page: Page) -> None:
    """Open what stands folded at the end of an endpoint's page: sending by hand, changing, rotating, deleting."""
    page.evaluate("document.querySelectorAll('.tools details').forEach((part) => { part.open = true; })")


# Endpoints


def test_endpoint_is_made_by_form(page: Page, client: Client, receiver: Receiver) -> None:
    page.goto("webhooks")
    page.locator("summary", has_text="New endpoint").click()
    page.get_by_role("link", name="Scraper Portal").click()
    page.get_by_label("URL").fill(receiver.url)
    page.get_by_label("order.confirmed").check()
    page.get_by_role("button", name="Create the endpoint").click()

    secret = page.locator("#secret").inner_text()

    [endpoint] = endpoints.all(client.world.read(), "portal")
    assert (endpoint.secret, endpoint.url, endpoint.types) == (secret, receiver.url, ("order.confirmed",))
    page.get_by_role("link", name="To the endpoint").click()
    page.get_by_role("heading", name="Health").wait_for()
    assert secret not in page.content()


@every_vendor
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_endpoint_of_a_form_is_told(
    browser: Browser, client: Client, receiver: Receiver, vendor: Vendor, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts, base_url=f"{client.base}{UI}/")
    page = context.new_page()
    page.goto(f"webhooks/new/{vendor.name}")
    page.get_by_label("URL").fill(receiver.url)
    page.get_by_role("button", name="Create the endpoint").click()
    page.locator("#secret").wait_for()
    context.close()

    client.control("POST", f"{vendor.name}/trigger/{FITTING.get(vendor.name, vendor.webhooks.notices[0].name)}", {})

    [endpoint] = client.control("GET", f"endpoints?vendor={vendor.name}")["endpoints"]
    assert (endpoint["state"], len(receiver.wait(1))) == ("active", 1)


@every_vendor
def test_form_makes_what_http_makes(client: Client, receiver: Receiver, vendor: Vendor) -> None:
    answer = send(client, f"webhooks/new/{vendor.name}", {"url": receiver.url})
    over_http = client.control("POST", "endpoints", {"vendor": vendor.name, "url": receiver.url})

    by_form = client.control("GET", "endpoints")["endpoints"][0]
    own = ("id", "secret", "secret_hint", "created_at", "updated_at", "warnings")
    assert answer.status_code == 200
    assert {name: by_form[name] for name in by_form if name not in own} == {
        name: over_http[name] for name in over_http if name not in own
    }


@every_vendor
@pytest.mark.parametrize("active", [True, False], ids=["active", "disabled"])
def test_changed_url_leaves_the_state(client: Client, vendor: Vendor, active: bool) -> None:
    endpoint = client.control(
        "POST", "endpoints", {"vendor": vendor.name, "url": "http://127.0.0.1:9/a", "active": active}
    )

    answer = send(client, f"webhooks/endpoint/{endpoint['id']}", {"url": "http://127.0.0.1:9/b"})

    after = stored(client, endpoint)
    assert (answer.status_code, after.url, after.active) == (303, "http://127.0.0.1:9/b", active)


@every_vendor
def test_own_headers_are_filled_in(client: Client, receiver: Receiver, vendor: Vendor) -> None:
    form = {"url": receiver.url, "headers": "X-Env: ci", "basic_auth": "gate:open"}

    answer = send(client, f"webhooks/new/{vendor.name}", form)
    client.control("POST", f"{vendor.name}/trigger/{FITTING.get(vendor.name, vendor.webhooks.notices[0].name)}", {})

    [hook] = receiver.wait(1)
    assert answer.status_code == 200
    assert (hook.header("X-Env"), hook.header("Authorization")) == ("ci", "Basic Z2F0ZTpvcGVu")


def test_hidden_values_stay_when_changed(page: Page, client: Client, receiver: Receiver) -> None:
    hook = listen(client, receiver.url, headers="X-Token: one,X-Env: ci", basic_auth="gate:open")
    page.goto(f"webhooks/endpoint/{hook['id']}")
    open_tools(page)

    page.get_by_label("URL").fill(f"{receiver.url}/other")
    page.get_by_role("button", name="Change").click()

    page.get_by_text("The endpoint was changed.").wait_for()
    after = stored(client, hook)
    assert (after.url, after.headers, after.basic_auth) == (
        f"{receiver.url}/other",
        "X-Token: one,X-Env: ci",
        "gate:open",
    )


@pytest.mark.parametrize(
    ("field", "typed"), [("headers", "Host: x"), ("headers", "X-Token: (redacted)"), ("basic_auth", "gate")]
)
def test_wrong_headers_are_told_in_place(client: Client, field: str, typed: str) -> None:
    answer = send(client, "webhooks/new/portal", {"url": "http://127.0.0.1:9/", field: typed})

    assert answer.status_code == 422
    assert re.search(rf'class="field wrong">\s*<label for="f-{field}">', answer.text)


def test_secret_is_copied(page: Page, client: Client, receiver: Receiver) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("webhooks/new/zatabox")
    page.get_by_label("URL").fill(receiver.url)
    page.get_by_role("button", name="Create the endpoint").click()

    page.get_by_role("button", name="Copy").click()

    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#secret").inner_text()


def test_wrong_url_is_told_in_place(page: Page, client: Client) -> None:
    page.goto("webhooks/new/portal")
    page.get_by_label("URL").fill("http://user:pass@127.0.0.1/hooks")

    page.get_by_role("button", name="Create the endpoint").click()

    page.locator(".field.wrong", has_text="URL").wait_for()
    assert page.get_by_label("URL").input_value() == "http://user:pass@127.0.0.1/hooks"


@pytest.mark.parametrize(
    ("path", "words"), [("webhooks", "No endpoints yet"), ("webhooks/deliveries", "No deliveries yet")]
)
def test_empty_page_says_what_to_do(client: Client, path: str, words: str) -> None:
    text = client.get(f"/_mockmarket/ui/{path}").text

    assert words in text
    assert "Create an" in text


def test_mute_is_shown_with_its_end(page: Page, client: Client, receiver: Receiver) -> None:
    client.control("POST", "endpoints", {"vendor": "tixstock", "url": receiver.url})
    [endpoint] = endpoints.all(client.world.read(), "tixstock")
    with client.world.atomic() as tx:
        endpoints.update_health(tx, endpoint.id, Health(4, 1, tx.now + HOUR, False), "")

    page.goto("webhooks")

    row = page.locator("tr", has_text=receiver.url.removeprefix("http://"))
    assert row.locator(".badge").inner_text() == "muted"
    row.get_by_text("until").wait_for()


def test_disabled_endpoint_is_woken(page: Page, client: Client, receiver: Receiver) -> None:
    hook = listen(client, receiver.url)
    page.goto(f"webhooks/endpoint/{hook['id']}")
    open_tools(page)
    page.get_by_role("button", name="Disable it").click()
    page.locator("#health").get_by_text("disabled", exact=True).wait_for()
    page.locator("#health").get_by_text("Disabled by hand.").wait_for()

    page.get_by_role("button", name="Activate it").click()

    page.locator("#health .badge", has_text="active").wait_for()
    assert stored(client, hook).active


def test_endpoint_is_changed_by_form(page: Page, client: Client, receiver: Receiver) -> None:
    hook = listen(client, receiver.url, types=["order.confirmed"])
    page.goto(f"webhooks/endpoint/{hook['id']}")
    open_tools(page)

    page.get_by_label("order.confirmed").uncheck()
    page.get_by_label("URL").fill(f"{receiver.url}/other")
    page.get_by_role("button", name="Change").click()

    page.get_by_text("The endpoint was changed.").wait_for()
    assert stored(client, hook).url == f"{receiver.url}/other"
    assert stored(client, hook).types is None
    assert stored(client, hook).secret == hook["secret"]


def test_endpoint_is_deleted_after_asking(page: Page, client: Client, receiver: Receiver) -> None:
    hook = listen(client, receiver.url)
    page.goto(f"webhooks/endpoint/{hook['id']}")

    page.locator("summary", has_text="Delete the endpoint").click()
    page.get_by_role("button", name="Delete the endpoint").click()

    page.get_by_text("The endpoint was deleted.").wait_for()
    assert stored(client, hook) is None


def test_notice_is_sent_by_hand(page: Page, client: Client, receiver: Receiver) -> None:
    hook = listen(client, receiver.url, types=["order.cancelled"])
    page.goto(f"webhooks/endpoint/{hook['id']}")
    open_tools(page)

    page.locator("[name=notice]").select_option("order.accepted")
    page.get_by_label("Override").fill('{"event": "order.shouted"}')
    page.get_by_role("button", name="Send it").click()

    [got] = receiver.wait(1)
    assert got.json["event"] == "order.shouted"
    page.locator("#sent").get_by_text("trigger").wait_for()


def test_missing_record_is_told_in_place(page: Page, client: Client, receiver: Receiver) -> None:
    hook = listen(client, receiver.url)
    page.goto(f"webhooks/endpoint/{hook['id']}")
    open_tools(page)

    page.locator("[name=notice]").select_option("order.accepted")
    page.get_by_label("Record").fill("no-such-order")
    page.get_by_role("button", name="Send it").click()

    page.get_by_text("no-such-order", exact=False).first.wait_for()
    page.locator(".complaint").wait_for()
    assert receiver.hooks == []


# Rotation


def test_rotated_secret_is_shown_once(page: Page, client: Client, sent: tuple[Any, ...]) -> None:
    hook, _, _ = sent
    page.goto(f"webhooks/endpoint/{hook['id']}")
    open_tools(page)

    page.get_by_role("button", name="Rotate the secret").click()

    assert page.locator("#secret").inner_text() == stored(client, hook).secret != hook["secret"]


def test_vendor_with_grace_signs_with_both(page: Page, client: Client, receiver: Receiver) -> None:
    client.control("PATCH", "settings", {"zatabox": {"rotation_grace_s": 3600}})
    hook = client.control("POST", "endpoints", {"vendor": "zatabox", "url": receiver.url})
    page.goto(f"webhooks/endpoint/{hook['id']}")
    open_tools(page)
    page.get_by_role("button", name="Rotate the secret").click()
    page.locator("#secret").wait_for()
    page.reload()
    page.locator("#health").get_by_text("the old secret").wait_for()

    client.control("POST", "zatabox/trigger/event.published", {"endpoint": hook["id"]})

    [got] = receiver.wait(1)
    stamp = (got.header("X-Zatabox-Signature") or "").split(",")[0].removeprefix("t=")
    old = hmac.new(hook["secret"].encode(), f"{stamp}.".encode() + got.body, hashlib.sha256).hexdigest()
    assert old in (got.header("X-Zatabox-Signature") or "")


def test_secret_of_a_key_is_rotated_there(page: Page, client: Client, receiver: Receiver) -> None:
    key = client.control("POST", "keys", {"vendor": "tixstock", "name": "Callback", "callback_url": receiver.url})
    page.goto("webhooks")
    page.get_by_role("link").filter(has_text=receiver.url.removeprefix("http://")).click()
    page.get_by_role("heading", name="Deliveries to it").wait_for()
    open_tools(page)

    page.get_by_role("link", name="Rotate the key.").click()

    page.get_by_role("heading", name="Callback").wait_for()
    with pytest.raises(Conflict):
        rotate(client.world, f"end_{key['id']}")


def test_attempt_before_rotation_still_verifies(page: Page, client: Client, receiver: Receiver) -> None:
    hook = client.control("POST", "endpoints", {"vendor": "zatabox", "url": receiver.url})
    client.control("POST", "zatabox/trigger/event.published", {"endpoint": hook["id"]})
    [row] = settled(client)
    page.goto(f"webhooks/endpoint/{hook['id']}")
    open_tools(page)
    page.get_by_role("button", name="Rotate the secret").click()
    page.locator("#secret").wait_for()

    page.goto(f"webhooks/delivery/{row['id']}")

    page.locator(".signature .badge", has_text=re.compile(r"^\s*valid\s*$")).wait_for()
    page.get_by_text("this attempt was signed with the old one").wait_for()


def test_secret_gone_by_rotation_is_said(page: Page, client: Client, sent: tuple[Any, ...]) -> None:
    hook, _, row = sent
    client.control("PATCH", f"endpoints/{hook['id']}", {"secret": "another-secret"})

    page.goto(f"webhooks/delivery/{row['id']}")

    page.locator(".signature .badge", has_text="invalid").wait_for()
    page.get_by_text("The endpoint has changed since this was sent.").wait_for()


def test_deleted_endpoint_leaves_its_deliveries(page: Page, client: Client, sent: tuple[Any, ...]) -> None:
    hook, _, row = sent
    client.control("DELETE", f"endpoints/{hook['id']}")

    page.goto(f"webhooks/delivery/{row['id']}")

    page.get_by_text("The endpoint was deleted, with its secret.").wait_for()


# Deliveries


def test_deliveries_appear_without_reload(page: Page, client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    page.goto("webhooks/deliveries")
    page.get_by_text("No deliveries yet").wait_for()

    order = buy(client)

    page.get_by_role("link", name="order.confirmed").wait_for()
    page.locator(f'a[href$="{order["orderId"]}"]').wait_for()


def test_deliveries_are_filtered_in_place(page: Page, client: Client, sent: tuple[Any, ...]) -> None:
    _, order, _ = sent
    page.goto("webhooks/deliveries")

    page.get_by_label("State").select_option("delivered")
    page.get_by_label("Record").fill(order["orderId"])
    page.get_by_role("link", name="order.confirmed").wait_for()
    page.get_by_label("Record").fill("nothing")
    page.get_by_text("No matching delivery").wait_for()
    page.get_by_role("link", name="Clear the filters").click()

    page.get_by_role("link", name="Attempts").click()
    page.locator('th[aria-sort="descending"]', has_text="Attempts").wait_for()
    page.get_by_label("An attempt").select_option("failed")
    page.get_by_text("No matching delivery").wait_for()
    assert "sort=-attempts" in page.url


def test_deliveries_of_an_endpoint_alone(client: Client, receiver: Receiver) -> None:
    first, second = listen(client, receiver.url), listen(client, f"{receiver.url}/two")
    buy(client)
    settled(client, 2)

    text = client.get("/_mockmarket/ui/webhooks/deliveries", to=second["id"]).text

    ids = {row["endpoint"]: row["id"] for row in deliveries(client)}
    assert ids[second["id"]] in text
    assert ids[first["id"]] not in text


def test_deliveries_are_paged_by_age(client: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_list, "PAGE_OF", 2)
    hook = listen(client, receiver.url)
    client.control("POST", "portal/trigger/order.confirmed", {"endpoint": hook["id"], "count": 3})
    ids = [row["id"] for row in settled(client, 3)]
    first = client.get("/_mockmarket/ui/webhooks/deliveries").text

    second = client.get("/_mockmarket/ui/webhooks/deliveries", page=2).text

    assert [id in first for id in ids] == [False, True, True]
    assert [id in second for id in ids] == [True, False, False]


def test_each_choice_says_what_it_gives_and_an_impossible_one_is_taken_off(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    settled(client, 1)

    every = client.get(f"{UI}/webhooks/deliveries", state="delivered").text
    other = client.get(f"{UI}/webhooks/deliveries", vendor="zatabox", type="order.confirmed").text

    assert '<option value="portal">Scraper Portal (1)</option>' in every
    assert '<option value="order.confirmed">order.confirmed (1)</option>' in every
    assert '<option value="zatabox"' not in every
    assert "Zatabox has no notice order.confirmed: it was taken off." in other


def test_deliveries_are_exported_as_filtered(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (401, b"")
    hook = listen(client, receiver.url)
    order = buy(client)
    until(client.world, lambda: history.sent_attempts(client.world.read(), 1))

    chart = client.get(f"{UI}/webhooks/endpoint/{hook['id']}").text
    [bar] = map(unescape, re.findall(r'<a href="[^"]*/ui/(webhooks/deliveries[^"]*)" tabindex="-1"', chart))
    text = client.get(f"{UI}/{bar}").text
    query = bar.partition("?")[2]
    lines = [client.get(f"{UI}/webhooks/deliveries/export/{kind}?{query}") for kind in ("json", "csv")]
    none = client.get(f"{UI}/webhooks/deliveries/export/json", tried="delivered").json()

    archive = client.get(f"{UI}/webhooks/deliveries/export/har?{query}").json()["log"]["entries"]
    endpoints = [client.get(f"{UI}/webhooks/export/{kind}", vendor="portal") for kind in ("json", "csv")]

    [row] = lines[0].json()
    assert [(each["_delivery"], each["response"]["status"]) for each in archive] == [(row["id"], 401)]
    assert [each["id"] for each in endpoints[0].json()] == [hook["id"]]
    assert endpoints[1].text.splitlines()[1].startswith(f"{hook['id']},portal,{receiver.url}")
    assert hook["secret"] not in endpoints[0].text
    assert (row["record"], row["endpoint"], row["last_status"]) == (order["orderId"], hook["id"], 401)
    assert "tried=to+be+retried" in bar
    assert row["id"] in text
    assert lines[1].text.splitlines()[1].split(",")[:4] == [row["id"], row["event_id"], "portal", "order.confirmed"]
    assert none == []


def test_every_state_can_be_filtered(client: Client) -> None:
    states = get_args(get_type_hints(Verdict)["state"])

    assert set(history.STATES) == {*states, "sending"}


# One delivery


def test_attempt_shows_request_and_answer(
    page: Page, client: Client, receiver: Receiver, sent: tuple[Any, ...]
) -> None:
    _, _, row = sent
    receiver_got = receiver.hooks[0]
    page.goto(f"webhooks/delivery/{row['id']}")

    request, answer = (
        page.get_by_role("region", name="Request of attempt 1"),
        page.get_by_role("region", name="Answer to attempt 1"),
    )

    assert request.get_by_label("Body as sent").text_content() == receiver_got.body.decode()
    assert str(receiver_got.header("X-Webhook-Signature")) in request.inner_text()
    assert json.loads(answer.locator("pre").first.inner_text()) == {"received": True}


def test_signature_is_that_of_hmac(page: Page, client: Client, sent: tuple[Any, ...]) -> None:
    hook, _, row = sent
    page.goto(f"webhooks/delivery/{row['id']}")

    [attempt] = delivery(client, row["id"])["attempts_made"]
    headers = dict(attempt["request"]["headers"])
    message = f"{headers['X-Webhook-Timestamp']}.{attempt['request']['body']}".encode()
    right = hmac.new(hook["secret"].encode(), message, hashlib.sha256).hexdigest()

    steps = page.get_by_role("region", name="Signature of attempt 1")
    assert steps.locator(".badge").inner_text() == "valid"
    assert right in steps.locator(".expected").inner_text()
    assert right in steps.locator(".sent").inner_text()
    assert steps.locator(".message").inner_text().encode() == message
    assert f"{len(message)} bytes" in steps.inner_text()
    assert hook["secret"] not in page.content()


def test_command_prints_the_same_digits(page: Page, client: Client, sent: tuple[Any, ...]) -> None:
    hook, _, row = sent
    page.goto(f"webhooks/delivery/{row['id']}")

    command = page.locator("#command-1").inner_text()

    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=True, env={**os.environ, "SECRET": hook["secret"]}
    )
    assert done.stdout.split()[-1] in page.locator(".expected").inner_text()


@pytest.mark.thorough
def test_long_message_is_downloaded_instead(client: Client, receiver: Receiver) -> None:
    hook = listen(client, receiver.url)
    client.control(
        "POST", "portal/trigger/order.confirmed", {"endpoint": hook["id"], "override": {"event": "x" * 1_000_000}}
    )
    [row] = settled(client)
    text = client.get(f"/_mockmarket/ui/webhooks/delivery/{row['id']}").text

    signed = client.get(f"/_mockmarket/ui/webhooks/delivery/{row['id']}/1/signed")

    assert len(text) < 120_000
    assert "more characters" in text
    assert f"curl -s {client.base}/_mockmarket/ui/webhooks/delivery/{row['id']}/1/signed" in text
    stamp = receiver.hooks[0].header("X-Webhook-Timestamp")
    assert signed.content == f"{stamp}.".encode() + receiver.hooks[0].body
    assert signed.headers["Content-Disposition"].startswith("attachment")


def test_body_changed_by_fault_is_explained(page: Page, client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    fault(client, "respaced")
    buy(client)
    [row] = settled(client)

    page.goto(f"webhooks/delivery/{row['id']}")

    page.locator(".signature .badge", has_text="invalid").wait_for()
    page.get_by_text("Changed on purpose by the fault respaced.").wait_for()
    page.get_by_text("The signature matches the body before the fault changed it.").wait_for()
    assert page.get_by_label("Body as sent", exact=True).text_content() == receiver.hooks[0].body.decode()


def test_resend_adds_an_attempt(page: Page, client: Client, receiver: Receiver, sent: tuple[Any, ...]) -> None:
    _, _, row = sent
    page.goto(f"webhooks/delivery/{row['id']}")

    page.get_by_role("button", name="Resend").click()

    page.locator("#try-2", has_text="(resend)").wait_for()
    assert [hook.body for hook in receiver.wait(2)] == [receiver.hooks[0].body] * 2
    assert len(delivery(client, row["id"])["attempts_made"]) == 2


def test_resend_to_nobody_is_not_offered(client: Client, sent: tuple[Any, ...]) -> None:
    hook, _, row = sent
    client.control("DELETE", f"endpoints/{hook['id']}")

    text = client.get(f"/_mockmarket/ui/webhooks/delivery/{row['id']}").text

    assert "The endpoint was removed." in text
    assert f"delivery/{row['id']}/resend" not in text


def test_failure_tells_reason_and_next_attempt(page: Page, client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (503, b"<html>busy</html>")
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    buy(client)
    until(client.world, lambda: [row for row in deliveries(client) if row["last_status"] == 503])
    [row] = deliveries(client)

    page.goto(f"webhooks/delivery/{row['id']}")

    page.get_by_text("Next attempt", exact=True).wait_for()
    assert "503" in page.locator(".try > summary").inner_text()
    page.get_by_label("Answer's body").get_by_text("<html>busy</html>").wait_for()


@pytest.mark.parametrize("vendor", ["portal", "ticketnation", "zatabox", "tixstock", "skybox"])
def test_every_vendors_signature_is_explained(client: Client, receiver: Receiver, vendor: str) -> None:
    seller = client.world.vendors[vendor]
    hook = client.control("POST", "endpoints", {"vendor": vendor, "url": receiver.url})
    for notice in seller.webhooks.notices:
        if client.post(f"/_mockmarket/{vendor}/trigger/{notice.name}", {"endpoint": hook["id"]}).ok:
            break
    [row] = settled(client)

    text = client.get(f"/_mockmarket/ui/webhooks/delivery/{row['id']}").text

    if "HMAC" in str(seller.webhooks.headers):
        assert "The signature is right." in text
        assert "openssl dgst" in text
    else:
        assert "This vendor does not sign." in text


def test_raw_bytes_of_no_attempt_are_refused(client: Client, sent: tuple[Any, ...]) -> None:
    _, _, row = sent

    codes = [
        client.get(f"/_mockmarket/ui/webhooks/delivery/{row['id']}/{path}").status_code for path in ("2/body", "1/x")
    ]

    assert codes == [404, 404]


def test_dump_is_that_of_hexdump() -> None:
    raw = bytes(range(40))

    done = subprocess.run(["od", "-A", "x", "-t", "x1", "-v"], input=raw, capture_output=True, check=True)

    mine = [line.partition("|")[0].split()[1:] for line in hexdump(raw).splitlines()]
    assert mine == [line.split()[1:] for line in done.stdout.decode().splitlines()[:-1]]


# Looks and hostile data


def test_script_in_an_answer_is_text(page: Page, client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (200, SCRIPT.encode() + b"\xff\x00{")
    listen(client, f"{receiver.url}?q={SCRIPT.replace(' ', '')}".replace("<", "%3C").replace(">", "%3E"))
    buy(client)
    [row] = settled(client)

    page.goto(f"webhooks/delivery/{row['id']}")

    page.get_by_text(SCRIPT).first.wait_for()
    assert page.locator("main script").count() == 0


def test_narrow_window_fits_every_page(page: Page, client: Client, sent: tuple[Any, ...]) -> None:
    hook, _, row = sent
    page.set_viewport_size(NARROW)
    paths = ["webhooks", "webhooks/deliveries", "webhooks/new/zatabox", f"webhooks/endpoint/{hook['id']}",
             f"webhooks/delivery/{row['id']}"]  # fmt: skip

    wide = [path for path in paths if page.goto(path) and not fits(page)]

    assert wide == []


# The checker


def test_checker_of_an_attempt_names_the_mistake(
    page: Page, client: Client, receiver: Receiver, sent: tuple[Any, ...]
) -> None:
    hook, _, row = sent
    webhook = receiver.hooks[0]
    parsed = json.dumps(json.loads(webhook.body)).encode()
    stamp = str(webhook.header("X-Webhook-Timestamp")).encode()
    wrong = hmac.new(hook["secret"].encode(), stamp + b"." + parsed, "sha256").hexdigest()
    page.goto(f"webhooks/delivery/{row['id']}")

    page.get_by_label("Your signature").fill(f"sha256={wrong}")
    page.get_by_role("button", name="Check it").click()

    page.get_by_text("You signed the JSON parsed and written again, not the bytes as they came.").wait_for()
    expected, yours = page.locator(".findings .texts p").all_inner_texts()
    marks = page.locator(".findings mark").all_inner_texts()
    assert yours.endswith(wrong)
    assert expected != yours
    assert all(len(mark) == 1 for mark in marks)
    assert page.get_by_label("Your signature").input_value() == f"sha256={wrong}"


def test_refusing_receiver_is_a_hint_to_the_checker(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (401, b"")
    listen(client, receiver.url)
    buy(client)
    until(client.world, lambda: [row for row in deliveries(client) if delivery(client, row["id"])["attempts_made"]])

    text = client.get(f"/_mockmarket/ui/webhooks/delivery/{deliveries(client)[0]['id']}").text

    assert "Your receiver refused it: most often another secret" in text
    assert 'href="#check-1"' in text


def test_checker_of_its_own_needs_no_delivery(client: Client) -> None:
    secret, body = "whsec_mine", '{"a": 1}'
    right = hmac.new(secret.encode(), body.encode(), "sha256").hexdigest()
    form = {"vendor": "ticketnation", "secret": secret, "body": body, "signature": right}

    good = send(client, "webhooks/check", form).text
    bad = send(client, "webhooks/check", {**form, "signature": right.upper()}).text

    assert "The signature is right." in good
    assert "The digits are upper case instead of lower case" in bad
    assert secret not in client.get("/_mockmarket/requests").text


def test_attempts_stand_side_by_side_with_their_differences(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    [row] = settled(client)
    fault(client, "respaced")
    send(client, f"webhooks/delivery/{row['id']}/resend")
    until(client.world, lambda: len(delivery(client, row["id"])["attempts_made"]) == 2)

    text = client.get(f"/_mockmarket/ui/webhooks/delivery/{row['id']}").text
    beside = text.partition('aria-label="Attempts side by side"')[2].partition("</section>")[0]

    assert "The same JSON; only white space or the order of members differs." in beside
    assert beside.count('<mark title="unlike the attempt before">') >= 2


# Health and bulk


def test_overdue_deliveries_behind_a_hanging_receiver_are_said(
    client: Client, held_back: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LATE_MS", -HOUR)  # all that waits is late
    hook = listen(client, held_back.url)
    client.control("POST", "portal/trigger/order.confirmed", {"endpoint": hook["id"], "count": 40})
    until(client.world, lambda: held_back.hooks)

    pages = [client.get(f"{UI}/webhooks{path}").text for path in ("", f"/endpoint/{hook['id']}")]

    assert all(re.search(r"[Oo]verdue .*: \d+ on the way, \d+ webhooks behind", page) for page in pages)


def test_failing_endpoint_says_since_when_and_is_sent_again(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (401, b"")
    hook = listen(client, receiver.url)
    buy(client)
    [row] = until(
        client.world, lambda: [row for row in deliveries(client) if row["attempts"] and row["state"] != "sending"]
    )
    client.control("POST", "clock/advance", {"until": "delivered"})
    failing = client.get(f"{UI}/webhooks/endpoint/{hook['id']}").text
    listed = client.get(f"{UI}/webhooks").text

    receiver.answer = lambda hook: (200, b"")
    answer = send(client, f"webhooks/endpoint/{hook['id']}/resend")
    until(client.world, lambda: delivery(client, row["id"])["state"] == "delivered")
    after = client.get(f"{UI}/webhooks/endpoint/{hook['id']}").text

    assert all("in a row, last 401" in text for text in (failing, listed))
    assert "Resend 1 failed" in failing
    assert answer.status_code == 303
    assert "in a row, last" not in after
    assert "Attempts over the world&#39;s time" in after
    assert after.count("<polyline") == 3


LONG = "integrations/ticketing/webhooks/marketplace-orders/v2/listener/tenant-4711/production/notify?source=mock&v=2"
ADDRESS = """() => {
  const url = document.querySelector(":is(.where, .to) .url");
  const [start, rest] = [...url.children].map((part) => part.getBoundingClientRect());
  const end = document.createRange(), text = url.querySelector("bdi").firstChild;
  end.setStart(text, text.length - 12);
  end.setEnd(text, text.length);
  const within = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1 && inner.height > 0;
  const list = document.querySelector(".scrolls");
  return [rest.top > start.top + 5, start.height === rest.height, list.scrollWidth <= list.clientWidth,
    within(url.querySelector(".dim").getBoundingClientRect(), start),
    within(end.getBoundingClientRect(), rest), within(rest, list.getBoundingClientRect())];
}"""
"""Whether an endpoint's URL takes two lines in a list, and whether its host, its end and the whole table are in sight."""


@pytest.mark.parametrize("width", [1280, 1024, 320])
def test_long_address_takes_two_lines(page: Page, client: Client, receiver: Receiver, width: int) -> None:
    listen(client, f"{receiver.url}/{LONG}")
    buy(client)
    page.set_viewport_size({"width": width, "height": 780})
    page.goto("webhooks")
    endpoints = page.evaluate(ADDRESS)

    page.goto("webhooks/deliveries")

    assert endpoints == [True] * 6
    assert page.evaluate(ADDRESS)[:2] == [True] * 2


def test_address_is_read_and_copied_as_it_is(page: Page, client: Client, receiver: Receiver) -> None:
    url = listen(client, f"{receiver.url}/{LONG}")["url"]
    copied = "part => { getSelection().selectAllChildren(part); return getSelection().toString(); }"
    page.goto("webhooks")
    link = page.get_by_role("link", name=url, exact=True)

    from_list = link.evaluate(copied)
    link.click()
    title = page.get_by_role("heading", name=url.removeprefix("http://"), exact=True)

    assert from_list == title.evaluate(copied) == url.removeprefix("http://")


def test_address_breaks_at_slashes_only(page: Page, client: Client, receiver: Receiver) -> None:
    id = listen(client, f"{receiver.url}/portal/staging/environment-two/web-hooks-of-quality-assurance")["id"]
    page.set_viewport_size(NARROW)
    page.goto(f"webhooks/endpoint/{id}")

    lines: Any = page.evaluate(
        "[...document.querySelectorAll('.url .segment')].map((part) => part.getClientRects().length)"
    )

    assert len(lines) >= 4
    assert set(lines) == {1}


def test_ticked_deliveries_are_sent_again(
    page: Page, client: Client, receiver: Receiver, sent: tuple[Any, ...]
) -> None:
    _, _, row = sent
    page.set_viewport_size({"width": 1280, "height": 330})  # the list's end is below it
    page.goto("webhooks/deliveries")
    page.locator(f"#tick-{row['id']}").check()

    page.wait_for_function("() => document.querySelector('.ticked').getBoundingClientRect().bottom <= innerHeight")
    page.get_by_role("button", name="Resend 1").click()

    page.locator("#toast", has_text="1 delivery sent again.").wait_for()
    receiver.wait(2)


def test_nothing_ticked_is_said(client: Client) -> None:
    answer = send(client, "webhooks/deliveries/resend")

    assert answer.status_code == 400
    assert "Tick the deliveries first." in answer.text


def test_receiver_of_an_endpoint_is_examined_with_its_secret(client: Client, receiver: Receiver) -> None:
    hook = listen(client, receiver.url)

    answer = send(client, f"webhooks/endpoint/{hook['id']}/examine")

    assert answer.status_code == 200
    assert "Verdict" in answer.text
    assert hook["secret"] not in answer.text


def test_endpoints_are_filtered_by_health_and_sorted(page: Page, client: Client, receiver: Receiver) -> None:
    good, idle = listen(client, receiver.url), listen(client, f"{receiver.url}/a")
    client.control("PATCH", f"endpoints/{idle['id']}", {"types": [], "active": False})
    buy(client)
    settled(client)
    page.goto("webhooks?vendor=portal")

    page.get_by_role("group", name="Health").get_by_role("link", name="Active (1)").click()
    page.get_by_text("1 endpoint").wait_for()
    assert [row.get_attribute("id") for row in page.locator("td.where a").all()] == [f"e-{good['id']}"]
    page.get_by_role("group", name="Health").get_by_role("link", name="All (2)").click()
    page.get_by_role("columnheader", name="Health").get_by_role("link").click()
    page.locator("th[aria-sort=ascending]").wait_for()

    ids = [row.get_attribute("id") for row in page.locator("td.where a").all()]
    assert ids == [f"e-{idle['id']}", f"e-{good['id']}"]
    assert page.url.endswith("webhooks?vendor=portal&sort=health")
    exported = client.get(f"{UI}/webhooks/export/json", health="disabled").json()
    assert [row["id"] for row in exported] == [idle["id"]]


def test_endpoint_is_not_unused_because_others_are_newer(
    client: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "NEWEST", 1)
    old = listen(client, receiver.url)
    buy(client)
    settled(client)
    client.control("PATCH", f"endpoints/{old['id']}", {"types": ["order.fulfilled"]})
    listen(client, f"{receiver.url}/b")
    buy(client)
    settled(client, 2)

    assert len(client.get(f"{UI}/webhooks/export/json", health="ok", vendor="portal").json()) == 2
    assert client.get(f"{UI}/webhooks/export/json", health="unused", vendor="portal").json() == []
