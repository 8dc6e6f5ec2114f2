"""POST /orders: both forms, what is answered, each refusal, and fifty buyers at once."""

from __future__ import annotations

import http.client
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mockmarket import stock
from mockmarket.store import records
from mockmarket.vendors.portal import wire
from mockmarket.vendors.portal.vendor import VENDOR
from tests.conftest import Client, Served
from tests.vendors.portal import CLUB_BOX, CUSTOMER, START, START_MS, Shop, error_of, opened, wrong_fields

CONCERT_ROW = {"eventId": "EVENT123", "section": "101", "row": "A", "quantity": 2, "customer": CUSTOMER}
BUYERS = 50
SEATS = 10


@pytest.fixture
def shop(client: Client) -> Shop:
    return opened(client)


def without(*names: str) -> dict[str, Any]:
    """Return a good order's body less some of its members."""
    return {name: value for name, value in CLUB_BOX.items() if name not in names}


def sold_to(shop: Shop, order: dict[str, Any]) -> tuple[int, ...]:
    """Return the seats that an order has."""
    return stock.seats_of(shop.client.world.read(), "portal", order["orderId"])[0][3]


def test_order_is_answered_like_patch(shop: Shop) -> None:
    answer = shop.post(CLUB_BOX)

    order = answer.json()["order"]
    assert answer.status_code == 201
    assert answer.text == (
        '{"success":true,"message":"Order order_1769086190220 created successfully","order":'
        f'{{"orderId":"order_1769086190220","orderNumber":"{order["orderNumber"]}","eventId":"4546456",'
        '"eventName":"Northgate Otters Vs Granite Lynx Boston","eventDate":"2026-01-22T10:00:00.000Z",'
        '"eventVenue":"Quay Garden","eventLocation":"Boston, MA","section":"Club Box 19","row":"A",'
        f'"listingId":"{order["listingId"]}","quantity":2,"status":"confirmed","totalAmount":150.66,"customer":'
        '{"email":"buyer@example.com","phone":{"number":"5551234567","countryCode":"+1"}},'
        '"createdAt":"2026-01-22T12:49:50.220Z","updatedAt":"2026-01-22T12:49:50.220Z"},'
        '"webhook":{"event":"order.confirmed","sent":false},"timestamp":"2026-01-22T12:49:50.220Z"}'
    )


def test_order_by_listing_takes_it(shop: Shop) -> None:
    listing = shop.listing("EVENT123", "101", "C")

    order = shop.post({"eventId": "EVENT123", "listingId": listing["listingId"], "quantity": 3, "customer": CUSTOMER})

    view = order.json()["order"]
    assert (view["listingId"], view["section"], view["row"]) == (listing["listingId"], "101", "C")
    assert view["totalAmount"] == 226.5


def test_listing_beats_section_and_row(shop: Shop) -> None:
    listing = shop.listing("EVENT123", "101", "C")

    order = shop.buy(**CONCERT_ROW | {"listingId": listing["listingId"]})

    assert order["row"] == "C"


def test_listing_and_row_are_the_same(shop: Shop) -> None:
    by_row = shop.buy(**CONCERT_ROW)
    by_listing = shop.post({
        "eventId": "EVENT123", "listingId": by_row["listingId"], "quantity": 2, "customer": CUSTOMER,
    }).json()["order"]  # fmt: skip

    varying = ("orderId", "orderNumber")
    assert [value for name, value in by_row.items() if name not in varying] == [
        value for name, value in by_listing.items() if name not in varying
    ]


def test_section_and_row_ignore_case(shop: Shop) -> None:
    order = shop.buy(section="CLUB box 19", row="a")

    assert (order["section"], order["row"]) == ("Club Box 19", "A")


@pytest.mark.parametrize(
    ("section", "quantity", "price"), [("103", 1, 55), ("103", 4, 55), ("102", 4, 50), ("102", 6, 30)]
)
def test_row_gives_cheapest_that_fits(shop: Shop, section: str, quantity: int, price: float) -> None:
    order = shop.buy(**CONCERT_ROW | {"section": section, "quantity": quantity})

    assert order["totalAmount"] == quantity * price


