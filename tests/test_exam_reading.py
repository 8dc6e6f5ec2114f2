"""The exam's cases about the vendor's API: records read back, a slow API, and changes that only polling finds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mockmarket.vendors.skybox.rules.notifications import EXAMINED
from tests.conftest import Client
from tests.receiver import PATIENCE_S, Hook, Receiver
from tests.test_exam import SECRET, held, receiver as sample
from tests.vendors.skybox_office import Office, office
from tests.vendors.test_skybox_shared import tix_hold

ACCEPTED = 200, b""
SHORT_S = 1.5  # of a notice that is answered at once, or never


@pytest.fixture
def desk(client: Client) -> Office:
    """Return a broker's desk, whose receivers have time enough to acknowledge."""
    own = office(client)
    own.set(deadline_s=PATIENCE_S)
    return own


def read_back(desk: Office, hook: Hook) -> None:
    """Read the record that a notice is about."""
    notice = hook.json
    desk.call("GET", f"/{PATHS[notice['topic']]}/{notice['id']}")


PATHS = {"INVENTORY": "inventory", "PURCHASE": "purchases", "INVOICE": "invoices", "LINE": "lines", "HOLD": "holds"}


def examined(desk: Office, url: str, case: str, **options: Any) -> dict[str, Any]:
    """Return the exam's verdict on one case."""
    return held(desk.client, "skybox", url, only=[case], **options)[case]


def synchronous(desk: Office) -> Callable[[Hook], tuple[int, bytes]]:
    """Return what reads each record back before it acknowledges."""

    def answer(hook: Hook) -> tuple[int, bytes]:
        read_back(desk, hook)
        return ACCEPTED

    return answer


@contextmanager
def working(desk: Office) -> Iterator[Callable[[Hook], tuple[int, bytes]]]:
    """Give what acknowledges at once, and reads each record back in a thread."""
    threads: list[threading.Thread] = []

    def answer(hook: Hook) -> tuple[int, bytes]:
        threads.append(threading.Thread(target=read_back, args=(desk, hook)))
        threads[-1].start()
        return ACCEPTED

    yield answer
    for thread in threads:
        thread.join()


