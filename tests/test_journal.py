"""The request journal: everything sent to a vendor is in it, within its bounds, and no secret."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from mockmarket.clock import iso_ms
from mockmarket.config import Config, Limits
from mockmarket.matching.redaction import Hidden
from mockmarket.worlds.effects import ByHand
from mockmarket.worlds.journal import MOST_CHARACTERS, MOST_PENDING, Entry, Exchange, Journal, Parts
from mockmarket.worlds.world import World
from tests.conftest import Client, Served
from tests.running import FLOOR
from tests.sixth.serving import serving

TINY = Limits(journal_entries=3, journal_body=40, request_body=2_000)


def entry(number: int, limit: int = 65_536, **values: Any) -> Entry:
    """Make an entry; `values` are parts of its exchange, and fields."""
    parts: Parts = {
        "scheme": "http", "path": "/x", "target": "/x", "query": "", "headers": [], "body": b"", "answer_headers": [], "answer": b"",
        "message": None, "unread": (),
    }  # fmt: skip
    parts.update({name: values.pop(name) for name in [*values] if name in parts})  # type: ignore[typeddict-item]
    fields: dict[str, Any] = {
        "vendor": "acme",
        "method": "GET",
        "status": 200,
        "at": 0,
        "wall_at": 0,
        "elapsed_ms": 0.0,
    } | values
    return Entry(
        id=f"r{number}", exchange=Exchange(parts, limit, lambda: Hidden(["a-known-key-of-a-fixture"])), **fields
    )


def ids(journal: Journal) -> list[str]:
    """Return the ids of what is kept, oldest first."""
    return [row.id for row in journal.find({})]


@pytest.fixture(scope="module")
def tiny() -> Iterator[Served]:
    """Serve a mock that keeps next to nothing."""
    with serving(Config(fixture="small", limits=TINY)) as served:
        yield served


def entries(client: Client, **where: Any) -> list[dict[str, Any]]:
    """Return what a world's journal says."""
    return list(client.call("GET", "/_mockmarket/requests", params=where).json()["requests"])


def test_oldest_go_when_too_many() -> None:
    journal = Journal(Limits(journal_entries=2))

    for number in range(5):
        journal.add(entry(number))

    assert (ids(journal), journal.dropped) == (["r3", "r4"], 3)


def test_oldest_go_when_too_large() -> None:
    journal = Journal(Limits(journal_bytes=6_000))

    for number in range(4):
        journal.add(entry(number, body=b"x" * 1_500))

    assert (ids(journal), journal.dropped) == (["r2", "r3"], 2)


def test_one_too_large_is_dropped_too() -> None:
    journal = Journal(Limits(journal_bytes=2_000))

    journal.add(entry(1, body=b"x" * 10_000))
    journal.add(entry(2))

    assert (ids(journal), journal.dropped) == (["r2"], 1)


def test_what_is_done_by_hand_is_within_its_share_of_bytes() -> None:
    journal = Journal(Limits(journal_bytes=60_000))

    for number in range(6):
        journal.hands.add(entry(number, headers=[("X-Long", "x" * 1_000)]), ByHand("main", notices=[range(1, 2)] * 5))

    assert [entry.id for entry, _ in journal.hands.all()] == ["h000005", "h000006"]


def test_reader_goes_on_from_its_place() -> None:
    journal = Journal(Limits(journal_entries=3))
    for number in range(5):
        journal.add(entry(number))

    first, entries = journal.added_after(4)
    everything = journal.added_after(0)
    journal.clear()
    journal.add(entry(5))

    assert (first, [entry.id for entry in entries]) == (2, ["r4"])
    assert [entry.id for entry in everything[1]] == ["r2", "r3", "r4"]
    assert [entry.id for entry in journal.added_after(5)[1]] == ["r5"]
    assert journal.added_after(6) == (5, [])


def test_cleared_journal_counts_anew() -> None:
    journal = Journal(Limits(journal_entries=1))
    journal.add(entry(1))
    journal.add(entry(2))

    journal.clear()

    assert (ids(journal), journal.dropped, journal.next_id(), journal.next_id()) == ([], 0, "r000001", "r000002")


def test_every_condition_must_hold() -> None:
    journal = Journal(Limits())
    journal.add(entry(1, status=404, vendor="acme"))
    journal.add(entry(2, status=404, vendor="other"))
    journal.add(entry(3, status=200, vendor="acme"))

    assert [row.id for row in journal.find({"status": 404, "vendor": "acme"})] == ["r1"]


def test_parts_are_cut_at_their_bounds() -> None:
    cut = entry(
        1, 40, body=b"x" * 9_000, answer=b"y" * 9_000, query="z" * 9_000, path="/p" * 9_000, message="m" * 20_000
    )

    assert (cut.body, cut.answer, cut.query) == (b"x" * 40, b"y" * 40, "z" * 40)
    assert (len(cut.path), len(cut.message or "")) == (MOST_CHARACTERS, MOST_CHARACTERS)


