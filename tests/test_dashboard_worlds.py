"""The pages Worlds and Settings in a real browser: worlds, snapshots, the world as a file, reset, settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mockmarket.config import Config
from mockmarket.dashboard import order_list, worlds
from tests.browser import NARROW, fits
from tests.conftest import Client, Served
from tests.running import FIXTURE, buy, serving, talking_to
from tests.test_dashboard import UI, send

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


NUMBERS = count(1)


@pytest.fixture
def name(served: Served) -> Iterator[str]:
    """Give the name of a world that is yet to be made; it goes with the test."""
    name = f"dash{next(NUMBERS)}"
    yield name
    if name in served.app.worlds.names():
        served.app.worlds.drop(name)


def orders(client: Client) -> Any:
    """Return how many orders the portal has."""
    return client.control("GET", "records/portal/order")["total"]


def part(page: Page, name: str) -> Any:
    """Return a section of the page."""
    return page.get_by_role("region", name=name)


def sure(page: Page) -> None:
    """Answer the question that is open over the page."""
    page.locator("[popover]:popover-open button.danger").click()


def test_world_is_made_of_a_fixture(page: Page, client: Client, served: Served, name: str) -> None:
    page.goto("worlds")
    form = part(page, "New world")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Fixture").fill("small")
    form.get_by_label("Starts at").fill("2030-03-01T09:00:00Z")
    form.get_by_label("Seed").fill("7")

    form.get_by_role("button", name="Make it").click()

    part(page, "All worlds").get_by_role("link", name=name, exact=True).wait_for()
    world = talking_to(served, name).control("GET", f"worlds/{name}")
    assert (world["fixture"], world["seed"], world["start"]) == ("small", 7, "2030-03-01T09:00:00.000Z")
    assert page.locator(f"#world-list a:text-is('{name}')").count() == 1


def test_world_is_cloned_by_form(page: Page, client: Client, served: Served, name: str) -> None:
    before = orders(client)
    buy(client)
    page.goto("worlds")
    form = part(page, "New world")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Copy of").fill(client.world.name)

    page.keyboard.press("Enter")

    part(page, "All worlds").get_by_role("link", name=name, exact=True).wait_for()
    assert orders(talking_to(served, name)) == before + 1


def test_world_that_exists_is_kept(page: Page, client: Client) -> None:
    before = orders(client)
    buy(client)
    page.goto("worlds")
    form = part(page, "New world")
    form.get_by_label("Name").fill(client.world.name)

    form.get_by_role("button", name="Make it").click()

    form.locator(".field.wrong", has_text="already").wait_for()
    assert form.get_by_label("Name").input_value() == client.world.name
    assert orders(client) == before + 1


def test_unknown_fixture_is_told_in_place(page: Page, client: Client, name: str) -> None:
    page.goto("worlds")
    form = part(page, "New world")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Fixture").fill("nowhere")

    form.get_by_role("button", name="Make it").click()

    form.locator(".complaint, .field.wrong").get_by_text("nowhere").first.wait_for()


def test_dropping_a_world_asks_twice(page: Page, client: Client, served: Served, name: str) -> None:
    served.app.worlds.put(name, "small")
    page.goto("worlds")

    page.get_by_role("button", name=f"Drop {name}", exact=True).click()
    assert name in served.app.worlds.names()
    sure(page)

    page.get_by_text(f"World {name} was deleted.").wait_for()
    assert name not in served.app.worlds.names()
    page.locator("#toast").get_by_role("button", name="Undo").click()
    page.get_by_text(f"The world {name} is back.").wait_for()
    assert name in served.app.worlds.names()


def test_snapshot_is_kept_and_restored(page: Page, client: Client) -> None:
    before = orders(client)
    page.goto("worlds")
    part(page, "Snapshots").get_by_label("Name").fill("before")
    part(page, "Snapshots").get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Restore before").wait_for()
    buy(client)

    page.get_by_role("button", name="Restore before").click()
    assert orders(client) == before + 1
    sure(page)

    page.get_by_text("The world was restored from before.").wait_for()
    assert orders(client) == before


def test_wrong_snapshot_name_stays_typed(page: Page, client: Client) -> None:
    page.goto("worlds")
    part(page, "Snapshots").get_by_label("Name").fill("../x<b>")

    part(page, "Snapshots").get_by_role("button", name="Keep it").click()

    part(page, "Snapshots").locator(".complaint, .said strong").first.wait_for()
    assert part(page, "Snapshots").get_by_label("Name").input_value() == "../x<b>"
    assert client.control("GET", "snapshots")["snapshots"] == []


def test_deleting_a_snapshot_can_be_refused(page: Page, client: Client) -> None:
    client.control("POST", "snapshots/kept")
    page.goto("worlds")

    page.get_by_role("button", name="Delete kept").click()
    page.locator("[popover]:popover-open").get_by_role("button", name="No").click()

    assert page.locator("[popover]:popover-open").count() == 0
    assert len(client.control("GET", "snapshots")["snapshots"]) == 1


def test_reset_asks_twice(page: Page, client: Client) -> None:
    before = orders(client)
    buy(client)
    page.goto("worlds")

    part(page, "Reset").locator("summary").click()
    assert orders(client) == before + 1
    part(page, "Reset").locator("button.danger").click()

    page.get_by_text("The world was reset to its fixture.").wait_for()
    assert orders(client) == before
    page.locator("#toast").get_by_role("button", name="Undo").click()
    page.get_by_text("is as it was before.").wait_for()
    assert orders(client) == before + 1


def test_newest_five_can_be_undone(client: Client) -> None:
    buy(client)
    before = orders(client)

    for _ in range(6):
        assert send(client, "worlds/reset").status_code == 303
    newest = client.control("GET", "snapshots")["snapshots"][-1]["name"]
    text = client.get(f"{UI}/worlds").text
    undone = send(client, f"worlds/undo/{newest}")
    unknown = send(client, "worlds/undo/before-reset-1")

    assert text.count(">Undo</button>") == 5
    assert "Restore before-reset" not in text
    assert undone.status_code == 303
    assert orders(client) == before - 1
    assert unknown.status_code == 404
    assert "worlds/undo/before-restore" in client.get(f"{UI}/worlds").text


def test_snapshot_that_is_refused_leaves_nothing_to_undo(client: Client) -> None:
    assert send(client, "worlds/restore/nowhere").status_code == 404

    assert client.control("GET", "snapshots")["snapshots"] == []


def test_world_and_snapshot_are_compared(client: Client) -> None:
    client.control("POST", "snapshots/then")
    order, world = buy(client), client.world.name
    client.control("PATCH", "settings", {"portal": {"retries": 2}})
    alike = client.get(f"{UI}/worlds/compare", first=world, second=world).text

    text = client.get(f"{UI}/worlds/compare", first=f"{world}:then", second=world).text
    refused = [client.get(f"{UI}/worlds/compare", first=world, second=name) for name in ("", f"{world}:x", "nowhere")]

    assert "They are alike" in alike
    assert f"only in {world}</h3>" in text
    assert order["orderId"] in text
    assert "portal.retries" in text
    assert "<b>$.sold</b>" in text
    assert [answer.status_code for answer in refused] == [400, 404, 404]


def test_file_goes_out_and_in(page: Page, client: Client, tmp_path: Path) -> None:
    before = orders(client)
    page.goto("worlds")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    download.value.save_as(tmp_path / "kept.db")
    buy(client)
    file = part(page, "The world as a file")
    file.get_by_label("Replace").set_input_files(tmp_path / "kept.db")
    file.get_by_label("Yes, delete").check()

    file.locator("button").click()

    page.get_by_text("The world was replaced by kept.db.").wait_for()
    assert download.value.suggested_filename == f"{client.world.name}.db"
    assert orders(client) == before


def test_wrong_file_changes_nothing(page: Page, client: Client, tmp_path: Path) -> None:
    (tmp_path / "wrong.db").write_text("<script>alert(1)</script>")
    buy(client)
    before = orders(client)
    page.goto("worlds")
    file = part(page, "The world as a file")
    file.get_by_label("Replace").set_input_files(tmp_path / "wrong.db")
    file.get_by_label("Yes, delete").check()

    file.locator("button").click()

    page.locator("#notice").get_by_text("The file is not a SQLite file.").wait_for()
    assert orders(client) == before


def test_file_of_another_page_is_refused(client: Client) -> None:
    before = orders(client)
    files = {"file": ("x.db", b"SQLite format 3\x00")}

    answers = [
        client.call("POST", "/_mockmarket/ui/worlds/state", files=files, headers=headers)
        for headers in ({}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"})
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert orders(client) == before


def test_other_forms_take_no_files(client: Client) -> None:
    answer = client.call(
        "POST", "/_mockmarket/ui/worlds/reset", files={"file": b"x"}, headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert answer.status_code == 415


def test_file_is_behind_the_token(browser: Browser) -> None:
    with serving(Config(fixture=FIXTURE, control_token="token-of-the-test")) as served:
        refused = talking_to(served).call("GET", "/_mockmarket/ui/worlds/state", allow_redirects=False)
        page = browser.new_page(base_url=f"{served.url}/_mockmarket/ui/")
        page.goto("worlds")
        page.get_by_label("token").fill("token-of-the-test")
        page.keyboard.press("Enter")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()

        assert download.value.suggested_filename == "main.db"
        assert (refused.status_code, "/login" in refused.headers["Location"]) == (303, True)
        page.close()


# Settings


def test_every_setting_has_its_input(client: Client) -> None:
    text = client.get("/_mockmarket/ui/settings").text

    for vendor in ("core", *client.world.vendors):
        assert all(f'name="{name}"' in text for name in client.world.declared(vendor))


def test_setting_is_changed_and_undone(page: Page, client: Client) -> None:
    page.goto("settings")
    form = part(page, "Scraper Portal")
    form.get_by_label("Retries").fill("2")
    form.get_by_role("button", name="Change").click()
    page.get_by_text("The settings were changed.").wait_for()
    assert client.world.settings_of("portal")["retries"] == 2

    form.get_by_label("Retries").fill("")
    form.get_by_role("button", name="Change").click()

    page.locator("input[name=retries][value='5']").first.wait_for()
    assert client.world.settings_of("portal")["retries"] == 5


def test_changed_setting_stands_on_top_and_goes_back(page: Page, client: Client) -> None:
    page.goto("settings")
    part(page, "Scraper Portal").get_by_label("Retries").fill("2")
    part(page, "Scraper Portal").get_by_role("button", name="Change").click()

    row = page.get_by_role("region", name="Changed settings").get_by_role("row", name="Retries")
    row.wait_for()
    words = row.inner_text().split()
    row.get_by_role("button", name="Back").click()

    page.get_by_text("Retries has its default again.").wait_for()
    row.wait_for(state="detached")
    assert words[:5] == ["Retries", "Scraper", "Portal", "2", "5"]
    assert client.world.settings_of("portal")["retries"] == 5


def test_done_is_said_once_the_page_is_drawn(page: Page, client: Client) -> None:
    page.goto("settings")
    part(page, "Scraper Portal").get_by_label("Retries").fill("2")
    held = []
    page.route(
        "**/ui/settings", lambda route: held.append(route) if route.request.method == "GET" else route.continue_()
    )

    with page.expect_request(lambda request: request.method == "GET" and request.url.endswith("/ui/settings")):
        part(page, "Scraper Portal").get_by_role("button", name="Change").click()
    before = page.locator("#toast").inner_text()
    held[0].continue_()
    page.get_by_text("The settings were changed.").wait_for()

    assert before == ""
    assert part(page, "Scraper Portal").get_by_label("Retries").get_attribute("value") == "2"


def test_tick_is_a_setting_too(page: Page, client: Client) -> None:
    page.goto("settings")
    form = part(page, "Scraper Portal")

    form.get_by_label("Strict flow").uncheck()
    form.get_by_role("button", name="Change").click()

    page.get_by_text("The settings were changed.").wait_for()
    assert client.world.settings_of("portal")["strict_flow"] is False


def test_wrong_setting_is_told_in_place(page: Page, client: Client) -> None:
    page.goto("settings")
    form = part(page, "Scraper Portal")

    form.get_by_label("Retries").fill("-3")
    form.get_by_role("button", name="Change").click()

    form.locator(".field.wrong", has_text="must be at least 0").wait_for()
    assert form.get_by_label("Retries").input_value() == "-3"


def test_narrow_window_fits_worlds(page: Page, client: Client) -> None:
    client.control("POST", "snapshots/before-the-sale-of-the-last-seat")
    page.set_viewport_size(NARROW)

    for path in ("worlds", "settings"):
        page.goto(path)
        assert fits(page), path


def test_worlds_are_exported_as_filtered(client: Client) -> None:
    buy(client)
    name = client.world.name
    rows, lines = (client.get(f"{UI}/worlds/export/{kind}", find=name.upper()) for kind in ("json", "csv"))

    own = next(row for row in rows.json() if row["name"] == name)
    assert own["frozen"] is client.world.clock.frozen
    assert own["orders"] == order_list.number_of(client.world) > 0
    assert all(name in row["name"] for row in rows.json())
    assert lines.text.startswith("name,fixture,now,frozen,seed,expires_at,orders,faults,snapshots")
    assert f"worlds/export/csv?find={name}" in client.get(f"{UI}/worlds", find=name).text


@pytest.mark.parametrize(
    ("text", "named", "unnamed"),
    [
        ("MUTE minutes", "Mute minutes", "Retries"),
        ("that disable a webhook", "Disable after", "Page rows"),
        ("1,5,15,60", "Mute minutes", "Page rows"),
    ],
)
def test_settings_are_searched(client: Client, text: str, named: str, unnamed: str) -> None:
    page = client.get("/_mockmarket/ui/settings", q=text).text

    matching = page.partition('aria-label="Matching settings"')[2].partition("</section>")[0]
    assert f"<td>{named}</td>" in matching
    assert f"<td>{unnamed}</td>" not in matching


def test_search_of_settings_without_a_match_says_so(client: Client) -> None:
    page = client.get("/_mockmarket/ui/settings", q="<nothing>").text

    assert "A search reads the names, values and meanings" in page
    assert "<nothing>" not in page


def row_of(client: Client, name: str, **filters: Any) -> list[str]:
    """Return the texts of a world's row on the page."""
    text = client.get(f"{UI}/worlds", **filters).text.partition("<tbody>")[2].partition("</tbody>")[0]
    row = next((row for row in text.split("<tr>") if f">{name}</a>" in row), "")
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL)]


