"""The clock and its advance: a discrete-event walk that does each thing at its own moment, and what waits when it stands still."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import DAY, Setting, iso_ms, parse_iso, wall_ms
from mockmarket.config import Config, Limits
from mockmarket.store import Tx, endpoints, outbox, timers
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.timers import Timer
from mockmarket.vendors.portal.vendor import VENDOR
from tests import hostile
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.running import (
    FIXTURE,
    buy,
    deliveries,
    delivery,
    listen,
    serving,
    settled,
    talking_to,
    until,
    verifies,
)

FAILING = (500, b"no")
NO = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
START = "2026-03-01T12:00:00.000Z"


@pytest.fixture
def frozen(served: Served, client: Client) -> Client:
    """The test's world, frozen at START."""
    served.app.worlds.put(client.world.name, "small", parse_iso(START))
    client.world.clock.reset(Setting(frozen_at=parse_iso(START)))
    return client


@pytest.fixture
def failing(frozen: Client, receiver: Receiver) -> Client:
    """A frozen world with one endpoint that fails every delivery."""
    receiver.answer = lambda hook: FAILING
    listen(frozen, receiver.url)
    return frozen


def walk(client: Client, **how: Any) -> Any:
    return client.control("POST", "clock/advance", how)


def refused(client: Client, **how: Any) -> Any:
    return client.post("/_mockmarket/clock/advance", how)


def tried(client: Client, id: str) -> list[Any]:
    """Return the seconds after START at which a delivery was tried."""
    attempts_made = delivery(client, id)["attempts_made"]
    return [(parse_iso(attempt["at"]) - parse_iso(START)) / 1000 for attempt in attempts_made]


def fired(walked: Any) -> list[Any]:
    """Return the portal's timers that a walk has fired."""
    return [timer for timer in walked["timers"] if timer["vendor"] == "portal"]


def upcoming(client: Client) -> list[Any]:
    """Return the portal's timers that are set."""
    return [timer for timer in client.control("GET", "clock")["timers"] if timer["vendor"] == "portal"]


def waiting(client: Client) -> Any:
    """Return the one delivery, once its first attempt has failed."""
    return (
        until(client.world, lambda: deliveries(client, state="pending") and deliveries(client)[0]["reason"])
        and (deliveries(client)[0])
    )


def set_timer(client: Client, name: str, seconds: float) -> None:
    with client.world.atomic() as tx:
        timers.set(tx, Timer("portal", name, "record-1", tx.now + round(seconds * 1000)))


# Retries


@pytest.mark.thorough
def test_retries_happen_at_their_seconds(failing: Client) -> None:
    buy(failing)
    row = waiting(failing)

    walk(failing, until="quiet")

    assert tried(failing, row["id"]) == [0, 1, 3, 7, 15, 31]


def test_walk_says_what_it_did(failing: Client) -> None:
    buy(failing)
    waiting(failing)

    done = walk(failing, seconds=3600)

    assert done == {
        "from": START,
        "now": "2026-03-01T13:00:00.000Z",
        "now_ms": parse_iso("2026-03-01T13:00:00Z"),
        "frozen": True,
        "attempts": 5,
        "timers": done["timers"],
        "complete": True,
        "left": 0,
    }


def test_partial_advance_leaves_the_rest(failing: Client) -> None:
    buy(failing)
    row = waiting(failing)

    done = walk(failing, seconds=7)

    assert tried(failing, row["id"]) == [0, 1, 3, 7]
    assert done["attempts"] == 3
    assert failing.control("GET", "clock")["next_delivery"] == "2026-03-01T12:00:15.000Z"


def test_moment_just_before_does_nothing(failing: Client) -> None:
    buy(failing)
    row = waiting(failing)

    walk(failing, seconds=0.999)

    assert tried(failing, row["id"]) == [0]


def test_advance_to_a_moment(failing: Client) -> None:
    buy(failing)
    row = waiting(failing)

    done = walk(failing, to="2026-03-01T20:00:03+08:00")

    assert tried(failing, row["id"]) == [0, 1, 3]
    assert done["now"] == "2026-03-01T12:00:03.000Z"


def test_quiet_stops_at_the_last(failing: Client) -> None:
    buy(failing)
    waiting(failing)

    done = walk(failing, until="quiet")

    assert done["now"] == "2026-03-01T12:00:31.000Z"


