"""The page Faults in a real browser: turned on by a form, counted, turned off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockmarket.faults.catalogue import CATALOGUE
from tests.browser import NARROW, fits
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import listen

if TYPE_CHECKING:
    from playwright.sync_api import Page


SCRIPT = "<script>alert(1)</script>"


def on(client: Client) -> Any:
    """Return the faults that are on."""
    return client.control("GET", "faults")["faults"]


def test_every_fault_has_its_form(client: Client) -> None:
    for fault in CATALOGUE.values():
        text = client.get(f"/_mockmarket/ui/faults/new/{fault.name}").text

        assert all(f'name="{name}"' in text for name in (*fault.parameters, "vendor", "times", "probability"))


def test_fault_is_turned_on_by_form(page: Page, client: Client) -> None:
    page.goto("faults")
    page.get_by_role("link", name="Status", exact=True).click()
    page.get_by_label("Status").fill("418")
    page.get_by_label("Vendor").select_option("portal")
    page.get_by_label("Operation").fill("GET /events")
    page.get_by_label("Times").fill("2")

    page.get_by_role("button", name="Turn it on").click()

    page.get_by_role("button", name="Turn status off").wait_for()
    assert client.get("/api/v1/events").status_code == 418
    assert (on(client)[0]["operation"], on(client)[0]["left"]) == ("GET /events", 1)


def test_count_follows_without_reload(page: Page, client: Client) -> None:
    client.control("POST", "faults", {"fault": "status", "times": 3})
    page.goto("faults")

    client.get("/api/v1/events")

    page.locator("#faults-on td.right", has_text="2").wait_for()


def test_wrong_operation_names_the_nearest(page: Page, client: Client) -> None:
    page.goto("faults/new/slow")
    page.get_by_label("Operation").fill("GET /event")

    page.get_by_role("button", name="Turn it on").click()

    words = page.locator(".field.wrong").inner_text()
    assert "there is no operation 'GET /event'; similar names (of" in words
    assert "GET /events" in words
    assert len(words) < 500
    assert page.get_by_label("Operation").input_value() == "GET /event"
    assert on(client) == []


def test_wrong_parameter_is_told_in_place(client: Client) -> None:
    sent = {"status": "200", "times": "0", "vendor": "nobody"}

    answer = client.call(
        "POST", "/_mockmarket/ui/faults/new/status", data=sent, headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 3


def test_vendor_without_stamps_is_refused(page: Page, client: Client) -> None:
    page.goto("faults/new/stale_stamp")
    page.get_by_label("Vendor").select_option("skybox")

    page.get_by_role("button", name="Turn it on").click()

    page.locator(".field.wrong", has_text="sends nothing that stale_stamp applies to").wait_for()


def test_endpoint_is_chosen_by_url(page: Page, client: Client) -> None:
    endpoint = listen(client, "http://127.0.0.1:9/hooks")
    page.goto("faults/new/lose")

    page.get_by_label("Endpoint").select_option(f"{endpoint['id']} · portal http://127.0.0.1:9/hooks")
    page.get_by_role("button", name="Turn it on").click()

    page.get_by_role("button", name="Turn lose off").wait_for()
    assert on(client)[0]["endpoint"] == endpoint["id"]


def test_fault_is_turned_off_alone(page: Page, client: Client) -> None:
    client.control("PUT", "faults", {"faults": [{"fault": "slow"}, {"fault": "drop"}]})
    page.goto("faults")

    page.get_by_role("button", name="Turn slow off").click()

    page.get_by_role("button", name="Turn slow off").wait_for(state="detached")
    assert [rule["fault"] for rule in on(client)] == ["drop"]


def test_all_faults_are_turned_off(page: Page, client: Client) -> None:
    client.control("PUT", "faults", {"faults": [{"fault": "slow"}, {"fault": "drop"}]})
    page.goto("faults")

    page.get_by_role("button", name="Turn all off").click()

    page.get_by_role("heading", name="No fault is active").wait_for()
    assert on(client) == []


def test_script_in_a_fault_is_text(page: Page, client: Client) -> None:
    client.control("POST", "faults", {"fault": "status", "with": {"message": SCRIPT}})

    page.goto("faults")

    page.get_by_text(SCRIPT).wait_for()
    assert page.locator("main script").count() == 0


def test_keyboard_alone_turns_one_on(page: Page, client: Client) -> None:
    page.goto("faults/new/lose")
    page.get_by_label("Times").focus()

    page.keyboard.type("1")
    page.keyboard.press("Enter")

    page.get_by_role("button", name="Turn lose off").wait_for()


def test_narrow_window_fits_faults(page: Page, client: Client) -> None:
    client.control("POST", "faults", {"fault": "status", "vendor": "portal", "operation": "GET /events"})
    page.set_viewport_size(NARROW)

    for path in ("faults", "faults/new/status"):
        page.goto(path)
        assert fits(page), path


def test_each_of_several_faults_names_what_it_changed(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    for name in ("status", "malformed", "signature_flipped", "duplicate"):
        client.control("POST", "faults", {"fault": name})
    client.get("/api/v1/events")
    client.control("POST", "portal/trigger/order.accepted")
    client.control("POST", "wait", {"for": "quiet"})  # until the copy is logged too

    page = client.get("/_mockmarket/ui/faults").text

    assert (page.count(">GET /api/v1/events<"), page.count(">order.accepted #1<")) == (2, 4)
