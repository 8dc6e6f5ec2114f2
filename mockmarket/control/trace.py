"""The trace of a request: its effects, from the changed records to each receiver's answer. Bounded."""

from typing import TypedDict

import orjson

from mockmarket.control.deliveries import Attempt, Delivery, NoticeHead, attempt_dict
from mockmarket.records.views import Text, view, views
from mockmarket.store import Read, history
from mockmarket.store.database import read_snapshot
from mockmarket.store.records import Record
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.record_changes import record_changes
from mockmarket.worlds.world import World

NOTICES = 50
DELIVERIES = 100
ATTEMPTS = 30
ANSWER = 2_000  # most characters of a receiver's answer; GET deliveries/{id} has all


class ChangedRecord(TypedDict):
    """A record that a request changed, before and after; null where there was none, or where `note` says why it is not known."""

    vendor: str
    kind: str
    id: str
    change: str
    before: Record | None
    after: Record | None
    note: str


class StockChange(TypedDict):
    """A change of seats by a request."""

    stock: str
    what: str
    quantity: int
    vendor: str
    record: str
    seats: list[int]


class CausedDelivery(Delivery):
    """One delivery that a request caused, with its newest attempts, oldest first."""

    attempts_made: list[Attempt]


class CausedNotice(NoticeHead):
    """One notice that a request caused, with its deliveries."""

    deliveries: list[CausedDelivery]
    body: Text


LeftOut = TypedDict("LeftOut", {"records": int, "stock": int, "notices": int, "deliveries": int, "attempts": int})


class Effects(TypedDict):
    """Everything that a request caused."""

    records: list[ChangedRecord]
    stock: list[StockChange]
    notices: list[CausedNotice]
    left_out: LeftOut


def effects_of(world: World, entry: Entry) -> Effects:
    """Return a request's effects, and how many are left out."""
    effects, read, cause = entry.effects, world.read(), {"cause": entry.id}
    with read_snapshot(read):
        rows = history.notices(read, cause, NOTICES)[::-1]
        deliveries = [caused_delivery(read, row) for row in history.deliveries(read, cause, DELIVERIES)[::-1]]
        in_all = history.notices.count(read, cause), history.deliveries.count(read, cause)
    by_notice = {row["id"]: [each for each in deliveries if each["notice"] == row["id"]] for row in rows}
    notices = [view(CausedNotice, row, deliveries=by_notice[row["id"]]) for row in rows]
    return {
        "records": [
            view(ChangedRecord, change, before=_parsed(change.before), after=_parsed(change.after))
            for change in record_changes(read, entry)
        ],
        "stock": views(StockChange, effects.stock),
        "notices": notices,
        "left_out": {
            "records": effects.records_in_all - len(effects.records),
            "stock": effects.stock_in_all - len(effects.stock),
            "notices": in_all[0] - len(notices),
            "deliveries": in_all[1] - sum(len(notice["deliveries"]) for notice in notices),
            "attempts": sum(max(0, delivery["attempts"] - len(delivery["attempts_made"])) for delivery in deliveries),
        },
    }


def _parsed(text: bytes | None) -> Record | None:
    return None if text is None else orjson.loads(text)


def caused_delivery(read: Read, row: Record) -> CausedDelivery:
    """Describe a delivery with its newest attempts, oldest first."""
    attempts = [attempt_dict(attempt, row["body"]) for attempt in history.attempts(read, row["id"])[-ATTEMPTS:]]
    return view(CausedDelivery, row, attempts_made=[_shortened(attempt) for attempt in attempts])


def _shortened(attempt: Attempt) -> Attempt:
    answer = attempt["answer"]
    if len(answer["body"]) > ANSWER:
        attempt["answer"] = {**answer, "body": answer["body"][:ANSWER], "truncated": True}
    return attempt
