"""Reads fixtures: found by name or path, parsed as YAML or JSON, checked; an error names file, line and field."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from mockmarket.api.schemas import schema_of
from mockmarket.errors import Invalid, flatten
from mockmarket.rules.hosts import is_host_name
from mockmarket.seed import finding, lines
from mockmarket.seed.lines import Problem, below
from mockmarket.seed.shapes import Content, FixtureContent, labels
from mockmarket.store import Read, keys
from mockmarket.store.keys import Key
from mockmarket.vendor import Settings, Vendor, claim_host, hosts_of
from mockmarket.webhooks import client_cert, own_headers
from mockmarket.worlds.world import CORE_SETTINGS

MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Fixture:
    """A checked fixture: its path, and its content by section."""

    path: Path
    content: Content


def load(path: Path, vendors: Sequence[Vendor]) -> Fixture:
    """Read and check a YAML or JSON fixture. Invalid names every problem as `file:line: field: sentence`."""
    if path.suffix.lower() in finding.DATABASES:
        raise Invalid(f"{path.name} is not a SQLite file, though it is named like one.")
    raw, outline = lines.read(path)
    if not isinstance(raw, dict):
        sections = ", ".join(FixtureContent.__annotations__)
        raise Invalid(f"{path.name}:1: A fixture is a mapping of sections: {sections}.")
    try:
        content: Content = schema_of(FixtureContent, "fixture").load(raw)
        problems = list(contradictions(content, vendors))
    except ValidationError as error:
        problems = list(flatten(error.messages))
    if problems:
        raise lines.refused(path, outline, problems)
    return Fixture(path, content)


def secrets_of(fixture: str, vendor: str) -> list[str]:
    """Return the secrets of a fixture's keys for a vendor. A SQLite file has only their hashes. For it the default
    fixture's secrets are returned, of which it may have some: they are public, so that nothing is disclosed."""
    path = Path(fixture)
    if not finding.is_file(path) or finding.is_database(path):
        path = finding.find("default")
    return [secret for _, secret in keys_of(path, vendor)]


def keys_of(path: Path, vendor: str) -> list[tuple[str, str]]:
    """Return the (name, secret) of each of a fixture's keys for a vendor."""
    return [(name, secret) for owner, name, secret in read_keys(path, path.stat().st_mtime_ns) if owner == vendor]


def held_keys(read: Read, fixture: str, vendor: str) -> list[tuple[Key, str]]:
    """Return the keys of a vendor that a world has from a fixture, each with its secret, in the fixture's order."""
    by_hash = {key.hash: key for key in keys.all(read, vendor)}
    return [(key, secret) for secret in secrets_of(fixture, vendor) if (key := by_hash.get(keys.digest(secret)))]


@lru_cache(maxsize=64)
def read_keys(path: Path, _changed: int) -> list[tuple[str, str, str]]:
    """Return the (vendor, name, secret) of each key in a fixture's file, cached by its mtime (`changed`)."""
    raw, _ = lines.read(path)
    return [(str(key["vendor"]), str(key["name"]), str(key["secret"])) for key in raw.get("keys") or ()]


def contradictions(content: Content, vendors: Sequence[Vendor]) -> Iterator[Problem]:
    """Yield contradictions between sections: unknown venues, events, vendors, scopes; repeated ids; orders without stock."""
    known = {vendor.name: vendor for vendor in vendors}
    yield from _twice("venues", "id", content)
    yield from _twice("events", "id", content)
    yield from _twice("keys", "secret", content)
    yield from _missing("events", "venue", content, {venue["id"] for venue in content["venues"]})
    for section in ("stock", "orders"):
        yield from _missing(section, "event", content, {event["id"] for event in content["events"]})
    for section in ("keys", "endpoints", "orders"):
        yield from _missing(section, "vendor", content, set(known))
    for name in content["vendors"]:
        if name not in known:
            yield ("vendors", name), f"There is no vendor {name!r}; there are {some(known)}."
    yield from _wrong_hosts(content["vendors"], known)
    yield from _unknown_scopes(content, known)
    yield from _wrong_endpoints(content, known)
    yield from below(("settings",), wrong_settings(content["settings"], vendors, some))
    yield from _orders_without_stock(content)


