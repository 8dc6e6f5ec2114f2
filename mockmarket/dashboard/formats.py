"""Values as people read them, with the exact value on hover, moments in the request's zone. The output is always escaped."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

import orjson
from markupsafe import Markup, escape

from mockmarket.clock import SECOND, iso_ms, parse_iso, span as span, to_local
from mockmarket.dashboard import zones
from mockmarket.dashboard.zones import UTC

SHORTEST_SECTION = 3  # lines from which on a part of a body can be closed
MOST_SHOWN = 20_000  # most characters of a body on a page; a note says what is left out

INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff9-\uffff]"
)
"""Characters that hide, reorder or break the text around them: controls, bidirectional marks, lone surrogates."""

A_LINE = 40  # characters of a URL that fit on a line of a table or a phone
SIZES = ((1_000_000, "MB"), (1_000, "kB"))


def visible(text: object) -> str:
    r"""Return a text with invisible characters as escapes, such as `\u202e`."""
    return INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", str(text))


def ms(at: int | str) -> int:
    """Return a moment, in epoch ms or ISO 8601, as epoch ms."""
    return parse_iso(at) if isinstance(at, str) else at


def moment(at: int | str | None, zone: str = "") -> Markup:
    """Return a moment as `21 Nov 2026 10:47:03`, with its zone unless that is UTC; empty for None. The zone is the request's by default."""
    if at is None:
        return Markup("")
    when = to_local(ms(at), zone or zones.current())
    return timed(ms(at), f"{when.day} {when:%b %Y %H:%M:%S}{zone_after(ms(at), zone)}", zone)


def instant(at: int) -> Markup:
    """Return epoch ms as `10:47:03.120`, with its zone unless that is UTC, and with the date on hover."""
    return timed(at, f"{clock_time(at)}.{at % 1000:03d}{zone_after(at)}")


def day(at: int) -> str:
    """Return the day of a moment (epoch ms) as `Sat 21 November 2026`."""
    when = to_local(at, zones.current())
    return f"{when:%a} {when.day} {when:%B %Y}"


def clock_time(at: int) -> str:
    """Return epoch ms as `10:47:03`, for places that say the zone."""
    return f"{to_local(at, zones.current()):%H:%M:%S}"


def time_of_day(at: int) -> str:
    """Return epoch ms as `10:47:03`, with its zone unless that is UTC."""
    return f"{clock_time(at)}{zone_after(at)}"


def zone_after(at: int, zone: str = "") -> str:
    """Return what stands behind a moment (epoch ms): ` EST`, or nothing in UTC, as every page says."""
    zone = zone or zones.current()
    return "" if zone == zones.current() == UTC else f" {zones.abbreviation(at, zone)}"


def offset(at: int) -> int:
    """Return by how many ms the zone's clocks are ahead of UTC at a moment (epoch ms)."""
    return zones.offset(at, zones.current())


def local(at: int, zone: str) -> str:
    """Return a moment of a venue, epoch ms, as `Sat 21 Nov 2026 22:00 EST (Sun 03:00 UTC)`: in the venue's zone, then in the request's, or
    in UTC where they are the same; without the second time where it is that of UTC, too."""
    other = zones.current() if zones.current() != zone else UTC
    when, away = to_local(at, zone), to_local(at, other)
    place, elsewhere = zones.abbreviation(at, zone), zones.abbreviation(at, other)
    text = f"{when:%a} {when.day} {when:%b %Y %H:%M}"
    if when.utcoffset() == away.utcoffset():
        return f"{text} {elsewhere if other == UTC else place}"
    other_day = "" if when.date() == away.date() else f"{away:%a} "
    return f"{text} {place} ({other_day}{away:%H:%M} {elsewhere})"


def exact(at: int, zone: str = "") -> str:
    """Return epoch ms as ISO 8601 to the millisecond: `2026-11-21T05:47:03.120-05:00 (2026-11-21T10:47:03.120Z)`, in UTC once."""
    zone, utc = zone or zones.current(), iso_ms(at)
    return utc if zone == UTC else f"{to_local(at, zone).isoformat(timespec='milliseconds')} ({utc})"