def test_headers_are_cut_as_bodies_are() -> None:
    cut = entry(1, 100, headers=[("A", "x" * 60), ("B", "y" * 60), ("C", "z")])

    assert list(cut.headers) == [("A", "x" * 60), ("B", "y" * 38)]


def test_secret_at_the_cut_is_redacted_whole() -> None:
    body = b'{"pad": "' + b"x" * 20 + b'", "secret": "hushhushhush", "note": "a-known-key-of-a-fixture"}'

    for most in range(len(body)):
        cut = entry(1, most, body=body).body

        assert b"hush" not in cut
        assert b"a-known" not in cut


def test_repeats_share_their_exchange() -> None:
    first = entry(1, headers=[("X-API-Key", "hush-hush-hush")], body=b"hush-hush-hush")
    again = first.again("r2", 1, 2, 3.0)

    assert (again.headers, again.body) == ((("X-API-Key", "(redacted)"),), b"(redacted)")
    assert first.body is again.body


def test_requests_of_one_client_share_what_they_repeat() -> None:
    journal = Journal(Limits())
    for number in range(2):
        headers = [(f"X-{name}", f"value {name}") for name in range(3)]
        journal.add(
            entry(
                number, headers=headers, body=b"%d" % 12_345, answer_headers=[("Length", str(number)), ("A", "b" * 3)]
            )
        )

    first, second = (row.exchange.parts for row in journal.find({}))

    assert second["headers"] is first["headers"]
    assert second["body"] is first["body"]
    assert second["answer_headers"][1] is first["answer_headers"][1]
    assert [parts["answer_headers"][0] for parts in (first, second)] == [("Length", "0"), ("Length", "1")]


def test_secrets_are_hidden_beside_a_request_that_was_read() -> None:
    journal = Journal(Limits())
    shared: dict[str, Any] = {"headers": [("Authorization", "Bearer of-mine-alone")], "query": "a=of-mine-alone"}
    journal.add(entry(1, **shared))
    read = [journal.find({})[0].headers, journal.find({})[0].query]

    journal.add(entry(2, **shared, answer=b"of-mine-alone"))

    second = journal.find({})[1]
    assert b"of-mine-alone" not in second.answer
    assert [second.headers, second.query] == read
    assert "of-mine-alone" not in repr(read)


@pytest.mark.parametrize("part", ["path", "query", "message"])
def test_every_part_counts(part: str) -> None:
    small, large = entry(1), entry(2, 65_536, **{part: "é" * 2_000})

    assert large.exchange.size - small.exchange.size >= 4_000


def test_headers_and_names_count() -> None:
    small, large = entry(1), entry(2, headers=[("X", "x" * 2_000)] * 3, unread=["n" * 100] * 3)

    assert large.exchange.size - small.exchange.size >= 6_300


def test_effects_count() -> None:
    journal = Journal(Limits(journal_bytes=20_000))
    for number in range(3):
        journal.caused(f"r{number}", {("portal", "order", "i" * 2_500): "stored"}, [{"seats": [*range(100)]}])
        journal.add(entry(number))

    assert (ids(journal), journal.dropped) == (["r2"], 2)


def test_effects_of_unfinished_requests_are_bounded() -> None:
    journal = Journal(Limits())
    for number in range(MOST_PENDING + 1):
        journal.caused(f"r{number}", {("portal", "order", "o1"): "stored"}, [])

    for number in (0, 1):
        journal.add(entry(number))

    assert [len(row.effects.records) for row in journal.find({})] == [0, 1]


def test_request_and_answer_are_kept(client: Client, world: World) -> None:
    client.control("PUT", "clock", {"frozen": True})

    answer = client.call("PATCH", "/api/v1/orders?a=1", json={"orderId": "x", "status": "accepted", "odd": 1})
    (record,) = entries(client)

    assert (record["method"], record["path"], record["query"]) == ("PATCH", "/api/v1/orders", "a=1")
    assert (record["status"], record["answer"], record["refused"]) == (404, answer.text, "not_found")
    assert json.loads(record["body"])["orderId"] == "x"
    assert (record["id"], record["at"]) == (answer.headers["X-Mockmarket-Request"], iso_ms(world.clock.now()))
    assert (record["unread"], record["vendor"]) == (["odd"], "portal")


