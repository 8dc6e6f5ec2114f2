"""Orders, payments, tickets, promo codes, check-in; and the fields of their actions."""

from typing import Annotated, NotRequired, TypedDict

from mockmarket.records import Body, Column, Default, Filter, Length, OneOf, Pattern, Range, check, must
from mockmarket.vendors.zatabox.records import common as types

STATUSES = ("pending", "completed", "failed", "cancelled")
COINS = ("btc", "eth", "usdttrc20", "usdterc20", "usdc", "ltc", "bnbbsc", "trx", "sol", "xrp", "doge")
PROVIDERS = ("nowpayments", "paystack", "flutterwave")

PromoCode = Annotated[str, Length(1, 60)]
NewPromoCode = Annotated[str, Pattern(r"[A-Za-z0-9_-]{2,60}\Z", "Must be letters, digits, - and _, 2 to 60.")]
ValidFrom = Annotated[str | None, Body(default=None, type=types.Moment | None)]
NewItem = TypedDict("NewItem", {"ticketTypeId": types.Id, "quantity": types.Quantity})
Item = TypedDict(
    "Item", {"ticketTypeId": str, "name": str, "quantity": int, "unitPrice": types.Money, "subtotal": types.Money}
)


class Order(TypedDict):
    """One order; the document's sample has its first three fields, money as a decimal string."""

    id: Annotated[str, Pattern(r"ord_.+")]
    total: types.Money
    currency: Annotated[str, Column(index=False)]
    status: Annotated[str, OneOf(STATUSES), Column()]
    eventId: Annotated[str, Column("event")]
    items: list[Item]
    subtotal: types.Money
    discount: types.Money
    promoCode: str | None
    buyer: types.Person
    venueSeatIds: list[str]
    reference: str | None
    failureReason: str | None
    cancelReason: str | None
    expiresAt: str | None
    completedAt: str | None
    createdAt: types.Date
    updatedAt: types.Date


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
    holder: types.Person
    seat: types.Seat | None
    price: types.Money
    currency: str
    transferable: bool
    complimentary: bool
    checkedInAt: str | None
    gate: str | None
    createdAt: types.Date
    updatedAt: types.Date


class MyTicket(Ticket):
    """One ticket as its holder sees it, with its type's delivery, else its event's; null once it is refunded (public: for buyers alone)."""

    accessUrl: str | None
    accessNote: str | None


class OrderWithTickets(Order):
    """One order with its tickets once it is paid."""

    tickets: list[Ticket]


class NewOrderAnswer(OrderWithTickets):
    """One new order with the token that reads it without a key, shown once (public)."""

    accessToken: str


@check(must(lambda body: body.get("items") or body.get("venueSeatIds"), "Send items, or venueSeatIds.", "items"))
class NewOrder(TypedDict):
    """`POST /orders` (public: the fields); a buyer's own key needs no guest."""

    items: Annotated[list[NewItem], Length(most=types.MOST_SEATS), Default(list)]
    venueSeatIds: NotRequired[Annotated[types.SeatIds, Default(list)]]
    holderToken: NotRequired[types.OptionalId]
    guestEmail: Annotated[types.EmailAddress | None, Default(None)]
    guestName: Annotated[types.Text | None, Default(None)]
    promoCode: Annotated[PromoCode | None, Default(None)]


@check(must(lambda body: body.get("items") or body.get("venueSeatIds"), "Send items, or venueSeatIds.", "items"))
class IssueRequest(TypedDict):
    """`POST /events/{eventId}/issue`: tickets that were sold elsewhere (convention: the fields)."""

    items: Annotated[list[NewItem], Length(most=types.MOST_SEATS), Default(list)]
    venueSeatIds: NotRequired[Annotated[types.SeatIds, Default(list)]]
    holderToken: NotRequired[types.OptionalId]
    guestEmail: types.EmailAddress
    guestName: types.Text
    reference: Annotated[types.Text | None, Default(None)]


Fee = TypedDict("Fee", {"amount": types.Money, "currency": str})
Issued = TypedDict("Issued", {"order": Order, "tickets": list[Ticket], "fee": Fee})
Coins = TypedDict("Coins", {"currencies": list[str]})
TokenQuery = TypedDict("TokenQuery", {"token": types.OptionalId})
OrderId = TypedDict("OrderId", {"orderId": types.Id})
OrderToVerify = TypedDict("OrderToVerify", {"orderId": types.Id, "token": types.OptionalId})


class Payment(TypedDict):
    """One payment, pending or ended (public: the providers, and payCurrency for crypto)."""

    id: Annotated[str, Pattern(r"pay_.+")]
    orderId: Annotated[str, Column("order")]
    provider: Annotated[str, OneOf(PROVIDERS), Body(required=True)]
    status: Annotated[str, OneOf(("pending", "succeeded", "failed")), Column()]
    amount: types.Money
    currency: str
    payCurrency: Annotated[str | None, OneOf(COINS), Body(default=None)]
    checkoutUrl: str
    failureReason: str | None
    settledAt: str | None
    createdAt: types.Date


