"""The page Keys in a real browser: a key made, shown once, changed, rotated and deleted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import requests

from tests.browser import NARROW, fits
from tests.conftest import Client
from tests.running import PORTAL_KEY
from tests.test_dashboard import UI

if TYPE_CHECKING:
    from playwright.sync_api import Page


SCRIPT = "<script>alert(1)</script>"


def keys_of(client: Client, **where: Any) -> list[Any]:
    """Return the world's keys that have these values."""
    keys = client.control("GET", "keys")["keys"]
    return [key for key in keys if all(key[name] == value for name, value in where.items())]


def key_id(client: Client) -> Any:
    """Return the id of the portal's full key."""
    return keys_of(client, vendor="portal", name="Full access")[0]["id"]


def events(client: Client, secret: str) -> Any:
    """Ask the portal for its events with a key; returns the status."""
    return requests.get(f"{client.base}/api/v1/events", headers={"X-API-Key": secret}, timeout=10).status_code


def test_key_is_made_with_scopes(page: Page, client: Client) -> None:
    page.goto("keys")
    page.locator("summary", has_text="New key").click()
    page.get_by_role("link", name="Scraper Portal").click()
    page.get_by_label("Name").fill("QA")
    page.get_by_label("IP allowlist").fill("127.0.0.0/8, ::1")
    page.get_by_label("Expires at").fill("2099-05-01T12:00:00Z")
    page.get_by_label("orders:write").uncheck()

    page.get_by_role("button", name="Create the key").click()

    secret = page.locator("#secret").inner_text()
    key = keys_of(client, name="QA")[0]
    assert (key["scopes"], key["expires_at"]) == (["events:read", "inventory:read"], "2099-05-01T12:00:00.000Z")
    assert key["ip_allowlist"] == ["127.0.0.0/8", "::1"]
    assert events(client, secret) == 200


def test_use_of_a_key_leads_to_its_requests(page: Page, client: Client) -> None:
    id = key_id(client)
    client.get("/api/v1/events")
    page.goto(f"keys/id/{id}")
    page.locator("#link", has_text="live").wait_for()

    client.post("/api/v1/orders", {})
    page.locator("#use svg a[href*='4xx']").wait_for()
    page.locator("#use").get_by_text("As a table").click()
    page.locator("#use td a[href*='4xx']").first.click()

    page.locator(".log tbody tr").first.wait_for()
    assert page.locator(".log tbody tr").count() == 1
    assert "/api/v1/orders" in page.locator(".log").inner_text()


def test_keys_are_exported_without_secrets(client: Client) -> None:
    rows, text = (client.get(f"{UI}/keys/export/{kind}", vendor="portal") for kind in ("json", "csv"))

    listed = keys_of(client, vendor="portal")
    assert [(row["id"], row["scopes"]) for row in rows.json()] == [(key["id"], key["scopes"]) for key in listed]
    assert text.text.splitlines()[1].startswith(f"{listed[0]['id']},portal,Full access")


def test_secret_is_copied_with_one_click(page: Page, client: Client) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("keys/new/tixstock")
    page.get_by_label("Name").fill("Copied")
    page.get_by_role("button", name="Create the key").click()

    page.get_by_role("button", name="Copy the key").click()

    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#secret").inner_text()


def test_secret_is_shown_only_once(page: Page, client: Client) -> None:
    page.goto("keys/new/portal")
    page.get_by_label("Name").fill("Once")
    page.get_by_role("button", name="Create the key").click()
    secret = page.locator("#secret").inner_text()

    page.get_by_role("link", name="To the key").click()

    page.get_by_role("heading", name="Rotate").wait_for()
    assert secret not in page.content()


def test_wrong_key_keeps_what_was_typed(page: Page, client: Client) -> None:
    page.goto("keys/new/portal")
    page.get_by_label("Name").fill("Wrong")
    page.get_by_label("IP allowlist").fill("10.0.0.300")
    page.get_by_label("Callback URL").fill("ftp://example.com")
    page.get_by_label("Expires at").fill("soon")
    page.get_by_label("orders:write").uncheck()

    page.get_by_role("button", name="Create the key").click()

    page.locator(".field.wrong").first.wait_for()
    assert page.locator(".field.wrong input").evaluate_all("all => all.map(one => one.name)") == [
        "ip_allowlist",
        "callback_url",
        "expires_at",
    ]
    assert page.get_by_label("Expires at").input_value() == "soon"
    assert not page.get_by_label("orders:write").is_checked()
    assert keys_of(client, name="Wrong") == []


