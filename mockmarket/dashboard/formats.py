"""Values as people read them, the exact value on hover. Pure: what comes out is escaped, whatever came in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson
from markupsafe import Markup, escape

from mockmarket.clock import DAY, HOUR, MINUTE, SECOND, iso_ms, parse_iso, to_datetime

MOST_SHOWN = 20_000
"""How many characters of a body a page shows; what is left out is said."""

INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff9-\uffff]"
)
"""What would hide, reorder or break the text around it: controls, bidirectional marks, lone surrogates."""

UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))
SIZES = ((1_000_000, "MB"), (1_000, "kB"))


def visible(text: Any) -> str:
    """Return a text with what cannot be seen written out, such as `\\u202e`."""
    return INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", str(text))


def ms_of(at: int | str | None) -> int | None:
    """Return a moment as epoch ms, whether it is that or ISO 8601, as control answers have it."""
    return parse_iso(at) if isinstance(at, str) else at


def moment(given: int | str | None) -> Markup:
    """Show a moment as `21 Nov 2026 10:47:03`, UTC; nothing for None."""
    at = ms_of(given)
    if at is None:
        return Markup("")
    when = to_datetime(at)
    return timed(at, f"{when.day} {when:%b %Y %H:%M:%S}")


def day(at: int) -> str:
    """Write epoch ms as `Sat 21 November 2026`, UTC."""
    when = to_datetime(at)
    return f"{when:%a} {when.day} {when:%B %Y}"


def clock_time(at: int) -> str:
    """Write epoch ms as `10:47:03`, UTC."""
    return f"{to_datetime(at):%H:%M:%S}"


def timed(at: int, words: str) -> Markup:
    """Show words for a moment, the moment itself on hover."""
    exact = iso_ms(at)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, exact, words)


def ago(given: int | str | None, now: int, rough: bool = False) -> Markup:
    """Show a moment by its distance to another: `3 min 20 s ago`, `in 2 h`; roughly, with one unit."""
    at = ms_of(given)
    if at is None:
        return Markup("")
    far = span(abs(now - at))
    far = " ".join(far.split(" ")[:2]) if rough else far
    return timed(at, "now" if abs(now - at) < SECOND else f"{far} ago" if at < now else f"in {far}")


def span(ms: int) -> str:
    """Write a length of time with its two largest units: `1 h 59 min`."""
    whole = [(ms // unit, name, unit) for unit, name in UNITS if ms >= unit]
    if not whole:
        return f"{ms} ms"
    count, name, unit = whole[0]
    rest, smaller = ms % unit, next(((one, word) for one, word in UNITS if one < unit), None)
    more = f" {rest // smaller[0]} {smaller[1]}" if smaller and rest >= smaller[0] else ""
    return f"{count} {name}{more}"


def counted(count: int | str, what: str) -> str:
    """Write how many there are of something: `1 attempt`, `2 timers`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def took(ms: float | None) -> Markup:
    """Show how long something took: `12 ms`, `1.4 s`."""
    if ms is None:
        return Markup("")
    words = f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"
    return Markup('<span title="{} ms">{}</span>').format(round(ms, 3), words)


def number(value: Any) -> Markup:
    """Show a number with its thousands apart."""
    return Markup('<span class="num" title="{}">{}</span>').format(value, f"{value:,}".replace(",", "\u202f"))


def money(value: Any, currency: str | None = None) -> Markup:
    """Show an amount in major units: `1 234.50 USD`."""
    if value is None:
        return Markup("")
    words = f"{value:,.2f}".replace(",", "\u202f")
    return Markup('<span class="num" title="{}">{}</span>').format(
        f"{value} {currency or ''}".strip(), f"{words} {currency or ''}".strip()
    )


def size(count: int) -> Markup:
    """Show a number of bytes: `1.2 kB`."""
    words = next((f"{count / unit:.1f} {name}" for unit, name in SIZES if count >= unit), f"{count} B")
    return Markup('<span class="num" title="{} bytes">{}</span>').format(count, words)


def clip(text: Any, most: int = 40) -> Markup:
    """Show a text cut to so many characters, all of it (up to 1,000) on hover when it was cut."""
    shown = visible(text)
    if len(shown) <= most:
        return escape(shown)
    return Markup('<span title="{}">{}…</span>').format(shown[:1000], shown[: most - 1])


def cut(text: Any, most: int) -> str:
    """Return a text cut to so many characters, what cannot be seen written out."""
    shown = visible(text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def pretty(body: bytes | str) -> str:
    """Return a body indented if it is JSON, else as it is; cut where it is too long for a page, and saying so."""
    raw = body.encode("utf-8", "replace") if isinstance(body, str) else body
    return shortened(visible_lines(indented(raw) if len(raw) <= MOST_SHOWN * 10 else raw.decode("utf-8", "replace")))


def shortened(text: str) -> str:
    """Return a text cut where it is too long for a page, and saying so."""
    left = len(text) - MOST_SHOWN
    return text if left <= 0 else f"{text[:MOST_SHOWN]}\n… {left:,} more characters"


def record(value: Any) -> str:
    """Return a record as indented JSON, cut where it is too long for a page."""
    return pretty(orjson.dumps(value, default=str))


def indented(raw: bytes) -> str:
    """Return JSON indented, or any other body as text, what is no UTF-8 replaced."""
    try:
        return orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", "replace")


def visible_lines(text: str) -> str:
    """Return a text of several lines with what cannot be seen written out."""
    return visible(text.replace("\r\n", "\n"))


def coded(text: str) -> Markup:
    """Show what stands in backticks as code."""
    parts = str(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(one) if turn % 2 and turn < len(parts) - 1 else escape(one)
        for turn, one in enumerate(parts)
    )


FILTERS: dict[str, Callable[..., Any]] = {
    "moment": moment, "ago": ago, "span": span, "took": took, "number": number, "money": money, "size": size,
    "clip": clip, "cut": cut, "pretty": pretty, "record": record, "visible": visible, "day": day, "clock_time": clock_time,
    "coded": coded,
}  # fmt: skip
"""What templates call by these names."""
