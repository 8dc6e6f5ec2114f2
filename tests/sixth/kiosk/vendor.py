"""Kiosk's rules, and the kiosk as the core sees it: a pass is held, then paid or lapsed; offers follow the shared stock."""

from collections.abc import Callable

from mockmarket import stock, vendor
from mockmarket.clock import SECOND, iso_s
from mockmarket.errors import Conflict, Invalid, Refusal
from mockmarket.records import defaults
from mockmarket.store import Tx, events, outbox, records, timers
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.webhooks.acceptance import any_2xx
from mockmarket.webhooks.encoding import php
from mockmarket.webhooks.retry import timetable
from mockmarket.webhooks.signing import SIGNATURE, SignedHeaders
from mockmarket.worlds.world import World
from mockmarket_client.scheme import Scheme
from tests.sixth.kiosk.operations import OPERATIONS
from tests.sixth.kiosk.records import NAME, OFFER, PASS, Pass, PassNumber


def notice(tx: Tx, type: str, record: Record) -> outbox.Notice:
    kind, uid = PASS if type.startswith("pass.") else OFFER, f"kn-{tx.ids.hex(12)}"
    body = php({"notice": uid, "about": type, "at": iso_s(tx.now), kind.name: record})
    return outbox.Notice(NAME, type, uid, kind.name, str(record[kind.id]), body)


def announced(tx: Tx, type: str, record: Record) -> Record:
    outbox.announce(tx, notice(tx, type, record))
    return record


def give_back(tx: Tx, name: str, id: str) -> None:
    stock.release(tx, name, id)
    stock.put_back(tx, name, id)


def refuse(refusal: Refusal) -> Record:
    return {"ok": 0, "problem": {"word": refusal.word, "say": refusal.message, "in": [at for at, _ in refusal.details]}}


def add_offer(tx: Tx, show: events.Event, row: stock.Stock) -> None:
    view = {"show_title": show.name, "starts": iso_s(show.starts_at), "area": f"{row.section}/{row.row}"}
    offer = {"offer_no": f"OF{tx.ids.hex(6)}", **view, "left": row.free, "cents": row.price}
    records.put(tx, OFFER, offer, stock=row.id, show=show.id)


def hold(tx: Tx, body: Record) -> Record:
    """Keep seats of an offer for a while."""
    records.get_or_404(tx, OFFER, body["offer_no"])
    serial = (records.latest(tx, PASS, "serial") or 0) + 1
    number, lapses = f"P{serial}", tx.now + round(tx.store.settings[NAME]["hold_s"] * SECOND)
    own = records.own(tx, OFFER, body["offer_no"])
    seats = list(stock.hold(tx, own["stock"], body["places"], NAME, number).seats)
    computed = {"pass_no": number, "places": seats, "state": "held", "held_until": iso_s(lapses)}
    records.put(tx, PASS, held := defaults(Pass) | body | computed, serial=serial, show=own["show"])
    timers.set(tx, Timer(NAME, "lapse", number, lapses))
    return announced(tx, "pass.held", held)


MOVES: dict[str, tuple[str, Callable[[Tx, str, str], object]]] = {
    "paid": ("held", stock.sell_held),
    "lapsed": ("held", stock.release),
    "void": ("held paid", give_back),
}
"""Which states a pass may leave for another, and what becomes of its seats."""


def move(tx: Tx, id: str, state: str) -> Record:
    """Bring a pass to a state in which nothing lapses any more."""
    record = records.get_or_404(tx, PASS, id)
    states, move_seats = MOVES[state]
    if record["state"] not in states.split():
        raise Conflict(
            f"Pass {id} is {record['state']}; only one that is {states.replace(' ', ' or ')} can be {state}."
        )
    move_seats(tx, NAME, id)
    timers.stop(tx, NAME, "lapse", id)
    records.update(tx, PASS, ended := record | {"state": state, "held_until": None})
    return announced(tx, f"pass.{state}", ended)


def lapse(tx: Tx, timer: Timer) -> None:
    move(tx, timer.record, "lapsed")


def void_pass(world: World, body: Record) -> Record:
    with world.atomic() as tx:
        return move(tx, body["pass_no"], "void")


