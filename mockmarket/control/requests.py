"""The request journal: requests of integrators to the world's vendors, and their effects."""

from collections import Counter
from collections.abc import Callable
from typing import Annotated, TypedDict

from mockmarket.control.base import HAR, Context, either, operation
from mockmarket.control.trace import Effects, effects_of
from mockmarket.errors import NotFound
from mockmarket.matching.operators import wrong_pattern
from mockmarket.records import Check, Default, Pattern, Range, Reads
from mockmarket.records.formats import Time
from mockmarket.records.views import Ms, Text, view, views
from mockmarket.store.records import Record
from mockmarket.worlds import har, journal_query
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.journal_query import CLASS, wrong_headers
from mockmarket.worlds.world import World


class RequestQuery(TypedDict, total=False):
    """The filters of requests."""

    limit: Annotated[int, Default(100), Range(1, 5000)]
    id: str
    vendor: str
    method: str
    path: str
    status: int
    refused: Annotated[str, "The refusal's code, such as scope_missing."]
    fault: Annotated[str, "The fault that was applied, such as slow."]


def _any_or(thing: str, name: str) -> Reads:
    return either(bool, str, sentence=f"true for any {thing}, false for none, or {name}")


def _read_status(value: object) -> int | str:
    if type(value) is int or (isinstance(value, str) and CLASS.fullmatch(value)):
        return value
    raise ValueError('Must be a status such as 404, or a class such as "4xx".')


def refusing(wrong: Callable[[object], str | None]) -> Check:
    """Return a check that raises ValueError with the message of a journal condition's own check."""

    def checked(value: object) -> None:
        if sentence := wrong(value):
            raise ValueError(sentence)

    return Check(checked)


STATUS = Reads(_read_status, {"description": 'A status such as 404, or a class such as "4xx".'})
REQUEST_ID = Pattern(r"r\d+\Z", "Must be a request's id, such as r000017.")


class RequestWhere(TypedDict, total=False):
    """Conditions on requests; all must be met."""

    id: str
    vendor: str
    method: str
    path: Annotated[str, refusing(wrong_pattern), "Equal, or a pattern with * (any characters) or ? (one)."]
    path_prefix: str
    status: Annotated[int | str, STATUS]
    refused: Annotated[bool | str, _any_or("refusal", "a refusal's code")]
    key: str
    fault: Annotated[bool | str, _any_or("fault that was applied", "a fault's name")]
    unread: Annotated[bool | str, _any_or("field that nothing read", "such a field's name")]
    body_contains: str
    query_contains: str
    header: Annotated[Record, refusing(wrong_headers), "By name: the value or a pattern (*, ?), or true for any value."]
    after: Annotated[str, REQUEST_ID, "Only requests after the request with this id."]


Where = Annotated[RequestWhere, Default(dict)]
Question = TypedDict("Question", {"where": Where})
FindBody = TypedDict("FindBody", {"where": Where, "limit": Annotated[int, Default(100), Range(1, 1000)]})


class Request(TypedDict):
    """One request and its answer, secrets redacted."""

    id: str
    vendor: str | None
    method: str
    path: str
    query: str
    headers: list[list[str]]
    body: Text
    key: str | None
    status: int
    answer_headers: list[list[str]]
    answer: Text
    refused: str | None
    message: str | None
    unread: Annotated[list[str], "The first 200 names."]
    unread_in_all: int
    unsupported: Annotated[list[str], "Published parameters it sent that the mock does not honour."]
    fault: str | None
    at: Time
    wall_at: Time
    elapsed_ms: Ms


Requests = TypedDict("Requests", {"requests": list[Request], "dropped": int})  # oldest first
Found = TypedDict("Found", {"count": int, "requests": list[Request], "dropped": int})
Counted = TypedDict("Counted", {"count": int, "by_status": dict[str, int], "refused": dict[str, int], "dropped": int})


class UnreadField(TypedDict):
    """One field that was sent and not read."""

    vendor: str
    method: str
    field: str
    count: int
    paths: list[str]
    last: Annotated[str, "The newest request that sent it."]


Unread = TypedDict("Unread", {"unread": list[UnreadField], "dropped": int})  # the most frequent first


class RequestWithEffects(Request, Effects):
    """One request with its effects."""


@operation(query=RequestQuery, answer=Requests)
def list_requests(context: Context, query: RequestQuery) -> Requests:
    """List the newest requests, oldest first, with answers; secrets are redacted. `dropped` counts removed requests."""
    return {"requests": views(Request, newest(context.world, query)), "dropped": context.world.journal.dropped}


def newest(world: World, query: RequestQuery) -> list[Entry]:
    """Return the newest requests that a query asks for, oldest first."""
    return world.journal.find({name: value for name, value in query.items() if name != "limit"})[-query["limit"] :]


@operation(query=RequestQuery, answer=HAR)
def export_requests(context: Context, query: RequestQuery) -> har.Har:
    """Return the newest requests, oldest first, with answers as an HTTP archive (HAR 1.2); secrets are redacted."""
    return har.archive(map(har.of_request, newest(context.world, query)))


@operation(status=204)
def delete_requests(context: Context) -> None:
    """Clear the journal."""
    context.world.journal.clear()


@operation(body=FindBody, answer=Found)
def find_requests(context: Context, body: FindBody) -> Found:
    """Find requests by their contents and results: the number of matches, and the newest matches, oldest first."""
    journal = context.world.journal
    matching = journal_query.matching(journal.find({}), body["where"])
    return {"count": len(matching), "requests": views(Request, matching[-body["limit"] :]), "dropped": journal.dropped}


@operation(body=Question, answer=Counted)
def count_requests(context: Context, body: Question) -> Counted:
    """Count matching requests: in all, by status, and by the code of their refusal."""
    journal = context.world.journal
    matching = journal_query.matching(journal.find({}), body["where"])
    by_status = Counter(str(entry.status) for entry in matching)
    refused = Counter(entry.refused for entry in matching if entry.refused)
    return {"count": len(matching), "by_status": by_status, "refused": refused, "dropped": journal.dropped}


@operation(answer=Unread)
def list_unread(context: Context) -> Unread:
    """List fields that were sent but not read by anything, such as typing errors, most frequent first."""
    journal = context.world.journal
    return {"unread": views(UnreadField, journal_query.unread_groups(journal.find({}))), "dropped": journal.dropped}


@operation(answer=RequestWithEffects)
def get_request(context: Context, id: str) -> RequestWithEffects:
    """Describe a request with all its effects: records, stock, notices, deliveries, attempts, receivers' answers."""
    world = context.world
    if (entry := next(iter(world.journal.find({"id": id})), None)) is None:
        raise NotFound(
            f"There is no request {id!r}, or it is no longer kept ({world.journal.dropped} are not).",
            hint=f"What it caused may still be in notices?cause={id} and deliveries?cause={id}.",
        )
    return {**view(Request, entry), **effects_of(world, entry)}
