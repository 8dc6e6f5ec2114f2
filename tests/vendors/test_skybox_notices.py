"""SkyBox's notifications: which actions send which, what is in them, how they are signed and sent."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from mockmarket.vendors.skybox.rules.notifications import RELEVANT
from tests.conftest import Client
from tests.receiver import Receiver, dawdling
from tests.vendors.skybox import APP_TWO, ONE, SOL, TWO
from tests.vendors.skybox_office import SECRET, Office, mac, office, second

SEATS = ("quantity", "lowSeat", "highSeat", "ticketIds")


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def test_purchase_tells_of_all_it_brings(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver)

    purchase = desk.buy({"amount": 12.5, "description": "postage"})

    notices = desk.notices(receiver)
    assert [notice.summary for notice in notices] == [
        "PURCHASE CREATED",
        "LINE CREATED",
        "LINE CREATED",
        "INVENTORY CREATED",
    ]
    assert [notice.id for notice in notices[1:3]] == [line["id"] for line in purchase["lines"]]
    assert notices[3].id == purchase["lines"][0]["inventory"]["id"]


@pytest.mark.thorough
def test_changes_of_a_listing_arrive_in_order(desk: Office, receiver: Receiver) -> None:
    receiver.answer = dawdling(1)
    listing = desk.bought()
    desk.listen(receiver, "INVENTORY")

    for price in range(1, 13):
        desk.put(f"/inventory/{listing['id']}", {"listPrice": price})

    assert [hook.json["inventory"]["listPrice"] for hook in receiver.wait(12)] == list(range(1, 13))


def test_generic_line_tells_of_no_inventory(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver)

    desk.post("/purchases", {"vendorId": desk.vendor(), "lines": [{"amount": 5, "description": "a box"}]})

    assert desk.summaries(receiver) == ["PURCHASE CREATED", "LINE CREATED"]


def test_split_tells_original_and_new(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought()
    desk.listen(receiver)

    (new,) = desk.put(f"/inventory/{listing['id']}/split", 3)

    update, creation, line = desk.notices(receiver)
    assert (update.summary, update.id, creation.summary, creation.id) == (
        "INVENTORY UPDATED",
        listing["id"],
        "INVENTORY CREATED",
        new,
    )
    assert update.entity == {"quantity": 3, "highSeat": 3, "cost": 210.0, "ticketIds": listing["ticketIds"][:3]}
    assert (line.summary, line.entity) == ("LINE UPDATED", {"inventoryIds": [listing["id"], new]})
    assert (creation.entity["lowSeat"], creation.entity["highSeat"], creation.entity["quantity"]) == (4, 8, 5)


def test_split_can_make_all_new(desk: Office, receiver: Receiver) -> None:
    desk.set(split_makes_all_new=True)
    listing = desk.bought()
    desk.listen(receiver)

    new = desk.put(f"/inventory/{listing['id']}/split", 3)

    notices = desk.notices(receiver)
    created = ["INVENTORY CREATED", "INVENTORY CREATED"]
    assert [notice.summary for notice in notices] == ["INVENTORY UPDATED", *created, "LINE UPDATED"]
    assert (notices[0].entity["quantity"], [notice.id for notice in notices[1:3]]) == (0, new)
    assert (notices[3].entity, notices[3].previous) == ({"inventoryIds": new}, {"inventoryIds": [listing["id"]]})


def test_merge_tells_new_and_empties_sources(desk: Office, receiver: Receiver) -> None:
    left, right = desk.bought(high=4), desk.bought(low=5)
    desk.listen(receiver)

    union = desk.post("/inventory/merge", {"inventoryIds": [left["id"], right["id"]]})

    notices = desk.notices(receiver)
    assert [(notice.summary, notice.id) for notice in notices[:3]] == [
        ("INVENTORY UPDATED", left["id"]), ("INVENTORY UPDATED", right["id"]), ("INVENTORY CREATED", union["id"]),
    ]  # fmt: skip
    assert [notice.entity["quantity"] for notice in notices[:3]] == [0, 0, 8]
    assert [notice.entity for notice in notices[3:]] == [{"inventoryIds": [union["id"]]}] * 2
    assert notices[2].entity["ticketIds"] == left["ticketIds"] + right["ticketIds"]


def test_invoice_tells_of_all_it_takes(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought()
    desk.listen(receiver)

    invoice = desk.sell(
        listing["ticketIds"][:2], lines=[{"lineItemType": "GENERIC", "amount": 5, "description": "courier"}]
    )

    notices = desk.notices(receiver)
    assert [notice.summary for notice in notices] == [
        "INVOICE CREATED",
        "LINE CREATED",
        "LINE CREATED",
        "INVENTORY UPDATED",
    ]
    assert [notice.id for notice in notices[1:3]] == [line["id"] for line in invoice["lines"]]
    assert notices[3].entity == {"quantity": 6, "lowSeat": 3, "cost": 420.0, "ticketIds": listing["ticketIds"][2:]}
    assert notices[3].previous == {"quantity": 8, "lowSeat": 1, "cost": 560.0, "ticketIds": listing["ticketIds"]}


def test_forced_invoice_ends_the_hold(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought()
    hold = desk.hold(listing, 2)
    desk.listen(receiver)

    desk.sell(listing["ticketIds"][:2], force=True)

    notices = desk.notices(receiver)
    assert [(notice.summary) for notice in notices] == ["INVOICE CREATED", "LINE CREATED", "HOLD DELETED"]
    assert notices[2].id == hold["id"]


def test_hold_tells_itself_and_the_listing(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought()
    desk.listen(receiver)

    hold = desk.hold(listing, 3)

    notices = desk.notices(receiver)
    assert [(notice.summary, notice.id) for notice in notices] == [
        ("HOLD CREATED", hold["id"]),
        ("INVENTORY UPDATED", listing["id"]),
    ]
    assert notices[1].entity["quantity"] == 5


def test_hold_change_tells_the_difference(desk: Office, receiver: Receiver) -> None:
    hold = desk.hold(desk.bought())
    desk.listen(receiver)

    desk.put(f"/holds/{hold['id']}", {"notes": "for Nils"})

    (notice,) = desk.notices(receiver)
    assert (notice.summary, notice.entity, notice.previous) == ("HOLD UPDATED", {"notes": "for Nils"}, {"notes": None})


def test_removed_hold_tells_its_relevant_fields(desk: Office, receiver: Receiver) -> None:
    hold = desk.hold(desk.bought())
    desk.listen(receiver)

    desk.call("DELETE", f"/holds/{hold['id']}")

    notices = desk.notices(receiver)
    assert [notice.summary for notice in notices] == ["HOLD DELETED", "INVENTORY UPDATED"]
    assert list(notices[0].entity) == list(RELEVANT["HOLD"])
    assert (notices[0].id, notices[0].entity["seats"], notices[0].previous) == (hold["id"], "1,2", None)


def test_expired_hold_is_told_as_deleted(desk: Office, receiver: Receiver) -> None:
    hold = desk.hold(desk.bought())
    desk.listen(receiver)

    desk.advance(seconds=86_400)

    notices = desk.notices(receiver)
    assert [(notice.summary, notice.same) for notice in notices] == [
        ("HOLD DELETED", False),
        ("INVENTORY UPDATED", False),
    ]
    assert notices[0].id == hold["id"]


def test_nothing_relevant_tells_nothing(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought()
    desk.listen(receiver)

    desk.put(f"/inventory/{listing['id']}", {"notes": "only ours", "vsrOption": "NONE"})

    assert desk.get(f"/inventory/{listing['id']}")["version"] == 2
    assert desk.notices(receiver) == []


def test_same_value_again_tells_nothing(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought()
    desk.listen(receiver)

    desk.put(f"/inventory/{listing['id']}", {"listPrice": listing["listPrice"], "publicNotes": None})

    assert desk.notices(receiver) == []


def test_price_change_tells_both_prices(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought()
    desk.listen(receiver, "INVENTORY")

    desk.put("/inventory", [{"id": listing["id"], "listPrice": 80}])

    (notice,) = desk.notices(receiver)
    assert (notice.entity, notice.previous) == ({"listPrice": 80.0}, {"listPrice": 95.5})
    assert b'"inventory":{"listPrice":80.0},"previous":{"listPrice":95.5}}' in receiver.hooks[0].body


def test_invoice_line_taken_off_tells(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought()
    invoice = desk.sell(listing["ticketIds"][:2])
    desk.listen(receiver)

    desk.call("DELETE", f"/invoices/{invoice['id']}/lines/{invoice['lines'][0]['id']}")

    notices = desk.notices(receiver)
    assert [notice.summary for notice in notices] == ["LINE UPDATED", "INVENTORY UPDATED", "INVOICE UPDATED"]
    assert notices[0].entity == {"itemIds": [], "cancelled": True}
    assert notices[0].previous == {"itemIds": listing["ticketIds"][:2], "cancelled": False}
    assert notices[2].entity == {"paymentStatus": "VOID", "outstandingBalance": 0.0}


def test_cancelled_purchase_line_tells(desk: Office, receiver: Receiver) -> None:
    purchase = desk.buy()
    desk.listen(receiver)

    desk.put(f"/purchases/{purchase['id']}/lines/{purchase['lines'][0]['id']}/cancel")

    assert desk.summaries(receiver) == ["LINE UPDATED", "INVENTORY UPDATED", "PURCHASE UPDATED"]


def test_created_inventory_has_the_documents_fields(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver, "INVENTORY")

    listing = desk.bought(attributes=["any"], tags="sports", publicNotes="a public note")

    (notice,) = desk.notices(receiver)
    assert list(notice.entity) == list(RELEVANT["INVENTORY"])
    assert (notice.entity["attributes"], notice.entity["tags"], notice.entity["cost"]) == ("any", "sports", 560.0)
    assert notice.entity["ticketIds"] == listing["ticketIds"]


def test_created_inventory_is_javas_bytes(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver, "INVENTORY")

    desk.bought(high=1, publicNotes="a/b ñ ₱ 🎭")

    desk.quiet()
    body = receiver.hooks[0].body.decode()
    assert '"cost":70.0,' in body
    assert '"shownQuantity":null' in body
    assert '"publicNotes":"a/b ñ ₱ 🎭"' in body


@pytest.mark.parametrize(
    ("topic", "fields"), [(topic, fields) for topic, fields in RELEVANT.items() if topic != "INVENTORY"]
)
def test_created_entity_has_its_relevant_fields(
    desk: Office, receiver: Receiver, topic: str, fields: tuple[str, ...]
) -> None:
    desk.listen(receiver, topic)

    listing = desk.bought()
    desk.hold(listing)
    desk.sell(listing["ticketIds"][4:6])

    notices = desk.notices(receiver)
    assert notices
    assert {tuple(notice.entity) for notice in notices if notice.action == "CREATED"} == {fields}


def test_signature_is_the_documents_mac(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver)

    desk.buy({"amount": 1, "description": 'ñ "quoted" / ₱'})

    desk.quiet()
    assert len(receiver.hooks) == 4
    for hook in receiver.hooks:
        assert hook.header("Webhooks-Signature") == mac(hook.body)
        assert re.fullmatch(r"[0-9a-f]{40}", hook.header("Webhooks-Signature") or "")


@pytest.mark.thorough
def test_signature_verifies_in_node(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver, "INVENTORY")
    desk.bought(publicNotes="ñ ₱ 🎭 / \\ \"'")
    desk.quiet()
    script = (
        "const c=require('crypto');let b=[];process.stdin.on('data',d=>b.push(d)).on('end',()=>"
        "process.stdout.write(c.createHmac('sha1',process.argv[1]).update(Buffer.concat(b)).digest('hex')))"
    )

    judged = subprocess.run(
        ["node", "-e", script, SECRET], input=receiver.hooks[0].body, capture_output=True, check=True
    ).stdout

    assert judged.decode() == receiver.hooks[0].header("Webhooks-Signature")


def test_headers_are_the_documents(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver, "INVENTORY", headers="Bearer: dc70454c-d10a,Id: Sky")

    desk.bought()

    desk.quiet()
    sent = [pair for pair in receiver.hooks[0].headers if pair[0] not in ("Host", "Content-Length")]
    assert sent == [
        ("Accept", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"),
        ("Content-Type", "application/json"),
        ("Bearer", "dc70454c-d10a"),
        ("Id", "Sky"),
        ("Webhooks-Signature", mac(receiver.hooks[0].body)),
        ("User-Agent", "Jersey/2.28 (HttpUrlConnection 1.8.0_151)"),
        ("Accept", "application/json"),
    ]


def test_same_account_means_same_application(desk: Office, receiver: Receiver) -> None:
    pair = second(desk, ONE, APP_TWO)
    desk.listen(receiver, "INVENTORY", url=f"{receiver.url}/one")
    pair.listen(receiver, "INVENTORY", url=f"{receiver.url}/two")

    desk.bought()

    desk.quiet()
    same = {hook.path.rpartition("/")[2]: hook.json["generatedBySameAccount"] for hook in receiver.hooks}
    assert same == {"one": True, "two": False}
    for hook in receiver.hooks:
        assert hook.header("Webhooks-Signature") == mac(hook.body)


def test_peoples_own_changes_are_nobodys(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought()
    desk.listen(receiver, "INVENTORY")

    desk.act("change_price", inventory=listing["id"], price=80)

    (notice,) = desk.notices(receiver)
    assert (notice.entity, notice.same) == ({"listPrice": 80.0}, False)


@pytest.mark.parametrize(
    ("action", "arguments", "summaries"),
    [
        (
            "edit_listing",
            {"publicNotes": "aisle", "cost": 60},
            ["INVENTORY UPDATED", "LINE UPDATED", "PURCHASE UPDATED"],
        ),
        ("split_listing", {"size": 4}, ["INVENTORY UPDATED", "INVENTORY CREATED", "LINE UPDATED"]),
        ("place_hold", {"quantity": 2}, ["HOLD CREATED", "INVENTORY UPDATED"]),
    ],
)
def test_actions_on_listings_tell(
    desk: Office, receiver: Receiver, action: str, arguments: dict[str, Any], summaries: list[str]
) -> None:
    listing = desk.bought()
    desk.listen(receiver)

    desk.act(action, inventory=listing["id"], **arguments)

    assert desk.summaries(receiver) == summaries


def test_actions_end_holds_and_fulfil(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought()
    hold, invoice = desk.hold(listing), desk.sell(listing["ticketIds"][4:6])
    desk.listen(receiver)

    desk.act("remove_hold", hold=hold["id"])
    desk.act("fulfill_invoice", invoice=invoice["id"])

    assert desk.summaries(receiver) == ["HOLD DELETED", "INVENTORY UPDATED", "INVOICE UPDATED"]


def test_other_account_hears_nothing(desk: Office, receiver: Receiver) -> None:
    second(desk, TWO, token=SOL, application=APP_TWO).listen(receiver)

    desk.bought()

    assert desk.notices(receiver) == []


def test_endpoint_without_owner_hears_all(desk: Office, receiver: Receiver) -> None:
    desk.client.control("POST", "endpoints", {"vendor": "skybox", "url": receiver.url, "types": ["INVENTORY"]})

    desk.bought()
    second(desk, TWO).buy(section="206")

    assert [notice.summary for notice in desk.notices(receiver)] == ["INVENTORY CREATED"] * 2


def test_refused_call_tells_nothing(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought()
    desk.listen(receiver)

    desk.invoiced([*listing["ticketIds"][:2], 1])

    assert desk.notices(receiver) == []
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == 8


def test_bodies_are_kept_as_sent(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver, "LINE")

    desk.buy()

    desk.quiet()
    (row,) = [delivery for delivery in desk.deliveries() if delivery["type"] == "LINE"]
    detail = desk.client.control("GET", f"deliveries/{row['id']}")
    assert detail["body"].encode() == receiver.hooks[0].body
    assert json.loads(detail["body"])["generatedBySameAccount"] is True


@pytest.mark.parametrize(
    ("topic", "override", "sentence"),
    [
        ("INVENTORY", {"action": "UPDATED"}, "UPDATED has what changed in inventory"),
        ("INVENTORY", {"action": "UPDATED", "previous": {"listPrice": 1.0}}, "UPDATED has what changed in inventory"),
        ("INVENTORY", {"action": "UPDATED", "previous": 7, "inventory": 8}, "UPDATED has what changed in inventory"),
        (
            "INVENTORY",
            {"action": "DELETED"},
            "SkyBox sends no DELETED about INVENTORY: a listing is CREATED or UPDATED.",
        ),
        ("HOLD", {"action": "SOLD"}, "SkyBox sends no SOLD about HOLD"),
        ("HOLD", {"action": "DELETED", "previous": {}}, "DELETED has no previous"),
    ],
)
def test_trigger_refuses_what_is_never_sent(desk: Office, topic: str, override: Any, sentence: str) -> None:
    desk.hold(desk.bought())

    answer = desk.client.post(f"/_mockmarket/skybox/trigger/{topic}", {"override": override})

    assert answer.status_code == 400
    assert sentence in answer.text


def test_trigger_is_about_nothing_ended(desk: Office) -> None:
    listing = desk.bought()
    hold = desk.hold(listing)
    desk.call("DELETE", f"/holds/{hold['id']}")
    sales = [desk.sell(listing["ticketIds"][at : at + 2]) for at in (0, 2)]
    desk.call("POST", "/lines/invoice/bulk-cancel", {"lineIds": [sales[1]["lines"][0]["id"]]})

    refused = desk.client.post("/_mockmarket/skybox/trigger/HOLD", {})
    for topic in ("INVOICE", "LINE"):
        desk.client.control("POST", f"skybox/trigger/{topic}", {})

    notices = desk.client.control("GET", "notices?limit=2")["notices"]
    assert refused.status_code == 409
    assert [notice["record"] for notice in notices] == [str(sales[0]["lines"][0]["id"]), str(sales[0]["id"])]


def test_trigger_can_be_an_update(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver, "INVENTORY")
    changes = {"action": "UPDATED", "inventory": {"listPrice": 80.0}, "previous": {"listPrice": 70.0}}

    desk.client.control("POST", "skybox/trigger/INVENTORY", {"override": changes})

    (notice,) = desk.notices(receiver)
    assert (notice.summary, notice.entity, notice.previous) == (
        "INVENTORY UPDATED",
        {"listPrice": 80.0},
        {"listPrice": 70.0},
    )
