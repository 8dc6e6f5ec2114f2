"""The samples of the vendors' documents: answers with their requests, and webhooks. Only keys and signatures are ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockmarket.vendor import discover
from mockmarket_client.scheme import Scheme

SECRET = "document_sample_secret"
"""Signs the samples of webhooks, of which the documents show no verifiable signature."""
JSON = ["Content-Type", "application/json"]
STAMP = 1_769_086_372
CUSTOMER = {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}
PORTAL_ORDER = {
    "eventId": "4546456", "eventName": "Boston Bruins Vs Vegas Golden Knights Boston", "eventDate": "2026-01-22T10:00:00.000Z",
    "eventVenue": "TD Garden", "eventLocation": "Boston, MA", "section": "Club Box 19", "row": "A",
}  # fmt: skip
PORTAL_ACCEPTED = {
    "event": "order.accepted",
    "orderId": "order_1769086190205",
    "order": PORTAL_ORDER | {
        "listingId": "697200166edd0569d00c3973", "quantity": 2, "status": "accepted", "totalAmount": 148.24, "customer": CUSTOMER,
        "createdAt": "2026-01-22T12:49:50.220Z", "updatedAt": "2026-01-22T12:52:52.509Z", "previousStatus": "confirmed",
    },
    "timestamp": "2026-01-22T12:52:52.509Z",
}  # fmt: skip
PORTAL_FULFILLED = {
    "event": "order.fulfilled",
    "orderId": "order_1769086190205",
    "order": PORTAL_ORDER | {
        "listingId": "697200166edd0569d00c3973", "quantity": 2, "status": "fulfilled", "totalAmount": 148.24, "customer": CUSTOMER,
        "transferMethod": "mobile_transfer", "transferNote": "Transferred via mobile transfer", "previousStatus": "accepted",
        "createdAt": "2026-01-22T12:49:50.220Z", "updatedAt": "2026-01-22T14:30:00.000Z",
    },
    "timestamp": "2026-01-22T14:30:00.000Z",
}  # fmt: skip
PORTAL_EVENTS = {
    "data": [
        {"eventId": "EVENT123", "name": "Concert Event", "date": "2025-12-15", "time": "7:00 PM", "isoDate": "2025-12-15T19:00:00.000Z",
         "location": "Main Arena", "numberOfSeats": 150},
    ],
    "meta": {
        "pagination": {"total": 17, "limit": 10, "offset": 0, "hasMore": True, "nextOffset": 10},
        "filters": {"venue": None, "sortBy": "date", "sortOrder": "asc"},
    },
}  # fmt: skip
PORTAL_CHANGE = {
    "success": True,
    "message": "Order order_1769086588534 updated to accepted successfully",
    "order": {"orderId": "order_1769086588534", "orderNumber": "TIC-KRLCH4H78"} | PORTAL_ORDER | {
        "listingId": "697200166edd0569d00c3d24", "quantity": 2, "status": "accepted", "totalAmount": 150.66, "customer": CUSTOMER,
        "createdAt": "2026-01-22T12:56:28.540Z", "updatedAt": "2026-01-22T13:07:50.088Z", "previousStatus": "confirmed",
    },
    "webhook": {"event": "order.accepted", "sent": True},
    "timestamp": "2026-01-22T13:07:50.475Z",
}  # fmt: skip
SKYBOX = {"id": 20, "accountId": 1234, "topic": "INVENTORY"}
SKYBOX_CREATED = SKYBOX | {
    "action": "CREATED", "generatedBySameAccount": False,
    "inventory": {
        "inHandDate": "2020-08-14", "eventId": 12345, "quantity": 1, "section": "B", "row": "C", "lowSeat": 50, "highSeat": 50,
        "cost": 70.0, "ticketIds": [10101021], "stockType": "ELECTRONIC", "splitType": "NEVERLEAVEONE", "listPrice": 70.0,
        "publicNotes": "a public note", "attributes": "any", "tags": "sports", "exchangePosId": 10102021, "broadcast": True,
        "zoneSeating": False, "hideSeatNumbers": False, "shownQuantity": None, "filesUploaded": True, "barCodesEntered": True,
    },
}  # fmt: skip
SKYBOX_UPDATED = SKYBOX | {
    "action": "UPDATED", "generatedBySameAccount": True, "inventory": {"cost": 80.0}, "previous": {"cost": 70.0},
}  # fmt: skip
TICKETNATION_COMPLETED = {
    "type": "order.completed",
    "data": {
        "orderId": "uuid", "orderNumber": "TN-20250615-ABC123", "eventId": "uuid", "totalAmount": 3000, "currency": "PHP",
        "quantity": 2, "buyerName": "Juan Dela Cruz", "buyerEmail": "juan@example.com",
    },
    "timestamp": "2025-06-15T18:30:00.000Z",
}  # fmt: skip
ZATABOX_COMPLETED = {
    "id": "whe_01J…",
    "type": "order.completed",
    "created": "2026-06-10T14:02:11Z",
    "data": {"order": {"id": "ord_31xq", "total": "42.00", "currency": "USD"}, "tickets": [{"id": "tic_…", "qr": "…"}]},
}

PORTAL_HEADERS = [["X-Webhook-Event", "order.accepted"], ["X-Webhook-Delivery", "b0a2a6a4-6a5e-4f44-9c53-0d2f3a2b7c1e"]]
CALLS: dict[str, list[dict[str, Any]]] = {
    "portal": [
        {"method": "GET", "path": "/api/v1/events", "query": "limit=10", "status": 200, "answer": PORTAL_EVENTS},
        {"method": "PATCH", "path": "/api/v1/orders", "body": {"orderId": "order_1769082692221", "status": "accepted"},
         "status": 200, "answer": PORTAL_CHANGE},
    ],
}  # fmt: skip
WEBHOOKS: dict[str, list[tuple[dict[str, Any], list[list[str]]]]] = {
    "portal": [
        (PORTAL_ACCEPTED, PORTAL_HEADERS),
        (PORTAL_FULFILLED, [["X-Webhook-Event", "order.fulfilled"], *PORTAL_HEADERS[1:]]),
    ],
    "skybox": [(SKYBOX_CREATED, []), (SKYBOX_UPDATED, [])],
    "ticketnation": [(TICKETNATION_COMPLETED, [])],
    "zatabox": [(ZATABOX_COMPLETED, [])],
}


def entries(name: str) -> Iterator[dict[str, Any]]:
    """Yield a vendor's samples as entries of JSON lines: its calls, then its webhooks with their signatures."""
    yield from ({**call, "answer_headers": [JSON], "vendor": name} for call in CALLS.get(name, ()))
    vendor = next(vendor for vendor in discover() if vendor.name == name)
    for body, headers in WEBHOOKS[name]:
        raw = vendor.webhooks.dialect(body)
        scheme = vendor.webhooks.headers.scheme
        signature = signed(scheme, raw) if scheme else []
        own = [[row[0], row[1]] for row in vendor.webhooks.headers.rows if isinstance(row, tuple) and "{" not in row[1]]
        yield {"path": "/webhooks", "headers": [*own, *headers, *signature], "body": raw.decode(), "vendor": name}


def signed(scheme: Scheme, body: bytes, secret: str = SECRET) -> list[list[str]]:
    """Return the headers of a body's signature."""
    value = scheme.fill(str(STAMP), [scheme.digest(secret, scheme.message(STAMP, body))])
    return [list(pair) for pair in zip(scheme.names, (value, str(STAMP)), strict=False)]
