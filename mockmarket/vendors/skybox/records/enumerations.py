"""SkyBox's enumerations, and the names under which `GET /enumerations/{type}` gives them (public, the OpenAPI file)."""

from __future__ import annotations

STOCK_TYPES = ("HARD", "ELECTRONIC", "FLASH", "PAPERLESS", "PAPERLESS_CARD", "MOBILE_TRANSFER", "MOBILE_SCREENCAP")
SPLIT_TYPES = ("DEFAULT", "ANY", "CUSTOM", "NEVERLEAVEONE")
SEAT_TYPES = ("CONSECUTIVE", "ALTERNATING", "GA", "PIGGYBACK")
STATUSES = ("AVAILABLE", "ON_HOLD", "DEPLETED")
TICKET_STATUSES = ("AVAILABLE", "SOLD", "ERROR", "CANCELLED")
VSR_OPTIONS = ("ALL", "VIVIDSEATS", "NONE")
"""Convention: the OpenAPI file has the field and no values."""
MERGINGS = ("COMBINE", "WIPE", "NEW")
TERMS = ("NET0", "NET10", "NET15", "NET25", "NET30", "NET45", "NET60")
PAYMENT_STATUSES = ("UNPAID", "PAID", "PARTIAL", "VOID")
FULFILLMENT_STATUSES = ("PENDING", "COMPLETE")
CURRENCIES = ("USD", "CAD", "EUR", "GBP", "JPY", "BRL", "XBT", "AUD", "MXN")
LINE_TYPES = ("PURCHASE", "INVOICE")
LINE_ITEM_TYPES = ("GENERIC", "INVENTORY")
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
TOPICS = {
    "INVENTORY": "a listing is CREATED or UPDATED",
    "PURCHASE": "a purchase is CREATED or UPDATED",
    "INVOICE": "an invoice is CREATED or UPDATED",
    "LINE": "a line of a purchase or an invoice is CREATED or UPDATED",
    "HOLD": "a hold is CREATED, UPDATED or DELETED",
}
"""Document, "Topics"."""

ENUMERATIONS: dict[str, tuple[str, ...]] = {
    "stockType": STOCK_TYPES,
    "splitType": SPLIT_TYPES,
    "seatType": SEAT_TYPES,
    "inventoryStatus": STATUSES,
    "ticketStatus": TICKET_STATUSES,
    "purchaseTerm": TERMS,
    "salesTerm": TERMS,
    "paymentStatus": PAYMENT_STATUSES,
    "fulfillmentStatus": FULFILLMENT_STATUSES,
    "purchaseStatus": ORDER_STATUSES,
    "invoiceStatus": ORDER_STATUSES,
    "paymentMethod": PAYMENT_METHODS,
    "deliveryMethod": DELIVERY_METHODS,
    "currency": CURRENCIES,
    "lineType": LINE_TYPES,
    "lineItemType": LINE_ITEM_TYPES,
    "eventType": EVENT_TYPES,
    "vendorType": VENDOR_TYPES,
    "customerType": CUSTOMER_TYPES,
    "marketplace": MARKETPLACES,
}
"""The values are public; by which names a type is asked for is not (convention: the name of the field that has it)."""


def values_of(name: str) -> tuple[str, ...] | None:
    """Return an enumeration's values, None without one; `stockType`, `STOCK_TYPE` and `stock-type` are the same name."""
    return next((values for known, values in ENUMERATIONS.items() if plain(known) == plain(name)), None)


def plain(name: str) -> str:
    """Return the name of an enumeration however its words are joined."""
    return name.casefold().replace("_", "").replace("-", "")
