"""Tixstock's table of contents: the resellers' calls, then the partners', in the order of its reference."""

from __future__ import annotations

from mockmarket.records import delete, get, post, put, table

OPERATIONS = table("mockmarket.vendors.tixstock", (
    get("/events/get", "handlers.events:list_events"),
    post("/events/add/{event_id}", "handlers.events:add_event"),
    get("/performers/get", "handlers.events:list_performers"),
    get("/venues/get", "handlers.events:list_venues"),

    get("/tickets/get", "handlers.listings:list_listings"),
    get("/tickets/list", "handlers.listings:list_listings_by_list"),
    get("/tickets/sold", "handlers.listings:list_sold_listings"),
    post("/tickets/add", "handlers.listings:create_listing"),
    put("/tickets/update/{external_id}", "handlers.listings:update_listing"),
    post("/tickets/update/{external_id}", "handlers.listings:update_listing_by_post"),
    delete("/tickets/delete/{external_id}", "handlers.listings:delete_listing"),

    post("/tickets/hold/{external_id}", "handlers.orders:hold_tickets"),
    put("/tickets/release", "handlers.orders:release_hold"),
    post("/tickets/release", "handlers.orders:release_hold_by_post"),
    post("/tickets/release/{hold_id}/{quantity}", "handlers.orders:release_quantity"),
    put("/tickets/release/{hold_id}/{quantity}", "handlers.orders:release_quantity_by_put"),

    post("/order/add/{hold_id}/{sold_quantity}", "handlers.orders:create_order"),
    get("/order/get", "handlers.orders:list_orders"),
    put("/order/update/{external_order_id}", "handlers.orders:update_order"),
    post("/order/update/{external_order_id}", "handlers.orders:update_order_by_post"),

    post("/broker/close/{broker_id}", "handlers.events:disconnect_broker"),

    get("/feed", "handlers.feed:list_feed"),
    get("/tickets/feed", "handlers.feed:list_ticket_feed"),
    get("/categories/feed", "handlers.feed:list_categories"),
    post("/tickets/hold", "handlers.orders:hold_tickets_as_partner"),
    post("/orders/add/{hold_id}/{quantity_sold}", "handlers.orders:create_partner_order"),
    get("/orders/get/{external_order_id}", "handlers.orders:get_partner_order"),
    post("/orders/update/{external_order_id}", "handlers.orders:update_partner_order"),
))  # fmt: skip
