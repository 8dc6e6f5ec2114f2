"""The time zone in which moments are written and read: each request has one, UTC until it is set. Pure but for that variable."""

from contextvars import ContextVar
from datetime import datetime, timedelta, tzinfo
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from mockmarket.clock import DAY, EARLIEST, EPOCH, LATEST, to_datetime, to_local

UTC = "UTC"
SIMILAR = 3  # most zones that are suggested
_zone: ContextVar[str] = ContextVar("zone", default=UTC)


def current() -> str:
    """Return the IANA name of the request's zone."""
    return _zone.get()


def set_current(zone: str) -> None:
    """Set the request's zone."""
    _zone.set(zone)


@cache
def names() -> frozenset[str]:
    """Return the IANA names of every zone that this machine, or the package tzdata, has."""
    return frozenset(available_timezones())


def similar(text: str) -> list[str]:
    """Return the zones that a typed name may mean, the best first: `new york` is `America/New_York`."""
    folded = text.strip().replace(" ", "_").casefold()
    by_name = {name.casefold(): name for name in sorted(names())}
    cities = [name for name in by_name if name.rpartition("/")[2] == folded]
    close = get_close_matches(folded, by_name, SIMILAR) if folded else []
    return [by_name[name] for name in ([folded] if folded in by_name else cities or close)][:SIMILAR]


def title(zone: str) -> str:
    """Return what people call a zone, the same in summer and winter: `New York`, `UTC`."""
    return zone.rpartition("/")[2].replace("_", " ")


def abbreviation(at: int, zone: str) -> str:
    """Return what a zone is called at a moment (epoch ms): `EST`, or `+0545` as `UTC+05:45`."""
    name = to_local(at, zone).tzname() or zone
    return f"UTC{name[:3]}{':' * (len(name) > 3)}{name[3:]}" if name[:1] in "+-" else name


def wall(at: int, zone: str) -> int:
    """Return what a zone's clocks show at a moment (epoch ms), as the epoch ms of the moment at which those of UTC show it."""
    return at + offset(at, zone)


def offset(at: int, zone: str) -> int:
    """Return by how many ms a zone's clocks are ahead of UTC at a moment (epoch ms)."""
    return (to_local(at, zone).utcoffset() or timedelta()) // timedelta(milliseconds=1)


def midnight(wall: int, zone: str) -> int:
    """Return the moment (epoch ms) at which the day begins to which the clocks' `wall` belongs. Where no clock shows 00:00 it is the first
    moment of the day, where two do the first of them."""
    return in_calendar(to_datetime(wall // DAY * DAY).replace(tzinfo=ZoneInfo(zone)))


def in_calendar(local: datetime) -> int:
    """Return an aware time as epoch ms, within the years 1 to 9999 of UTC."""
    return min(max((local - EPOCH) // timedelta(milliseconds=1), EARLIEST), LATEST)


def readings(naive: datetime, zone: str) -> list[datetime]:
    """Return the moments at which a zone's clocks show a time, in order: usually one, none where they skip it, two where they repeat it."""
    info: tzinfo = ZoneInfo(zone)
    both = [naive.replace(tzinfo=info, fold=repetition) for repetition in (0, 1)]
    first, second = (local.utcoffset() or timedelta() for local in both)
    if first == second:
        return both[:1]
    return both if first > second else []  # PEP 495