def stock_changed(tx: Tx, change: stock.Change) -> None:
    """Bring the offer of changed seats into line, and tell when its last are gone; seats out of an offer are one again."""
    show = events.get(tx, change.stock.event)
    if change.what == "added" and show and records.first(tx, OFFER, ("stock", "in", list(change.parts))):
        add_offer(tx, show, change.stock)
    for record in records.find(tx, OFFER, ("stock", "=", change.stock.id)):
        records.update(tx, OFFER, changed := record | {"left": change.stock.free})
        if record["left"] and not change.stock.free:
            announced(tx, "offer.gone", changed)


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Show an event's new time on its offers; void the passes of one that was called off."""
    for record in records.find(tx, OFFER, ("show", "=", change.event.id)):
        records.update(tx, OFFER, record | {"starts": iso_s(change.event.starts_at)})
    if change.what == "cancelled":
        for record in records.find(tx, PASS, ("show", "=", change.event.id), ("state", "in", ["held", "paid"])):
            move(tx, record["pass_no"], "void")


def seed(seeding: vendor.Seeding) -> None:
    """Make an offer of each stock row, but of the shows that the fixture keeps from the counter."""
    shows = {show.id: show for show in seeding.events if show.id not in seeding.section.get("kept_back", [])}
    for row in seeding.stock:
        if row.event in shows:
            add_offer(seeding.tx, shows[row.event], row)


def place(tx: Tx, seeded: vendor.SeedOrder) -> None:
    """Hold a pass of the fixture, and bring it to its status by the same rules as anybody."""
    if seeded.status not in ("held", "paid"):
        raise Invalid(f"{seeded.status!r} is no state of a pass; there are held, paid.")
    (offer,) = records.find(tx, OFFER, ("stock", "=", seeded.stock))
    held = hold(tx, {"offer_no": offer["offer_no"], "places": seeded.quantity, "bearer": seeded.name})
    if seeded.status == "paid":
        move(tx, held["pass_no"], "paid")


def get_or_newest(tx: Tx, kind: records.Kind, id: str | None) -> Record:
    """Return the record with this id, or the newest of its kind; NotFound when there is none."""
    if id is None and (newest := records.first(tx, kind, order=[("rowid", "desc")])):
        return newest
    return records.get_or_404(tx, kind, id or "")


HEADERS = SignedHeaders(Scheme("X-Kiosk-Sum", algorithm="sha1"), (
    ("Content-Type", "application/vnd.kiosk+json"), SIGNATURE, ("X-Kiosk-Notice", "{notice_id}"), ("X-Kiosk-Try", "{attempt}"),
    ("User-Agent", "Kiosk/1"), ("Accept", "*/*"),
))  # fmt: skip
VENDOR = vendor.Vendor(
    NAME, "Kiosk", "/kiosk/v0",
    vendor.Api(
        refuse, lambda key, secret: (("Authorization", f"Kiosk {secret}"),), OPERATIONS,
        scopes=(vendor.Scope("offers", "List offers."), vendor.Scope("passes", "Hold and pay passes.")),
        security={"kiosk": {"type": "http", "scheme": "kiosk"}}, mint_key=lambda tx: f"kk_{tx.ids.secret(24)}",
    ),
    vendor.Webhooks(
        HEADERS, lambda settings: any_2xx, lambda settings: timetable((10_000, 60_000), 60_000, attempts=3),
        lambda tx, type, id: notice(tx, type, get_or_newest(tx, PASS if type.startswith("pass.") else OFFER, id)),
        (
            vendor.NoticeType("pass.held", "seats are kept for a pass that is still to be paid"),
            vendor.NoticeType("pass.paid", "a pass has been paid"),
            vendor.NoticeType("pass.changed", "a pass was changed"),
            vendor.NoticeType("pass.lapsed", "a pass was not paid in time; its seats are free again"),
            vendor.NoticeType("pass.void", "an attendant has voided a pass (action void), or its show was called off"),
            vendor.NoticeType("offer.gone", "the last seats of an offer went, at whichever counter"),
        ),
        php, timetable="3 attempts in all, 10 s and 60 s after the one before",
    ),
    vendor.Records(seed, (OFFER, PASS), place=place),
    vendor.Hooks(
        stock_changed, event_changed, lapse,
        actions=(vendor.Action("void", "attendant", "Void a pass and free its seats.", PassNumber, void_pass),),
    ),
    aliases=("/counter",), hosts=("api.kiosk.example",),
    settings={
        "hold_s": vendor.Setting(300, "Seconds of a hold.", least=1),
        "deadline_s": vendor.Setting(3, "Seconds of an exchange.", least=0.01),
    },
)  # fmt: skip
