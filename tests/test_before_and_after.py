"""Records before and after what changed them: kept within the journal's bounds, without secrets, and shown as a difference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mockmarket.clock import Clock
from mockmarket.config import Limits
from mockmarket.store import Store, contents, records, schema
from mockmarket.store.records import Kind
from mockmarket.worlds import journal
from mockmarket.worlds.effects import LARGEST_CONTENTS, NO_EFFECTS, Effects
from mockmarket.worlds.record_changes import REDACTED_DIFFERS, TOGETHER, record_changes
from tests.browser import NARROW, fits
from tests.conftest import Client
from tests.running import FLOOR, buy
from tests.test_journal import entry

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOTE = Kind("acme", "note", "id")
KEY = ("acme", "note", "1")
STORED = {KEY: "stored"}
UI = "/_mockmarket/ui"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a file with one record."""
    schema.prepare(tmp_path / "w.db", (NOTE,), "OFF")
    store = Store(tmp_path / "w.db", Clock(), 0, "OFF")
    with store.atomic() as tx:
        records.put(tx, NOTE, {"id": "1", "text": "old"})
    yield store
    store.close()


def note(text: str) -> dict[str, str]:
    """Return the record with another text."""
    return {"id": "1", "text": text}


def stated(text: str | None) -> str | None:
    """Return the stored JSON of the record with a text."""
    return None if text is None else json.dumps(note(text), separators=(",", ":"))


@pytest.mark.parametrize("first", ["get", "stored", "find", "nothing"])
@pytest.mark.parametrize("write", [records.put, records.update])
def test_change_has_what_the_record_was(store: Store, first: str, write: Any) -> None:
    with store.atomic() as tx:
        if first == "get":
            records.get(tx, NOTE, "1")
        if first == "stored":
            records.stored(tx, NOTE, ("id", "=", "1"))
        if first == "find":
            records.find(tx, NOTE, ("id", "=", "1"))

        write(tx, NOTE, note("new"))

        assert tx.contents.known == {KEY: (stated("old"), stated("new"))}
    assert records.get(store.read(), NOTE, "1") == note("new")


def test_two_changes_are_one(store: Store) -> None:
    with store.atomic() as tx:
        records.update(tx, NOTE, note("middle"))
        assert records.get(tx, NOTE, "1") == note("middle")
        records.put(tx, NOTE, note("new"))

        assert tx.contents.known == {KEY: (stated("old"), stated("new"))}


def test_new_record_was_nothing(store: Store) -> None:
    with store.atomic() as tx:
        records.put(tx, NOTE, {"id": "2"})
        records.put(tx, NOTE, {"id": "2", "text": "x"})

        assert tx.contents.known == {("acme", "note", "2"): (None, '{"id":"2","text":"x"}')}


def test_deleted_record_becomes_nothing(store: Store) -> None:
    with store.atomic() as tx:
        records.update(tx, NOTE, note("middle"))
        records.delete(tx, NOTE, "1")

        assert tx.contents.known == {KEY: (stated("old"), None)}


def test_record_that_follows_is_not_known(store: Store) -> None:
    with store.atomic() as tx:
        records.update(tx, NOTE, note("middle"))
        tx.contents.follow([KEY])
        records.update(tx, NOTE, note("new"))

        assert tx.contents.known == {}


def test_huge_transaction_keeps_few(store: Store) -> None:
    with store.atomic() as tx:
        for number in range(contents.MOST + 50):
            records.put(tx, NOTE, {"id": f"n{number}"})

        assert len(tx.contents.known) == contents.MOST
    assert records.count(store.read(), NOTE, []) == contents.MOST + 51


def of(*transactions: contents.Content) -> Effects:
    """Return the effects of transactions, each with what the record was and became."""
    effects = NO_EFFECTS
    for content in transactions:
        effects = effects.and_then(STORED, [], {KEY: content})
    return effects


@pytest.mark.parametrize(("transactions", "expected"), [
    ([("a", "b")], ("a", "b")), ([("a", "b"), ("b", "c")], ("a", "c")), ([("a", "b"), ("x", "c")], "between"),
    ([(None, "x" * 65_000)], "large"), ([("a", "x" * 65_000), ("b", "c")], "large"), ([("a", "b"), ("b", "é" * 17_000)], "large"),
])  # fmt: skip
def test_transactions_of_a_request_are_one_change(
    transactions: list[contents.Content], expected: contents.Content | str
) -> None:
    assert of(*transactions).contents == {KEY: expected}