def test_quiet_world_stays_where_it_is(frozen: Client) -> None:
    done = walk(frozen, until="quiet")

    assert (done["now"], done["attempts"], done["complete"]) == (START, 0, True)


def test_steps_add_up_to_one_walk(failing: Client) -> None:
    buy(failing)
    row = waiting(failing)

    for _ in range(31):
        walk(failing, seconds=1)

    assert tried(failing, row["id"]) == [0, 1, 3, 7, 15, 31]


def test_seconds_may_be_fractions(frozen: Client) -> None:
    done = walk(frozen, seconds=0.25)

    assert done["now"] == "2026-03-01T12:00:00.250Z"


def test_two_deliveries_interleave_in_time(failing: Client) -> None:
    buy(failing)
    waiting(failing)
    walk(failing, seconds=2)
    buy(failing)
    until(failing.world, lambda: len([row for row in deliveries(failing) if row["reason"]]) == 2)

    walk(failing, until="quiet")

    read = failing.world.read()
    rows = read.conn.execute("SELECT at FROM attempt ORDER BY id").fetchall()
    moments = [(row[0] - parse_iso(START)) // 1000 for row in rows]
    assert moments == [0, 1, 2, 3, 3, 5, 7, 9, 15, 17, 31, 33]


def test_setting_spaces_the_retries(failing: Client) -> None:
    failing.control("PATCH", "settings", {"portal": {"retry_base_s": 60, "retries": 3}})
    buy(failing)
    row = waiting(failing)

    walk(failing, until="quiet")

    assert tried(failing, row["id"]) == [0, 60, 180, 420]


def test_retry_during_walk_may_succeed(failing: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (200, b"ok") if len(receiver.hooks) == 3 else FAILING
    buy(failing)
    row = waiting(failing)

    done = walk(failing, seconds=86_400)

    assert (done["attempts"], tried(failing, row["id"])) == (2, [0, 1, 3])
    assert delivery(failing, row["id"])["state"] == "delivered"


@pytest.mark.thorough
def test_thousand_deliveries_keep_due_order(frozen: Client) -> None:
    with hostile.receiver(hostile.answers(NO)) as bad:
        listen(frozen, bad.url)
        with frozen.world.engine:
            frozen.control("POST", "portal/trigger/order.confirmed", {"count": 1000})

        done = walk(frozen, until="quiet")

    read = frozen.world.read()
    rows = read.conn.execute("SELECT at, number FROM attempt ORDER BY id").fetchall()
    attempts = [((at - parse_iso(START)) // 1000, number) for at, number in rows]
    assert attempts == sorted(attempts)
    assert Counter(attempts) == dict.fromkeys([(0, 1), (1, 2), (3, 3), (7, 4), (15, 5), (31, 6)], 1000)
    assert done["attempts"] <= 6000
    assert len(bad.requests) == 6000


def test_attempts_of_a_moment_are_in_order(served: Served, frozen: Client) -> None:
    world = frozen.world
    with hostile.receiver(hostile.answers(NO)) as bad, world.engine:
        for _ in range(2):
            id = listen(frozen, bad.url)["id"]
            with world.store.atomic() as tx:  # which sends nothing
                endpoint = endpoints.get(tx, id)
                assert endpoint is not None
                for number in range(24):  # more than may be in flight, and of two a record one is blocked
                    notice = outbox.Notice("portal", "order.confirmed", tx.ids.uuid(), "order", f"{number // 2}", b"{}")
                    tx.batch = f"{id} {number // 2}"
                    outbox.address(tx, notice, endpoint, "trigger")  # a body as made by hand has any shape

        served.app.ticker.advance(world, "quiet")

    rows = world.read().conn.execute("SELECT at, delivery FROM attempt ORDER BY id").fetchall()
    assert len(rows) == 2 * 24 * 6
    assert rows == sorted(rows)


MINUTES = [0, 1, 6, 36, 156, 876, *(876 + day * 1440 for day in range(1, 7))]
TIMETABLES = {"portal": [0, 1_000, 3_000, 7_000, 15_000, 31_000], "zatabox": [minute * 60_000 for minute in MINUTES]}
"""By vendor the ms after its making at which a delivery that always fails is tried, by the vendors' documents."""


@pytest.mark.thorough
def test_month_in_one_advance_is_exact(served: Served, frozen: Client) -> None:
    world, rng, firsts = frozen.world, random.Random(7), {}
    with hostile.receiver(hostile.answers(NO)) as bad, world.engine:
        for vendor in TIMETABLES:
            type = next(notice.name for notice in world.vendors[vendor].webhooks.notices if notice.fires)
            with world.store.atomic() as tx:
                endpoint = Endpoint(f"{vendor}-bad", vendor, bad.url, "s" * 24, tx.now, tx.now)
                endpoints.put(tx, endpoint)
                for number in range(16):
                    notice = outbox.Notice(vendor, type, tx.ids.uuid(), "order", f"{number}", b"{}")
                    id = outbox.address(tx, notice, endpoint, "trigger")
                    firsts[id] = vendor, tx.now + rng.randrange(20 * DAY)
                    tx.conn.execute("UPDATE delivery SET due = ?, batch = NULL WHERE id = ?", (firsts[id][1], id))

        walked = served.app.ticker.advance(world, parse_iso(START) + 31 * DAY)

    rows = world.read().conn.execute("SELECT at, delivery FROM attempt ORDER BY id").fetchall()
    tried = {id: [at - start for at, delivery in rows if delivery == id] for id, (_, start) in firsts.items()}
    assert (walked.quiet, rows == sorted(rows)) == (True, True)
    assert tried == {id: TIMETABLES[vendor] for id, (vendor, _) in firsts.items()}


# Backwards, beyond, badly


def test_clock_never_goes_back(frozen: Client) -> None:
    answer = refused(frozen, to="2026-03-01T11:59:59Z")

    assert answer.status_code == 409
    assert answer.json()["error"]["message"] == (
        "The clock is at 2026-03-01T12:00:00.000Z and cannot go back to 2026-03-01T11:59:59.000Z."
    )


def test_advance_to_now_is_nothing(frozen: Client) -> None:
    assert walk(frozen, to=START)["now"] == START


@pytest.mark.parametrize("seconds", [252_000_000_000, 253_402_300_799])
def test_year_ten_thousand_is_refused(frozen: Client, seconds: int) -> None:
    answer = refused(frozen, seconds=seconds)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "The clock cannot go beyond the year 9999."
    assert frozen.control("GET", "clock")["now"] == START


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"seconds": 1, "until": "quiet"}, "body"),
        ({"seconds": -1}, "seconds"),
        ({"seconds": "soon"}, "seconds"),
        ({"seconds": 1e300}, "seconds"),
        ({"until": "noon"}, "until"),
    ],
)
def test_bad_advance_is_explained(frozen: Client, body: dict[str, Any], field: str) -> None:
    answer = refused(frozen, **body)

    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]


