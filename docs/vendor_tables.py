"""The tables of a vendor's page: what its record, its operations and its rules say (see `tables`)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import cog  # the module that cog makes while it runs a page
from tables import KEPT, NOTE, ROOT, VENDORS, Kept, at, code, does, kept, listed, series, table, takes

from mockmarket import errors
from mockmarket.api.operations import Operation, load
from mockmarket.errors import Refusal
from mockmarket.seed import reading
from mockmarket.webhooks.retry import Failure, Health
from mockmarket.webhooks.signing import ENDPOINT, SIGNATURE

SOURCES = {"vendor document", "public source", "emulator convention"}
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
        "vendor | base URL | calls | answer 501 | webhooks | what is there",
    )  # fmt: skip


def integrators() -> None:
    """Write each vendor with its base URL and the default fixture's first key; how the key is sent is the page's."""
    table(
        [f"[{vendor.title}](vendors/{name}.md)", code(f"http://127.0.0.1:8000{vendor.base}"), KEPT,
         code(reading.keys_of(reading.find("default"), name)[0][1]), f"[here](#{vendor.title.lower().replace(' ', '-')})"]
        for name, vendor in VENDORS.items()
    )  # fmt: skip


def signatures() -> None:
    """Write how each vendor signs; with whose secret, and what else there is to check, is the page's."""
    schemes = {vendor.title: vendor.webhooks.headers.scheme for vendor in VENDORS.values()}
    table(
        [title, code(f"{each.header}: {each.form}".replace("{v}", "…").replace("{t}", "…")), f"HMAC-{each.algorithm.upper()}",
         "stamp, dot, raw body" if each.stamped else "raw body"]
        for title, each in schemes.items()
    )  # fmt: skip


def bases(vendor: str) -> None:
    """Write a vendor's base URLs."""
    listed(VENDORS[vendor].bases)


def keys(vendor: str) -> None:
    """Write the default fixture's keys for a vendor."""
    table([code(secret), name] for name, secret in reading.keys_of(reading.find("default"), vendor))


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
    types, members_of = VENDORS[vendor].webhooks.notices, [*data]
    table(
        [code(each.name), each.when, *[code(*names) for names in members_of[at:][:1]]] for at, each in enumerate(types)
    )


def headers(vendor: str) -> None:
    """Write the headers of a vendor's webhooks in their order, with their values; what each carries is the page's."""
    sent, values = VENDORS[vendor].webhooks.headers, dict[str, list[str]]()
    for row in sent.rows:
        if row is ENDPOINT:
            values["the subscriber's own"] = ["as its `headers` say"]
        elif row is SIGNATURE:
            values |= {
                code(name): [code(form)]
                for name, form in zip(sent.scheme.names, (sent.scheme.form, "{t}"), strict=False)
            }
        else:
            values.setdefault(code(row[0]), []).append(code(row[1]))
    marks = {
        "{v}": "<signature>",
        "{t}": "<stamp>",
        "{type}": "<type>",
        "{delivery_id}": "<delivery id>",
        "{notice_id}": "<notice id>",
    }
    table(
        [name, re.sub(r"{\w+}", lambda mark: marks[mark[0]], ", and again: ".join(each))]
        for name, each in values.items()
    )


def attempts(vendor: str) -> None:
    """Write when a delivery that fails is sent again, under the default settings."""
    webhooks, defaults = (
        VENDORS[vendor].webhooks,
        {name: each.default for name, each in VENDORS[vendor].settings.items()},
    )
    rule, at = webhooks.retry(defaults), [0]
    while (verdict := rule(Failure(len(at), at[-1] * 1000, 500, None, Health()))).next_at is not None:
        at.append(verdict.next_at // 1000)
    waits = [later - earlier for earlier, later in pairwise(at)]
    cog.outl(
        f"Unless the settings say otherwise it is sent again {series(map(span, waits))} after it has failed: {len(at)} attempts in"
    )
    cog.outl(
        f"all, at seconds {series(at)} when each fails at once, or on a clock that stands still; then it is `{verdict.state}`."
    )


def span(seconds: int) -> str:
    """Write a length of time in the largest unit of which it is a multiple."""
    return next(
        f"{seconds // of} {unit}"
        for of, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
        if seconds % of == 0
    )


def vector(vendor: str, secret: str, body: str) -> None:
    """Write a body with its signature, for receivers to be tested against."""
    scheme = VENDORS[vendor].webhooks.headers.scheme
    cog.outl(
        f"With the secret `{secret}` the body `{body}`\nis signed `{scheme.digest(secret, scheme.message(0, body.encode()))}`."
    )


def actions(vendor: str) -> None:
    """Write what people do that the API has no call for."""
    table([code(action.name), action.who, action.help] for action in VENDORS[vendor].world.actions)


def flow(*moves: Mapping[str, Sequence[str]]) -> None:
    """Write where a status leads, in each of several flows."""
    table([code(status), *(code(*each[status]) or "nothing" for each in moves)] for status in moves[0])


def codes(vendor: str, pairs: Iterable[tuple[type[Refusal], str]] = ()) -> None:
    """Write error codes with their statuses, those of kinds of refusals and those that the vendor's code raises with `code=`."""
    known = {name: kind.status for kind, name in pairs}
    for file in (ROOT / "mockmarket/vendors" / vendor).rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
            kind: Any = getattr(errors, getattr(call.func, "id", ""), None)
            names = [
                word.value.value
                for word in call.keywords
                if word.arg == "code" and isinstance(word.value, ast.Constant)
            ]
            known |= {name: kind.status for name in names if kind}
    table([code(name), status] for name, status in sorted(known.items(), key=lambda pair: (pair[1], pair[0])))


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


def evidence(vendor: str) -> None:
    """Write the evidence: a row for each call, then the page's rows, whose code and sources exist and which are all different."""
    folder, page = f"mockmarket.vendors.{vendor}.", kept()[1:]
    rows = [row for row in VENDORS[vendor].api.operations if row.built]
    handlers = {
        code(f"{row.method} {row.template}"): row.handler.removeprefix(folder).replace(":", ".") for row in rows
    }
    rest = [row for row in page if not re.match(r"`[A-Z]+ /\S*`$", row[0])]
    wrong = [f"{what}: {source} is none of {SOURCES}" for what, source, _ in page if source not in SOURCES]
    wrong += [f"{what}: names no code" for what, _, where in page if not SPAN.search(where)]
    wrong += [
        f"{what}: there is no {path}"
        for what, _, where in rest
        for path in SPAN.findall(where)
        if not leads(vendor, path)
    ]
    wrong += [
        f"{row[0]}: stands there twice"
        for number, row in enumerate(page)
        if row[0] in [each[0] for each in page[:number]]
    ]
    wrong += [f"nothing is a {source}" for source in SOURCES - {row[1] for row in page}]
    if wrong:
        cog.error("\n".join(wrong))
    table([*([call, KEPT, code(handler)] for call, handler in handlers.items()), *rest])


def leads(vendor: str, path: str) -> bool:
    """Tell whether a dotted path leads to something in a vendor's folder or in the core."""
    for each in (f"{vendor}.{path}", path):
        try:
            at(each)
        except LookupError:
            continue
        return True
    return False
