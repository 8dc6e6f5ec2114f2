"""The page Requests: all that is kept, filtered and counted; a request as a command with the same bytes; sent again, edited or not."""

from __future__ import annotations

import csv
import io
import re
import subprocess
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from mockmarket.clock import iso_ms
from mockmarket.dashboard import sending
from mockmarket.matching.redaction import REDACTED
from tests.browser import NARROW, brush, fits
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import FLOOR, buy

if TYPE_CHECKING:
    from playwright.sync_api import Page

UI = "/_mockmarket/ui/requests"
STRANGE = [
    b'{"a": "it\'s", "b": "$KEY `x` \\\\ \\"q\\""}', "{\"n\": \"Ærø 王\"}".encode(), b"\x00\x01\xff\r\n\\x41", b"@file", b"!bang !! 100%",
]  # fmt: skip


def page_text(client: Client, below: str = "", **query: Any) -> str:
    """Return a page's text, its white space folded."""
    answer = client.call("GET", f"{UI}{below}", params=query)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def ids(text: str) -> list[str]:
    """Return the requests in a table, in order."""
    return [part.partition('"')[0] for part in text.split('<tr id="q-')[1:]]


@pytest.fixture
def several(client: Client) -> Client:
    """Have four requests: a read, an order, a refusal, and another vendor's read."""
    client.get("/api/v1/events", limit=3)
    buy(client)
    client.post("/api/v1/orders", {"eventId": "needle"})
    client.get("/ticketnation/open-api/v1/events")
    return client


@pytest.mark.parametrize(("query", "numbers"), [
    ({}, [4, 3, 2, 1]), ({"vendor": "portal"}, [3, 2, 1]), ({"method": "post"}, [3, 2]), ({"status": "4xx"}, [4, 3]),
    ({"path": "/api/*/events"}, [1]), ({"path": "orders"}, [3, 2]), ({"text": "NEEDLE"}, [3]), ({"text": "r000002"}, [2]),
    ({"since": "2001-01-01T00:00:00Z"}, [4, 3, 2, 1]), ({"until": "2001-01-01T00:00:00Z"}, []), ({"status": "2xx", "method": "GET"}, [1]),
    ({"sort": "time"}, [1, 2, 3, 4]), ({"sort": "status"}, [1, 2, 3, 4]), ({"sort": "-status"}, [4, 3, 2, 1]),
    ({"sort": "-effects"}, [2, 4, 3, 1]), ({"sort": "vendor"}, [3, 2, 1, 4]),
    ({"sort": "no such", "unread": "1"}, []), ({"columns": "no such"}, [4, 3, 2, 1]),
])  # fmt: skip
def test_filters_choose_requests(several: Client, query: dict[str, str], numbers: list[int]) -> None:
    assert ids(page_text(several, **query)) == [f"r{number:06d}" for number in numbers]


def test_key_filter_offers_the_keys_used(several: Client) -> None:
    key = several.world.journal.find({"id": "r000001"})[0].key

    text = page_text(several, key=key)

    assert ids(text) == ["r000003", "r000002", "r000001"]
    assert "Full access · Scraper Portal (3)" in text


def test_columns_are_those_of_the_address(several: Client) -> None:
    text = page_text(several, columns="sent,status")

    assert re.findall(r'<th class="c-(\w+)', text) == ["status", "path", "sent"]
    assert "columns=status,path,vendor,sent" in text  # what one more column leads to


def test_pages_have_true_counts(client: Client) -> None:
    for _ in range(205):
        client.get("/api/v1/events")

    text, last = page_text(client), page_text(client, page=3)

    assert '>1</span>–<span class="num" title="100">100</span> of <span class="num" title="205">205<' in text
    assert (len(ids(text)), ids(last)) == (100, [f"r{number:06d}" for number in range(5, 0, -1)])


def test_export_has_what_fits(several: Client) -> None:
    table = list(csv.DictReader(io.StringIO(several.get(f"{UI}/export.csv", method="POST").text)))
    records = several.get(f"{UI}/export.json", method="POST").json()

    archive = several.get(f"{UI}/export.har", method="POST").json()
    assert [entry["response"]["status"] for entry in archive["log"]["entries"]] == [201, 400]
    assert [row["id"] for row in table] == [record["id"] for record in records] == ["r000002", "r000003"]
    assert table[1]["status"] == "400"


def test_cell_is_no_formula(client: Client) -> None:
    client.get("/api/v1/events?=1+1")

    (row,) = csv.DictReader(io.StringIO(client.get(f"{UI}/export.csv").text))

    assert row["query"] == "'=1+1"


def test_unknown_request_says_what_is_kept(several: Client) -> None:
    answer = several.get(f"{UI}/id/r000777")

    assert answer.status_code == 404
    assert "The journal has r000001 to r000004" in answer.text


