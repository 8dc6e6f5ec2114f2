"""Files of generated fixtures: SQLite, planted into vendors' records, or YAML for small ones; written atomically."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from mockmarket.clock import HOUR, Clock, Setting, iso_s, wall_ms
from mockmarket.errors import Invalid
from mockmarket.ids import process_token
from mockmarket.seed import finding, reading
from mockmarket.seed.generate import fixture
from mockmarket.seed.generate.fixture import Plan
from mockmarket.seed.planting import Progress, default_settings, hosts_in, plant
from mockmarket.seed.shapes import Content
from mockmarket.store import Store, StoreHooks, schema
from mockmarket.store.files import DataError, of_database
from mockmarket.vendor import Vendor

TEXTS = (".yaml", ".yml")
MOST_IN_TEXT = 20_000
"""Most listings of a YAML file, which is read as a whole and takes longer to read than a database takes to create."""
LIKE = "default"
"""The shipped fixture that provides the keys and vendor sections of a generated one."""
LISTS = ("venues", "events", "stock", "keys")


@dataclass(frozen=True, slots=True)
class Order:
    """The requested generation: the plan, the target file, whether to overwrite it, the world's start (epoch ms), the vendors."""

    plan: Plan
    out: Path
    force: bool = False
    start: int | None = None
    vendors: tuple[str, ...] = ()


def generate(order: Order, known: Sequence[Vendor], progress: Progress) -> dict[str, Any]:
    """Write a generated fixture and return its summary; Invalid, and no file, for an impossible order."""
    check(order, known)
    content = fixture.content(order.plan, reading.load(finding.find(LIKE), known).content)
    chosen = [vendor for vendor in known if not order.vendors or vendor.name in order.vendors]
    content["keys"] = [key for key in content["keys"] if key["vendor"] in [vendor.name for vendor in chosen]]
    start = wall_ms() // HOUR * HOUR if order.start is None else order.start
    with cannot_be_written(order.out), partial_file(order) as partial:
        if order.out.suffix.lower() in TEXTS:
            write_text(partial, content, order.start)
        else:
            write_database(partial, content, order, known, progress)
    return {
        "file": str(order.out), "venues": len(content["venues"]), "events": order.plan.events, "listings": order.plan.listings,
        "seed": order.plan.seed, "start": iso_s(start), "vendors": [vendor.name for vendor in chosen], "bytes": order.out.stat().st_size,
    }  # fmt: skip


def check(order: Order, known: Sequence[Vendor]) -> None:
    """Raise Invalid, saying what to change, for impossible numbers, vendors or a target that cannot be written."""
    fixture.check(order.plan)
    names, endings = [vendor.name for vendor in known], finding.DATABASES + TEXTS
    for name in order.vendors:
        if name not in names:
            raise Invalid(f"There is no vendor {name!r}; there are {', '.join(names)}.")
    ending, wrong = order.out.suffix.lower(), ""
    if ending not in endings:
        wrong = f"the ending says what to write; it must be one of {', '.join(endings)}."
    elif ending in TEXTS and order.plan.listings > MOST_IN_TEXT:
        wrong = f"a YAML file may have {MOST_IN_TEXT:,} listings at most; write a .db file."
    elif ending in TEXTS and order.vendors:
        wrong = "a YAML fixture is every vendor's; leave the vendors out, or write a .db file."
    if wrong:
        raise Invalid(f"{order.out}: {wrong}")
    check_place(order)


def check_place(order: Order) -> None:
    """Raise Invalid for a folder, a file in a missing folder, and, unless forced, an existing file."""
    if order.out.is_dir():
        raise Invalid(f"{order.out} is a folder; give a file.")
    if not order.out.parent.is_dir():
        raise Invalid(f"Folder {order.out.parent} does not exist; create it first.")
    if order.out.exists() and not order.force:
        raise Invalid(f"{order.out} already exists; --force overwrites it.")


@contextmanager
def cannot_be_written(path: Path) -> Iterator[None]:
    """Turn an OSError into Invalid."""
    try:
        yield
    except OSError as error:
        raise Invalid(f"{path} cannot be written to: {error.strerror}.") from error
    except sqlite3.OperationalError as error:
        raise Invalid(f"{path} {of_database(error) or f'cannot be written to: {error}'}.") from error
    except DataError as error:
        raise Invalid(str(error)) from error


@contextmanager
def partial_file(order: Order) -> Iterator[Path]:
    """Give a temporary file, renamed to the target when the block ends and deleted when it raises or is interrupted."""
    partial = order.out.with_name(f".{order.out.name}.{process_token()}.partial")
    try:
        yield partial
        check_place(order)
        partial.replace(order.out)
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            with suppress(OSError):
                partial.with_name(partial.name + suffix).unlink(missing_ok=True)


def write_database(target: Path, content: Content, order: Order, known: Sequence[Vendor], progress: Progress) -> None:
    """Plant a content into a new database file that serves as a fixture: every vendor's tables, the chosen vendors'
    records. With a start, its world always begins then; without, its clock shows the machine's time."""
    start = wall_ms() // HOUR * HOUR if order.start is None else order.start
    with suppress(OSError):  # the next step reports it
        target.touch()  # a fixture is for others too, so it has the mode of any new file
    schema.prepare(target, [kind for vendor in known for kind in vendor.records.kinds], "OFF", order.plan.seed)
    vendors = [vendor for vendor in known if not order.vendors or vendor.name in order.vendors]
    store = Store(target, Clock(Setting(frozen_at=start)), order.plan.seed, "OFF", True, StoreHooks(vendors))
    try:
        store.bulk_load()
        store.use_settings(default_settings(known))
        plant(store, content, vendors, start, progress)
        named = {
            "fixture": str(order.out.resolve()),
            "start": start,
            "given_start": order.start,
            "taken_at": order.start,
        }
        store.put_meta(**named, **hosts_in(content))
    finally:
        store.close()


def write_text(target: Path, content: Content, start: int | None) -> None:
    """Write a content as a YAML fixture, one line for each entry; its dates are relative, so that it does not go stale."""
    with target.open("w", encoding="utf-8") as file:
        file.write(line({"about": content["about"]}))
        if start is not None:
            file.write(line({"start": iso_s(start)}))
        for section in LISTS:
            file.write(f"\n{section}:\n")
            file.writelines(f"  - {line(shortened(row), flow=True)}" for row in content[section])
        file.write("\n" + line({"vendors": content["vendors"]}))


def shortened(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry as a person would write it: amounts as numbers, empty members left out."""
    return {
        name: float(value) if isinstance(value, Decimal) else value
        for name, value in entry.items()
        if value not in (None, "", 0, {}, [])
    }


def line(value: object, flow: bool = False) -> str:
    """Return a value as YAML; with `flow` as one line."""
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10**9, default_flow_style=flow))
