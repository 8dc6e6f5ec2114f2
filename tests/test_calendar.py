"""The ends of the calendar: no time that is computed leaves it, and a world whose clock stands there breaks no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import DAY, LATEST, SECOND, Clock, Setting, iso_ms, iso_s, later, parse_iso, to_local, wall_ms
from mockmarket.config import Config
from mockmarket.dashboard.site import PAGES
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.running import FIXTURE, buy, deliveries, listen, serving, settled, talking_to, until

END = "9999-12-31T23:59:59.000Z"
BEYOND = Setting(offset=LATEST + DAY - wall_ms())
"""A clock that runs, and has run past the end of the year 9999."""
LOOKS = (
    "worlds",
    "worlds/{world}",
    "clock",
    "deliveries",
    "notices",
    "endpoints",
    "keys",
    "health",
    "settings",
    "requests",
)
"""The control plane's lists, and what it says of one world."""


def looks(client: Client) -> dict[str, int]:
    """Return how each of the control plane's lists answers."""
    paths = [path.format(world=client.world.name) for path in LOOKS]
    return {path: client.get(f"/_mockmarket/{path}").status_code for path in paths}


def ended(client: Client, receiver: Receiver, **settings: Any) -> None:
    """Have a delivery of a world fail ten seconds before the end of the calendar, its clock standing still."""
    client.control("PUT", "clock", {"frozen": True})
    client.control("PATCH", "settings", {"portal": settings})
    client.control("POST", "clock/advance", {"to": "9999-12-31T23:59:50Z"})
    receiver.answer = lambda hook: (500, b"no")
    listen(client, receiver.url)
    client.control("POST", "portal/trigger/order.confirmed", {})
    until(client.world, lambda: deliveries(client)[0]["reason"])


# Moments


@pytest.mark.parametrize("ms", [0, 1, 10**18, 10**400])
def test_nothing_is_later_than_the_end(ms: int) -> None:
    assert later(LATEST, ms) == LATEST


def test_later_counts_from_its_moment() -> None:
    assert later(5, 7) == 12


def test_running_clock_stops_at_the_end() -> None:
    assert iso_ms(Clock(BEYOND).now()) == END


@pytest.mark.parametrize(("moment", "written"), [(10**18, "9999-12-31T23:59:59Z"), (-(10**18), "0001-01-01T00:00:00Z")])
def test_nearest_moment_is_written(moment: int, written: str) -> None:
    assert iso_s(moment) == written


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Asia/Manila", "UTC", "Pacific/Pago_Pago"])
def test_every_zone_has_the_ends(zone: str) -> None:
    years = [to_local(moment, zone).year for moment in (LATEST, -(10**18))]

    assert years == [9999, 1]


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59.001Z", "9999-12-31T23:59:59.999999+00:00", "9999-12-31T23:59:59Z"]
)
def test_last_second_is_read_as_one(text: str) -> None:
    assert parse_iso(text) == LATEST


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01"])
def test_moment_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        parse_iso(text)


# Worlds


@pytest.mark.parametrize("setting", [BEYOND, Setting(frozen_at=LATEST)], ids=["running", "frozen"])
def test_world_at_the_end_breaks_no_list(client: Client, served: Served, setting: Setting) -> None:
    client.world.clock.reset(setting)

    assert set(looks(client).values()) == {200}
    assert set(looks(talking_to(served)).values()) == {200}


@pytest.mark.thorough
@pytest.mark.parametrize("page", [page.name for page in PAGES])
def test_every_page_shows_the_end(client: Client, page: str) -> None:
    client.world.clock.reset(BEYOND)

    answer = client.call("GET", f"/_mockmarket/ui/{page}", headers={"Accept": "text/html"})

    assert answer.status_code == 200


def test_retries_beyond_the_end_come_with_it(client: Client, receiver: Receiver) -> None:
    ended(client, receiver)

    walked = client.control("POST", "clock/advance", {"until": "quiet"})

    (row,) = deliveries(client)
    tried = [attempt["at"] for attempt in client.control("GET", f"deliveries/{row['id']}")["attempts_made"]]
    assert (walked["now"], walked["complete"], row["state"]) == (END, True, "failed")
    assert tried == [f"9999-12-31T23:59:{second}.000Z" for second in ("50", "51", "53", "57", "59", "59")]
    assert set(looks(client).values()) == {200}