def test_bad_date_is_explained(frozen: Client) -> None:
    answer = refused(frozen, to="tomorrow")

    assert answer.status_code == 400
    assert "tomorrow" in answer.json()["error"]["message"]


# Frozen and running


def test_frozen_world_sends_first_attempts(frozen: Client, receiver: Receiver) -> None:
    listen(frozen, receiver.url)

    buy(frozen)

    assert settled(frozen)[0]["attempts"] == 1


def test_frozen_world_makes_no_retry(failing: Client, receiver: Receiver) -> None:
    buy(failing)
    waiter = waiting(failing)
    failing.world.wake(failing.world)
    listen(failing, f"{receiver.url}/later", types=["order.accepted"])
    failing.control("POST", "portal/trigger/order.accepted", {})

    until(failing.world, lambda: len([row for row in deliveries(failing) if row["reason"]]) == 3)

    assert tried(failing, waiter["id"]) == [0]


@pytest.mark.thorough
def test_running_world_retries_by_itself(client: Client, receiver: Receiver) -> None:
    client.control("PATCH", "settings", {"portal": {"retry_base_s": 0.02}})
    receiver.answer = lambda hook: FAILING
    listen(client, receiver.url)
    buy(client)

    [failed] = settled(client, state="failed")

    moments = [parse_iso(attempt["at"]) for attempt in delivery(client, failed["id"])["attempts_made"]]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert all(gap >= least for gap, least in zip(gaps, [20, 40, 80, 160, 320], strict=True))


