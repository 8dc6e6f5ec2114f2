"""Evidence: what a world saw, as text for the report of a failed test: its last requests and deliveries, and the likely reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mockmarket_client.calls import Record
from mockmarket_client.control import Client
from mockmarket_client.failures import MockmarketError
from mockmarket_client.inbox import NotReceived

MOST_LISTED = 10
LONGEST_MESSAGE = 300
NO_REQUEST = (
    "no request reached this world. The code under test has to use the world's own URLs: `market.base_url(vendor)`."
)


def report(client: Client, error: BaseException) -> str:
    """Return what a client's world saw, as lines of text, for a test that failed with this error."""
    try:
        requests = client.requests(limit=MOST_LISTED)
        deliveries = client.deliveries(limit=MOST_LISTED)[::-1]
        clock = client.clock()
    except MockmarketError as failure:
        return f"The server has nothing to say of the world {client.world}: {failure}"
    reason = likely_reason(requests, deliveries, clock, isinstance(error, (NotReceived, MockmarketError)))
    return "\n".join([*([f"Likely reason: {reason}"] if reason else []), *_lines(client, requests, deliveries, clock)])


def _lines(client: Client, requests: Sequence[Record], deliveries: Sequence[Record], clock: Record) -> Iterator[str]:
    yield f"Last requests to the world {client.world}:{'' if requests else ' none'}"
    yield from (f"  {described_request(row)}" for row in requests)
    yield f"Last deliveries:{'' if deliveries else ' none'}"
    yield from (f"  {described_delivery(row)}" for row in deliveries)
    yield f"Clock: {'frozen at' if clock['frozen'] else 'runs,'} {clock['now']}; next delivery: {clock['next_delivery'] or 'none'}"


def described_request(row: Record) -> str:
    """Return a request of the journal in a line: the call, its status, its refusal, what nothing read."""
    words = f"{row['id']} {row['method']} {row['path']} {row['status']}"
    if row["refused"]:
        words += f" {row['refused']}: {row['message'][:LONGEST_MESSAGE]}"
    notes = {"fault": [row["fault"]] * bool(row["fault"]), "not read": row["unread"], "unsupported": row["unsupported"]}
    return words + "".join(f" [{name}: {', '.join(values)}]" for name, values in notes.items() if values)


def described_delivery(row: Record) -> str:
    """Return a delivery in a line: the notice, its state, its endpoint, and why it is in this state."""
    return f"{row['vendor']} {row['type']} to {row['endpoint']} {row['state']}: {row['reason'] or 'not sent yet'}"


def likely_reason(requests: Sequence[Record], deliveries: Sequence[Record], clock: Record, awaited: bool) -> str | None:
    """Return a sentence on what in a world's log most likely made a test fail, or None when all went well there; `awaited` says that
    the test waited for something in vain."""
    about_requests, about_deliveries = _refusal(requests), _missed(deliveries, clock)
    if awaited:
        return about_deliveries or about_requests
    nothing = None if requests or deliveries else NO_REQUEST
    return about_requests or about_deliveries or _unread(requests) or nothing


def _refusal(requests: Sequence[Record]) -> str | None:
    row = next((row for row in reversed(requests) if row["refused"]), None)
    if row is None:
        return None
    cause = f"by the fault {row['fault']}" if row["fault"] else f"({row['refused']})"
    unread = f" Nothing reads {', '.join(row['unread'])}." if row["unread"] else ""
    return f"{row['id']} {row['method']} {row['path']} was refused {cause}: {row['message'][:LONGEST_MESSAGE]}{unread}"


def _missed(deliveries: Sequence[Record], clock: Record) -> str | None:
    row = next((row for row in reversed(deliveries) if row["state"] != "delivered"), None)
    if row is None:
        return None
    if clock["frozen"] and row["due"]:
        waits = f"{row['type']} is due at {row['due']}, and the clock stands at {clock['now']} until `market.advance` moves it."
        return f"{waits} {row['reason'] or ''}".strip()
    return f"{row['type']} is {row['state']}: {row['reason'] or 'it was not sent yet'}"


def _unread(requests: Sequence[Record]) -> str | None:
    rows = (row for row in reversed(requests) if row["unread"])
    return next(
        (f"nothing reads {', '.join(row['unread'])} of {row['id']} {row['method']} {row['path']}." for row in rows),
        None,
    )
