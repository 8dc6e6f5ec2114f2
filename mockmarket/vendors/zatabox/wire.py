"""Zatabox's formats: its kinds of record, ids, the notices' envelope, its error answers. Contains no rules."""

import base64
import re
import unicodedata
from collections.abc import Mapping
from functools import partial

from mockmarket import clock, errors
from mockmarket.api.context import current, current_place
from mockmarket.current import current_request
from mockmarket.ids import Ids
from mockmarket.records import Column, columns, defaults
from mockmarket.stock import Stock
from mockmarket.store import Record, Tx, outbox, records
from mockmarket.vendors.zatabox.records.accounts import Attendee, Message, Refund, Report
from mockmarket.vendors.zatabox.records.common import NAME, Event, Hold, Notice, Seat, Section, Session, TicketType
from mockmarket.vendors.zatabox.records.community import Broadcast, Follower, Review, WaitlistEntry
from mockmarket.vendors.zatabox.records.courses import Progress
from mockmarket.vendors.zatabox.records.logins import LoginCode, LoginSession, User
from mockmarket.vendors.zatabox.records.orders import CheckIn, Order, Payment, Promo, Ticket
from mockmarket.webhooks.encoding import javascript
from mockmarket.worlds import journal, world


def kind(name: str, shape: type, *own: Column, follows_stock: bool = False) -> records.Kind:
    """Return a kind of record: with the columns of its fields, and own columns."""
    return records.Kind(NAME, name, "id", (*columns(shape), *own), follows_stock=follows_stock)


unindexed = partial(Column, index=False)
CENTS = unindexed("cents", "INTEGER")
SORTED = Column("place"), Column("starts_at", "INTEGER")
EVENT = kind("event", Event, unindexed("city_key"), unindexed("text_key"), *SORTED)
OF_TICKET_TYPE = (unindexed("section"), CENTS, unindexed("sold_out", "INTEGER"))
TICKET_TYPE = kind("ticket_type", TicketType, *OF_TICKET_TYPE, follows_stock=True)
CREDIT = Column("credit", "INTEGER", index=False, may_lack=True)  # cents that a completed order brought the wallet
ORDER = kind("order", Order, Column("email", path="$.buyer.email"), CENTS, unindexed("token_hash"), CREDIT)
TICKET = kind("ticket", Ticket, Column("email", path="$.holder.email"), CENTS, unindexed("changed_at", "INTEGER"))
PAYMENT = kind("payment", Payment)
REFUND = kind("refund", Refund)
REPORT = kind("report", Report, unindexed("email", path="$.reporter.email"))
MESSAGE = kind("message", Message, Column("email", path="$.from.email"))
ATTENDEE = kind("attendee", Attendee)
PROMO = kind("promo_code", Promo)
HOLD = kind("hold", Hold, Column("token_hash"))
CHECKIN = kind("checkin", CheckIn, Column("at", "INTEGER"))
SESSION = kind("schedule_session", Session)
SECTION = kind("event_section", Section)
WAITLIST = kind("waitlist_entry", WaitlistEntry)
FOLLOWER = kind("follower", Follower)
REVIEW = kind("review", Review)
BROADCAST = kind("broadcast", Broadcast)
EVENT_PAGE = records.Kind(NAME, "event_page", "eventId")
COURSE = records.Kind(NAME, "course", "eventId")
LINKS = records.Kind(NAME, "event_links", "eventId")
ACCESS = records.Kind(NAME, "ticket_access", "ticketTypeId")
PROGRESS = kind("course_progress", Progress)
USER = kind("user", User, unindexed("password_hash"))
LOGIN_CODE = kind("login_code", LoginCode)
LOGIN_SESSION = kind("login_session", LoginSession, Column("access_hash"), Column("refresh_hash"))
SEATING = records.Kind(NAME, "seating", "eventId")
KINDS = (
    EVENT,
    TICKET_TYPE,
    ORDER,
    TICKET,
    PAYMENT,
    REFUND,
    REPORT,
    MESSAGE,
    ATTENDEE,
    PROMO,
    HOLD,
    CHECKIN,
    SESSION,
    SECTION,
    SEATING,
    USER,
    LOGIN_CODE,
    LOGIN_SESSION,
    WAITLIST,
    FOLLOWER,
    REVIEW,
    BROADCAST,
    EVENT_PAGE,
    COURSE,
    LINKS,
    ACCESS,
    PROGRESS,
)


def base64url(part: bytes) -> str:
    """Return a part of a JWT."""
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def money(cents: int) -> str:
    """Return an amount as in the document's sample: `42.00`."""
    return f"{'-' * (cents < 0)}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def new_id(tx: Tx, prefix: str) -> str:
    """Return a new id: a prefix and an upper-case ULID (document: the prefixes whe_, ord_, tic_; public: evt_, tkt_)."""
    return f"{prefix}_{tx.ids.ulid(tx.now)}"


