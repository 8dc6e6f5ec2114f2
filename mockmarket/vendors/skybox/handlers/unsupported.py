"""Query parameters that the public OpenAPI file has and the mock does not honour, a constant for each call: nothing in the
world sets what they ask for, or no source says what their values mean."""

from mockmarket.vendors.skybox.records.types import words

INVENTORY = words("""
    eventTagsMatchAll sectionMatchMode rowMatchMode noSplits cooperative replenishmentGroupId consignment
    consignmentStatus instantTransferStatus
""")
BULK_UPDATE = words("optOutAutoPrice replenishmentGroupId force instantTransferOptedOut integratedListing")
SOLD = words("cooperative due createdByUserId invoiceNotesUserId consignment")
PURCHASED = ("consignment", "cooperative")
PURCHASES = words("""
    creditCardId simplifiedExternalRef consignment cooperative createdByUserId lastPurchasePaymentNote
""")
INVOICES = words("createdByUserId includeTransactionInfo received invoiceNotesUserId")
CUSTOMERS = ("arThresholdReached",)
USERS = ("accountId", "company", "permissions")