def number_of_orders(client: Client) -> int:
    """Return how many orders a world's vendors have, as the control plane counts them."""
    kinds = [vendor.records.orders.kind for vendor in client.world.vendors.values() if vendor.records.orders]
    return sum(client.control("GET", f"records/{kind.vendor}/{kind.name}")["total"] for kind in kinds)


def test_worlds_have_their_orders_faults_and_snapshots_counted(client: Client, served: Served, name: str) -> None:
    world, before = client.world.name, number_of_orders(client)
    client.control("POST", "faults", {"fault": "status", "vendor": "zatabox", "with": {"status": 503}})
    client.control("POST", "snapshots/then")
    served.app.worlds.put(name, "small")

    at_first = row_of(client, world)[1:4]
    buy(client)
    after, actual = row_of(client, world)[1], number_of_orders(client)
    client.control("POST", "snapshots/then/restore")
    restored, untouched = row_of(client, world)[1], row_of(client, name)[1]
    fresh = number_of_orders(talking_to(served, name))
    served.app.worlds.drop(name)

    assert 0 < before < actual
    assert at_first == [str(before), "1", "1"]
    assert after == str(actual)
    assert (restored, untouched) == (str(before), str(fresh))
    assert row_of(client, name) == []


def test_page_of_worlds_reads_only_those_that_it_lists(
    client: Client, served: Served, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worlds, "PAGE_OF", 2)
    names = [f"{name}-{number}" for number in range(3)]
    for each in names:
        served.app.worlds.put(each, "small")

    pages = [client.get(f"{UI}/worlds", find=name.upper(), page=page).text for page in (1, 2, 3)]
    listed = [re.findall(rf">({name}-\d)</a></td>", page) for page in pages]
    for each in names:
        served.app.worlds.drop(each)

    assert listed == [[names[2], names[1]], [names[0]], []]
    assert "1–2 of " in re.sub(r"<[^>]*>", "", pages[0])
    assert [("Newer</a>" in page, "Older</a>" in page) for page in pages[:2]] == [(False, True), (True, False)]
    assert not any(f'id="drop-{each}"' in page for page in pages[1:] for each in names[1:])


def test_world_that_cannot_be_read_is_no_error_of_the_page(tmp_path: Path) -> None:
    with serving(Config(fixture=FIXTURE, data=tmp_path)) as served:
        client, path = talking_to(served), served.app.worlds.put("lost", FIXTURE)[0].store.path
        path.unlink()

        text = client.get(f"{UI}/worlds").text

    assert f"{path} no longer exists." in text
    assert ">lost</a></td>" not in text