@pytest.mark.thorough
def test_unfrozen_world_goes_on_retrying(failing: Client, receiver: Receiver) -> None:
    failing.control("PATCH", "settings", {"portal": {"retry_base_s": 0.02}})
    buy(failing)
    waiting(failing)

    failing.control("PUT", "clock", {"frozen": False})

    assert len(settled(failing, state="failed")) == 1


def test_freeze_and_run_keep_the_moment(client: Client) -> None:
    before = client.control("GET", "clock")["now_ms"]
    stood = client.control("PUT", "clock", {"frozen": True})["now_ms"]
    walk(client, seconds=86_400)
    ran = client.control("PUT", "clock", {"frozen": False})["now_ms"]

    assert before <= stood <= before + 10_000
    assert stood + 86_400_000 <= ran <= stood + 86_400_000 + 10_000


def test_frozen_clock_stands_still(frozen: Client) -> None:
    frozen.get("/api/v1/events")

    assert [frozen.control("GET", "clock")["now"] for _ in range(3)] == [START] * 3


def test_running_clock_runs_on_after_advance(client: Client) -> None:
    done = walk(client, seconds=3600)

    after = client.control("GET", "clock")
    assert (done["frozen"], after["frozen"]) == (False, False)
    assert done["now_ms"] <= after["now_ms"] <= done["now_ms"] + 10_000


def test_advance_waits_for_what_flies(frozen: Client, receiver: Receiver) -> None:
    gate = threading.Event()
    receiver.answer = lambda hook: FAILING if gate.wait(10) else (200, b"late")
    listen(frozen, receiver.url)
    buy(frozen)
    receiver.wait(1)
    walking = threading.Thread(target=walk, args=(frozen,), kwargs={"seconds": 1})
    walking.start()

    gate.set()
    walking.join()

    [row] = deliveries(frozen)
    assert tried(frozen, row["id"]) == [0, 1]


# Timers


def test_timer_fires_at_its_moment(frozen: Client) -> None:
    set_timer(frozen, "hold_lapses", 90)

    done = walk(frozen, seconds=600)

    assert fired(done) == [
        {"timer": "hold_lapses", "vendor": "portal", "record": "record-1", "at": "2026-03-01T12:01:30.000Z"}
    ]
    assert upcoming(frozen) == []


def test_clock_lists_what_will_fire(frozen: Client) -> None:
    set_timer(frozen, "second", 90)
    set_timer(frozen, "first", 30)

    listed = upcoming(frozen)

    assert [(entry["timer"], entry["due"]) for entry in listed] == [
        ("first", "2026-03-01T12:00:30.000Z"),
        ("second", "2026-03-01T12:01:30.000Z"),
    ]


def test_timer_set_again_is_moved(frozen: Client) -> None:
    set_timer(frozen, "hold_lapses", 30)
    set_timer(frozen, "hold_lapses", 90)

    done = walk(frozen, until="quiet")

    assert [entry["at"] for entry in fired(done)] == ["2026-03-01T12:01:30.000Z"]


def test_stopped_timer_never_fires(frozen: Client) -> None:
    set_timer(frozen, "hold_lapses", 30)
    with frozen.world.atomic() as tx:
        timers.stop(tx, "portal", "hold_lapses", "record-1")

    assert fired(walk(frozen, until="quiet")) == []


def test_timer_of_running_world_fires_itself(client: Client) -> None:
    set_timer(client, "hold_lapses", 0.05)

    until(client.world, lambda: upcoming(client) == [])


def test_timer_acts_at_its_moment() -> None:
    moments = []

    def lapse(tx: Tx, timer: Timer) -> None:
        moments.append(iso_ms(tx.now))
        if len(moments) < 4:
            timers.set(tx, replace(timer, due=tx.now + 60_000))

    vendor = replace(VENDOR, world=replace(VENDOR.world, timer_fired=lapse))
    with serving(Config(fixture=FIXTURE, now=parse_iso(START)), [vendor]) as served:
        client = talking_to(served)
        client.world.clock.reset(Setting(frozen_at=parse_iso(START)))
        set_timer(client, "again", 60)

        walk(client, seconds=3600)

        assert moments == [f"2026-03-01T12:0{minute}:00.000Z" for minute in (1, 2, 3, 4)]