def event_id(core: str) -> str:
    """Return Zatabox's id for one of the world's events."""
    return f"evt_{core}"


def core_id(event: str) -> str:
    """Return the world's id for a Zatabox event."""
    return event.removeprefix("evt_")


def seat_id(stock: str, number: int) -> str:
    """Return the id of a numbered seat in holds and orders."""
    return f"{stock}-{number}"


def seat(stock: Stock, number: int) -> Seat:
    """Write a numbered seat."""
    return {"id": seat_id(stock.id, number), "section": stock.section, "row": stock.row, "number": number}


def slug(title: str, otherwise: str) -> str:
    """Return a title's slug: `Dockside Nights 4` is `dockside-nights-4`; `otherwise` when it is empty."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or otherwise.lower()


def iso(moment: int | None) -> str | None:
    """Return epoch ms in the format of the document's `created`, None as null."""
    return None if moment is None else clock.iso_s(moment)


def new(tx: Tx, shape: type, id: str, sent: Mapping[str, object], **fields: object) -> Record:
    """Return a new record: the sent members, these fields, its creation time, and the shape's defaults for the rest."""
    record = defaults(shape)
    times: Record = {name: clock.iso_s(tx.now) for name in ("createdAt", "updatedAt") if name in record}
    return {**record, **sent, **times, "id": id, **fields}


def notice(tx: Tx, type: str, kind: records.Kind | None, record: str, data: Mapping[str, object]) -> outbox.Notice:
    """Return a notice in the document's envelope; its bytes are compact, as JavaScript writes them."""
    uid = new_id(tx, "whe")
    body: Notice[Mapping[str, object]] = {"id": uid, "type": type, "created": clock.iso_s(tx.now), "data": data}
    return outbox.Notice(
        NAME, type, uid, kind.name if kind else "", record, javascript(body), lambda tx: new_id(tx, "whd")
    )


def mint_key(tx: Tx) -> str:
    """Return a new key of the world's environment (public: the prefixes)."""
    environment = tx.store.settings[NAME]["environment"]
    return f"vt_{'live' if environment == 'live' else 'test'}_{tx.ids.secret(40)}"


CODES: dict[type[errors.Refusal], str] = {
    errors.Malformed: "VALIDATION_ERROR",
    errors.Invalid: "VALIDATION_ERROR",
    errors.Unauthenticated: "UNAUTHORIZED",
    errors.ScopeMissing: "INSUFFICIENT_SCOPE",
    errors.Forbidden: "FORBIDDEN",
    errors.NotFound: "NOT_FOUND",
    errors.MethodNotAllowed: "METHOD_NOT_ALLOWED",
    errors.SoldOut: "TICKET_SOLD_OUT",
    errors.Conflict: "CONFLICT",
    errors.TooLarge: "PAYLOAD_TOO_LARGE",
    errors.RateLimited: "RATE_LIMITED",
    errors.Internal: "INTERNAL_ERROR",
    errors.NotBuilt: "NOT_IMPLEMENTED",
}
"""Public, the SDK's table of codes, with their statuses; FORBIDDEN, METHOD_NOT_ALLOWED, PAYLOAD_TOO_LARGE and
NOT_IMPLEMENTED are convention. A refusal's own `code` has precedence."""
SALT = 0x5A54  # keeps request ids apart from the world's stream of other ids, which they do not draw from


def refuse(refusal: errors.Refusal) -> Mapping[str, object]:
    """Return an error answer (public, its details but for issues convention; one of its two descriptions has `success`)."""
    facts, kinds = refusal.facts, (CODES[kind] for kind in type(refusal).__mro__ if kind in CODES)
    code = "IDEMPOTENCY_KEY_REUSED" if facts.get("reused") else facts.get("code") or next(kinds, "BAD_REQUEST")
    details = dict(facts.get("about") or {})
    if refusal.details:
        details["issues"] = [{"path": field, "message": message} for field, message in refusal.details]
    names = {"scope": "scope", "available": "available", "retry_after": "retryAfter"}
    details |= {name: facts[fact] for fact, name in names.items() if fact in facts}
    message = refusal.message
    if isinstance(refusal, errors.NotFound) and "/api/v1/api/v1/" in current_request().path:
        message += f" SDKs add /api/v1 themselves: their base URL is {current().base_url()}/{NAME}."
    error = {"code": code, "message": message} | ({"details": details} if details else {})
    return {"success": False, "error": error, "meta": {"request_id": request_id(current_place(refusal))}}


def request_id(place: world.World | errors.Refusal) -> str:
    """Return the id of the request being answered: from the world's time and the journal's number, the same with the same seed."""
    if isinstance(place, errors.Refusal):
        return f"req_{'0' * 26}"
    number = int(journal.request_id("r0")[1:])
    return f"req_{Ids(place.store.seed ^ SALT, number).ulid(place.clock.now())}"