def _twice(section: str, field: str, content: Content) -> Iterator[Problem]:
    """Yield repeated values of a field that must be unique; the message omits the value, which may be a secret."""
    seen: set[str] = set()
    for index, entry in enumerate(content[section]):
        if entry[field] in seen:
            yield (section, index, field), f"Another of the {section} has this {field}."
        seen.add(entry[field])


def _missing(section: str, field: str, content: Content, known: set[str]) -> Iterator[Problem]:
    for index, entry in enumerate(content[section]):
        if entry[field] not in known:
            yield (section, index, field), f"There is no {field} {entry[field]!r}; there are {some(known)}."


def _wrong_hosts(sections: Mapping[str, Mapping[str, Any]], known: Mapping[str, Vendor]) -> Iterator[Problem]:
    """Yield what is no host name in the vendors' sections, or is another vendor's."""
    owners = hosts_of(known.values())
    for name, section in sections.items():
        hosts = section.get("hosts", [])
        if not isinstance(hosts, list):
            yield ("vendors", name, "hosts"), "Must be a list of host names."
            continue
        for index, host in enumerate(hosts):
            where = "vendors", name, "hosts", index
            if not isinstance(host, str) or not is_host_name(host):
                yield where, f"{host!r} is no host name in small letters, without a port."
            elif name in known:
                try:
                    claim_host(owners, known[name], host)
                except ValueError as error:
                    yield where, str(error)


def _unknown_scopes(content: Content, known: Mapping[str, Vendor]) -> Iterator[Problem]:
    for index, key in enumerate(content["keys"]):
        scopes = {scope.name for scope in known[key["vendor"]].api.scopes} if key["vendor"] in known else set()
        for scope in [] if key["scopes"] == "all" else key["scopes"]:
            if scope not in scopes and scope != "*":
                yield ("keys", index, "scopes"), f"{key['vendor']} has no scope {scope!r}; it has {some(scopes)}."


def _wrong_endpoints(content: Content, known: Mapping[str, Vendor]) -> Iterator[Problem]:
    """Yield notices that an endpoint's vendor does not have, and headers that the vendor reserves."""
    for index, endpoint in enumerate(content["endpoints"]):
        vendor = known.get(endpoint["vendor"])
        types = {notice.name for notice in vendor.webhooks.notices} if vendor else set()
        for type in endpoint["types"] or ():
            if vendor and type not in types:
                yield ("endpoints", index, "types"), f"{vendor.name} has no notice {type!r}; it has {some(types)}."
        reserved = vendor.webhooks.headers.reserved if vendor else ()
        for field, words in own_headers.problems(endpoint["headers"], endpoint["basic_auth"], reserved):
            yield ("endpoints", index, field), f"{words[:1].upper()}{words[1:]}."
        for words in client_cert.problems(endpoint["client_cert"], endpoint["url"]):
            yield ("endpoints", index, "client_cert"), f"{words[:1].upper()}{words[1:]}."


def wrong_settings(
    values: Mapping[str, Settings],
    vendors: Iterable[Vendor],
    listed: Callable[[Collection[str]], str],
    null: bool = False,
) -> Iterator[Problem]:
    """Yield unknown settings, by vendor (or `core`) and name, and invalid values. `listed` writes the existing names;
    with `null` a setting may be null, for its default."""
    declared = {"core": CORE_SETTINGS} | {vendor.name: vendor.settings for vendor in vendors}
    for vendor, changes in values.items():
        if vendor not in declared:
            yield (vendor,), f"There is no vendor {vendor!r}; there are {listed(declared)}."
        for name, value in changes.items() if vendor in declared else ():
            problem: str | None = f"is not a setting; there are {listed(declared[vendor])}"
            if name in declared[vendor]:
                problem = None if null and value is None else declared[vendor][name].check(value)
            if problem:
                yield (vendor, name), f"{name} {problem}."


def _orders_without_stock(content: Content) -> Iterator[Problem]:
    rows = {
        (entry["event"], section, row)
        for entry in content["stock"]
        for section in labels(entry["section"])
        for row in labels(entry["row"])
    }
    for index, order in enumerate(content["orders"]):
        event, section, row = order["event"], order["section"], order["row"]
        if (event, section, row) not in rows:
            yield ("orders", index, "section"), f"Event {event} has no stock in section {section}, row {row}."


def some(names: Collection[str]) -> str:
    """Return names as a comma-separated list, cut when it is long."""
    shortened = ", ".join(sorted(names)[:MOST_NAMED]) or "none"
    return f"{shortened} and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else shortened
