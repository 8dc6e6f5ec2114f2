"""What is wrong with a fixture: named by file, line and field, and nothing planted of it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mockmarket.clock import monotonic, parse_iso
from mockmarket.config import Config
from mockmarket.errors import Invalid
from mockmarket.seed import finding
from mockmarket.seed.templates import Templates
from mockmarket.vendor import discover

VENDORS = discover()
START = parse_iso("2026-01-15T12:00:00Z")

GOOD = """venues:
  - {id: v, name: V, city: C, zone: Asia/Manila}
events:
  - {id: e, name: E, venue: v, starts: +9d 19:30}
stock:
  - {event: e, section: A, row: A-C, seats: 4, price: 10}
keys:
  - {vendor: portal, name: K, secret: not_a_secret}
endpoints:
  - {vendor: portal, url: "http://127.0.0.1:9/", secret: s}
orders:
  - {vendor: portal, event: e, section: A, row: B, quantity: 2, status: accepted}
settings:
  portal:
    retries: 3
"""

BROKEN: list[tuple[str, str, str]] = [  # in GOOD, the first is replaced by the second; then the third is said
    # fields
    ("city: C", "town: C", "2: venues[0].city: Missing data for required field."),
    ("city: C", "town: C", "2: venues[0].town: Unknown field."),
    ("id: v,", "id: a b,", "2: venues[0].id: Must be letters, digits, dot, dash, underscore; 64 at most."),
    ("id: v,", "id: 7,", '2: venues[0].id: Must be text: put it in quotes, "7".'),
    ("Asia/Manila", "Mars/Base", "2: venues[0].zone: 'Mars/Base' is not an IANA time zone, such as Asia/Manila."),
    ("Asia/Manila", "Asia", "2: venues[0].zone: 'Asia' is not an IANA time zone, such as Asia/Manila."),
    ("city: C", "city: C, data: {1: 2}", "2: venues[0].data: Must be a JSON value: Dict key must be str."),
    ("+9d 19:30", "soon", "4: events[0].starts: 'soon' is not a date: use now, +14d"),
    ("+9d 19:30", "+9d 25:00", "4: events[0].starts: '+9d 25:00' is not a date: use now, +14d"),
    ("+9d 19:30", "9", "4: events[0].starts: 9 is not a date: use now, +14d"),
    ("+9d 19:30", "1969-12-31", "4: events[0].starts: '1969-12-31' is outside the years 1970 to 9999."),
    ("venue: v,", "venue: v, lasts: long,", "4: events[0].lasts: 'long' is not a duration: use 3h, 90m, 2h30m."),
    ("venue: v,", "venue: v, lasts: 99999d,", "4: events[0].lasts: '99999d' is longer than a hundred years."),
    ("venue: v,", "venue: v, status: off,", "4: events[0].status: Must be one of: scheduled, cancelled."),
    ("price: 10", "price: ten", "6: stock[0].price: Not a valid number."),
    ("price: 10", "price: 10.005", "6: stock[0].price: 10.005 has more decimals than USD has: 2."),
    ("price: 10", "price: 10.5, currency: JPY", "6: stock[0].price: 10.5 has more decimals than JPY has: 0."),
    ("price: 10", "price: 10, per_row: 0.001", "6: stock[0].per_row: 0.001 has more decimals than USD has: 2."),
    ("price: 10", "price: 10, data: {cost: 9.999}", "6: stock[0].data: 9.999 has more decimals than USD has: 2."),
    ("row: A-C, seats", "row: A-C, splitt: any, seats", "6: stock[0].splitt: Unknown field. Did you mean split? There are event, "),
    ("venues:\n  - {", "venues:\n  - 5\n  - {", "2: venues[0]: Must be a mapping of id, name, city, zone, data."),
    ("settings:\n  portal:\n    retries: 3", "settings: 3", "13: settings: Must be a mapping."),
    ("venues:\n  - {id: v, name: V, city: C, zone: Asia/Manila}", "venues: v", "1: venues: Must be a list."),
    ("price: 10", "price: -1", "6: stock[0].price: Must be greater than or equal to 0"),
    ("price: 10", "price: 10, per_row: -6", "6: stock[0].per_row: The price of row C would be -2.00."),
    ("price: 10", "price: 10, currency: YEN", "6: stock[0].currency: 'YEN' is no currency of ISO 4217, such as USD"),
    ("price: 10", "price: 10, split: odd", "6: stock[0].split: 'odd' is no split rule; the valid ones are any"),
    ("seats: 4", "seats: 0", "6: stock[0].seats: Must be how many seats (from 1), or their numbers such as 11-18."),
    ("seats: 4", "seats: 4.5", "6: stock[0].seats: Must be how many seats (from 1), or their numbers such as 11-18."),
    ("seats: 4", "seats: 18-11", "6: stock[0].seats: Must be how many seats (from 1), or their numbers such as 11-18."),
    ("row: A-C", "row: C-A", "6: stock[0].row: Must be a name, a list of names, or a range such as A-F or 101-112."),
    ("row: A-C", "row: [A, true]", "6: stock[0].row: Must be a name, a list of names, or a range such as A-F or 101-112."),
    ("row: A-C", "row: [A-C, B]", "6: stock[0].row: A row of a section is named twice."),
    ("section: A, row: A-C", "section: 0-999, row: 0-999", "6: stock[0].row: These are 1,000,000 rows; 100,000 at most."),
    ("not_a_secret", "short", "8: keys[0].secret: Length must be between 8 and 200."),
    ("name: K", "name: K, scopes: some", "8: keys[0].scopes: Must be all, or a list of scopes."),
    ("name: K", "name: K, ip_allowlist: [home]", "8: keys[0].ip_allowlist: 'home' does not appear to be"),
    ("name: K", "name: K, ip_allowlist: 5", "8: keys[0].ip_allowlist: Must be addresses or CIDR blocks"),
    ("name: K", "name: K, expires: never", "8: keys[0].expires: 'never' is not a date: use now, +14d"),
    ("name: K", "name: K, callback_url: here", "8: keys[0].callback_url: Begin the URL with http:// or https://."),
    ("http://", "ftp://", "10: endpoints[0].url: Begin the URL with http:// or https://."),
    ("quantity: 2", "quantity: 0", "12: orders[0].quantity: Must be greater than or equal to 1"),
    ("quantity: 2", "quantity: 2, email: me", "12: orders[0].email: Not a valid email address."),
    ("venues:", "start: later\nvenues:", "1: start: 'later' is not a date: use now, +14d"),
    ("settings:", "setings:", "13: setings: Unknown field."),
    # between sections
    ("venue: v,", "venue: w,", "4: events[0].venue: There is no venue 'w'; there are v."),
    ("{event: e", "{event: f", "6: stock[0].event: There is no event 'f'; there are e."),
    ("portal, name", "nobody, name", "8: keys[0].vendor: There is no vendor 'nobody'; there are "),
    ("name: K", "name: K, scopes: [all]", "8: keys[0].scopes: portal has no scope 'all'; it has events:read"),
    ("secret: s}", "secret: s, types: [order.lost]}", "10: endpoints[0].types: portal has no notice 'order.lost'; it has"),
    ("secret: s}", 'secret: s, headers: "X-Webhook-Event: x"}', "10: endpoints[0].headers: 'X-Webhook-Event' is set by the sender;"),
    ("secret: s}", "secret: s, headers: Host}", "10: endpoints[0].headers: 'Host' has no colon; write each header as Name: value."),
    ("secret: s}", "secret: s, basic_auth: gate}", "10: endpoints[0].basic_auth: No colon is in it; write user:password."),
    ("http://", "http://u:p@", "10: endpoints[0].url: Remove the user name and password from the URL; give them to the endpoint"),
    ("row: B", "row: D", "12: orders[0].section: Event e has no stock in section A, row D."),
    ("  portal:\n", "  nobody:\n", "14: settings.nobody: There is no vendor 'nobody'; there are core, "),
    ("retries: 3", "retries: often", "15: settings.portal.retries: retries must be a number."),
    ("retries: 3", "retrys: 3", "15: settings.portal.retrys: retrys is not a setting; there are "),
    ("settings:", "vendors: {nobody: {}}\nsettings:", "13: vendors.nobody: There is no vendor 'nobody'; there are "),
    ("settings:", "vendors: {portal: {hosts: x}}\nsettings:", "13: vendors.portal.hosts: Must be a list of host names."),
    ("settings:", "vendors: {portal: {hosts: [x.example:80]}}\nsettings:",
     "13: vendors.portal.hosts[0]: 'x.example:80' is no host name in small letters, without a port."),
    ("settings:", "vendors: {portal: {hosts: [x.example, 5]}}\nsettings:", "13: vendors.portal.hosts[1]: 5 is no host name"),
    ("settings:", "vendors: {portal: {hosts: [api.zatabox.com]}}\nsettings:",
     "13: vendors.portal.hosts[0]: The host api.zatabox.com is zatabox's already."),
    ("settings:", "vendors: {portal: {hosts: [x.example]}, skybox: {hosts: [x.example]}}\nsettings:",
     "13: vendors.skybox.hosts[0]: The host x.example is portal's already."),
    ("events:", "  - {id: v, name: W, city: C}\nevents:", "3: venues[1].id: Another of the venues has this id."),
    ("endpoints:", "  - {vendor: portal, name: L, secret: not_a_secret}\nendpoints:",
     "9: keys[1].secret: Another of the keys has this secret."),
    # what a vendor refuses while planting
    ("quantity: 2", "quantity: 5", "12: orders[0].quantity: Only 4 of the 5 seats asked for are left."),
    ("price: 10", "price: 10, split: all_together", "12: orders[0].quantity: This listing cannot be split to sell 2 of 4"),
    ("accepted", "eaten", "12: orders[0].status: 'eaten' is no order status; there are confirmed, accepted"),
    ("accepted", "accepted, at: +1d", "12: orders[0].at: '+1d' is after the world's start (2026-01-15T12:00:00Z)"),
    ("venue: v,", "venue: v, status: cancelled,", "12: orders[0].event: Event e has been cancelled"),
    ("+9d 19:30", "-2d", "12: orders[0].event: Event e has already started"),
    # the file itself
    ("events:", "venues:", "3: venues: This is given twice."),
    ("price: 10", "price: 10, price: 11", "6: stock[0].price: This is given twice."),
    ("city: C,", "city: C", "2: column 34: did not find expected ',' or '}'."),
    ("  - {event", "\t- {event", "6: column 1: found character that cannot start any token."),
    ("name: K", "name: !!python/name:os.system K", "8: column 28: could not determine a constructor for the tag"),
    ("name: K", "name: K\a", "8: control characters are not allowed."),
]  # fmt: skip


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    """Templates for all vendors, in a folder that is otherwise empty."""
    return Templates(tmp_path / "templates", Config(), VENDORS)


def refusal(templates: Templates, file: Path) -> str:
    """Return what is said about a fixture that is refused."""
    with pytest.raises(Invalid) as raised:
        templates(str(file), START, None)
    return raised.value.message


def test_unbroken_fixture_is_taken(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "tour.yaml"
    file.write_text(GOOD, "utf-8")

    database, start, _ = templates(str(file), START, None)

    assert database.is_file()
    assert start == START


@pytest.mark.parametrize(("good", "bad", "place"), BROKEN, ids=[place for _, _, place in BROKEN])
def test_error_names_line_and_field(templates: Templates, tmp_path: Path, good: str, bad: str, place: str) -> None:
    assert GOOD.count(good) >= 1
    file = tmp_path / "tour.yaml"
    file.write_text(GOOD.replace(good, bad, 1), "utf-8")

    message = refusal(templates, file)

    assert any(line.startswith(f"tour.yaml:{place}") for line in message.splitlines()), message


def test_every_problem_is_named(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "tour.yaml"
    file.write_text(
        GOOD.replace("seats: 4", "seats: many").replace("Asia/Manila", "Moon").replace("+9d 19:30", "9d"), "utf-8"
    )

    lines = refusal(templates, file).splitlines()

    assert [line.split(": ")[:2] for line in lines] == [
        ["tour.yaml:2", "venues[0].zone"],
        ["tour.yaml:4", "events[0].starts"],
        ["tour.yaml:6", "stock[0].seats"],
    ]


def test_documents_sample_is_real(templates: Templates, tmp_path: Path) -> None:
    document = (finding.shipped() / "README.md").read_text("utf-8")
    file = tmp_path / "tour.yaml"
    file.write_text(
        GOOD.split("keys:")[0]
        .replace("Asia/Manila", "Mars/Base")
        .replace("+9d 19:30", "soon")
        .replace("price", "prise"),
        "utf-8",
    )

    message = refusal(templates, file)

    example = document.split("## Errors")[1].split("```")[1].strip()
    assert example.splitlines() == message.splitlines()


def test_block_style_lines_are_exact(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "tour.yaml"
    file.write_text("venues:\n  - id: v\n    name:\n      - V\n    # a remark\n    city: C\n", "utf-8")

    assert refusal(templates, file) == "tour.yaml:3: venues[0].name: Must be text."


def test_json_errors_name_lines_too(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "tour.json"
    file.write_text('{"venues": [\n\t{"id": "v", "name": "\\ud83c\\udfb5",\n\t "town": "C", "city": "C"}]}', "utf-8")

    assert (
        refusal(templates, file) == "tour.json:3: venues[0].town: Unknown field. There are id, name, city, zone, data."
    )


def test_broken_json_names_its_line(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "tour.json"
    file.write_text('{"venues": [\n{]}', "utf-8")

    assert refusal(templates, file).startswith("tour.json:2: column 2: ")


@pytest.mark.parametrize("text", ["", "# nothing\n", "- venues\n", "venues\n"])
def test_fixture_must_be_a_mapping(templates: Templates, tmp_path: Path, text: str) -> None:
    file = tmp_path / "tour.yaml"
    file.write_text(text, "utf-8")

    assert refusal(templates, file).startswith("tour.yaml:1: A fixture is a mapping of sections: about, start, ")


def test_other_encodings_are_refused(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "tour.yaml"
    file.write_bytes("about: x\nvenues: [{id: v, name: Ñandú, city: C}]\n".encode("latin-1"))

    assert refusal(templates, file) == "tour.yaml:2: This is not UTF-8; save the file in that encoding."


@pytest.mark.parametrize("name", ["nothing", "../pyproject", "", "a\0b", "long" * 2000])
def test_unknown_fixture_lists_shipped_ones(templates: Templates, name: str) -> None:
    with pytest.raises(Invalid, match=r"There is no fixture .*: give a file, or one of default, small\."):
        templates(name, START, None)


def test_foreign_database_is_refused(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    conn = sqlite3.connect(file)
    conn.execute("CREATE TABLE visitors (id)")
    conn.close()

    assert refusal(templates, file) == "other.db is not a world: it was not written by mockmarket."


def test_damaged_database_is_refused(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "torn.db"
    file.write_bytes(finding.SQLITE_MAGIC + b"\xff" * 9000)

    assert refusal(templates, file).startswith("torn.db cannot be opened as a SQLite database: ")


def test_refused_fixture_plants_nothing(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "tour.yaml"
    file.write_text(GOOD.replace("quantity: 2", "quantity: 5"), "utf-8")
    refusal(templates, file)

    assert list((tmp_path / "templates").iterdir()) == []


@pytest.mark.thorough
def test_refused_fixture_leaves_no_seed(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "tour.yaml"
    file.write_text(GOOD.replace("quantity: 2", "quantity: 5"), "utf-8")
    with pytest.raises(Invalid):
        templates(str(file), START, 1)
    file.write_text(GOOD, "utf-8")

    mended, _, _ = templates(str(file), START, 2)
    fresh, _, _ = Templates(tmp_path / "others", Config(), VENDORS)(str(file), START, 2)

    conns = [sqlite3.connect(path) for path in (mended, fresh)]
    seen = [conn.execute("SELECT value FROM meta WHERE name = 'seed'").fetchall() for conn in conns]
    ids = [conn.execute("SELECT id FROM portal_listing").fetchall() for conn in conns]
    for conn in conns:
        conn.close()
    assert seen[0] == seen[1] == [(2,)]
    assert ids[0] == ids[1]


def many_members(count: int) -> str:
    """Return a fixture with members that no fixture has, from line 16 on."""
    return GOOD + "".join(f"m{number}: 1\n" for number in range(count))


def test_first_hundred_problems_are_listed(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "tour.yaml"
    file.write_text(many_members(250), "utf-8")

    written = refusal(templates, file).splitlines()

    assert len(written) == 101
    assert written[99].startswith("tour.yaml:115: m99: Unknown field.")
    assert written[100] == "tour.yaml: There are 150 more problems."


@pytest.mark.thorough
def test_time_grows_with_the_problems_alone(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "tour.yaml"
    file.write_text(many_members(50_000), "utf-8")

    began = monotonic()
    message = refusal(templates, file)
    took = monotonic() - began

    assert "There are 49,900 more problems." in message
    assert took < 20  # by the square of them it took 100 s


@pytest.mark.thorough
def test_others_do_not_wait_for_a_long_fixture(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "tour.yaml"
    file.write_text(many_members(50_000), "utf-8")

    with ThreadPoolExecutor(1) as pool:
        message = pool.submit(refusal, templates, file)
        templates("small", None, None)
        came_first = not message.done()

    assert "more problems" in message.result()
    assert came_first