def test_change_that_one_transaction_does_not_know_is_not_known() -> None:
    assert of(("a", "b")).and_then(STORED, []).contents == {}
    assert NO_EFFECTS.and_then(STORED, []).and_then(STORED, [], {KEY: ("a", "b")}).contents == {}


def test_contents_of_a_request_are_bounded() -> None:
    keys = [("acme", "note", str(number)) for number in range(20)]

    effects = NO_EFFECTS.and_then(dict.fromkeys(keys, "stored"), [], dict.fromkeys(keys, ("a" * 30_000, "b" * 30_000)))

    assert list(effects.contents.values()).count("large") == 12
    assert LARGEST_CONTENTS > effects.contents_size > 8 * 60_000


def test_contents_count_against_the_journal() -> None:
    kept = journal.Journal(Limits(journal_bytes=100_000))
    for number in range(3):
        kept.caused(f"r{number}", STORED, [], {KEY: ("a" * 20_000, "b" * 20_000)})
        kept.add(entry(number))

    assert ([row.id for row in kept.find({})], kept.dropped) == (["r1", "r2"], 1)


@pytest.mark.parametrize(("before", "after", "note"), [
    ('{"token": "hush-hush"}', '{"token": "hush-hush"}', ""), ('{"token": "hush-hush"}', '{"token": "other-one"}', REDACTED_DIFFERS),
    ('{"note": "by a-credential"}', '{"note": "by a-credential", "n": 1}', ""),
])  # fmt: skip
def test_secrets_are_not_shown(store: Store, before: str, after: str, note: str) -> None:
    request = entry(1, headers=[("X-API-Key", "a-credential")])
    request.effects = of((before, after))

    (change,) = record_changes(store.read(), request)

    assert change.note == note
    assert b"hush" not in (change.before or b"") + (change.after or b"")
    assert b"a-credential" not in (change.before or b"") + (change.after or b"")


# Of a served world


def changed(client: Client, answer: Any) -> dict[str, Any]:
    """Return the records that a request changed, by vendor and kind."""
    effects = client.control("GET", f"requests/{answer.headers['X-Mockmarket-Request']}")
    return {f"{record['vendor']} {record['kind']}": record for record in effects["records"]}


def accept(client: Client, order: Any) -> Any:
    """Accept an order; returns the answer."""
    return client.call("PATCH", "/api/v1/orders", json={"orderId": order["orderId"], "status": "accepted"})


def test_request_tells_what_its_records_were(client: Client) -> None:
    placed = client.call("POST", "/api/v1/orders", json=FLOOR)
    order = placed.json()["order"]
    moved = accept(client, order)

    created, patched = changed(client, placed)["portal order"], changed(client, moved)["portal order"]

    assert (created["before"], created["after"]["status"], created["note"]) == (None, "confirmed", "")
    assert (patched["before"], patched["after"]["status"]) == (created["after"], "accepted")


def test_record_that_follows_the_seats_has_its_next_update(client: Client) -> None:
    first, second = [client.call("POST", "/api/v1/orders", json=FLOOR) for _ in range(2)]

    updates = [changed(client, answer)["portal listing"] for answer in (first, second)]

    assert [update["before"]["quantity"] - update["after"]["quantity"] for update in updates] == [1, 1]
    assert updates[0]["after"] == updates[1]["before"]
    assert [update["note"] for update in updates] == ["", ""]


def test_update_after_several_changes_says_so(client: Client) -> None:
    first, *others = [client.call("POST", "/api/v1/orders", json=FLOOR) for _ in range(4)]

    single, *shared = [changed(client, answer)["zatabox ticket_type"] for answer in (first, *others)]

    assert single["note"] == ""
    assert [update["after"]["quantitySold"] - update["before"]["quantitySold"] for update in shared] == [3, 3, 3]
    assert {update["note"] for update in shared} == {TOGETHER.format(2)}


