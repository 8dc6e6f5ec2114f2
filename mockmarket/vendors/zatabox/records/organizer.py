"""What only the organizer has: the organization and its wallets, venue maps and seating, the event's page."""

from typing import Annotated, TypedDict

from mockmarket.records import Body, Default, Length, Range
from mockmarket.vendors.zatabox.records import common as types

Wallet = TypedDict("Wallet", {"currency": str, "balance": Annotated[str, types.Pattern(r"-?\d+\.\d\d\Z")]})
Organization = TypedDict("Organization", {"id": str, "name": str, "createdAt": types.Date, "wallets": list[Wallet]})
MapPart = TypedDict("MapPart", {"id": str, "name": str, "seatCount": int})
VenueMap = TypedDict("VenueMap", {"id": str, "name": str, "city": str, "capacity": int, "sections": list[MapPart]})
PricedSection = TypedDict("PricedSection", {"id": str, "name": str, "ticketTypeId": str | None})


class Seating(TypedDict):
    """An event's seats (public: venueMapId, mode, holdTtlSeconds, and what else it has; convention: the rest)."""

    eventId: str
    venueMapId: Annotated[types.Id, Body(required=True)]
    mode: Annotated[str, Length(1, 40), Body(default="interactive")]
    holdTtlSeconds: Annotated[int, Body(default=None, type=Annotated[int | None, Range(1, 86_400)])]
    sections: list[PricedSection]
    blocked: list[str]
    sold: list[str]


Mapping = TypedDict("Mapping", {"venueSectionId": types.Id, "ticketTypeId": types.Id})
Pricing = TypedDict("Pricing", {"mappings": Annotated[list[Mapping], Length(1, 500)]})
SomeSeats = Annotated[list[types.Id], Length(most=500), Default(list)]
Blocks = TypedDict("Blocks", {"block": SomeSeats, "unblock": SomeSeats})
