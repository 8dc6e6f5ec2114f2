"""Look-ups over an account's records: the account itself, its users, enumerations, and what a search finds."""

import orjson

from mockmarket.clock import DAY
from mockmarket.rules.search import folded
from mockmarket.store import Read, Record, keys, records
from mockmarket.vendors.skybox import callers, wire
from mockmarket.vendors.skybox.records.directory import Account, CatalogRow, Match, Notification, User
from mockmarket.vendors.skybox.records.queries import CatalogQuery
from mockmarket.vendors.skybox.records.types import ENUMERATIONS, NAME, Payload
from mockmarket.vendors.skybox.rules.filtering import conditions, resolved
from mockmarket.vendors.skybox.rules.summaries import page
from mockmarket.vendors.skybox.wire import EVENT, HOLD, INVENTORY, INVOICE, PURCHASE

ID, REF, POSITION = ("number", "id"), ("ref", "externalRef"), ("position", "exchangePosId")
SEARCHED = {INVOICE: (ID, REF), PURCHASE: (ID, REF), INVENTORY: (ID, POSITION), HOLD: (ID, REF)}
"""Public: the four types of entity that a search finds; the searched fields are convention."""


PHONE = "5555550100"
"""Of a user whose key names none (convention): public, a phone has 10 to 20 characters."""


def account(read: Read, id: int) -> Record:
    """Get the account of the request."""
    # An account that no fixture declares has empty members, and is as old as the world.
    known, start = records.get(read, wire.ACCOUNTS, str(id)) or {}, wire.moment(int(read.store.meta()["start"]))
    own = {"id": id, "company": known.get("name", ""), "lastUpdate": start}
    return wire.new_record(Account, {"creationDate": start, **known}, **own)


def user(account: int, key: keys.Key) -> Record:
    """Return the user of an API token, as one of an account's: the key's name, and further members from its owner."""
    id, owner, stamp = callers.user_of(key, account), key.owner, wire.moment(key.created_at)
    first, _, last = str(owner.get("name") or key.name).partition(" ")
    own = {"id": id, "accountId": account, "originalAccount": account, "creationDate": stamp, "lastUpdate": stamp}
    own |= {"firstName": first, "lastName": last or first, "phone": str(owner.get("phone") or PHONE)}
    own["email"] = str(owner.get("email") or f"user{id}@example.com")
    return wire.new_record(User, {}, **own)


def users(read: Read, account: int, query: Record) -> Record:
    """List the account's users: all users with an API token for it."""
    query["sortedBy"] = query["sortedBy"] or "id"
    own = [user(account, key) for key in keys.all(read, NAME) if account in callers.accounts_of(key)]
    first = {holder["id"]: holder for holder in reversed(own)}  # each user once, with any number of tokens
    return page(read, [first[id] for id in sorted(first) if query["email"] in folded(first[id]["email"])], query)


def enumeration(_read: Read, _account: int, type: str) -> list[str]:
    """List the values of an enumeration, such as stockType."""
    plain = {name.casefold(): values for name, values in ENUMERATIONS.items()}
    values = plain.get(type.casefold().replace("_", "").replace("-", ""))  # stockType, STOCK_TYPE and stock-type
    if values is None:
        raise wire.invalid("enumtype", f"must be one of {', '.join(ENUMERATIONS)}", type)
    return list(values)


def search(read: Read, account: int, query: Payload) -> list[Match]:
    """Find invoices, purchases, inventory and holds by id, external reference or exchangePosId."""
    key = query["key"].strip()
    number = int(key) if key.isascii() and key.isdigit() and len(key) <= 15 else None
    matches: list[Match] = []
    for kind, column, field in ((kind, *pair) for kind, pairs in SEARCHED.items() for pair in pairs):
        value = key if column == "ref" else number
        rows = records.find(read, kind, ("account", "=", account), (column, "=", value)) if value is not None else []
        for row in rows:
            type, reference = kind.name.upper(), row.get("externalRef")
            matches.append({"entityId": row["id"], "entityType": type, "matchedField": field, "externalRef": reference})
    return matches


def catalog(read: Read, account: int, query: Payload) -> dict[str, list[Record]]:
    """List a page of the catalogue's events by date, without a count (public: a real client's code)."""
    where = conditions(read, EVENT, account, query, CatalogQuery)
    way: records.Order = ("starts_at", "desc" if query["sortDir"].lower() == "desc" else "asc")
    start = (max(query["pageNumber"], 1) - 1) * query["limit"]
    rows = (orjson.loads(row) for row in records.page(read, EVENT, where, [way], query["limit"], start))
    return {"rows": [{name: row[name] for name in CatalogRow.__annotations__} for row in rows]}


def account_notifications(read: Read, account: int) -> list[Notification]:
    """List what waits for the account's people: open invoices of events within a week, and stock in mapping."""
    soon: list[records.Condition] = [("event.starts_at", ">=", read.now), ("event.starts_at", "<=", read.now + 7 * DAY)]
    own: list[records.Condition] = [("account", "=", account)]
    open_orders = records.count(read, INVOICE, [*own, ("fulfillment", "=", "PENDING"), *resolved(read, INVOICE, soon)])
    in_mapping = records.count(read, INVENTORY, [*own, ("$.mappingId", "is_set", 1)])
    waiting = (
        ("UPCOMING_OPEN_ORDERS", open_orders, "Open orders", "Invoices of events within seven days are not fulfilled."),
        ("MAPPING_QUEUE", in_mapping, "Mapping queue", "Inventory waits for its event."),
    )
    return [
        {"title": title, "message": f"{count}: {message}", "extra": None, "type": type, "alertId": None}
        for type, count, title, message in waiting
        if count
    ]
