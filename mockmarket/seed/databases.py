"""Fixtures that are databases: a world's SQLite file, checked and copied."""

from collections.abc import Sequence
from pathlib import Path

from mockmarket.errors import Invalid
from mockmarket.store import copies, schema
from mockmarket.store.database import no_origin
from mockmarket.store.files import DataError, copy_file
from mockmarket.vendor import Vendor


def copy_as_template(path: Path, target: Path, vendors: Sequence[Vendor]) -> Path:
    """Copy a world's SQLite file, checked and upgraded to this version; Invalid when it is not a world's."""
    kinds = [kind for vendor in vendors for kind in vendor.records.kinds]
    try:
        copies.import_world(path, target, kinds, [vendor.name for vendor in vendors])
    except DataError as error:
        raise Invalid(str(error)) from error
    return _as_fixture(path, target)


def copy_checked(path: Path, target: Path) -> Path:
    """Copy a world's SQLite file that was checked before and has this version."""
    try:
        copy_file(path, target)
    except OSError as error:
        raise Invalid(f"{path} cannot be copied: {error.strerror}.") from error
    return _as_fixture(path, target)


def is_current(path: Path, vendors: Sequence[Vendor]) -> bool:
    """Return whether a world's file has all tables of this version."""
    return not schema.lacks(path, [kind for vendor in vendors for kind in vendor.records.kinds])


def _as_fixture(path: Path, target: Path) -> Path:
    """Mark a copy of a fixture as a fixture."""
    meta = copies.described(target)
    planted_from = meta.get("planted_from") or meta["fixture"]
    copies.finish(target, {"fixture": str(path), "planted_from": planted_from, **no_origin(meta)})
    return target
