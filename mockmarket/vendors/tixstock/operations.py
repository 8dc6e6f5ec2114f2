"""Tixstock's table of operations: the resellers' calls, then the partners', in the order of its reference."""

from mockmarket.records import delete, get, post, put, table

OPERATIONS = table("mockmarket.vendors.tixstock", (
    get("/events/get", "handlers.catalogue:list_events"),
    post("/events/add/{event_id}", "handlers.catalogue:add_event"),
    get("/performers/get", "handlers.catalogue:list_performers"),
    get("/venues/get", "handlers.catalogue:list_venues"),

    get("/tickets/get", "handlers.tickets:list_listings"),
    get("/tickets/list", "handlers.tickets:list_listings_by_list"),
    get("/tickets/sold", "handlers.tickets:list_sold_listings"),
    post("/tickets/add", "handlers.tickets:create_listing"),
    put("/tickets/update/{external_id}", "handlers.tickets:update_listing"),
    post("/tickets/update/{external_id}", "handlers.tickets:update_listing_by_post"),
    delete("/tickets/delete/{external_id}", "handlers.tickets:delete_listing"),

    post("/tickets/hold/{external_id}", "handlers.tickets:hold_tickets"),
    put("/tickets/release", "handlers.tickets:release_hold"),
    post("/tickets/release", "handlers.tickets:release_hold_by_post"),
    post("/tickets/release/{hold_id}/{quantity}", "handlers.tickets:release_quantity"),
    put("/tickets/release/{hold_id}/{quantity}", "handlers.tickets:release_quantity_by_put"),

    post("/order/add/{hold_id}/{sold_quantity}", "handlers.tickets:create_order"),
    get("/order/get", "handlers.tickets:list_orders"),
    put("/order/update/{external_order_id}", "handlers.tickets:update_order"),
    post("/order/update/{external_order_id}", "handlers.tickets:update_order_by_post"),

    post("/broker/close/{broker_id}", "handlers.catalogue:disconnect_broker"),

    get("/feed", "handlers.catalogue:list_feed"),
    get("/tickets/feed", "handlers.catalogue:list_ticket_feed"),
    get("/venues/feed", "handlers.catalogue:list_venue_feed"),
    get("/categories/feed", "handlers.catalogue:list_categories"),
    post("/tickets/hold", "handlers.tickets:hold_tickets_as_partner"),
    post("/orders/add/{hold_id}/{quantity_sold}", "handlers.tickets:create_partner_order"),
    get("/orders/get/{external_order_id}", "handlers.tickets:get_partner_order"),
    post("/orders/update/{external_order_id}", "handlers.tickets:update_partner_order"),
))  # fmt: skip
