"""eTickets: one PDF page with the event, the seat, the order and a barcode; the same ticket gives the same bytes."""

import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import pydyf

from mockmarket.clock import to_datetime
from mockmarket.vendors.tixstock import lettering

WIDTH, HEIGHT = 420, 595  # A5, in points
MARGIN = 36
MODULE = 1.1
BARS = 70
MOST_LINES = 5
SAME = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Same def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0000> <FFFF> <0000> endbfrange endcmap end end"""
ASIAN = {
    "Japanese": ("HeiseiKakuGo-W5", "Japan1", "UniJIS-UCS2-H"),
    "Chinese": ("STSong-Light", "GB1", "UniGB-UCS2-H"),
    "Korean": ("HYGoThic-Medium", "Korea1", "UniKS-UCS2-H"),
}
"""Predefined fonts of readers (ISO 32000-1, 9.7.5.2): name, character collection, and the CMap from Unicode."""

WIDTHS = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122123221"
    "223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321"
    "112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131"
    "311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114"
    "122411142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141"
    "214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214211232"
)
"""Code 128's table (ISO/IEC 15417): bar, space, bar, space, bar, space, in modules, six digits for each character's value."""
START_B = 104
STOP = "2331112"
FIRST = 32  # code set B begins with the space


@dataclass(frozen=True, slots=True)
class Ticket:
    """The content of a ticket. `place` is the row and the seat, None for general admission; `at` is its creation time, epoch ms."""

    event: str
    venue: str
    starts: str
    section: str
    place: tuple[str, int] | None
    order: str
    holder: str
    code: str
    at: int

    def lines(self) -> Iterator[tuple[int, bool, str]]:
        """Yield the printed lines from top to bottom, as (size, bold, text)."""
        yield 20, True, self.event
        yield 12, False, self.venue
        yield 12, False, self.starts
        yield 14, True, f"Section {self.section}"
        yield 14, True, "General admission" if self.place is None else f"Row {self.place[0]}   Seat {self.place[1]}"
        yield 12, False, f"Order {self.order}"
        yield 12, False, self.holder
        yield 9, False, f"Ticket {self.code}"
        yield 9, False, "Made by a mock server for tests. Not valid for entry."


def draw(ticket: Ticket) -> bytes:
    """Return a ticket as a PDF file."""
    pdf = pydyf.PDF()
    fonts = _fonts(pdf)
    stream = pydyf.Stream(compress=True)
    height = HEIGHT - MARGIN - 22
    for size, bold, text in ticket.lines():
        for line in wrapped(text, size):
            _write_line(stream, line, size, height, "Bold" if bold else "Latin")
            height -= size + 4
        height -= 8
    _write_bars(stream, code128(ticket.code))
    pdf.add_object(stream)
    page = {"Type": "/Page", "Parent": pdf.pages.reference, "Contents": stream.reference}
    page |= {"MediaBox": pydyf.Array([0, 0, WIDTH, HEIGHT])}
    pdf.add_page(pydyf.Dictionary(page | {"Resources": pydyf.Dictionary({"Font": pydyf.Dictionary(fonts)})}))
    pdf.info["Title"] = pydyf.String(f"{ticket.event} - {ticket.order}")
    pdf.info["CreationDate"] = pydyf.String(f"{to_datetime(ticket.at):D:%Y%m%d%H%M%SZ}")
    out = io.BytesIO()
    pdf.write(out, version=b"1.5", identifier=ticket.code.encode())
    return out.getvalue()


def _add(pdf: pydyf.PDF, part: pydyf.Object) -> bytes:
    pdf.add_object(part)
    reference: bytes = part.reference
    return reference


def _fonts(pdf: pydyf.PDF) -> dict[str, bytes]:
    """Add every font by its name in `lettering`; returns their references."""
    marks, greek = (
        _add(pdf, pydyf.Stream([lettering.unicode_map(codes)], compress=True))
        for codes in (lettering.MARKS_TEXT, lettering.GREEK_TEXT)
    )
    differences = pydyf.Array([lettering.DOTLESS, "/dotlessi"])
    standard = {"Type": "/Encoding", "BaseEncoding": "/StandardEncoding", "Differences": differences}
    fonts = {"Greek": _western(pdf, "Symbol", ToUnicode=greek)}
    for name, face in {"Latin": "Helvetica", "Bold": "Helvetica-Bold"}.items():
        fonts[name] = _western(pdf, face, Encoding="/WinAnsiEncoding")
        fonts[f"{name}Marks"] = _western(pdf, face, Encoding=pydyf.Dictionary(standard), ToUnicode=marks)
    return fonts | {name: _asian(pdf, *font) for name, font in ASIAN.items()}


def _western(pdf: pydyf.PDF, name: str, **members: object) -> bytes:
    return _add(pdf, pydyf.Dictionary({"Type": "/Font", "Subtype": "/Type1", "BaseFont": f"/{name}", **members}))


def _asian(pdf: pydyf.PDF, name: str, collection: str, cmap: str) -> bytes:
    """Add a predefined font, which the reader has; returns its reference."""
    metrics = {"Flags": 4, "ItalicAngle": 0, "Ascent": 752, "Descent": -221, "CapHeight": 737, "StemV": 114}
    descriptor = {"Type": "/FontDescriptor", "FontName": f"/{name}", **metrics}
    described = _add(pdf, pydyf.Dictionary(descriptor | {"FontBBox": pydyf.Array([-92, -250, 1010, 922])}))
    system = {"Registry": pydyf.String("Adobe"), "Ordering": pydyf.String(collection), "Supplement": 2}
    inner: dict[str, object] = {"Type": "/Font", "Subtype": "/CIDFontType0", "BaseFont": f"/{name}"}
    inner |= {"CIDSystemInfo": pydyf.Dictionary(system), "FontDescriptor": described}
    descendants = pydyf.Array([_add(pdf, pydyf.Dictionary(inner))])
    names = _add(pdf, pydyf.Stream([SAME], compress=True))
    font = {"Type": "/Font", "Subtype": "/Type0", "BaseFont": f"/{name}", "Encoding": f"/{cmap}"}
    return _add(pdf, pydyf.Dictionary(font | {"DescendantFonts": descendants, "ToUnicode": names}))


def _write_line(stream: pydyf.Stream, text: str, size: int, height: int, font: str) -> None:
    stream.begin_text()
    stream.set_text_matrix(1, 0, 0, 1, MARGIN, height)
    drawn = [(letter, lettering.glyphs_of(letter, font)) for letter in unicodedata.normalize("NFC", text)]
    for name, letters in groupby(drawn, key=lambda row: row[1][0].font if len(row[1]) == 1 else None):
        if name is not None:
            stream.set_font_size(name, size)
            stream.stream.append(b"<%s> Tj" % b"".join(glyph.code for _, [glyph] in letters).hex().encode())
            continue
        for letter, glyphs in letters:  # the letter is what readers extract of its parts
            stream.stream.append(b"/Span <</ActualText <feff%s>>> BDC" % letter.encode("utf-16-be").hex().encode())
            for glyph in glyphs:
                stream.set_font_size(glyph.font, size)
                place = (glyph.rise * size, glyph.before, glyph.code.hex().encode(), glyph.after)
                stream.stream.append(b"%.1f Ts [%d <%s> %d] TJ" % place)
            stream.stream.append(b"0 Ts EMC")
    stream.end_text()


def wrapped(text: str, size: int) -> list[str]:
    """Return a text as lines that fit between the margins, broken at spaces where possible; longer words are cut."""
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
    """Return the approximate width of a text in ems."""
    return sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.6 for sign in text)


def _write_bars(stream: pydyf.Stream, widths: str) -> None:
    at = (WIDTH - sum(map(int, widths)) * MODULE) / 2
    for place, width in enumerate(map(int, widths)):
        if place % 2 == 0:
            stream.rectangle(round(at, 2), MARGIN, round(width * MODULE, 2), BARS)
        at += width * MODULE
    stream.fill()


def code128(text: str) -> str:
    """Return the widths, in modules, of a text's bars and spaces in turn; ValueError for text beyond printable ASCII."""
    values = [ord(sign) - FIRST for sign in text]
    if not text or not all(0 <= value <= 94 for value in values):
        raise ValueError(f"{text!r} cannot be a barcode: printable ASCII only, and at least one character.")
    check = (START_B + sum(place * value for place, value in enumerate(values, 1))) % 103
    return "".join(WIDTHS[6 * value : 6 * value + 6] for value in (START_B, *values, check)) + STOP