def test_no_secret_reaches_the_journal(client: Client) -> None:
    client.call("GET", "/api/v1/events", headers={"X-API-Key": "an-unknown-key-of-somebody"})
    client.post("/api/v1/orders", {"secret": "hush-hush-hush", "password": "hush-hush-hush"})

    text = json.dumps(entries(client))

    assert "an-unknown-key-of-somebody" not in text
    assert "portal_test_full_00000000" not in text
    assert "hush" not in text


def test_control_requests_are_not_kept(client: Client) -> None:
    client.control("GET", "vendors")
    client.get("/nobody's/path")

    assert entries(client) == []


def test_journal_is_of_one_world(served: Served, client: Client) -> None:
    client.get("/api/v1/events")

    world, _ = served.app.worlds.put("journal-of-another", "small")
    rows = entries(Client(served.url, world))
    served.app.worlds.drop(world.name)

    assert rows == []


def test_entries_are_found_by_field(client: Client) -> None:
    client.get("/api/v1/events")
    client.get("/api/v1/inventory")
    client.get("/api/v1/nothing")

    assert [row["path"] for row in entries(client, status=400)] == ["/api/v1/inventory"]
    assert [row["path"] for row in entries(client, refused="not_found")] == ["/api/v1/nothing"]
    assert [row["path"] for row in entries(client, limit=1)] == ["/api/v1/nothing"]


def test_requests_can_be_forgotten(client: Client) -> None:
    client.get("/api/v1/events")

    client.control("DELETE", "requests")

    assert entries(client) == []


def test_served_journal_keeps_its_bounds(tiny: Served) -> None:
    world, _ = tiny.app.worlds.put("bounded")
    client = Client(tiny.url, world)

    for _ in range(5):
        client.post("/api/v1/orders", {"customer": "x" * 1_000})
    health = client.control("GET", "health")

    assert health["journal"] == {"entries": 3, "dropped": 2}
    assert {len(row["body"]) for row in entries(client)} == {40}


def test_oversized_body_is_not_kept(tiny: Served) -> None:
    world, _ = tiny.app.worlds.put("oversized")
    client = Client(tiny.url, world)
    client.key = {"X-API-Key": "portal_test_full_00000000"}

    answer = client.post("/api/v1/orders", {"customer": "x" * 3_000})
    (record,) = entries(client)

    assert (answer.status_code, record["status"], record["refused"], record["body"]) == (413, 413, "too_large", "")


def test_reset_forgets_the_requests(client: Client) -> None:
    client.get("/api/v1/events")

    client.control("POST", "reset")

    assert entries(client) == []


def test_credential_is_redacted_wherever_it_stands(client: Client) -> None:
    secret = client.key["X-API-Key"]
    other = "tn_live_test_other_0000000000000001"
    odd = {"X-Trace": f"for {secret}", "X-Other": other}

    client.call("GET", f"/api/v1/events/{secret}", params={"colour": secret}, headers=odd)
    client.post("/api/v1/orders", {"note": f"by {secret}", "other": other, secret: 1})
    text = json.dumps(entries(client))

    assert secret not in text
    assert other not in text
    assert "for (redacted)" in text
    assert "by (redacted)" in text


def test_flood_of_headers_keeps_the_bound(client: Client) -> None:
    odd = dict.fromkeys(("X-One", "X-Two"), "x" * 100000)

    for _ in range(3):
        client.call("GET", "/api/v1/events", headers=odd)
    rows = entries(client)

    assert {len(json.dumps(row["headers"])) < 70_000 for row in rows} == {True}
    sizes = [entry.size for entry in client.world.journal.find({})]
    assert all(size >= len(json.dumps(row)) for size, row in zip(sizes, rows, strict=True))


@pytest.mark.thorough
def test_thousands_of_unread_members_leave_a_small_entry(client: Client) -> None:
    client.post("/api/v1/orders", FLOOR | {f"member_{number}": number for number in range(80_000)})
    (record,) = entries(client)

    assert len(json.dumps(record)) < 500_000
    assert (len(record["unread"]), record["unread_in_all"]) == (200, 80_000)
    assert client.world.journal.find({})[0].size < 500_000


@pytest.mark.thorough
def test_journal_of_hostile_requests_stays_within_its_bytes(client: Client) -> None:
    odd = dict.fromkeys(("X-One", "X-Two"), "x" * 100000)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(500):
            client.call("GET", "/api/v1/events", headers={**odd, "X-API-Key": "wrong"})
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    health = client.control("GET", "health")["journal"]

    assert health["dropped"] > 0
    assert grown < 40_000_000


def test_refusal_of_many_unread_members_is_short(client: Client) -> None:
    client.control("PATCH", "settings", {"core": {"unread": "refuse"}})

    answer = client.post("/api/v1/orders", FLOOR | {f"member_{number}": number for number in range(5_000)})

    assert answer.status_code == 400
    assert "and 4900 more" in answer.text
    assert len(answer.content) < 20_000
