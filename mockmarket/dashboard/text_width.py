"""How wide a text is in the fonts that are shipped with the pages, and texts cut to a width. Pure.

The tables have the advance widths of Inter 4.1 in thousandths of its size, rounded up. The style sheet
switches kerning and ligatures off."""

from functools import lru_cache
from unicodedata import category, east_asian_width

from mockmarket.dashboard.formats import visible

SIZE = 12  # px, of the diagram's text
OTHER, WIDE, NARROW = 900, 1050, 0
"""Widths of letters that another font of the machine draws: at most that of its widest ones; of scripts that write in squares; of marks."""
BEGINNINGS = (0x20, 0xA0)
REGULAR = (
    """
282 288 466 634 642 982 645 300 365 365 501 662 289 460 289 361 631 407 610 618 646 594 621 566 619 621 289 302 662 662 662 512 966 690
655 731 722 602 591 747 744 269 571 672 566 904 754 765 639 765 644 642 646 745 690 986 683 679 629 365 361 365 472 457 323 562 613 572
613 584 371 614 592 243 243 549 243 876 591 600 613 613 377 528 328 592 563 819 546 563 553 427 333 427 662
""",
    """
282 288 572 611 725 550 271 569 591 915 454 583 662 0 667 478 456 662 442 446 323 586 603 289 269 305 483 583 803 848 882 512 690 690
690 690 690 690 994 731 602 602 602 602 269 269 269 269 735 754 765 765 765 765 765 662 765 745 745 745 745 679 636 617 562 562 562 562
562 562 918 572 584 584 584 584 243 243 243 243 583 591 600 600 600 600 600 662 600 592 592 592 592 563 613 563
""",
)
BOLD = (
    """
252 322 523 644 651 1005 663 326 374 374 540 673 319 466 319 379 660 423 624 637 667 613 640 577 641 640 319 330 673 673 673 544 1000
728 660 737 723 606 588 750 746 277 580 704 566 923 760 769 646 773 653 651 661 736 728 1021 720 714 653 374 379 374 482 470 352 575 625
583 625 592 389 626 613 262 262 570 262 901 612 609 625 625 397 550 354 613 587 840 569 589 566 455 359 455 673
""",
    """
252 322 583 630 750 564 316 569 612 915 461 635 673 0 664 452 459 673 454 464 352 615 601 319 333 324 488 635 832 870 908 544 728 728
728 728 728 728 1014 737 606 606 606 606 277 277 277 277 752 760 769 769 769 769 769 673 769 736 736 736 736 714 658 644 575 575 575 575
575 575 913 583 592 592 592 592 262 262 262 262 594 612 609 609 609 609 609 673 609 613 613 613 613 589 625 589
""",
)
PUNCTUATION = {"–": 500, "—": 1000, "‘": 294, "’": 294, "“": 507, "”": 502, "•": 563, "…": 957, "€": 679}


def _table(ranges: tuple[str, str]) -> dict[str, int]:
    columns = zip(BEGINNINGS, ranges, strict=True)
    return PUNCTUATION | {
        chr(first + place): int(width) for first, widths in columns for place, width in enumerate(widths.split())
    }


TABLES = {False: _table(REGULAR), True: _table(BOLD)}


def width_of(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Return the width of a line of text in pixels, at least as wide as the browser draws it."""
    table = TABLES[bold]
    return sum([table[letter] if letter in table else _other(letter) for letter in text]) * size / 1000


@lru_cache(maxsize=4096)
def _other(letter: str) -> int:
    if category(letter) in ("Mn", "Me", "Cf"):
        return NARROW
    return WIDE if east_asian_width(letter) in "WF" or ord(letter) > 0xFFFF else OTHER


def fitted(text: object, room: float, size: float = SIZE, bold: bool = False) -> str:
    """Return a text that is no wider than `room` pixels: whole where it fits, else cut at its end, with an ellipsis; invisible letters
    are escaped. Empty where not even the ellipsis fits."""
    clean = visible(text)
    if width_of(clean, size, bold) <= room:
        return clean
    table, left = TABLES[bold], (room - width_of("…", size, bold)) * 1000 / size
    if left < 0:
        return ""
    for place, letter in enumerate(clean):
        left -= table[letter] if letter in table else _other(letter)
        if left < 0:
            return f"{clean[:place].rstrip()}…"
    return clean
