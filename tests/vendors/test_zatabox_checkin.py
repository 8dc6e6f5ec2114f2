"""Zatabox's gates: admitted or denied, offline batches and manifests, and a door that is watched."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mockmarket.api import sse
from tests.conftest import Client, Served
from tests.running import until
from tests.vendors.zatabox import BASE, FULL, SCANS, Box, issues, refused

LIVE = f"{BASE}/checkin/event/evt_night/live"


def denial_of(box: Box, reason: str) -> dict[str, Any]:
    """Scan a ticket that is denied for a reason; returns what the gate was told."""
    [ticket] = box.buy("Room", 1, "evt_soon")
    extra = {}
    if reason == "duplicate":
        box.scan(ticket)
    if reason == "wrong_event":
        extra = {"eventId": "evt_night"}
    if reason == "cancelled":
        box.delete("/organizer/events/evt_soon")
    if reason == "expired":
        box.advance(seconds=4 * 3600)
    return box.scan(ticket, **extra)


def watch(box: Box, token: str = FULL) -> requests.Response:
    """Open the live stream of a door."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(box.client.base + LIVE, headers=headers, stream=True, timeout=10)


def snapshots(answer: requests.Response) -> Iterator[dict[str, Any]]:
    """Yield the data of each event of a stream."""
    for line in answer.iter_lines(chunk_size=1):
        if line.startswith(b"data: "):
            yield json.loads(line[6:])


def test_valid_ticket_is_admitted(box: Box) -> None:
    [ticket] = box.buy()

    judged = box.scan(ticket)

    assert (judged["status"], judged["reason"], judged["gateName"]) == ("admitted", None, "Main")
    assert (judged["ticket"]["status"], judged["ticket"]["checkedInAt"]) == ("checked_in", "2026-06-10T14:02:11Z")


@pytest.mark.parametrize("field", ["qr", "code", "id"])
def test_any_code_is_scanned(box: Box, field: str) -> None:
    [ticket] = box.buy()

    assert (
        box.post("/checkin/scan", {"code": ticket[field].lower() if field == "code" else ticket[field]})["status"]
        == "admitted"
    )


@pytest.mark.parametrize("reason", ["duplicate", "wrong_event", "cancelled", "expired"])
def test_denial_has_its_reason(box: Box, reason: str) -> None:
    judged = denial_of(box, reason)

    assert (judged["status"], judged["reason"]) == ("denied", reason)
    assert [data["reason"] for type, data in box.notices() if type == "ticket.checkin_denied"] == [reason]


def test_refunded_ticket_is_denied(box: Box) -> None:
    [ticket] = box.buy()
    id = box.post("/users/me/refunds", {"ticketId": ticket["id"]})["id"]
    box.acted("approve_refund", refundId=id)
    box.acted("process_refund", refundId=id)

    assert box.scan(ticket)["reason"] == "cancelled"


@pytest.mark.parametrize("path", ["/checkin/scan", "/checkin/event/evt_night/manual"])
def test_unknown_code_is_denied(box: Box, path: str) -> None:
    judged = box.post(path, {"code": "nonsense"})

    assert (judged["status"], judged["reason"], box.notice_types()) == ("denied", "not_found", [])


def test_entry_without_code_stops_no_batch(box: Box) -> None:
    [ticket] = box.buy()

    batch = box.post("/checkin/batch", {"scans": [{"gateName": "Main"}, {"qrData": ticket["qr"]}]})

    assert [(scan["status"], scan["reason"]) for scan in batch["results"]] == [
        ("denied", "no_code"),
        ("admitted", None),
    ]


def test_scan_needs_a_code(box: Box) -> None:
    assert issues(box.call("POST", "/checkin/scan", {"gateName": "Main"})) == ["qrData"]


def test_manual_is_of_its_event(box: Box) -> None:
    [ticket] = box.buy()

    wrong = box.post("/checkin/event/evt_other/manual", {"code": ticket["code"]})
    right = box.post("/checkin/event/evt_night/manual", {"code": ticket["code"]})

    assert (wrong["reason"], right["status"]) == ("wrong_event", "admitted")


def test_batch_keeps_its_order(box: Box) -> None:
    first, second = box.buy("Floor", 2)
    scans = [{"qrData": qr, "gateName": "East"} for qr in (first["qr"], second["qr"], first["qr"], "nonsense")]

    done = box.post("/checkin/batch", {"scans": scans})

    assert [(result["status"], result["reason"]) for result in done["results"]] == [
        ("admitted", None), ("admitted", None), ("denied", "duplicate"), ("denied", "not_found"),
    ]  # fmt: skip
    assert (done["admitted"], done["denied"]) == (2, 2)
    assert box.notice_types()[-3:] == ["ticket.checked_in", "ticket.checked_in", "ticket.checkin_denied"]


def test_offline_scan_keeps_its_time(box: Box) -> None:
    [ticket] = box.buy()
    box.advance(seconds=3600)

    done = box.post("/checkin/batch", {"scans": [{"qrData": ticket["qr"], "scannedAt": "2026-06-10T14:30:00Z"}]})

    assert done["results"][0]["ticket"]["checkedInAt"] == "2026-06-10T14:30:00Z"


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (500, 200), (501, 400)])
def test_batch_takes_500(box: Box, count: int, status: int) -> None:
    answer = box.call("POST", "/checkin/batch", {"scans": [{"qrData": "nonsense"}] * count})

    assert answer.status_code == status


