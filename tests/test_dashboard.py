"""The dashboard's frame over HTTP: who gets it, who may send its forms, what it forbids, how it shows what goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from typing import Any

import pytest
import requests

from mockmarket.config import Config
from mockmarket.dashboard.shell import Page, Route
from mockmarket.dashboard.site import PAGES
from tests.conftest import Client, Served
from tests.running import FIXTURE, buy, serving, talking_to

HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
UI = "/_mockmarket/ui"
TOKEN = "correct-horse-battery"
EVERY_PAGE = pytest.mark.parametrize("name", [page.name for page in PAGES])
ROUTES = [(page, route) for page in PAGES for route in page.routes]


def origin_of(client: Client) -> str:
    """Return the scheme, host and port that a client calls."""
    return "/".join(client.base.split("/")[:3])


def send(client: Client, path: str, data: Any = None, **headers: Any) -> Any:
    """Send a form as a browser does from one of the dashboard's own pages."""
    own = {"Origin": origin_of(client), "Sec-Fetch-Site": "same-origin"}
    return client.call("POST", f"{UI}/{path}", data=data or {}, headers={**own, **headers}, allow_redirects=False)


@pytest.fixture(scope="module")
def locked_server() -> Iterator[Served]:
    """Serve a mock that has a control token."""
    with serving(Config(fixture=FIXTURE, control_token=TOKEN)) as served:
        yield served


@pytest.fixture
def locked(locked_server: Served) -> Client:
    """Talk to the mock that has a control token, with no cookie yet."""
    return talking_to(locked_server)


# Who gets it


@pytest.mark.parametrize("path", ["/", "/_mockmarket/"])
def test_browser_is_sent_to_the_first_page(client: Client, path: str) -> None:
    answer = client.call("GET", path, headers=HTML)

    assert answer.url == f"{client.base}{UI}/{PAGES[0].name}"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_earlier_address_leads_to_the_timeline(client: Client) -> None:
    answer = client.call("GET", f"{UI}/now", params={"vendor": "portal", "open": ["r1", "r2"]}, headers=HTML)

    assert answer.url == f"{client.base}{UI}/timeline?vendor=portal&open=r1&open=r2"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html;q=0.5", ""])
def test_program_still_gets_json(client: Client, accept: str) -> None:
    answer = client.call("GET", "/_mockmarket/", headers={"Accept": accept})

    assert answer.json()["world"] == client.world.name


@pytest.mark.parametrize(
    ("page", "route"), ROUTES, ids=lambda part: part.view if isinstance(part, Route) else part.name
)
def test_every_route_names_its_function(page: Page, route: Route) -> None:
    module = import_module(f"mockmarket.dashboard.{route.view.rpartition(':')[0] or page.name}")

    assert callable(getattr(module, route.name))


@EVERY_PAGE
def test_page_links_stay_in_the_world(client: Client, name: str) -> None:
    links = re.findall(r'\s(?:href|action|hx-get|hx-post|sse-connect|src)="([^"#]+)"', client.get(f"{UI}/{name}").text)

    assert links
    assert [link for link in links if not link.startswith(f"/w/{client.world.name}/")] == []


@pytest.mark.thorough
@EVERY_PAGE
def test_everything_a_page_needs_is_here(client: Client, name: str) -> None:
    text = client.get(f"{UI}/{name}").text
    host = client.base.removesuffix(f"/w/{client.world.name}")

    files = {requests.get(host + link, timeout=10).status_code for link in re.findall(r'"([^"]*/static/[^"#]+)', text)}

    assert files == {200}
    assert not re.search(r'(?:src|href|url)\s*[=(:]\s*["\']?(?:https?:)?//', text)


@EVERY_PAGE
def test_page_forbids_scripts_and_frames(client: Client, name: str) -> None:
    answer = client.get(f"{UI}/{name}")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=|<style", answer.text)


def test_other_world_is_one_step_away(client: Client) -> None:
    answer = client.get(f"{UI}/world", name="main", page="orders")

    assert answer.url.endswith(f"{UI}/orders")
    assert "/w/" not in answer.url


