"""What an account may look up about itself: its users, its tags, and whatever has a number or a reference."""

from __future__ import annotations

from collections.abc import Iterator

from mockmarket.store import Read, keys, records
from mockmarket.store.keys import Key
from mockmarket.store.records import Condition, Kind, Record
from mockmarket.vendors.skybox import callers
from mockmarket.vendors.skybox.wire import lookups
from mockmarket.vendors.skybox.wire.formats import NAME
from mockmarket.vendors.skybox.wire.kinds import ACCOUNTS, HOLD, INVENTORY, INVOICE, PURCHASE
from mockmarket.vendors.skybox.wire.parties import CUSTOMER, VENDOR

TAGGED = (INVENTORY, PURCHASE, INVOICE, VENDOR, CUSTOMER)
SEARCHED: tuple[tuple[str, Kind, str, str], ...] = (
    ("INVOICE", INVOICE, "number", "id"), ("INVOICE", INVOICE, "ref", "externalRef"),
    ("PURCHASE", PURCHASE, "number", "id"), ("PURCHASE", PURCHASE, "ref", "externalRef"),
    ("INVENTORY", INVENTORY, "number", "id"), ("INVENTORY", INVENTORY, "position", "exchangePosId"),
    ("HOLD", HOLD, "number", "id"), ("HOLD", HOLD, "ref", "externalRef"),
)  # fmt: skip
"""Public: the four types of entity that are found; by which of their fields is convention."""
NUMBERS = ("number", "position")
MOST_DIGITS = 15


def account(read: Read, id: int) -> Record:
    """Return an account; one that no fixture declares says nothing of itself."""
    return lookups.account(id, records.get(read, ACCOUNTS, str(id)) or {}, int(read.store.meta()["start"]))


def user(account: int, key: Key) -> Record:
    """Return the user who holds an API token, as one of an account's."""
    id = int(key.owner.get("user", account))
    return lookups.user(id, account, key.name, key.owner, key.created_at)


def users(read: Read, account: int) -> list[Record]:
    """Return an account's users, each once however many tokens it has, by id."""
    there = (user(account, key) for key in keys.all(read, NAME) if account in callers.accounts_of(key))
    found: dict[int, Record] = {}
    for one in there:
        found.setdefault(one["id"], one)
    return [found[id] for id in sorted(found)]


def tags(read: Read, account: int) -> list[str]:
    """Return every tag that something of an account's has, in alphabetical order."""
    tagged: tuple[Condition, ...] = (("account", "=", account), ("tags", "!=", ""))
    return sorted({tag for kind in TAGGED for one in records.find(read, kind, *tagged) for tag in one["tags"].split()})


def search(read: Read, account: int, key: str) -> Iterator[Record]:
    """Yield what of an account's has this number or reference."""
    number = int(key) if key.isascii() and key.isdigit() and len(key) <= MOST_DIGITS else None
    for type, kind, column, field in SEARCHED:
        wanted = number if column in NUMBERS else key
        if wanted is None:
            continue
        for one in records.find(read, kind, ("account", "=", account), (column, "=", wanted)):
            yield {
                "entityId": one["id"],
                "entityType": type,
                "matchedField": field,
                "externalRef": one.get("externalRef"),
            }