@pytest.mark.parametrize("body", STRANGE)
def test_command_sends_the_same_bytes(receiver: Receiver, body: bytes) -> None:
    headers = [("X-Note", 'it\'s "so"'), ("Authorization", "Bearer $KEY"), ("Content-Type", "application/json")]
    request = sending.Repeatable("POST", "hook?a=b%20c&d='e'", headers, body)

    subprocess.run(
        ["bash", "-c", sending.curl(request, receiver.url)], env={"KEY": "s3 cret", "PATH": "/usr/bin:/bin"}, check=True
    )

    (hook,) = receiver.wait(1)
    assert hook.body == body
    sent = {name.lower(): value for name, value in hook.headers}
    assert (sent["x-note"], sent["authorization"]) == ('it\'s "so"', "Bearer s3 cret")


def test_credential_is_a_variable_unless_asked(several: Client) -> None:
    secret = several.key["X-API-Key"]

    plain, real = page_text(several, "/id/r000002"), page_text(several, "/id/r000002", credential="real")

    command, written = (text.partition('id="curl"')[2].partition("</pre>")[0] for text in (plain, real))
    assert "X-Api-Key: $KEY" in command
    assert f"X-Api-Key: {secret}" in written
    assert secret not in command
    assert REDACTED not in command + written


def test_replay_sends_the_same_again(several: Client) -> None:
    answer = several.call("POST", f"{UI}/id/r000002/replay", headers={"Origin": several.base.partition("/w/")[0]})

    assert "This time" in answer.text
    assert re.search(r'<li class="changed"><b>\$\.order\.orderId</b>.*<del>.*</del> <ins>', answer.text)
    again, first = (several.world.journal.find({"id": id})[0] for id in ("r000005", "r000002"))
    assert (again.body, again.status, again.key) == (first.body, 201, first.key)


def test_replay_without_its_credential_is_refused(several: Client) -> None:
    answer = several.call("POST", f"{UI}/id/r000004/replay", headers={"Origin": several.base.partition("/w/")[0]})

    assert answer.status_code == 422 or "401" in answer.text


@pytest.mark.parametrize(("draft", "error"), [
    ({"path": "/_mockmarket/reset"}, "The path must begin with / and be a vendor"), ({"method": "G E T"}, "The method must be a word"),
    ({"headers": "no colon"}, "A header must be a name, a colon and a value"), ({"path": "http://example.com/"}, "The path must begin"),
])  # fmt: skip
def test_wrong_draft_is_refused_with_its_reason(several: Client, draft: dict[str, str], error: str) -> None:
    form = {"method": "GET", "path": "/api/v1/events", "headers": "", "body": ""} | draft

    answer = several.call(
        "POST", f"{UI}/id/r000001/edited", data=form, headers={"Origin": several.base.partition("/w/")[0]}
    )

    assert answer.status_code == 422
    assert error in answer.text
    assert len(several.world.journal.find({})) == 4


# In the browser


def test_edited_request_is_sent(page: Page, client: Client) -> None:
    client.post("/api/v1/orders", FLOOR | {"quantity": 0})
    page.goto("requests")
    page.get_by_role("link", name="/api/v1/orders").click()

    page.get_by_text("Edit and send").click()
    page.get_by_label("Body").last.fill('{"eventId": "1001", "section": "Floor", "row": "GA", "quantity": 1,'
        '"customer": {"email": "b@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}}')  # fmt: skip
    page.get_by_role("button", name="Send", exact=True).click()

    page.get_by_role("heading", name="Sent as edited: 201").wait_for()
    assert client.world.journal.find({"id": "r000002"})[0].status == 201


def test_filter_stands_in_the_address_and_comes_back(page: Page, client: Client) -> None:
    client.get("/api/v1/events")
    client.post("/api/v1/orders", {})
    page.goto("requests")

    page.get_by_label("Method").select_option("POST")
    page.locator("#q-r000001").wait_for(state="detached")
    page.locator("#q-r000002 a").click()
    page.get_by_role("link", name="Alone on a page").click()
    page.get_by_role("link", name="← Requests").click()

    page.locator("#q-r000002").wait_for()
    assert page.locator("#q-r000001").count() == 0
    assert "method=POST" in page.url


def test_list_is_sorted_and_read_beside_a_request(page: Page, several: Client) -> None:
    rows = page.locator("tbody tr")
    page.goto("requests?status=4xx")

    page.get_by_role("link", name="Time (UTC)").click()
    page.locator('th[aria-sort="ascending"]').wait_for()
    assert [row.get_attribute("id") for row in rows.all()] == ["q-r000003", "q-r000004"]
    page.get_by_text("Columns").click()
    page.get_by_role("checkbox", name="Vendor").click()
    page.locator("th.c-vendor").wait_for(state="detached")
    assert page.locator("#columns[open]").count() == 1
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("#beside h1").get_by_text("GET /ticketnation/open-api/v1/events").wait_for()
    assert page.locator("tr[aria-current]").get_attribute("id") == "q-r000004"
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.locator("#beside h1").get_by_text("POST /api/v1/orders").wait_for()
    assert "status=4xx" in page.url
    page.keyboard.press("Escape")
    page.locator("#beside").wait_for(state="detached")
    assert rows.count() == 2


