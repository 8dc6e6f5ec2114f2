"""Kiosk's rules: a pass is held, then paid or lapsed; an attendant voids it. Offers follow the shared stock and shows."""

from __future__ import annotations

from typing import Any, cast

from mockmarket import stock
from mockmarket.clock import SECOND, iso_s
from mockmarket.errors import Conflict, NotFound
from mockmarket.store import Read, Tx, events, outbox, records, timers
from mockmarket.store.records import Kind, Record
from mockmarket.store.timers import Timer
from mockmarket.worlds.world import World
from tests.sixth.kiosk import wire
from tests.sixth.kiosk.records import NAME, Pass
from tests.sixth.kiosk.wire import OFFER, PASS

LAPSE = "lapse"


def get_or_404(read: Read, kind: Kind, id: str) -> Record:
    """Return a record; NotFound when there is none."""
    record = records.get(read, kind, id)
    if record is None:
        raise NotFound(f"No {kind.name} {id} here.")
    return record


def hold_pass(world: World, body: dict[str, Any]) -> Record:
    """Keep seats of an offer for a while."""
    with world.atomic() as tx:
        held = hold(tx, body["offer_no"], body["places"], body["bearer"])
        outbox.announce(tx, wire.notice(tx, "pass.held", held))
    return held


def hold(tx: Tx, offer_no: str, places: int, bearer: str) -> Record:
    """Keep seats of an offer and set the timer that lets them go, telling nobody yet."""
    get_or_404(tx, OFFER, offer_no)
    serial = (records.latest(tx, PASS, "serial") or 0) + 1
    lapses = tx.now + round(tx.store.settings[NAME]["hold_s"] * SECOND)
    beside = records.own(tx, OFFER, offer_no)
    kept = stock.hold(tx, beside["stock"], places, NAME, f"P{serial}")
    made: Pass = {
        "pass_no": f"P{serial}",
        "offer_no": offer_no,
        "bearer": bearer,
        "places": list(kept.seats),
        "state": "held",
        "held_until": iso_s(lapses),
    }
    records.put(tx, PASS, made, serial=serial, show=beside["show"])
    timers.set(tx, Timer(NAME, LAPSE, made["pass_no"], lapses))
    return cast(Record, made)


def pay_pass(world: World, id: str) -> Record:
    """Sell the seats that a pass holds; Conflict for one that holds none any more."""
    with world.atomic() as tx:
        paid = pay(tx, get_or_404(tx, PASS, id))
        outbox.announce(tx, wire.notice(tx, "pass.paid", paid))
    return paid


def pay(tx: Tx, record: Record) -> Record:
    """Sell the seats that a pass holds, telling nobody yet."""
    if record["state"] != "held":
        raise Conflict(f"Pass {record['pass_no']} is {record['state']}; only a held one can be paid.")
    stock.sell_held(tx, NAME, record["pass_no"])
    return end(tx, record, "paid")


def void_pass(world: World, body: dict[str, Any]) -> Record:
    """Give the seats of a pass back, whether it is held or paid."""
    with world.atomic() as tx:
        record = get_or_404(tx, PASS, body["pass_no"])
        if record["state"] not in ("held", "paid"):
            raise Conflict(f"Pass {record['pass_no']} is {record['state']} already.")
        return void(tx, record)


def void(tx: Tx, record: Record) -> Record:
    """Give the seats of a pass back and tell so."""
    stock.release(tx, NAME, record["pass_no"])
    stock.put_back(tx, NAME, record["pass_no"])
    voided = end(tx, record, "void")
    outbox.announce(tx, wire.notice(tx, "pass.voided", voided))
    return voided


def end(tx: Tx, record: Record, state: str) -> Record:
    """Bring a pass to a state in which nothing lapses any more."""
    timers.stop(tx, NAME, LAPSE, record["pass_no"])
    ended = record | {"state": state, "held_until": None}
    records.update(tx, PASS, ended)
    return ended


def timer_fired(tx: Tx, timer: Timer) -> None:
    """Let the seats of a pass go that was not paid in time."""
    stock.release(tx, NAME, timer.record)
    lapsed = end(tx, get_or_404(tx, PASS, timer.record), "lapsed")
    outbox.announce(tx, wire.notice(tx, "pass.lapsed", lapsed))


def stock_changed(tx: Tx, change: stock.Change) -> None:
    """Bring the offer of changed seats into line, and tell when its last are gone; seats out of an offer are one again."""
    show = events.get(tx, change.stock.event)
    if change.what == "added" and show and records.find(tx, OFFER, ("stock", "in", list(change.parts)), limit=1):
        offer = wire.offer(f"OF{tx.ids.hex(6)}", show, change.stock)
        records.put(tx, OFFER, offer, stock=change.stock.id, show=show.id)
    for record in records.find(tx, OFFER, ("stock", "=", change.stock.id)):
        changed = record | {"left": change.stock.free}
        records.update(tx, OFFER, changed)
        if record["left"] and not change.stock.free:
            outbox.announce(tx, wire.notice(tx, "offer.gone", changed))


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Show an event's new time on its offers; void the passes of one that was called off."""
    for record in records.find(tx, OFFER, ("show", "=", change.event.id)):
        records.update(tx, OFFER, record | {"starts": iso_s(change.event.starts_at)})
    if change.what == "cancelled":
        for record in records.find(tx, PASS, ("show", "=", change.event.id), ("state", "in", ["held", "paid"])):
            void(tx, record)