def test_only_own_files_are_sent(client: Client) -> None:
    for name in ("../site.py", "..%2fsite.py", "%2e%2e/guard.py", "/etc/passwd"):
        assert client.call("GET", f"{UI}/static/{name}").status_code == 404


# Who may send its forms


def test_form_of_another_page_is_refused(client: Client) -> None:
    own = origin_of(client)
    theirs: list[dict[str, str]] = [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": own, "Sec-Fetch-Site": "cross-site"},
              {"Sec-Fetch-Site": "same-site"}, {}]  # fmt: skip

    answers = [
        client.call("POST", f"{UI}/orders/portal/new", data={"quantity": "1"}, headers=headers) for headers in theirs
    ]

    assert [answer.status_code for answer in answers] == [403] * len(theirs)


def test_form_of_an_own_page_is_taken(client: Client) -> None:
    answer = send(client, "orders/portal/new", {"quantity": "1"})

    assert answer.status_code == 422
    assert "Missing data for required field." in answer.text


def test_refused_form_is_a_page_without_scripts(client: Client) -> None:
    document = send(client, "orders/portal/new", {"quantity": "1"})
    part = send(client, "orders/portal/new", {"quantity": "1"}, **{"HX-Request": "true"})

    assert (document.status_code, part.status_code) == (422, 422)
    assert document.text.startswith("<!doctype html>")
    assert '<nav aria-label="Pages"' in document.text
    assert part.text.strip().startswith("<form")


def test_form_is_urlencoded_or_refused(client: Client) -> None:
    answer = send(client, "orders/portal/new", b"{}", **{"Content-Type": "application/json"})

    assert answer.status_code == 415


def test_foreign_host_gets_nothing(client: Client) -> None:
    answer = client.call("GET", f"{UI}/timeline", headers={"Host": "rebound.example"})

    assert answer.status_code == 403


# The control token


def test_page_without_session_asks_for_the_token(locked: Client) -> None:
    answer = locked.get(f"{UI}/orders", vendor="portal")

    assert answer.url.startswith(f"{locked.base.removesuffix('/w/main')}")
    assert "<h1>Log in</h1>" in answer.text
    assert TOKEN not in answer.text


def test_part_without_session_sends_the_page_there(locked: Client) -> None:
    answer = locked.call("GET", f"{UI}/timeline/diagram", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"].partition("?")[0][-9:]) == (401, "/ui/login")


def test_right_token_opens_a_session(locked: Client) -> None:
    answer = send(locked, "login", {"token": TOKEN, "to": "/w/main/_mockmarket/ui/orders"})

    cookie = answer.headers["Set-Cookie"]
    assert (answer.status_code, answer.headers["Location"]) == (303, "/w/main/_mockmarket/ui/orders")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie
    assert "<h1>Orders</h1>" in locked.get(f"{UI}/orders").text


def test_wrong_token_opens_none(locked: Client) -> None:
    for token in ("", "wrong", TOKEN + "x", "\ud800".encode("utf-8", "surrogatepass")):
        answer = send(locked, "login", {"token": token})

        assert (answer.status_code, answer.headers.get("Set-Cookie")) == (401, None)


@pytest.mark.parametrize("cookie", ["", ".", "9999999999999.", f"9999999999999.{'0' * 64}", "ü.é", "x" * 5000])
def test_forged_session_opens_nothing(locked: Client, cookie: str) -> None:
    port = locked.base.split(":")[2].split("/")[0]
    answer = locked.call("GET", f"{UI}/timeline", headers={"Cookie": f"mockmarket_{port}={cookie}".encode()})

    assert "<h1>Log in</h1>" in answer.text


def test_logging_out_ends_the_session(locked: Client) -> None:
    send(locked, "login", {"token": TOKEN})

    name, secret = next(iter(locked.session.cookies.items()))
    before = locked.call("GET", f"{UI}/timeline", headers={"Cookie": f"{name}={secret}"}).text
    send(locked, "logout")

    assert "<h1>Timeline</h1>" in before
    assert "<h1>Log in</h1>" in locked.get(f"{UI}/timeline").text
    assert "<h1>Log in</h1>" in locked.call("GET", f"{UI}/timeline", headers={"Cookie": f"{name}={secret}"}).text


def test_session_opens_no_control_route(locked: Client) -> None:
    send(locked, "login", {"token": TOKEN})

    assert locked.get("/_mockmarket/worlds").status_code == 401


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example/", "/\\evil.example", "/api/v1/events", "javascript:1"]
)
def test_login_sends_nobody_elsewhere(locked: Client, to: str) -> None:
    answer = send(locked, "login", {"token": TOKEN, "to": to})

    assert answer.headers["Location"] == f"/w/main{UI}/{PAGES[0].name}"


