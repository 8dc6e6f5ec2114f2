"""Reads fixtures: found by name or path, parsed as YAML or JSON, checked; an error names file, line and field."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mockmarket.errors import Invalid
from mockmarket.records import FieldError
from mockmarket.rules.hosts import is_host_name
from mockmarket.seed import finding, lines
from mockmarket.seed.finding import Source
from mockmarket.seed.problems import Located, Merged, Outline, Problem, below, refused
from mockmarket.seed.shapes import Content, FixtureContent, check_decimals, check_rows, labels
from mockmarket.seed.wording import loaded
from mockmarket.store import Read, keys
from mockmarket.store.keys import Key
from mockmarket.vendor import Settings, Vendor, claim_host, hosts_of
from mockmarket.webhooks import client_cert, own_headers
from mockmarket.worlds.world import CORE_SETTINGS

LONGEST_ID = 200
MOST_NAMED = 12
ROWS = frozenset({"section", "row", "price", "per_row"})
AMOUNTS = frozenset({"price", "per_row", "currency", "data"})
"""What the checks of an entry of stock need."""
LISTS = ("venues", "events", "stock", "keys", "endpoints", "orders")


@dataclass(frozen=True, slots=True)
class Fixture:
    """A checked fixture: its source, and its content by section."""

    source: Source
    content: Content


def load(source: Source, vendors: Sequence[Vendor]) -> Fixture:
    """Read and check a fixture of text. Invalid names every problem as `file:line: field: sentence`."""
    raw, located = read(source)
    for section in LISTS:  # the schema library omits an empty entry, which would move the entries after it
        if isinstance(entries := raw.get(section), list):
            raw[section] = [{} if entry is None else entry for entry in entries]
    content, problems = loaded(FixtureContent, raw)
    valid = {
        section: content.get(section, [] if section in LISTS else {}) for section in FixtureContent.__annotations__
    }
    if problems := [*problems, *contradictions(valid, raw, vendors)]:
        raise refused(located, problems)
    return Fixture(source, content)


def read(source: Source) -> tuple[dict[str, Any], Located]:
    """Return the content of a fixture of text, that of several files together, and the places of its values."""
    parts = [_read_part(text, single=len(source.files) < 2) for text in lines.texts_of(source)]
    if len(parts) == 1:
        return parts[0]
    merged: dict[str, Any] = {}
    located = Merged()
    for content, outline in parts:
        located.add(outline, content, merged)
    if located.problems:
        raise refused(located, located.problems)
    return merged, located


def _read_part(text: lines.Text, single: bool) -> tuple[dict[str, Any], Outline]:
    raw, outline = lines.read(text)
    if raw is None and not single:
        return {}, outline
    if not isinstance(raw, dict):
        sections = ", ".join(FixtureContent.__annotations__)
        raise Invalid(f"{text.name}:1: A fixture is a mapping of sections: {sections}.")
    return raw, outline


def secrets_of(fixture: str, vendor: str) -> list[str]:
    """Return the secrets of a fixture's keys for a vendor. A SQLite file has only their hashes. For it the default
    fixture's secrets are returned, of which it may have some: they are public, so that nothing is disclosed."""
    try:
        source = finding.find(fixture)
        if source.database is None:
            return [secret for _, secret in keys_of(source, vendor)]
    except Invalid:  # it was removed since
        pass
    return [secret for _, secret in keys_of(finding.find("default"), vendor)]


def keys_of(source: Source, vendor: str) -> list[tuple[str, str]]:
    """Return the (name, secret) of each of a fixture's keys for a vendor."""
    return [(name, secret) for owner, name, secret in read_keys(source, source.version) if owner == vendor]


def held_keys(read: Read, fixture: str, vendor: str) -> list[tuple[Key, str]]:
    """Return the keys of a vendor that a world has from a fixture, each with its secret, in the fixture's order."""
    by_hash = {key.hash: key for key in keys.all(read, vendor)}
    return [(key, secret) for secret in secrets_of(fixture, vendor) if (key := by_hash.get(keys.digest(secret)))]


@lru_cache(maxsize=64)
def read_keys(source: Source, _version: tuple[int, ...]) -> list[tuple[str, str, str]]:
    """Return the (vendor, name, secret) of each key in a fixture, cached by its version."""
    raw, _ = read(source)
    return [(str(key["vendor"]), str(key["name"]), str(key["secret"])) for key in raw.get("keys") or ()]


def contradictions(content: Content, raw: Mapping[str, Any], vendors: Sequence[Vendor]) -> Iterator[Problem]:
    """Yield contradictions between sections: unknown venues, events, vendors, scopes; repeated ids; orders without stock. `content` has
    what is valid of the `raw` one: an entry with other problems lacks their fields, and still counts where others refer to it."""
    known = {vendor.name: vendor for vendor in vendors}
    yield from _twice("venues", "id", content)
    yield from _twice("events", "id", content)
    yield from _twice("keys", "secret", content)
    yield from _missing("events", "venue", content, _ids(raw, "venues"))
    for section in ("stock", "orders"):
        yield from _missing(section, "event", content, _ids(raw, "events"))
    for section in ("keys", "endpoints", "orders"):
        yield from _missing(section, "vendor", content, set(known))
    for name in content["vendors"]:
        if name not in known:
            yield ("vendors", name), f"There is no vendor {name!r}; there are {some(known)}."
    yield from _wrong_hosts(content["vendors"], known)
    yield from _wrong_sections(content["vendors"], known)
    yield from _unknown_scopes(content, known)
    yield from _wrong_endpoints(content, known)
    yield from below(("settings",), wrong_settings(content["settings"], vendors, some))
    yield from _wrong_rows(content)
    yield from _wrong_ids(content, known)
    yield from _orders_without_stock(content, _ids(raw, "events"))


