"""The switch of the time zone: UTC, the venues', or the reader's. The choice and the browser's zone are cookies, for every world."""

from dataclasses import dataclass

import flask
from werkzeug import Response

from mockmarket.api.context import current
from mockmarket.dashboard import guard, zones
from mockmarket.dashboard.zones import UTC
from mockmarket.errors import Invalid, Refusal
from mockmarket.store import events

HEADER = "Mockmarket-Zone"
"""The header in which an open page names its zone: its parts are drawn anew as it was drawn, though the switch was moved elsewhere."""
INPUT = "in_zone"
"""The parameter and input that names the zone in which what was typed is meant."""
VENUE, MINE = "venue", "mine"
KEPT_S = 31_536_000


@dataclass(frozen=True, slots=True)
class ZoneChoice:
    """What the switch offers: `choice` is `UTC`, `venue`, `mine` or a zone's name; `venue` and `mine` are zones, "" where there is no zone.
    `cookie` is the name of the cookie in which a script keeps the browser's zone."""

    choice: str
    zone: str
    venue: str
    mine: str
    cookie: str


def reset() -> None:
    """Set UTC, before anything is known of the request."""
    zones.set_current(UTC)


def apply() -> None:
    """Set the zone of the request: that of the page whose part is drawn anew, else what the switch chooses."""
    header = flask.request.headers.get(HEADER, "")
    zones.set_current(header if header in zones.names() else state().zone)


def at_venue(zone: str) -> None:
    """Set the zone of the page of one event, where the switch chooses the venues'."""
    if HEADER not in flask.request.headers and state().choice == VENUE and zone in zones.names():
        zones.set_current(zone)


def state() -> ZoneChoice:
    """Return the state of the switch."""
    choice, mine, venue = _cookie(_name()), _cookie(_name_of_mine()), venue_zone()
    mine = mine if mine in zones.names() else ""
    zone = {VENUE: venue, MINE: mine}.get(choice, choice) or UTC
    if zone not in zones.names():
        choice = zone = UTC
    return ZoneChoice(choice or UTC, zone, venue, mine, _name_of_mine())


def venue_zone() -> str:
    """Return the zone of the venues of the world's events; "" where they are in several, or there is no event."""
    several = events.zones(current().read())
    return several[0] if len(several) == 1 and several[0] in zones.names() else ""


def input_zone(default: str, others: tuple[str, ...] = ()) -> str:
    """Return the zone in which what was typed is meant: that of the form or address, which may be one of `others`; by default another."""
    name = flask.request.values.get(INPUT, "")
    return name if name in zones.names() or name in others else default


def remember(answer: Response) -> Response:
    """Set the choice that the form has, for every page; Invalid for a zone that is not known."""
    choice, typed = flask.request.form.get("zone", ""), flask.request.form.get("name", "").strip()
    answer.set_cookie(_name(), _checked(choice, typed), KEPT_S, path="/", samesite="Lax")
    return answer


def _checked(choice: str, typed: str) -> str:
    if choice == MINE and not state().mine:
        raise Invalid(
            "The browser has not said its time zone.", hint="Type its name in the switch, such as Europe/Berlin."
        )
    if choice in (UTC, VENUE, MINE):
        return choice
    if typed in zones.names():
        return typed
    raise _unknown(typed)


def _unknown(typed: str) -> Refusal:
    close = zones.similar(typed)
    hint = f"Is it {' or '.join(close)}?" if close else "Names are such as Europe/Berlin or Asia/Kathmandu."
    return Invalid(f"There is no time zone {typed[:60]!r}.", hint=hint)


def _name() -> str:
    return f"{guard.cookie_name()}_zone"


def _name_of_mine() -> str:
    return f"{guard.cookie_name()}_mine"


def _cookie(name: str) -> str:
    return flask.request.cookies.get(name, "")
