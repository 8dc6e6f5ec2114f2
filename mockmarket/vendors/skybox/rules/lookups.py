"""What an account may look up about itself: its users, its tags, and whatever has a number or a reference."""

from __future__ import annotations

from collections.abc import Iterator

from mockmarket.store import Read, keys, records
from mockmarket.store.keys import Key
from mockmarket.store.records import Condition, Kind, Record
from mockmarket.vendors.skybox import callers
from mockmarket.vendors.skybox.records.lookups import Match, User
from mockmarket.vendors.skybox.records.types import NAME
from mockmarket.vendors.skybox.wire import lookups
from mockmarket.vendors.skybox.wire.kinds import ACCOUNTS, CUSTOMER, HOLD, INVENTORY, INVOICE, PURCHASE, VENDOR

TAGGED = (INVENTORY, PURCHASE, INVOICE, VENDOR, CUSTOMER)
SEARCHED: tuple[tuple[Kind, str, str], ...] = (
    (INVOICE, "number", "id"),
    (INVOICE, "ref", "externalRef"),
    (PURCHASE, "number", "id"),
    (PURCHASE, "ref", "externalRef"),
    (INVENTORY, "number", "id"),
    (INVENTORY, "position", "exchangePosId"),
    (HOLD, "number", "id"),
    (HOLD, "ref", "externalRef"),
)
"""Public: the four types of entity that are found; by which of their fields is convention."""
NUMBERS = ("number", "position")
MOST_DIGITS = 15


def account(read: Read, id: int) -> Record:
    """Return an account; one that no fixture declares says nothing of itself."""
    return lookups.account(id, records.get(read, ACCOUNTS, str(id)) or {}, int(read.store.meta()["start"]))


def user(account: int, key: Key) -> User:
    """Return the user who holds an API token, as one of an account's."""
    id = int(key.owner.get("user", account))
    return lookups.user(id, account, key.name, key.owner, key.created_at)


def users(read: Read, account: int) -> list[User]:
    """Return an account's users, each once however many tokens it has, by id."""
    own = [user(account, key) for key in keys.all(read, NAME) if account in callers.accounts_of(key)]
    first = {holder["id"]: holder for holder in reversed(own)}
    return [first[id] for id in sorted(first)]


def tags(read: Read, account: int) -> list[str]:
    """Return every tag that something of an account's has, in alphabetical order."""
    tagged: tuple[Condition, ...] = (("account", "=", account), ("tags", "!=", ""))
    return sorted({tag for kind in TAGGED for row in records.find(read, kind, *tagged) for tag in row["tags"].split()})


def search(read: Read, account: int, key: str) -> Iterator[Match]:
    """Yield what of an account's has this number or reference."""
    number = int(key) if key.isascii() and key.isdigit() and len(key) <= MOST_DIGITS else None
    for kind, column, field in SEARCHED:
        value = number if column in NUMBERS else key
        if value is not None:
            for row in records.find(read, kind, ("account", "=", account), (column, "=", value)):
                yield match(row, kind, field)


def match(row: Record, kind: Kind, field: str) -> Match:
    """Write what a quick search has found."""
    reference = row.get("externalRef")
    return {"entityId": row["id"], "entityType": kind.name.upper(), "matchedField": field, "externalRef": reference}
