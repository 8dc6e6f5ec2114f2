"""SkyBox's table of operations, a block for each group of its public OpenAPI file: built calls, then those answered with 501."""

from mockmarket.records import delete, get, post, put, table, unbuilt_calls

OPERATIONS = table("mockmarket.vendors.skybox.handlers", (
    get("/webhooks", "calls:list_webhooks"),
    post("/webhooks", "calls:create_webhook"),
    get("/webhooks/{id:int}", "calls:get_webhook"),
    put("/webhooks/{id:int}", "calls:update_webhook"),
    delete("/webhooks/{id:int}", "calls:delete_webhook"),

    get("/inventory", "calls:search_inventory"),
    put("/inventory", "calls:update_prices"),
    put("/inventory/bulk-update", "calls:update_inventory_in_bulk"),
    get("/inventory/{inventory-id:int}", "calls:get_inventory"),
    put("/inventory/{inventory-id:int}", "calls:update_inventory"),
    put("/inventory/{inventory-id:int}/split", "calls:split_inventory"),
    put("/inventory/{inventory-id:int}/split-to-consecutive", "calls:split_inventory_to_consecutive"),
    post("/inventory/merge", "calls:merge_inventory"),
    post("/inventory/bulk-merge", "calls:merge_inventory_in_bulk"),
    get("/inventory/{inventory-id:int}/price-history", "calls:list_prices"),
    get("/inventory/{inventory-id:int}/hold", "calls:get_inventory_hold"),
    delete("/inventory/{inventory-id:int}/hold", "calls:delete_inventory_holds"),
    get("/inventory/sold", "calls:list_sold_inventory"),
    get("/inventory/barcodes/{exchange-pos-id:int}", "calls:list_barcodes"),
    get("/inventory/purchased", "calls:list_purchased_inventory"),
    get("/inventory/export", "calls:export_inventory"),
    get("/inventory/export/delta", "calls:export_changed_inventory"),
    get("/inventory/delta", "calls:list_changed_inventory"),
    *unbuilt_calls("""
        POST /inventory/tags/remove, POST /inventory/bulk-swap-event, PUT /inventory/bulk-update-expected-value,
        PUT /inventory/bulk-update-face-value, PUT /inventory/bulk-taxed-cost-value, POST /inventory/{inventory-id}/tags/actions/delete,
        GET /inventory/exchange_pos_id/{exchangePosId}, DELETE /inventory/tags,
        POST /inventory/merge-as-piggyback, DELETE /inventory/{inventory-id}/tags/{tag}, GET /inventory/purchased/V2,
        POST /inventory/sold/bulk-swap-event, POST /inventory/{inventory-id}/actions/split-to-originals, PUT /inventory/sync,
        POST /inventory/{inventory-id}/tags, POST /inventory/actions/edit-section-row
    """),

    get("/purchases", "calls:search_purchases"),
    post("/purchases", "calls:create_purchase"),
    get("/purchases/{purchase-id:int}", "calls:get_purchase"),
    put("/purchases/{purchase-id:int}", "calls:update_purchase"),
    post("/purchases/{purchase-id:int}/inventory", "calls:add_inventory"),
    post("/purchases/{purchase-id:int}/notes", "calls:add_purchase_note"),
    get("/purchases/{purchase-id:int}/lines", "calls:list_purchase_lines"),
    post("/purchases/{purchase-id:int}/lines", "calls:add_purchase_lines"),
    get("/purchases/{purchase-id:int}/lines/{line-id:int}", "calls:get_purchase_line"),
    put("/purchases/{purchase-id:int}/lines/{line-id:int}", "calls:update_purchase_line"),
    put("/purchases/{purchase-id:int}/lines/{line-id:int}/cancel", "calls:cancel_purchase_line"),
    get("/purchases/{purchase-id:int}/lines/{line-id:int}/tickets", "calls:list_purchase_line_tickets"),
    *unbuilt_calls("""
        POST /purchases/actions/cancel-lines, POST /purchases/tags/remove,
        POST /purchases/{purchase-id}/tags/actions/delete, GET /purchases/{purchase-id}/airbill, GET /purchases/{purchase-id}/print,
        DELETE /purchases/{purchase-id}/tags/{tag}, POST /purchases/{purchase-id}/lines/{line-id}/actions/replace,
        GET /purchases/auto-purchases, GET /purchases/{purchase-id}/send, POST /purchases/{purchase-id}/tags, PUT /purchases/bulk,
        PUT /purchases/actions/update-purchase-currency, POST /purchases/{purchase-id}/lines/{line-id}/inventory
    """),

    get("/invoices", "calls:search_invoices"),
    post("/invoices", "calls:create_invoice"),
    get("/invoices/{invoice-id:int}", "calls:get_invoice"),
    put("/invoices/{invoice-id:int}", "calls:update_invoice"),
    get("/invoices/{invoice-id:int}/assets", "calls:get_invoice_assets"),
    get("/invoices/external-ref", "calls:list_invoice_tickets"),
    get("/invoices/{invoice-id:int}/lines", "calls:list_invoice_lines"),
    post("/invoices/{invoice-id:int}/lines", "calls:add_invoice_lines"),
    get("/invoices/{invoice-id:int}/lines/{line-id:int}", "calls:get_invoice_line"),
    put("/invoices/{invoice-id:int}/lines/{line-id:int}", "calls:update_invoice_line"),
    delete("/invoices/{invoice-id:int}/lines/{line-id:int}", "calls:delete_invoice_line"),
    get("/invoices/{invoice-id:int}/lines/{line-id:int}/tickets", "calls:list_invoice_line_tickets"),
    post("/invoices/{invoice-id:int}/payment", "calls:pay_invoice"),
    get("/invoices/{invoice-id:int}/transactions", "calls:list_transactions"),
    *unbuilt_calls("""
        POST /invoices/tags/remove, POST /invoices/{invoice-id}/tags/actions/delete, GET /invoices/{invoice-id}/print, GET
        /invoices/{invoice-id}/print-auth-form, POST /invoices/{invoice-id}/transactions/{transaction-id}/refund, DELETE
        /invoices/{invoice-id}/tags/{tag}, GET /invoices/{invoice-id}/send, POST /invoices/{invoice-id}/tags, PUT /invoices/bulk,
        PUT /invoices/actions/update-invoice-currency
    """),

    get("/lines/{line-id:int}", "calls:get_line"),
    post("/lines/bulk-delete", "calls:cancel_lines"),
    post("/lines/invoice/bulk-cancel", "calls:cancel_invoice_lines"),

    get("/mappings", "calls:list_mappings"),
    get("/mappings/{mapping-id:int}", "calls:get_mapping"),
    delete("/mappings/{mapping-id:int}", "calls:delete_mapping"),
    get("/mappings/{mapping-id:int}/resend", "calls:resend_mapping"),
    post("/mappings/actions/bulk-cancel", "calls:delete_mappings"),
    post("/assets", "calls:upload_asset"),
    get("/assets/{filename}", "calls:get_asset"),

    get("/holds", "calls:search_holds"),
    post("/holds", "calls:create_hold"),
    get("/holds/{hold-id:int}", "calls:get_hold"),
    put("/holds/{hold-id:int}", "calls:update_hold"),
    delete("/holds/{hold-id:int}", "calls:delete_hold"),

    get("/events", "calls:search_events"),
    get("/events/{event-id:int}", "calls:get_event"),
    get("/events/categories", "calls:list_categories"),
    get("/events/performers", "calls:list_performers"),
    get("/events/performers/{performer-id:int}", "calls:get_performer"),
    *unbuilt_calls("""
        POST /events/tags/remove, POST /events/{event-id}/tags/actions/delete, GET /events/{event_id}/deltas,
        POST /events/{event-id}/tags
    """),
    get("/venues", "calls:search_venues"),
    get("/venues/{venue-id:int}", "calls:get_venue"),

    get("/vendors", "calls:search_vendors"),
    post("/vendors", "calls:create_vendor"),
    get("/vendors/{vendor-id:int}", "calls:get_vendor"),
    put("/vendors/{vendor-id:int}", "calls:update_vendor"),
    get("/vendors/default", "calls:get_default_vendor"),
    put("/vendors/default", "calls:set_default_vendor"),
    *unbuilt_calls("""
        POST /vendors/tags/remove, PUT /vendors/bulk, POST /vendors/{vendor-id}/tags/actions/delete, POST /vendors/{vendor-id}/tags
    """),
    get("/customers", "calls:search_customers"),
    post("/customers", "calls:create_customer"),
    get("/customers/{customer-id:int}", "calls:get_customer"),
    put("/customers/{customer-id:int}", "calls:update_customer"),
    get("/customers/defaults", "calls:list_default_customers"),
    put("/customers/defaults", "calls:set_default_customer"),
    *unbuilt_calls("""
        POST /customers/{customer-id}/cards, GET /customers/{customer-id}/cards, POST /customers/tags/remove, PUT /customers/bulk,
        POST /customers/{customer-id}/tags/actions/delete, GET /customers/{customer-id}/cards/{card-id},
        DELETE /customers/{customer-id}/cards/{card-id}, PUT /customers/{customer-id}/cards/{card-id}/default,
        POST /customers/{customer-id}/tags
    """),

    get("/account", "calls:get_account"),
    get("/users", "calls:list_users"),
    get("/users/me", "calls:get_user"),
    get("/tags", "calls:list_tags"),
    get("/enumerations/{type}", "calls:list_enumeration"),
    get("/quicksearch", "calls:search_everything"),
    get("/event-catalog/search", "calls:search_catalog"),
    get("/account/notifications", "calls:list_notifications"),
    get("/quick-report/sales", "calls:report_sales"),
    get("/quick-report/purchases", "calls:report_purchases"),
    get("/tickets", "calls:search_tickets"),
    get("/tickets/{ticket-id:int}", "calls:get_ticket"),
    *unbuilt_calls("""
        DELETE /addresses/{address-id}, GET /addresses/{address-id}, PUT /addresses/{address-id},
        POST /addresses, DELETE /alerts/{alert-id}, GET /alerts/{alert-id}, GET /alerts, POST /external_accounts,
        GET /external_accounts, DELETE /external_accounts/{id}, GET /external_accounts/{id}, PUT /external_accounts/{id},
        PUT /tags/bulk, POST /tags/actions/delete, GET /tags/filtered, GET /tags/summary, PUT /tags/color, POST /pricing_group,
        GET /reports/snapshots/{id}, GET /reports/snapshots, DELETE /credit_card/{id}, DELETE /credit_card/group/{id},
        GET /credit_card/{id}, GET /credit_card/group/{group-id}/cards, GET /credit_card, GET /credit_card/group/{id},
        POST /credit_card, POST /credit_card/group, GET /credit_card/group, PUT /credit_card, PUT /credit_card/group,
        GET /event_positions/totals, GET /event_positions/values, GET /event_positions/categories,
        GET /event_positions/performers, GET /event_positions, GET /research-dashboard/past-events/events,
        GET /research-dashboard/events-profitability, GET /research-dashboard/lifetime-pl,
        GET /research-dashboard/past-events/performers, GET /research-dashboard/seat-map-heat-map,
        GET /research-dashboard/past-events/sections, GET /research-dashboard/tickets-profitability,
        GET /research-dashboard/tickets-sales, GET /research-dashboard/past-events/venues
    """),
))  # fmt: skip
