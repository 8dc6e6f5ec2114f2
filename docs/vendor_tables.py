"""The tables of a vendor's page: what its record, its operations and its rules say (see `tables`)."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import cog  # the module that cog makes while it runs a page
from tables import KEPT, NOTE, ROOT, VENDORS, Kept, at, code, does, listed, previous_table, series, table, takes

from mockmarket import errors
from mockmarket.api.operations import Operation, load
from mockmarket.errors import Refusal
from mockmarket.records import members
from mockmarket.seed import finding, reading
from mockmarket.webhooks.retry import Failure, Health
from mockmarket.webhooks.signing import ENDPOINT
from mockmarket_client.scheme import Scheme

SOURCES = {"vendor document", "public source", "emulator convention"}
DIFFERS = "not as the document"
"""The source of a row about what a user may choose against the document: its last cell is the setting with that value."""
AGREES = re.compile(r"(; )?agrees with \d+ recordings?$")
"""The third kind of evidence, which the recordings in `tests/recordings` give: behind a call's source, and alone in a notice's row."""
SPAN = re.compile(r"`([^`]+)`")


def built(vendor: str) -> dict[str, Operation]:
    """Return the operations that are built, by method and path."""
    return {f"{row.method} {row.template}": load(row) for row in VENDORS[vendor].api.operations if row.built}


def coverage() -> None:
    """Write each vendor with its base URLs, how many of its calls are built, how many answer 501, and how many types of notice it has."""
    table(
        (
            [f"[{vendor.title}](docs/vendors/{name}.md) ({code(name)})", ", also ".join(map(code, vendor.bases)),
             len(built(name)), len(vendor.api.operations) - len(built(name)), len(vendor.webhooks.notices)]
            for name, vendor in VENDORS.items()
        ),
        "vendor | base URL | calls | answer 501 | webhooks | emulated",
    )  # fmt: skip


def integrators() -> None:
    """Write each vendor with its base URL and the default fixture's first key; how the key is sent is the page's."""
    table(
        [f"[{vendor.title}](vendors/{name}.md)", code(f"http://127.0.0.1:8000{vendor.base}"), KEPT,
         code(reading.keys_of(finding.find("default"), name)[0][1]), f"[here](#{vendor.title.lower().replace(' ', '-')})"]
        for name, vendor in VENDORS.items()
    )  # fmt: skip


def signatures() -> None:
    """Write how each vendor signs; with whose secret, and what else there is to check, is the page's."""
    schemes = [(vendor.title, vendor.webhooks.headers.scheme) for vendor in VENDORS.values()]
    table(
        [title, code(f"{scheme.header}: {form(scheme)}"), f"HMAC-{scheme.algorithm.upper()}",
         "stamp, dot, raw body" if scheme.stamped else "raw body"]
        for title, scheme in schemes if scheme
    )  # fmt: skip


def form(scheme: Scheme) -> str:
    """Write what stands in the signature's header."""
    return scheme.form.replace("{v}", "<signature>").replace("{t}", "<stamp>")


def bases(vendor: str) -> None:
    """Write a vendor's base URLs: its paths, and those of its document at its own hosts."""
    own = VENDORS[vendor]
    listed((*own.bases, *(f"https://{host}{own.documented_base}" for host in own.hosts)))


def keys(vendor: str) -> None:
    """Write the default fixture's keys for a vendor."""
    table([code(secret), name] for name, secret in reading.keys_of(finding.find("default"), vendor))


def scopes(vendor: str) -> None:
    """Write what keys can be let do."""
    table([code(scope.name), scope.help] for scope in VENDORS[vendor].api.scopes)


def calls(vendor: str, scoped: str = "scope") -> None:
    """Write the calls that are built: scope, where there are such, and what each does, takes and answers."""
    rows = built(vendor)
    scope = any(operation.scope for operation in rows.values())
    table(
        ([code(call), *[scope_of(each)] * scope, does(each.function), takes(each), answers(each)] for call, each in rows.items()),
        f"call{f' | {scoped}' * scope} | does | takes | answers",
    )  # fmt: skip


def scope_of(operation: Operation) -> str:
    """Write which scope a call needs."""
    if isinstance(operation.scope, tuple):
        return series(operation.scope, "or")
    if not operation.scope:
        return "none needed" if operation.public else "any key"
    return code(operation.scope) + ("" if type(operation.scope) is str else ", or the order's `token`")


