"""Kiosk's calls."""

from mockmarket.api import auth
from mockmarket.api.bodies import json_answer
from mockmarket.api.operations import Conventions
from mockmarket.records import Create, Query, Update, notified, sort_keys
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record, matching
from mockmarket.webhooks.encoding import php
from tests.sixth.kiosk import vendor
from tests.sixth.kiosk.records import OFFER, OFFERS, PASS, PASSES, Order, Pass, PassAnswer, Problem

operation = Conventions(
    Problem, {401: "No word, or an unknown one."}, auth.by_key("Authorization: Kiosk", auth.authorization("Kiosk")), always=(401,),
    write=lambda context, data, status: json_answer(php({"ok": 1, **data}), status),
)  # fmt: skip


@operation.reads(answer=OFFERS, scope="offers")
def list_offers(read: Read) -> Record:
    """List what is left, in the order of the fixture."""
    return {"offers": records.find(read, OFFER, ("left", ">", 0))}


@operation.reads(query=Query(Pass, (Order,)), answer=PASSES, scope="passes")
def list_passes(read: Read, query: Record) -> Record:
    """List passes."""
    return {
        "passes": records.find(
            read, PASS, *matching(Query(Pass), query), order=[(sort_keys(Pass)[query["sort"]], "asc")]
        )
    }


@operation.writes(body=Create(Pass), answer=PassAnswer, status=201, scope="passes")
def hold_pass(tx: Tx, body: Record) -> Record:
    """Hold a pass."""
    return {"pass": vendor.hold(tx, body)}


@operation.reads(answer=PassAnswer, scope="passes")
def get_pass(read: Read, id: str) -> Record:
    """Show a pass."""
    return {"pass": records.get_or_404(read, PASS, id)}


@operation.writes(body=Update(Pass), answer=PassAnswer, scope="passes")
def change_pass(tx: Tx, body: Record, id: str) -> Record:
    """Change a pass; whoever listens hears of a change."""
    record = records.get_or_404(tx, PASS, id)
    changed = record | body
    records.update(tx, PASS, changed)
    if any(record[name] != changed[name] for name in notified(Pass)):
        vendor.announced(tx, "pass.changed", changed)
    return {"pass": changed}


@operation.writes(answer=PassAnswer, scope="passes")
def pay_pass(tx: Tx, id: str) -> Record:
    """Pay a pass that is held."""
    return {"pass": vendor.move(tx, id, "paid")}
