"""The page Exam in a real browser: example receivers examined, and what is wrong told in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockmarket.control.exam import TAKEN
from mockmarket.dashboard import exam_reports
from mockmarket.exam.base import Receiver, Report
from mockmarket.exam.cases import CASES
from tests.browser import NARROW, fits
from tests.conftest import Client
from tests.test_dashboard import UI, send
from tests.test_exam import SECRET, receiver

if TYPE_CHECKING:
    from playwright.sync_api import Page


def fill(page: Page, vendor: str, url: str) -> None:
    """Fill in which receiver to examine, quickly."""
    page.goto("exam")
    page.get_by_label("Vendor").select_option(vendor)
    page.get_by_role("textbox", name="URL", exact=True).fill(url)
    page.get_by_role("textbox", name="Secret").fill(SECRET)
    page.get_by_text("State, notice, headers, cases to skip").click()
    page.get_by_label("Settle (seconds)").fill("0.02")


def verdicts(page: Page) -> dict[str, Any]:
    """Return each case's verdict."""
    rows = page.locator("#report .verdicts tbody tr").all()
    return {row.locator("strong").inner_text(): row.locator(".badge").inner_text() for row in rows}


def test_every_case_is_told_beforehand(client: Client) -> None:
    text = client.get("/_mockmarket/ui/exam").text

    assert all(case.name in text and case.title.replace("'", "&#39;") in text for case in CASES)


def test_failing_receiver_gets_its_verdicts(page: Page, client: Client) -> None:
    with receiver("portal_throws.mjs") as url:
        fill(page, "portal", url)

        page.get_by_role("button", name="Examine it").click()
        page.locator("#report .verdicts").wait_for()

    results = verdicts(page)
    assert {name for name, verdict in results.items() if verdict == "fail"} == {
        "truncated_signature",
        "missing_signature",
    }
    assert len(results) == len(CASES)
    assert page.locator("#report").get_by_text("Likely bug:").count() == 2


def test_report_is_downloaded(page: Page, client: Client) -> None:
    with receiver("portal_throws.mjs") as url:
        fill(page, "portal", url)
        page.get_by_role("button", name="Examine it").click()
        page.locator("#report .verdicts").wait_for()

    files = {}
    for kind in ("HTML", "JUnit"):
        with page.expect_download() as download:
            page.locator("#report").get_by_role("link", name=kind).click()
        files[download.value.suggested_filename] = download.value.path().read_text()

    assert list(files) == ["exam-portal.html", "exam-portal.xml"]
    assert 'failures="2"' in files["exam-portal.xml"]
    report = page.context.new_page()
    report.set_content(files["exam-portal.html"])
    assert report.locator(".verdicts .badge.bad").count() == 2
    assert SECRET not in "".join(files.values())


def test_exchange_shows_what_was_sent(page: Page, client: Client) -> None:
    with receiver("portal_no_window.py") as url:
        fill(page, "portal", url)
        page.get_by_label("large").check()
        page.get_by_role("button", name="Examine it").click()
        page.locator("#report .verdicts").wait_for()

    results = verdicts(page)
    assert (results["good"], results["stale"], "large" in results) == ("pass", "fail", False)
    page.locator("#x-stale > summary").click()

    page.locator("#x-stale").get_by_text("x-webhook-signature").wait_for()


def test_wrong_url_is_told_in_place(page: Page, client: Client) -> None:
    fill(page, "portal", "ftp://example.com")

    page.get_by_role("button", name="Examine it").click()

    page.locator(".field.wrong", has_text="Begin the URL with http").wait_for()
    assert page.get_by_role("textbox", name="URL", exact=True).input_value() == "ftp://example.com"
    assert page.get_by_role("textbox", name="Secret").input_value() == SECRET


def test_wrong_notice_is_told_in_place(page: Page, client: Client) -> None:
    fill(page, "portal", "http://127.0.0.1:9/hooks")
    page.get_by_label("Notice").fill("order.eaten")

    page.get_by_role("button", name="Examine it").click()

    page.locator(".complaint, .field.wrong").get_by_text("order.eaten").first.wait_for()


def test_second_exam_has_to_wait(page: Page, client: Client) -> None:
    fill(page, "portal", "http://127.0.0.1:9/hooks")

    with TAKEN:
        page.get_by_role("button", name="Examine it").click()
        page.locator(".complaint", has_text="Another exam is running").wait_for()


def test_report_takes_old_complaints_away(page: Page, client: Client) -> None:
    fill(page, "portal", "ftp://example.com")
    page.get_by_role("button", name="Examine it").click()
    page.locator(".field.wrong").wait_for()
    page.get_by_role("textbox", name="URL", exact=True).fill("http://127.0.0.1:9/hooks")

    page.keyboard.press("Enter")

    page.locator("#report .verdicts").wait_for()
    assert page.locator(".field.wrong").count() == 0


def test_narrow_window_fits_the_exam(page: Page, client: Client) -> None:
    page.set_viewport_size(NARROW)
    fill(page, "portal", "http://127.0.0.1:9/hooks")
    assert fits(page)

    page.get_by_role("button", name="Examine it").click()

    page.locator("#report .verdicts").wait_for()
    assert fits(page)


def test_last_report_stays_at_its_endpoint_until_a_reset(client: Client) -> None:
    with receiver("portal_throws.mjs") as url:
        hook = client.control("POST", "endpoints", {"vendor": "portal", "url": url, "secret": SECRET})
        path = f"{UI}/webhooks/endpoint/{hook['id']}"
        before = client.get(path).text
        assert send(client, f"webhooks/endpoint/{hook['id']}/examine").status_code == 200

    page, files = client.get(path).text, [client.get(f"{path}/exam.{kind}") for kind in ("html", "xml")]

    assert "Last exam" not in before
    assert "Last exam" in page
    assert "exam.html" in page
    assert [file.headers["Content-Disposition"] for file in files] == [
        f"attachment; filename=exam-portal.{kind}" for kind in ("html", "xml")
    ]
    assert "<testsuite" in files[1].text
    assert SECRET not in files[0].text + files[1].text
    client.control("POST", "reset")
    again = client.control("POST", "endpoints", {"vendor": "portal", "url": url})
    assert exam_reports.last(client.world, hook["id"]) is None
    assert client.get(f"{UI}/webhooks/endpoint/{again['id']}/exam.xml").status_code == 404


def test_reports_are_bounded(client: Client) -> None:
    options: Any = {}
    report = Report(Receiver(client.world.vendors["portal"], {}, options), ())
    epoch = client.world.epoch

    for number in range(exam_reports.MOST + 1):
        exam_reports.keep(client.world, epoch, f"e{number}", report, {"html": "x"})
    exam_reports.keep(client.world, epoch, "e1", report, {"html": "x" * (exam_reports.MOST_CHARACTERS + 1)})
    exam_reports.keep(client.world, epoch - 1, "late", report, {"html": "x"})

    kept = [name for name in ("e0", "e1", "e2", "late") if exam_reports.last(client.world, name)]
    assert kept == ["e2"]