def test_timers_and_retries_share_one_order(failing: Client) -> None:
    buy(failing)
    waiting(failing)
    set_timer(failing, "hold_lapses", 3)

    done = walk(failing, seconds=3)

    assert (len(fired(done)), done["attempts"]) == (1, 2)


# Bounds, and several at once


def test_walk_at_its_bound_is_incomplete(receiver: Receiver) -> None:
    receiver.answer = lambda hook: FAILING
    with serving(Config(fixture=FIXTURE, limits=Limits(advance_steps=3))) as served:
        client = talking_to(served)
        client.control("PUT", "clock", {"frozen": True})
        listen(client, receiver.url)
        buy(client)
        waiting(client)

        first = walk(client, until="quiet")
        second = walk(client, until="quiet")

        assert (first["attempts"], first["complete"]) == (3, False)
        assert (second["attempts"], second["complete"]) == (2, True)


def trigger(client: Client) -> None:
    """Trigger a notice by a control call."""
    client.control("POST", "portal/trigger/order.confirmed", {})


@pytest.mark.parametrize("cause", [buy, trigger])
def test_what_others_do_meanwhile_does_not_keep_the_walk_going(
    receiver: Receiver, cause: Callable[[Client], object]
) -> None:
    with serving(Config(fixture=FIXTURE, limits=Limits(advance_newcomers=5))) as served:
        client = talking_to(served)
        client.control("PUT", "clock", {"frozen": True})
        receiver.answer = lambda hook: (cause(client), FAILING)[1]
        listen(client, receiver.url)
        buy(client)
        waiting(client)

        walked = walk(client, seconds=86_400)

        assert (walked["complete"], walked["left"] > 0, walked["attempts"] < 100) == (False, True, True)


def test_endless_timers_end_the_walk() -> None:
    def again(tx: Tx, timer: Timer) -> None:
        timers.set(tx, replace(timer, due=tx.now + 1000))

    vendor = replace(VENDOR, world=replace(VENDOR.world, timer_fired=again))
    with serving(Config(fixture=FIXTURE, limits=Limits(advance_steps=50)), [vendor]) as served:
        client = talking_to(served)
        client.control("PUT", "clock", {"frozen": True})
        set_timer(client, "again", 1)

        done = walk(client, until="quiet")

        assert (len(fired(done)), done["complete"]) == (50, False)


def test_incomplete_walk_stops_short(receiver: Receiver) -> None:
    receiver.answer = lambda hook: FAILING
    with serving(Config(fixture=FIXTURE, limits=Limits(advance_steps=3))) as served:
        client = talking_to(served)
        client.control("PUT", "clock", {"frozen": True})
        listen(client, receiver.url)
        buy(client)
        row = waiting(client)
        last = walk(client, seconds=86_400)

        assert last["now"] == delivery(client, row["id"])["attempts_made"][-1]["at"]


@pytest.mark.thorough
def test_two_advances_add_up(failing: Client) -> None:
    for _ in range(3):
        buy(failing)
    until(failing.world, lambda: len([row for row in deliveries(failing) if row["reason"]]) == 3)
    walks = [threading.Thread(target=walk, args=(talking_to_same(failing),), kwargs={"seconds": 20}) for _ in range(4)]

    for thread in walks:
        thread.start()
    for thread in walks:
        thread.join()

    assert failing.control("GET", "clock")["now"] == "2026-03-01T12:01:20.000Z"
    assert {tuple(tried(failing, row["id"])) for row in deliveries(failing)} == {(0, 1, 3, 7, 15, 31)}


def talking_to_same(client: Client) -> Client:
    """Return another client of the same world, with connections of its own."""
    twin = type(client)(client.base.partition("/w/")[0], client.world)
    twin.key = client.key
    return twin


def test_order_during_walk_is_delivered(failing: Client, receiver: Receiver) -> None:
    gate = threading.Event()
    receiver.answer = lambda hook: FAILING if len(receiver.hooks) != 2 or gate.wait(10) else (200, b"late")
    first = buy(failing)
    waiting(failing)
    walking = threading.Thread(target=walk, args=(talking_to_same(failing),), kwargs={"seconds": 60})
    walking.start()
    receiver.wait(2)

    second = buy(failing)
    gate.set()
    walking.join()

    assert {row["record"]: row["attempts"] for row in deliveries(failing)} == {
        first["orderId"]: 6,
        second["orderId"]: 6,
    }


