"""The report of a wait in vain: what there was instead of what was waited for, in words for a CI log and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypedDict

import orjson

from mockmarket.delivery.waiting import next_due
from mockmarket.matching.operators import worded
from mockmarket.records.views import moment
from mockmarket.store import Read, history, outbox, timers
from mockmarket.store.records import Record
from mockmarket.worlds import journal_query
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.journal_query import Where
from mockmarket.worlds.world import World

CLOSEST = 3  # how many conditions that come close are reported
VALUES = 5  # how many values of each are reported
RECENT = 3

Report = tuple[str, Mapping[str, object]]  # the sentences, and the same as data
NearMiss = TypedDict("NearMiss", {"without": str, "count": int, "values": Mapping[str, int]})
"""What matches but for one condition: how many do, and what they have instead, the most frequent first."""


def filters_of(where: Where) -> Record:
    """Return a delivery's conditions as `history` takes them: without the state where it may be any."""
    return {name: value for name, value in where.items() if name != "state" or "any" not in value}


def _some(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _value_in_words(value: object) -> str:
    if isinstance(value, list):
        return " or ".join(map(str, value))
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())


def deliveries(world: World, where: Where, count: int) -> Report:
    """Report the deliveries that there are: by state, and those that miss by one condition."""
    read = world.read()
    matching, every = history.deliveries.count(read, filters_of(where)), dict(outbox.counts(read))
    close = _close_deliveries(read, where)
    words = [
        f"{_some(count, 'delivery')}{worded(where, _value_in_words)}; {matching} matched.",
        *(f"{without(miss)}: {what_else(read, miss, where)}." for miss in close),
        f"In the world {world.name}: {_tally(every)}." if every else _nothing_made(read, world),
    ]
    return " ".join(words), {"matching": matching, "all": every, "closest": close}


def without(miss: NearMiss) -> str:
    """Write how many match without a condition: `Without the type 1 does`, `Without the type 2 do`."""
    return f"Without the {miss['without']} {miss['count']} {'does' if miss['count'] == 1 else 'do'}"


def _close_deliveries(read: Read, where: Where) -> list[NearMiss]:
    close: list[NearMiss] = []
    for name in where:
        filters = filters_of({key: value for key, value in where.items() if key != name})
        values = history.deliveries.spread(read, name, filters, VALUES)
        if number := sum(values.values()):
            close.append({"without": name, "count": number, "values": values})
    return close[:CLOSEST]


def what_else(read: Read, miss: NearMiss, where: Where) -> str:
    """Say what deliveries have instead; of one that is not in the state that is waited for, why not."""
    if miss["without"] != "state":
        return f"{miss['without']} {', '.join(miss['values'])}"
    newest = history.deliveries(read, filters_of({**where, "state": "any"}), 1)
    return f"{_tally(miss['values'])}{why(newest[0]) if newest else ''}"


def why(row: Record) -> str:
    """Say what became of a delivery that has not arrived."""
    answered = f"attempt {row['attempts']} was answered {row['last_status'] or 'with nothing'}"
    outcome = answered if row["attempts"] else "not tried yet"
    when = f", next at {moment(row['due'])}" if row["state"] == "pending" else ""
    return f" ({outcome}{when}; {row['reason'].rstrip('.')})" if row["reason"] else f" ({outcome}{when})"


def _nothing_made(read: Read, world: World) -> str:
    listed = history.notices(read, {}, 1)
    reason = "there were notices, and no endpoint that hears them" if listed else "nothing was announced"
    return f"In the world {world.name} there is no delivery: {reason}."


def requests(world: World, where: Where, count: int) -> Report:
    """Report the requests that there were: how many, those that miss by one condition, the newest."""
    entries = world.journal.find({})
    matching = len(journal_query.matching(entries, where))
    misses = journal_query.near_misses(entries, where)[:CLOSEST]
    close = [NearMiss(without=name, count=len(some), values=_instead(name, some)) for name, some in misses]
    newest = [f"{entry.method} {entry.path} {entry.status}" for entry in entries[-RECENT:]]
    words = [
        f"{_some(count, 'request')}{worded(where, _value_in_words)}; {matching} matched.",
        *(f"{without(miss)}{_values_of(miss)}." for miss in close),
        f"The world {world.name} saw {_some(len(entries), 'request')}{', lastly ' if newest else ''}{', '.join(newest)}.",
    ]
    if world.journal.dropped:
        words.append(f"{world.journal.dropped} earlier ones are no longer kept.")
    return " ".join(words), {"matching": matching, "all": len(entries), "closest": close, "newest": newest}


def _instead(name: str, entries: Sequence[Entry]) -> dict[str, int]:
    condition = journal_query.CONDITIONS[name]
    return {} if condition.absent is None else dict(Counter(map(condition.instead, entries)).most_common(VALUES))


def _values_of(miss: NearMiss) -> str:
    return f": {miss['without']} {', '.join(miss['values'])}" if miss["values"] else ""


def quiet(world: World, _where: Where, _count: int) -> Report:
    """Report what is still going on."""
    read = world.read()
    every, due = dict(outbox.counts(read)), moment(next_due(world, ()))
    seen = {"in_flight": sum(world.in_flight.values()), "all": every, "next_due": due}
    words = [
        f"the world {world.name} to be quiet; {seen['in_flight']} in flight, deliveries: {_tally(every) or 'none'}.",
        f"It is {moment(world.clock.now())} there, and the next thing is due at {due}." if due else "Nothing is due.",
    ]
    for timer in timers.upcoming(read, RECENT, world.calendar):
        words.append(f"A timer, {timer.name} of {timer.vendor} {timer.record}, is due at {moment(timer.due)}.")
    return " ".join(words), seen
