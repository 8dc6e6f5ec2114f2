"""Code 128 (ISO/IEC 15417), code set B: a text as the widths of its bars and spaces."""

from __future__ import annotations

WIDTHS = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122123221"
    "223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321"
    "112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131"
    "311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114"
    "122411142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141"
    "214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214211232"
)
"""The standard's table: bar, space, bar, space, bar, space, in modules, six digits for each character's value."""

START_B = 104
STOP = "2331112"
FIRST = 32
"""Code set B begins with the space."""


def code128(text: str) -> str:
    """Return the widths, in modules, of a text's bars and spaces in turn; ValueError for what is not printable ASCII."""
    values = [ord(sign) - FIRST for sign in text]
    if not text or not all(0 <= value <= 94 for value in values):
        raise ValueError(f"{text!r} cannot be a barcode: printable ASCII only, and at least one character.")
    check = (START_B + sum(place * value for place, value in enumerate(values, 1))) % 103
    return "".join(WIDTHS[6 * value : 6 * value + 6] for value in (START_B, *values, check)) + STOP
