"""A fresh world: what recorded calls are played in, and whose notices recorded webhooks are compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from mockmarket.errors import Refusal
from mockmarket.recordings.answers import read_json
from mockmarket.recordings.exchange import Exchange, Headers, Message
from mockmarket.recordings.finding import Call
from mockmarket.recordings.playing import Player
from mockmarket.recordings.structure import ANYTHING, Place
from mockmarket.records import item_of
from mockmarket.seed.reading import held_keys
from mockmarket.store import Tx, outbox, records
from mockmarket.store.records import Kind
from mockmarket.vendor import Vendor
from mockmarket.worlds.world import World

Send = Callable[[World, str, str, Headers, bytes], tuple[int, Message]]
"""Makes a call of a world, as `playing.Send` with the world first."""
MOST_RECORDS = 20
"""The number of records of a kind whose notices are made: members that only some have are seen."""


class FreshWorld:
    """A fresh world to compare with: it plays recorded requests, and makes the notices of a type at the first question about it. `send`
    makes a call of the process that has the world."""

    def __init__(self, world: World, send: Send) -> None:
        self._world = world
        self._notices: dict[tuple[str, str], Place | None] = {}
        self._player = Player(partial(send, world), self._credential)

    def play(self, call: Call, exchange: Exchange) -> tuple[int, Message] | None:
        """Return the world's answer to a recorded request, None for one that cannot be played."""
        return self._player.play(call, exchange)

    def notices(self, vendor: Vendor, type: str) -> Place | None:
        """Return what a vendor's notices of a type have in their bodies, None where no record of the world fits."""
        key = vendor.name, type
        if key not in self._notices:
            with self._world.atomic() as tx:
                samples = [read_json(notice.body) for notice in _notices(tx, vendor, type)]
            shape = vendor.webhooks.payload(type)
            self._notices[key] = Place(item_of(shape) if shape else ANYTHING, samples) if samples else None
        return self._notices[key]

    def _credential(self, vendor: Vendor) -> Headers:
        held = held_keys(self._world.read(), str(self._world.store.meta()["fixture"]), vendor.name)
        return vendor.api.credential(*held[0]) if held else ()


def _notices(tx: Tx, vendor: Vendor, type: str) -> Iterator[outbox.Notice]:
    newest = None
    with suppress(Refusal):
        newest = vendor.webhooks.sample(tx, type, None)
    if newest is None:
        return
    yield newest
    kind = vendor.records.kind(newest.kind)
    for id in _ids(tx, kind) if kind else ():
        with suppress(Refusal):
            yield vendor.webhooks.sample(tx, type, id)
            yield from vendor.webhooks.updates(tx, type, id) or ()


def _ids(tx: Tx, kind: Kind) -> list[str]:
    """Return the ids of the newest records of a kind."""
    newest = records.find(tx, kind, order=[("rowid", "desc")], limit=MOST_RECORDS)
    return [str(record[kind.id]) for record in newest]
