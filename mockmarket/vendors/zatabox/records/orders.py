"""Orders, payments, tickets and promo codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from mockmarket.records import Body, Column, Default, FieldError, Length, OneOf, Pattern, Range, check
from mockmarket.vendors.zatabox.records.common import (
    MOST_SEATS,
    Date,
    EmailAddress,
    Id,
    Moment,
    Money,
    OptionalId,
    Person,
    Price,
    Quantity,
    SeatIds,
    Text,
)
from mockmarket.vendors.zatabox.records.events import Seat

STATUSES = ("pending", "completed", "failed", "cancelled")
PROVIDERS = ("nowpayments", "paystack", "flutterwave")

PromoCode = Annotated[str, Length(1, 60)]
ValidFrom = Annotated[str | None, Body(default=None, type=Moment | None)]


class NewItem(TypedDict):
    """One line of an order that a call makes."""

    ticketTypeId: Id
    quantity: Quantity


class Item(TypedDict):
    """One line of an order."""

    ticketTypeId: str
    name: str
    quantity: int
    unitPrice: Money
    subtotal: Money


class Order(TypedDict):
    """One order; the document's sample has its first three fields, money as a decimal string."""

    id: Annotated[str, Pattern(r"ord_.+")]
    total: Money
    currency: str
    status: Annotated[str, OneOf(STATUSES), Column()]
    eventId: Annotated[str, Column("event")]
    items: list[Item]
    subtotal: Money
    discount: Money
    promoCode: str | None
    buyer: Person
    venueSeatIds: list[str]
    failureReason: str | None
    cancelReason: str | None
    expiresAt: str | None
    completedAt: str | None
    createdAt: Date
    updatedAt: Date


class Ticket(TypedDict):
    """One ticket; the document's sample has its first two fields."""

    id: Annotated[str, Pattern(r"tic_.+")]
    qr: Annotated[str, Column()]
    code: Annotated[str, Pattern(r"[A-Z0-9]{6}\Z"), Column()]
    status: Annotated[str, OneOf(("valid", "checked_in", "refunded")), Column()]
    orderId: Annotated[str | None, Column("order")]
    eventId: Annotated[str, Column("event")]
    ticketTypeId: str
    ticketTypeName: str
    holder: Person
    seat: Seat | None
    price: Money
    currency: str
    transferable: bool
    complimentary: bool
    checkedInAt: str | None
    gate: str | None
    createdAt: Date
    updatedAt: Date


class OrderWithTickets(Order):
    """One order with its tickets once it is paid."""

    tickets: list[Ticket]


class NewOrderAnswer(OrderWithTickets):
    """One new order with the token that reads it without a key, shown once (public)."""

    accessToken: str


def check_lines(body: Mapping[str, Any]) -> None:
    """Refuse an order of nothing."""
    if not body.get("items") and not body.get("venueSeatIds"):
        raise FieldError("Send items, or venueSeatIds.", "items")


@check(check_lines)
class NewOrder(TypedDict):
    """`POST /orders` (public: the fields); a buyer's own key needs no guest."""

    items: Annotated[list[NewItem], Length(most=MOST_SEATS), Default(list)]
    venueSeatIds: Annotated[SeatIds, Default(list)]
    holderToken: OptionalId
    guestEmail: Annotated[EmailAddress | None, Default(None)]
    guestName: Annotated[Text | None, Default(None)]
    promoCode: Annotated[PromoCode | None, Default(None)]


class TokenQuery(TypedDict):
    """A guest's token of one order, in place of a key (public)."""

    token: OptionalId


class OrderId(TypedDict):
    """`POST /payments/verify` (public), and actions on one order."""

    orderId: Id


class Payment(TypedDict):
    """One payment, begun or ended (public: the providers, and payCurrency for crypto)."""

    id: Annotated[str, Pattern(r"pay_.+")]
    orderId: Annotated[str, Column("order")]
    provider: Annotated[str, OneOf(PROVIDERS), Body(required=True)]
    status: Annotated[str, OneOf(("pending", "succeeded", "failed")), Column()]
    amount: Money
    currency: str
    payCurrency: Annotated[str | None, Length(1, 20), Body(default=None)]
    checkoutUrl: str
    failureReason: str | None
    settledAt: str | None
    createdAt: Date


class PaymentStatus(TypedDict):
    """How the payment of an order stands."""

    orderId: str
    orderStatus: Annotated[str, OneOf(STATUSES)]
    status: Annotated[str, OneOf(("none", "pending", "succeeded", "failed"))]
    total: Money
    currency: str
    attempts: list[Payment]
    tickets: list[Ticket]


class Promo(TypedDict):
    """One promo code: `value` is a percentage of the subtotal, or a fixed sum in its currency. The code itself is for good."""

    id: str
    code: Annotated[
        str,
        Pattern(r"[A-Za-z0-9_-]{2,60}\Z", "Must be letters, digits, - and _, 2 to 60."),
        Body(required=True, update=False),
        Column(),
    ]
    type: Annotated[str, OneOf(("percent", "fixed")), Body(default="percent")]
    value: Annotated[Money, Body(required=True, type=Price)]
    eventId: Annotated[Id | None, Body(default=None, update=False), Column("event")]
    maxUses: Annotated[int | None, Range(1, 1_000_000), Body(default=None)]
    uses: int
    startsAt: ValidFrom
    endsAt: ValidFrom
    active: Annotated[bool, Body(default=True)]
    createdAt: Date
    updatedAt: Date


class PromoQuery(TypedDict):
    """`GET /organizer/promo-codes` (public: optionally of one event)."""

    eventId: OptionalId


class PromoCheck(TypedDict):
    """`POST /tickets/promo/validate` (public: against a cart, using nothing)."""

    code: PromoCode
    items: Annotated[list[NewItem], Length(1, 20)]


class PromoPreview(TypedDict):
    """What a code would take off."""

    valid: bool
    code: str
    reason: str | None
    subtotal: Money
    discount: Money
    total: Money
