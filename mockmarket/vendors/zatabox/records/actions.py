"""What the actions take."""

from __future__ import annotations

from typing import Annotated, TypedDict

from mockmarket.records import Default
from mockmarket.vendors.zatabox.records.common import EmailAddress, Id, LongText, Quantity, Text
from mockmarket.vendors.zatabox.records.orders import OrderId


class Purchase(TypedDict):
    """Action `buy`: which ticket type, how many, and who buys."""

    ticketTypeId: Id
    quantity: Annotated[Quantity, Default(1)]
    guestEmail: Annotated[EmailAddress, Default("buyer@example.com")]
    guestName: Annotated[Text, Default("Alex Buyer")]


class FailedPayment(OrderId):
    """Action `fail_payment`: which order, and why its payment fails."""

    reason: Annotated[Text, Default("payment_declined")]


class Transfer(TypedDict):
    """Action `transfer_ticket`: which ticket, and to whom."""

    ticketId: Id
    toEmail: EmailAddress
    toName: Annotated[Text, Default("Robin Friend")]


class RefundId(TypedDict):
    """Actions on one refund."""

    refundId: Id


class Denial(RefundId):
    """Action `deny_refund`: which refund, and why it is denied."""

    reason: Annotated[LongText | None, Default(None)]


class Resolution(TypedDict):
    """Action `resolve_report`: which report, and what came of it."""

    reportId: Id
    resolution: Annotated[LongText, Default("")]


class AgentWrite(TypedDict):
    """Action `agent_write`: which tool wrote, who ran it, and to what: the id of an event, ticket type, order or ticket."""

    tool: Text
    actor: Annotated[Text, Default("An agent")]
    target: Id
