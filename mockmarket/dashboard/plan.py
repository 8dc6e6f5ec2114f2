"""A house's plan: an event's sections and rows with each seat free, held or sold, and by whom. Drawn from stock; reads no store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mockmarket.dashboard.formats import visible
from mockmarket.stock import Stock

MOST_SEATS = 500
"""The longest row whose seats are drawn one by one; of a longer one, the first so many."""
MOST_ROWS = 150
"""How many rows of one section are drawn."""
MOST_OPEN = 40
"""How many sections can be open at once."""
OPEN_BELOW = 600
"""An event with no more seats than this is shown with every section open."""
ONLY = {"": "Every seat", "taken": "Sold or held", "sold": "Sold", "held": "Held"}
LETTERS = {"sold": "S", "held": "H"}

Named = tuple[str, str]
"""A record by (vendor, id)."""
Standing = tuple[str, str, str, str, int]
"""Whose general admission it is: (stock id, held or sold, vendor, record, how many)."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat: `mark` is what stands in it, `title` what it is in words, `link` its order's page if it is an order's."""

    state: str
    mark: str
    title: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Part of general admission: who has how many."""

    state: str
    vendor: str
    record: str
    quantity: int
    link: str


@dataclass(frozen=True, slots=True)
class Row:
    """One stock row: its seats, or for general admission who has part of it; `left_out` is how many seats are not drawn."""

    stock: Stock
    seats: Sequence[Seat] = ()
    parts: Sequence[Part] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How many seats there are: in all, held, sold."""

    total: int
    held: int
    sold: int

    @property
    def free(self) -> int:
        """How many can be bought."""
        return self.total - self.held - self.sold


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its rows when it is open, `left_out` how many more there are; prices in minor units, least and most."""

    name: str
    tally: Tally
    prices: tuple[int, int]
    currency: str
    open: bool
    rows: Sequence[Row]
    left_out: int


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose seats are whose: those that are not free, as (held or sold, vendor, record) by (stock id, number); general admission.

    `came` tells as whose record a seat was last held or sold by the ledger: an order, where the seat is by now a ticket's of it.
    `links` are the pages of orders, `titles` what people call the vendors.
    """

    taken: Mapping[tuple[str, int], tuple[str, str, str]]
    standing: Sequence[Standing]
    came: Mapping[tuple[str, int], Named]
    links: Mapping[Named, str]
    titles: Mapping[str, str]


def tally(rows: Sequence[Stock]) -> Tally:
    """Count seats."""
    return Tally(sum(row.total for row in rows), sum(row.held for row in rows), sum(row.sold for row in rows))


def sections(rows: Iterable[Stock], claims: Claims, opened: Sequence[str], only: str) -> list[Section]:
    """Return an event's sections in the order of the fixture, those that are opened with their rows."""
    grouped: dict[str, list[Stock]] = {}
    for row in rows:
        if row.total:
            grouped.setdefault(row.section, []).append(row)
    fitting = {name: [row for row in rows if fits(row, only)] for name, rows in grouped.items()}
    return [section(name, grouped[name], rows, claims, name in opened) for name, rows in fitting.items() if rows]


def fits(row: Stock, only: str) -> bool:
    """Tell whether a row has any seat of the state that is asked for."""
    return bool({"": row.total, "taken": row.sold + row.held, "sold": row.sold, "held": row.held}[only])


def section(name: str, every: Sequence[Stock], shown: Sequence[Stock], claims: Claims, opened: bool) -> Section:
    """Return one section, with the rows that are to be shown if it is open."""
    prices = [row.price for row in every]
    rows = [row_of(row, claims) for row in shown[:MOST_ROWS]] if opened else []
    left_out = len(shown) - len(rows) if opened else 0
    return Section(name, tally(every), (min(prices), max(prices)), every[0].currency, opened, rows, left_out)


def row_of(stock: Stock, claims: Claims) -> Row:
    """Return one row with its seats, or with who has part of it."""
    if stock.first_seat is None:
        parts = [
            Part(state, vendor, record, quantity, claims.links.get((vendor, record), ""))
            for id, state, vendor, record, quantity in claims.standing
            if id == stock.id
        ]
        return Row(stock, parts=parts)
    drawn = min(stock.total, MOST_SEATS)
    seats = [seat(stock, number, claims) for number in range(stock.first_seat, stock.first_seat + drawn)]
    return Row(stock, seats, left_out=stock.total - drawn)


def seat(stock: Stock, number: int, claims: Claims) -> Seat:
    """Return one seat: its number while it is free, a letter when it is somebody's."""
    state, vendor, record = claims.taken.get((stock.id, number), ("free", "", ""))
    place = f"Seat {number}, row {stock.row}, section {stock.section}: {state}"
    price = f"{stock.price / 100:,.2f} {stock.currency}"
    if not vendor:
        return Seat(state, str(number), visible(f"{place}. {price}"))
    came = claims.came.get((stock.id, number), (vendor, record))
    by = f"{record} of {came[1]}" if came[0] == vendor and came[1] != record else record
    title = visible(f"{place} through {claims.titles.get(vendor, vendor)}, {by}. {price}")
    return Seat(state, LETTERS[state], title, claims.links.get((vendor, record)) or claims.links.get(came, ""))
