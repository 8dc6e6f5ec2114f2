"""Tickets' files: uploaded, or sent with a ticket; kept under a name in an account, bounded in size and number, read back byte for byte."""

from collections.abc import Iterable

from mockmarket import errors
from mockmarket.store import Read, Record, Tx, records
from mockmarket.vendors.skybox.callers import Session
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.rules import orders
from mockmarket.vendors.skybox.wire import ASSET, INVOICE, TICKET, get_or_refuse, invalid

MOST_FILE, MOST_BYTES, MOST_FILES = 1_500_000, 24_000_000, 1_000
"""Most base64 characters of a file, and of all of a world's; most files of a world (convention). A world's file can be imported then."""
LONGEST_NAME = 45  # public: of a ticket's fileName


def _key(account: int, name: str) -> str:
    return f"{account}/{name}"


def _content(read: Read, account: int, name: str | None) -> str | None:
    asset = records.get(read, ASSET, _key(account, name)) if name else None
    return str(asset["content"]) if asset else None


def _users(read: Read, account: int, name: str) -> set[int]:
    rows = records.find(read, TICKET, ("account", "=", account), ("file", "=", name))
    return {ticket["id"] for ticket in rows}


def get(read: Read, account: int, name: str) -> str:
    """Return a file, base64 encoded; NotFound without it."""
    if content := _content(read, account, name):
        return content
    raise errors.NotFound(f"There is no file {name} on account {account}.")


def upload(session: Session, body: Payload) -> str:
    """Keep a PDF for the tickets that name it; returns its name."""
    if len(body["pdf"]) != 1:
        raise invalid("pdf", "must be one file; the answer is about one", len(body["pdf"]))
    number = records.count(session.tx, ASSET, [("account", "=", session.account)]) + 1
    while _content(session.tx, session.account, name := f"upload-{number}.pdf"):
        number += 1
    _put(session.tx, session.account, name, body["pdf"][0])
    return name


def _put(tx: Tx, account: int, name: str, content: str) -> None:
    if len(content) > MOST_FILE:
        raise errors.TooLarge(f"A file has at most {MOST_FILE} characters of base64.")
    before = len(_content(tx, account, name) or "")
    size = records.total(tx, ASSET, "size") - before + len(content)
    if size > MOST_BYTES or (not before and records.count(tx, ASSET, []) >= MOST_FILES):
        raise invalid(
            "base64FileBytes", f"A world keeps at most {MOST_FILES} files, {MOST_BYTES} characters of base64 in all."
        )
    asset = {"key": _key(account, name), "accountId": account, "name": name, "size": len(content), "content": content}
    records.put(tx, ASSET, asset)


def keep(tx: Tx, ticket: Payload, sent: Payload, path: str) -> Record:
    """Keep the file that is sent with a ticket; returns its new fileName if its file changes. Invalid for a name without a file."""
    account, content = ticket["accountId"], sent.get("base64FileBytes")
    before, name = ticket.get("fileName"), sent.get("fileName", ticket.get("fileName")) or None
    if content is None:
        if name not in (None, before) and _content(tx, account, name) is None:
            raise invalid(path, f"There is no file {name}; send base64FileBytes, or upload it before.", name)
        return {} if name == before else {"fileName": name}
    if before and name == before and _content(tx, account, name) == content:
        return {}
    wanted = name or f"{ticket['id']}.pdf"
    for candidate in (wanted, f"{ticket['id']}-{wanted}"[-LONGEST_NAME:]):
        if _content(tx, account, candidate) in (None, content) or _users(tx, account, candidate) == {ticket["id"]}:
            _put(tx, account, candidate, content)
            return {"fileName": candidate}
    raise invalid(path, f"There is another file {wanted}; give it another name.", wanted)


def drop_unused(tx: Tx, account: int, names: Iterable[str | None]) -> None:
    """Delete files that no ticket has any more."""
    for name in filter(None, set(names)):
        if not _users(tx, account, name):
            records.delete(tx, ASSET, _key(account, name))


def of_invoice(read: Read, account: int, id: int) -> str:
    """Get the files of an invoice's tickets, base64 encoded, one a line; 404 when they have none."""
    get_or_refuse(read, INVOICE, account, id)
    sold = orders.sold_tickets(read, id)
    names = dict.fromkeys(ticket["fileName"] for ticket in sold if ticket["fileName"])
    if not names:
        raise errors.NotFound(f"There are no files of the tickets of invoice {id}.")
    return "\n".join(get(read, account, name) for name in names)