def test_other_worlds_keep_their_time(served: Served, frozen: Client) -> None:
    world, _ = served.app.worlds.put(f"{frozen.world.name}-other", "small")
    before = wall_ms() - world.clock.now()

    walk(frozen, seconds=86_400)

    assert abs(wall_ms() - world.clock.now() - before) < 10_000
    served.app.worlds.drop(world.name)


# What is kept, and what is stamped


@pytest.mark.thorough
def test_frozen_clock_survives_restart(tmp_path: Path) -> None:
    config = Config(fixture=FIXTURE, data=tmp_path)
    with serving(config) as served:
        client = talking_to(served)
        client.control("PUT", "clock", {"frozen": True})
        stood = walk(client, seconds=86_400)["now"]

    with serving(config) as served:
        after = talking_to(served).control("GET", "clock")

    assert (after["now"], after["frozen"]) == (stood, True)


def test_running_clock_survives_restart(tmp_path: Path) -> None:
    config = Config(fixture=FIXTURE, data=tmp_path)
    with serving(config) as served:
        moved = walk(talking_to(served), seconds=86_400)["now_ms"]

    with serving(config) as served:
        after = talking_to(served).control("GET", "clock")

    assert after["frozen"] is False
    assert moved <= after["now_ms"] <= moved + 20_000


@pytest.mark.thorough
def test_waiting_retry_survives_restart(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answer = lambda hook: FAILING
    config = Config(fixture=FIXTURE, data=tmp_path)
    with serving(config) as served:
        client = talking_to(served)
        client.control("PUT", "clock", {"frozen": True})
        listen(client, receiver.url)
        buy(client)
        before = waiting(client)

    with serving(config) as served:
        client = talking_to(served)
        walk(client, until="quiet")

        after = delivery(client, before["id"])
        assert (after["state"], after["attempts"]) == ("failed", 6)


def test_signature_has_the_wall_time(failing: Client, receiver: Receiver) -> None:
    buy(failing)
    waiting(failing)
    walk(failing, seconds=1)

    stamps = [int(hook.header("X-Webhook-Timestamp") or 0) for hook in receiver.wait(2)]

    assert all(abs(stamp - datetime.now(UTC).timestamp()) < 60 for stamp in stamps)


def test_signature_may_have_the_worlds_time(frozen: Client, receiver: Receiver) -> None:
    frozen.control("PATCH", "settings", {"core": {"signature_time": "world"}})
    receiver.answer = lambda hook: FAILING
    endpoint = listen(frozen, receiver.url)
    buy(frozen)
    waiting(frozen)
    walk(frozen, seconds=1)

    hooks = receiver.wait(2)

    stamps = [int(hook.header("X-Webhook-Timestamp") or 0) for hook in hooks]
    assert stamps == [parse_iso(START) // 1000, parse_iso(START) // 1000 + 1]
    assert all(verifies(hook, endpoint["secret"]) for hook in hooks)


def test_log_has_both_times(failing: Client) -> None:
    buy(failing)
    row = waiting(failing)
    walk(failing, until="quiet")

    last = delivery(failing, row["id"])["attempts_made"][-1]

    assert last["at"] == "2026-03-01T12:00:31.000Z"
    assert abs(datetime.fromisoformat(last["wall_at"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_walk_without_time_does_nothing(served: Served, failing: Client) -> None:
    buy(failing)

    walked = served.app.ticker.advance(failing.world, "quiet", 0.0)

    assert (walked.steps, walked.quiet) == (0, False)


def test_walk_until_delivered_leaves_later_timers(failing: Client) -> None:
    with failing.world.store.atomic() as tx:
        timers.set(tx, timers.Timer("portal", "much_later", "x", tx.now + DAY))
    buy(failing)
    [only] = deliveries(failing)

    walked = walk(failing, until="delivered")

    assert walked["now"] == "2026-03-01T12:00:31.000Z"
    assert (walked["timers"], walked["complete"]) == ([], True)
    assert delivery(failing, only["id"])["state"] == "failed"
