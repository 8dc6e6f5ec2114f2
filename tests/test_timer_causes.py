"""A timer that changes the world is the cause of it in every history, with the records before and after, within a bound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from mockmarket.config import Limits
from mockmarket.dashboard.filtering import Query
from mockmarket.dashboard.timeline import Item, story_of
from mockmarket.matching.redaction import Hidden
from mockmarket.store import timers
from mockmarket.worlds.effects import NO_EFFECTS, ByHand
from mockmarket.worlds.journal import MOST_DEEDS, Journal, entry_of_deed
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import FLOOR
from tests.scenarios import run_scenario
from tests.vendors import skybox_office, tixstock, zatabox

UI = "/_mockmarket/ui"
LAPSING: dict[str, tuple[Callable[[Client], str], str, str]] = {
    "zatabox": (lambda client: str(zatabox.opened(client).order()["id"]), "order", "order lapses"),
    "tixstock": (lambda client: tixstock.opened(client).hold(2), "hold", "hold lapses"),
    "skybox": (lambda client: str(held(skybox_office.office(client))), "hold", "hold expires"),
}
"""By vendor what makes a record that lapses and returns its id, its kind, and the words of its timer."""


def held(desk: skybox_office.Office) -> int:
    """Hold tickets; returns the hold's id."""
    return int(desk.hold(desk.bought())["id"])


@pytest.fixture(params=LAPSING)
def vendor(request: pytest.FixtureRequest) -> str:
    """Name a vendor with timers."""
    return str(request.param)


@pytest.fixture
def fixture(vendor: str) -> str:
    """Name the vendor's fixture."""
    return str(Path(__file__).with_name("vendors") / f"{vendor}.yaml")


def lapsed(client: Client, vendor: str) -> SimpleNamespace:
    """Let a vendor's record lapse; returns its kind, id, and the words of its timer."""
    make, kind, words = LAPSING[vendor]
    client.control("PUT", "clock", {"frozen": True})
    id = make(client)
    client.control("POST", "clock/advance", {"seconds": 2 * 86_400})
    return SimpleNamespace(kind=kind, id=id, words=words)


def timer_of(client: Client, record: str) -> Item:
    """Return the entry of a record's timer in the timeline."""
    (timer,) = story_of(client.world, Query(kind="timer", record=record)).items
    return timer


def test_record_names_the_timer_that_changed_it(client: Client, vendor: str) -> None:
    record = lapsed(client, vendor)

    page = client.get(f"{UI}/stock/record/{vendor}/{record.kind}/{record.id}").text

    assert f"timer: {record.words}" in page
    assert "path differs" in page or "paths differ" in page


def test_timeline_has_the_timer_with_its_effects(client: Client, vendor: str) -> None:
    record = lapsed(client, vendor)

    timer = timer_of(client, record.id)
    page, chain = [client.get(f"{UI}/timeline{path}").text for path in ("?kind=timer", f"/chain/{timer.chain}")]

    assert (timer.kind, timer.title) == ("timer", f"timer: {record.words}, {record.id}")
    assert "change" in {effect.kind for effect in timer.inside}
    assert f"timer: {record.words}" in page
    assert f"Timer: {record.words}" in chain
    assert "Stock:" in chain


@pytest.mark.parametrize("vendor", ["zatabox"])
def test_notice_of_a_timer_is_in_its_chain(client: Client, receiver: Receiver) -> None:
    box = zatabox.opened(client)
    box.listen(receiver, "order.cancelled")
    order = box.order()["id"]

    box.advance(until="quiet")

    timer = timer_of(client, order)
    (delivery,) = [item for item in story_of(client.world).items if item.kind == "delivery"]
    assert [effect.kind for effect in timer.inside] == ["change", "notice"]
    assert (delivery.title, delivery.chain) == ("order.cancelled", timer.chain)


@pytest.mark.parametrize("vendor", ["zatabox"])
def test_order_is_placed_by_a_request_and_ended_by_a_timer(client: Client, vendor: str) -> None:
    order = lapsed(client, vendor)

    page = client.get(f"{UI}/orders/{vendor}/id/{order.id}").text

    history = page[page.index("History") :]
    assert history.index("POST /zatabox/api/v1/orders") < history.index("timer: order lapses")


@pytest.mark.parametrize("vendor", ["zatabox"])
def test_timer_that_changes_nothing_is_no_entry(client: Client, vendor: str) -> None:
    with client.world.atomic() as tx:
        timers.set(tx, timers.Timer(vendor, "order_lapses", "no-such-order", tx.now))

    client.control("POST", "clock/advance", {"seconds": 1})

    assert client.world.journal.timers.all() == []


def test_timers_are_kept_within_number_and_bytes() -> None:
    many, large = Journal(Limits()), Journal(Limits(journal_bytes=80_000))
    effects = NO_EFFECTS.and_then({("acme", "note", "1"): "stored"}, [], {("acme", "note", "1"): ("a" * 2_000, None)})

    for _ in range(MOST_DEEDS + 1):
        many.timers.add(entry_of_deed("timer", "/lapses/1", "acme", 0, 100, Hidden), ByHand("main"))
        large.timers.add(entry_of_deed("timer", "/lapses/1", "acme", 0, 100, Hidden), ByHand("main", effects=effects))

    assert (len(many.timers.all()), many.timers.all()[0][0].id) == (MOST_DEEDS, "t000002")
    assert sum(entry.size for entry, _ in large.timers.all()) in range(5_000, 10_001)


# A step of a scenario


@pytest.mark.parametrize("vendor", ["zatabox"])
def test_step_of_a_scenario_is_named(client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    run_scenario(
        client,
        [
            {"call": {"vendor": "portal", "path": "/orders", "body": FLOOR}},
            {"action": {"vendor": "portal", "name": "buy", "fields": FLOOR}},
        ],
    )

    _, request, action = story_of(client.world).items

    assert (request.kind, request.detail) == ("request", "scenario own, step 1")
    assert (action.kind, action.title) == ("hand", "scenario own, step 2: buy (control route)")