def test_row_gives_next_cheapest_then(shop: Shop) -> None:
    orders = [shop.buy(**CONCERT_ROW | {"section": "103", "quantity": quantity}) for quantity in (3, 2, 1)]

    assert [order["totalAmount"] for order in orders] == [165, 120, 55]


def test_order_ids_have_documents_shapes(shop: Shop) -> None:
    order = shop.buy()

    assert order["orderId"] == f"order_{START_MS}"
    assert re.fullmatch(r"TIC-[A-Z0-9]{9}", order["orderNumber"])
    assert re.fullmatch(r"[0-9a-f]{24}", order["listingId"])


def test_orders_of_one_moment_differ(shop: Shop) -> None:
    first, second = shop.buy(), shop.buy()

    assert [first["orderId"], second["orderId"]] == [f"order_{START_MS}", f"order_{START_MS + 1}"]
    assert first["orderNumber"] != second["orderNumber"]


def test_order_id_is_the_moment(shop: Shop) -> None:
    shop.buy()
    shop.advance(to="2026-01-22T12:56:28.540Z")

    order = shop.buy()

    assert (order["orderId"], order["createdAt"]) == ("order_1769086588540", "2026-01-22T12:56:28.540Z")


def test_new_order_has_no_previous(shop: Shop) -> None:
    order = shop.buy()

    assert not {"previousStatus", "transferMethod", "transferNote"} & set(order)
    assert order["createdAt"] == order["updatedAt"] == START


@pytest.mark.parametrize(("quantity", "total"), [(1, "12.34"), (3, "37.02"), (5, "61.7"), (8, "98.72")])
def test_total_is_exact_to_cents(shop: Shop, quantity: int, total: str) -> None:
    row = {"eventId": "NANDU", "section": 'Palco "Ñ" / ₱', "row": "é", "quantity": quantity}

    answer = shop.post(CLUB_BOX | row)

    assert f'"totalAmount":{total},' in answer.text


def test_whole_total_has_no_decimals(shop: Shop) -> None:
    answer = shop.post(CONCERT_ROW | {"section": "floor", "row": "GA"})

    assert '"totalAmount":40,' in answer.text


def test_names_of_any_script_pass(shop: Shop) -> None:
    answer = shop.post(CLUB_BOX | {"eventId": "NANDU", "section": 'palco "ñ" / ₱', "row": "É"})

    assert '"eventName":"Peña \\"El Río\\" / Fiesta 🎉 ₱500"' in answer.text
    assert '"eventVenue":"Teatro \\"Ñandú\\" / Sala ₱ 🎟️","eventLocation":"Maynila \\\\ \\"NCR\\" / ₱"' in answer.text


def test_unknown_members_are_left_alone(shop: Shop) -> None:
    order = shop.buy(colour="red", customer=CUSTOMER | {"vip": True})

    assert order["customer"] == CUSTOMER


def test_customers_keys_get_documents_order(shop: Shop) -> None:
    reversed_customer = {"phone": {"countryCode": "+1", "number": "5551234567"}, "email": "buyer@example.com"}

    answer = shop.post(CLUB_BOX | {"customer": reversed_customer})

    assert json.dumps(CUSTOMER, separators=(",", ":")) in answer.text


def test_order_is_kept_as_answered(shop: Shop) -> None:
    order = shop.buy()

    record = records.get(shop.client.world.read(), wire.ORDER, order["orderId"])

    assert record == order


def test_order_takes_its_seats(shop: Shop) -> None:
    first, second = shop.buy(quantity=3), shop.buy(quantity=2)

    assert (sold_to(shop, first), sold_to(shop, second)) == ((1, 2, 3), (4, 5))


@pytest.mark.parametrize("quantity", [1, 20])
def test_quantity_within_range_is_taken(shop: Shop, quantity: int) -> None:
    order = shop.buy(**CONCERT_ROW | {"section": "floor", "row": "GA", "quantity": quantity})

    assert order["quantity"] == quantity