def test_guesses_at_the_login_are_slowed() -> None:
    with serving(Config(fixture=FIXTURE, control_token=TOKEN)) as served:
        client = talking_to(served)
        answers = [send(client, "login", {"token": f"guess{number}"}) for number in range(12)]
        answers.append(send(client, "login", {"token": TOKEN}))

    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 3
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 10
    assert "Too many wrong control tokens" in answers[-1].text


# What goes wrong


def test_unknown_world_is_a_page(served: Served) -> None:
    answer = requests.get(f"{served.url}/w/nowhere{UI}/timeline", headers=HTML, timeout=10)

    assert answer.status_code == 404
    assert "World &#39;nowhere&#39; does not exist" in answer.text


def test_unknown_page_names_those_there(client: Client) -> None:
    answer = client.get(f"{UI}/hooks/<script>")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "There is no page &#39;hooks/&lt;script&gt;&#39;" in answer.text
    assert "webhooks" in answer.text


def test_unknown_order_is_a_page(client: Client) -> None:
    answer = client.get(f"{UI}/orders/portal/id/<script>alert(1)</script>")

    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert "has no order" in answer.text


def test_part_that_fails_is_a_notice(client: Client) -> None:
    answer = client.call("GET", f"{UI}/timeline/chain/r999999", headers={"HX-Request": "true"})

    assert answer.status_code == 404
    assert answer.text.startswith('<div class="notice">')


# Streams


def events(answer: Any) -> Iterator[Any]:
    """Yield the names of a stream's events as they come."""
    for line in answer.iter_lines(chunk_size=1):
        if line.startswith(b"event: "):
            yield line.removeprefix(b"event: ").decode()


@pytest.mark.thorough
def test_stream_tells_of_a_change(client: Client) -> None:
    with client.call("GET", f"{UI}/timeline/stream", stream=True) as answer:
        stream = events(answer)
        first = next(stream)
        buy(client)
        second = next(stream)

    assert (first, second) == ("changed", "changed")


@pytest.mark.thorough
def test_stream_says_nothing_known(client: Client) -> None:
    with client.call("GET", f"{UI}/timeline/stream", stream=True) as answer:
        seen = next(line for line in answer.iter_lines(chunk_size=1) if line.startswith(b"id: ")).removeprefix(b"id: ")

    with (
        ThreadPoolExecutor(1) as pool,
        client.call("GET", f"{UI}/timeline/stream", stream=True, headers={"Last-Event-ID": seen}) as answer,
    ):
        bought = pool.submit(buy, client)
        first = next(line for line in answer.iter_lines(chunk_size=1) if line.startswith(b"id: "))

    assert bought.result()
    assert first != b"id: " + seen


@pytest.mark.thorough
def test_open_pages_starve_no_request() -> None:
    with serving(Config(fixture=FIXTURE, workers=1)) as served, ExitStack() as open_pages:
        client = talking_to(served)
        for _ in range(40):
            stream = talking_to(served).call("GET", f"{UI}/timeline/stream", stream=True)
            next(events(open_pages.enter_context(stream)))

        assert client.get("/api/v1/events").status_code == 200
