"""Values as people read them, the exact value on hover. Pure: what comes out is escaped, whatever came in."""

import re
from collections.abc import Callable
from contextlib import suppress

import orjson
from markupsafe import Markup, escape

from mockmarket.clock import DAY, HOUR, MINUTE, SECOND, iso_ms, parse_iso, to_datetime, to_local

MOST_SHOWN = 20_000  # how many characters of a body a page shows; what is left out is said

INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff9-\uffff]"
)
"""What would hide, reorder or break the text around it: controls, bidirectional marks, lone surrogates."""

UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))
SIZES = ((1_000_000, "MB"), (1_000, "kB"))


def visible(text: object) -> str:
    r"""Return a text with what cannot be seen written out, such as `\u202e`."""
    return INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", str(text))


def ms(at: int | str) -> int:
    """Return a moment as epoch ms, whether it is that or ISO 8601, as control answers have it."""
    return parse_iso(at) if isinstance(at, str) else at


def moment(at: int | str | None) -> Markup:
    """Show a moment as `21 Nov 2026 10:47:03`, UTC; nothing for None."""
    if at is None:
        return Markup("")
    when = to_datetime(ms(at))
    return timed(ms(at), f"{when.day} {when:%b %Y %H:%M:%S}")


def day(at: int) -> str:
    """Write epoch ms as `Sat 21 November 2026`, UTC."""
    when = to_datetime(at)
    return f"{when:%a} {when.day} {when:%B %Y}"


def clock_time(at: int) -> str:
    """Write epoch ms as `10:47:03`, UTC."""
    return f"{to_datetime(at):%H:%M:%S}"


def local(at: int, zone: str) -> str:
    """Write epoch ms as `Sat 21 Nov 2026 19:30`, by the clock of a time zone."""
    when = to_local(at, zone)
    return f"{when:%a} {when.day} {when:%b %Y %H:%M}"


def timed(at: int, words: str) -> Markup:
    """Show words for a moment, the moment itself on hover."""
    exact = iso_ms(at)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, exact, words)


def ago(at: int | str | None, now: int, rough: bool = False) -> Markup:
    """Show a moment by its distance to another: `3 min 20 s ago`, `in 2 h`; roughly, with one unit."""
    if at is None:
        return Markup("")
    away = ms(at) - now
    far = span(abs(away))
    far = " ".join(far.split(" ")[:2]) if rough else far
    return timed(ms(at), "now" if abs(away) < SECOND else f"{far} ago" if away < 0 else f"in {far}")


def span(ms: int) -> str:
    """Write a length of time with its two largest units: `1 h 59 min`."""
    if ms < SECOND:
        return f"{ms} ms"
    parts: list[str] = []
    for unit, name in UNITS:
        count, ms = divmod(ms, unit)
        if count or parts:
            parts.append(f"{count} {name}" if count else "")
    return " ".join(filter(None, parts[:2]))


def counted(count: int | str, noun: str) -> str:
    """Write how many there are of something: `1 attempt`, `2 timers`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def took(ms: float | None) -> Markup:
    """Show how long something took: `12 ms`, `1.4 s`."""
    if ms is None:
        return Markup("")
    words = f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"
    return Markup('<span title="{} ms">{}</span>').format(round(ms, 3), words)


def figure(exact: object, words: str) -> Markup:
    """Show a figure in words, its thousands apart, the exact one on hover."""
    return Markup('<span class="num" title="{}">{}</span>').format(exact, words.replace(",", "\u202f"))


def number(value: float) -> Markup:
    """Show a number with its thousands apart."""
    return figure(value, f"{value:,}")


def money(value: float | None, currency: str | None = None) -> Markup:
    """Show an amount in major units: `1 234.50 USD`."""
    unit = f" {currency}" if currency else ""
    return Markup("") if value is None else figure(f"{value}{unit}", f"{value:,.2f}{unit}")


def size(count: int) -> Markup:
    """Show a number of bytes: `1.2 kB`."""
    words = next((f"{count / unit:.1f} {name}" for unit, name in SIZES if count >= unit), f"{count} B")
    return figure(f"{count} bytes", words)


def clip(text: object, most: int = 40) -> Markup:
    """Show a text cut to so many characters, all of it (up to 1,000) on hover when it was cut."""
    clean = visible(text)
    if len(clean) <= most:
        return escape(clean)
    return Markup('<span title="{}">{}…</span>').format(clean[:1000], clean[: most - 1])


def cut(text: object, most: int) -> str:
    """Return a text cut to so many characters, what cannot be seen written out."""
    clean = visible(text)
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


def plain(body: bytes | str) -> str:
    """Return a body as text, what cannot be seen written out; cut where it is too long for a page, and saying so."""
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    text = visible(text.replace("\r\n", "\n"))
    left = len(text) - MOST_SHOWN
    return text if left <= 0 else f"{text[:MOST_SHOWN]}\n… {left:,} more characters"


def pretty(body: bytes | str) -> str:
    """Return a body indented if it is JSON, else as it is; cut where it is too long for a page, and saying so."""
    raw = body.encode("utf-8", "replace") if isinstance(body, str) else body
    with suppress(orjson.JSONDecodeError):
        if len(raw) <= MOST_SHOWN * 10:
            return plain(orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2))
    return plain(raw)


def record(value: object) -> str:
    """Return a record as indented JSON, cut where it is too long for a page."""
    return pretty(orjson.dumps(value, default=str))


def coded(text: str) -> Markup:
    """Show what stands in backticks as code."""
    parts = str(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if turn % 2 and turn < len(parts) - 1 else escape(part)
        for turn, part in enumerate(parts)
    )


FILTERS: dict[str, Callable[..., object]] = {function.__name__: function for function in (
    ago, clip, clock_time, coded, cut, day, local, moment, money, ms, number, plain, pretty, record, size, span, took, visible,
)}  # fmt: skip
"""What templates call by these names."""
