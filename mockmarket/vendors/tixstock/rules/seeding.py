"""The first records: brokers, resellers and listings from a fixture, and its orders placed by the usual rules."""

from itertools import cycle

from mockmarket import errors, stock, vendor
from mockmarket.api.arguments import load
from mockmarket.api.schemas import schema_of
from mockmarket.store import Record, Tx, records
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.records.orders import NewOrder, ResellerSection, Section
from mockmarket.vendors.tixstock.rules import orders, resellers, stock_sync

VIA = {"Commissionable": "Approved", "Rejected": "Pending Review", "Refunded": "Approved", "Cancelled": "Approved"}
"""The status before a final one, for orders of the fixture."""


def _check_names(section: Section, events: set[str]) -> None:
    """Raise Invalid for an unknown event or broker named by a reseller of the fixture."""
    brokers = {broker["id"] for broker in section["brokers"]}
    for place, reseller in enumerate(section["resellers"]):
        unknown = {"mapped": {*reseller["mapped"]} - events, "unassigned": {*reseller["unassigned"]} - events}
        for field, names in (unknown | {"brokers": {*reseller["brokers"]} - brokers}).items():
            if names:
                where = f"vendors.{wire.NAME}.resellers.{place}.{field}"
                message = f"{where}: There is no {', '.join(sorted(names))}."
                raise errors.Invalid(message, details=[(where, "names what is not there")])


def seed(seeding: vendor.Seeding) -> None:
    """Create brokers, resellers, events, and a listing of every stock row of the world's fixture."""
    tx = seeding.tx
    section: Section = load(schema_of(Section, "fixture"), dict(seeding.section), f"vendors.{wire.NAME}.")
    _check_names(section, {show.id for show in seeding.events})
    records.put_many(tx, wire.BROKER, ((broker, {}) for broker in section["brokers"]))
    for reseller in section["resellers"]:
        _put_reseller(tx, reseller)
    sellers = [broker["id"] for broker in section["brokers"] if broker["open"]] or ["1"]
    for show in seeding.events:
        stock_sync.put_event(tx, show, seeding.stock.of(show.id))
    starts = {show.id: show.starts_at for show in seeding.events}

    def listing(row: stock.Stock, broker: str) -> tuple[Record, Record]:
        record = wire.listing(tx.ids.ulid(seeding.start).lower(), row, broker)
        return dict(record), wire.listing_columns(row, starts[row.event])

    records.put_many(tx, wire.LISTING, map(listing, seeding.stock, cycle(sellers)))


def _put_reseller(tx: Tx, section: ResellerSection) -> None:
    own = {name: value for name, value in section.items() if name in resellers.Reseller.__slots__}
    records.put(tx, wire.RESELLER, own)
    for event, own_id in section["mapped"].items():
        resellers.put_mapping(tx, section["id"], event, own_id)
    for event in section["unassigned"]:
        resellers.put_mapping(tx, section["id"], event, section["event_prefix"] + event, status="unassigned")
    for broker, own_id in section["brokers"].items():
        resellers.connect(tx, section["id"], broker, own_id, connected=True)


def place(tx: Tx, seeded: vendor.SeedOrder) -> None:
    """Place an order of the fixture and bring it to its status; `data` may give its reseller, order_id and tracking."""
    listing = records.find(tx, wire.LISTING, ("stock", "=", seeded.stock), limit=1)[0]
    if seeded.status not in orders.MOVES:
        raise errors.Invalid(f"{seeded.status!r} is no order status; there are {', '.join(orders.MOVES)}.")
    seats = stock.get(tx, seeded.stock)
    if seeded.quantity <= seats.free:
        orders.check_split(seats.split, seats.free, seeded.quantity)
    seller = _order_seller(tx, seeded)
    resellers.sellable(tx, seller, listing)
    first = VIA.get(seeded.status, seeded.status)
    order = orders.write(tx, seller, listing, seeded.quantity, _order_body(tx, seeded, seller, listing, first))
    stock.take(tx, seeded.stock, seeded.quantity, wire.NAME, order["tixstock_id"])
    if seeded.status != first:
        order = orders.move(tx, order, seeded.status)
    records.update(tx, wire.ORDER, order | {"shipping_tracking_id": seeded.data.get("tracking")})


def _order_seller(tx: Tx, seeded: vendor.SeedOrder) -> resellers.Reseller:
    if id := seeded.data.get("reseller"):
        unknown = "There is no reseller {id!r} under vendors." + wire.NAME + ".resellers."
        records.get_or_404(tx, wire.RESELLER, id, unknown)
    return resellers.reseller(tx, id or (records.first(tx, wire.RESELLER) or {"id": ""})["id"])


def _order_body(tx: Tx, seeded: vendor.SeedOrder, seller: resellers.Reseller, listing: Record, status: str) -> NewOrder:
    first, _, last = seeded.name.rpartition(" ")
    number = records.count(tx, wire.ORDER, []) + 1
    customer = {"id": f"C{number}", "first_name": first or last, "last_name": last if first else ""}
    customer |= {"email_address": seeded.email, "contact_number": f"{seeded.country_code}{seeded.phone}"}
    return {
        "order_id": str(seeded.data.get("order_id") or 100_000 + number),
        "order_status": status,
        "datetime": tx.now,
        "currency": orders.unit_price(tx, seller, listing)["currency"],
        "customer": customer,
        "items": [],
    }