class OrderPayments(TypedDict):
    """The status of an order's payment."""

    orderId: str
    orderStatus: Annotated[str, OneOf(STATUSES)]
    status: Annotated[str, OneOf(("none", "pending", "succeeded", "failed"))]
    total: types.Money
    currency: str
    attempts: list[Payment]
    tickets: list[Ticket]


class Promo(TypedDict):
    """One promo code: `value` is a percentage of the subtotal, or a fixed amount in its currency. The code itself cannot be changed."""

    id: str
    code: Annotated[NewPromoCode, Body(required=True, update=False), Column()]
    type: Annotated[str, OneOf(("percent", "fixed")), Body(default="percent")]
    value: Annotated[types.Money, Body(required=True, type=types.Price)]
    eventId: Annotated[types.Id | None, Body(default=None, update=False), Column("event"), Filter()]
    maxUses: Annotated[int | None, Range(1, 1_000_000), Body(default=None)]
    uses: int
    startsAt: ValidFrom
    endsAt: ValidFrom
    active: Annotated[bool, Body(default=True)]
    createdAt: types.Date
    updatedAt: types.Date


PromoCheck = TypedDict("PromoCheck", {"code": PromoCode, "items": Annotated[list[NewItem], Length(1, 20)]})


class PromoPreview(TypedDict):
    """The discount of a code."""

    valid: bool
    code: str
    reason: str | None
    subtotal: types.Money
    discount: types.Money
    total: types.Money


class Purchase(TypedDict):
    """Action `buy`: the ticket type, the quantity, and the buyer."""

    ticketTypeId: types.Id
    quantity: types.OneOrMore
    guestEmail: Annotated[types.EmailAddress, Default("buyer@example.com")]
    guestName: Annotated[types.Text, Default("Alex Buyer")]


Declined = Annotated[types.Text, Default("payment_declined")]
FailedPayment = TypedDict("FailedPayment", {"orderId": types.Id, "reason": Declined})
Friend = Annotated[types.Text, Default("Robin Friend")]
Transfer = TypedDict("Transfer", {"ticketId": types.Id, "toEmail": types.EmailAddress, "toName": Friend})
GateName = Annotated[str | None, Length(1, 100), Default(None)]
HAS_CODE = must(lambda body: body.get("qrData") or body.get("code"), "Send qrData, or code.", "qrData")


@check(HAS_CODE)
class CodeRequest(TypedDict):
    """A ticket by its QR text, or by typed text: its door code or id (public)."""

    qrData: types.OptionalId
    code: NotRequired[types.OptionalId]
    gateName: GateName
    deviceId: NotRequired[GateName]


@check(HAS_CODE)
class ScanRequest(CodeRequest):
    """`POST /checkin/scan`; with eventId a ticket of another event is denied (convention)."""

    eventId: NotRequired[types.OptionalId]


class OfflineScan(TypedDict):
    """One scan of a batch, with the moment at which it was made; without a code it is denied (convention)."""

    qrData: types.OptionalId
    code: NotRequired[types.OptionalId]
    gateName: GateName
    deviceId: NotRequired[GateName]
    eventId: NotRequired[types.OptionalId]
    scannedAt: Annotated[types.Moment | None, Default(None)]


BatchRequest = TypedDict("BatchRequest", {"scans": Annotated[list[OfflineScan], Length(1, types.MOST_SCANS)]})
ManifestQuery = TypedDict("ManifestQuery", {"since": Annotated[types.Moment | None, Default(None)]})


class CheckIn(TypedDict):
    """One line of a check-in log."""

    id: str
    eventId: Annotated[str, Column("event")]
    ticketId: str
    gate: Annotated[str | None, Column()]
    deviceId: str | None
    status: Annotated[str, Column("result")]
    reason: str | None
    at: str


class Scan(TypedDict):
    """The answer to a scan (public: status and reason)."""

    status: Annotated[str, OneOf(("admitted", "denied"))]
    reason: Annotated[
        str | None, OneOf((None, "duplicate", "wrong_event", "cancelled", "expired", "not_found", "no_code"))
    ]
    code: str
    gateName: str | None
    at: types.Date
    ticket: Ticket | None


Batch = TypedDict("Batch", {"results": list[Scan], "admitted": int, "denied": int})
ManifestTicket = TypedDict(
    "ManifestTicket", {"qrHash": str, "codeHash": str, "ticketTypeName": str, "status": str, "updatedAt": types.Date}
)
Manifest = TypedDict(
    "Manifest", {"eventId": str, "generatedAt": types.Date, "algorithm": str, "tickets": list[ManifestTicket]}
)
Gate = TypedDict("Gate", {"gate": str, "admitted": int, "denied": int, "lastScanAt": types.Date | None})


class Stats(TypedDict):
    """An event's check-in in numbers (public: totals, capacity, entry rate, gates)."""

    eventId: str
    capacity: int
    expected: int
    checkedIn: int
    denied: int
    percent: float
    entryRate: float
    gates: list[Gate]
    at: types.Date


GateStats = TypedDict(
    "GateStats", {"eventId": str, "gate": str, "admitted": int, "denied": int, "lastScanAt": types.Date | None}
)