def _ids(raw: Mapping[str, Any], section: str) -> set[str]:
    """Return the ids of a section's entries, valid or not."""
    entries = raw.get(section)
    return (
        {str(entry.get("id")) for entry in entries if isinstance(entry, dict)} if isinstance(entries, list) else set()
    )


def _twice(section: str, field: str, content: Content) -> Iterator[Problem]:
    """Yield repeated values of a field that must be unique; the message omits the value, which may be a secret."""
    seen: set[str] = set()
    for index, entry in enumerate(content[section]):
        if (value := entry.get(field)) in seen:
            yield (section, index, field), f"Another of the {section} has this {field}."
        seen |= {value} - {None}


def _missing(section: str, field: str, content: Content, known: set[str]) -> Iterator[Problem]:
    for index, entry in enumerate(content[section]):
        if field in entry and entry[field] not in known:
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


def _wrong_sections(sections: Mapping[str, Mapping[str, Any]], known: Mapping[str, Vendor]) -> Iterator[Problem]:
    """Yield what does not fit the shapes of the vendors' own sections."""
    for name, section in sections.items():
        if name in known and (shape := known[name].records.section) is not None:
            own = {member: value for member, value in section.items() if member != "hosts"}
            yield from below(("vendors", name), loaded(shape, own)[1])


def _unknown_scopes(content: Content, known: Mapping[str, Vendor]) -> Iterator[Problem]:
    for index, key in enumerate(content["keys"]):
        vendor, wanted = known.get(key.get("vendor", "")), key.get("scopes", "all")
        if vendor is None or wanted == "all":
            continue
        scopes = {scope.name for scope in vendor.api.scopes}
        for scope in wanted:
            if scope not in scopes and scope != "*":
                yield ("keys", index, "scopes"), f"{vendor.name} has no scope {scope!r}; it has {some(scopes)}."


def _wrong_endpoints(content: Content, known: Mapping[str, Vendor]) -> Iterator[Problem]:
    """Yield notices that an endpoint's vendor does not have, and headers that the vendor reserves."""
    for index, endpoint in enumerate(content["endpoints"]):
        vendor = known.get(endpoint.get("vendor", ""))
        types = {notice.name for notice in vendor.webhooks.notices} if vendor else set()
        for type in endpoint.get("types") or ():
            if vendor and type not in types:
                yield ("endpoints", index, "types"), f"{vendor.name} has no notice {type!r}; it has {some(types)}."
        reserved = vendor.webhooks.headers.reserved if vendor else ()
        own = (endpoint.get("headers", ""), endpoint.get("basic_auth", ""))
        for field, words in own_headers.problems(*own, reserved):
            yield ("endpoints", index, field), f"{words[:1].upper()}{words[1:]}."
        for words in client_cert.problems(endpoint.get("client_cert", ""), endpoint.get("url", "")):
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


def _wrong_rows(content: Content) -> Iterator[Problem]:
    """Yield what the valid fields of an entry of stock make impossible together."""
    for index, entry in enumerate(content["stock"]):
        for check, names in ((check_rows, ROWS), (check_decimals, AMOUNTS)):
            try:
                if names <= entry.keys():
                    check(entry)
            except FieldError as error:
                yield ("stock", index, error.field), error.message


def _wrong_ids(content: Content, vendors: Iterable[str]) -> Iterator[Problem]:
    """Yield ids of listings at a vendor that are no texts, are for several rows, or repeat another one."""
    seen: set[tuple[str, str]] = set()
    for index, entry in enumerate(content["stock"]):
        data = entry.get("data", {})
        for vendor in vendors if isinstance(data, dict) else ():
            if (id := data.get(f"{vendor}_id")) is None:
                continue
            if not isinstance(id, str) or not 0 < len(id) <= LONGEST_ID:
                yield ("stock", index, "data"), f"{vendor}_id must be a text of at most {LONGEST_ID} characters."
            elif entry.keys() >= ROWS and len(labels(entry["section"])) * len(labels(entry["row"])) > 1:
                yield ("stock", index, "data"), f"{vendor}_id is the id of one listing, and these are several rows."
            elif (vendor, id) in seen:
                yield ("stock", index, "data"), f"Another row has this {vendor}_id."
            seen.add((vendor, str(id)))


def _orders_without_stock(content: Content, events: Collection[str]) -> Iterator[Problem]:
    stock = [entry for entry in content["stock"] if {"event", "section", "row"} <= entry.keys()]
    rows = {
        (each["event"], section, row)
        for each in stock
        for section in labels(each["section"])
        for row in labels(each["row"])
    }
    unsure = {entry.get("event") for entry in content["stock"] if entry not in stock}
    for index, order in enumerate(content["orders"]):
        event, section, row = place = order.get("event"), order.get("section"), order.get("row")
        if event in events and event not in unsure and None not in place and place not in rows:
            yield ("orders", index, "section"), f"Event {event} has no stock in section {section}, row {row}."


def some(names: Collection[str]) -> str:
    """Return names as a comma-separated list, cut when it is long."""
    shortened = ", ".join(sorted(names)[:MOST_NAMED]) or "none"
    return f"{shortened} and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else shortened
