"""What a fixture is read from: text, several files, a folder, with variables and sections for anchors; every problem in one round."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mockmarket.config import Config
from mockmarket.errors import Invalid
from mockmarket.seed import finding, interpolation, reading, templates
from mockmarket.vendor import discover
from mockmarket_client import Client as ControlClient
from tests.conftest import Client, Served

VENDORS = discover()
VENUE = "venues:\n  - {id: v, name: V, city: C}\n"
EVENT = "events:\n  - {id: e, name: E, venue: v, starts: +9d}\n"


def content_of(text: str) -> Mapping[str, Any]:
    """Return the content of a fixture given as text."""
    return reading.load(finding.find(finding.text_name(text)), VENDORS).content


def content_of_file(path: Path | str) -> Mapping[str, Any]:
    """Return the content of a fixture by its path."""
    return reading.load(finding.find(str(path)), VENDORS).content


def refusal(text: str) -> list[str]:
    """Return what is said of a text that is no fixture."""
    with pytest.raises(Invalid) as caught:
        content_of(text)
    return caught.value.message.splitlines()


def test_every_problem_is_named_in_one_round() -> None:
    lines = refusal(
        "events:\n  - {id: e, name: E, venue: zz, starts: soon, foo: 1}\n"
        "stock:\n  - {event: q, section: A, seats: 2, price: 10.005, splitt: any}\n"
    )

    assert [line.split(": ")[:2] for line in lines] == [
        ["fixture.yaml:2", "events[0].foo"],
        ["fixture.yaml:2", "events[0].starts"],
        ["fixture.yaml:2", "events[0].venue"],
        ["fixture.yaml:4", "stock[0].event"],
        ["fixture.yaml:4", "stock[0].price"],
        ["fixture.yaml:4", "stock[0].splitt"],
    ]


def test_an_empty_entry_moves_no_line() -> None:
    lines = refusal("venues:\n  -\n  - {id: v, name: V, city: C}\n  - {id: v, name: V, city: C}\n")

    assert "fixture.yaml:4: venues[2].id: Another of the venues has this id." in lines


def test_a_broken_entry_counts_where_others_refer_to_it() -> None:
    (line,) = refusal(f"venues:\n  - {{id: v, name: V, city: C, zone: Mars}}\n{EVENT}")

    assert line.startswith("fixture.yaml:2: venues[0].zone: ")


def test_section_of_an_order_may_be_a_number() -> None:
    stock = "stock:\n  - {event: e, section: 101, row: 1, seats: 4, price: 10}\n"
    order = "orders:\n  - {vendor: portal, event: e, section: 101, row: 1, quantity: 2, status: confirmed}\n"

    content = content_of(VENUE + EVENT + stock + order)

    assert (content["orders"][0]["section"], content["orders"][0]["row"]) == ("101", "1")


def test_sections_for_anchors_are_ignored() -> None:
    content = content_of("x-common: &common {city: C}\nvenues:\n  - {id: v, name: V, <<: *common}\n")

    assert content["venues"][0]["city"] == "C"


def test_json_is_a_text_too() -> None:
    content = content_of(json.dumps({"venues": [{"id": "v", "name": "V", "city": "C"}], "x-note": 1}))

    assert content["venues"][0]["id"] == "v"


def test_files_of_a_folder_are_put_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(VENUE + "settings: {portal: {retries: 2}}\n")
    (tmp_path / "b.YML").write_text(EVENT + "settings: {core: {unread: refuse}}\n")
    (tmp_path / "c.json").write_text('{"venues": [{"id": "w", "name": "W", "city": "C"}]}')
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    (tmp_path / ".hidden.yaml").write_text("nonsense: 1\n")
    (tmp_path / "notes.txt").write_text("nonsense")

    content = content_of_file(tmp_path)

    assert [venue["id"] for venue in content["venues"]] == ["v", "w"]
    assert content["settings"] == {"portal": {"retries": 2}, "core": {"unread": "refuse"}}


def test_several_files_are_separated_as_in_path(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(VENUE)
    (tmp_path / "b.yaml").write_text(EVENT)
    source = finding.find(os.pathsep.join([f"{tmp_path}/a.yaml", f"{tmp_path}/b.yaml"]))

    content = reading.load(source, VENDORS).content

    assert content["events"][0]["venue"] == "v"
    assert finding.find(source.name) == source


def test_problems_of_several_files_name_each(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"start: 2030-01-01\n{VENUE}")
    (tmp_path / "b.yaml").write_text("\nvenues:\n  - {id: w, name: W, city: C}\n  - {id: v, name: V}\n")

    with pytest.raises(Invalid) as caught:
        content_of_file(tmp_path)

    assert caught.value.message.splitlines() == [
        "b.yaml:4: venues[2].city: Missing data for required field.",
        "b.yaml:4: venues[2].id: Another of the venues has this id.",
    ]


def test_what_two_files_say_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("about: A\nstart: 2030-01-01\n")
    (tmp_path / "b.yaml").write_text("about: B\n\nstart: 2030-01-02\n")

    with pytest.raises(Invalid) as caught:
        content_of_file(tmp_path)

    assert caught.value.message.splitlines() == [
        "b.yaml:1: about: a.yaml:1 has it too: only lists and mappings are put together.",
        "b.yaml:3: start: a.yaml:2 has it too: only lists and mappings are put together.",
    ]


def test_database_is_not_combined(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(VENUE)
    (tmp_path / "b.db").write_bytes(finding.SQLITE_MAGIC)
    source = finding.find(os.pathsep.join([f"{tmp_path}/a.yaml", f"{tmp_path}/b.db"]))

    with pytest.raises(Invalid, match=r"b\.db is a whole world: a SQLite file cannot be combined with other files\."):
        _ = source.database


def test_folder_without_a_fixture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"The folder .* has no file that ends in \.yaml, \.yml, \.json\."):
        finding.find(str(tmp_path))


def test_shipped_name_is_no_folder_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small").mkdir()
    monkeypatch.chdir(tmp_path)

    assert finding.find("small").files == (finding.shipped() / "small.yaml",)


def test_variables_of_a_file_are_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SEATS", "7")
    monkeypatch.setenv("SHOP_NAME", "A: {b} # c")
    monkeypatch.setenv("SHOP_EMPTY", "")
    path = tmp_path / "shop.yaml"
    stock = "stock:\n  - {event: e, section: A, seats: ${SHOP_SEATS}, price: ${SHOP_PRICE:-10.50}, data: {n: $SHOP, m: $${SHOP_SEATS}}}\n"
    path.write_text(f"about: ${{SHOP_NAME}}, ${{SHOP_EMPTY:-none}} # ${{NOT_SET}}\n{VENUE}{EVENT}{stock}")

    content = content_of_file(path)

    row = content["stock"][0]
    assert content["about"] == "A: {b} # c, none"
    assert (row["seats"], str(row["price"])) == (7, "10.5")
    assert row["data"] == {"n": "$SHOP", "m": "${SHOP_SEATS}"}


def test_variables_of_a_json_file_are_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_NAME", 'a "name"')
    path = tmp_path / "shop.json"
    path.write_text('{"about": "${SHOP_NAME} $$ \\u00e4"}')

    assert content_of_file(path)["about"] == 'a "name" $ ä'


def test_unset_variable_has_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_CITY", raising=False)
    path = tmp_path / "shop.yaml"
    path.write_text("venues:\n  - {id: v, name: V,\n     city: ${SHOP_CITY}}\nabout: ${1}\n")

    with pytest.raises(Invalid) as caught:
        content_of_file(path)

    assert caught.value.message.splitlines() == [
        "shop.yaml:3: venues[0].city: The variable SHOP_CITY is not set: set it, or give a default: ${SHOP_CITY:-value}.",
        "shop.yaml:4: about: ${1} is no reference: write ${NAME} or ${NAME:-default}, or $${1} for the text itself.",
    ]


def test_text_has_no_variables_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "hidden")

    (line,) = refusal("about: ${SHOP_SECRET}\n")

    assert line.startswith("fixture.yaml:1: about: The variable SHOP_SECRET is not set")
    assert content_of("about: ${SHOP_SECRET:-shown}\n")["about"] == "shown"


def test_values_become_defaults_of_a_text() -> None:
    text = interpolation.with_defaults("a: ${A}, b: ${B:-2}, c: ${C:-3}, d: $${A}", {"A": "1", "B": "9", "C": ""})

    assert text == "a: ${A:-1}, b: ${B:-9}, c: ${C:-3}, d: $${A}"


def test_value_that_is_no_default_is_refused() -> None:
    with pytest.raises(ValueError, match="The variable A has braces or a line break"):
        interpolation.with_defaults("a: ${A}", {"A": "{}"})


def test_texts_used_last_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "MOST_TEXTS", 1)
    built = templates.Templates(tmp_path / "templates", Config(), VENDORS)

    first = built(VENUE, 0, 0)[0]
    second = built(VENUE + EVENT, 0, 0)[0]

    assert [first.exists(), second.exists()] == [False, True]
    assert built(VENUE, 0, 0)[0].exists()


def test_world_is_made_from_text_and_reset_to_it(served: Served) -> None:
    key = "keys: [{vendor: portal, name: K, secret: portal_of_a_text}]\n"
    main = ControlClient(served.url)
    created = main.create_world("texted", VENUE + EVENT + key, now="2030-01-01T00:00:00Z")
    client = main.in_world("texted")
    client.action("core", "cancel_event", event="e")

    reset = client.reset()

    assert (created["fixture"], reset["fixture"], reset["start"]) == ("text", "text", "2030-01-01T00:00:00.000Z")
    assert [row["eventId"] for row in client.records("portal", "event")] == ["e"]
    assert client.credentials("portal") == {"X-API-Key": "portal_of_a_text"}
    main.drop_world("texted")


def test_client_sends_a_mapping_as_text(served: Served) -> None:
    client = ControlClient(served.url)

    created = client.create_world("mapped", {"venues": [{"id": "v", "name": "V", "city": "C"}]})

    assert created["fixture"] == "text"
    client.drop_world("mapped")


def test_problem_of_a_text_has_its_line(client: Client) -> None:
    answer = client.put("/_mockmarket/worlds/broken", {"text": "venues:\n  - {id: v}"})

    assert answer.status_code == 400
    assert "fixture.yaml:2: venues[0].name: Missing data for required field." in answer.text


def test_text_beside_a_name_is_refused(client: Client) -> None:
    answer = client.put("/_mockmarket/worlds/both", {"text": "{}", "fixture": "small"})

    assert answer.status_code == 400
    assert "Give fixture or text, not both." in answer.text


VENDORS_OWN = """stock: [{event: e, section: A, row: A, seats: 4, price: 10}]
vendors:
  skybox: {acounts: [], accounts: [{id: 5, name: A, stock: [{event: e, sektion: A}]}]}
  tixstock: {resellers: [{name: A}]}
  zatabox: {promos: []}
  portal: {events: []}
