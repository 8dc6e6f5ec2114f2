"""What every answer, notice and refusal of Tixstock's is wrapped in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mockmarket.api.paging import Numbered
from mockmarket.errors import AddressNotAllowed, Refusal, Unauthenticated
from mockmarket.ids import Ids
from mockmarket.webhooks.encoding import php
from mockmarket.worlds import journal


def body(type: str, data: Mapping[str, object]) -> bytes:
    """Write a notice's body; an empty object would be a list in PHP, so there is none in it."""
    return php({"data": data, "meta": {"type": type}})


def request_id(now: int) -> str:
    """Return the id of the request being answered: a ULID in lower case, made of the moment and the journal's number."""
    number = int((journal.current.get() or "r0")[1:])
    return Ids(0, number).ulid(now).lower()


def answer(data: object, meta: Mapping[str, object], message: str | None = None) -> bytes:
    """Write an answer."""
    return php({"data": data, "meta": meta} | ({"message": message} if message else {}))


def page(
    rows: Sequence[object],
    meta: Mapping[str, object],
    place: Numbered,
    url: str,
    query: str,
    members: Mapping[str, object],
) -> bytes:
    """Write a page of a list with its links; `query` is what the links repeat of the request's."""
    last = max(place.pages, 1)
    position = {
        "current_page": place.page,
        "from": place.offset + 1 if rows else None,
        "to": place.offset + len(rows) if rows else None,
        "last_page": last,
        "path": url,
        "per_page": place.take,
        "total": place.total,
    }
    head = {name: value for name, value in meta.items() if name != "request_id"}
    meta = {**head, **position, **members, "request_id": meta["request_id"]}
    return php({"data": list(rows), "meta": meta, "links": links(place.page, last, url, query)})


def links(page: int, last: int, url: str, query: str) -> dict[str, str | None]:
    """Write where the neighbours of a page are. `self` is the words "link-value" in every public sample."""

    def to(number: int) -> str:
        return f"{url}?{query}{'&' if query else ''}page={number}"

    return {
        "self": "link-value",
        "first": to(1),
        "last": to(last),
        "prev": to(page - 1) if page > 1 else None,
        "next": to(page + 1) if page < last else None,
    }


def refuse(refusal: Refusal) -> dict[str, object]:
    """Write an error answer: one with a code and a title, or, for what is wrong with fields, a flat list of sentences."""
    if refusal.details and "code" not in refusal.facts:
        return {"data": [], "meta": {}, "errors": [sentence(field, words) for field, words in refusal.details]}
    code = code_of(refusal)
    return {"data": [], "meta": {}, "errors": {"title": refusal.message, "code": code}}


def code_of(refusal: Refusal) -> str:
    """Return the code of an error: one of the vendor's own, or the status as text."""
    if isinstance(refusal, Unauthenticated):
        return str(refusal.facts.get("code") or ("100" if refusal.facts.get("reason") == "missing" else "401"))
    if isinstance(refusal, AddressNotAllowed):
        return "103"
    return str(refusal.facts.get("code", refusal.status))


def sentence(field: str, words: str) -> str:
    """Write what is wrong with a field as the sentence that the public samples show: its name as words first."""
    name = field.replace(".", " ").replace("_", " ").strip().title()
    if words == "Missing data for required field.":
        return f"The {name} field is required."
    return words if words.startswith("The ") else f"The {name} field is wrong: {words[:1].lower()}{words[1:]}"