@pytest.mark.parametrize("quantity", [0, 21, -1, "2", 2.5, True, None, [], 10**30])
def test_quantity_outside_range_is_refused(shop: Shop, quantity: Any) -> None:
    answer = shop.post(CLUB_BOX | {"quantity": quantity})

    assert wrong_fields(answer) == ["quantity"]


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (("eventId",), ["eventId"]),
        (("quantity",), ["quantity"]),
        (("customer",), ["customer"]),
        (("section",), ["section"]),
        (("row",), ["row"]),
        (("section", "row"), ["listingId"]),
        (("eventId", "quantity", "customer"), ["eventId", "quantity", "customer"]),
    ],
)
def test_missing_member_is_named(shop: Shop, missing: tuple[str, ...], named: list[str]) -> None:
    answer = shop.post(without(*missing))

    assert wrong_fields(answer) == named


def test_neither_form_says_both(shop: Shop) -> None:
    answer = shop.post(without("section", "row"))

    assert error_of(answer) == (400, "listingId: Send listingId, or section and row.")


@pytest.mark.parametrize("name", ["eventId", "listingId", "section", "row"])
@pytest.mark.parametrize("value", ["", 5, ["a"], "x" * 201])
def test_member_that_is_none_is_refused(shop: Shop, name: str, value: Any) -> None:
    answer = shop.post(CLUB_BOX | {name: value})

    assert name in wrong_fields(answer)


def test_null_listing_is_no_listing(shop: Shop) -> None:
    answer = shop.post(CLUB_BOX | {"listingId": None})

    assert answer.status_code == 201


def test_null_section_and_row_are_none(shop: Shop) -> None:
    listing = shop.listing("4546456", "Club Box 19", "A")["listingId"]

    answer = shop.post(CLUB_BOX | {"listingId": listing, "section": None, "row": None})

    assert answer.status_code == 201


@pytest.mark.parametrize("name", ["eventId", "quantity", "customer"])
def test_null_required_member_is_refused(shop: Shop, name: str) -> None:
    answer = shop.post(CLUB_BOX | {name: None})

    assert wrong_fields(answer) == [name]


@pytest.mark.parametrize("spelling", ["2.0", "2E0", "0.2e1"])
def test_quantity_is_whole_however_spelt(shop: Shop, spelling: str) -> None:
    body = json.dumps(CLUB_BOX).replace('"quantity": 2', f'"quantity": {spelling}')

    answer = shop.call("POST", "/orders", data=body, headers={"Content-Type": "application/json"})

    assert answer.json()["order"]["quantity"] == 2


@pytest.mark.parametrize(
    ("customer", "named"),
    [
        ({}, ["customer.email", "customer.phone"]),
        (None, ["customer"]),
        ("buyer@example.com", ["customer"]),
        (CUSTOMER | {"email": "buyer"}, ["customer.email"]),
        (CUSTOMER | {"email": f"{'b' * 250}@example.com"}, ["customer.email"]),
        (CUSTOMER | {"phone": "+15551234567"}, ["customer.phone"]),
        (CUSTOMER | {"phone": {}}, ["customer.phone.number", "customer.phone.countryCode"]),
        (CUSTOMER | {"phone": {"number": "none", "countryCode": "+1"}}, ["customer.phone.number"]),
        (CUSTOMER | {"phone": {"number": "12", "countryCode": "+1"}}, ["customer.phone.number"]),
        (CUSTOMER | {"phone": {"number": 5551234567, "countryCode": "+1"}}, ["customer.phone.number"]),
        (CUSTOMER | {"phone": {"number": "", "countryCode": "+1"}}, ["customer.phone.number"]),
        (CUSTOMER | {"phone": {"number": "555 123 extension", "countryCode": "+1"}}, ["customer.phone.number"]),
        (CUSTOMER | {"phone": {"number": "5551234567", "countryCode": "US"}}, ["customer.phone.countryCode"]),
        (CUSTOMER | {"phone": {"number": "5551234567", "countryCode": "+12345"}}, ["customer.phone.countryCode"]),
    ],
)
def test_bad_customer_is_named(shop: Shop, customer: Any, named: list[str]) -> None:
    answer = shop.post(CLUB_BOX | {"customer": customer})

    assert wrong_fields(answer) == named