# The overview


@pytest.fixture
def spread(client: Client) -> Client:
    """Have five requests, ten minutes of the world's time between each, of which the second and the last are refused."""
    client.control("PUT", "clock", {"frozen": True})
    for number in range(5):
        if number % 3 == 1:
            client.post("/api/v1/orders", {})
        else:
            client.get("/api/v1/events")
        client.control("POST", "clock/advance", {"seconds": 600})
    return client


def test_bars_lead_to_their_requests_without_scripts(spread: Client) -> None:
    text = page_text(spread, path="/api")
    bars = re.findall(r'<a class="bar" href="([^"]+)".*?</a>', text)
    addresses = [dict(parse_qsl(urlsplit(unescape(bar)).query)) for bar in bars]

    chosen = [ids(page_text(spread, **address)) for address in addresses]

    assert chosen == [[f"r{number:06d}"] for number in range(1, 6)]
    assert all(address["path"] == "/api" for address in addresses)


def test_overview_has_the_time_around_the_chosen_one(spread: Client) -> None:
    entries = spread.world.journal.find({})
    since, until = iso_ms(entries[1].at), iso_ms(entries[3].at)

    every, part = page_text(spread), page_text(spread, since=since, until=until)
    refused = page_text(spread, status="4xx")

    assert [text.count('class="bar"') for text in (every, part, refused)] == [5, 5, 2]
    assert 'aria-valuenow="1"' in part
    assert 'data-last="3"' in part
    assert part.count('class="refused" x=') == 2


def test_brush_chooses_a_time(page: Page, spread: Client) -> None:
    page.goto("requests")

    brush(page, 1, 2)

    page.locator("#q-r000005").wait_for(state="detached")
    assert page.locator(".log tbody tr").count() == 2
    page.wait_for_url(re.compile("since=.*until="))
    page.locator("#all-times").click()
    page.locator("#q-r000005").wait_for()


def test_brush_is_moved_by_keys(page: Page, spread: Client) -> None:
    page.goto("requests?path=/api")
    overview = page.locator("#overview")
    overview.focus()

    page.keyboard.press("ArrowLeft")
    page.locator('#overview[aria-valuenow="4"]').wait_for()
    page.locator("#q-r000001").wait_for(state="detached")
    page.keyboard.press("ArrowLeft")
    page.locator('#overview[aria-valuenow="3"][data-last="3"]').wait_for()
    page.keyboard.press("Shift+ArrowRight")
    page.locator('#overview[aria-valuenow="3"][data-last="4"]').wait_for()

    assert page.locator(".log tbody tr").count() == 2
    assert page.locator("#overview:focus").count() == 1
    assert dict(parse_qsl(urlsplit(page.url).query))["path"] == "/api"


def test_view_is_saved_by_name(page: Page, several: Client) -> None:
    page.goto("requests?status=4xx&sort=time")
    views = page.get_by_role("list", name="Views of Requests")

    views.get_by_text("Save this view").click()
    views.get_by_label("Name of this view").fill("refused <b>")
    views.get_by_role("button", name="Save").click()
    views.get_by_role("link", name="refused <b>").wait_for()
    page.goto("clock")
    views.get_by_role("link", name="refused <b>").click()

    page.wait_for_url("**/requests?status=4xx&sort=time")
    views.get_by_label("Remove the view").click()
    views.get_by_role("link", name="refused <b>").wait_for(state="detached")


@pytest.mark.parametrize(
    ("path", "group"), [("webhooks/deliveries?vendor=portal", "Webhooks"), ("orders/board?vendor=portal", "Orders")]
)
def test_view_of_a_list_below_a_page_is_saved(page: Page, several: Client, path: str, group: str) -> None:
    page.goto(path)
    views = page.get_by_role("list", name=f"Views of {group}")

    views.get_by_text("Save this view").click()
    views.get_by_label("Name of this view").fill("mine")
    views.get_by_role("button", name="Save").click()
    page.goto("clock")
    views.get_by_role("link", name="mine").click()

    page.wait_for_url(f"**/{path}")


def test_new_request_appears_in_the_table(page: Page, client: Client) -> None:
    page.goto("requests")

    client.get("/api/v1/events")

    page.locator("#q-r000001").wait_for()


@pytest.mark.parametrize("path", ["requests", "requests/id/r000001"])
def test_narrow_window_is_wide_enough(page: Page, client: Client, path: str) -> None:
    client.post("/api/v1/orders", FLOOR | {"section": "x" * 200, "quantity": 0})
    page.set_viewport_size(NARROW)

    page.goto(path)

    assert fits(page)
