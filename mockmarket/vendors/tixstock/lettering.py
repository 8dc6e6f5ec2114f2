"""Lettering of eTickets: which of the fonts that every reader has shows a letter, and letters made of a base and marks."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

CAPITALS, SMALL = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", "αβγδεζηθικλμνξοπρσςτυφχψω"
GREEK = dict(zip(CAPITALS + SMALL, "ABGDEZHQIKLMNXOPRSTUFCYWabgdezhqiklmnxoprsVtufcyw", strict=True))
"""Greek letters with their codes in the font Symbol (ISO 32000-1, D.6)."""
MARKS = {
    "\u0300": 0xC1, "\u0301": 0xC2, "\u0302": 0xC3, "\u0303": 0xC4, "\u0304": 0xC5, "\u0306": 0xC6, "\u0307": 0xC7,
    "\u0308": 0xC8, "\u030a": 0xCA, "\u0327": 0xCB, "\u030b": 0xCD, "\u0328": 0xCE, "\u030c": 0xCF, "\u0335": 0x2D,
}  # fmt: skip
"""Combining marks with their codes in Adobe's standard Latin encoding (ISO 32000-1, D.2); a stroke is drawn as a hyphen."""
UNRAISED = "\u0327\u0328\u0335"
OWN = {"ł": 0xF8, "Ł": 0xE8, "ı": 0xF5}
"""Letters of that encoding that Windows' does not have."""
DOTLESS = 0x01  # a code of ours for the i below a mark
STROKED = {"đ": "d", "Đ": "D", "ħ": "h", "Ħ": "H", "₱": "P"}
ASIAN = {"Japanese": "shift_jis", "Chinese": "gbk", "Korean": "cp949"}
"""The predefined fonts of readers for other letters, each by a character set that it covers."""
MARK_WIDTH = 333
BY_WIDTH = {
    222: "ijlı",
    278: "It",
    333: "rΙι",
    500: "cksvxyzJ",
    667: "ABEKPSVXY",
    722: "CDHNRUwΑΗ",
    778: "GOQΩ",
    833: "Mm",
}
WIDTHS = {letter: width for width, letters in BY_WIDTH.items() for letter in letters} | {
    "ε": 439,
    "α": 631,
    "η": 603,
    "ω": 686,
}
"""Widths of letters that may have a mark, in thousandths of their size (the fonts' metrics); others are taken for 556."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One sign of a font: its code, how far the pen moves back before and after it, in thousandths, and its rise, in ems."""

    font: str
    code: bytes
    before: int = 0
    after: int = 0
    rise: float = 0.0


def glyphs_of(letter: str, font: str) -> list[Glyph]:
    """Return the glyphs of a letter: one, or its base and its marks. What no font is known to have is left to the reader, and beyond
    the basic plane a question mark."""
    if plain := _plain(letter, font):
        return [plain]
    base, *marks = [STROKED[letter], "\u0335"] if letter in STROKED else [*unicodedata.normalize("NFD", letter)]
    if marks and all(mark in MARKS for mark in marks) and (own := _plain(base, font)):
        if base == "i" and marks[0] not in UNRAISED:
            own = Glyph(f"{font}Marks", bytes((DOTLESS,)))
        return [own, *(_mark(mark, base, font) for mark in marks)]
    if ord(letter) >= 0x10000:
        return [Glyph(font, b"?")]
    covering = (name for name, charset in ASIAN.items() if letter.encode(charset, "ignore"))
    return [Glyph(next(covering, "Japanese"), letter.encode("utf-16-be"))]


def _plain(letter: str, font: str) -> Glyph | None:
    if letter in GREEK:
        return Glyph("Greek", GREEK[letter].encode())
    if letter in OWN:
        return Glyph(f"{font}Marks", bytes((OWN[letter],)))
    code = letter.encode("cp1252", "ignore")
    return Glyph(font, code) if code else None


def _mark(mark: str, base: str, font: str) -> Glyph:
    """Return a mark centred on its base, after which the pen stands where it stood before."""
    width = WIDTHS.get(base, 556)
    rise = 0.15 if base.isupper() and mark not in UNRAISED else 0.0
    return Glyph(f"{font}Marks", bytes((MARKS[mark],)), (width + MARK_WIDTH) // 2, (MARK_WIDTH - width) // 2, rise)


def unicode_map(codes: Mapping[int, str]) -> bytes:
    """Return a ToUnicode CMap of one-byte codes, for text to be extracted."""
    rows = " ".join(f"<{code:02x}> <{text.encode('utf-16-be').hex()}>" for code, text in codes.items())
    head = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Own def /CMapType 2 def"
    return f"{head} 1 begincodespacerange <00> <FF> endcodespacerange {len(codes)} beginbfchar {rows} endbfchar endcmap end end".encode()


GREEK_TEXT = {ord(code): letter for letter, code in GREEK.items()}
MARKS_TEXT = (
    {DOTLESS: "i"} | {code: mark for mark, code in MARKS.items()} | {code: letter for letter, code in OWN.items()}
)
"""What a reader extracts for the codes of the two fonts."""