@pytest.mark.parametrize(
    "phone",
    [
        *(
            {"number": number}
            for number in ("(555)1234567", "(555) 123-4567", "+15551234567", "555-123-4567", "555.123.4567")
        ),
        *({"countryCode": code} for code in ("1", "63", "0044", "+1-684")),
    ],
)
def test_phone_is_taken_as_people_write_it(shop: Shop, phone: dict[str, str]) -> None:
    customer = {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"} | phone}

    assert shop.buy(customer=customer)["customer"] == customer


def test_unknown_event_is_not_found(shop: Shop) -> None:
    answer = shop.post(CLUB_BOX | {"eventId": "nowhere"})

    assert error_of(answer) == (404, "Event nowhere not found.")


def test_unknown_listing_is_not_found(shop: Shop) -> None:
    answer = shop.post(CLUB_BOX | {"listingId": "0" * 24})

    assert error_of(answer) == (404, f"Listing {'0' * 24} not found for event 4546456.")


def test_listing_of_another_event_fails(shop: Shop) -> None:
    listing = shop.listing("EVENT123", "101", "A")["listingId"]

    answer = shop.post(CLUB_BOX | {"listingId": listing})

    assert error_of(answer) == (404, f"Listing {listing} not found for event 4546456.")


@pytest.mark.parametrize(("section", "row"), [("Club Box 20", "A"), ("Club Box 19", "B"), ("Club Box", "A")])
def test_unknown_row_is_not_found(shop: Shop, section: str, row: str) -> None:
    answer = shop.post(CLUB_BOX | {"section": section, "row": row})

    assert error_of(answer) == (404, f"No listing in section {section}, row {row} of event 4546456.")


def test_past_event_is_refused(shop: Shop) -> None:
    answer = shop.post(CLUB_BOX | {"eventId": "PAST", "section": "1"})

    assert error_of(answer) == (
        409,
        "Event PAST has already started (2026-01-21T20:00:00.000Z, local time); its tickets are no longer sold.",
    )


@pytest.mark.parametrize(("moment", "status"), [("2026-01-22T14:59:59.999Z", 201), ("2026-01-22T15:00:00Z", 409)])
def test_sale_ends_as_event_begins(shop: Shop, moment: str, status: int) -> None:
    shop.advance(to=moment)

    assert shop.post(CLUB_BOX).status_code == status


def test_cancelled_event_is_refused(shop: Shop) -> None:
    answer = shop.post(CLUB_BOX | {"eventId": "OFF", "section": "1"})

    assert error_of(answer) == (409, "Event OFF has been cancelled; its tickets are no longer sold.")


def test_too_many_says_how_many_left(shop: Shop) -> None:
    shop.buy(quantity=4)

    answer = shop.post(CLUB_BOX | {"quantity": 8})

    assert error_of(answer) == (409, "Only 6 of the 8 seats asked for are left.")


@pytest.mark.parametrize("change", [{}, {"quantity": 10}])
def test_sold_out_is_refused(shop: Shop, change: dict[str, Any]) -> None:
    shop.buy(quantity=10)

    answer = shop.post(CLUB_BOX | change)

    assert error_of(answer) == (409, "This listing is sold out.")


def test_sold_out_listing_is_refused(shop: Shop) -> None:
    listing = shop.buy(quantity=10)["listingId"]

    answer = shop.post(without("section", "row") | {"listingId": listing})

    assert error_of(answer) == (409, "This listing is sold out.")


def test_broken_split_names_quantities(shop: Shop) -> None:
    answer = shop.post(CONCERT_ROW | {"quantity": 7})

    assert error_of(answer) == (
        409,
        "This listing cannot be split to sell 7 of 8; quantities that can be bought: 1, 2, 3, 4, 5, 6, 8.",
    )


def test_refusals_are_told_apart(shop: Shop) -> None:
    shop.buy(quantity=10)
    bodies = [
        CONCERT_ROW | {"quantity": 20}, CONCERT_ROW | {"quantity": 7}, CLUB_BOX, CLUB_BOX | {"eventId": "nowhere"},
        CLUB_BOX | {"listingId": "0" * 24}, CLUB_BOX | {"section": "?"}, CLUB_BOX | {"eventId": "PAST"},
        CLUB_BOX | {"eventId": "OFF"}, without("customer"), CLUB_BOX | {"quantity": 21},
    ]  # fmt: skip

    answers = [error_of(shop.post(body)) for body in bodies]

    assert [status for status, _ in answers] == [409, 409, 409, 404, 404, 404, 409, 409, 400, 400]
    assert len(set(answers)) == len(bodies)


@pytest.mark.parametrize("body", [CLUB_BOX | {"quantity": 20}, CLUB_BOX | {"eventId": "OFF"}, {}])
def test_refused_order_changes_nothing(shop: Shop, body: dict[str, Any]) -> None:
    before = shop.inventory(eventId="4546456").text

    shop.post(body)

    assert shop.inventory(eventId="4546456").text == before
    assert shop.client.control("GET", "notices?vendor=portal")["notices"] == []


@pytest.mark.parametrize("base", VENDOR.bases)
def test_both_base_urls_take_orders(shop: Shop, base: str) -> None:
    order = Shop(shop.client, base).buy()

    answer = Shop(shop.client, base).move(order, "accepted")

    assert answer.json()["order"]["status"] == "accepted"


def test_other_base_sees_the_order(shop: Shop) -> None:
    order = shop.buy()

    answer = Shop(shop.client, "/portal/api/v1").move(order, "accepted")

    assert answer.json()["order"]["orderId"] == order["orderId"]


def race(served: Served, shop: Shop) -> list[tuple[int, Any]]:
    """Have fifty buyers ask for one seat each at the same moment, each over a connection of its own."""
    barrier = threading.Barrier(BUYERS)
    body = json.dumps(CLUB_BOX | {"quantity": 1})
    headers = {**shop.client.key, "Content-Type": "application/json"}
    path = f"/w/{shop.client.world.name}/api/v1/orders"

    def buyer(_: int) -> tuple[int, Any]:
        line = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=30)
        line.connect()
        barrier.wait()
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        reply = json.loads(answer.read())
        line.close()
        return answer.status, reply

    with ThreadPoolExecutor(BUYERS) as pool:
        return list(pool.map(buyer, range(BUYERS)))