def timed(at: int, words: str, zone: str = "") -> Markup:
    """Return words for a moment, with the moment on hover."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(iso_ms(at), exact(at, zone), words)


def ago(at: int | str | None, now: int, rough: bool = False) -> Markup:
    """Return a moment relative to `now`: `3 min 20 s ago`, `in 2 h`; with `rough` in one unit."""
    if at is None:
        return Markup("")
    away = ms(at) - now
    far = span(abs(away))
    far = " ".join(far.split(" ")[:2]) if rough else far
    return timed(ms(at), "now" if abs(away) < SECOND else f"{far} ago" if away < 0 else f"in {far}")


def counted(count: int | str, noun: str) -> str:
    """Return a count with its noun: `1 attempt`, `2 timers`, `3 deliveries`."""
    return f"{count} {plural(count, noun)}"


def plural(count: int | str, noun: str) -> str:
    """Return a noun in the number of its count."""
    if count == 1:
        return noun
    return f"{noun[:-1]}ies" if noun[-1:] == "y" and noun[-2:-1] not in "aeiou" else f"{noun}s"


def took(ms: float | None) -> Markup:
    """Return a duration: `12 ms`, `1.4 s`."""
    if ms is None:
        return Markup("")
    words = f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"
    return Markup('<span title="{} ms">{}</span>').format(round(ms, 3), words)


def figure(exact: object, words: str) -> Markup:
    """Return a number as text with grouped thousands, with the exact one on hover."""
    return Markup('<span class="num" title="{}">{}</span>').format(exact, words.replace(",", "\u202f"))


def number(value: float) -> Markup:
    """Return a number with grouped thousands."""
    return figure(value, f"{value:,}")


def money(value: float | None, currency: str | None = None) -> Markup:
    """Return an amount in major units: `1 234.50 USD`."""
    unit = f" {currency}" if currency else ""
    return Markup("") if value is None else figure(f"{value}{unit}", f"{value:,.2f}{unit}")


def size(count: int) -> Markup:
    """Return a number of bytes: `1.2 kB`."""
    words = next((f"{count / unit:.1f} {name}" for unit, name in SIZES if count >= unit), f"{count} B")
    return figure(f"{count} bytes", words)


def clip(text: object, most: int = 40) -> Markup:
    """Return a text cut to `most` characters, with all of it (up to 1,000) on hover."""
    clean = visible(text)
    if len(clean) <= most:
        return escape(clean)
    return Markup('<span title="{}">{}…</span>').format(clean[:1000], clean[: most - 1])


def breaking(text: object, most: int = 200) -> Markup:
    """Return a text as `clip` does, that breaks after `;`, `,` and `/` before it breaks within a word, such as a header's value."""
    clean = visible(text)
    short = clean if len(clean) <= most else f"{clean[: most - 1]}…"
    words = Markup("<wbr>").join(re.split("(?<=[;,/])(?=.)", short))
    return words if short == clean else Markup('<span title="{}">{}</span>').format(clean[:1000], words)


def middle(text: object, most: int = 24) -> Markup:
    """Return a name or an id cut in its middle to `most` characters, as such texts often differ at their ends; whole on hover."""
    clean = visible(text)
    if len(clean) <= most:
        return escape(clean)
    head = (most - 1) // 2
    return Markup('<span title="{}">{}…{}</span>').format(clean[:1000], clean[:head], clean[1 + head - most :])


def address(url: object) -> Markup:
    """Return a URL without its scheme, which is on hover: the host dim, the path whole; it breaks before `/` and after `?` only, but for a
    part that is too long for a line."""
    clean, host, parts = _parts_of(url)
    segment = Markup('<span class="segment">{}</span>')
    segments = [escape(part) if len(part) > A_LINE else segment.format(part) for part in parts]
    return _url(clean, Markup('<span class="dim">{}</span>').format(host) + Markup("<wbr>").join(["", *segments]), "")


def brief_address(url: object) -> Markup:
    """Return a URL as `address` does, on at most two lines: the host with the beginning of the path, and the end of the path. What has no
    room is left out between them, but copied. It takes a link's name apart, so the link has its own."""
    clean, host, parts = _parts_of(url)
    place = max(0, len(parts) - 1)
    while place and sum(map(len, parts[place - 1 :])) <= A_LINE:
        place -= 1
    start = Markup('<span class="start"><span class="dim">{}</span>{}</span>').format(host, "".join(parts[:place]))
    rest = Markup('<span class="rest"><bdi dir="ltr">{}</bdi></span>').format("".join(parts[place:]))
    return _url(clean, start + rest if parts else start, " brief")


def _parts_of(url: object) -> tuple[str, str, list[str]]:
    """Return a URL, its host, and the parts of its path between which a line may break."""
    clean = visible(url)
    host, slash, path = (clean.partition("://")[2] or clean).partition("/")
    return clean, host, re.split(r"(?<=.)(?=/)|(?<=[?])", slash + path) if slash else []


def _url(clean: str, text: Markup, kind: str) -> Markup:
    return Markup('<span class="url{}" title="{}">{}</span>').format(kind, clean[:1000], text)


def count(number: int, noun: str) -> Markup:
    """Return a count with its noun, thousands grouped: `1 234 orders`."""
    return Markup("{} {}").format(figure(number, f"{number:,}"), plural(number, noun))


AS_WORDS = {"cors": "CORS", "ip": "IP", "url": "URL", "ttl": "TTL", "https": "HTTPS", "s": "(seconds)", "ms": "(ms)"}
"""Readable forms of parts of fields' names."""


