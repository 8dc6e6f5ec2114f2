"""Kiosk as the core sees it."""

from __future__ import annotations

from mockmarket.errors import Invalid, NotFound
from mockmarket.store import Tx, outbox, records
from mockmarket.store.keys import Key
from mockmarket.vendor import (
    Action,
    Api,
    Hooks,
    NoticeType,
    Records,
    Scope,
    Seeding,
    SeedOrder,
    Setting,
    Settings,
    Vendor,
    Webhooks,
)
from mockmarket.webhooks.acceptance import Acceptance, any_2xx
from mockmarket.webhooks.encoding import php
from mockmarket.webhooks.retry import Retry, timetable
from mockmarket.webhooks.signing import Headers
from tests.sixth.kiosk import rules, wire
from tests.sixth.kiosk.operations import OPERATIONS
from tests.sixth.kiosk.records import NAME, PassNumber

SETTINGS = {
    "hold_s": Setting(300, "Seconds for which a pass is held.", least=1),
    "deadline_s": Setting(3, "Seconds that a whole exchange with a receiver may take.", least=0.01),
}
GAPS_MS = (10_000, 60_000)


def seed(seeding: Seeding) -> None:
    """Make an offer of each stock row, but of the shows that the fixture keeps from the counter."""
    shows = {show.id: show for show in seeding.events}
    kept_back = seeding.section.get("kept_back", [])
    for row in seeding.stock:
        if row.event not in kept_back:
            offer = wire.offer(f"OF{seeding.tx.ids.hex(6)}", shows[row.event], row)
            records.put(seeding.tx, wire.OFFER, offer, stock=row.id, show=row.event)


def place(tx: Tx, seeded: SeedOrder) -> None:
    """Hold a pass of the fixture, and bring it to its status by the same rules as anybody."""
    offer = records.find(tx, wire.OFFER, ("stock", "=", seeded.stock))[0]
    held = rules.hold(tx, offer["offer_no"], seeded.quantity, seeded.name)
    if seeded.status not in ("held", "paid"):
        raise Invalid(f"{seeded.status!r} is no state of a pass; there are held, paid.")
    if seeded.status == "paid":
        rules.pay(tx, held)


def sample(tx: Tx, type: str, record: str | None) -> outbox.Notice:
    """Make a notice about a pass or an offer that exists, the newest without one."""
    kind = wire.PASS if type.startswith("pass.") else wire.OFFER
    there = records.find(tx, kind, *([("id", "=", record)] if record else []), order=[("rowid", "desc")], limit=1)
    if not there:
        raise NotFound(f"No {kind.name} {record or ''} to tell of.")
    return wire.notice(tx, type, there[0])


def credential(key: Key, secret: str) -> Headers:
    """Return the header that carries a key."""
    return (("Authorization", f"Kiosk {secret}"),)


def accepts(settings: Settings) -> Acceptance:
    """Any 2xx is delivered."""
    return any_2xx


def retry(settings: Settings) -> Retry:
    """Three attempts in all: at once, 10 s later, a minute after that."""
    return timetable(GAPS_MS, GAPS_MS[-1], attempts=3)


VENDOR = Vendor(
    name=NAME,
    title="Kiosk",
    base="/kiosk/v0",
    aliases=("/counter",),
    hosts=("api.kiosk.example",),
    api=Api(
        refuse=wire.refuse,
        operations=OPERATIONS,
        scopes=(Scope("offers", "List offers."), Scope("passes", "Hold and pay passes.")),
        credential=credential,
        security={"kiosk": {"type": "http", "scheme": "kiosk"}},
        mint_key=lambda tx: f"kk_{tx.ids.secret(24)}",
    ),
    webhooks=Webhooks(
        dialect=php,
        notices=tuple(NoticeType(name, when) for name, when in wire.NOTICES.items()),
        timetable="3 attempts in all, 10 s and 60 s after the one before",
        headers=wire.HEADERS,
        accepts=accepts,
        retry=retry,
        sample=sample,
    ),
    records=Records(
        kinds=(wire.OFFER, wire.PASS),
        seed=seed,
        place=place,
    ),
    world=Hooks(
        stock_changed=rules.stock_changed,
        event_changed=rules.event_changed,
        timer_fired=rules.timer_fired,
        actions=(Action("void", "attendant", "Void a pass and free its seats.", PassNumber, rules.void_pass),),
    ),
    settings=SETTINGS,
)
