"""What a fixture says under `vendors: skybox:`: its shape, and that it speaks only of what the fixture has."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from marshmallow import ValidationError

from mockmarket.api.schemas import schema_of
from mockmarket.errors import Invalid, details_of
from mockmarket.records import Check, Default, Email, Length, OneOf, Pattern, Range
from mockmarket.seed.shapes import check_labels
from mockmarket.vendor import Seeding
from mockmarket.vendors.skybox.records.enumerations import CURRENCIES
from mockmarket.vendors.skybox.records.types import NAME

Labels = Annotated[Any | None, Default(None), Check(check_labels)]
Name = Annotated[str, Length(1, 200)]


class StockSection(TypedDict):
    """What of the world's stock is an account's: an event, or sections and rows of it, one, a list or a range such as 101-104."""

    event: str
    section: Labels
    row: Labels


class AccountSection(TypedDict):
    """An account of the fixture; without `stock` everything is its own."""

    id: Annotated[int, Range(1, 10**9)]
    name: Name
    email: Annotated[str, Email(), Default("broker@example.com")]
    currency: Annotated[str, OneOf(CURRENCIES), Default("USD")]
    stock: Annotated[list[StockSection] | None, Default(None)]


class ApplicationSection(TypedDict):
    """An application of the fixture: its token, and whom e-mails about muted webhooks reach."""

    token: Annotated[str, Pattern(r"[!-~]{8,200}\Z", "Must be 8 to 200 visible signs.")]
    name: Name
    email: Annotated[str, Email(), Default("application@example.com")]


class Section(TypedDict):
    """What a fixture says under `vendors: skybox`."""

    accounts: Annotated[list[AccountSection], Default(list)]
    applications: Annotated[list[ApplicationSection], Default(list)]


def read(seeding: Seeding) -> dict[str, Any]:
    """Read a fixture's section for this vendor; Invalid names what is wrong in it."""
    try:
        section: dict[str, Any] = schema_of(Section, "fixture").load(dict(seeding.section))
    except ValidationError as error:
        details = [(f"vendors.{NAME}.{field}", sentence) for field, sentence in details_of(error)]
        raise Invalid("; ".join(f"{field}: {sentence}" for field, sentence in details), details=details) from error
    shows = {show.id for show in seeding.events}
    for place, account in enumerate(section["accounts"]):
        for number, part in enumerate(account["stock"] or []):
            if part["event"] not in shows:
                where = f"vendors.{NAME}.accounts.{place}.stock.{number}.event"
                raise Invalid(f"{where}: There is no {part['event']}.", details=[(where, "names what is not there")])
    return section