def test_update_that_is_rolled_back_counts_for_nothing(client: Client) -> None:
    client.call("POST", "/api/v1/orders", json=FLOOR)
    second = client.call("POST", "/api/v1/orders", json=FLOOR)
    with suppress(ZeroDivisionError), client.world.atomic() as tx:
        client.world.store.refresh_all(tx)
        raise ZeroDivisionError

    update = changed(client, second)["portal listing"]

    assert update["before"]["quantity"] - update["after"]["quantity"] == 1


def test_kept_updates_are_bounded() -> None:
    updates, keys = contents.Updates(), [("acme", "note", str(number)) for number in range(30)]
    awaited = updates.await_all(keys)

    updates.make(dict.fromkeys(keys, ("a" * 50000, "b" * 50000)))

    assert [update.content is None for update in awaited.values()] == [True] * 10 + [False] * 20


def test_later_reader_is_no_cause_of_it(client: Client) -> None:
    for _ in range(2):
        client.call("POST", "/api/v1/orders", json=FLOOR)

    read = client.get("/api/v1/inventory", eventId=FLOOR["eventId"])

    assert changed(client, read) == {}


def test_change_after_a_deferred_one_is_its_own(client: Client) -> None:
    for _ in range(3):
        order = buy(client)

    moved = changed(client, accept(client, order))

    assert list(moved) == ["portal order"]


def test_deed_by_hand_is_in_the_history_of_a_record(client: Client) -> None:
    order = buy(client)
    client.control("POST", "portal/actions/set_status", {"orderId": order["orderId"], "status": "accepted"})

    page = client.get(f"{UI}/stock/record/portal/order/{order['orderId']}").text

    assert "set status (control route)" in page
    assert "3 paths differ." in page
    assert "POST /api/v1/orders" in page


def test_history_of_a_record_forgets_what_the_journal_forgets(client: Client) -> None:
    order = buy(client)
    path = f"{UI}/orders/portal/id/{order['orderId']}"
    assert "POST /api/v1/orders" in client.get(path).text

    client.control("DELETE", "requests")

    assert "The journal has none" in client.get(path).text


def test_many_records_have_their_differences_on_demand(client: Client) -> None:
    id = client.get("/api/v1/events").headers["X-Mockmarket-Request"]
    (request,) = client.world.journal.find({"id": id})
    keys = [("portal", "order", f"o{number}") for number in range(205)]
    request.effects = NO_EFFECTS.and_then(
        dict.fromkeys(keys, "stored"), [], dict.fromkeys(keys[:200], (None, '{"a":1}'))
    )

    few, every = [client.get(f"{UI}/requests/id/{id}{query}").text for query in ("", "?records=all")]

    assert (few.count('class="changed"'), every.count('class="changed"')) == (20, 200)
    assert "180</span> further records" in few
    assert "5</span> records more, of which only the number is kept" in every


def test_difference_is_opened_from_the_request(page: Page, client: Client) -> None:
    order = buy(client)
    id = accept(client, order).headers["X-Mockmarket-Request"]
    page.goto(f"requests/id/{id}")

    page.get_by_role("link", name="1 record changed").click()

    difference = page.locator("#records .changes")
    assert difference.is_visible()
    assert '$.status changed "confirmed" "accepted"' in " ".join(difference.inner_text().split())


def test_difference_is_in_the_panel_of_a_chain(page: Page, client: Client) -> None:
    order = buy(client)
    id = accept(client, order).headers["X-Mockmarket-Request"]
    page.goto(f"timeline?chain={id}")

    page.locator("#chain").get_by_role("link", name="1 record changed").click()

    page.locator("#chain .changes").wait_for()
    assert page.locator('#chain .tabs a[aria-current="page"]').inner_text() == "Before and after"
    assert page.locator("#chain .changes del").first.inner_text() == '"confirmed"'


def test_open_change_of_an_order_stays_open(page: Page, client: Client) -> None:
    order = buy(client)
    page.set_viewport_size(NARROW)
    page.goto(f"orders/portal/id/{order['orderId']}")
    changes = page.get_by_role("region", name="Changes")
    changes.locator(".changed > summary").click()

    accept(client, order)

    changes.locator(".changed > summary").nth(1).wait_for()
    assert changes.locator(".changed[open] .badge").all_inner_texts() == ["created"]
    assert fits(page)
