"""Events, venues and performers, which follow the world's shared events, and the vendors and customers of an account."""

from collections.abc import Iterable
from itertools import chain

from mockmarket import clock, errors
from mockmarket.rules.search import folded
from mockmarket.store import Read, Record, Tx, events, records
from mockmarket.vendors.skybox import callers, wire
from mockmarket.vendors.skybox.records import directory as shapes, types

TYPE_OF_VENUE = {"theatre": "THEATER", "stadium": "SPORT"}
CATEGORY_OF_TYPE = {"CONCERT": "Concerts", "THEATER": "Theater", "SPORT": "Sports", "OTHER": "Other"}
"""Convention: an event is SPORT when two sides meet in it, else by its venue's kind; parking has a name that starts with that word."""

OFFICE = {"address1": "1 Example Street", "city": "Chicago", "state": "IL", "postalCode": "60600"}
OFFICE |= {"country": "US", "phone1": "5550100"}
FIRST: Record = {"paymentMethod": "CREDITCARD", "defaultDeliveryMethod": "EMAIL", "address": OFFICE}
FIRST_VENDOR = FIRST | {"displayName": "Box Office", "company": "Box Office", "email": "boxoffice@example.com"}
FIRST_VENDOR |= {"type": "PRIMARY", "purchaseTerm": "NET0"}
FIRST_CUSTOMER = FIRST | {"displayName": "Walk-up Sales", "company": "Walk-up Sales", "email": "walkup@example.com"}
FIRST_CUSTOMER |= {"customerType": "RETAIL", "salesTerm": "NET0"}  # every account has it from the start (convention)


def plant(tx: Tx, venues: Iterable[events.Venue], shows: Iterable[events.Event]) -> None:
    """Store the venues and events of a fixture, with their performers and categories, each kind at once."""
    records.put_many(tx, wire.VENUE, map(_venue_row, venues))
    playing = [(show, performers(show)) for show in shows]
    records.put_many(tx, wire.EVENT, (_event_row(show, own) for show, own in playing))
    records.put_many(tx, wire.CATEGORY, ((own[0]["category"], {}) for _, own in playing))
    everybody = chain.from_iterable(own for _, own in playing)
    records.put_many(tx, wire.PERFORMER, ((each, {"name_key": folded(each["name"])}) for each in everybody))


def put_venue(tx: Tx, place: events.Venue) -> None:
    """Store a venue."""
    record, own = _venue_row(place)
    records.put(tx, wire.VENUE, record, **own)


def _venue_row(place: events.Venue) -> tuple[shapes.Venue, Record]:
    record = _venue(place)
    return record, {"name_key": folded(record["name"]), "city_key": folded(record["city"])}


def put_event(tx: Tx, show: events.Event, tags: str | None = None) -> None:
    """Store an event's current state, with its performers and category; `tags` are those that calls have set."""
    playing = performers(show)
    record, own = _event_row(show, playing)
    if tags is not None:
        record["tags"] = tags
    records.put(tx, wire.EVENT, record, **own)
    records.put(tx, wire.CATEGORY, playing[0]["category"])
    for performer in playing:
        records.put(tx, wire.PERFORMER, performer, name_key=folded(performer["name"]))


def _venue(place: events.Venue) -> shapes.Venue:
    city, _, state = place.city.partition(", ")  # as in `Boston, MA`
    data = place.data
    return {
        "id": wire.number_of(place.id),
        "name": place.name,
        "address": str(data.get("address", data.get("address_line_1", ""))),
        "city": city,
        "state": str(data.get("state", state)),
        "country": str(data.get("country", data.get("country_code", ""))),
        "postalCode": str(data.get("postal_code", data.get("postcode", ""))),
        "phone": str(data.get("phone", "")),
        "timeZone": {"id": place.zone},
    }


def _sides(name: str) -> list[str]:
    names = [side.strip() for side in name.replace(" vs ", " vs. ").split(" vs. ")]
    return names if len(names) > 1 and all(names) else []


def performers(show: events.Event) -> list[shapes.Performer]:
    """Return the performers: the fixture's `performers`, else those in the event's name; in the fixture's `category`, else their type's."""
    named = str(show.data.get("event_type", "")).upper()
    default = "SPORT" if _sides(show.name) else TYPE_OF_VENUE.get(str(show.venue.data.get("kind")), "CONCERT")
    type = named if named in types.ENUMERATIONS["eventType"] else default
    about = str(show.data.get("category") or CATEGORY_OF_TYPE[type])
    category: shapes.Category = {"id": wire.number_of(f"category {about}"), "name": about, "eventType": type}
    return [
        {"id": wire.number_of(f"performer {name}"), "name": str(name), "eventType": type, "category": category}
        for name in show.data.get("performers") or _sides(show.name) or [show.name]
    ]


def _event(show: events.Event, playing: list[shapes.Performer]) -> shapes.Event:
    data, other_names = show.data, [performer["name"] for performer in playing[1:]]
    return {
        "id": wire.number_of(show.id),
        "name": show.name,
        "date": clock.to_local(show.starts_at, show.venue.zone).strftime("%Y-%m-%dT%H:%M:%S"),
        "venue": _venue(show.venue),
        "performerId": playing[0]["id"],
        "performer": playing[0],
        "keywords": " ".join(map(str, data.get("keywords", other_names))),
        "chartUrl": data.get("chart_url"),
        "stubhubEventId": data.get("stubhub_event_id"),
        "stubhubEventUrl": data.get("stubhub_event_url"),
        "tags": " ".join(map(str, data.get("tags", ()))),
        "notes": data.get("notes"),
        "eiEventId": data.get("ei_event_id"),
        "optOutReplenishment": None,
        "ticketCount": None,
        "mySoldTickets": None,
        "myCancelledTickets": None,
        "disabled": show.status == "cancelled",
        "vividSeatsEventUrl": data.get("vivid_seats_event_url"),
    }


