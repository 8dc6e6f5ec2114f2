"""Text for people: tables and details, no wider than the terminal, in colour on a terminal unless NO_COLOR is set."""

import json
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

import click

from mockmarket.cli.terminal import has_colours, is_terminal

Row = Mapping[str, Any]
Columns = Mapping[str, str | Callable[[Row], object]]
"""By head, the member that a column shows, or a function of the row."""
GAP, CUT = "  ", "…"
NARROWEST = 8
"""Width to which a column is cut at most."""
GOOD, WAITING, BAD = "green", "yellow", "red"
COLOURS = {
    **dict.fromkeys(("delivered", "running"), GOOD),
    **dict.fromkeys(("pending", "sending", "frozen"), WAITING),
    **dict.fromkeys(("failed", "exhausted", "rejected", "dropped"), BAD),
}
"""The colour of a cell that is one of these words."""
STATUS_HEADS = ("STATUS", "ANSWERED")
OF_STATUS = {"2": GOOD, "3": WAITING, "4": BAD, "5": BAD}
"""The colour of an HTTP status, by its first digit."""


def painted(text: str, colour: str | None) -> str:
    """Return a text for standard output in a colour, if that shows colours."""
    return click.style(text, fg=colour) if colour and has_colours(sys.stdout) else text


def colour_of(head: str, text: str) -> str | None:
    """Return the colour of a cell under a head."""
    return OF_STATUS.get(text[:1]) if head in STATUS_HEADS else COLOURS.get(text)


def text_of(value: object) -> str:
    """Return a value as one line without control characters, which would move the terminal's cursor."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else " " for letter in text) if value not in (None, "") else "-"


def width_of(text: str) -> int:
    """Return how many columns a terminal needs for a text: two for a wide letter, none for a combining mark."""
    if text.isascii():
        return len(text)
    widths = (0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)
    return sum(widths)


def cut(text: str, most: int) -> str:
    """Return a text that needs `most` columns at most, marked where it was cut."""
    if width_of(text) <= most:
        return text
    while width_of(text) >= most:
        text = text[:-1]
    return text + CUT


def table(rows: Sequence[Row], columns: Columns, none: str = "") -> str:
    """Return rows as a table, or the sentence `none` without a row. The first column, which has the ids, is never cut."""
    if not rows:
        return none
    heads = [*columns]
    lines = [[text_of(value_of(row, source)) for source in columns.values()] for row in rows]
    widths = fitted([max(map(width_of, column)) for column in zip(heads, *lines, strict=True)])
    body = [line(cells, widths, map(colour_of, heads, cells)) for cells in lines]
    return "\n".join([line(heads, widths, repeat(None)), *body])


def value_of(row: Row, source: str | Callable[[Row], object]) -> object:
    """Return what a column shows of a row."""
    return source(row) if callable(source) else row.get(source)


def fitted(widths: list[int]) -> list[int]:
    """Return the widths of the columns that fit on the terminal, the widest reduced; a file or a pipe has room for all.

    The last columns are left out when even the narrowest form of all does not fit."""
    if not is_terminal(sys.stdout):
        return widths
    room = shutil.get_terminal_size().columns
    while len(widths) > 1 and needed([widths[0], *(min(width, NARROWEST) for width in widths[1:])]) > room:
        widths = widths[:-1]
    while needed(widths) > room and max(widths[1:], default=0) > NARROWEST:
        widths[widths.index(max(widths[1:]), 1)] -= 1
    return widths


def needed(widths: Sequence[int]) -> int:
    """Return the width of a line whose columns have these widths."""
    return sum(widths) + len(GAP) * (len(widths) - 1)


def line(cells: Iterable[str], widths: Sequence[int], colours: Iterable[str | None]) -> str:
    """Return one line of a table."""
    parts = []
    for cell, width, colour in zip(cells, widths, colours, strict=False):
        text = cut(cell, width)
        parts.append(painted(text, colour) + " " * (width - width_of(text)))
    return GAP.join(parts).rstrip()


def details(record: Row, tables: Mapping[str, Columns] | None = None) -> str:
    """Return a record: a line for each member, then each list of objects as a table, whose columns may be chosen."""
    lists = {name: value for name, value in record.items() if isinstance(value, list) and are_rows(value)}
    members = {name: text_of(value) for name, value in record.items() if name not in lists}
    longest = max(map(len, members), default=0)
    lines = [f"{name:{longest}}{GAP}{painted(text, COLOURS.get(text))}" for name, text in members.items()]
    chosen = {name: members_of(rows) for name, rows in lists.items()} | dict(tables or {})
    return "\n".join([*lines, *(f"\n{name}\n{table(rows, chosen[name])}" for name, rows in lists.items())])


def are_rows(values: Sequence[object]) -> bool:
    """Return whether a list has objects, and nothing else."""
    return bool(values) and all(isinstance(value, Mapping) for value in values)


def members_of(rows: Sequence[Row]) -> Columns:
    """Return a column for each member of the rows whose first value is no list and no object, under its own name."""
    return {name: name for name, value in rows[0].items() if not isinstance(value, (list, Mapping))} if rows else {}
