"""What the lists share: the column by which they are sorted, days as filters, and files of what the filters choose."""

import csv
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from io import StringIO

import flask
import orjson

from mockmarket.clock import parse_iso
from mockmarket.dashboard import formats, shell
from mockmarket.errors import NotFound


def sort_of(columns: Iterable[str], default: str) -> str:
    """Return the column by which the address sorts a list, `-` before its name for descending; the default for an unknown one."""
    return shell.argument("sort", [sort for name in columns for sort in (name, f"-{name}")]) or default


def sorts(columns: Iterable[str], sort: str, downwards: Collection[str]) -> dict[str, str]:
    """Return by which sort a click on each column's title replaces this sort: `downwards` are first sorted from the greatest."""
    return {
        name: f"-{name}" if sort == name or (sort != f"-{name}" and name in downwards) else name for name in columns
    }


def day(name: str) -> str:
    """Return a query parameter that is a day, such as `2026-11-21`; "" when it is missing or another text."""
    text = shell.argument(name)
    try:
        return text if len(text) == len("2026-11-21") and parse_iso(text) else ""
    except ValueError:
        return ""


def file_of(name: str, kind: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> shell.Response:
    """Return rows of these columns as a file to download, `csv` or `json`; NotFound for another kind."""
    if kind not in FORMATS:
        raise NotFound(f"There is no export as {kind!r}; there are {', '.join(FORMATS)}.")
    write, type = FORMATS[kind]
    headers = {**shell.HEADERS, "Content-Disposition": f"attachment; filename={name}.{kind}"}
    return flask.Response(write(columns, rows), headers=headers, content_type=type)


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as CSV (RFC 4180) in UTF-8; a text that a spreadsheet would run as a formula begins with an apostrophe."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(map(formats.cell, row))
    return text.getvalue().encode("utf-8", "replace")


def _as_json(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    return orjson.dumps([dict(zip(columns, row, strict=True)) for row in rows], option=orjson.OPT_INDENT_2)


FORMATS: Mapping[str, tuple[Callable[[Sequence[str], Iterable[Sequence[object]]], bytes], str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "json": (_as_json, "application/json"),
}
