"""`call`: a request to a vendor's own path with a key of the fixture, as an integration makes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from marshmallow import Schema, fields, validate

from mockmarket.faults.base import NO_ANSWER
from mockmarket.scenarios import fields as expected
from mockmarket.scenarios import matching
from mockmarket.scenarios.base import (
    Given,
    Kind,
    Known,
    Problem,
    a_mapping,
    a_number,
    a_text,
    anything,
    some_fields,
    unknown_vendor,
)
from mockmarket.scenarios.errors import FailedError
from mockmarket.scenarios.play import Play, Reply, with_query
from mockmarket.scenarios.saving import save, saved_names, saves
from mockmarket.seed import reading
from mockmarket.store import keys

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
NO_KEY = "none"


class CallShape(Schema):
    """A request, what it should be answered, and what of the answer is kept."""

    vendor = a_text("Whose path it is.", required=True)
    key = a_text(
        "Which of the fixture's keys, by its name; the vendor's first without one; `none` sends no key.",
        load_default=None,
    )
    method = fields.String(
        load_default=None,
        validate=validate.OneOf(METHODS),
        metadata={"description": "GET, or POST with a body, unless given."},
    )
    path = a_text("Below the vendor's base URL, with a query if need be.", required=True)
    query = a_mapping("Parameters of the query; a list repeats one.")
    headers = a_mapping("Headers beside those of the key.")
    body = anything("The body: anything, sent as JSON; a text is sent as it is.", load_default=None)
    status = a_number("The status of the answer; any 2xx unless given.", load_default=None)
    expect = some_fields("What is in the answer's JSON, by path.")
    answered = some_fields("Which headers the answer has, by name in lower case.")
    save = saves("Variables, and the path of each in the answer's JSON.")


def title(given: Given) -> str:
    """Say what is called."""
    return f"{given['vendor']}: {method_of(given)} {given['path']}"


def method_of(given: Given) -> str:
    """Return the method of a call."""
    return str(given["method"] or ("GET" if given["body"] is None else "POST"))


def perform(play: Play, given: Given) -> str:
    """Make the call, look at the answer, keep what is asked for."""
    reply = make(play, given)
    check(given, reply)
    play.variables |= save(given["save"], reply.json, f"The answer ({reply.status})")
    return f"answered {reply.status}" if reply.status != NO_ANSWER else "not answered"


def make(play: Play, given: Given) -> Reply:
    """Make a call and return its answer, whatever that is; the request's id is the variable `request` from now on."""
    vendor = play.world.vendor(given["vendor"])
    path = with_query(vendor.base + given["path"], given["query"])
    headers = {**credential(play, given["vendor"], given["key"]), **given["headers"]}
    reply = play.request(method_of(given), path, headers, given["body"])
    play.variables["request"] = reply.headers.get("x-mockmarket-request", "")
    return reply


def check(given: Given, reply: Reply) -> None:
    """Raise FailedError when an answer is not as expected; it says what the answer was."""
    wanted = given["status"]
    good = 200 <= reply.status < 300 if wanted is None else matching.fits(wanted, reply.status)
    if not good:
        words = "a 2xx" if wanted is None else matching.wanted(wanted)
        raise FailedError(f"{title(given)} should be answered {words}; it was {reply.status}: {said(reply)}")
    wrong = [
        *expected.differences(given["expect"], reply.json),
        *expected.differences(given["answered"], reply.headers),
    ]
    if wrong:
        raise FailedError(f"In the answer ({reply.status}) {'; '.join(wrong)}")


def said(reply: Reply) -> str:
    """Return the body of an answer for a message."""
    text = reply.body.decode("utf-8", "replace")
    return text if len(text) <= matching.LONGEST_SHOWN else f"{text[: matching.LONGEST_SHOWN]}…"


def credential(play: Play, vendor: str, name: str | None) -> Mapping[str, str]:
    """Return the headers of a vendor's key by its name in the fixture, the first without a name; FailedError lists the names."""
    if name == NO_KEY:
        return {}
    by_hash = {key.hash: key for key in keys.all(play.world.read(), vendor)}
    fixture = str(play.world.store.meta()["fixture"])
    held = [key for secret in reading.secrets_of(fixture, vendor) if (key := by_hash.get(keys.digest(secret)))]
    by_name = {key.name: key for key in reversed(held)}
    chosen = by_name.get(name) if name is not None else (held[0] if held else None)
    if chosen is None:
        raise FailedError(f"The fixture has no key of {vendor} called {name!r}; it has {', '.join(by_name) or 'none'}.")
    secret = next(secret for secret in reading.secrets_of(fixture, vendor) if keys.digest(secret) == chosen.hash)
    return dict(play.world.vendor(vendor).api.credential(chosen, secret))


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names in a call."""
    yield from unknown_vendor(known, given["vendor"], "vendor")
    there = known.keys.get(given["vendor"], ())
    if given["vendor"] in known.vendors and given["key"] not in (None, NO_KEY, *there) and there:
        yield (
            ("key",),
            f"The fixture has no key of {given['vendor']} called {given['key']!r}; it has {', '.join(there)}.",
        )
    if not given["path"].startswith("/") and not given["path"].startswith("${"):
        yield ("path",), "Begin the path with a slash; it is below the vendor's base URL."


def names(given: Given) -> Sequence[str]:
    """Return the variables that a call leaves behind."""
    return ("request", *saved_names(given["save"]))


KIND = Kind("call", "Make a request to a vendor's path.", CallShape(), perform, title, problems=problems, saves=names)
