"""SkyBox's table of contents, a block for each group of its public OpenAPI file: what is built, then what answers 501."""

from __future__ import annotations

from mockmarket.records import Row, delete, get, post, put, table, unbuilt


def unbuilt_calls(*calls: str) -> tuple[Row, ...]:
    """Return the rows of calls that answer 501."""
    return tuple(unbuilt(*call.split(" ")) for call in calls)


OPERATIONS = table("mockmarket.vendors.skybox", (
    get("/webhooks", "handlers.webhooks:list_webhooks"),
    post("/webhooks", "handlers.webhooks:create_webhook"),
    get("/webhooks/{id:int}", "handlers.webhooks:get_webhook"),
    put("/webhooks/{id:int}", "handlers.webhooks:update_webhook"),
    delete("/webhooks/{id:int}", "handlers.webhooks:delete_webhook"),

    get("/inventory", "handlers.inventory:search_inventory"),
    put("/inventory", "handlers.inventory:update_prices"),
    put("/inventory/bulk-update", "handlers.inventory:update_inventory_in_bulk"),
    get("/inventory/{inventory-id:int}", "handlers.inventory:get_inventory"),
    put("/inventory/{inventory-id:int}", "handlers.inventory:update_inventory"),
    put("/inventory/{inventory-id:int}/split", "handlers.reshaping:split_inventory"),
    put("/inventory/{inventory-id:int}/split-to-consecutive", "handlers.reshaping:split_inventory_to_consecutive"),
    post("/inventory/merge", "handlers.reshaping:merge_inventory"),
    post("/inventory/bulk-merge", "handlers.reshaping:merge_inventory_in_bulk"),
    get("/inventory/{inventory-id:int}/price-history", "handlers.inventory:list_prices"),
    get("/inventory/{inventory-id:int}/hold", "handlers.holds:list_inventory_holds"),
    delete("/inventory/{inventory-id:int}/hold", "handlers.holds:delete_inventory_holds"),
    get("/inventory/sold", "handlers.reports:list_sold_inventory"),
    get("/inventory/purchased", "handlers.reports:list_purchased_inventory"),
    get("/inventory/export", "handlers.reports:export_inventory"),
    get("/inventory/export/delta", "handlers.reports:export_changed_inventory"),
    get("/inventory/delta", "handlers.reports:list_changed_inventory"),
    *unbuilt_calls(
        "POST /inventory/tags/remove", "POST /inventory/bulk-swap-event", "PUT /inventory/bulk-update-expected-value",
        "PUT /inventory/bulk-update-face-value", "PUT /inventory/bulk-taxed-cost-value",
        "POST /inventory/{inventory-id}/tags/actions/delete", "GET /inventory/exchange_pos_id/{exchangePosId}",
        "GET /inventory/barcodes/{exchange-pos-id}", "DELETE /inventory/tags", "POST /inventory/merge-as-piggyback",
        "DELETE /inventory/{inventory-id}/tags/{tag}", "GET /inventory/purchased/V2",
        "POST /inventory/sold/bulk-swap-event", "POST /inventory/{inventory-id}/actions/split-to-originals",
        "PUT /inventory/sync", "POST /inventory/{inventory-id}/tags", "POST /inventory/actions/edit-section-row",
    ),

    get("/purchases", "handlers.purchases:search_purchases"),
    post("/purchases", "handlers.purchases:create_purchase"),
    get("/purchases/{purchase-id:int}", "handlers.purchases:get_purchase"),
    put("/purchases/{purchase-id:int}", "handlers.purchases:update_purchase"),
    post("/purchases/{purchase-id:int}/inventory", "handlers.purchases:add_inventory"),
    get("/purchases/{purchase-id:int}/lines", "handlers.purchases:list_purchase_lines"),
    post("/purchases/{purchase-id:int}/lines", "handlers.purchases:add_purchase_lines"),
    get("/purchases/{purchase-id:int}/lines/{line-id:int}", "handlers.purchases:get_purchase_line"),
    put("/purchases/{purchase-id:int}/lines/{line-id:int}", "handlers.purchases:update_purchase_line"),
    put("/purchases/{purchase-id:int}/lines/{line-id:int}/cancel", "handlers.purchases:cancel_purchase_line"),
    get("/purchases/{purchase-id:int}/lines/{line-id:int}/tickets", "handlers.purchases:list_purchase_line_tickets"),
    *unbuilt_calls(
        "POST /purchases/{purchase-id}/notes", "POST /purchases/actions/cancel-lines", "POST /purchases/tags/remove",
        "POST /purchases/{purchase-id}/tags/actions/delete", "GET /purchases/{purchase-id}/airbill",
        "GET /purchases/{purchase-id}/print", "DELETE /purchases/{purchase-id}/tags/{tag}",
        "POST /purchases/{purchase-id}/lines/{line-id}/actions/replace", "GET /purchases/auto-purchases",
        "GET /purchases/{purchase-id}/send", "POST /purchases/{purchase-id}/tags", "PUT /purchases/bulk",
        "PUT /purchases/actions/update-purchase-currency", "POST /purchases/{purchase-id}/lines/{line-id}/inventory",
    ),

    get("/invoices", "handlers.invoices:search_invoices"),
    post("/invoices", "handlers.invoices:create_invoice"),
    get("/invoices/{invoice-id:int}", "handlers.invoices:get_invoice"),
    put("/invoices/{invoice-id:int}", "handlers.invoices:update_invoice"),
    get("/invoices/{invoice-id:int}/lines", "handlers.invoices:list_invoice_lines"),
    post("/invoices/{invoice-id:int}/lines", "handlers.invoices:add_invoice_lines"),
    get("/invoices/{invoice-id:int}/lines/{line-id:int}", "handlers.invoices:get_invoice_line"),
    put("/invoices/{invoice-id:int}/lines/{line-id:int}", "handlers.invoices:update_invoice_line"),
    delete("/invoices/{invoice-id:int}/lines/{line-id:int}", "handlers.invoices:delete_invoice_line"),
    get("/invoices/{invoice-id:int}/lines/{line-id:int}/tickets", "handlers.invoices:list_invoice_line_tickets"),
    post("/invoices/{invoice-id:int}/payment", "handlers.invoices:pay_invoice"),
    get("/invoices/{invoice-id:int}/transactions", "handlers.invoices:list_transactions"),
    *unbuilt_calls(
        "POST /invoices/tags/remove", "POST /invoices/{invoice-id}/tags/actions/delete",
        "GET /invoices/{invoice-id}/assets", "GET /invoices/external-ref", "GET /invoices/{invoice-id}/print",
        "GET /invoices/{invoice-id}/print-auth-form",
        "POST /invoices/{invoice-id}/transactions/{transaction-id}/refund", "DELETE /invoices/{invoice-id}/tags/{tag}",
        "GET /invoices/{invoice-id}/send", "POST /invoices/{invoice-id}/tags", "PUT /invoices/bulk",
        "PUT /invoices/actions/update-invoice-currency",
    ),

    get("/lines/{line-id:int}", "handlers.lines:get_line"),
    post("/lines/bulk-delete", "handlers.lines:cancel_lines"),
    post("/lines/invoice/bulk-cancel", "handlers.lines:cancel_invoice_lines"),

    get("/holds", "handlers.holds:search_holds"),
    post("/holds", "handlers.holds:create_hold"),
    get("/holds/{hold-id:int}", "handlers.holds:get_hold"),
    put("/holds/{hold-id:int}", "handlers.holds:update_hold"),
    delete("/holds/{hold-id:int}", "handlers.holds:delete_hold"),

    get("/events", "handlers.directory:search_events"),
    get("/events/{event-id:int}", "handlers.directory:get_event"),
    get("/events/categories", "handlers.directory:list_categories"),
    get("/events/performers", "handlers.directory:list_performers"),
    get("/events/performers/{performer-id:int}", "handlers.directory:get_performer"),
    *unbuilt_calls(
        "POST /events/tags/remove", "POST /events/{event-id}/tags/actions/delete", "GET /events/{event_id}/deltas",
        "POST /events/{event-id}/tags",
    ),
    get("/venues", "handlers.directory:search_venues"),
    get("/venues/{venue-id:int}", "handlers.directory:get_venue"),

    get("/vendors", "handlers.parties:search_vendors"),
    post("/vendors", "handlers.parties:create_vendor"),
    get("/vendors/{vendor-id:int}", "handlers.parties:get_vendor"),
    put("/vendors/{vendor-id:int}", "handlers.parties:update_vendor"),
    get("/vendors/default", "handlers.parties:get_default_vendor"),
    put("/vendors/default", "handlers.parties:set_default_vendor"),
    *unbuilt_calls(
        "POST /vendors/tags/remove", "PUT /vendors/bulk", "POST /vendors/{vendor-id}/tags/actions/delete",
        "POST /vendors/{vendor-id}/tags",
    ),
    get("/customers", "handlers.parties:search_customers"),
    post("/customers", "handlers.parties:create_customer"),
    get("/customers/{customer-id:int}", "handlers.parties:get_customer"),
    put("/customers/{customer-id:int}", "handlers.parties:update_customer"),
    get("/customers/defaults", "handlers.parties:list_default_customers"),
    put("/customers/defaults", "handlers.parties:set_default_customer"),
    *unbuilt_calls(
        "POST /customers/{customer-id}/cards", "GET /customers/{customer-id}/cards", "POST /customers/tags/remove",
        "PUT /customers/bulk", "POST /customers/{customer-id}/tags/actions/delete",
        "GET /customers/{customer-id}/cards/{card-id}", "DELETE /customers/{customer-id}/cards/{card-id}",
        "PUT /customers/{customer-id}/cards/{card-id}/default", "POST /customers/{customer-id}/tags",
    ),

    get("/account", "handlers.lookups:get_account"),
    get("/users", "handlers.lookups:list_users"),
    get("/users/me", "handlers.lookups:get_user"),
    get("/tags", "handlers.lookups:list_tags"),
    get("/enumerations/{type}", "handlers.lookups:list_enumeration"),
    get("/quicksearch", "handlers.lookups:search_everything"),
    get("/tickets", "handlers.lookups:search_tickets"),
    get("/tickets/{ticket-id:int}", "handlers.lookups:get_ticket"),
    *unbuilt_calls(
        "GET /account/notifications", "DELETE /addresses/{address-id}", "GET /addresses/{address-id}",
        "PUT /addresses/{address-id}", "POST /addresses", "DELETE /alerts/{alert-id}", "GET /alerts/{alert-id}",
        "GET /alerts", "POST /external_accounts", "GET /external_accounts", "DELETE /external_accounts/{id}",
        "GET /external_accounts/{id}", "PUT /external_accounts/{id}", "PUT /tags/bulk", "POST /tags/actions/delete",
        "GET /tags/filtered", "GET /tags/summary", "PUT /tags/color",
    ),
))  # fmt: skip
