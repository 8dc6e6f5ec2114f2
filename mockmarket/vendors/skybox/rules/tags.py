"""Tags of inventory, purchases, invoices, vendors, customers and events: words separated by spaces, or by commas when read."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from mockmarket.store import Read, Record, records
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Session
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.rules import directory, inventory, orders
from mockmarket.vendors.skybox.rules.summaries import page
from mockmarket.vendors.skybox.wire import CUSTOMER, EVENT, INVENTORY, INVOICE, PURCHASE, VENDOR, get_or_refuse, invalid

MOST = 10_000  # characters of a record's tags, as in its other calls
Save = Callable[[Session, Record, Record], object]
COUNTS = {
    INVENTORY: "inventoryCount", INVOICE: "invoiceCount", PURCHASE: "poCount", EVENT: "eventCount", CUSTOMER: "customerCount",
    VENDOR: "vendorCount",
}  # fmt: skip
"""By kind of tagged records: its member of a tag's summary (public)."""
KINDS = {kind.name.upper(): kind for kind in COUNTS}
"""By the entityType of a bulk change (public)."""


def _save_party(kind: records.Kind, session: Session, _before: Record, after: Record) -> None:
    directory.put(session.tx, kind, after | {"lastUpdate": wire.moment(session.tx.now)})


def _save_order(type: str, session: Session, before: Record, after: Record) -> None:
    orders.settle(session.tx, type, before, after, session.by)


SAVES: dict[records.Kind, Save] = {
    INVENTORY: lambda session, before, after: inventory.save(session.tx, before, after, session.by),
    PURCHASE: partial(_save_order, "PURCHASE"),
    INVOICE: partial(_save_order, "INVOICE"),
    VENDOR: partial(_save_party, VENDOR),
    CUSTOMER: partial(_save_party, CUSTOMER),
    EVENT: lambda session, _, after: records.update(session.tx, EVENT, after),
}


def words(text: str) -> list[str]:
    """Return the tags of a text, each once."""
    return list(dict.fromkeys(text.replace(",", " ").split()))


def _change(session: Session, kind: records.Kind, before: Record, tags: Sequence[str]) -> None:
    if list(tags) == words(before["tags"]):
        return
    text = " ".join(tags)
    if len(text) > MOST:
        raise invalid("tag", f"The tags of {kind.name} {before['id']} would be longer than {MOST} characters.", text)
    SAVES[kind](session, before, before | {"tags": text})


def _sent(bodies: Iterable[Payload]) -> list[str]:
    return [word for body in bodies for word in words(body["tag"])]


def add(kind: records.Kind, session: Session, id: int, bodies: Sequence[Payload]) -> None:
    """Add tags to a record; those that it has stay as they are."""
    before = get_or_refuse(session.tx, kind, session.account, id)
    _change(session, kind, before, list(dict.fromkeys([*words(before["tags"]), *_sent(bodies)])))


def remove(kind: records.Kind, session: Session, id: int, bodies: Sequence[Payload]) -> None:
    """Remove tags from a record, in any case of their letters (as filters compare them); what it does not have changes nothing."""
    before = get_or_refuse(session.tx, kind, session.account, id)
    going = {word.casefold() for word in _sent(bodies)}
    _change(session, kind, before, [word for word in words(before["tags"]) if word.casefold() not in going])


def remove_named(kind: records.Kind, session: Session, id: int, tag: str) -> None:
    """Remove a tag, named in the path, from a record."""
    remove(kind, session, id, [{"tag": tag}])


def clear(kind: records.Kind, session: Session, ids: Sequence[int]) -> None:
    """Remove every tag of several records, all or none."""
    for place, id in enumerate(ids):
        _change(session, kind, get_or_refuse(session.tx, kind, session.account, id, str(place)), ())


def clear_inventory(session: Session, query: Payload) -> None:
    """Remove every tag of the listings that the query names, all or none; the answer has no body."""
    for id in query["id"]:
        _change(session, INVENTORY, get_or_refuse(session.tx, INVENTORY, session.account, id, "id"), ())


def change_many(session: Session, body: Payload) -> list[Record]:
    """Add tags to several records of a kind and remove others, or all that they had, all or none; answers how many records have the tags
    that were named."""
    kind = KINDS[body["entityType"]]
    new, old = (words(" ".join(body[name] or ())) for name in ("tagsToAdd", "tagsToRemove"))
    going = {word.casefold() for word in old}
    for place, id in enumerate(body["entityIds"]):
        before = get_or_refuse(session.tx, kind, session.account, id, f"entityIds.{place}")
        own = [] if body["cleanOldTags"] else [word for word in words(before["tags"]) if word.casefold() not in going]
        _change(session, kind, before, list(dict.fromkeys([*own, *new])))
    return [row for row in _summaries(session.tx, session.account) if row["tag"] in {*new, *old}]


def delete(session: Session, bodies: Sequence[Payload]) -> None:
    """Remove tags from all inventory, purchases, invoices, vendors and customers of the account, in any case of their letters; the answer
    has no body."""
    for kind in COUNTS:
        for row in _tagged(session.tx, session.account, kind) if kind is not EVENT else ():
            remove(kind, session, row["id"], bodies)


def _tagged(read: Read, account: int, kind: records.Kind) -> list[Record]:
    own: list[records.Condition] = [] if kind is EVENT else [("account", "=", account)]
    return records.find(read, kind, *own, ("$.tags", "!=", ""))


def _counts(read: Read, account: int, kind: records.Kind) -> Counter[str]:
    return Counter(word for row in _tagged(read, account, kind) for word in words(row["tags"]))


def listed(read: Read, account: int) -> list[str]:
    """List every tag of the account's inventory, purchases, invoices, vendors and customers."""
    return sorted({tag for kind in COUNTS if kind is not EVENT for tag in _counts(read, account, kind)})


def filtered(read: Read, account: int, query: Payload) -> list[str]:
    """List the account's tags that contain a text, in any case."""
    return [tag for tag in listed(read, account) if query["tag"].casefold() in tag.casefold()]


def summary(read: Read, account: int, query: Record) -> list[Record]:
    """List the tags of the account's records and of events, each with how many records of a kind have it."""
    query["sortedBy"] = query["sortedBy"] or "tag"
    wanted, part = query["id"], query["tag"].casefold()
    every = _summaries(read, account)
    rows = [row for row in every if wanted in (None, row["id"]) and part in row["tag"].casefold()]
    return list(page(read, rows, query)["rows"])


def _summaries(read: Read, account: int) -> list[Record]:
    counts = {name: _counts(read, account, kind) for kind, name in COUNTS.items()}
    rows: list[Record] = []
    for tag in sorted(set().union(*counts.values())):
        own = {name: counted[tag] for name, counted in counts.items()}
        about: Record = {"id": wire.number_of(f"tag {tag}"), "tag": tag, "tagType": None}
        rows.append({**about, **own, "totalCount": sum(own.values())})
    return rows