def test_new_callback_shows_its_secret(page: Page, client: Client) -> None:
    page.goto(f"keys/id/{key_id(client)}")

    page.get_by_label("Callback URL").fill("http://127.0.0.1:9/hooks")
    page.get_by_role("button", name="Change").click()

    assert len(page.locator("#callback-secret").inner_text()) > 10
    assert [endpoint["url"] for endpoint in client.control("GET", "endpoints")["endpoints"]] == [
        "http://127.0.0.1:9/hooks"
    ]


def test_emptied_inputs_take_away_values(page: Page, client: Client) -> None:
    id = key_id(client)
    client.control("PATCH", f"keys/{id}", {"description": "Old", "expires_at": "2099-01-01", "ip_allowlist": "::1"})
    page.goto(f"keys/id/{id}")

    for label in ("Description", "IP allowlist", "Expires at"):
        page.get_by_label(label).fill("")
    page.get_by_label("orders:write").uncheck()
    page.get_by_role("button", name="Change").click()

    page.get_by_text("The key was changed.").wait_for()
    key = keys_of(client, id=id)[0]
    assert (key["description"], key["ip_allowlist"], key["expires_at"]) == ("", [], None)
    assert key["scopes"] == ["events:read", "inventory:read"]


def test_rotated_key_replaces_the_old(page: Page, client: Client) -> None:
    page.goto(f"keys/id/{key_id(client)}")

    page.get_by_role("button", name="Rotate the key").click()

    secret = page.locator("#secret").inner_text()
    assert events(client, secret) == 200
    assert events(client, PORTAL_KEY["X-API-Key"]) == 401


def test_deleting_a_key_asks_twice(page: Page, client: Client) -> None:
    id = key_id(client)
    page.goto(f"keys/id/{id}")

    page.locator("summary", has_text="Delete the key").click()
    assert keys_of(client, id=id)
    page.get_by_role("button", name="Delete the key").click()

    page.get_by_text("The key was deleted.").wait_for()
    assert keys_of(client, id=id) == []


def test_keyboard_alone_makes_a_key(page: Page, client: Client) -> None:
    page.goto("keys/new/tixstock")
    page.locator("#main").focus()
    while page.evaluate("document.activeElement.name") != "name":
        page.keyboard.press("Tab")

    page.keyboard.type("Typed")
    page.keyboard.press("Enter")

    page.locator("#secret").wait_for()
    assert len(keys_of(client, name="Typed")) == 1


def test_hostile_name_of_key_is_text(page: Page, client: Client) -> None:
    client.control("POST", "keys", {"vendor": "portal", "name": SCRIPT, "description": SCRIPT})

    page.goto("keys")
    page.get_by_role("link", name=SCRIPT).click()

    page.get_by_role("heading", name=SCRIPT).wait_for()
    assert page.locator("main script").count() == 0


def test_expired_key_is_marked(client: Client) -> None:
    client.control("PATCH", f"keys/{key_id(client)}", {"expires_at": "2001-01-01"})

    text = client.get("/_mockmarket/ui/keys", vendor="portal").text

    assert text.count(">expired<") == 1


def test_narrow_window_fits_keys(page: Page, client: Client) -> None:
    page.set_viewport_size(NARROW)

    for path in ("keys", "keys/new/zatabox", f"keys/id/{key_id(client)}"):
        page.goto(path)
        assert fits(page), path


def test_list_names_the_scopes(client: Client) -> None:
    body = {"vendor": "portal", "name": "narrow", "scopes": ["events:read", "inventory:read"]}
    client.control("POST", "keys", body)

    page = client.get("/_mockmarket/ui/keys?vendor=portal").text

    chips = re.findall(r'title="events:read, inventory:read">(.*?)</td>', page)
    assert re.findall(r'class="badge ">([^<]+)<', chips[0]) == ["events:read", "inventory:read"]


def test_list_draws_the_use_of_the_last_day(page: Page, client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    client.get("/api/v1/events")
    client.control("POST", "clock/advance", {"seconds": 86_400})
    client.get("/api/v1/events")
    client.control("POST", "clock/advance", {"seconds": 2 * 3_600})
    client.get("/api/v1/events")
    client.post("/api/v1/orders", {})

    page.goto("keys?vendor=portal")
    used = page.get_by_role("img", name="3 requests in the last day: 2 accepted, 1 refused", exact=True)
    bars = used.locator("rect").evaluate_all(
        "all => all.map((bar) => [bar.getAttribute('class'), bar.x.baseVal.value])"
    )
    page.get_by_role("link", name="1 refused").click()

    assert bars == [["s0", 21 * 4], ["s0", 23 * 4], ["s1", 23 * 4]]
    page.locator(".log tbody tr").first.wait_for()
    assert page.locator(".log tbody tr").count() == 1
    assert "No request in the last day" in client.get(f"{UI}/keys?vendor=zatabox").text
