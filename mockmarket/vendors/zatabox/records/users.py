"""Buyers and attendees: me, refunds, reports, messages, tags; and the organization's API keys; and what the actions on them take."""

from __future__ import annotations

from typing import Annotated, TypedDict

from mockmarket.records import Alias, Body, Column, Default, Length, OneOf, Pattern
from mockmarket.vendors.zatabox.records.common import (
    MOST_SEATS,
    SCOPES,
    Date,
    EmailAddress,
    Id,
    LongText,
    Money,
    Person,
    Quantity,
    Text,
    Writer,
)
from mockmarket.vendors.zatabox.records.orders import Ticket

Emails = Annotated[list[EmailAddress], Length(1, 500)]
Tag = Annotated[str, Length(1, 60)]
KeyName = Annotated[str, Length(1, 100)]
ScopeName = Annotated[str, OneOf(tuple(scope.name for scope in SCOPES))]
ScopeNames = Annotated[list[ScopeName], Length(1, 50)]


class Me(TypedDict):
    """Whom a key speaks for: a buyer, or the organization."""

    id: str
    email: str | None
    name: str
    role: Annotated[str, OneOf(("buyer", "organizer"))]
    organizationId: str | None
    createdAt: Date


class Refund(TypedDict):
    """One refund, of one ticket (public: what a call sets)."""

    id: str
    ticketId: Annotated[Id, Body(required=True), Column("ticket")]
    orderId: str
    status: Annotated[str, OneOf(("requested", "approved", "processed", "denied")), Column()]
    amount: Money
    currency: str
    reason: Annotated[LongText, Body(default="")]
    denialReason: str | None
    createdAt: Date
    updatedAt: Date


class Report(TypedDict):
    """One report, against an event or the organizer."""

    id: str
    status: Annotated[str, OneOf(("submitted", "resolved")), Column()]
    eventId: Annotated[Id | None, Body(default=None)]
    organizationId: str
    reason: Annotated[Text, Body(required=True)]
    description: Annotated[LongText, Body(default="")]
    reporter: Writer
    resolution: str | None
    createdAt: Date
    updatedAt: Date


class Message(TypedDict):
    """One message to the organizer, about a ticket."""

    id: str
    threadId: Annotated[str, Column("thread")]
    ticketId: str
    eventId: str
    from_: Annotated[Person, Alias("from")]
    message: Annotated[str, Length(1, 5000), Body(required=True)]
    createdAt: Date


class Thread(TypedDict):
    """The messages about one ticket."""

    id: str
    ticketId: str
    eventId: str
    lastMessageAt: Date
    messages: list[Message]


class Attendee(TypedDict):
    """Somebody who holds, or held, a ticket."""

    id: str
    email: Annotated[str, Column()]
    name: str
    tags: list[str]
    createdAt: Date


class Recipient(TypedDict):
    """Who gets a complimentary ticket."""

    name: Text
    email: EmailAddress


class Gift(TypedDict):
    """`POST …/comps`: so many tickets of a type for each person."""

    ticketTypeId: Id
    recipients: Annotated[list[Recipient], Length(1, 100)]
    quantity: Annotated[Quantity, Default(1)]


class GivenTickets(TypedDict):
    """The tickets that were given."""

    tickets: list[Ticket]


class TagsRequest(TypedDict):
    """`POST /organizer/growth/tags`: tags that are added to attendees (public: additive)."""

    emails: Emails
    tags: Annotated[list[Tag], Length(most=MOST_SEATS)]


class TagRequest(TypedDict):
    """`DELETE /organizer/growth/tags`: a tag that is taken off attendees."""

    emails: Emails
    tag: Tag


class Tagged(TypedDict):
    """The attendees as they are now, and addresses that are no attendee's."""

    attendees: list[Attendee]
    unknownEmails: list[str]


class Untagged(TypedDict):
    """The attendees that had the tag."""

    attendees: list[Attendee]


class ApiKey(TypedDict):
    """One API key, never its text (public: prefixes; rename, pause, re-scope)."""

    id: str
    name: Annotated[str, Body(required=True, type=KeyName)]
    prefix: str
    scopes: Annotated[list[str], Body(required=True, type=ScopeNames)]
    active: Annotated[bool, Body(default=True)]
    expiresAt: str | None
    lastUsedAt: str | None
    createdAt: Date


class ApiKeyWithSecret(ApiKey):
    """One API key with its text, shown once (public)."""

    secret: Annotated[str, Pattern(r"vt_(live|test)_.+")]


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
