"""What the lists share: the column by which they are sorted, days and moments as filters, and files of what the filters choose."""

import csv
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

import flask
import orjson

from mockmarket.api.context import current
from mockmarket.clock import DAY, iso_ms, parse_iso
from mockmarket.dashboard import formats, moments, shell, zone_switch, zones
from mockmarket.dashboard.zone_switch import VENUE
from mockmarket.dashboard.zones import UTC
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


@dataclass(frozen=True, slots=True)
class Days:
    """Days as a filter, both included, "" for none, in a zone that the address names unless it is UTC: a zone's name, or `venue` for that
    of each event."""

    since: str
    until: str
    zone: str

    def __bool__(self) -> bool:
        return bool(self.since or self.until)

    @property
    def filters(self) -> dict[str, str]:
        """The filter as an address has it."""
        values = {"since": self.since, "until": self.until}
        values |= {zone_switch.INPUT: self.zone} if self and self.zone != UTC else {}
        return {name: value for name, value in values.items() if value}

    def contains(self, at: int, venue_zone: str = UTC) -> bool:
        """Return whether a moment (epoch ms) is on the days."""
        zone = venue_zone if self.zone == VENUE else self.zone
        return (not self.since or at >= zones.midnight(parse_iso(self.since), zone)) and (
            not self.until or at < zones.midnight(parse_iso(self.until) + DAY, zone)
        )


def days(by_venue: bool = False) -> Days:
    """Return the request's days. Those of an address are in UTC if it names no zone; a form's are in the page's, or with `by_venue` and
    that choice in each venue's."""
    since, until = day("since"), day("until")
    is_by_venue = by_venue and zone_switch.state().choice == VENUE
    default = UTC if since or until else VENUE if is_by_venue else zones.current()
    return Days(since, until, zone_switch.input_zone(default, (VENUE,) if by_venue else ()))


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as a filter (epoch ms), None for none; its text for an input, in the page's zone; `error` says why it cannot be read."""

    at: int | None = None
    text: str = ""
    error: str = ""

    @property
    def address(self) -> str:
        """The filter as an address has it: in UTC, whoever reads it."""
        return "" if self.at is None else iso_ms(self.at)


def moment(name: str) -> Moment:
    """Return a query parameter that is a moment; without an offset it is in the zone that the form or address names, else in UTC."""
    text, now = shell.argument(name), current().world.clock.now()
    try:
        at = moments.read(text, now, zone_switch.input_zone(UTC))
    except moments.UnreadableError as error:
        return Moment(None, text, str(error))
    return Moment() if at is None else Moment(at, moments.typed(at, now, zones.current()))


@dataclass(frozen=True, slots=True)
class Span:
    """Two moments as a filter, both included."""

    since: Moment = Moment()
    until: Moment = Moment()

    @property
    def filters(self) -> dict[str, str]:
        """The filter as an address has it."""
        both = {"since": self.since.address, "until": self.until.address}
        return {name: address for name, address in both.items() if address}

    @property
    def error(self) -> str:
        """What cannot be read; "" for nothing."""
        return " ".join(filter(None, (self.since.error, self.until.error)))


def span() -> Span:
    """Return the request's moments `since` and `until`."""
    return Span(moment("since"), moment("until"))


def file_of(name: str, kind: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> shell.Response:
    """Return rows of these columns as a file to download, `csv` or `json`; NotFound for another kind."""
    if kind not in FORMATS:
        raise NotFound(f"There is no export as {kind!r}; there are {', '.join(FORMATS)}.")
    write, type = FORMATS[kind]
    return download(f"{name}.{kind}", write(columns, rows), type)


def download(name: str, content: bytes, type: str) -> shell.Response:
    """Return a file to download."""
    headers = {**shell.HEADERS, "Content-Disposition": f"attachment; filename={name}"}
    return flask.Response(content, headers=headers, content_type=type)


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
