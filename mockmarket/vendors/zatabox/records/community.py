"""Community and growth: waitlists, followers, reviews; tickets from a CSV, broadcasts; the page of an event."""

from typing import Annotated, TypedDict

from mockmarket.records import Body, Column, Length, Range
from mockmarket.vendors.zatabox.records import common as types
from mockmarket.vendors.zatabox.records.orders import Ticket

Address = Annotated[types.EmailAddress, Body(required=True), Column()]
Name = Annotated[str | None, Body(default=None, type=types.Text | None)]


class WaitlistEntry(TypedDict):
    """One person on an event's waitlist."""

    id: str
    eventId: Annotated[str, Column("event")]
    email: Address
    name: Name
    ticketTypeId: Annotated[str | None, Body(default=None, type=types.Id | None)]
    createdAt: types.Date


class Follower(TypedDict):
    """One follower of the organization."""

    id: str
    email: Address
    name: Name
    followedAt: types.Date


class Review(TypedDict):
    """One review by the holder of a ticket that was checked in (public: ticketCode and email prove it)."""

    id: str
    eventId: Annotated[str, Body(required=True, type=types.Id), Column("event")]
    ticketId: Annotated[str, Column("ticket")]
    author: str
    rating: Annotated[int, Range(1, 5), Body(required=True)]
    comment: Annotated[str, Body(default="", type=types.LongText)]
    createdAt: types.Date


Attendance = TypedDict("Attendance", {"ticketCode": types.Id, "email": types.EmailAddress})
CsvRequest = TypedDict("CsvRequest", {"ticketTypeId": types.Id, "csv": Annotated[str, Length(1, 500_000)]})
CsvRow = TypedDict("CsvRow", {"name": types.Text, "email": types.EmailAddress, "quantity": types.OneOrMore})
CsvError = TypedDict("CsvError", {"row": int, "message": str})
Imported = TypedDict("Imported", {"tickets": list[Ticket], "errors": list[CsvError]})


class Broadcast(TypedDict):
    """One message to an event's attendees, as stored."""

    id: str
    eventId: str
    subject: Annotated[types.Text, Body(required=True)]
    message: Annotated[str, Length(1, 5000), Body(required=True)]
    tags: Annotated[list[types.Text], Length(most=20), Body(default=list)]
    recipients: list[str]
    createdAt: types.Date


BroadcastResult = TypedDict("BroadcastResult", {"recipients": int})
FaqEntry = TypedDict("FaqEntry", {"question": types.Text, "answer": types.LongText})


class Customization(TypedDict):
    """The page of an event (public: theme, layout, FAQ, SEO; convention: their contents)."""

    eventId: str
    theme: Annotated[types.Members, Body(default=dict)]
    layout: Annotated[str, Length(1, 60), Body(default="standard")]
    faq: Annotated[list[FaqEntry], Length(most=100), Body(default=list)]
    seo: Annotated[types.Members, Body(default=dict)]
    updatedAt: types.Date | None