def test_manifest_is_hashed(box: Box) -> None:
    [ticket] = box.buy()

    manifest = box.get("/checkin/event/evt_night/manifest")

    assert [entry["qrHash"] for entry in manifest["tickets"]] == [hashlib.sha256(ticket["qr"].encode()).hexdigest()]
    assert ticket["qr"] not in json.dumps(manifest)


def test_manifest_gives_what_changed(box: Box) -> None:
    first, _ = box.buy("Floor", 2)
    box.advance(seconds=60)
    box.scan(first)

    changed = box.get("/checkin/event/evt_night/manifest", since="2026-06-10T14:03:00Z")["tickets"]

    assert [ticket["status"] for ticket in changed] == ["checked_in"]


def test_stats_count_each_gate(box: Box) -> None:
    tickets = box.buy("Floor", 4)
    box.scan(tickets[0], gateName="East")
    box.scan(tickets[1], gateName="West")
    box.scan(tickets[1], gateName="West")

    stats = box.get("/checkin/event/evt_night/stats")

    assert (stats["expected"], stats["checkedIn"], stats["denied"], stats["percent"], stats["entryRate"]) == (
        4,
        2,
        1,
        50,
        0.2,
    )
    assert [(gate["gate"], gate["admitted"], gate["denied"]) for gate in stats["gates"]] == [
        ("East", 1, 0),
        ("West", 1, 1),
    ]
    assert box.get("/checkin/event/evt_night/gate/West")["denied"] == 1


@pytest.mark.parametrize(("gate", "admitted"), [("Main%20%2F%20North", 1), ("South", 0)])
def test_gate_has_its_own_totals(box: Box, gate: str, admitted: int) -> None:
    box.scan(box.buy()[0], gateName="Main / North")

    assert box.get(f"/checkin/event/evt_night/gate/{gate}")["admitted"] == admitted


def test_live_begins_with_a_snapshot(box: Box) -> None:
    box.set(live_interval_s=60)

    with watch(box) as answer:
        first = next(snapshots(answer))

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert (first["eventId"], first["checkedIn"]) == ("evt_night", 0)


def test_client_that_leaves_gives_its_stream_back(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.set(live_interval_s=60)
    seats = sse.Seats()
    monkeypatch.setattr(sse, "SEATS", seats)

    with watch(box) as answer:
        seen = snapshots(answer)
        next(seen)
        taken = seats.taken

    until(box.client.world, lambda: seats.taken == 0)
    assert taken == 1


def test_live_follows_the_door(box: Box) -> None:
    box.set(live_interval_s=0.02)
    [ticket] = box.buy()

    with watch(box) as answer:
        seen = snapshots(answer)
        before = next(seen)["checkedIn"]
        box.scan(ticket)
        after = next(entry["checkedIn"] for entry in seen if entry["checkedIn"])

    assert (before, after) == (0, 1)


def test_live_ends_with_its_world(box: Box, served: Served) -> None:
    box.set(live_interval_s=0.02)
    served.app.worlds.put("doomed-door", "small")
    doomed = Box(Client(served.url, served.app.worlds.get("doomed-door")))
    doomed.set(live_interval_s=0.02)
    headers = {"Authorization": f"Bearer {FULL}"}
    path = f"{doomed.client.base}{BASE}/checkin/event/evt_1001/live"

    with requests.get(path, headers=headers, stream=True, timeout=10) as answer:
        seen = snapshots(answer)
        next(seen)
        served.app.worlds.drop("doomed-door")
        rest = list(seen)

    assert all(entry["eventId"] == "evt_1001" for entry in rest)


def test_live_leaves_threads_for_calls(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.set(live_interval_s=0.02)
    seats = sse.Seats()
    monkeypatch.setattr(sse, "SEATS", seats)
    for _ in range(box.client.world.config.workers // 2):
        seats.take(most=1000)

    answer = box.call("GET", "/checkin/event/evt_night/live")

    assert (refused(answer), answer.headers["Retry-After"]) == ((429, "RATE_LIMITED"), "2")


def test_live_seat_is_given_back(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.set(live_interval_s=0.02)
    seats = Watched()
    monkeypatch.setattr(sse, "SEATS", seats)

    with watch(box) as answer:
        next(snapshots(answer))

    assert seats.left.wait(10)


class Watched(sse.Seats):
    """Tells when a seat was given back."""

    def __init__(self) -> None:
        super().__init__()
        self.left = threading.Event()

    def leave(self) -> None:
        """Give a seat back, and say so."""
        super().leave()
        self.left.set()


def test_head_of_live_is_no_stream(box: Box) -> None:
    answer = box.client.call("HEAD", LIVE, headers={"Authorization": f"Bearer {FULL}"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")


@pytest.mark.parametrize(("path", "status"), [("evt_none", 404), ("evt_night", 403)])
def test_live_refuses_as_other_calls(box: Box, path: str, status: int) -> None:
    scanner = Box(box.client, FULL if status == 404 else SCANS)

    assert scanner.call("GET", f"/checkin/event/{path}/live").status_code == status