"""


def test_vendors_own_sections_are_checked_with_the_others() -> None:
    lines = refusal(VENUE + EVENT + VENDORS_OWN)

    assert [line.split(": ")[:2] for line in lines] == [
        ["fixture.yaml:7", "vendors.skybox.accounts[0].stock[0].sektion"],
        ["fixture.yaml:7", "vendors.skybox.acounts"],
        ["fixture.yaml:8", "vendors.tixstock.resellers[0].id"],
        ["fixture.yaml:9", "vendors.zatabox.promos"],
        ["fixture.yaml:10", "vendors.portal.events"],
    ]


def planting_refusal(tmp_path: Path, text: str) -> list[str]:
    """Return what is said of a fixture that is read and cannot be planted."""
    with pytest.raises(Invalid) as caught:
        templates.Templates(tmp_path / "templates", Config(), VENDORS)(text, 10**12, 0)
    return caught.value.message.splitlines()


def test_every_vendors_refusal_has_its_line(tmp_path: Path) -> None:
    own = (
        "vendors:\n  skybox:\n    accounts: [{id: 5, name: A, stock: [{event: no}]}]\n"
        "  tixstock: {resellers: [{id: r, name: A, unassigned: [no]}]}\n  zatabox: {drafts: [no]}\n"
    )

    lines = planting_refusal(tmp_path, VENUE + EVENT + own)

    assert lines == [
        "fixture.yaml:7: vendors.skybox.accounts[0].stock[0].event: There is no no.",
        "fixture.yaml:8: vendors.tixstock.resellers[0].unassigned: There is no no.",
        "fixture.yaml:9: vendors.zatabox.drafts: no: no event of the fixture that is still to come.",
    ]


def test_every_refused_order_has_its_line(tmp_path: Path) -> None:
    order = "  - {{vendor: portal, event: e, section: A, row: A, quantity: {}, status: {}}}\n"
    orders = "".join(order.format(*each) for each in ((9, "confirmed"), (3, "eaten"), (3, "confirmed"), (1, "odd")))

    lines = planting_refusal(tmp_path, f"{VENUE}{EVENT}{VENDORS_OWN.splitlines()[0]}\norders:\n{orders}")

    assert [line.split(": ")[:2] for line in lines] == [
        ["fixture.yaml:7", "orders[0].quantity"],
        ["fixture.yaml:8", "orders[1].status"],
        ["fixture.yaml:10", "orders[3].status"],
    ]
