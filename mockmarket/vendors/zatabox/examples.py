"""Made-up records for notices about nothing that exists: test sends, and triggers in a world that has no such record yet."""

from __future__ import annotations

from mockmarket.vendors.zatabox.records.common import ORG, Person
from mockmarket.vendors.zatabox.records.events import Event, TicketType
from mockmarket.vendors.zatabox.records.orders import Item, Order, Ticket
from mockmarket.vendors.zatabox.records.users import Attendee, Refund, Report

AT = "2026-07-03T18:20:05Z"
ID = "01J00000000000000000000000"
BUYER: Person = {"name": "Alex Buyer", "email": "buyer@example.com"}

RECORDS: dict[str, object] = {
    "event": Event(
        id=f"evt_{ID}", slug="an-example", title="An Example", description="", category="music", productType="event",
        status="published", startDate="2026-07-01T19:00:00Z", endDate="2026-07-01T22:00:00Z", timezone="UTC",
        venueType="physical", venueName="Example Hall", venueCity="Exampleton", capacity=100, returnPolicy="",
        seating=False, organizationId=ORG, publishedAt=AT, createdAt=AT, updatedAt=AT,
    ),
    "ticketType": TicketType(
        id=f"tkt_{ID}", eventId=f"evt_{ID}", name="General Admission", description="", type="general", price="42.00",
        currency="USD", quantityTotal=100, quantitySold=1, quantityHeld=0, quantityAvailable=99, saleStart=None,
        saleEnd=None, transferable=True, createdAt=AT, updatedAt=AT,
    ),
    "order": Order(
        id=f"ord_{ID}", total="42.00", currency="USD", status="completed", eventId=f"evt_{ID}",
        items=[Item(ticketTypeId=f"tkt_{ID}", name="General Admission", quantity=1, unitPrice="42.00", subtotal="42.00")],
        subtotal="42.00", discount="0.00", promoCode=None, buyer=BUYER, venueSeatIds=[], failureReason=None,
        cancelReason=None, expiresAt=None, completedAt=AT, createdAt=AT, updatedAt=AT,
    ),
    "ticket": Ticket(
        id=f"tic_{ID}", qr="ZTB1.EXAMPLE", code="EXAMPL", status="valid", orderId=f"ord_{ID}", eventId=f"evt_{ID}",
        ticketTypeId=f"tkt_{ID}", ticketTypeName="General Admission", holder=BUYER, seat=None, price="42.00", currency="USD",
        transferable=True, complimentary=False, checkedInAt=None, gate=None, createdAt=AT, updatedAt=AT,
    ),
    "refund": Refund(
        id=f"ref_{ID}", ticketId=f"tic_{ID}", orderId=f"ord_{ID}", status="requested", amount="42.00", currency="USD",
        reason="An example", denialReason=None, createdAt=AT, updatedAt=AT,
    ),
    "report": Report(
        id=f"rep_{ID}", status="submitted", eventId=f"evt_{ID}", organizationId=ORG, reason="other",
        description="An example", reporter={"name": "Alex Buyer", "email": "buyer@example.com"}, resolution=None,
        createdAt=AT, updatedAt=AT,
    ),
    "message": {
        "id": f"msg_{ID}", "threadId": f"thr_{ID}", "ticketId": f"tic_{ID}", "eventId": f"evt_{ID}", "from": BUYER,
        "message": "An example", "createdAt": AT,
    },
    "payout": {
        "id": f"pyo_{ID}", "status": "scheduled", "amount": "42.00", "currency": "USD", "organizationId": ORG,
        "scheduledFor": AT, "failureReason": None, "createdAt": AT,
    },  # convention through and through: no payout has ever been heard of
    "attendee": Attendee(id=f"att_{ID}", email="buyer@example.com", name="Alex Buyer", tags=["example"], createdAt=AT),
    "tag": "example",
    "reason": "duplicate",
    "from": BUYER,
    "to": {"name": "Robin Friend", "email": "friend@example.com"},
    "tool": "update_event",
    "actor": {"type": "mcp_token", "name": "An example"},
    "target": {"type": "event", "id": f"evt_{ID}"},
}  # fmt: skip
"""By the top-level key of a notice's `data` under which each stands."""
RECORDS["tickets"] = [RECORDS["ticket"]]