def label(key: str, unit: bool = False) -> str:
    """Return a name of a field, an action or a fault as people read it: `customer.phone.countryCode` is `Customer phone country code`, and
    `retry_after_s` is `Retry after`, with its unit if asked."""
    spaced = re.sub("[A-Z]", lambda letter: f" {letter[0].lower()}", re.sub("[._]", " ", key)).strip().split(" ")
    words = [AS_WORDS.get(word, word) for word in spaced if unit or word not in ("s", "ms") or len(spaced) == 1]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def with_unit(value: object, key: str) -> str:
    """Return the value of a field with the unit that the field's name gives: `0 s`, `250 ms`."""
    unit = key.rpartition("_")[2]
    return f"{cut(value, 30)} {unit}" if unit in ("s", "ms") and value not in (None, "") else cut(value, 30)


def initials(title: str) -> str:
    """Return the two letters that stand for a vendor in badges and narrow lanes: the capitals of its title, or its first and last."""
    capitals = [letter for letter in title if letter.isupper()]
    return "".join(capitals[:2]) if len(capitals) > 1 else f"{title[:1]}{title[-1:]}".upper()


def cut(text: object, most: int) -> str:
    """Return a text cut to `most` characters, invisible ones escaped."""
    clean = visible(text)
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


def plain(body: bytes | str) -> str:
    """Return a body as text with invisible characters escaped; cut, with a note, when it is too long for a page."""
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    text = visible(text.replace("\r\n", "\n"))
    left = len(text) - MOST_SHOWN
    return text if left <= 0 else f"{text[:MOST_SHOWN]}\n… {left:,} more characters"


def pretty(body: bytes | str) -> str:
    """Return a JSON body indented, any other unchanged; cut, with a note, when it is too long for a page."""
    raw = body.encode("utf-8", "replace") if isinstance(body, str) else body
    with suppress(orjson.JSONDecodeError):
        if len(raw) <= MOST_SHOWN * 10:
            return plain(orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2))
    return plain(raw)


TOKENS = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")(?P<member>\s*:)?|(?P<number>-?\b\d[\d.eE+-]*)|(?P<word>\b(?:true|false|null)\b)'
)
"""The parts of JSON that are coloured."""


def coloured(body: bytes | str) -> Markup:
    """Return a body as `pretty` does, with the members, texts, numbers and words of JSON in colours of their own, and its inner objects and
    lists as sections that close. The text within is unchanged, so that it can be copied."""
    text = pretty(body)
    if text.lstrip()[:1] not in ("{", "["):
        return escape(text)
    lines = text.splitlines(keepends=True)
    ends = sections(lines)
    closing, parts = Counter(ends.values()), list[Markup]()
    for number, line in enumerate(lines):
        opens = Markup('<details open class="part"><summary>{}</summary>') if number in ends else Markup("{}")
        parts += [opens.format(_coloured_line(line)), Markup("</details>") * closing[number]]
    return Markup("").join(parts)


def sections(lines: Sequence[str]) -> dict[int, int]:
    """Return the lines of indented JSON at which an object or list within it begins, with the line at which it ends."""
    begun, ends = list[int](), dict[int, int]()
    for number, line in enumerate(lines):
        text = line.strip()
        if text[:1] in ("}", "]") and begun and (first := begun.pop()) and number - first >= SHORTEST_SECTION:
            ends[first] = number
        if text[-1:] in ("{", "["):
            begun.append(number)
    return ends


def _coloured_line(text: str) -> Markup:
    end, parts = 0, list[Markup]()
    for token in TOKENS.finditer(text):
        kind = "member" if token["member"] else next(name for name in ("text", "number", "word") if token[name])
        parts += [escape(text[end : token.start()]), Markup('<span class="j-{}">{}</span>').format(kind, token[0])]
        end = token.end()
    return Markup("").join([*parts, escape(text[end:])])


def record(value: object) -> str:
    """Return a record as indented JSON, cut when it is too long for a page."""
    return pretty(orjson.dumps(value, default=str))


def coded(text: str) -> Markup:
    """Return a text with the parts in backticks as code."""
    parts = str(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if turn % 2 and turn < len(parts) - 1 else escape(part)
        for turn, part in enumerate(parts)
    )


FILTERS: dict[str, Callable[..., object]] = {function.__name__: function for function in (
    address, ago, breaking, brief_address, clip, coded, coloured, count, cut, exact, initials, instant, label,
    local, middle, moment, money, ms, number, plain, plural,
    pretty, record, size, span, time_of_day, took, visible, with_unit, zone_after, offset,
)}  # fmt: skip
"""The templates' filters by name."""


def cell(value: object) -> object:
    """Return a value as a cell of CSV that a spreadsheet does not take for a formula; a list as its values with spaces between them."""
    if isinstance(value, list | tuple):
        value = " ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