@pytest.mark.thorough
def test_fifty_buyers_get_ten_seats(served: Served, shop: Shop) -> None:
    answers = race(served, shop)

    assert sorted(status for status, _ in answers) == [201] * SEATS + [409] * (BUYERS - SEATS)
    assert {body["error"] for status, body in answers if status == 409} == {"This listing is sold out."}


@pytest.mark.thorough
def test_race_sells_no_seat_twice(served: Served, shop: Shop) -> None:
    bought = [body["order"] for status, body in race(served, shop) if status == 201]

    seats = [seat for order in bought for seat in sold_to(shop, order)]
    assert sorted(seats) == list(range(1, SEATS + 1))
    assert len({order["orderId"] for order in bought}) == len({order["orderNumber"] for order in bought}) == SEATS


@pytest.mark.thorough
def test_ledger_adds_up_after_race(served: Served, shop: Shop) -> None:
    bought = {body["order"]["orderId"] for status, body in race(served, shop) if status == 201}

    read = shop.client.world.read()
    row = stock.of_event(read, "4546456")[0]
    lines = stock.ledger(read, row.id)
    assert (row.total, row.sold, row.held, row.free) == (SEATS, SEATS, 0, 0)
    assert [(line["what"], line["quantity"]) for line in lines] == [("sold", 1)] * SEATS
    assert {line["record"] for line in lines} == bought
    assert shop.event("4546456")["numberOfSeats"] == 0