def _event_row(show: events.Event, playing: list[shapes.Performer]) -> tuple[shapes.Event, Record]:
    record = _event(show, playing)
    return record, _columns(show, record, playing)


def _columns(show: events.Event, record: shapes.Event, playing: list[shapes.Performer]) -> Record:
    names = [performer["name"] for performer in playing]
    words = (show.name, show.venue.name, show.venue.city, record["keywords"], *names)
    parking = show.data.get("parking", show.name.casefold().startswith("parking"))
    own = {"show": show.id, "starts_at": show.starts_at, "parking": int(bool(parking)), "text_key": _key(*words)}
    own |= {"name_key": _key(show.name, *names), "venue_key": _key(show.venue.name)}
    own |= {"city_key": _key(record["venue"]["city"]), "category_key": _key(playing[0]["category"]["name"])}
    return own | {"performers": "".join(f"|{performer['id']}|" for performer in playing)}


def put(tx: Tx, kind: records.Kind, party: Record) -> Record:
    """Store a vendor or a customer with a complete address, and without nulls in members that are never null."""
    address = {name: (party["address"] or {}).get(name) for name in shapes.Address.__annotations__}
    party |= {"address": address, "useEmail2": bool(party["useEmail2"]), "tags": party["tags"] or ""}
    party["outlawedPaymentMethods"] = list(party["outlawedPaymentMethods"] or [])
    keys = {"name_key": _key(party["displayName"]), "email_key": _key(party["email"], party["email2"])}
    keys |= {"last_name_key": _key(party["lastName"]), "company_key": _key(party["company"])}
    keys |= {"city_key": _key(address["city"]), "phone_key": _key(address["phone1"], address["phone2"])}
    records.put(tx, kind, party, **keys, tag_key=" ".join(["", *party["tags"].casefold().split(), ""]))
    return party


def _key(*texts: str | None) -> str:
    return folded("|".join(text or "" for text in texts))


def add(tx: Tx, kind: records.Kind, account: int, body: types.Payload) -> Record:
    """Create a vendor or a customer; an account's first vendor is its default."""
    now = wire.moment(tx.now)
    own: Record = {"id": wire.next_number(tx, kind), "accountId": account, "createdDate": now, "lastUpdate": now}
    if kind is wire.CUSTOMER:
        return put(tx, kind, wire.new_record(shapes.Customer, body, **own))
    return put(tx, kind, wire.new_record(shapes.Vendor, body, **own, accountDefault=not default_vendor(tx, account)))


def create(kind: records.Kind, session: callers.Session, body: types.Payload) -> Record:
    """Create an account's vendor or customer."""
    return add(session.tx, kind, session.account, body)


def update(kind: records.Kind, session: callers.Session, id: int, body: Record) -> Record:
    """Change a vendor or a customer; members that are not sent stay unchanged (convention)."""
    before = wire.get_or_refuse(session.tx, kind, session.account, id)
    if body.get("id", id) != id:
        raise wire.invalid("id", f"must be {id}, as in the path", body["id"])
    return put(session.tx, kind, before | body | {"lastUpdate": wire.moment(session.tx.now)})


def default_vendor(read: Read, account: int) -> Record | None:
    """Return an account's default vendor, or None."""
    return records.first(read, wire.VENDOR, ("account", "=", account), ("is_default", "=", 1))


def get_default_vendor(read: Read, account: int) -> Record:
    """Get the account's default vendor."""
    if vendor := default_vendor(read, account):
        return vendor
    raise errors.NotFound("This account has no default vendor.")


def set_default_vendor(session: callers.Session, id: int) -> Record:
    """Make a vendor the account's default; the body is its id, a number."""
    tx = session.tx
    vendor = wire.get_or_refuse(tx, wire.VENDOR, session.account, id, "body")
    if before := default_vendor(tx, session.account):
        put(tx, wire.VENDOR, before | {"accountDefault": False})
    return put(tx, wire.VENDOR, vendor | {"accountDefault": True})


def default_customers(read: Read, account: int) -> list[Record]:
    """List the account's default customers."""  # in the order in which that was said; their key is ours
    rows = records.find(read, wire.DEFAULT_CUSTOMER, ("account", "=", account))
    return [{name: row[name] for name in shapes.DefaultCustomer.__annotations__} for row in rows]


def set_default_customer(session: callers.Session, body: shapes.DefaultCustomer) -> Record:
    """Set the customer that a marketplace's sales are billed to."""
    wire.get_or_refuse(session.tx, wire.CUSTOMER, session.account, body["customerId"], "customerId")
    record = {"accountId": session.account, "customerId": body["customerId"], "marketplace": body["marketplace"]}
    records.put(session.tx, wire.DEFAULT_CUSTOMER, {"key": f"{session.account} {body['marketplace']}", **record})
    return record


def customer_for(tx: Tx, account: int, marketplace: str) -> int:
    """Return the id of the customer that an account's sales through another marketplace are billed to, created when missing."""
    mailbox = "".join(sign for sign in marketplace.lower() if sign.isascii() and sign.isalnum()) or "sales"
    body = {"company": marketplace, "email": f"{mailbox}@example.com", "customerType": "MARKETPLACE"}
    return customer_named(tx, account, marketplace, body)


def customer_named(tx: Tx, account: int, name: str, body: types.Payload) -> int:
    """Return the id of an account's customer of this name, created from `body` when missing."""
    customer = records.first(tx, wire.CUSTOMER, ("account", "=", account), ("name", "=", name))
    return int((customer or add(tx, wire.CUSTOMER, account, {**FIRST_CUSTOMER, "displayName": name, **body}))["id"])