def answers(operation: Operation) -> str:
    """Write the statuses that an operation declares."""
    return ", ".join(map(str, sorted({*(answer.status for answer in operation.answers), *operation.refuses})))


def unbuilt(vendor: str) -> None:
    """Write the calls that answer 501."""
    listed(f"{row.method} {row.path}" for row in VENDORS[vendor].api.operations if not row.built)


def unsupported(vendor: str) -> None:
    """Write what is published of calls that are built, and not honoured."""
    table([code(call), code(*each.unsupported)] for call, each in built(vendor).items() if each.unsupported)


def notices(vendor: str, data: Iterable[Sequence[str]] = ()) -> None:
    """Write a vendor's types of notice and when each is sent, with the members of each one's data where they are given."""
    types = VENDORS[vendor].webhooks.notices
    members = [[code(*names)] for names in data] or [[]] * len(types)
    table([code(each.name), each.when, *cells] for each, cells in zip(types, members, strict=True))


def headers(vendor: str) -> None:
    """Write the headers of a vendor's webhooks in their order, with their values; what each carries is the page's."""
    sent, values = VENDORS[vendor].webhooks.headers, defaultdict[str, list[str]](list)
    for row in sent.rows:
        if isinstance(row, tuple):
            values[code(row[0])].append(code(row[1].replace("{", "<").replace("}", ">")))
        elif row is ENDPOINT:
            values["the subscriber's own"].append("from its `headers`")
        elif sent.scheme:
            pairs = zip(sent.scheme.names, (form(sent.scheme), "<stamp>"), strict=False)
            values |= {code(name): [code(value)] for name, value in pairs}
    table([name, ", and again: ".join(each)] for name, each in values.items())