@pytest.mark.thorough
def test_gaps_may_grow_beyond_any_number(client: Client, receiver: Receiver) -> None:
    client.control("PUT", "clock", {"frozen": True})
    client.control("PATCH", "settings", {"portal": {"retries": 100, "retry_base_s": 1e300}})
    receiver.answer = lambda hook: (500, b"no")
    listen(client, receiver.url)
    client.control("POST", "portal/trigger/order.confirmed", {})

    client.control("POST", "clock/advance", {"until": "quiet"})

    (row,) = settled(client, state="failed")
    assert (row["attempts"], client.control("GET", "clock")["now"]) == (101, END)


@pytest.mark.thorough
def test_retry_beyond_the_end_survives_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    config = Config(fixture=FIXTURE, data=tmp_path)
    with serving(config) as served:
        client = talking_to(served)
        client.control("PUT", "worlds/other", {})
        ended(client, receiver, retry_base_s=60)

    with serving(config) as served:
        client = talking_to(served)
        assert client.control("GET", "clock")["next_delivery"] == END
        assert set(looks(client).values()) == {200}
        assert set(looks(talking_to(served, "other")).values()) == {200}


def test_clock_beyond_the_end_survives_a_restart(tmp_path: Path) -> None:
    config = Config(fixture=FIXTURE, data=tmp_path)
    with serving(config) as served:
        main = served.app.worlds.get("main")
        main.clock.reset(BEYOND)
        main.store.keep_clock()

    with serving(config) as served:
        client = talking_to(served)
        assert client.control("GET", "clock")["now"] == END
        assert set(looks(client).values()) == {200}


@pytest.mark.parametrize("setting", [BEYOND, Setting(frozen_at=LATEST)], ids=["running", "frozen"])
def test_state_at_the_end_is_taken_in(client: Client, setting: Setting) -> None:
    client.world.clock.reset(setting)
    client.world.store.keep_clock()
    state = client.get("/_mockmarket/state").content

    answer = client.call("PUT", "/_mockmarket/state", data=state, headers={"Content-Type": "application/vnd.sqlite3"})

    assert (answer.status_code, client.control("GET", "clock")["now"]) == (200, END)


def test_event_may_begin_with_the_end(client: Client) -> None:
    moved = client.control("POST", "core/actions/move_event", {"event": "1001", "to": END})

    assert (moved["starts_at"], moved["ends_at"]) == (END, END)
    assert buy(client)["eventId"] == "1001"


def test_put_off_delivery_comes_with_the_end(client: Client, receiver: Receiver) -> None:
    client.control("PUT", "clock", {"frozen": True})
    client.control("POST", "clock/advance", {"to": "9999-12-31T23:59:50Z"})
    client.control("POST", "faults", {"fault": "delay", "with": {"seconds": 3600}})
    listen(client, receiver.url)
    client.control("POST", "portal/trigger/order.confirmed", {})

    walked = client.control("POST", "clock/advance", {"until": "quiet"})

    assert (walked["now"], len(receiver.wait(1))) == (END, 1)


# Starts


@pytest.mark.parametrize("now", ["1969-12-31T23:59:59Z", "0001-01-01", "0001-01-01T00:00:00+14:00"])
def test_world_begins_no_earlier_than_1970(client: Client, now: str) -> None:
    answer = client.put(f"/_mockmarket/worlds/{client.world.name}", {"now": now})

    assert answer.status_code == 400
    assert "year" in answer.json()["error"]["message"]


def test_fixture_without_room_is_refused(client: Client) -> None:
    answer = client.put(f"/_mockmarket/worlds/{client.world.name}", {"now": iso_ms(LATEST - SECOND)})

    assert (answer.status_code, "outside the years 1970 to 9999" in answer.text) == (400, True)


@pytest.mark.parametrize("value", ["1e999", "-1e999"])
def test_setting_that_is_no_number_is_refused(client: Client, value: str) -> None:
    body = f'{{"portal": {{"retry_base_s": {value}}}}}'

    answer = client.call("PATCH", "/_mockmarket/settings", data=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
