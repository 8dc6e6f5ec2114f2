"""Query parameters that the public OpenAPI file has and the mock does not honour, a constant for each call."""

from mockmarket.vendors.skybox.records.types import words

INVENTORY = words("""
    categoryId tagsMatchAll antiTag antiTagsMatchAll eventTagsMatchAll event eventKeywords venue excludeVendorId city state country
    sectionMatchMode rowMatchMode eventTimeFrom eventTimeTo eventType purchaseDateFrom purchaseDateTo filesUploaded barCodesEntered
    externalTicketIdEntered expectedValueSet skipSorting minShownQuantity maxShownQuantity minAverageUnitCost maxAverageUnitCost lowSeat
    highSeat notes publicNotes noTags dayOfWeek noSplits currencyCode hiddenSeats cooperative electronicTransfer vsrOption
    replenishmentGroupId consignment consignmentStatus received daysOldFrom daysOldTo excludeParking instantTransferStatus
""")
SOLD = words("""
    inventoryId exchangePosId purchaseIds vendorId eventType categoryId tag tagsMatchAll antiTag antiTagsMatchAll antiEventTag
    antiEventTagsMatchAll noTags invoiceTag invoiceTagsMatchAll eventTag eventTagsMatchAll purchaseTag purchaseTagsMatchAll
    customerDisplayName performerId performer eventKeywords event eventDateFrom eventDateTo venueId venue section row includesSeat
    currencyCode externalRef purchaseExternalRef paymentStatus invoiceStatus fulfillmentStatus stockType zoneSeating
    pdfsOrBarcodesAttached filesUploaded barcodesEntered electronicTransfer internalNotes inHandDateFrom inHandDateTo fulfillmentDateFrom
    fulfillmentDateTo purchaseDateFrom purchaseDateTo cooperative received invoiceNotes publicNotes state country due invoiceCreatedBy
    createdByUserId dayOfWeek lastUpdateFrom invoiceNotesUserId consignment customerType excludeParking minTotalCost maxTotalCost
""")
PURCHASED = words("""
    stockType ticketStatus performerId tag tagsMatchAll antiTag antiTagsMatchAll event venue city state country section row
    purchaseDateFrom purchaseDateTo eventDateFrom eventDateTo externalRef paymentStatus partialPaymentRef displayName zoneSeating notes
    performer inHandDateFrom inHandDateTo received venueIds consignment cooperative
""")
PURCHASES = words("""
    deliveryMethod paymentMethod vendorType tagsMatchAll antiTag antiTagsMatchAll vendorTag vendorTagsMatchAll displayName inventoryId
    invoiceLineId creditCardId simplifiedExternalRef minCost maxCost currencyCode internalId includeHasZoneSeatingInventory
    zeroOutstandingBalance minOutstandingBalance maxOutstandingBalance consignment eventName cooperative createdBy createdByUserId
    lastPurchasePaymentNote vendorTags
""")
INVOICES = words("""
    deliveryMethod tagsMatchAll antiTag antiTagsMatchAll displayName vendorId paymentDateFrom paymentDateTo fulfillmentDateFrom
    fulfillmentDateTo paymentRef barcodesEntered filesUploaded zoneSeating performerId performer inHandDateFrom inHandDateTo eventDateFrom
    eventDateTo eventType categoryId createdBy createdByUserId noTags currencyCode internalId purchaseId purchaseLineId
    includeTransactionInfo received venueId venue stockType minTotal maxTotal minOutstandingBalance maxOutstandingBalance
    invoiceNotesUserId
""")
EVENTS = words("""
    tag tagsMatchAll antiTag antiTagsMatchAll eventTimeFrom eventTimeTo dayOfWeek excludeActiveInventory noTags onlySoldTickets
""")
CUSTOMERS = words("""
    tagsMatchAll antiTag antiTagsMatchAll invoiceDateFrom invoiceDateTo arThresholdReached createdDateFrom createdDateTo
""")
HOLDS = ("event", "venueId", "venue", "user")
VENDORS = ("tagsMatchAll", "antiTag", "antiTagsMatchAll")
EXPORT = ("includeZeroPricedListings", "includeHeld", "includeTaxedCosts")
EXPORT_DELTA = ("timestamp", *EXPORT)
USERS = ("accountId", "company", "permissions")
TICKETS = ("lastUpdateFrom", "lastUpdateTo")
