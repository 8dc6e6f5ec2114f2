"""Lines of purchases and invoices, and what adds and changes them."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from mockmarket.records import AnyNumberForm, Column, Default, Notified, OneOf, Range, Shaped
from mockmarket.vendors.skybox.records.enumerations import LINE_ITEM_TYPES, LINE_TYPES
from mockmarket.vendors.skybox.records.inventory import Inventory, NewInventory
from mockmarket.vendors.skybox.records.types import AccountId, Amount, Ids, LongText, Signed, initial

LineQuantity = Annotated[int, AnyNumberForm(), Range(1, 100_000)]


class LineHead(TypedDict):
    """What a line begins with; `amount` is its total (public)."""

    id: Annotated[int, Column("number", "INTEGER")]
    accountId: AccountId
    targetId: Annotated[int, Column("target", "INTEGER"), Notified()]
    quantity: Annotated[int, Notified()]
    description: Annotated[str | None, Notified()]
    amount: Annotated[float, Notified()]
    lineType: Annotated[str, OneOf(LINE_TYPES), Column("type"), Notified()]
    lineItemType: Annotated[str, OneOf(LINE_ITEM_TYPES), Column("item", index=False), Notified()]
    itemIds: Annotated[list[int], initial(list), Notified()]


class LineInventory(TypedDict):
    """The listing that a purchase's line brought."""

    inventory: Inventory | None


class LineState(TypedDict):
    """What a line ends with."""

    cancelled: Annotated[bool, initial(False), Column(type="INTEGER", index=False), Notified()]
    fillLineId: Annotated[int | None, Notified()]
    inventoryIds: Annotated[list[int], initial(list), Notified()]
    createdDate: str
    createdBy: str
    lastUpdate: str
    lastUpdateBy: str


class Line(LineHead, LineState):
    """One line of a purchase or an invoice as it is stored."""


class ShownLine(LineHead, LineInventory, LineState):
    """One line; a purchase's with its inventory (public: clients read `lines[].inventory.id`)."""


class Lines(TypedDict):
    """The lines of a purchase or an invoice."""

    lines: list[ShownLine]


class LineChange(TypedDict, total=False):
    """`PUT /purchases/{id}/lines/{lineId}`: public, amount and description only."""

    amount: Signed | None
    description: LongText | None


class InvoiceLineChange(TypedDict, total=False):
    """`PUT /invoices/{id}/lines/{lineId}`: public, quantity too."""

    amount: Amount | None
    description: LongText | None
    quantity: Annotated[int | None, AnyNumberForm(), Range(1, 1000)]


class NewPurchaseLine(TypedDict, total=False):
    """A line of a purchase: with inventory, or of whatever else."""

    lineItemType: Annotated[str, OneOf(LINE_ITEM_TYPES)]
    quantity: LineQuantity | None
    description: LongText | None
    amount: Signed | None
    inventory: Annotated[dict[str, Any] | None, Shaped(NewInventory)]


class NewInvoiceLine(TypedDict):
    """A line of an invoice: with the tickets that are sold, or of whatever else."""

    lineItemType: Annotated[str, OneOf(LINE_ITEM_TYPES)]
    quantity: Annotated[LineQuantity | None, Default(None)]
    description: Annotated[LongText | None, Default(None)]
    amount: Amount
    itemIds: Annotated[Ids | None, Default(None)]


class LineIds(TypedDict):
    """Several lines (public: bulk line update)."""

    lineIds: Ids
