"""The cause chain: what one request led to, from the records that it changed to what each receiver answered. Bounded."""

from __future__ import annotations

from typing import Any

from mockmarket.control.deliveries import attempt_dict, delivery_dict, notice_dict
from mockmarket.store import Read, history
from mockmarket.store.database import steady
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

NOTICES = 50
DELIVERIES = 100
ATTEMPTS = 30
ANSWER = 2_000
"""How much of a receiver's answer is shown, in characters; GET deliveries/{id} has it whole."""

Row = dict[str, Any]


def effects_of(world: World, entry: Entry) -> Row:
    """Return everything that a request caused, and how much of it is left out."""
    effects, read = entry.effects, world.read()
    with steady(read):
        notices, missing = told(read, entry.id)
    return {
        "records": [
            {"vendor": vendor, "kind": kind, "id": id, "change": what} for vendor, kind, id, what in effects.records
        ],
        "stock": list(effects.stock),
        "notices": notices,
        "left_out": {
            "records": effects.records_in_all - len(effects.records),
            "stock": effects.stock_in_all - len(effects.stock),
            **missing,
        },
    }


def told(read: Read, cause: str) -> tuple[list[Row], dict[str, int]]:
    """Return the notices that a request caused, oldest first, each with its deliveries, and how many are left out."""
    notices = history.notices(read, {"cause": cause}, NOTICES)[::-1]
    deliveries = [sent(read, row) for row in history.deliveries(read, {"cause": cause}, DELIVERIES)[::-1]]
    by_notice: dict[int, list[Row]] = {row["id"]: [] for row in notices}
    for one in deliveries:
        by_notice.get(one["notice"], []).append(one)
    shown = sum(len(some) for some in by_notice.values())
    missing = {
        "notices": history.count_notices(read, cause) - len(notices),
        "deliveries": history.count_deliveries(read, {"cause": cause}) - shown,
        "attempts": sum(max(0, one["attempts"] - len(one["attempts_made"])) for one in deliveries),
    }
    return [notice_dict(row) | {"deliveries": by_notice[row["id"]]} for row in notices], missing


def sent(read: Read, row: Row) -> Row:
    """Describe a delivery with its newest attempts, oldest first."""
    made = history.attempts(read, row["id"])[-ATTEMPTS:]
    return delivery_dict(row) | {"attempts_made": [shortly(attempt_dict(one, row["body"])) for one in made]}


def shortly(attempt: Row) -> Row:
    """Return an attempt with the beginning of a long answer only."""
    answer = attempt["answer"]
    if len(answer["body"]) > ANSWER:
        attempt["answer"] = answer | {"body": answer["body"][:ANSWER], "truncated": True}
    return attempt
