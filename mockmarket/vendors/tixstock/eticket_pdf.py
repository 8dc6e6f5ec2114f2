"""A ticket on paper: one PDF page with the event, the seat, the order and a barcode; the same ticket is the same bytes."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from mockmarket.clock import to_datetime
from mockmarket.vendors.tixstock.barcode import code128

WIDTH, HEIGHT = 420, 595
"""A5, in points."""
MARGIN = 36
MODULE = 1.1
BARS = 70
MOST_LINES = 5
TOUNICODE = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Same def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0000> <FFFF> <0000> endbfrange endcmap end end"""

Run = tuple[str, bytes]
"""Text of one font: the font's name in the page, the bytes that it shows."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What stands on a ticket. `place` is the row and the seat, None for general admission; `at` is when it was made, epoch ms."""

    event: str
    venue: str
    starts: str
    section: str
    place: tuple[str, int] | None
    order: str
    holder: str
    code: str
    at: int


def draw(ticket: Ticket) -> bytes:
    """Return a ticket as a PDF file."""
    import pydyf  # only who hands over a ticket needs it

    pdf = pydyf.PDF()
    fonts = {
        "Latin": latin(pydyf, pdf, "Helvetica"),
        "Bold": latin(pydyf, pdf, "Helvetica-Bold"),
        "Wide": wide(pydyf, pdf),
    }
    stream = pydyf.Stream(compress=True)
    write_text(stream, ticket)
    write_bars(stream, code128(ticket.code))
    pdf.add_object(stream)
    pdf.add_page(pydyf.Dictionary({
        "Type": "/Page", "Parent": pdf.pages.reference, "Contents": stream.reference,
        "MediaBox": pydyf.Array([0, 0, WIDTH, HEIGHT]),
        "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary(fonts)}),
    }))  # fmt: skip
    pdf.info["Title"] = pydyf.String(f"{ticket.event} - {ticket.order}")
    pdf.info["CreationDate"] = pydyf.String(f"{to_datetime(ticket.at):D:%Y%m%d%H%M%SZ}")
    out = io.BytesIO()
    pdf.write(out, version=b"1.5", identifier=ticket.code.encode())
    return out.getvalue()


def latin(pydyf: Any, pdf: Any, name: str) -> Any:
    """Add one of the fonts that every reader has, for the letters of Western Europe; returns its reference."""
    return added(pydyf, pdf, {"Subtype": "/Type1", "BaseFont": f"/{name}", "Encoding": "/WinAnsiEncoding"})


def wide(pydyf: Any, pdf: Any) -> Any:
    """Add a Japanese font that readers bring along (ISO 32000-1, 9.7.5.2), for Greek, Cyrillic, kana and kanji; returns its reference."""
    descriptor = added(pydyf, pdf, {
        "Type": "/FontDescriptor", "FontName": "/HeiseiKakuGo-W5", "Flags": 4, "ItalicAngle": 0, "Ascent": 752, "Descent": -221,
        "CapHeight": 737, "StemV": 114, "FontBBox": pydyf.Array([-92, -250, 1010, 922]),
    })  # fmt: skip
    system = pydyf.Dictionary({"Registry": pydyf.String("Adobe"), "Ordering": pydyf.String("Japan1"), "Supplement": 2})
    inner = added(pydyf, pdf, {
        "Subtype": "/CIDFontType0", "BaseFont": "/HeiseiKakuGo-W5", "CIDSystemInfo": system, "FontDescriptor": descriptor,
    })  # fmt: skip
    names = pydyf.Stream([TOUNICODE], compress=True)
    pdf.add_object(names)
    return added(pydyf, pdf, {
        "Subtype": "/Type0", "BaseFont": "/HeiseiKakuGo-W5", "Encoding": "/UniJIS-UCS2-H",
        "DescendantFonts": pydyf.Array([inner]), "ToUnicode": names.reference,
    })  # fmt: skip


def added(pydyf: Any, pdf: Any, values: dict[str, Any]) -> Any:
    """Add an object to the file, a font unless it says otherwise; returns its reference."""
    pdf_object = pydyf.Dictionary({"Type": "/Font"} | values)
    pdf.add_object(pdf_object)
    return pdf_object.reference


def write_text(stream: Any, ticket: Ticket) -> None:
    """Write what a person reads, from the top down."""
    height = HEIGHT - MARGIN - 22
    for size, bold, text in lines_of(ticket):
        for line in wrapped(text, size):
            write_line(stream, line, size, height, "Bold" if bold else "Latin")
            height -= size + 4
        height -= 8


def write_line(stream: Any, text: str, size: int, height: int, font: str) -> None:
    """Write one line of text."""
    stream.begin_text()
    stream.set_text_matrix(1, 0, 0, 1, MARGIN, height)
    for name, shown in runs(text, font):
        stream.set_font_size(name, size)
        stream.stream.append(b"<" + shown.hex().encode() + b"> Tj")
    stream.end_text()


def wrapped(text: str, size: int) -> list[str]:
    """Return a text as lines that fit between the margins, broken at spaces where there are any; what is too long is cut."""
    room = (WIDTH - 2 * MARGIN) / size
    lines = [""]
    for word in re.findall(r"\S+\s*|\s+", text):
        if ems(lines[-1] + word.rstrip()) > room and lines[-1]:
            lines.append("")
        for sign in word:
            lines[-1] += sign
            if ems(lines[-1]) > room:
                lines[-1:] = [lines[-1][:-1], sign]
    return [line.rstrip() for line in lines[:MOST_LINES]]


def ems(text: str) -> float:
    """Return about how wide a text is, in ems."""
    return sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.6 for sign in text)


def lines_of(ticket: Ticket) -> Iterator[tuple[int, bool, str]]:
    """Yield a ticket's lines as (size, bold, text)."""
    yield 20, True, ticket.event
    yield 12, False, ticket.venue
    yield 12, False, ticket.starts
    yield 14, True, f"Section {ticket.section}"
    yield 14, True, "General admission" if ticket.place is None else f"Row {ticket.place[0]}   Seat {ticket.place[1]}"
    yield 12, False, f"Order {ticket.order}"
    yield 12, False, ticket.holder
    yield 9, False, f"Ticket {ticket.code}"
    yield 9, False, "Made by a mock server for tests. Not valid for entry."


def write_bars(stream: Any, widths: str) -> None:
    """Draw a barcode at the foot of the page, as many modules wide as its widths say."""
    at = (WIDTH - sum(map(int, widths)) * MODULE) / 2
    for place, width in enumerate(map(int, widths)):
        if place % 2 == 0:
            stream.rectangle(round(at, 2), MARGIN, round(width * MODULE, 2), BARS)
        at += width * MODULE
    stream.fill()


def runs(text: str, font: str) -> Iterator[Run]:
    """Split a text into runs of one font each; a letter that no font has loses its accents."""
    for name, signs in groupby((fonted(sign, font) for sign in text), key=lambda run: run[0]):
        yield name, b"".join(shown for _, shown in signs)


def fonted(sign: str, font: str) -> Run:
    """Return a letter in the code of the first font that has it."""
    shown = in_latin(sign)
    if shown is None and ord(sign) < 0x10000:
        return "Wide", sign.encode("utf-16-be")
    return font, shown or b"?"


def in_latin(sign: str) -> bytes | None:
    """Return a letter in the code of the Western fonts, without accents if need be; None when it is not one of theirs."""
    for written in (sign, unicodedata.normalize("NFKD", sign)[:1]):
        try:
            return written.encode("cp1252")
        except UnicodeEncodeError:
            continue
    return None