def attempts(vendor: str) -> None:
    """Write when a delivery that fails is sent again, under the default settings."""
    rule = VENDORS[vendor].webhooks.retry({name: each.default for name, each in VENDORS[vendor].settings.items()})
    seconds = [0]
    while (verdict := rule(Failure(len(seconds), seconds[-1] * 1000, 500, None, Health()))).next_at is not None:
        seconds.append(verdict.next_at // 1000)
    waits = series(span(later - earlier) for earlier, later in pairwise(seconds))
    cog.outl(f"By default a failed delivery is retried after {waits}: {len(seconds)} attempts in all.")
    cog.outl("Each wait counts from the end of the failed attempt.")
    cog.outl(f"If each attempt fails at once, or on a frozen clock, they are at seconds {series(seconds)}.")
    cog.outl(f"After the last attempt the delivery is `{verdict.state}`.")


def span(seconds: int) -> str:
    """Write a length of time in the largest unit of which it is a multiple."""
    units = {"d": 86_400, "h": 3600, "min": 60, "s": 1}
    return next(f"{seconds // length} {unit}" for unit, length in units.items() if seconds % length == 0)


def vector(vendor: str, secret: str, body: str) -> None:
    """Write a body with its signature, for receivers to be tested against."""
    if scheme := VENDORS[vendor].webhooks.headers.scheme:
        signature = scheme.digest(secret, scheme.message(0, body.encode()))
        cog.outl(f"With the secret `{secret}` the body `{body}`\nis signed `{signature}`.")


def actions(vendor: str) -> None:
    """Write what people do that the API has no call for, with the fields of each."""
    rows = [[code(each.name), each.who, each.help, fields_of(each.body)] for each in VENDORS[vendor].world.actions]
    table(rows, "action | who | what it does | fields")


def fields_of(shape: Any) -> str:
    """Write the members of an action's body, the required ones as such."""
    return ", ".join(f"{code(part.name)}{' (required)' if part.required else ''}" for part in members(shape)) or "none"


def flow(*moves: Mapping[str, Sequence[str]]) -> None:
    """Write where a status leads, in each of several flows."""
    table([code(status), *(code(*each[status]) or "nothing" for each in moves)] for status in moves[0])


def codes(vendor: str, pairs: Iterable[tuple[type[Refusal], str]] = ()) -> None:
    """Write error codes with their statuses, those of kinds of refusals and those that the vendor's code raises with `code=`."""
    known = {name: kind.status for kind, name in pairs}
    known |= {name: getattr(errors, kind).status for kind, name in raised(vendor)}
    table([code(name), status] for name, status in sorted(known.items(), key=lambda pair: (pair[1], pair[0])))


def raised(vendor: str) -> Iterator[tuple[str, str]]:
    """Yield the refusals that a vendor's modules raise with a code of their own: the class's name and the code."""
    for file in (ROOT / "mockmarket/vendors" / vendor).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Raise(exc=ast.Call(func=ast.Name(id=kind) | ast.Attribute(attr=kind), keywords=words)):
                    values = [word.value for word in words if word.arg == "code"]
                    yield from ((kind, str(value.value)) for value in values if isinstance(value, ast.Constant))


def repeats() -> None:
    """Write what of each vendor's webhooks the receiver exam has to know."""
    table(
        [name, vendor.webhooks.repeats_share or "nothing",
         "while `rotation_grace_s` is set, in the fixture or the world" if "rotation_grace_s" in vendor.settings else "no",
         f"may pass: {vendor.webhooks.capitals_ok}" if vendor.webhooks.capitals_ok else "refused", NOTE]
        for name, vendor in VENDORS.items()
    )  # fmt: skip


def replies(types: Iterable[str], acts: Iterable[str]) -> None:
    """Write what receivers answer to each type of notice; where nothing acts on it, that it changes nothing."""
    table([code(each), KEPT, KEPT, KEPT, Kept(but="nothing") if each in acts else "nothing"] for each in types)


def recorded(vendor: str) -> Mapping[str, int]:
    """Return how many recordings agree with each call and notice of a vendor."""
    counts: Mapping[str, Mapping[str, int]] = json.loads((ROOT / "tests/recordings/agreement.json").read_bytes())
    return counts.get(vendor, {})


def agrees(count: int) -> str:
    """Write with how many recordings something agrees."""
    return f"agrees with {count} recording{'s' * (count > 1)}"


def evidence(vendor: str) -> None:
    """Write the evidence: a row for each call, with the page's source for it, and for each notice of which there are recordings, then the
    page's other rows; it has to be sound."""
    page = {row[0]: [row[0], AGREES.sub("", row[1]), *row[2:]] for row in previous_table()[1:]}
    folder, counts = f"mockmarket.vendors.{vendor}.", recorded(vendor)
    calls = {f"`{row.method} {row.template}`": row.handler for row in VENDORS[vendor].api.operations if row.built}
    rows = [
        [call, page.get(call, ("", "no source"))[1], code(handler.removeprefix(folder).replace(":", "."))]
        for call, handler in calls.items()
    ]
    rows += [row for row in page.values() if row[1] and not re.match(r"`[A-Z]+ /\S*`$", row[0])]
    if wrong := "\n".join(unsound(vendor, rows)):
        cog.error(wrong)
    for row in rows:
        row[1] += f"; {agrees(counts[name])}" if (name := row[0].strip("`")) in counts else ""
    notices = [
        [f"`{name}`", agrees(count), "`parts.WEBHOOKS`"] for name, count in counts.items() if name.startswith("notice ")
    ]
    table([*rows[: len(calls)], *notices, *rows[len(calls) :]])


def unsound(vendor: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield what is wrong with evidence: unknown sources, and those that no row has, code that is not there, rows that repeat one."""
    names = [row[0] for row in rows]
    for subject, source, where in rows:
        if source == DIFFERS:
            continue
        if source not in SOURCES:
            yield f"{subject}: {source} is none of {series(sorted(SOURCES))}"
        if not SPAN.search(where):
            yield f"{subject}: names no code"
        yield from (f"{subject}: there is no {path}" for path in SPAN.findall(where) if not leads(vendor, path))
    yield from (f"{name}: stands there twice" for name in sorted(set(names)) if names.count(name) > 1)
    yield from (f"nothing is a {source}" for source in sorted(SOURCES - {row[1] for row in rows}))


def leads(vendor: str, path: str) -> bool:
    """Return whether a dotted path leads to something in a vendor's folder or in the core."""
    for each in (f"{vendor}.{path}", path):
        try:
            at(each)
        except LookupError:
            continue
        return True
    return False
