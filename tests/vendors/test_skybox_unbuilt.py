"""Every public path of SkyBox's is here: built, or answered by 501 and its own name."""

from __future__ import annotations

import re

from mockmarket.vendors.skybox.vendor import VENDOR
from tests.conftest import Client
from tests.vendors.skybox import BASE

PUBLIC = """
GET /account
GET /account/notifications
DELETE|GET|PUT /addresses/{address-id}
POST /addresses
DELETE|GET /alerts/{alert-id}
GET /alerts
POST|GET /customers/{customer-id}/cards
POST /customers/tags/remove
PUT /customers/bulk
POST /customers/{customer-id}/tags/actions/delete
GET|PUT /customers/{customer-id}
GET|DELETE /customers/{customer-id}/cards/{card-id}
GET|PUT /customers/defaults
POST|GET /customers
PUT /customers/{customer-id}/cards/{card-id}/default
POST /customers/{customer-id}/tags
GET /enumerations/{enumtype}
POST /events/tags/remove
POST /events/{event-id}/tags/actions/delete
GET /events/{event_id}/deltas
GET /events/{event-id}
GET /events/categories
GET /events/performers/{performer-id}
GET /events/performers
GET /events
POST /events/{event-id}/tags
POST|GET /external_accounts
DELETE|GET|PUT /external_accounts/{id}
DELETE|GET|PUT /holds/{hold-id}
POST|GET /holds
POST /inventory/bulk-merge
POST /inventory/tags/remove
POST /inventory/bulk-swap-event
PUT /inventory/bulk-update
PUT /inventory/bulk-update-expected-value
PUT /inventory/bulk-update-face-value
PUT|GET /inventory
PUT /inventory/bulk-taxed-cost-value
POST /inventory/{inventory-id}/tags/actions/delete
DELETE|GET /inventory/{inventory-id}/hold
GET /inventory/export
GET /inventory/export/delta
GET|PUT /inventory/{inventory-id}
GET /inventory/exchange_pos_id/{exchangePosId}
GET /inventory/barcodes/{exchange-pos-id}
GET /inventory/delta
DELETE /inventory/tags
POST /inventory/merge
POST /inventory/merge-as-piggyback
GET /inventory/{inventory-id}/price-history
DELETE /inventory/{inventory-id}/tags/{tag}
GET /inventory/purchased
GET /inventory/purchased/V2
GET /inventory/sold
POST /inventory/sold/bulk-swap-event
PUT /inventory/{inventory-id}/split
PUT /inventory/{inventory-id}/split-to-consecutive
POST /inventory/{inventory-id}/actions/split-to-originals
PUT /inventory/sync
POST /inventory/{inventory-id}/tags
POST /inventory/actions/edit-section-row
POST /invoices/tags/remove
POST /invoices/{invoice-id}/tags/actions/delete
DELETE|GET|PUT /invoices/{invoice-id}/lines/{line-id}
GET /invoices/{invoice-id}/assets
GET|PUT /invoices/{invoice-id}
GET /invoices/{invoice-id}/lines/{line-id}/tickets
GET|POST /invoices/{invoice-id}/lines
GET /invoices/external-ref
GET /invoices/{invoice-id}/transactions
POST|GET /invoices
GET /invoices/{invoice-id}/print
GET /invoices/{invoice-id}/print-auth-form
POST /invoices/{invoice-id}/payment
POST /invoices/{invoice-id}/transactions/{transaction-id}/refund
DELETE /invoices/{invoice-id}/tags/{tag}
GET /invoices/{invoice-id}/send
POST /invoices/{invoice-id}/tags
PUT /invoices/bulk
PUT /invoices/actions/update-invoice-currency
POST /lines/invoice/bulk-cancel
POST /lines/bulk-delete
GET /lines/{line-id}
POST /purchases/{purchase-id}/notes
POST /purchases/actions/cancel-lines
POST /purchases/tags/remove
PUT /purchases/{purchase-id}/lines/{line-id}/cancel
POST /purchases/{purchase-id}/tags/actions/delete
GET /purchases/{purchase-id}/airbill
GET|PUT /purchases/{purchase-id}
GET|PUT /purchases/{purchase-id}/lines/{line-id}
GET /purchases/{purchase-id}/lines/{line-id}/tickets
GET|POST /purchases/{purchase-id}/lines
POST|GET /purchases
POST /purchases/{purchase-id}/inventory
GET /purchases/{purchase-id}/print
DELETE /purchases/{purchase-id}/tags/{tag}
POST /purchases/{purchase-id}/lines/{line-id}/actions/replace
GET /purchases/auto-purchases
GET /purchases/{purchase-id}/send
POST /purchases/{purchase-id}/tags
PUT /purchases/bulk
PUT /purchases/actions/update-purchase-currency
POST /purchases/{purchase-id}/lines/{line-id}/inventory
GET /quicksearch
PUT /tags/bulk
POST /tags/actions/delete
GET /tags/filtered
GET /tags
GET /tags/summary
PUT /tags/color
GET /tickets/{ticket-id}
GET /tickets
GET /users/me
GET /users
POST /vendors/tags/remove
PUT /vendors/bulk
POST /vendors/{vendor-id}/tags/actions/delete
GET|PUT /vendors/{vendor-id}
GET|PUT /vendors/default
POST|GET /vendors
POST /vendors/{vendor-id}/tags
GET /venues/{venue-id}
GET /venues
GET /mappings
DELETE|GET /mappings/{mapping-id}
GET /mappings/{mapping-id}/resend
POST /mappings/actions/bulk-cancel
POST /assets
GET /assets/{filename}
POST|GET /webhooks
DELETE|GET|PUT /webhooks/{id}
"""
"""Public, the OpenAPI file's paths as a public client lists them; reports, research, mapping, assets and cards of its own left out."""

UNBUILT = [(row.method, row.path) for row in VENDOR.api.operations if not row.built]


def named(path: str) -> str:
    """Return a path whose parts have no names."""
    return re.sub(r"{[^}]+}", "{}", path)


def public() -> list[tuple[str, str]]:
    """Return every public call."""
    lines = [line.split(" ") for line in PUBLIC.strip().splitlines()]
    return [(method, named(path)) for methods, path in lines for method in methods.split("|")]


def test_every_public_call_is_here() -> None:
    assert sorted((row.method, named(row.path)) for row in VENDOR.api.operations) == sorted(public())


def test_unbuilt_call_names_itself(client: Client) -> None:
    assert UNBUILT

    for method, path in UNBUILT:
        answer = client.call(method, BASE + re.sub(r"{[^}]+}", "1", path))
        assert answer.status_code == 501, (method, path)
        assert answer.json() == {"message": f"{method} {path} is not built in this mock."}


def test_unbuilt_method_leaves_others_alone(client: Client) -> None:
    unbuilt = client.call("GET", f"{BASE}/customers/1/tags")

    assert unbuilt.status_code == 405
    assert unbuilt.headers["Allow"] == "OPTIONS, POST"


def test_unknown_path_is_not_found(client: Client) -> None:
    answer = client.call("GET", f"{BASE}/nothing")

    assert (answer.status_code, list(answer.json())) == (404, ["message"])
    assert VENDOR.base == BASE
