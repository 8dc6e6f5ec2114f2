"""SkyBox's enumerations, by the names under which `GET /enumerations/{type}` gives them."""

from __future__ import annotations

from mockmarket.vendors.skybox.wire import inventory, orders

PAYMENT_METHODS = (
    "CREDITCARD", "CASH", "CHECK", "PAYPAL", "TRADE", "VENMO", "OTHER", "ACCRUEDCREDIT", "ACH", "AR", "AP", "EVOPAY", "MULTIPLE",
    "COMPLIMENTARY", "CUSTOMER_CREDIT", "ZELLE",
)  # fmt: skip
DELIVERY_METHODS = (
    "COURIER", "EMAIL", "USPS", "UPS", "FEDEX", "WILLCALL", "PAPERLESS", "MEETANDGREET", "FLASHSEATS", "MOBILE_DELIVERY",
    "OFFICE_PICKUP", "OTHER",
)  # fmt: skip
ORDER_STATUSES = (
    "CONTACT_NEEDED", "COMPLETED", "DELIVERY_FAILURE", "EVENT_CANCELLED", "EVENT_RESCHEDULED", "INVESTIGATION_CLOSED",
    "INVESTIGATION_CLOSED_BUYER_FAVOR", "INVESTIGATION_CLOSED_SELLER_FAVOR", "INVESTIGATION_PENDING", "MANAGER_REVIEW",
    "ORDER_PARTIALLY_VOID_CANCELLED", "ORDER_VOID_CANCELLED", "WAITING_FOR_RESPONSE",
)  # fmt: skip
EVENT_TYPES = ("CONCERT", "THEATER", "SPORT", "OTHER")
VENDOR_TYPES = ("MARKETPLACE", "PRIMARY", "PERFORMER", "BROKER", "INDY", "MEMBER")
CUSTOMER_TYPES = ("MARKETPLACE", "PERFORMER", "BROKER", "RETAIL", "CONCIERGE", "TRAVELAGENT", "MEMBER")
MARKETPLACES = (
    "VIVID_SEATS", "STUBHUB", "TICKET_NETWORK", "EVENT_INVENTORY", "FANXCHANGE", "GAMETIME", "SEATGEEK", "TICKET_EVOLUTION",
    "TICKPICK", "VIAGOGO", "TICKET_CITY", "RAZORGATOR", "SCOREBIG", "OTHER",
)  # fmt: skip
"""Public, the OpenAPI file's enumerations."""

ENUMERATIONS: dict[str, tuple[str, ...]] = {
    "stockType": inventory.STOCK_TYPES,
    "splitType": inventory.SPLIT_TYPES,
    "seatType": inventory.SEAT_TYPES,
    "inventoryStatus": inventory.STATUSES,
    "ticketStatus": inventory.TICKET_STATUSES,
    "purchaseTerm": orders.TERMS,
    "salesTerm": orders.TERMS,
    "paymentStatus": orders.PAYMENT_STATUSES,
    "fulfillmentStatus": orders.FULFILLMENT_STATUSES,
    "purchaseStatus": ORDER_STATUSES,
    "invoiceStatus": ORDER_STATUSES,
    "paymentMethod": PAYMENT_METHODS,
    "deliveryMethod": DELIVERY_METHODS,
    "currency": orders.CURRENCIES,
    "lineType": ("PURCHASE", "INVOICE"),
    "lineItemType": orders.LINE_ITEM_TYPES,
    "eventType": EVENT_TYPES,
    "vendorType": VENDOR_TYPES,
    "customerType": CUSTOMER_TYPES,
    "marketplace": MARKETPLACES,
}
"""The values are public; by which names a type is asked for is not (convention: the name of the field that has it)."""


def values_of(name: str) -> tuple[str, ...] | None:
    """Return an enumeration's values, None without one; `stockType`, `STOCK_TYPE` and `stock-type` are the same name."""
    plain = _plain(name)
    return next((values for known, values in ENUMERATIONS.items() if _plain(known) == plain), None)


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")