@contextmanager
def polling(work: Callable[[], object]) -> Iterator[None]:
    """Do something again and again, in a thread."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(0.02):
            work()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def one_of_each(desk: Office) -> None:
    """Let the world have a record of every topic."""
    desk.hold(desk.inventory())
    desk.sell(desk.bought(low=31, high=34)["ticketIds"])


# Notices out of order


def test_newer_update_comes_first(desk: Office, receiver: Receiver) -> None:
    desk.get("/account")

    case = examined(desk, receiver.url, "reordered")

    newer, older = (hook.json for hook in receiver.hooks[-2:])
    price = desk.get(f"/inventory/{newer['id']}")["listPrice"]
    assert newer["inventory"] == {"listPrice": price}
    assert newer["previous"] == older["inventory"] == {"listPrice": price + 1}
    assert (case["verdict"], newer["action"], older["action"]) == ("fail", "UPDATED", "UPDATED")
    assert "did not read the record back" in case["seen"]


def test_reading_back_passes(desk: Office, receiver: Receiver) -> None:
    receiver.answer = synchronous(desk)

    case = examined(desk, receiver.url, "reordered")

    assert (case["verdict"], case["seen"]) == ("pass", "It read the record back after the second.")


def test_reading_by_a_search_passes(desk: Office, receiver: Receiver) -> None:
    def answer(hook: Hook) -> tuple[int, bytes]:
        desk.get("/inventory", inventoryId=hook.json["id"])
        return ACCEPTED

    receiver.answer = answer

    assert examined(desk, receiver.url, "reordered")["verdict"] == "pass"


def test_reading_another_record_fails(desk: Office, receiver: Receiver) -> None:
    def answer(hook: Hook) -> tuple[int, bytes]:
        desk.get("/account")
        return ACCEPTED

    receiver.answer = answer

    assert examined(desk, receiver.url, "reordered")["verdict"] == "fail"


def test_without_reads_or_state_nothing_is_seen(desk: Office, receiver: Receiver) -> None:
    case = examined(desk, receiver.url, "reordered")

    assert (case["verdict"], "nothing reads SkyBox's API" in case["seen"]) == ("skipped", True)


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "verdict"), [("skybox_correct.py", "pass"), ("skybox_last_wins.py", "fail")])
def test_state_shows_which_update_stays(desk: Office, name: str, verdict: str) -> None:
    with sample(name) as url:
        case = examined(desk, url, "reordered", state_url=url)

    assert case["verdict"] == verdict
    assert verdict == "pass" or "read the record back" in case["likely_bug"]


@pytest.mark.parametrize("topic", PATHS)
def test_every_topic_can_be_reordered(desk: Office, receiver: Receiver, topic: str) -> None:
    receiver.answer = synchronous(desk)
    one_of_each(desk)

    case = examined(desk, receiver.url, "reordered", notice=topic)

    assert [hook.json["topic"] for hook in receiver.hooks] == [topic] * 3
    assert case["verdict"] == "pass"


# A notice that must be acknowledged before the API has answered


@pytest.mark.thorough
def test_reading_before_acknowledging_is_too_late(desk: Office, receiver: Receiver) -> None:
    desk.set(deadline_s=SHORT_S)
    read_first = synchronous(desk)
    receiver.answer = lambda hook: read_first(hook) if hook.json["action"] == "UPDATED" else ACCEPTED

    case = examined(desk, receiver.url, "slow_api")

    assert case["verdict"] == "fail"
    assert "acknowledge first" in case["likely_bug"]
    assert desk.client.control("GET", "faults")["faults"] == []


@pytest.mark.thorough
def test_reading_after_acknowledging_is_in_time(desk: Office, receiver: Receiver) -> None:
    desk.set(deadline_s=SHORT_S)

    with working(desk) as answer:
        receiver.answer = answer
        case = examined(desk, receiver.url, "slow_api", settle_s=5)

    assert case["verdict"] == "pass"


def test_slow_api_shows_nothing_of_who_reads_nothing(desk: Office, receiver: Receiver) -> None:
    desk.set(deadline_s=SHORT_S)

    case = examined(desk, receiver.url, "slow_api")

    assert (case["verdict"], "read nothing" in case["seen"]) == ("skipped", True)


@pytest.mark.thorough
def test_acknowledging_after_the_second_fails(desk: Office, receiver: Receiver) -> None:
    def answer(hook: Hook) -> tuple[int, bytes]:
        receiver.gate.wait(5)
        return ACCEPTED

    desk.set(deadline_s=SHORT_S)
    receiver.answer = answer

    good = examined(desk, receiver.url, "good")
    receiver.gate.set()

    assert (good["verdict"], good["exchanges"][0]["answer"]["error"]) == ("fail", "timeout")
    assert "acknowledge first" in good["likely_bug"]


# A change without a notice


def test_a_poll_finds_what_no_notice_said(desk: Office, receiver: Receiver) -> None:
    with polling(lambda: desk.get("/inventory", limit=100)):
        case = examined(desk, receiver.url, "missed", poll_s=10)

    assert (case["verdict"], case["seen"]) == ("pass", "It found the change.")


def test_who_never_polls_misses_the_change(desk: Office, receiver: Receiver) -> None:
    desk.call("POST", "/webhooks", {"topic": "INVENTORY", "url": receiver.url, "headers": "A: b", "secret": SECRET})

    case = examined(desk, receiver.url, "missed", poll_s=0.3)

    assert (case["verdict"], "within 0.3 s" in case["seen"]) == ("fail", True)
    assert [hook.json["action"] for hook in receiver.hooks] == ["CREATED"]  # the good notice alone
    assert desk.client.control("GET", "faults")["faults"] == []


@pytest.mark.parametrize("topic", PATHS)
def test_a_record_of_every_topic_can_change(desk: Office, receiver: Receiver, topic: str) -> None:
    one_of_each(desk)

    before = values_of(desk, topic)

    examined(desk, receiver.url, "missed", poll_s=0.01, notice=topic)

    after = values_of(desk, topic)
    changed = {id: value for id, value in after.items() if value != before[id]}
    assert len(changed) == 1
    assert all(value == "Change 1" or float(value) == float(before[id]) + 1 for id, value in changed.items())


def values_of(desk: Office, topic: str) -> dict[int, str]:
    """Return the value that the exam changes of each record of a topic."""
    page = desk.client.control("GET", f"records/skybox/{topic.lower()}?limit=200")
    return {record["id"]: str(record[EXAMINED[topic]]) for record in page["records"]}


def test_nothing_is_changed_unless_it_polls(desk: Office, receiver: Receiver) -> None:
    before = desk.get("/inventory", limit=1, sortedBy="id", sortDir="DESC")["rows"]

    case = examined(desk, receiver.url, "missed")

    assert (case["verdict"], "poll_s" in case["seen"]) == ("skipped", True)
    assert desk.get("/inventory", limit=1, sortedBy="id", sortDir="DESC")["rows"] == before


def test_a_record_that_cannot_change_is_skipped(desk: Office, receiver: Receiver) -> None:
    tix_hold(desk, 2)  # which changes at Tixstock alone

    case = examined(desk, receiver.url, "missed", poll_s=0.01, notice="HOLD")

    assert (case["verdict"], "could not be changed" in case["seen"]) == ("skipped", True)
